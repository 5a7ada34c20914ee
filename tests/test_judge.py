"""The judge: what is a placeholder, what wins where candidates overlap, and how a name speaks against a value."""

from __future__ import annotations

import base64
import hmac
import json
import string
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill.document import Document
from unspill.judge import entropy, passwords, placeholders
from unspill.judge.published import EXACT, PARTS
from unspill.model import Confidence
from unspill.scan import Scanner

SCANNER = Scanner(use_cache=False)
HEX = "0123456789abcdef"
LETTERS = string.ascii_letters
ALNUM = LETTERS + string.digits


def made(alphabet: str, size: int, seed: int = 1) -> str:
    """Random text over `alphabet`."""
    return "".join(Random(seed).choices(alphabet, k=size))


def rules(text: str) -> list[str]:
    """The ids of the rules that find something in `text`, but for those that go by names alone."""
    found = SCANNER.scan(Document(text.encode())).findings
    return [finding.rule for finding in found if not finding.rule.startswith("generic-")]


@pytest.mark.parametrize("run", ["abc", "1234", "xyz", "123456", "fedcba"])
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_a_long_random_value_that_holds_a_short_sequence_is_a_secret(run: str, seed: int) -> None:
    """What refuses a value is the share of it that is counted, not that a run of some characters is in it."""
    body = made(ALNUM, 16, seed) + f"Z{run}K" + made(ALNUM, 16, seed + 1)  # no letter beside it that goes on with it
    assert not placeholders.is_sequence(body.encode())
    assert "sequential" not in placeholders.reason(body.encode())
    assert run not in placeholders.reason(body.encode())


@given(stride=st.integers(min_value=1, max_value=3), size=st.integers(min_value=12, max_value=26))
def test_a_value_that_is_counted_is_no_secret(stride: int, size: int) -> None:
    """Sequences are refused as such, one alone or up to three interleaved, in small letters or in both."""
    rows = (string.ascii_lowercase[:size], (string.digits * 3)[:size], string.ascii_uppercase[:size])[:stride]
    assert placeholders.degenerate("".join(map("".join, zip(*rows, strict=True))).encode()) == "sequential characters"


@pytest.mark.parametrize(
    "body",
    [
        "YourAccessTokenGoesHere",
        "xxxxxxxxxxxxxxxxxxxxxxxxx",
        "XXXXXXXXXX",
        "****************",
        "abcdefghijklmnopqrstuvwxyz",
        "1234567890123456789012",
        "00000000000000000000000000",
        "abcabcabcabcabcabcabc",
        "deadbeefdeadbeefdeadbeef",
        "${HF_TOKEN}",
        "{token}",
        "<token>",
        "{{ secrets.token }}",
        "%(token)s",
        "getDefaultVaultForProject",
        "some-service-name-of-ours",
        "my_test_key_9",
        "",
    ],
)
def test_a_placeholder_is_no_secret(body: str) -> None:
    """Templates, words, runs and repetitions are told from random text, each with a reason."""
    assert placeholders.reason(body.encode())


@pytest.mark.parametrize(
    ("alphabet", "size"),
    [(LETTERS, 34), (HEX, 32), (ALNUM, 40), (ALNUM + "-_", 43), (string.ascii_lowercase, 24), (string.digits, 24)],
)
def test_random_text_is_hardly_ever_a_placeholder(alphabet: str, size: int) -> None:
    """Of 2,000 random bodies at most four are turned down, whatever they are written in."""
    random = Random(7)
    bodies = ["".join(random.choices(alphabet, k=size)).encode() for _ in range(2000)]
    refused = [body for body in bodies if placeholders.reason(body) or entropy.shannon(body) < entropy.least(body)]
    assert len(refused) <= 4


@pytest.mark.parametrize("value", sorted(EXACT | set(PARTS)))
def test_a_published_value_is_known(value: bytes) -> None:
    """Every value of the table is turned down, on its own and under a password's rules."""
    assert placeholders.is_published(value)
    assert passwords.reason(value)


@pytest.mark.parametrize(
    ("value", "user"),
    [("password", "user"), ("postgres", "postgres"), ("guest", "guest"), ("changeme", "app"), ("$DB_PASSWORD", "app")],
)
def test_the_word_for_a_password_is_none(value: str, user: str) -> None:
    """Usual words, the user's own name and references are no passwords."""
    assert passwords.reason(value.encode(), user.encode())


def test_a_password_may_hold_a_word() -> None:
    """In a password, unlike in a token, a word is nothing to doubt it for."""
    assert not passwords.reason(b"Secret-Garden-42!", b"app")
    assert placeholders.reason(b"Secret-Garden-42!")


