"""The words of a secret's name: those that say that it is one, and those that say what it is for."""

from __future__ import annotations

import re

from unspill.shapes import may_be_secret

_KINDS = frozenset(
    """API KEY KEYS APIKEY TOKEN TOKENS SECRET SECRETS PASSWORD PASSWD PASSPHRASE PASS PWD PAT AUTH AUTHORIZATION
    CREDENTIAL CREDENTIALS BEARER ACCESS PRIVATE DSN""".split()
)
_FILLERS = frozenset(
    """MY YOUR OUR THE THIS DEFAULT USE USER NEW OLD TEST VALUE STRING REAL FAKE DEMO EXAMPLE DATA CURRENT
    CLIENT HARDCODED ENV VAR GENERIC ORIGINAL PREVIOUS SAVED""".split()
)
_PASSWORDS = frozenset("PASSWORD PASSWD PASSPHRASE PASS PWD".split())
_LINKS = frozenset("URL URI DSN CONNECTION CONN".split())
_URLS = re.compile(r"(?:URL|URI|DSN|DATABASE|CONNECTION|CONN)(?:_STRING)?\Z")
_NO_SUBJECTS = _KINDS | _FILLERS | _LINKS
_PLACEHOLDERS = frozenset("YOUR HERE PLACEHOLDER CHANGE CHANGEME REPLACE INSERT ENTER XXX".split())
_OF_A_LOGIN = re.compile(r"_(?:USER|USERNAME|LOGIN|EMAIL|SENDER|HOST|HOSTNAME|SERVER|PORT|DB|DATABASE|DB_NAME)\Z")
"""How names of settings end that a login has beside its password …"""
_OF_A_SERVICE = re.compile(
    r"""_(?:(?:API_)?(?:BASE_)?(?:URL|URI)|(?:API_)?(?:BASE|ENDPOINT|VERSION|TIMEOUT)|REGION|BUCKET|DEPLOYMENT|TOOL
    |EMAIL|ACCESS_KEY_ID|KEY_ID|CLIENT_ID|ACCOUNT_ID|ACCOUNT_SID|PROJECT_ID|ORG_ID)\Z""",
    re.VERBOSE,
)
"""… and those that a service has beside its key or token."""
_OF_THE_APP = frozenset("APP MODEL LOG DEBUG SERVER WEB HTTP FLASK GRADIO STREAMLIT UVICORN SPACE".split())
"""First words of settings of the program itself, which has no secret."""


def subject(name: str) -> frozenset[str]:
    """What a secret of this name is for: its words but those for any secret (`NVIDIA_API_KEY` → `NVIDIA`)."""
    words = name.upper().split("_")
    return frozenset(word for word in words if len(word) > 1 and word not in _NO_SUBJECTS and not word.isdigit())


def as_env_name(name: str) -> str:
    """A variable, key or option as an environment name (`hf-token`, `hfToken` → `HF_TOKEN`); "" if nothing remains.

    Also "" for a secret: upper case would only hide it.
    """
    if may_be_secret(name):
        return ""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^A-Za-z0-9]+", "_", parted).strip("_").lstrip("0123456789_").upper()


def beside(name: str, setting: str) -> str:
    """The name of a secret that a setting beside it suggests: `SMTP_USER` and `PASSWORD` make `SMTP_PASSWORD`.

    "" if they do not go together, or the setting says no more than the name.
    """
    settings = _OF_A_LOGIN if _names_password(name) else _OF_A_SERVICE
    service = settings.sub("", setting)
    if service == setting or not subject(service) or service.partition("_")[0] in _OF_THE_APP:
        return ""
    words = name.split("_")
    at = len(words)
    while at and words[at - 1] in _NO_SUBJECTS:
        at -= 1
    own, kind = "_".join(words[:at]), "_".join(words[at:])
    if not kind or (own and not f"_{service}".endswith(f"_{own}")):
        return ""
    if kind == "SECRET_KEY" and setting.endswith("_ACCESS_KEY_ID"):
        kind = "SECRET_ACCESS_KEY"
    return "" if own == service else f"{service}_{kind}"


def is_placeholder(name: str) -> bool:
    """Whether a name stands for a value that the reader has to insert: `YOUR_KEY_HERE`."""
    return not _PLACEHOLDERS.isdisjoint(name.split("_"))


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
