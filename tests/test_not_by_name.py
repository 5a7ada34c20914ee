"""Values that are no secrets though a name for one precedes them, and near misses that are."""

from __future__ import annotations

from uuid import UUID

import pytest
from unspill.document import Document
from unspill.scan import Scanner

from tests.test_judge import ALNUM, HEX, made

SCANNER = Scanner(use_cache=False)
KEY = made(ALNUM, 32)
SHORT_HASH = made(HEX, 16)
ID = str(UUID(made(HEX, 32)))


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
    ],
)
def test_another_kind_of_value_is_no_secret(text: str, path: str) -> None:
    """Times, ids, names, patterns and the like are told by their own form and by their own key."""
    assert found(text, path) == []


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
    ],
)
def test_a_secret_beside_such_values_is_found(text: str, path: str) -> None:
    """What rules out a value does not rule out another one that looks like a secret."""
    assert found(text, path) == [KEY]
