"""Values behind names: `password = "…"`, `<token>…</token>`, `--secret …`. What one is worth, the judge decides.

An anchor finds a name that speaks of a secret, an operator and the beginning of a value; one pattern then cuts name,
operator and value out of the text around it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from unspill.engine.matchers import Anchor

if TYPE_CHECKING:
    import regex

RULES: dict[str, tuple[str, ...]] = {
    "generic-password": ("passw", "pwd", "passphrase", "passcode", "contrasena", "senha", "wachtwoord"),
    "generic-secret": ("secret", "cred", "private", "signing", "encrypt", "salt"),
    "generic-api-key": ("key",),
    "generic-token": ("token", "bearer", "auth", "nonce"),
}
"""The rules and the stems of their names, the more telling first."""

_STEM = (
    r"(?i:passw(?:or[dt]|d)?|pwd|passphrase|passcode|contrasena|senha|wachtwoord|secret|credential|creds?|token|key"
    r"|salt|nonce|bearer|auth|pass)"
)
_LITERALS = tuple("pass pwd contrasena senha wachtwoord secret cred token key salt nonce bearer auth".split())
# Behind the stem stands no lower-case letter but a plural: `tokenizer`, `keyboard` and `author` are other words.
_TAIL = r"s?(?:[A-Z0-9_.\-][A-Za-z0-9_.\-]{0,24})?"
_CLOSE = r"""(?:[\\]{0,2}["'\x60\])>]){0,3}[ \t]{0,8}"""
_TYPE = r"""(?:: ?[A-Za-z_][A-Za-z0-9_.\[\]| ]{0,30})?"""
_ASSIGN = r"""(?::=|=>|[=!]==?|\?=|\|\|=?|->|[:=>])"""
_WRAPPER = r"(?:[A-Za-z_][A-Za-z0-9_.]{0,40}\([ \t]?)?"
_PREFIX = r"[@$fbruLFBRU]{0,2}"
_QUOTE = r"""[\\]{0,3}["'\x60]"""
_BARE = r"[A-Za-z0-9+/_.~!@#%^&*$\-]"
_BEHIND = 160
_AHEAD = 400
"""How many bytes before and after an anchor's end are looked at; a value may be as long as the latter."""

ANCHORS = (
    # A quoted value may be anything; a bare one has a digit early on, or else it is code more often than not.
    Anchor(
        f"{_STEM}{_TAIL}{_CLOSE}{_TYPE}(?:{_ASSIGN}|[,( \\t])[ \\t]{{0,8}}{_WRAPPER}{_PREFIX}{_QUOTE}[!-~]{{3}}",
        (), 4, 12, _LITERALS, keyword=True,
    ),
    Anchor(
        f"{_STEM}{_TAIL}{_CLOSE}(?:{_ASSIGN}|[ \t])[ \t]{{0,8}}{_BARE}{{0,11}}[0-9]{_BARE}{{3}}",
        (), 4, 15, _LITERALS, keyword=True,
    ),
)  # fmt: skip


class Named(NamedTuple):
    """A value behind a name. Offsets are bytes, end exclusive."""

    name: str
    operator: str
    """What stands between name and value, blanks left out; empty if only blanks do."""
    quote: str
    """The quotation mark around the value; empty if it stands bare."""
    name_start: int
    start: int
    end: int
    """Of the value, quotes left out."""
    wrapped: bool
    """Whether a call stands between the operator and the value (`str("…")`)."""


def values(data: bytes, hit_end: int, timeout: float) -> list[Named]:
    """The named values around an anchor's hit, on its line. Raises TimeoutError."""
    begin = max(data.rfind(b"\n", 0, hit_end - 1) + 1, hit_end - _BEHIND)
    end = data.find(b"\n", hit_end)
    end = min(end if end >= 0 else len(data), hit_end + _AHEAD)
    found = []
    for match in _pattern().finditer(data, begin, end, timeout=timeout):
        start, stop = match.span("value")
        name_start = match.start("stem")
        name_start = _NAME_BEFORE.search(data, max(name_start - 48, begin), name_start).start()  # type: ignore[union-attr]  # matches nothing at least
        quote = match["quote"]
        if quote is None:
            stop = start + len(data[start:stop].rstrip(b".:!?"))
        found.append(
            Named(
                data[name_start : match.end("stem")].decode(),
                match["operator"].decode().strip(),
                "" if quote is None else quote.decode(),
                name_start,
                start,
                stop,
                bool(match["wrapper"]),
            )
        )
    return found


def rule_of(name: str) -> str:
    """The id of the generic rule for a value under `name`."""
    lower = name.lower()
    for rule, stems in RULES.items():
        if any(stem in lower for stem in stems):
            return rule
    return "generic-password"


_NAME_BEFORE = re.compile(rb"[A-Za-z0-9_.$@\-]*\Z")


@cache
def _pattern() -> regex.Pattern[bytes]:
    import regex

    return regex.compile(
        (
            rf"(?P<stem>{_STEM}{_TAIL}){_CLOSE}(?P<operator>{_TYPE}{_ASSIGN}|[,(]|(?<=[ \t]))[ \t]{{0,8}}"
            rf"(?:(?P<wrapper>{_WRAPPER}){_PREFIX}(?P<quote>{_QUOTE})(?P<value>(?:(?!(?P=quote))[^\r\n])+)(?P=quote)"
            rf"|(?P<value>[^\s\"'\x60,;<>(){{}}\[\]|\\]{{4,300}}))"
        ).encode()
    )