@given(st.binary(max_size=300))
def test_any_bytes_are_judged(value: bytes) -> None:
    """No value makes a test of the judge fail, and the entropy asked for is never below zero."""
    assert isinstance(placeholders.reason(value), str)
    assert isinstance(passwords.reason(value, value), str)
    assert entropy.least(value) >= 0


@given(st.text(ALNUM, min_size=8, max_size=80), st.text(HEX, min_size=8, max_size=80))
def test_the_limit_of_parts_is_between_theirs(first: str, second: str) -> None:
    """A value of two parts needs no more entropy than the stricter of them alone."""
    both = entropy.least(f"{first}-{second}".encode())
    assert both <= max(entropy.least(first.encode()), entropy.least(second.encode())) + 1e-9


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('headers = {"Authorization": "Bearer hf_%s"}', "huggingface-user-token"),
        # unspill: ignore[url-basic-auth] a hole for a value
        ("git clone https://me:hf_%s@huggingface.co/spaces/me/x", "huggingface-user-token"),
    ],
)
def test_a_prefix_wins_over_the_place(text: str, rule: str) -> None:
    """A header or URL says less about a token than its own prefix."""
    assert rules(text % made(LETTERS, 34)) == [rule]


def test_a_keyword_wins_over_the_shared_shape() -> None:
    """The same shape goes to the vendor whose name or host stands near, else to the shape's own rule."""
    key = "sk-" + made(HEX, 32)
    assert rules(f'client = OpenAI(api_key="{key}", base_url="https://api.deepseek.com")') == ["deepseek-api-key"]
    assert rules(f'client = OpenAI(api_key="{key}", base_url="https://llm.acme.org")') == ["openai-compatible-key"]


def test_one_secret_gives_one_finding() -> None:
    """However many rules match a value, it is reported once, at its full length."""
    key = f"HRKU-{made(HEX, 8)}-{made(HEX, 4)}-4{made(HEX, 3)}-a{made(HEX, 3)}-{made(HEX, 12)}"
    assert rules(f'HEROKU_API_KEY = "{key}"') == ["heroku-api-key-v2"]


def test_a_wrong_checksum_lowers_the_confidence() -> None:
    """A token whose issuer documents a checksum is reported with medium confidence, not high, if that is wrong."""
    token = "ghp_" + made(ALNUM, 36)
    (finding,) = SCANNER.scan(Document(f"see {token}".encode())).findings
    assert (finding.rule, finding.confidence) == ("github-pat-classic", Confidence.MEDIUM)


@pytest.mark.parametrize(
    "name",
    ["SPOTIPY_CLIENT_ID", "spotify_commit", "spotify_md5", "spotifyVersion", "spotify_request_id", "spotify_project"],
)
def test_a_name_can_say_that_a_shape_is_no_secret(name: str) -> None:
    """Where only shape and keyword speak for a value, a name for identifiers, revisions or hashes speaks louder."""
    assert rules(f'{name} = "{made(HEX, 32)}"') == []
    assert rules(f'SPOTIPY_CLIENT_SECRET = "{made(HEX, 32)}"') == ["spotify-client-secret"]


@pytest.mark.parametrize(
    "line",
    [
        "[2026-01-01] plivo: session {} started",
        "MD5 (plivo.iso) = {}",
        "1,plivo,{},x",
        "- plivo build {} failed",
        'assert plivo.get("{}") is None',
    ],
)
def test_a_provider_that_is_merely_mentioned_says_little(line: str) -> None:
    """A hash on a line that mentions a provider has low confidence; assigned to its name, or as a key, it has not."""
    value = made(ALNUM, 39) + "7"

    def confidence(text: str) -> list[Confidence]:
        found = SCANNER.scan(Document(text.format(value).encode())).findings
        return [finding.confidence for finding in found if finding.rule == "plivo-auth-token"]

    assert confidence(line) in ([], [Confidence.LOW])
    for spoken in ('plivo = "{}"', "plivo {}", 'plivo.RestClient("{}")', "plivo: the key is {}", "plivo -p {}"):
        assert confidence(spoken) == [Confidence.MEDIUM], spoken


LOCKED = {
    "composer.lock": '"name": "plivo/plivo-php", "reference": "%(hash)s", "shasum": "%(hash)s"',
    "Podfile.lock": "SPEC CHECKSUMS:\n  Plivo: %(hash)s",
    "web/yarn.lock": "plivo@^4.0.0:\n  resolved https://registry.npmjs.org/plivo/-/plivo-4.0.0.tgz#%(hash)s",
    "go.sum": "github.com/plivo/plivo-go v7.0.0 h1:%(base)s=",
    "package-lock.json": '"node_modules/api-token": {"integrity": "sha1-%(base)s=", "token": "%(hash)s"}',
}


