"""Whose a secret is that has no rule's format: told by a known beginning, or by the provider in its name."""

from __future__ import annotations

import string
import uuid
from random import Random

import pytest
from unspill.document import Document
from unspill.judge import issuers
from unspill.model import Confidence
from unspill.scan import Scanner

SCANNER = Scanner(use_cache=False)
WITHOUT_HYPERSCAN = Scanner(use_cache=False, hyperscan=False)
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def made(alphabet: str, size: int, seed: int = 5) -> str:
    """Random text over `alphabet`."""
    return "".join(Random(seed).choices(alphabet, k=size))


def found(text: str, path: str = "app.py") -> list[tuple[str, str]]:
    """The rule and text of every finding of medium confidence or more, the same with both matchers."""
    document = Document(text.encode(), path)
    both = [
        [
            (finding.rule, document.text(finding.span))
            for finding in scanner.scan(document).findings
            if finding.confidence >= Confidence.MEDIUM
        ]
        for scanner in (SCANNER, WITHOUT_HYPERSCAN)
    ]
    assert both[0] == both[1]
    return both[0]


BEGINNINGS = {
    "huggingface-user-token": "hf_" + made(string.ascii_letters, 40),
    "github-pat-classic": "ghp_" + made(ALNUM, 52),
    "runpod-api-key": "rpa_" + made(string.ascii_uppercase + string.digits, 52),
    "groq-api-key": "gsk_" + made(ALNUM, 44),
    "aws-bedrock-api-key": "ABSK" + made(ALNUM + "+", 100),
    "gcp-gemini-auth-key": "AQ.Ab8RN6" + made(ALNUM + "-_", 38),
    "context7-api-key": "ctx7sk-" + made(HEX, 32),
}


@pytest.mark.parametrize(("rule", "value"), BEGINNINGS.items())
@pytest.mark.parametrize("form", ['client(token="{}")', "api_key: {}", "SOME_TOKEN={}"])
def test_a_known_beginning_and_a_random_body_of_another_form_is_found(rule: str, value: str, form: str) -> None:
    """A body of another length or alphabet is reported with the rule of its beginning, to the character."""
    assert found(form.format(value)) == [(rule, value)]


@pytest.mark.parametrize("rule", ["huggingface-user-token", "github-pat-classic", "groq-api-key", "context7-api-key"])
def test_a_longer_token_is_found_without_a_name(rule: str) -> None:
    """In prose and in lists too, where the first characters of the body are those of the rule."""
    value = BEGINNINGS[rule] if rule != "context7-api-key" else f"ctx7sk-{uuid.UUID(int=Random(4).getrandbits(128))}a1"
    assert found(f"I use {value} here\n", "notes.md") == [(rule, value)]
    assert found(f'x = ["{value}"]\n') == [(rule, value)]


@pytest.mark.parametrize(
    "text",
    [
        'token = "ghp_your_token_goes_here_please"',
        'token = "hf_hub_download_everything_now2"',
        'key = "sk-ant-api03-paste-your-key-here-123"',
        'api_key = "rpa_workflow_step_number_twelve_12"',
        'api_key = "crsr_position_of_line_and_column_7"',
        "see gsk_test_placeholder_value_for_unit_tests1",
        'token = "ghp_' + "0123456789abcdef" * 3 + '"',
        'token = "github_pat_' + "x" * 60 + '"',
        'key = "AKIAPACIFICSTOCKMARKET"',
        "package/module.py,sha256=hf_" + made(string.ascii_letters, 40) + ",1234",
        "integrity sha512-AKIA" + made(ALNUM + "+/", 82) + "==",
    ],
)
def test_words_behind_a_known_beginning_are_no_secret(text: str) -> None:
    """Placeholders, names and counted digits are not random, and a beginning inside base 64 is none."""
    assert not found(text)


NAMED = made(ALNUM, 30, 9)


