"""What looks like a secret and may be read by anyone: fingerprints, addresses, keys of pages, ciphertext, formats."""

from __future__ import annotations

import base64
import string
import uuid
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill.document import Document
from unspill.model import Severity
from unspill.scan import Scanner

SCANNER = Scanner(use_cache=False)
RANDOM = Random(41)
ALNUM = string.ascii_letters + string.digits
BASE58 = "".join(sorted(set(ALNUM) - set("0OIl")))


def hexadecimal(size: int) -> str:
    """Random lower-case hexadecimal digits."""
    return RANDOM.randbytes(size // 2).hex()


def alnum(size: int) -> str:
    """Random letters and digits."""
    return "".join(RANDOM.choices(ALNUM, k=size))


def alarms(text: str, path: str = "app.py") -> list[str]:
    """The texts that are found at the default confidence, as errors or warnings."""
    document = Document(text.encode(), path)
    return [
        document.text(finding.span)
        for finding in SCANNER.scan(document).findings
        if finding.severity in (Severity.ERROR, Severity.WARNING)
    ]


FINGERPRINT = hexadecimal(40).upper()
KEY_ID = hexadecimal(16).upper()
UUID = str(uuid.UUID(int=RANDOM.getrandbits(128), version=4))
KMS = "AQICAH" + base64.b64encode(RANDOM.randbytes(120)).decode()


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"ENV GPG_KEY {FINGERPRINT}\n", "Dockerfile"),
        (f"ENV GPG_KEYS={FINGERPRINT}\n", "Dockerfile"),
        (f"RUN gpg --recv-keys x\nARG BUILD_KEY={FINGERPRINT}\n", "Dockerfile"),
        (f"[user]\n\tsigningkey = {KEY_ID}\n", ".gitconfig"),
        (f"apt-key adv --keyserver keys.example --recv-keys {FINGERPRINT}\n", "install.sh"),
        (f"PGP key: {KEY_ID}\n", "README.md"),
        (f"The public key `{FINGERPRINT}` signs releases.\n", "README.md"),
        (f"untrusted comment: minisign public key {KEY_ID}\n", "minisign.pub"),
        (f'gpg_key = "0x{hexadecimal(40)}"\n', "app.py"),
        (f'USDC_TOKEN = "0x{hexadecimal(40)}"\n', "app.py"),
        (f'{{"token": "0x{hexadecimal(40)}"}}\n', "t.json"),
        (f'TOKEN_MINT_ADDRESS = "{"".join(RANDOM.choices(BASE58, k=44))}"\n', "app.py"),
        (f'<div data-sitekey="6L{alnum(38)}"></div>\n', "a.html"),
        (f'const RECAPTCHA_SITE_KEY = "6L{alnum(38)}";\n', "a.ts"),
        (f'publishable_key = "{alnum(32)}"\n', "app.py"),
        (f"NEXT_PUBLIC_ALGOLIA_SEARCH_KEY={hexadecimal(32)}\n", ".env.local"),
        (f"docsearch({{ appId: 'B1G2GM9NG0', apiKey: '{hexadecimal(32)}', indexName: 'docs' }})\n", "a.js"),
        (f"DB_PASSWORD: {KMS}\n", "kms.yml"),
        (f'password: "{{cipher}}{hexadecimal(96)}"\n', "app.yml"),
        (f"password: vault:v1:{base64.b64encode(RANDOM.randbytes(40)).decode()}\n", "app.yml"),
        ('printf("worker 2:0x%08x:PASS:0x%08x\\n", a, b);\n', "a.c"),
        ("worker 2:0x%08x:PASS:0x%08x\n", "out.txt"),
        (f'<Row key="row-{UUID}" />\n', "w.tsx"),
        (f'const reactKey = "row-{UUID}";\n', "w.tsx"),
        ("ENCRYPTION_KEY=0123456789abcdef0123456789abcdef\n", ".env.example"),
        ("ENCRYPTION_KEY=00112233445566778899aabbccddeeff\n", ".env.example"),
        ("ENCRYPTION_KEY=" + "deadbeef" * 4 + "\n", ".env.example"),
        ("RABBITMQ_DEFAULT_PASS=rabbitmq123\n", ".env.example"),
        ("PASSWORD=P@ssw0rd!\n", ".env.example"),
        (f'cache_key = "v3:{hexadecimal(32)}"\n', "a.py"),
        (f"cache key: v2:{hexadecimal(40)}:en\n", "log.txt"),
        (f'dedup_key = "{UUID}"\n', "a.py"),
        (f's3_key = "raw/2026/01/{UUID}.parquet"\n', "a.py"),
        (f'const objectKey = "{hexadecimal(64)}.zip";\n', "a.ts"),
        ("two-pass=1080p60\n", "out.txt"),
        ('password: "%kernel.secret13%"\n', "s.yaml"),
    ],
)
def test_what_anyone_may_read_is_no_alarm(text: str, path: str) -> None:
    """Neither an error nor a warning: silent, or information."""
    assert not alarms(text, path)


NEAR = hexadecimal(40)
SIGNING = hexadecimal(64)
CAPITALS = hexadecimal(40).upper()
PRIVATE = "0x" + hexadecimal(64)
TOKEN = alnum(40)
STRONG = f"q{TOKEN[:3]}!{TOKEN[4:8]}%{TOKEN[9:12]}"


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        (f'API_KEY = "{NEAR}"\nprint("gpg --verify")\n', "app.py", NEAR),
        (f'GPG_PASSPHRASE = "{NEAR}"\n', "app.py", NEAR),
        (f'SIGNING_KEY = "{SIGNING}"\n', "app.py", SIGNING),
        (f'API_KEY = "{CAPITALS}"\n', "app.py", CAPITALS),
        (f'PRIVATE_KEY = "{PRIVATE}"\n', "app.py", PRIVATE),
        (f'contract_api_key = "{TOKEN}"\n', "app.py", TOKEN),
        (f'RECAPTCHA_SECRET_KEY = "{TOKEN}"\n', "app.py", TOKEN),
        (f"ALGOLIA_ADMIN_KEY={NEAR[:32]}\n", ".env.local", NEAR[:32]),
        (f'password = "{{{TOKEN}"\n', "app.py", f"{{{TOKEN}"),
        (f'password = "{STRONG}"\n', "app.py", STRONG),
        (f'store(cache, key="x", api_key="{TOKEN}")\n', "app.py", TOKEN),
        (f'S3_SECRET_KEY = "{TOKEN}"\n', "app.py", TOKEN),
        (f"db-pass={STRONG}\n", "app.conf", STRONG),
        (f'<Client apiKey="{TOKEN}" />\n', "w.tsx", TOKEN),
        (f"API_KEY={NEAR[:32]}\n", ".env.local", NEAR[:32]),
        (f"MINIO_ROOT_PASSWORD=minio{STRONG}\n", ".env.local", f"minio{STRONG}"),
        (f'url = "https://api.example/?a={{b}}&token={TOKEN}"\n', "app.py", TOKEN),
    ],
)
def test_what_only_resembles_it_is_found(text: str, path: str, value: str) -> None:
    """A secret of nearly the same form, or near such words, is found to the character."""
    assert value in alarms(text, path)


@given(seed=st.integers(0, 10**6), at=st.integers(100, 500))
def test_base_85_holds_no_passwords(seed: int, at: int) -> None:
    """`pw=` in base 85 is chance, wherever in a line it stands."""
    text = base64.b85encode(Random(seed).randbytes(600)).decode()
    assert not alarms(f'DATA = b"""\n{text}\n{text[:at]};pW={text[at:]}\n{text}\n"""\n')
