"""The shipped rules, each against its own examples, and the loader against files that cannot be used."""

from __future__ import annotations

import os
import re
from pathlib import Path
from random import Random

import pytest
from unspill import rules, settings, toml
from unspill.docs import recognition
from unspill.document import Document
from unspill.errors import ConfigError, RuleError
from unspill.judge import shapes
from unspill.judge.checksums import CHECKSUMS
from unspill.judge.structure import STRUCTURES
from unspill.languages import LANGUAGES
from unspill.model import Confidence, revoking
from unspill.scan import Scanner
from unspill.settings import Settings

from tests import check_rules
from tests.helpers import MemoryTree
from tests.samples import fill
from tests.tokens import complete

RULES = rules.load(rules.shipped())
SCANNER = Scanner(use_cache=False)
GOOD = """
[provider]
name = "Acme"
revoke = "https://acme.test/keys"
[[credential]]
id = "acme-key"
name = "Acme key"
pattern = 'acme_[a-z]{20}'
impact = "Opens everything."
rotate = "Make another."
example = ['k = "{acme_[a-z]{20}}"']
not = ["acme_key"]
"""


SOURCE = 'source = "https://acme.test/docs"'


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_its_examples_and_leaves_its_negatives(rule: rules.Rule) -> None:
    """Every made-up value of an example is reported under the rule's id, to the character; no negative is."""
    for number, example in enumerate(rule.example):
        text = complete(rule, fill(example, Random(f"{rule.id} {number}")))
        found = {
            (finding.span.start, finding.span.end)
            for finding in SCANNER.scan(Document(text.text.encode())).findings
            if finding.rule == rule.id and (rule.confidence or finding.confidence >= Settings().confidence)
        }
        wanted = {tuple(len(text.text[:at].encode()) for at in span) for span in text.spans}
        assert wanted <= found, f"{example}: {SCANNER.scan(Document(text.text.encode())).rejected}"
    for negative in rule.negative:
        findings = SCANNER.scan(Document(negative.encode())).findings
        assert rule.id not in {finding.rule for finding in findings}, negative


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_complete(rule: rules.Rule) -> None:
    """A rule has examples and look-alikes, names things that exist, and keeps to the names of its kind."""
    assert rule.example
    assert rule.negative
    assert not rule.checksum or rule.checksum in {*CHECKSUMS, *STRUCTURES}
    assert set(rule.languages) <= {language.id for language in LANGUAGES}
    assert rule.generic or not {"generic", "keyword", "entropy"} & set(rule.id.split("-"))
    assert check_rules.redundant(rule.keywords) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_it_is_known_from(rule: rules.Rule) -> None:
    """A shipped rule has its evidence, and what it opens and how it is replaced in one sentence each."""
    assert rule.evidence
    assert bool(rule.source) == bool(rule.checked) == (rule.evidence != "guess")
    for sentence in (rule.impact, rule.rotate):
        assert re.fullmatch(r"[A-Z](?:[^.!?]|[.!?](?! [A-Z]))+\.", sentence), sentence


def test_no_shipped_guess_is_held_down() -> None:
    """What a shipped rule finds is not made less sure by its evidence."""
    assert [rule.id for rule in RULES if shapes.is_weak_guess(rule)] == []


@pytest.mark.parametrize(
    ("keywords", "redundant"),
    [
        (("acme_key", "acme-key", "acmekey"), ["acme-key", "acmekey"]),
        (("acme_key", "acmekey.com", "acme key"), []),
        (("acme_", "acme-", "acme"), ["acme-"]),
        (("acme", "acme"), ["acme", "acme"]),
    ],
)
def test_a_spelling_that_another_keyword_has_is_redundant(keywords: tuple[str, ...], redundant: list[str]) -> None:
    """A rule file need not list how else a keyword may be spelled; one that does is told so."""
    assert check_rules.redundant(keywords) == redundant