@pytest.mark.parametrize(
    ("text", "path", "rule"),
    [
        (f'RUNPOD_API_KEY = "{NAMED}"', "app.py", "runpod-api-key"),
        (f"runpodApiKey: {NAMED}", "values.yaml", "runpod-api-key"),
        (f"VITE_PORTKEY_API_KEY={NAMED}", ".env.local", "portkey-api-key"),
        (f"PORTKEY_API_KEY_PROD={NAMED}", ".env.local", "portkey-api-key"),
        (f'runpod.api_key = "{NAMED}"', "app.py", "runpod-api-key"),
        (f'client = Replicate(api_token="{NAMED}")', "app.py", "replicate-api-token"),
        (f'runpod:\n  region: eu\n  api_key: "{NAMED}"\n', "values.yaml", "runpod-api-key"),
        (f'{{"runpod": {{"region": "eu", "api_key": "{NAMED}"}}}}', "config.json", "runpod-api-key"),
        (f'[runpod]\nregion = "eu"\napi_key = "{NAMED}"\n', "secrets.toml", "runpod-api-key"),
        (f'config["runpod"]["api_key"] = "{NAMED}"', "app.py", "runpod-api-key"),
        (f'client = AsyncOpenAI(\n    timeout=3,\n    api_key="{NAMED}",\n)', "app.py", "openai-legacy-user-key"),
        (f'"SMITHERY_API_KEY": "{uuid.UUID(int=Random(2).getrandbits(128), version=1)}"', "a.json", "smithery-api-key"),
    ],
)
def test_the_name_tells_the_provider(text: str, path: str, rule: str) -> None:
    """A random value under a provider's variable, key, section or constructor has that provider's rule."""
    assert [one for one, _ in found(text, path)] == [rule]


@pytest.mark.parametrize(
    "text",
    [
        'runpod_region = "eu"\napi_key = "{}"\n',
        '[runpod]\nregion = "eu"\n[other]\napi_key = "{}"\n',
        'runpod = Client("eu")\nother = Client(api_key="{}")\n',
        'scale_key = "{}"\n',
        'API_KEY = "{}"\n',
    ],
)
def test_what_stands_beside_a_name_tells_nothing(text: str) -> None:
    """Another line, section or call, and a common word, are not what the value is named after."""
    assert [rule for rule, _ in found(text.format(NAMED))] in (["generic-api-key"], [])


@pytest.mark.parametrize(
    "value", ["not-a-real-key-for-tests", "your_runpod_key_here_123", "$RUNPOD_API_KEY", "0123456789" * 3]
)
def test_a_provider_s_name_does_not_make_words_a_secret(value: str) -> None:
    """Under a provider's variable too, only what is random is that provider's."""
    assert "runpod-api-key" not in {rule for rule, _ in found(f'RUNPOD_API_KEY = "{value}"')}


def test_only_a_name_that_says_so_makes_a_value_public() -> None:
    """A random value is one of a provider's public keys by its name only where that says public or search."""
    for name in ("MAPBOX_TOKEN", "MAPBOX_ACCESS_TOKEN", "ALGOLIA_API_KEY"):
        findings = SCANNER.scan(Document(f'{name} = "{NAMED}"'.encode(), "app.py")).findings
        assert [one.severity.value for one in findings] == ["error"], name


def test_a_neighbour_does_not_name_the_provider() -> None:
    """A value that is named after one service is not another's, though the next line has the address of that."""
    key = made(HEX, 32)
    near = '\nurl = "https://civitai.com/api/v1"\n'
    assert [rule for rule, _ in found(f'CIVITAI_KEY = "{key}"{near}')] == ["civitai-api-key"]
    assert [rule for rule, _ in found(f'FAL_KEY = "{key}"{near}')] == ["fal-api-key"]
    assert [rule for rule, _ in found(f'ZORBLAT_KEY = "{key}"{near}')] == ["generic-api-key"]


@pytest.mark.parametrize(
    ("alphabet", "size"), [(ALNUM, 20), (ALNUM + "-_", 40), (HEX, 32), (string.ascii_lowercase + string.digits, 24)]
)
def test_random_text_is_random(alphabet: str, size: int) -> None:
    """Of 1,000 random texts at least 980 are told as such."""
    random = Random(3)
    texts = ["".join(random.choices(alphabet, k=size)).encode() for _ in range(1000)]
    assert sum(map(issuers.is_random_token, texts)) >= 980


@pytest.mark.parametrize(
    "text",
    [
        "some-words-and-a-number-12",
        "getDefaultVaultForProject2",
        "MyCompanyProductionServer1",
        "v1.2.3-beta.4+build.20260101",
        "2026-01-02T03:04:05.678+00:00",
        "eyJhbGciOiJIUzI1NiJ9",
        "aaaaaaaaaaaaaaaaaaaaaaaa1",
        "short1A",
        "with space a1B2c3D4e5F6",
    ],
)
def test_words_and_dates_are_not_random(text: str) -> None:
    """Words, versions, dates, encoded JSON, repetitions and short texts are not."""
    assert not issuers.is_random_token(text.encode())
