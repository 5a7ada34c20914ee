"""The engine: anchors hit wherever a rule matches, both matchers agree, the cache never lies."""

from __future__ import annotations

import itertools
import json
import re
import sysconfig
from pathlib import Path
from random import Random

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill import engine, rules
from unspill.document import Document
from unspill.engine import allowance, cache, compiled
from unspill.engine.anchors import alphabet, anchors, sre_parser, widths
from unspill.engine.literals import Literals
from unspill.engine.matchers import Anchor, RegexMatcher
from unspill.engine.nearby import Nearby
from unspill.rules import Rule
from unspill.scan import Scanner

from tests.samples import fill, sample
from tests.spaces import build

RULES = rules.load(rules.shipped())
FAST = engine.load(hyperscan=True, use_cache=False)
SLOW = engine.load(hyperscan=False, use_cache=False)
FILES = ["README.md", "app.py", "Dockerfile", "docker-compose.yml", ".env", "notebooks/explore.ipynb"]


def rule(pattern: str, *keywords: str) -> Rule:
    """A rule with this pattern."""
    return Rule(id="acme-key", name="Acme key", provider="Acme", category="ai", pattern=pattern, keywords=keywords)


def places(which: engine.Engine, data: bytes) -> list[tuple[str, int, int]]:
    """What an engine finds: rule and span."""
    found = which.candidates(data, which.hits(data), which.allowance(len(data)))
    return [(candidate.rule.id, candidate.start, candidate.end) for candidate in found]


@pytest.mark.parametrize(
    ("pattern", "start"),
    [
        ("hf_[A-Za-z]{34}", "hf\\x5f[A-Za-z]{16}"),
        ("a[0-9]{4}", "a[0-9]{4}"),
        ("(?:ab|abc)_[0-9]{20}", "ab(?:|c)\\x5f[0-9]{16}"),
        ("[a-z]{40}KEY1[0-9]{30}", "[a-z]{40}KEY1[0-9]{16}"),
        ("key_(?i:[a-f]{8}){4}", "key\\x5f(?i:[a-f]{8})(?i:[a-f]{8})"),
        ("tok_[a-z]{8}(?:-[a-z]{2,90})?", "tok\\x5f[a-z]{8}(?:\\x2d[a-z]{2}){0,1}"),
    ],
)
def test_an_anchor_is_the_beginning_of_its_pattern(pattern: str, start: str) -> None:
    """Literals and the first 16 characters of the body are kept; up to the first telling literal all is."""
    assert anchors([rule(pattern)])[0].pattern.endswith("]" + start)


@pytest.mark.slow
@pytest.mark.parametrize("one", [one for one in RULES if not one.generic], ids=lambda one: one.id)
def test_an_anchor_hits_within_every_match_of_its_rule(one: Rule) -> None:
    """Wherever a pattern matches behind a keyword of its rule, one of its anchors ends within the stated distance."""
    mine = anchors([one])
    for seed in range(5):
        value = sample(one.pattern, Random(f"{one.id} {seed}")).encode()
        word = one.keywords[0].encode() if one.keywords else b"x"
        data = word + b' = "' + value + b'" '
        start = len(word) + 4
        hits = RegexMatcher(mine).hits(data)
        assert any(mine[anchor].shortest <= end - start <= mine[anchor].longest for anchor, end in hits), (
            f"{value!r} in {mine}"
        )


@pytest.mark.parametrize("name", FILES)
def test_both_matchers_find_the_same_in_a_space(name: str, tmp_path: Path) -> None:
    """Hyperscan and `regex` alone give identical candidates in real files."""
    data = (build("chatbot", tmp_path).root / name).read_bytes()
    assert places(FAST, data) == places(SLOW, data) != []


EXAMPLES = st.sampled_from([(one, text) for one in RULES for text in one.example])
GLUE = st.text(st.sampled_from("\"'`= :,;(){}[]<>/\\\n\t-_.aK9é漢🤖%"), max_size=8)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(EXAMPLES, st.integers(0, 99), GLUE), min_size=1, max_size=4))
def test_both_matchers_find_the_same_in_any_mixture(pieces: list[tuple[tuple[Rule, str], int, str]]) -> None:
    """However examples are glued together, both matchers agree on every candidate."""
    text = "".join(fill(example, Random(seed)).text + glue for (_, example), seed, glue in pieces)
    assert places(FAST, text.encode()) == places(SLOW, text.encode())


@pytest.mark.parametrize("before", ["", "\\n", "%3D", "%22", "\\u003d", "_", "-", "🤖"])
def test_a_token_is_found_behind_anything_but_a_letter_or_digit(before: str) -> None:
    """At the very start, behind escapes, percent-encoding and any other character, the token is found exactly."""
    token = sample("hf_[A-Za-z]{34}", Random(1))
    start = len(before.encode())
    assert ("huggingface-user-token", start, start + 37) in places(FAST, (before + token + '"').encode())