def test_ids_are_unique() -> None:
    """No two rules share an id, and pairs name rules that exist."""
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("id = ", "idd = "), "idd: unknown key; did you mean id?"),
        (('name = "Acme key"', "name = 3"), "name: must be a non-empty str"),
        (("acme_[a-z]{20}'", "acme_[a-z{20}'"), "pattern: does not compile"),
        (("'acme_[a-z]{20}'", r"'\bacme_[a-z]{20}'"), "pattern: remove look-around"),
        (("'acme_[a-z]{20}'", "'(a)(c)me_[a-z]{20}'"), "pattern: at most one capturing group"),
        (("'acme_[a-z]{20}'", "'(?:acme)?'"), "pattern: matches the empty string"),
        (("'acme_[a-z]{20}'", "'acmé_[a-z]{20}'"), "pattern: write non-ASCII characters as their UTF-8 bytes"),
        (("'acme_[a-z]{20}'", r"'acm\u20ac_[a-z]{20}'"), "pattern: write non-ASCII characters as their UTF-8 bytes"),
        (("'acme_[a-z]{20}'", "'acme_[[a-z]{20}'"), "pattern: does not compile: Possible nested set"),
        (
            ("'acme_[a-z]{20}'", "'acme_a{99999999999}'"),
            "pattern: does not compile: the repetition number is too large",
        ),
        (("'acme_[a-z]{20}'", f"'{'(' * 900}acme{')' * 900}'"), "pattern: nested too deeply"),
        (
            ("'acme_[a-z]{20}'", f"'acme_{'x' * 1996}'"),
            "has 2,001 characters, at most 2,000 are allowed; write several rules",
        ),
        (('not = ["acme_key"]', 'not = ["acme_key"]\nenv = [["A", 1]]'), "env: must be a list of strings"),
        (('not = ["acme_key"]', 'not = ["acme_key"]\nkeywords = [["A"]]'), "keywords: 'A': use lower case"),
        (('"acme-key"', '"Acme Key"'), "id: use lower-case words"),
        (("[provider]", "[vendor]"), "vendor: unknown table"),
        (('rotate = "Make another."\n', ""), "rotate: missing"),
        (("impact = ", "docs = "), "docs: removed; use impact"),
        (("not =", 'evidence = "sure"\nnot ='), "evidence: is 'sure', must be one of documented, observed, guess"),
        (("not =", 'evidence = "documented"\nnot ='), "source: missing; write where the format is documented"),
        (("not =", f"{SOURCE}\nnot ="), "checked: missing"),
        (("not =", "checked = 2026-11-30\nnot ="), "source: missing"),
        (("not =", f'{SOURCE}\nchecked = "2026-11-30"\nnot ='), "checked: must be a date without quotes"),
        (("not =", f"{SOURCE}\nchecked = 2026-11-30T10:00:00\nnot ="), "checked: must be a date without quotes"),
        (("not =", f"{SOURCE}\nchecked = 2026-13-30\nnot ="), "is not valid TOML"),
        (("not =", 'source = "acme"\nchecked = 2026-11-30\nnot ='), "source: must be the https URL"),
        (("not =", 'status = "old"\nnot ='), "status: is 'old', must be one of active, retired"),
        (("not =", 'formerly = ["Acme"]\nnot ='), "formerly: 'Acme': use lower-case words"),
        (("not =", 'formerly = ["acme-key"]\nnot ='), "formerly: 'acme-key' is the id of a rule in"),
        (("not =", 'boundary = "x"\nnot ='), "boundary: is 'x', must be one of alnum, word"),
        (("not =", 'env = ["1X"]\nnot ='), "env: '1X' is not a valid name"),
        (("not =", 'pair = ["other"]\nnot ='), "pair: unknown rule 'other' in 'acme-key'"),
        (('name = "Acme"', "name = "), "is not valid TOML"),
    ],
)
def test_a_bad_rule_file_is_refused_with_its_reason(tmp_path: Path, change: tuple[str, str], reason: str) -> None:
    """The error is one line that names the file, the key and the reason."""
    path = tmp_path / "acme.toml"
    path.write_text(GOOD.replace(*change, 1), encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        rules.load([str(path)])
    assert str(path) in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_credentials_that_are_no_tables(tmp_path: Path) -> None:
    """They are refused like none at all."""
    path = tmp_path / "acme.toml"
    path.write_text('credential = [1]\n[provider]\nname = "Acme"\n', encoding="utf-8")
    with pytest.raises(RuleError, match="credential: missing; write at least one"):
        rules.load([str(path)])


def test_a_rule_file_that_is_missing_or_twice_there_is_refused(tmp_path: Path) -> None:
    """A file that cannot be read, and an id that exists already, are errors."""
    with pytest.raises(RuleError, match="cannot be read"):
        rules.load([str(tmp_path / "none.toml")])
    path = tmp_path / "acme.toml"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(RuleError, match="already the id"):
        rules.load([str(path), str(path)])


@pytest.mark.slow
def test_a_user_rule_is_looked_for_beside_the_shipped_ones(tmp_path: Path) -> None:
    """`--rules FILE` adds to the catalogue."""
    path = tmp_path / "acme.toml"
    path.write_text(GOOD, encoding="utf-8")
    value = "acme_" + "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=20))
    findings = Scanner([str(path)], use_cache=False).scan(Document(f"x {value} y".encode())).findings
    assert [finding.rule for finding in findings] == ["acme-key"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "more", "confidence"),
    [
        ("acm_[a-z]{20}", "", Confidence.HIGH),
        ("acm_[a-z]{20}", 'evidence = "guess"', Confidence.HIGH),
        ("ac_[a-z]{20}", "", Confidence.HIGH),
        ("ac_[a-z]{20}", 'evidence = "guess"', Confidence.LOW),
        ("ac_[a-z]{20}", 'evidence = "guess"\nkeywords = ["door"]', Confidence.MEDIUM),
        ("ac_[a-z]{20}", f'evidence = "observed"\n{SOURCE}\nchecked = 2026-11-30', Confidence.HIGH),
        ('door[ ="]{4}(ac_[a-z]{20})', 'evidence = "guess"', Confidence.HIGH),
    ],
)
def test_a_guess_is_sure_only_of_what_is_told(tmp_path: Path, pattern: str, more: str, confidence: Confidence) -> None:
    """A guessed shape is low in confidence, unless four fixed characters or a keyword tell it; page and judge agree."""
    path = tmp_path / "acme.toml"
    path.write_text(GOOD.replace("'acme_[a-z]{20}'", f"'{pattern}'", 1) + more, encoding="utf-8")
    prefix = "acm_" if "acm_" in pattern else "ac_"
    value = prefix + "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=20))
    scanner = Scanner([str(path)], use_cache=False)
    (found,) = scanner.scan(Document(f'door = "{value}"\n'.encode())).findings
    assert (found.rule, found.confidence) == ("acme-key", confidence)
    assert (
        recognition.confidence(next(rule for rule in scanner.engine.rules if rule.id == "acme-key")) == confidence.label
    )


