"""Named values, and the pieces of the patterns that find them: telling names, and what stands around values.

Each finder (`generic`, `lists`, `pairs`, `tables`) has anchors for Hyperscan and patterns that extract what stands
there. The pieces mean the same to Hyperscan, `re` and `regex`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from unspill.engine.matchers import Anchor
from unspill.engine.stems import starts

if TYPE_CHECKING:
    from collections.abc import Iterator

STRONG = (
    r"(?i:pas{1,2}w(?:or[dt]|r?d)?|ps{1,2}w(?:or|r)?d|pwd|passphrase|passcode|contrase(?:n|\xc3\xb1)a|senha|wachtwoord|motdepasse|(?:\b|_)pw"
    r"|secrete?|credential|creds?|pass|salt|nonce|identified(?: with [\w'\"\x60]{4,40})?[ ](?:by|as)"
    r"|api[_\- ]?(?:key|token)|(?:access|auth|refresh|admin|client|bot|session)[_\- ]?token"
    r"|(?:access|private|encryption|signing|master)[_\- ]?key)"
)
"""Names that may precede any value."""
WEAK = r"(?:(?i:token|key|bearer|auth(?:orization|entication)?)|ACCESS|PRIVATE)"
"""Names that only precede a secret if it looks like one: code is full of them."""
# No lower-case letter but a plural follows the stem: `tokenizer`, `keyboard` and `author` are other words.
TAIL = r"s?(?:[A-Z0-9_.\-][A-Za-z0-9_.\-]{0,24})?"
TELLING = rf"(?:{STRONG}|{WEAK}){TAIL}"
"""A telling name, from its first word that tells on."""
PAT = r"(?:[_\-](?:PAT|pat)|[a-z]Pat)(?:_[A-Za-z0-9_]{0,24})?"
"""A personal access token, with what precedes the word: `GITHUB_PAT`, `githubPat`; not `PATH` or `pattern` …"""
PAT_ITSELF = r"(?:PAT(?<=[_\-]PAT)|pat(?<=[_\-]pat)|Pat(?<=[a-z]Pat))(?:_[A-Za-z0-9_]{0,24})?"
"""… and without it."""
CLOSE = r"""(?:[\\]{0,2}["'\x60\])>}*]|\[[0-9]{0,4}\]){0,3}[ \t]{0,8}"""
"""What may stand between a name and an operator: quotation marks, brackets, emphasis."""
_PW = r"|(?:\b|_)pw"
_SHORT = {f"(?:{TELLING}|{PAT})": TELLING, f"(?:{STRONG}|{WEAK})": STRONG, STRONG: r"\b(?i:pw)"}
"""How a pattern becomes that of the name `pw` alone."""
BREAK = r"(?:[ \t]{0,32}\\?\r?\n)?[ \t]{0,64}"
"""Blanks, or the end of a line and the indentation of the next."""
PREFIX = r"(?:<<|[@$fbruLFBRUN]{0,2})"
QUOTE = r"""[\\]{0,3}(?:"{3}|'{3}|\x60{1,2}|["'])"""
SCHEME = r"(?:(?i:bearer|basic|token|api-?key)[ ]{1,3})?"
ANY = r"""[^\x00-\x20"'\x60]"""
BARE = r"[A-Za-z0-9+/_.~!@#%^&*$\-]"
PUNCTUATED = r"[A-Za-z0-9+/_.~!@#%^&*$?(){}\[\]\-]"
_RANDOM = r"[A-Za-z0-9+/_.~:=\-]"
LOOKS_RANDOM = f"(?:{_RANDOM}{{0,19}}[0-9=]{_RANDOM}{{4}}|{_RANDOM}{{6,19}}[0-9=]|[A-Za-z0-9+/\\-]{{20}})"
"""The start of a value with an early digit, or a long one."""
HAS_DIGIT = f"(?:{BARE}{{0,19}}[0-9]{BARE}{{3}}|{BARE}{{10,19}}[0-9])"
"""The same, of a value without quotation marks."""
PLAIN = r"[^\s\"'\x60,;<>(){}\[\]|\\]"
_VALUES = (LOOKS_RANDOM, HAS_DIGIT)
_GAP = r"(?<!\\)\{([01]),(?:[4-9]|[1-9][0-9]+)\}"
"""A gap with a limit: `{0,24}`."""
LONGEST = 704
"""Maximum length in bytes of what an anchor that begins with a name matches."""
AHEAD = 1600
"""Maximum length of a value in bytes."""

RULES: dict[str, tuple[str, ...]] = {
    "generic-password": ("passw", "pwd", "passphrase", "passcode", "contrasena", "senha", "wachtwoord", "identified"),
    "generic-secret": ("secret", "cred", "private", "signing", "encrypt", "salt"),
    "generic-api-key": ("key",),
    "generic-token": ("token", "bearer", "auth", "nonce", "access", "pat"),
}
"""The rules and the stems of their names, the more specific first."""


class Named(NamedTuple):
    """A value after a name. Offsets are bytes, end exclusive."""

    name: str
    operator: str
    """What joins name and value, without spaces; `://` for the password of a URL; empty if only spaces.

    `=` where a call or an option gives the value to the name; `:` where a list, an object or a table does.
    """
    quote: str
    """The quotation mark around the value; empty if unquoted."""
    name_start: int
    start: int
    end: int
    """Of the value, without quotes and the scheme of a header (`Bearer`)."""
    wrapper: str = ""
    """The call between the operator and the value (`str` in `password = str("…")`), or empty."""
    formatted: bool = False
    """Whether braces in the value are filled in (`f"…"`, `$"…"`)."""
    before: str = ""
    """The text on the line before the name, as far as it was scanned."""
    after: str = ""
    """A few characters after the value and its quotation mark."""


def anchors(finder: str, *patterns: str) -> tuple[Anchor, ...]:
    """The anchors for the values that the module `finder` finds."""
    return tuple(
        Anchor(one, (), 0, 0, (), keyword=False, finder=finder) for pattern in patterns for one in _near(pattern)
    )


def anchors_behind(finder: str, *patterns: str) -> tuple[Anchor, ...]:
    """The same, of patterns that begin with a telling name."""
    return tuple(one._replace(longest=LONGEST) for one in anchors(finder, *patterns))


def loosened(anchor: Anchor) -> Anchor:
    """An anchor with what Hyperscan searches for, if that is not its pattern: worked out when an index is built."""
    return anchor._replace(loose=_without_limits(anchor.pattern)) if anchor.longest else anchor


def _near(pattern: str) -> Iterator[str]:
    """The pattern for anchors; of the name `pw` apart: two letters among the others make Hyperscan slow."""
    yield pattern.replace(_PW, "|_pw")
    if _PW in pattern:
        for piece, short in _SHORT.items():
            pattern = pattern.replace(piece, short)
        yield pattern


def _without_limits(pattern: str) -> str:
    """The pattern with gaps of any length. Those in the value keep their limits: each of its bytes may end a match."""
    return "".join(
        piece if piece in _VALUES else re.sub(_GAP, lambda gap: "*" if gap[1] == "0" else "+", piece)
        for piece in re.split(f"({'|'.join(map(re.escape, _VALUES))})", pattern)
    )


def rule_of(name: str) -> str:
    """The id of the generic rule for a value under `name`."""
    lower = name.lower()
    for rule, stems in RULES.items():
        if any(stem in lower for stem in stems):
            return rule
    return "generic-password"


def names(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Start and end of each telling name in a window, with the words before the one that tells."""
    done = 0
    for start in starts(data, begin, end):
        if start >= done and (match := _name().match(data, start, end)):
            done = match.end()
            before = NAME_BEFORE.search(data, max(start - 48, begin), start)
            yield (before.start() if before else start), done


NAME_BEFORE = re.compile(
    rb"(?:(?i:public|primary|foreign|partition|sort|cache|idempotency|session|csrf|page)[ ])?[A-Za-z0-9_.$@\-]*\Z"
)
"""The words of a name before the one that tells; in prose, those that say that it is none of a secret."""


@cache
def _name() -> re.Pattern[bytes]:
    return re.compile(TELLING.encode())
