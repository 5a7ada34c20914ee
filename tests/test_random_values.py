"""A random value directly behind the name of a secret is found by default, whatever the file, quotes and letters."""

from __future__ import annotations

import re
import string
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill.document import Document
from unspill.judge import randomness
from unspill.model import Confidence
from unspill.scan import Scanner

SCANNER = Scanner(use_cache=False)
ALPHABETS = {
    "hex": "0123456789abcdef",
    "upper hex": "0123456789ABCDEF",
    "lower": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "alnum": string.ascii_letters + string.digits,
    "base64": string.ascii_letters + string.digits + "+/",
    "base64url": string.ascii_letters + string.digits + "-_",
}
PLACES = {
    "a.py": '{name} = "{value}"',
    "b.py": "client = Client({name}='{value}')",
    "c.py": 'x = os.getenv("ACME_{name}", "{value}")',
    "a.go": '{name} := "{value}"',
    "a.ts": "const {name} = '{value}';",
    "a.java": 'String {name} = "{value}";',
    "a.json": '"{name}": "{value}",',
    "a.toml": '{name} = "{value}"',
    "a.tf": '{name} = "{value}"',
    "a.yaml": "{name}: {value}",
    "compose.yml": '{name}: "{value}"',
    "a.ini": "{name} = {value}",
    ".env": "{name}={value}",
    "a.txt": "{name}={value}",
    "a.md": "    {name}={value}",
    "a.sh": 'export {name}="{value}"',
    "a.xml": "<{name}>{value}</{name}>",
}
NAMES = ("api_key", "ACME_TOKEN", "clientSecret", "password", "acme_key")
OTHERS = ("public_key", "cache_key", "token_limit", "next_page_token", "password_hash", "key_id", "sort_key")


def made(random: Random, letters: str, length: int) -> str:
    """A value that starts and ends with a letter or digit, and has an early digit, as the engine needs behind `key`."""
    ends = [letter for letter in letters if letter.isalnum()]
    middle = random.choices(letters, k=length - 2)
    middle[random.randrange(10)] = random.choice(string.digits)
    return "".join([random.choice(ends), *middle, random.choice(ends)])


def lines_found(path: str, lines: list[str], confidence: Confidence = Confidence.MEDIUM) -> int:
    """On how many of `lines` something is found with this confidence."""
    found = SCANNER.scan(Document("\n".join(lines).encode(), path)).findings
    ends = [end.end() for end in re.finditer("\n|$", "\n".join(lines))]
    return len({next(end for end in ends if end >= one.span.end) for one in found if one.confidence >= confidence})


@pytest.mark.slow
@pytest.mark.parametrize("letters", ALPHABETS)
@pytest.mark.parametrize("path", PLACES)
def test_no_file_type_hides_a_random_value(path: str, letters: str) -> None:
    """Of twenty values and more letters at least 95 of 100 are found by default, of sixteen at least 90."""
    random = Random(f"{path} {letters}")
    for length, least in ((16, 0.9), (20, 0.95), (32, 0.95), (40, 0.95), (64, 0.95)):
        lines = [
            PLACES[path].format(name=random.choice(NAMES), value=made(random, ALPHABETS[letters], length))
            for _ in range(100)
        ]
        assert lines_found(path, lines) >= least * len(lines), length


@pytest.mark.parametrize("path", ["a.py", "a.json", "a.yaml"])
@pytest.mark.parametrize("name", OTHERS)
def test_the_name_of_something_else_keeps_a_random_value_silent(name: str, path: str) -> None:
    """A public key, a cursor or the key of a table is not reported by default for being random."""
    random = Random(name)
    lines = [PLACES[path].format(name=name, value=made(random, ALPHABETS["lower"], 24)) for _ in range(40)]
    assert lines_found(path, lines) <= 1


@pytest.mark.parametrize(
    "value",
    [
        "my-super-secret-token-2031",
        "getDefaultVaultForProject",
        "ServiceAccountTokenProvider2",
        "acme/Llama-3.1-8B-Instruct",
        "model.layers.0.self_attn.q_proj",
        "openid-connect-client-id01",
        "AcmeDefaultPasswordEncoder",
    ],
)
@pytest.mark.parametrize("path", ["a.py", "a.json", "a.yaml"])
def test_words_behind_the_name_of_a_key_are_no_key(path: str, value: str) -> None:
    """What is made of words is not taken for random, and not reported by default."""
    assert not randomness.is_random(value)
    assert lines_found(path, [PLACES[path].format(name="api_key", value=value)]) == 0


@given(st.sampled_from(sorted(ALPHABETS)), st.integers(20, 64), st.randoms(use_true_random=False))
def test_the_place_does_not_change_the_verdict_on_a_random_value(letters: str, length: int, random: Random) -> None:
    """What is random in one file is random in all, quoted or not."""
    value = made(random, ALPHABETS[letters], length)
    texts = {path: PLACES[path].format(name="api_key", value=value) for path in ("a.py", "a.json", "a.yaml", "a.txt")}
    assert len({lines_found(path, [text]) for path, text in texts.items()}) == 1


def test_the_reason_names_what_the_name_says() -> None:
    """A finding says why it is one: the value is random, and the name says what it is."""
    value = made(Random(4), ALPHABETS["alnum"], 40)
    (finding,) = SCANNER.scan(Document(f'{{"acme_api_key": "{value}"}}'.encode(), "a.json")).findings
    assert finding.reason == "random value behind a name that says api key"