def test_a_provider_has_one_file() -> None:
    """Everything that is known of a provider stands in one place."""
    files: dict[str, set[str]] = {}
    for rule in RULES:
        files.setdefault(rule.provider.lower(), set()).add(rule.file)
    assert {provider: paths for provider, paths in files.items() if len(paths) > 1} == {}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"name = '\xff'", "is not UTF-8 (line 1)"),
        (b"\nx = " + b"[" * 9000, "is nested too deeply"),
        (b"\n" + b"a." * 50_000 + b"a = 1", "joins more than 64 names with dots (line 2)"),
        (b"\nx = " + b"9" * 5000, "holds a number of thousands of digits (line 2)"),
        (b"#" * (toml.LARGEST + 1), "is larger than 1,000,000 bytes"),
        (b"x = ", "is not valid TOML (at"),
    ],
)
def test_toml_that_cannot_be_read(tmp_path: Path, data: bytes, reason: str) -> None:
    """Of a rule file and of settings alike: what is wrong and where, and nothing that it holds."""
    path = tmp_path / "acme.toml"
    path.write_bytes(data)
    with pytest.raises(RuleError) as caught:
        rules.load([str(path)])
    assert str(caught.value).startswith(f"{path}: {reason}")
    for name, content in (("unspill.toml", data), ("pyproject.toml", data + b" # unspill")):
        with pytest.raises(ConfigError) as refused:
            settings.load(MemoryTree({name: content}), "")
        assert str(refused.value).startswith(f"{name}: ")


