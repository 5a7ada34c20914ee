"""What stands where a secret would and is none: each kind stays silent by default; its real twin does not."""

from __future__ import annotations

import base64
import string
from random import Random
from uuid import UUID

import pytest
from unspill.document import Document
from unspill.judge import placeholders, randomness
from unspill.model import Confidence
from unspill.scan import Scanner

SCANNER = Scanner(use_cache=False)
HEX = "0123456789abcdef"
ALNUM = string.ascii_letters + string.digits
BASE85 = ALNUM + "!#$%&()*+-;<=>?@^_`{|}~"


def made(letters: str, size: int, seed: int = 1) -> str:
    """Random text over `letters`, with a digit early on."""
    random = Random(seed)
    return random.choice(string.ascii_lowercase) + "7" + "".join(random.choices(letters, k=size - 2))


def base64_of(text: str) -> str:
    """`text` in base 64."""
    return base64.b64encode(text.encode()).decode()


def found(text: str, path: str) -> list[str]:
    """What is found in `text` by default."""
    findings = SCANNER.scan(Document(text.encode(), path)).findings
    return [one.secret.reveal() for one in findings if one.secret is not None and one.confidence >= Confidence.MEDIUM]


UUID_4 = str(UUID(int=Random(3).getrandbits(128), version=4))
SILENT = {
    "password like the user in a URL": ("a.yml", "DATABASE_URL: postgres://wombat:wombat@db/app"),
    "password like the user in capitals": ("a.py", 'broker = "amqp://Wombat:wombat@mq:5672/"'),
    "password like the host": ("a.py", 'engine = "mysql://root:warehouse@warehouse:3306/x"'),
    "password like the user above": ("compose.yml", "  APP_USER: Wombat77\n  APP_PASSWORD: Wombat77\n"),
    "password like the user beside": ("a.py", 'connect(user="Wombat77x", password="Wombat77x")'),
    "password like the user below": ("a.json", '{"password": "Wombat#774",\n "username": "Wombat#774"}'),
    "user of SSH": ("a.md", f"ssh://{made(HEX, 24)}@host.acme.org"),
    "word of its own name": ("a.env", "WOMBAT_PASSWORD=wombat123"),
    "default of a server": ("a.py", 'redis.from_url("redis://default:redis123@cache:6379")'),
    "default of a service": (".env.example", "MINIO_ROOT_PASSWORD=minio123"),
    "sequence, twice": (".env", "ENCRYPTION_KEY=0123456789abcdef0123456789abcdef"),
    "doubled sequence": (".env", "API_KEY=00112233445566778899aabbccddeeff"),
    "interleaved sequences": ("a.py", 'api_key = "a1b2c3d4e5f6g7h8i9j0k1l2"'),
    "three interleaved sequences": ("a.py", 'api_key = "aA1bB2cC3dD4eE5fF6gG7hH8"'),
    "sequence in groups": ("a.py", 'api_key = "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d"'),
    "counted": (".env", "SECRET_KEY=ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"),
    "keyboard": (".env", "DB_PASSWORD=qwertyuiopasdfghjkl1"),
    "repeated": ("a.py", f'api_key = "{made(ALNUM, 8) * 4}"'),
    "twice the same": ("a.py", f'api_key = "{made(ALNUM, 16) * 2}"'),
    "hexadecimal words": ("a.py", 'api_key = "deadbeefcafebabe8badf00ddeadc0de"'),
    "base 64 of words": (".env", f"API_KEY={base64_of('this key opens the meadow')}"),
    "base 64 of a sequence": ("a.py", f'token = "{base64_of("0123456789" * 3)}"'),
    "base 64 of test credentials": ("t.py", f'headers = {{"Authorization": "Basic {base64_of("test:test")}"}}'),
    "base 64 of the usual password": ("t.py", f'headers = {{"Authorization": "Basic {base64_of("admin:password")}"}}'),
    "test token in a header": ("t.py", 'headers = {"Authorization": "Bearer test-api-key-12345"}'),
    "wrong token in a header": ("t.py", 'headers = {"Authorization": "Bearer expired-session-handle"}'),
    "format of a message": ("a.c", 'printf("worker %d:0x%08x:PASS:0x%08x", a, b, c);'),
    "key of an element": ("a.tsx", f'<Row id="x" key="{UUID_4}" />'),
    "hash as the key of an element": ("a.jsx", f'<li key="{made(HEX, 24)}">'),
    "identifier with a prefix": ("a.ts", f'const rowKey = "row-{UUID_4}";'),
    "words for an AWS key": ("a.txt", "see AKIA" + "VALLEYFORESTTIDE"),
    "Spring's ciphertext": ("a.yml", f'password: "{{cipher}}{made(HEX, 64)}"'),
    "ciphertext of AWS KMS": ("a.yml", f"DB_PASSWORD: AQICAH{made(ALNUM + '+/', 180)}=="),
    "ciphertext of Fernet": ("a.yml", f"DB_PASSWORD: gAAAAAB{made(ALNUM, 113)}=="),
}
FOUND = {
    "password unlike the user": ("a.yml", "DATABASE_URL: postgres://wombat:{}@db/app", made(ALNUM, 16)),
    "password under another user": ("compose.yml", "  APP_USER: wombat\n  APP_PASSWORD: {}\n", made(ALNUM, 16)),
    "base 64 of a password": ("a.env", "API_KEY={}", base64_of(made(ALNUM, 24))),
    "header": ("t.py", 'headers = {{"Authorization": "Bearer {}"}}', made(ALNUM, 32)),
    "key of a client": ("a.tsx", '<Client apiKey="{}" />', made(HEX, 32)),
    "percent sign": ("a.py", 'password = "{}"', "vq%d" + made(ALNUM, 9)),
}


