"""What may be shown: names and other text by shape, and changed files by place."""

from __future__ import annotations

import json
import string
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill import rules, shapes
from unspill.app.masking import masked_dotenv
from unspill.engine import cache
from unspill.engine.compiled import bounded
from unspill.judge.shapes import prefix
from unspill.model import Span
from unspill.output import OUTPUTS
from unspill.shapes import MASK, Values, is_unmistakable, looks_like_secret, mask_shapes

from tests import tokens
from tests.cli import git, unspill, write
from tests.helpers import token
from tests.samples import fill

if TYPE_CHECKING:
    from pathlib import Path

    from unspill.rules import Rule

SHORT = "kq7!x2"
"""A password of fewer characters than are masked by their shape."""


def distinctive() -> list[Rule]:
    """The shipped rules whose secret has a shape of its own: it begins with three fixed characters, without keyword."""
    return [
        rule
        for rule in rules.load(rules.shipped())
        if prefix(rule) >= 3 and not (rule.generic or rule.keywords or rule.public or rule.fallback or rule.confidence)
    ]


@pytest.mark.slow
def test_every_distinctive_rule_is_told_by_shape() -> None:
    """Whatever is made up for a rule with a prefix of its own looks like a secret, and is masked in a sentence."""
    missed = set()
    for rule in distinctive():
        for seed in range(20):
            for example in rule.example:
                for value in tokens.complete(rule, fill(example, Random(seed))).values:
                    if not looks_like_secret(value) or value in mask_shapes(f"a/{value}/b: no such file"):
                        missed.add(rule.id)
    assert missed == set()


def test_what_names_are_made_of_is_no_secret() -> None:
    """No name that a provider's SDK reads, no title and no advice has a secret's shape."""
    shipped = rules.load(rules.shipped())
    texts = {text for rule in shipped for text in (*rule.env, rule.id, rule.name, rule.docs, rule.revoke)}
    assert [text for text in texts if looks_like_secret(text)] == []


def test_a_shape_is_seen_in_capitals() -> None:
    """A name that was made of a secret by writing it in capitals is still one."""
    assert looks_like_secret(token().upper())
    assert mask_shapes(f"MY_{token()}") == f"MY_{MASK}"