@pytest.mark.parametrize("path", LOCKED)
def test_the_hashes_of_a_lock_file_are_no_secrets(path: str) -> None:
    """What a package manager wrote holds hashes beside all kinds of names; tokens told by a prefix are found there."""
    text = LOCKED[path] % {"hash": made(HEX, 40), "base": made(ALNUM, 43)}
    token = "hf_" + made(LETTERS, 34)
    resolved = f"\nhttps://ci:{made(ALNUM, 14)}@npm.acme.org/a.tgz {token}\n"
    found = SCANNER.scan(Document((text + resolved).encode(), path)).findings
    assert [finding.rule for finding in found] == ["url-basic-auth", "huggingface-user-token"]


def test_hexadecimal_digits_alone_are_no_base_64() -> None:
    """Where a shape has the whole of base 64, a value in hexadecimal digits is a hash."""
    assert rules(f'aws_secret_access_key = "{made(HEX, 40)}"') == []
    assert rules(f'aws_secret_access_key = "{made(ALNUM + "+/", 39)}a"') == ["aws-secret-access-key"]


def test_one_class_of_letters_is_no_random_text() -> None:
    """A value in capitals alone, or digits alone, is none of a shape that has all letters."""
    assert rules("hf_" + made(string.digits, 34)) == []
    assert rules("vault: s." + made(string.ascii_uppercase, 24)) == []


def test_a_token_signed_with_a_tutorial_s_secret_is_an_example() -> None:
    """A JSON Web Token that anyone can make is no secret; one that is signed with a real secret is."""

    def token(secret: bytes) -> str:
        pieces = [{"alg": "HS256", "typ": "JWT"}, {"sub": "7", "iat": 1767225600}]
        signed = b".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in pieces)
        signature = base64.urlsafe_b64encode(hmac.digest(secret, signed, "sha256")).rstrip(b"=")
        return f"{signed.decode()}.{signature.decode()}"

    assert rules(f"token: {token(b'secret')}") == []
    assert rules(f"token: {token(made(ALNUM, 40).encode())}") == ["jwt"]


@pytest.mark.parametrize(
    "text",
    [
        f"gpg --keyserver hkps://keys.openpgp.org --recv-keys {made(HEX, 40).upper()}",
        r'syn match url "ftp://\(\k\+:\k\+@\)\=\k\+"',
        "Auth solution (password, facebook, & more)",
    ],
)
def test_what_only_looks_like_a_named_value_is_left_alone(text: str) -> None:
    """The fingerprint of a public key, a pattern for URLs and a list of words are no secrets."""
    assert SCANNER.scan(Document(text.encode(), "notes.md")).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "postgres://postgres:postgres@db:5432/app",
        "amqp://rabbitmq:rabbitmq@mq:5672/",
        'DB = "mysql+pymysql://airflow:airflow@db/airflow"',
        "DATABASE_PASSWORD_URL=redis://default:redis@cache:6379",
        'aws_secret_token = "AKIA' + 'IOSFODNN7EXAMPLE"',
        'stripe_secret = "sk_test_' + '4eC39HqLyjWDarjtT1zdp7dc"',
    ],
)
def test_what_a_rule_knows_to_be_no_secret_is_none_for_any_other(text: str) -> None:
    """A password that is the user's name, a default and a published value stay silent under generic rules too."""
    assert not SCANNER.scan(Document(text.encode())).findings


def test_a_part_of_what_is_no_secret_is_none() -> None:
    """The public key of an address whose project is counted, as in an example, is not a password; one beside it is."""
    public = f"https://{made(HEX, 32)}@o123.ingest.sentry.io/"
    assert rules(f'dsn = "{public}451"') == ["sentry-dsn"]
    example = f'dsn = "{public}12345678"\n'
    assert not SCANNER.scan(Document(example.encode())).findings
    beside = f'{example}API_KEY = "{made(ALNUM, 32)}"'
    assert [one.rule for one in SCANNER.scan(Document(beside.encode())).findings] == ["generic-api-key"]


@pytest.mark.parametrize("text", ["ASIAPACIFICSALESTEAMS", "ASIACONTINENTALDRIFT", "AKIANDFRIENDSTOGETHE"])
def test_capital_words_are_no_access_key_id(text: str) -> None:
    """Letters that read like words are not random, though base 32 may be made of letters only."""
    assert not rules(f"x {text} y")


def test_an_access_key_id_of_letters_only_is_found() -> None:
    """Of 300 random key ids without a digit, nearly all are reported."""
    random = Random(8)
    ids = ["AKIA" + "".join(random.choices(string.ascii_uppercase, k=16)) for _ in range(300)]
    assert sum("aws-access-key-id" in rules(f'key = "{one}"') for one in ids) > 290