@pytest.mark.parametrize("glue", ["x", "9"])
def test_a_token_inside_a_word_is_none(glue: str) -> None:
    """A letter or digit directly before means that it is part of something longer."""
    token = sample("hf_[A-Za-z]{34}", Random(1))
    assert places(FAST, f" {glue}{token} ".encode()) == []


@pytest.mark.parametrize("more", ["x", "0"])
def test_a_token_that_goes_on_is_one_of_another_length(more: str) -> None:
    """A known prefix with a random body tells whose it is, whatever its length: all of it is found."""
    token = sample("hf_[A-Za-z]{34}", Random(1)) + more
    assert places(FAST, f" {token} ".encode()) == [("huggingface-user-token", 1, 1 + len(token))]


@pytest.mark.parametrize("broken", [b"\xff", b"\x90", b"\xc3", b"\xf0\x9f", b"\x7f", b"\x08"])
def test_a_token_with_broken_text_in_it_is_found_to_its_end(broken: bytes) -> None:
    """Bytes that are no UTF-8, or no text, damage a token, and the part behind them is still one of a secret."""
    token = sample("hf_[A-Za-z]{34}", Random(1)).encode()
    damaged = token[:24] + broken + token[24:]
    expected = [("huggingface-user-token", 1, 1 + len(damaged))]
    assert places(FAST, b'"%b"' % damaged) == places(SLOW, b'"%b"' % damaged) == expected
    assert places(FAST, b" %b " % (token[:24] + "é".encode() + token[24:]))[0][2] == 25


SYLLABLES = st.lists(st.sampled_from([b"ab", b"c", b"\n", b"ca", b"bab", "é".encode()]), max_size=6).map(b"".join)


@pytest.mark.slow
@settings(deadline=None, max_examples=30)  # the first call loads Hyperscan
@given(st.lists(SYLLABLES.filter(len), min_size=20, max_size=40), SYLLABLES)
def test_many_texts_are_found_as_by_searching_for_each(texts: list[bytes], data: bytes) -> None:
    """Every place of every text, with Hyperscan and without, the longest first; texts may be as long as a key."""
    texts = [*texts, long := b"key " * 1_100]
    data += long
    places = {match.span() for text in texts for match in regex.finditer(regex.escape(text), data, overlapped=True)}
    expected = sorted(places, key=lambda span: (span[0], -span[1]))
    assert Literals(texts, hyperscan=True).spans(data) == Literals(texts, hyperscan=False).spans(data) == expected


@pytest.mark.slow
@pytest.mark.parametrize("gap", [0, 3, 23, 24, 25, 40, 200])
def test_hyperscan_reports_where_an_anchor_ends_however_far_it_searches(gap: int) -> None:
    """What it searches for has gaps without limits; what it reports is where the pattern itself ends."""
    found = 0
    for name, joint, value in itertools.product(
        ("password", "token", "GITHUB_PAT", "pw"), (" = ", ": ", '" : ', "("), ('"x7K!pq2Lw9zT4"', "x7Kpq2Lw9zT4")
    ):
        for text in (f"{name}{'_a' * (gap // 2)}{joint}{value}\n", f"{name}{joint}{' ' * gap}{value}\n"):
            data = f"x = 1\n{text}".encode()
            hits = {(index, end) for index, end in FAST.hits(data) if FAST._index.anchors[index].loose}
            ends = {
                (index, end)
                for index, anchor in enumerate(FAST._index.anchors)
                if anchor.loose
                for end in range(len(data) + 1)
                if re.search(rf"(?:{anchor.pattern})\Z".encode(), data[:end])
            }
            assert hits == ends, text
            found += len(hits)
    assert found or gap > 24


@pytest.mark.parametrize("anchor", [one for one in FAST._index.anchors if one.loose], ids=lambda one: one.finder)
def test_an_anchor_that_begins_with_a_name_is_no_longer_than_the_engine_looks_back(anchor: Anchor) -> None:
    """Its hits are checked within that many bytes of their ends."""
    assert sre_parser.parse(anchor.pattern.encode()).getwidth()[1] <= anchor.longest


PLACES, VALUES = 60, 25
"""How many places in a MB of ordinary code may be searched for values of names, and how many values judged."""


def test_little_is_looked_at_in_ordinary_code() -> None:
    """In the standard library there are half as many places and values as may be: each costs as much as a kB."""
    size = places = values = 0
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        data = path.read_bytes()
        hits = FAST.hits(data)
        size += len(data)
        places += sum(bool(FAST._index.anchors[anchor].finder) for anchor, _ in hits)
        values += len(FAST.candidates(data, hits, FAST.allowance(len(data))))
    assert places * 1e6 < PLACES * size
    assert values * 1e6 < VALUES * size