@pytest.mark.parametrize("name", ["HF_TOKEN", "hf_token", "OPENAI_API_KEY_2", "clientSecret", "AUTH0_CLIENT_SECRET"])
def test_no_rule_is_loaded_for_words(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names that people give are told apart without any rule: that costs a start nothing."""
    shapes._by_beginning.cache_clear()
    monkeypatch.setattr(cache, "shipped", lambda: pytest.fail("rules were loaded"))
    assert not looks_like_secret(name)


def test_a_shape_within_a_longer_word_is_seen() -> None:
    """The engine finds no token that is glued to other text; but no name may be made of one, nor a text show it."""
    (rule,) = [rule for rule in distinctive() if rule.id == "huggingface-user-token"]
    assert b"hf_" in bounded(rule)
    for before, after in (("x", ""), ("%20", ""), ("", "x"), (token(2), "_")):
        assert looks_like_secret(f"{before}{token()}{after}")
        assert token()[3:] not in mask_shapes(f"{before}{token()}{after}")


LINES = {
    "comment": "# old: {}",
    "comment without a blank": "#{}",
    "trailing comment": "A=1 # was {}",
    "bare": "{}",
    "broken": "A B={}",
    "colon": "HF: {}",
    "json": '{{"a": "{}"}}',
    "unclosed quote": 'A="{}',
    "unclosed single quote": "A='x {}",
    "assignment in a comment": "#DB_PASSWORD={}",
    "address in a comment": "# postgres://u:{}@h/db",
    "name": "{}=1",
    "quoted name": "'{}'=1",
    "exported name": "export {}=1",
    "text before export": "{} export A=1",
    "value": "A={}",
    "quoted": "A='{}'",
    "text behind a quote": "A='x' {}",
    "two lines": 'A="x\n{}"',
    "key without quotes": "A=-----BEGIN\n{}==\n-----END",
}


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_a_diff_of_env_shows_names_alone(line: str, tmp_path: Path) -> None:
    """Whatever kind of line of `.env` holds a value, the diff of a fix does not show it."""
    value = "".join(Random(line).choices("ABCDEFGHabcdefgh0123456789", k=24)) if line.startswith("key") else token(71)
    before = LINES[line].format(value) + "\nKEPT=1\n"
    write(tmp_path, {".gitignore": ".env\n", ".env": before, "app.py": f'login(token="{token(72)}")\n'})
    ran = unspill(tmp_path, "fix", "--diff")
    assert ran.code == 1
    if "has an unterminated quote" not in " ".join(ran.out.split()):  # then the fix is withheld: there is no diff
        assert "+HF_TOKEN=<hidden>\n" in ran.out
        assert " KEPT=<hidden>\n" in ran.out
    assert not [at for at in range(len(value) - 7) if value[at : at + 8] in ran.out + ran.err]


def test_what_is_left_of_env() -> None:
    """Names, operators, `export`, the marks of comments, blanks and line ends are left; values need not be told."""
    text = "# a\r\n\r\nexport A_B = 'x' # y\r\n  C: 1\r\nD=\n##\nhm\nE='1\n2'\n"
    assert masked_dotenv(text) == (
        "# <hidden>\r\n\r\nexport A_B = <hidden> # <hidden>\r\n  C: <hidden>\r\nD=\n##\n<hidden>\nE=<hidden>\n"
    )


@given(st.text(alphabet="Kq7 =:#'\"\\\n\r\t\0${}export\u2028\udc80", max_size=60), st.text("xyz", max_size=2))
def test_nothing_but_names_is_left_of_any_env(text: str, more: str) -> None:
    """Of any text at all, every word that is left is the name of an entry, `export`, or the mask."""
    from unspill.document import Document
    from unspill.languages import dotenv

    data = (text + more).encode("utf-8", "surrogateescape")
    names = {entry.name for entry in dotenv.parse(Document(data, ".env", "dotenv")).entries}
    left = masked_dotenv(text + more).replace(MASK, " ").replace("=", " ").replace(":", " ").replace("#", " ")
    assert set(left.replace("'", " ").split()) <= names | {"export"}


def test_a_diff_hides_short_values(tmp_path: Path) -> None:
    """A diff hides what a fix moves, however short, also where nothing else tells it; longer words stay whole."""
    source = f'password = "{SHORT}"\nconnect("{SHORT}", "a{SHORT}")\n'
    write(tmp_path, {"app.py": source})
    ran = unspill(tmp_path, "fix", "--diff")
    assert '-password = "<hidden>"\n' in ran.out
    assert f' connect("<hidden>", "a{SHORT}")\n' in ran.out


def test_a_diff_hides_short_values_that_stay(tmp_path: Path) -> None:
    """A value in a changed file that no fix moves is hidden as well."""
    source = f'TOKEN = "{token()}"\ndef f(*, password): pass\nf(password="{SHORT}" + str(1))\n'
    write(tmp_path, {"app.py": source})
    ran = unspill(tmp_path, "fix", "--diff")
    # An open quote would take in what is added: the fix is withheld.
    assert ("+HF_TOKEN=<hidden>\n" in ran.out) != ("has an unterminated quote" in " ".join(ran.out.split()))
    assert SHORT not in ran.out


def mentions(folder: Path) -> None:
    """Write a project whose paths hold words that are passwords in it."""
    word = "lark7731"
    compose = f"services:\n  q:\n    image: x\n    environment:\n      QUEUE_DEFAULT_PASS: {word}\n"
    write(
        folder,
        {
            "deploy/lark7731/compose.yaml": compose,
            "lark7731/app.py": f'TOKEN = "{token(1)}"\n',
            "postgres/a.py": f'TOKEN = "{token(2)}"\nURL = "postgresql://postgres:postgres@db/app"\n',
        },
    )
    git(folder, "init", "--quiet")


PASSWORD = "q" + "".join(Random(8).choices("abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789", k=20))
"""A value without the shape of any provider."""
PATHS = ["deploy/lark7731/compose.yaml", "postgres/a.py", "lark7731/app.py"]


@pytest.mark.slow
@pytest.mark.parametrize("output", OUTPUTS)
def test_a_password_that_is_a_word_renames_no_file(output: str, tmp_path: Path) -> None:
    """Every format names the files as they are called, although a file holds a word of their paths as a password."""
    mentions(tmp_path)
    ran = unspill(tmp_path, "check", "--confidence", "low", "--format", output)
    assert ran.code == 1
    assert [path for path in PATHS if path not in ran.out] == []
    assert not any(f"{left}<hidden>{right}" in ran.out for left, right in ("//", "/.", '"/', "\n/"))


def test_a_diff_names_the_files_as_they_are_called(tmp_path: Path) -> None:
    """The headers of a diff, and the report on what is fixed, have real paths."""
    mentions(tmp_path)
    shown = unspill(tmp_path, "fix", "--diff").out
    assert [path for path in PATHS if f"--- a/{path}\n+++ b/{path}\n" not in shown] == []
    fixed = unspill(tmp_path, "fix").out
    assert [path for path in PATHS if f"{path}:" not in fixed] == []


def test_a_path_that_is_a_token_is_masked_the_same_from_anywhere(tmp_path: Path) -> None:
    """A token in a path is masked, whatever else is scanned; the words beside it stay."""
    write(tmp_path, {f"keys/{token(1)}/app.py": f'TOKEN = "{token(2)}"\n', "b.py": f'TOKEN = "{token(1)}"\n'})
    for path in (".", "keys"):
        report = unspill(tmp_path, "check", path, "--format", "json").report
        assert f"keys/{MASK}/app.py" in {finding["path"] for finding in report["findings"]}


@pytest.mark.slow
@pytest.mark.parametrize("glued", ["{}", "x{}", "{}x", "%20{}", "'{}'"])
def test_an_excerpt_hides_every_occurrence(glued: str, tmp_path: Path) -> None:
    """A secret that stands on the line of another one once more, where no rule finds it, is hidden there too."""
    line = f'TOKEN = "{token(1)}"  # {glued.format(PASSWORD)}, or a shorter one: kq7!x2, akq7!x2\n'
    write(tmp_path, {"app.py": f'password = "{PASSWORD}"\npassword = "kq7!x2"\n{line}'})
    for output in OUTPUTS:
        assert PASSWORD not in unspill(tmp_path, "check", "--format", output).out
    assert f"# {glued.format(MASK)}, or a shorter one: {MASK}, akq7!x2\n" in unspill(tmp_path, "check").out


def test_an_excerpt_hides_what_is_silenced(tmp_path: Path) -> None:
    """What settings, a directive or the confidence leave out of a report is hidden on the lines that it shows."""
    values = f'A = "{token(1)}"; B = "{token(2)}"; password = "{SHORT}Lm"'
    write(tmp_path, {"app.py": values + "\n", "unspill.toml": '[severity]\ngeneric-password = "hint"\n'})
    ran = unspill(tmp_path, "check", "--select", "huggingface-user-token", "--confidence", "high")
    assert ran.out.count(f'A = "{MASK}"; B = "{MASK}"; password = "{MASK}"') == 2


def test_the_words_of_a_fix_quote_no_secret(tmp_path: Path) -> None:
    """A password that is a key as well is in no advice, whatever file it was found in."""
    write(tmp_path, {"db.py": f'password = "{PASSWORD}"\n', "a.json": json.dumps({PASSWORD: token(1)})})
    shown = " ".join(unspill(tmp_path, "check").out.split())
    assert PASSWORD not in shown
    assert "remove the value" in shown


VALUE = st.text(alphabet="ab1-_. /", min_size=1, max_size=12)


@given(st.lists(VALUE, max_size=6), st.text(alphabet="ab1-_. /", max_size=60))
def test_values_are_told_wherever_they_stand(values: list[str], text: str) -> None:
    """Each occurrence of a random value is found, and of a word each that is no part of a longer one; no other is."""
    data = text.encode()
    expected = set()
    for value in {value.encode() for value in values}:
        for at in range(len(data) - len(value) + 1):
            end = at + len(value)
            begins = at == 0 or not (data[at - 1 : at + 1].isalnum())
            ends = end == len(data) or not (data[end - 1 : end + 1].isalnum())
            if data[at:end] == value and (is_unmistakable(value) or (begins and ends)):
                expected.add(Span(at, end))
    assert set(Values(value.encode() for value in values).spans(data)) == expected


@pytest.mark.parametrize("word", ["rabbitmq", "my-secret-key", "Summer2024", "correct horse", "short", "x7K!q9"])
def test_words_are_not_random(word: str) -> None:
    """What is made of words, or short, stands in names and sentences that have nothing to do with it."""
    assert not is_unmistakable(word.encode())


def test_made_up_values_are_random() -> None:
    """Tokens and generated passwords are no words."""
    assert is_unmistakable(token().encode())
    for letters in (string.ascii_letters + string.digits, string.hexdigits[:16]):
        made = ["".join(Random(seed).choices(letters, k=24)) for seed in range(200)]
        assert [value for value in made if not is_unmistakable(value.encode())] == []


def test_values_cost_the_text_and_not_their_number() -> None:
    """To look for twice as many values in a text takes no more steps."""

    def steps(count: int) -> int:
        values = Values(token(seed).encode() for seed in range(count))
        looked = Counter[str]()
        text = Sliced(b"x = 1  # nothing here\n" * 40)
        text.looked = looked
        assert list(values.spans(text)) == []
        return looked["slices"]

    assert steps(200) == steps(100)


class Sliced(bytes):
    """Bytes that count how often they are cut."""

    looked: Counter[str]

    def __getitem__(self, key: Any) -> Any:
        self.looked["slices"] += 1
        return super().__getitem__(key)


def test_half_a_pair_of_surrogates_is_masked_around() -> None:
    """A name that JSON made of half a pair is no text: what looks like a secret in it is hidden all the same."""
    assert mask_shapes("\ud800 a") == "\ud800 a"
    assert mask_shapes(f"\ud800 {token(1)}") == f"? {MASK}"
