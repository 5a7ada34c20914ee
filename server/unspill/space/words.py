"""The words of a secret's name: those that say that it is one, and those that say what it is for."""

from __future__ import annotations

import re

_KINDS = frozenset(
    """API KEY KEYS APIKEY TOKEN TOKENS SECRET SECRETS PASSWORD PASSWD PASSPHRASE PASS PWD PAT AUTH AUTHORIZATION
    CREDENTIAL CREDENTIALS BEARER ACCESS PRIVATE DSN""".split()
)
_FILLERS = frozenset(
    """MY YOUR OUR THE THIS DEFAULT USE USER NEW OLD TEST VALUE STRING REAL FAKE DEMO EXAMPLE DATA CURRENT
    CLIENT HARDCODED ENV VAR GENERIC""".split()
)
_PASSWORDS = frozenset("PASSWORD PASSWD PASSPHRASE PASS PWD".split())
_LINKS = frozenset("URL URI DSN CONNECTION CONN".split())
_URLS = re.compile(r"(?:URL|URI|DSN|DATABASE|CONNECTION|CONN)(?:_STRING)?\Z")
_NO_SUBJECTS = _KINDS | _FILLERS | _LINKS


def subject(name: str) -> frozenset[str]:
    """What a secret of this name is for: its words but those for any secret (`NVIDIA_API_KEY` → `NVIDIA`)."""
    words = name.upper().split("_")
    return frozenset(word for word in words if len(word) > 1 and word not in _NO_SUBJECTS and not word.isdigit())


def names_secret(name: str) -> bool:
    """Whether a word of the name says that it is one of a secret."""
    return not _KINDS.isdisjoint(name.upper().split("_"))


def names_url(name: str) -> bool:
    """Whether the name is one of a URL."""
    return _URLS.search(name.upper()) is not None


def is_alike(name: str, other: str) -> bool:
    """Whether both names are of the same: of a URL, of a password, or of a key or token."""
    return names_url(name) == names_url(other) and _names_password(name) == _names_password(other)


def _names_password(name: str) -> bool:
    return not _PASSWORDS.isdisjoint(name.upper().split("_"))