@pytest.mark.parametrize(("path", "text"), SILENT.values(), ids=SILENT.keys())
def test_what_is_no_secret_stays_silent(path: str, text: str) -> None:
    """Nothing is reported, and whatever was a candidate has a reason."""
    assert found(text, path) == []
    assert all(reason for _, _, reason in SCANNER.scan(Document(text.encode(), path)).rejected)


@pytest.mark.parametrize(("path", "text", "value"), FOUND.values(), ids=FOUND.keys())
def test_its_twin_is_found(path: str, text: str, value: str) -> None:
    """The same place with a value that may be in use is reported."""
    assert [value in one for one in found(text.format(value), path)] == [True]


def test_nothing_is_a_secret_in_a_block_of_binary_text() -> None:
    """`pw=` between the characters of base 85 is no name; a line of the same length in a `.env` is."""
    random = Random(5)
    lines = ["".join(random.choices(BASE85, k=76)) for _ in range(200)]
    lines[20::7] = [line[:30] + "pW=" + line[33:] for line in lines[20::7]]
    assert found('DATA = b"""\n' + "\n".join(lines) + '\n"""\n', "get.py") == []
    value = "".join(random.choices(ALNUM, k=70))
    assert found(f"A={'x' * 60}\nDB_PASSWORD={value}\nB={'y' * 60}\n", ".env") == [value]


MANIFEST = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\nstringData:\n  {}: {}\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENABLE_TRACKING", '"true"'),
        ("AUTH_MODE", '"advanced"'),
        ("VALID_FROM", '"2031-04-01"'),
        ("SESSION_TTL", '"30m"'),
        ("LOG_LEVEL", "info"),
        ("WORKERS", '"1234"'),
        ("SSL_MODE", "verify-full"),
        ("SIGNING_ALGORITHM", "RS256"),
        ("GREETING", "'Welcome back, friend'"),
    ],
)
def test_a_setting_in_a_kubernetes_secret_is_none(name: str, value: str) -> None:
    """Switches, modes, dates and numbers are not confidential for being in a Secret; what says password is."""
    assert found(MANIFEST.format(name, value), "a.yaml") == []
    assert found(MANIFEST.format("password", "meadowlark"), "a.yaml") == ["meadowlark"]
    assert found(MANIFEST.format(name, made(ALNUM, 20)), "a.yaml") == [made(ALNUM, 20)]


@pytest.mark.parametrize(("letters", "size"), [(HEX, 32), (ALNUM, 20), (ALNUM, 40), (ALNUM + "-_", 43)])
def test_random_text_is_hardly_ever_one_of_these(letters: str, size: int) -> None:
    """Of 2,000 random values at most four are taken for a repetition, a sequence or encoded words."""
    random = Random(size)
    values = ["".join(random.choices(letters, k=size)) for _ in range(2000)]
    assert sum(bool(placeholders.degenerate(one.encode())) or randomness.is_encoded_words(one) for one in values) <= 4