@pytest.mark.parametrize("name", ["pw", "PW", "db_pw", "pw_admin", "my.pw"])
@pytest.mark.parametrize("line", ['{} = "{}"', "{}: {}", '{{"name": "{}", "value": "{}"}}'])
def test_the_shortest_name_has_its_anchors(name: str, line: str) -> None:
    """`pw` is apart from the other names in anchors, and found like them, at the start of a document as well."""
    text = line.format(name, "x7K!pq2Lw9zT").encode()
    found = [one[1:] for one in places(FAST, text)]
    assert found == [one[1:] for one in places(SLOW, text)]
    assert (text.index(b"x7K"), text.index(b"x7K") + 12) in found


def test_an_alphabet_holds_every_byte_of_every_match() -> None:
    """Whatever a rule matches is made of the bytes of its alphabet; and no byte stands there for nothing."""
    for one in RULES:
        match = sample(one.pattern, Random(one.id)).encode()
        assert not match.translate(None, alphabet(one).encode("latin-1")), one.id
    assert alphabet(rule("(?i:k)[0-2](?:_x|y){2,}")) == "012K_kxy"


@pytest.mark.parametrize(
    ("keyword", "spelled", "other"),
    [
        ("acme_key", ("acme_key", "ACME-KEY", "acmeKey"), ("acme key", "acme.key", "key_acme")),
        ("acme_", ("acme_key", "ACME-KEY"), ("acmeKey", "acme.com", "acme key")),
        ("acme.com", ("acme.com",), ("acme_com", "acmecom")),
    ],
)
def test_a_keyword_is_found_however_its_words_are_joined(
    keyword: str, spelled: tuple[str, ...], other: tuple[str, ...]
) -> None:
    """A `_` between words is also a dash or nothing, one at the end is also a dash; all else stands for itself."""
    matcher = RegexMatcher(anchors([rule("[a-z]{20}", keyword)]))
    for text, found in [*((text, True) for text in spelled), *((text, False) for text in other)]:
        data = f"{text} = {'value' * 4}".encode()
        assert bool(matcher.hits(data)) == found
        assert Nearby(data).has((keyword,), len(text) + 3, len(data)) == found


@pytest.mark.parametrize(
    "line",
    ["import acme", "  from ACME.api import x", "x = require('acme')", 'at("https://api.acme.com/v1")', "url: acme"],
)
def test_what_a_file_uses_is_near_everywhere(line: str) -> None:
    """A keyword in an import or a URL, in any case, counts for a value far away; one in any other line does not."""
    far = "\n" * 1000 + "value"
    start = len(line) + 1000
    assert Nearby((line + far).encode()).has(("acme",), start, start + 5)
    assert not Nearby(("# acme" + far).encode()).has(("acme",), 1006, 1011)


@pytest.mark.parametrize("one", RULES[::20], ids=lambda one: one.id)
def test_a_match_is_as_wide_as_its_pattern_allows(one: Rule) -> None:
    """Whatever a pattern matches lies between the widths that the engine reckons with, if it is no file's worth."""
    shortest, longest = widths(one)
    for seed in range(5):
        assert shortest <= len(sample(one.pattern, Random(f"{one.id} {seed}")).encode()) <= longest or longest > 1 << 14


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder of one's own."""
    monkeypatch.setattr(cache, "folder", lambda: str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_cache_gives_back_the_same_engine(home: Path) -> None:
    """What is read from the cache finds what the freshly built engine finds, and the folder is private."""
    token = sample("hf_[A-Za-z]{34}", Random(1)).encode()
    assert places(engine.load(), token) == places(engine.load(), token) != []
    assert home.stat().st_mode & 0o777 == 0o700
    assert sorted(path.suffix for path in home.iterdir()) == [".hs", ".json"]


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b"\x00\xff", b'{"key": 1}'])
@pytest.mark.parametrize("suffix", [".json", ".hs"])
def test_a_broken_cache_is_built_anew(home: Path, damage: bytes, suffix: str) -> None:
    """Truncated, foreign or empty cache files are ignored, and replaced."""
    token = sample("hf_[A-Za-z]{34}", Random(1)).encode()
    engine.load()
    victim = next(path for path in home.iterdir() if path.suffix == suffix)
    victim.write_bytes(damage)
    assert places(engine.load(), token) != []
    assert victim.read_bytes() != damage


