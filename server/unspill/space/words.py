"""The words of a secret's name: those that say that it is one, and those that say what it is for."""

from __future__ import annotations

_KINDS = frozenset(
    """API KEY KEYS APIKEY TOKEN TOKENS SECRET SECRETS PASSWORD PASSWD PASSPHRASE PASS PWD PAT AUTH AUTHORIZATION
    CREDENTIAL CREDENTIALS BEARER ACCESS PRIVATE DSN""".split()
)
_FILLERS = frozenset(
    """MY YOUR OUR THE THIS DEFAULT USE USER NEW OLD TEST VALUE STRING REAL FAKE DEMO EXAMPLE DATA CURRENT
    CLIENT HARDCODED ENV VAR GENERIC""".split()
)


def subject(name: str) -> frozenset[str]:
    """What a secret of this name is for: its words but those for any secret (`NVIDIA_API_KEY` → `NVIDIA`)."""
    words = name.upper().split("_")
    return frozenset(word for word in words if len(word) > 1 and word not in _KINDS | _FILLERS and not word.isdigit())


def names_secret(name: str) -> bool:
    """Whether a word of the name says that it is one of a secret."""
    return not _KINDS.isdisjoint(name.upper().split("_"))
