"""Values that are no secrets though a name for one precedes them, and near misses that are."""

from __future__ import annotations

import base64
import string
from uuid import UUID

import pytest
from unspill.document import Document
from unspill.scan import Scanner

from tests.test_judge import ALNUM, HEX, made

SCANNER = Scanner(use_cache=False)
KEY = made(ALNUM, 32)
SHORT_HASH = made(HEX, 16)
ID = str(UUID(made(HEX, 32)))
LOWER, BASE32 = string.ascii_lowercase, string.ascii_uppercase + "234567"
CAPITALS = made(string.ascii_uppercase, 24)
HEADER = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
"""What most JSON Web Tokens begin with."""


def found(text: str, path: str = "app.py") -> list[str]:
    """The secrets in `text`."""
    data = text.encode()
    return [data[one.span.start : one.span.end].decode() for one in SCANNER.scan(Document(data, path)).findings]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"tokenUsed": "2031-02-03T04:05:06Z"}', "a.json"),
        ('session_token = "2031-02-03 04:05"', "app.py"),
        ('{"BearerToken": {"validFrom": "2031-02-03T04:05:06.789+01:00"}}', "a.json"),
        (f'{{"ApiKey": {{"OwnerId": "{made(ALNUM, 12)}", "KeyId": "{ID}"}}}}', "a.json"),
        (f"pkg/token_{SHORT_HASH}.py,sha256={made(ALNUM, 43)},120\n", "pkg-1.0.dist-info/RECORD"),
        ("monkeypatch.setattr(pwd, 'getpwuid', fake)", "app.py"),
        ("patch.object(password, 'verify2', fake)", "app.py"),
        ('{"role": "arn:aws:secretsmanager:eu-west-1:000011112222:secret:Acme5-x1y2z3"}', "a.json"),
        ('options = {"salt": b"acme:session:Argon2"}', "app.py"),
        (f'{{"Acme::Gateway::ApiKey": "{SHORT_HASH}"}}', "a.json"),
        ('{"api_key": "^acme_[A-Z0-9]{27}$"}', "a.json"),
        (f"challenge = (\n  f'Digest realm=\"{{x}}\", '\n  f'nonce=\"{made(HEX, 34)}\", '\n)", "app.py"),
        (f'{{"LockToken": "{ID}", "ClientToken": "{ID}"}}', "a.json"),
        ("machine host.acme.org login bob password \\xa1\\xa2 account x", "app.py"),
        ("machine host.acme.org login bob password pas!s account x", "app.py"),
        ('connect(user="bob", password="wrongpw")', "app.py"),
        ("- [ ] security ops pass: [`rollout-v1-checklist.md`](./rollout-v1-checklist.md)", "notes.md"),
        ("trim -m 18 -o pass2.fq.gz pass1.fq.gz", "notes.md"),
        ('{"integration": "PASS \u2014 A7DS1/A7FE2/B3QA9 linked"}', "a.json"),
        ("Result: PASS - Q7DS3/Q7FE4x done", "notes.md"),
        ("candidate['pass_structure_check'] = psae < 30", "notes.md"),
        (f'{{"inchikey": "{CAPITALS[:14]}-{CAPITALS[14:24]}-N"}}', "a.json"),
        (f'"https://files.acme.org/a.pdf?rlkey={made(LOWER, 25)}&dl=1"', "app.py"),
        (f'{{"pass_mask64": "0x{SHORT_HASH}"}}', "a.json"),
        (f"#define PASSWORD 0x{SHORT_HASH}", "a.h"),
        (f'{{"key": "{made(ALNUM, 12)}@acme.org"}}', "a.json"),
        (f"const authToken = localStorage.getItem('sb-{made(LOWER, 20)}-auth-token');", "a.js"),
        (f"const ACME_KEY = 'sb-{made(LOWER, 20)}-auth-token';", "a.js"),
        ("email,role_key,org\na@acme.org,xqz_hq_safeguards,X\n", "a.csv"),
        ('settings.ticketing_secret_key = "ticketing-secret"', "app.py"),
        ('JWT_SECRET_KEY="test-secret-at-least-32-bytes-long-for-hs256",', "app.py"),
        (f"curl -H 'Authorization: Bearer {HEADER}...'", "notes.md"),
        (f"Anon key: {HEADER}...", "notes.md"),
        (f'{{"token": "{HEADER}"}}', "a.json"),
        # unspill: ignore[generic-password] code around a value
        ('echo \'<input name="pass" value="\',h($J["pass"]),\'">\'; // pass:\',h($J[', "a.php"),
        (f"url?X-Amz-Credential=AKIA{made(BASE32, 16)}%2F20310203%2Feu-west-1%2Fs3%2Faws4_request", "notes.md"),
    ],
)
def test_another_kind_of_value_is_no_secret(text: str, path: str) -> None:
    """Times, ids, names, patterns and the like are told by their own form and by their own key."""
    assert found(text, path) == []


def test_binary_data_holds_no_passwords() -> None:
    """What follows a name by chance in packed data, and is no text, is not reported."""
    packed = b'$x = lzw("x\x9c\x81pw="\x9cq7\xf1\x81Zk9\x9e!Rw\xd0\xa4w2\xd1\x81\x03q"\x9c'
    assert not SCANNER.scan(Document(packed, "app.php")).findings


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f'{{"tokenUsed": "2031-02-03T04:05:06Z", "token": "{KEY}"}}', "a.json"),
        (f'API_KEYS = {{"prod": "{KEY}"}}', "app.py"),
        (f'{{"ApiKey": {{"OwnerId": "acme", "value": "{KEY}"}}}}', "a.json"),
        (f'setattr(settings, "api_token", "{KEY}")', "app.py"),
        (f'role = "arn:aws:iam::000011112222:role/x"\nsecret = "{KEY}"', "app.py"),
        (f'options = {{"salt": b"{KEY}"}}', "app.py"),
        (f'Acme::API_KEY = "{KEY}"', "app.rb"),
        (f"machine host.acme.org login bob password {KEY}\\n", "app.py"),
        (f'client_token = "{KEY}"', "app.py"),
        (f'nonce_key = "{KEY}"\nrealm = "x"', "app.py"),
        (f"pass - {KEY}\n", "notes.md"),
        (f"PASS {KEY}\n", "ftp.txt"),
        (f'password = "{KEY}" # of report.md', "app.py"),
        (f"const authToken = localStorage.getItem('auth-token') || '{KEY}';", "a.js"),
        (f'role_api_key = "{KEY}"', "app.py"),
        (f'{{"access_token": "{KEY}", "header": "{HEADER}..."}}', "a.json"),
    ],
)
def test_a_secret_beside_such_values_is_found(text: str, path: str) -> None:
    """What rules out a value does not rule out another one that looks like a secret."""
    assert found(text, path) == [KEY]
