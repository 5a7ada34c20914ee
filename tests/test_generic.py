from __future__ import annotations

import string
import uuid
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill.document import Document
from unspill.engine import named, stems, windows
from unspill.languages import LANGUAGES, Language
from unspill.model import Confidence
from unspill.scan import Scan, Scanner

SCANNER = Scanner(use_cache=False)
RANDOM = Random(20)


def _made_up(alphabet: str, length: int) -> str:
    """Random text that holds a digit early on, and every class of character that the alphabet has."""
    while True:
        text = "".join(RANDOM.choices(alphabet, k=length))
        classes = (str.isdigit, str.islower, str.isupper)
        wanted = [one for one in classes if any(map(one, alphabet))]
        if all(any(map(one, text[:12])) for one in wanted):
            return text


TOKEN = _made_up(string.ascii_letters + string.digits, 40)
HEX = _made_up("0123456789abcdef", 32)
PASSWORD = "vq" + _made_up(string.ascii_letters + string.digits, 9) + "!"
BRACKETS = "vq){" + _made_up(string.ascii_letters + string.digits, 9) + "]$-x"
LONG = _made_up(string.ascii_letters + string.digits, 1200)
UUID = str(uuid.UUID(int=RANDOM.getrandbits(128), version=4))
QUIET = _made_up(string.ascii_lowercase + string.digits, 10)


def _scan(text: str, path: str = "app.py", language: str = "text") -> Scan:
    return SCANNER.scan(Document(text.encode(), path, language))


def _found(text: str, path: str = "app.py") -> list[str]:
    return [finding.secret.reveal() for finding in _scan(text, path).findings if finding.secret is not None]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (f'acme_token = "{TOKEN}"', TOKEN),
        (f"acmeApiKey: '{HEX}',", HEX),
        (f'config.setAcmeSecret("{TOKEN}");', TOKEN),
        (f'os.getenv("ACME_TOKEN", "{TOKEN}")', TOKEN),
        (f'os.environ["ACME_TOKEN"] = "{TOKEN}"', TOKEN),
        (f'var acmeToken string = "{TOKEN}"', TOKEN),
        (f'acme_token ::= "{TOKEN}"', TOKEN),
        (f'DB_PASSWORD = "{PASSWORD}"', PASSWORD),
        (f'{{\\"password\\": \\"{PASSWORD}\\"}}', PASSWORD),
        (f'{{"password": "{PASSWORD}\\"x"}}', PASSWORD + '\\"x'),
        (f'if "{PASSWORD}" == db_password:', PASSWORD),
        (f"ALTER ROLE bob PASSWORD '{PASSWORD}';", PASSWORD),
        (f"alter user bob identified by '{PASSWORD}';", PASSWORD),
        (f"alter user bob identified with caching_sha2_password by '{PASSWORD}';", PASSWORD),
        (f'DB_PASSWORD = "{BRACKETS}"', BRACKETS),
        (f'acme_token = "{LONG}"', LONG),
        (f"curl -H 'X-Acme-ApiKey: {UUID}' https://acme.org", UUID),
        (f'<add key="MailPassword" value="{PASSWORD}"/>', PASSWORD),
        (f'connect("acme://bob:{PASSWORD}@db:99/x")', PASSWORD),
    ],
)
def test_named_values_are_found_with_their_exact_span(line: str, value: str) -> None:
    """A made-up value behind a telling name is found to the character, however the name and value are written."""
    assert _found(line) == [value]


@pytest.mark.parametrize(
    ("path", "line", "value"),
    [
        ("compose.yml", f"  DB_PASSWORD: {PASSWORD[:-1]}", PASSWORD[:-1]),
        ("app.ini", f"Password = {PASSWORD[:-1]}", PASSWORD[:-1]),
        ("app.ini", f"Pswd = {PASSWORD[:-1]}", PASSWORD[:-1]),
        ("app.ini", f"DB_pwd:{PASSWORD[:-1]}", PASSWORD[:-1]),
        ("app.ini", f"db_pw={PASSWORD[:-1]}", PASSWORD[:-1]),
        ("app.ini", f"db_password = {BRACKETS}\nuser = bob", BRACKETS),
        ("deploy.yml", f"- name: DB_PASSWORD\n  value: {PASSWORD[:-1]}\n", PASSWORD[:-1]),
        ("app.xml", f"<password>{PASSWORD[:-1]}</password>", PASSWORD[:-1]),
        ("app.xml", f"<acmeToken>\n  {TOKEN}\n</acmeToken>", TOKEN),
        ("run.sh", f"acme login --password {PASSWORD[:-1]} --verbose", PASSWORD[:-1]),
        ("notes.md", f"GET /?access_token={TOKEN}&page=2", TOKEN),
        ("notes.md", f"The key: ACME_TOKEN={TOKEN}.", TOKEN),
    ],
)
def test_bare_values_end_where_they_end(path: str, line: str, value: str) -> None:
    """A value without quotation marks is found without the punctuation, tag or parameter that follows it."""
    assert _found(line, path) == [value]