@pytest.mark.slow
def test_a_cache_of_other_rules_is_not_used(home: Path, tmp_path: Path) -> None:
    """The cache is keyed by every rule file: a new one is looked for at once."""
    engine.load()
    path = tmp_path / "acme.toml"
    path.write_text(
        '[provider]\nname = "A"\n[[credential]]\nid = "acme-key"\nname = "K"\npattern = "acme_[a-z0-9]{20}"\n'
        'impact = "d"\nrotate = "r"\nexample = ["{acme_[a-z0-9]{20}}"]\nnot = ["x"]\n',
        encoding="utf-8",
    )
    value = sample("acme_[a-z0-9]{20}", Random(2)).encode()
    assert [name for name, *_ in places(engine.load([str(path)]), value)] == ["acme-key"]


def test_a_cache_that_cannot_be_written_is_done_without(home: Path) -> None:
    """A file where the folder should be, as on a read-only disk, costs nothing but time."""
    home.write_text("in the way", encoding="utf-8")
    assert places(engine.load(), sample("hf_[A-Za-z]{34}", Random(1)).encode()) != []


def test_the_cache_holds_rules_and_nothing_else(home: Path) -> None:
    """The index is plain JSON with the fields that the engine reads."""
    engine.load()
    index = json.loads(next(home.glob("*.json")).read_text(encoding="utf-8"))
    assert set(index) == {*cache.RuleIndex._fields, "database"}


class Slow:
    """A pattern that is never done."""

    def finditer(self, *_: object, **__: object) -> None:
        """Run into the time limit."""
        raise TimeoutError


def test_a_rule_that_takes_too_long_is_reported_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a user's pattern runs into its time limit, the rule is left out, the scan says so, the others are found."""
    (tmp_path / "slow.toml").write_text(OWN)
    scanner = Scanner([str(tmp_path / "slow.toml")], use_cache=False)
    monkeypatch.setattr(scanner.engine._patterns, "_of_user", lambda _: Slow())
    token = sample("ghp_[A-Za-z0-9]{36}", Random(1))
    scan = scanner.scan(Document(("slow=" + "a=" * 30 + "\n" + token).encode()))
    assert "slow-key" in scan.incomplete
    assert [one.rule for one in scan.findings if one.secret and one.secret.reveal() == token] != []


OWN = """
[provider]
name = "Slow"
[[credential]]
id = "slow-key"
name = "Slow key"
env = ["SLOW_KEY"]
pattern = '([a-z.=]{1,40}a){20}[0-9]'
keywords = ["slow"]
impact = "-"
rotate = "-"
example = ["-"]
not = ["-"]
"""


def test_a_users_pattern_has_a_limit_for_the_whole_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not tried more often than its time allows, however many places there are; what else is there is found."""
    (tmp_path / "slow.toml").write_text(OWN)
    scanner = Scanner([str(tmp_path / "slow.toml")], use_cache=False)
    now = itertools.count(step=allowance.FIRST / 20)  # each look at the clock finds it later
    monkeypatch.setattr(allowance, "thread_time", lambda: next(now))
    own = next(one for one in scanner.engine.rules if one.id == "slow-key")
    tried: list[float] = []

    class Counting:
        def finditer(self, *_: object, timeout: float, **__: object) -> list[object]:
            tried.append(timeout)
            return []

    patterns = scanner.engine._patterns
    of_user = patterns._of_user
    monkeypatch.setattr(patterns, "_of_user", lambda rule: Counting() if rule.id == own.id else of_user(rule))
    token = sample("hf_[A-Za-z]{34}", Random(1))
    for lines in (200, 400):
        tried.clear()
        scan = scanner.scan(Document((("slow=" + "a=" * 30 + "\n" + "-" * 2000 + "\n") * lines + token).encode()))
        assert 19 <= len(tried) <= 22
        assert tried == sorted(tried, reverse=True)
        assert "slow-key" in scan.incomplete
        assert [one.rule for one in scan.findings] == ["huggingface-user-token"]


def test_every_pattern_compiles_for_both_matchers() -> None:
    """No rule holds a construct that only one of the two understands."""
    for one in RULES:
        regex.compile(one.pattern.encode())


def test_only_what_the_user_wrote_is_matched_with_a_time_limit() -> None:
    """The shipped patterns match alike with `re`, which compiles them faster, and with `regex`, which has a limit."""
    for one in RULES[::7]:
        match = sample(one.pattern, Random(f"{one.id} limit")).encode()
        data = b" ".join([match, b"x" + match, match + match])
        places = [
            [
                (found.span(), found.lastindex)
                for found in compiled.RulePatterns(own).overlapping(one, data, 0, len(data), 5)
            ]
            for own in ((), (one.file,))
        ]
        assert places[0] == places[1], one.id
        assert places[0], one.id