def test_where_to_revoke_says_what_it_is() -> None:
    """An address that names no page is where to sign in."""
    for page in ("https://acme.test/keys", "https://acme.test/#/keys", "http://acme.test:81/a/"):
        assert revoking(page) == page
    for host in ("https://acme.test", "https://acme.test/"):
        assert revoking(host) == f"sign in at {host}"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="files as POSIX has them")
def test_what_is_no_rule_file(tmp_path: Path) -> None:
    """A device that never ends, a pipe that never begins, a folder, no path at all: refused, and not waited for."""
    os.mkfifo(tmp_path / "pipe")
    for path in ("/dev/zero", str(tmp_path / "pipe"), str(tmp_path)):
        with pytest.raises(RuleError, match="is not a regular file"):
            Scanner([path])
    for path in (str(tmp_path / "nothing"), "a\0b", "x" * 5000):
        with pytest.raises(RuleError, match="cannot be read"):
            Scanner([path])


def test_a_pattern_that_is_looked_for_near_a_keyword_is_vetted_too(tmp_path: Path) -> None:
    """What is between keyword and value depends on the letters of the pattern, which a reference has none of."""
    path = tmp_path / "acme.toml"
    source = GOOD.replace("'acme_[a-z]{20}'\nimpact", "'(x+)y\\1'\nkeywords = ['acme']\nimpact")
    path.write_text(source, encoding="utf-8")
    with pytest.raises(RuleError, match="pattern: cannot be compiled: GROUPREF is not supported"):
        Scanner([str(path)])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(x+x+)+y", "pattern: cannot be compiled: bounded repeat is too large"),
        ("a{1,99999}", "pattern: cannot be compiled: bounded repeat is too large"),
        (".*.*.*.*=", "pattern: cannot be compiled: pattern too large"),
        (r"(a)b\1", "pattern: cannot be compiled: GROUPREF is not supported"),
        (r"\Aacme", "pattern: cannot be compiled: AT is not supported"),
    ],
)
def test_patterns_that_no_engine_takes(tmp_path: Path, pattern: str, reason: str) -> None:
    """A pattern that cannot be searched for within limits is refused when it is loaded, and its rule is named."""
    path = tmp_path / "acme.toml"
    path.write_text(GOOD.replace("acme_[a-z]{20}'\nimpact", f"{pattern}'\nimpact"), encoding="utf-8")
    if "large" in reason:
        pytest.importorskip("hyperscan")
    with pytest.raises(RuleError) as caught:
        Scanner([str(path)], use_cache=False)
    assert str(caught.value).startswith(f"{path}: credential acme-key: {reason}")


def test_contributing_shows_a_rule_that_loads(tmp_path: Path) -> None:
    """The example there is a rule file that can be used, and the table below it has every key."""
    text = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    path = tmp_path / "acme.toml"
    path.write_text(re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0], encoding="utf-8")
    (rule,) = rules.load([str(path)])
    assert rule.evidence == "documented"
    assert check_rules.problems(rule) == []
    described = {
        key for row in re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE) for key in re.findall(r"`(.*?)`", row)
    }
    assert set(rules.KEYS) <= described


def test_a_checksum_that_does_not_exist(tmp_path: Path) -> None:
    """It is refused, and not taken for one that no value has."""
    path = tmp_path / "acme.toml"
    path.write_text(GOOD + 'checksum = "crc"\n', encoding="utf-8")
    with pytest.raises(RuleError, match="credential acme-key: checksum: unknown validator 'crc'"):
        Scanner([str(path)], use_cache=False)