@pytest.mark.parametrize(
    "line",
    [
        'password = os.environ["DB_PASSWORD"]',
        'password = getpass("Password: ")',
        'password_field = "password"',
        "password = settings.DB_PASSWORD",
        "password = passwords[index(user)]",
        f"encrypted_password: AgB{TOKEN * 20}",
        'PASSWORD = "${DB_PASSWORD}"',
        'password = "{{ vault.password }}"',
        'password = f"{prefix}-{PASSWORD}"',
        'password = "changeme"',
        'password = "********"',
        'token = "<your token>"',
        'api_key = "YOUR_API_KEY"',
        'api_key = "EMPTY"',
        'pad_token = "<|endoftext|>"',
        'eos_token="</s>", bos_token="<s>"',
        'tokenizer_name = "meta-llama/Llama-3.1-8B-Instruct"',
        'model_key = "model.layers.0.self_attn.q_proj.weight"',
        'next_token = "nextToken"',
        'key = "ctrl+shift+down"',
        'secret_key = "secret_key"',
        f'commit_token = "{"0a1b2c3d4e" * 4}"',
        'uuid_key = "3f2b8c1e-5d7a-4e90-8b16-9c0d1e2f3a4b"',
        f'public_key = "{TOKEN}"',
        "max_new_tokens=2048",
        "def login(password: str, token: str = None) -> None:",
        "self.embed_tokens = Gemma4TextScaledWordEmbedding(config.vocab_size)",
    ],
)
def test_what_is_no_secret_stays_silent(line: str) -> None:
    """References, templates, placeholders, identifiers and the words of language models are not reported at all."""
    assert _found(line) == []


@pytest.mark.parametrize("path", ["app.py", "notes.md", "run.sh"])
@pytest.mark.parametrize(
    "line",
    [
        f'WWW-Authenticate: Digest realm="a@b.org", qop="auth", nonce="{TOKEN}", opaque="{HEX}"',
        f'Authorization: Digest username="bob", realm="a", nonce="{TOKEN}", cnonce="{HEX}", response="{HEX}"',
        f'curl -H \'Authorization: digest nonce="{TOKEN}", realm="a"\' https://acme.org',
        f'h = "username=\\"bob\\", realm=\\"a\\", nonce=\\"{TOKEN}\\", cnonce=\\"{HEX}\\""',
    ],
)
def test_the_nonces_of_http_digest_are_no_secrets(path: str, line: str) -> None:
    """What server and client send in the open stays silent; a nonce by itself, or a password beside it, does not."""
    assert _found(line, path) == []
    assert _found(f'nonce = "{TOKEN}"', path) == [TOKEN]
    assert _found(f"Authorization: Bearer {TOKEN}", path) == [TOKEN]
    assert _found(f'digest = "x"; acme_nonce = "{TOKEN}"', path) == [TOKEN]
    assert PASSWORD in _found(f'{line}; DB_PASSWORD = "{PASSWORD}"', path)


def test_the_reason_names_what_weighed_most() -> None:
    """A finding that no single reason decides, and a rejected candidate, say their score and the signs that made it."""
    (finding,) = _scan(f'nonce = "{TOKEN}"').findings
    assert finding.rule == "generic-token"
    assert finding.confidence is Confidence.MEDIUM
    assert "random characters" in finding.reason
    assert "score" in finding.reason
    rejected = [reason for _, rule, reason in _scan('password = "resetform"').rejected if rule == "generic-password"]
    assert rejected
    assert all("word" in reason for reason in rejected)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.id)
def test_every_name_of_a_language_is_judged_alike(language: Language) -> None:
    """The score of a value does not depend on which of the language's file names it stands under."""
    files = [*(f"x{suffix}" for suffix in language.suffixes), *language.names]
    files += [f"{prefix}local" for prefix in language.prefixes]
    scores = {str([reason for _, _, reason in _scan('password = "reset form"', file).rejected]) for file in files}
    assert len(scores) <= 1


def test_reasons_never_hold_the_value() -> None:
    """What `--explain` shows does not give a value away."""
    scan = _scan(f'acme_token = "{TOKEN}"\npassword = "{PASSWORD}"\nkey_id = "{QUIET}"\n')
    reasons = [finding.reason for finding in scan.findings] + [reason for _, _, reason in scan.rejected]
    assert reasons
    assert not any(value in reason for value in (TOKEN, PASSWORD, QUIET) for reason in reasons)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["token=token=", 'password="', '"==token', "a://b:c", "password='x password=\"y "])
def test_a_long_line_of_beginnings_is_bounded_work(text: str) -> None:
    """However many names a line of a megabyte holds, its scan comes to an end, with a bounded number of candidates."""
    data = (text * (1_000_000 // len(text))).encode()
    scan = SCANNER.scan(Document(data, "app.js"))
    assert scan.incomplete == ""
    assert len(scan.candidates) < 20_000


SYLLABLES = "pass pas word pw d _ tok token o s t key api bo bot sal salt secre cred auth A -".split()


@given(st.lists(st.sampled_from(SYLLABLES), max_size=12).map("".join))
def test_every_name_starts_with_a_stem(text: str) -> None:
    """Wherever the pattern of names matches, one of the stems that are searched for begins, also within another."""
    data = text.encode()
    names = {at for at in range(len(data)) if named._name().match(data, at)}
    assert names <= set(stems.starts(data, 0, len(data)))


def test_each_stretch_of_a_line_is_looked_at_once() -> None:
    """Hits close together share one stretch of text; a long line is cut into few that hardly overlap."""
    data = b"x=1\n" + b"token=" * 50_000 + b"\ny=2\n"
    stretches = list(windows.around(data, range(10, len(data) - 10, 6)))
    assert len(stretches) < 8
    overlap = named.AHEAD + windows.BEHIND
    assert sum(end - begin for begin, end in stretches) < len(data) + len(stretches) * overlap
