"""Values after names: `password = "…"`, `<token>…</token>`, `--secret …`. The judge decides whether one is a secret.

An anchor finds a name typical of secrets, an operator and the start of a value; one pattern then extracts name,
operator and value from the text around it. Unambiguous names (`password`) may precede any value; the others (`key`,
`token`) only one with an early digit, which excludes most code.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from unspill.engine.matchers import Anchor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import regex

RULES: dict[str, tuple[str, ...]] = {
    "generic-password": ("passw", "pwd", "passphrase", "passcode", "contrasena", "senha", "wachtwoord", "identified"),
    "generic-secret": ("secret", "cred", "private", "signing", "encrypt", "salt"),
    "generic-api-key": ("key",),
    "generic-token": ("token", "bearer", "auth", "nonce", "access", "pat"),
}
"""The rules and the stems of their names, the more specific first."""

_STRONG = (
    r"(?i:pas{1,2}w(?:or[dt]|r?d)?|ps{1,2}w(?:or|r)?d|pwd|passphrase|passcode|contrase(?:n|\xc3\xb1)a|senha|wachtwoord|motdepasse|(?:\b|_)pw"
    r"|secrete?|credential|creds?|pass|salt|nonce|identified(?: with [\w'\"\x60]{4,40})?[ ](?:by|as)"
    r"|api[_\-]?(?:key|token)|(?:access|auth|refresh|admin|client|bot|session)[_\-]?token"
    r"|(?:access|private|encryption|signing|master)[_\-]?key)"
)
_WEAK = r"(?:(?i:token|key|bearer|auth(?:orization|entication)?)|ACCESS|PRIVATE)"
# No lower-case letter but a plural follows the stem: `tokenizer`, `keyboard` and `author` are other words.
_TAIL = r"s?(?:[A-Z0-9_.\-][A-Za-z0-9_.\-]{0,24})?"
# A personal access token: `GITHUB_PAT`, `githubPat`; not `PATH` or `pattern`.
_PAT = r"(?:[_\-](?:PAT|pat)|[a-z]Pat)(?:_[A-Za-z0-9_]{0,24})?"
_PAT_ITSELF = r"(?:PAT(?<=[_\-]PAT)|pat(?<=[_\-]pat)|Pat(?<=[a-z]Pat))(?:_[A-Za-z0-9_]{0,24})?"
_CLOSE = r"""(?:[\\]{0,2}["'\x60\])>]|\[[0-9]{0,4}\]){0,3}[ \t]{0,8}"""
_TYPE = r"""(?:: ?[A-Za-z_][A-Za-z0-9_.\[\]| ]{0,30}|string )?"""
_ASSIGN = r"""(?::{1,3}=|=>|>\r?\n|[=!]==?|[?.+]=|\|\|=?|->|[:=>])"""
# `{"name": "X", "value": "…"}`, `<add key="X" value="…"/>`, and the same over two lines in YAML.
_PAIR = r"""(?:,?[ \t\r\n]{0,40}["']?[Vv]alue["']?[ \t]?[:=])"""
# The `key` of `<add key="Password" value="…"/>` marks the name, and is not itself the name.
_NOT_NAMING = r"""(?!["']?[:=][ ]?["'][^"'\s]{1,80}["'],?\s{1,40}["']?[Vv]alue["']?[ \t]?[:=])"""
_WRAPPER = r"(?:(?:new |\[\])?[A-Za-z_][A-Za-z0-9_.]{0,40}\([ \t]?)?"
_PREFIX = r"[@$fbruLFBRU]{0,2}"
_QUOTE = r"""[\\]{0,3}["'\x60]"""
_SCHEME = r"(?:(?i:bearer|basic|token|api-?key)[ ]{1,3})?"
_BLANKS = r"[ \t]{0,32}"
_ANY = r"""[^\x00-\x20"'\x60]"""
_BARE = r"[A-Za-z0-9+/_.~!@#%^&*$\-]"
_PUNCTUATED = r"[A-Za-z0-9+/_.~!@#%^&*$?(){}\[\]\-]"
_RANDOM = r"[A-Za-z0-9+/_.~:=\-]"
_PLAIN = r"[^\s\"'\x60,;<>(){}\[\]|\\]"
_USERINFO = r"""[A-Za-z]://[^\s/:@"'\x60<>]{0,64}:[^\s/@"'\x60<>]{3,100}@"""
_BEHIND = 160
_AHEAD = 1600
"""How many bytes before and after an anchor's end are scanned; a value may be as long as the latter."""

_STRETCH = 2048
"""Longer lines are not scanned as a whole."""
_MOST = 1 << 16
"""How many bytes are scanned at a time; a longer line is split …"""
_MATCHES = 1000
"""… and how many names and values are taken from them: text with more is data, not configuration."""
_NESTED = 8
"""How many values with the same end are taken: of `key=token=…=value`, the innermost."""
_LEAD = 512
"""Maximum length in bytes of a name and everything before its value."""
_ENDLESS = 2 * (_AHEAD + _LEAD)
"""A run of this many bytes of `_PLAIN` contains no value except at its end."""


def _anchor(pattern: str) -> Anchor:
    return Anchor(pattern, (), 4, 12, (), keyword=False)


ANCHORS = (
    _anchor(
        f"{_STRONG}{_TAIL}{_CLOSE}{_TYPE}(?:{_ASSIGN}|{_PAIR}|[,( \\t]|is ){_BLANKS}"
        f"{_WRAPPER}{_PREFIX}{_QUOTE}{_ANY}{{2}}"
    ),
    _anchor(
        f"(?:{_WEAK}{_TAIL}|{_PAT}){_CLOSE}{_TYPE}(?:{_ASSIGN}|{_PAIR}|[,( \\t]){_BLANKS}"
        f"{_WRAPPER}{_PREFIX}{_QUOTE}{_SCHEME}"
        f"(?:{_RANDOM}{{0,19}}[0-9=]{_RANDOM}{{4}}|{_RANDOM}{{6,19}}[0-9=])"
    ),
    _anchor(f"{_STRONG}{_TAIL}{_CLOSE}(?:{_ASSIGN}|{_PAIR}){_BLANKS}{_BARE}{_PUNCTUATED}{{3}}"),
    _anchor(f"(?:-[A-Za-z\\-]{{0,20}}{_STRONG}|(?i:identified by))[ \\t]{{1,4}}{_BARE}{{4}}"),
    _anchor(
        f"(?:(?:{_STRONG}|{_WEAK}){_TAIL}|{_PAT}){_CLOSE}(?:{_ASSIGN}|{_PAIR}|[ \\t]){_BLANKS}{_SCHEME}"
        f"(?:{_BARE}{{0,19}}[0-9]{_BARE}{{3}}|{_BARE}{{10,19}}[0-9])"
    ),
    _anchor(f"{_WEAK}{_TAIL}{_CLOSE}[=:]{_BLANKS}[A-Za-z0-9+/\\-]{{20}}"),
    _anchor(f"{_QUOTE}[ \\t]{{0,3}}[=!]==?[ \\t]{{0,3}}[A-Za-z_$.]{{0,40}}(?:{_STRONG}|{_WEAK})"),
    _anchor(_USERINFO),
)


class Named(NamedTuple):
    """A value after a name. Offsets are bytes, end exclusive."""

    name: str
    operator: str
    """The text between name and value without spaces; `://` for the password of a URL; empty if only spaces."""
    quote: str
    """The quotation mark around the value; empty if unquoted."""
    name_start: int
    start: int
    end: int
    """Of the value, without quotes and the scheme of a header (`Bearer`)."""
    wrapper: str
    """The call between the operator and the value (`str` in `password = str("…")`), or empty."""
    formatted: bool
    """Whether braces in the value are filled in (`f"…"`, `$"…"`)."""
    before: str
    """The text on the line before the name, as far as it was scanned."""
    after: str
    """A few characters after the value and its quotation mark."""


def values(data: bytes, ends: Iterable[int], timeout: float) -> Iterator[Named]:
    """The named values around the ends of the anchors' hits, in order. Raises TimeoutError.

    Each stretch of text is scanned once, however many hits it has.
    """
    for begin, end in _windows(data, (end for end in ends if not _is_code(data, end))):
        # All at once: the timeout includes the use of the matches.
        matches = sorted(_matches(data, begin, end, timeout), key=lambda match: match.start())
        found: dict[tuple[int, int], Named] = {}
        for match in matches[:_MATCHES]:
            named = _named(data, match, begin, end)
            found.setdefault((named.start, named.end), named)
        yield from _innermost(found.values())


def _matches(data: bytes, begin: int, end: int, timeout: float) -> Iterator[regex.Match[bytes]]:
    """The names with values in a window. Each pattern is slow to compile, and to run."""
    first = begin
    for run in _PLAIN_RUN.finditer(data, begin, end) if end - begin > _ENDLESS else ():
        if run.end() - run.start() <= _ENDLESS:
            continue
        # A value can only start shortly before its end, or would be too long. So names need not be searched for.
        found = _behind_name().finditer(data, first, run.start() + _AHEAD + 1, overlapped=True, timeout=timeout)
        yield from _before(run.start(), islice(found, _MATCHES))
        first = run.end() - _AHEAD - _LEAD
    patterns = [(_behind_name(), first)]
    if data.find(b"://", begin, end) >= 0:
        patterns.append((_in_url(), begin))
    if data.find(b"==", begin, end) >= 0 or data.find(b"!=", begin, end) >= 0:
        patterns.append((_compared(), begin))
    for pattern, start in patterns:
        yield from islice(pattern.finditer(data, start, end, overlapped=True, timeout=timeout), _MATCHES)


def _before(place: int, matches: Iterable[regex.Match[bytes]]) -> Iterator[regex.Match[bytes]]:
    for match in matches:
        if match.start() >= place:
            return
        yield match


def _innermost(found: Iterable[Named]) -> list[Named]:
    """The last few of values with the same end; otherwise in order."""
    ends: Counter[int] = Counter()
    kept = []
    for named in reversed(list(found)):
        ends[named.end] += 1
        if ends[named.end] <= _NESTED:
            kept.append(named)
    return kept[::-1]


def _is_code(data: bytes, end: int) -> bool:
    """Whether the unquoted value at the end of a hit is a name in code: `key = self.api_key`, `token: os.environ[`.

    Or a variable without a default: `${TOKEN}`, `${TOKEN:?message}`.
    Most hits are of this kind, and the pattern takes longer to compile than a small Space to scan.
    """
    start = data.rfind(b"${", max(end - 64, 0), end)
    if start >= 0 and b"}" not in data[start:end] and _VARIABLE.match(data, start):
        return True
    before = _CODE_BEFORE.search(data, max(end - 64, 0), end)
    behind = _CODE_BEHIND.match(data, end)
    if before is None or behind is None:
        return False
    return any(mark in before[1] + behind[0] for mark in (b"_", b".", b"(", b"["))


def rule_of(name: str) -> str:
    """The id of the generic rule for a value under `name`."""
    lower = name.lower()
    for rule, stems in RULES.items():
        if any(stem in lower for stem in stems):
            return rule
    return "generic-password"


def _windows(data: bytes, ends: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The ranges to scan: the hits' lines, or stretches of long lines; merged where they overlap.

    The exact end of a hit must not matter: the two matchers report different ends of the same match.
    """
    begin = end = -1
    for hit in sorted(set(ends)):
        if hit < end:
            continue
        first = _line_start(data, hit)
        if data[first - 2 : first] == b">\n" or _SECOND_LINE.match(data, first):
            first = _line_start(data, first)
        last = data.find(b"\n", hit, hit + _STRETCH)
        last = min((hit // _STRETCH + 1) * _STRETCH + _AHEAD, len(data)) if last < 0 else last
        if first < end and last - begin < _MOST:
            end = last
            continue
        if end > 0:
            yield begin, end
        begin, end = first, last
    if end > 0:
        yield begin, end


def _line_start(data: bytes, before: int) -> int:
    """The start of the line around `before`; of a long one, a fixed place shortly before."""
    start = data.rfind(b"\n", max(before - _STRETCH, 0), max(before - 1, 0)) + 1
    return start or max(before // _STRETCH * _STRETCH - _BEHIND, 0)


def _named(data: bytes, match: regex.Match[bytes], begin: int, end: int) -> Named:
    groups = match.groupdict()
    start, stop = match.span("value")
    quote = (groups.get("quote") or b"").decode()
    name_start, name, operator = match.start("name"), match["name"], (groups.get("operator") or b"").decode().strip()
    if "prefix" in groups:
        before = _NAME_BEFORE.search(data, max(name_start - 48, begin), name_start)
        name_start = before.start() if before else name_start
        name = data[name_start : match.end("name")]
    if not quote and operator != "://":
        stop = start + len(data[start:stop].rstrip(b".:!?" if data[stop - 1 : stop] != b"!" else b"."))
        if (cut := data.find(b"&", start, stop)) > start and b"=" in data[cut:stop]:
            stop = cut
    nearest = max(begin, name_start - _BEHIND)
    line = data.rfind(b"\n", nearest, name_start) + 1 or nearest
    return Named(
        name.decode("utf-8", "replace"),
        operator,
        quote,
        name_start,
        start,
        stop,
        (groups.get("wrapper") or b"").decode("utf-8", "replace").strip("( "),
        any(mark in b"fF$" for mark in groups.get("prefix") or b""),
        data[line:name_start].decode("utf-8", "replace"),
        data[stop + len(quote) : min(stop + len(quote) + 12, end + 1)].decode("utf-8", "replace"),
    )


_PLAIN_RUN = re.compile(rb"%b+" % _PLAIN.encode())
_CODE_BEFORE = re.compile(rb"[=:,(][ \t]*([A-Za-z_.]+)\Z")
_VARIABLE = re.compile(rb"\$\{[A-Za-z0-9_]+(?:\}|:?\?)")
_CODE_BEHIND = re.compile(rb"[A-Za-z_./]*(?:[\s,)(\[]|\Z)")
_NAME_BEFORE = re.compile(rb"[A-Za-z0-9_.$@\-]*\Z")
_SECOND_LINE = re.compile(rb"[ \t]*[\"']?[Vv]alue\b")


@cache
def _behind_name() -> regex.Pattern[bytes]:
    import regex

    # The whole value or nothing: a longer one is not a secret without a format.
    bare = rf"{_PLAIN}{{4,{_AHEAD}}}+(?!{_PLAIN})"
    # A password may contain brackets; the judge distinguishes it from code, whose brackets are balanced.
    bracketed = r"[^\s\"'\x60,;<]{8,80}+(?=[,;\"'\x60]?[ \t]{0,8}\r?(?:\n|\Z))"
    operator = rf"{_TYPE}{_ASSIGN}|{_PAIR}|[,(]|is (?=[\"'\x60])|(?<=[ \t])"
    quoted = rf"(?:(?!(?P=quote))(?:\\[^\r\n]|[^\r\n\\])){{1,{_AHEAD}}}"
    return regex.compile(
        (
            rf"(?P<name>(?:{_STRONG}|{_WEAK}){_TAIL}|{_PAT_ITSELF}){_NOT_NAMING}{_CLOSE}(?P<operator>{operator}){_BLANKS}"
            rf"(?:(?P<wrapper>{_WRAPPER})(?P<prefix>{_PREFIX})(?P<quote>{_QUOTE}){_SCHEME}(?P<value>{quoted})(?P=quote)"
            rf"|{_SCHEME}(?P<value>{bare}|{bracketed}))"
        ).encode()
    )


@cache
def _in_url() -> regex.Pattern[bytes]:
    import regex

    return regex.compile(
        rb"(?P<name>[A-Za-z][A-Za-z0-9+.\-]{0,20})(?P<operator>://)[^\s/:@\"'\x60<>]{0,64}:"
        rb"(?P<value>[^\s/@\"'\x60<>]{3,100})(?=@)"
    )


@cache
def _compared() -> regex.Pattern[bytes]:
    import regex

    return regex.compile(
        (
            r"(?P<quote>[\"'\x60])(?P<value>[^\s\"'\x60]{3,200})(?P=quote)"
            rf"[ \t]{{0,3}}(?P<operator>[=!]==?)[ \t]{{0,3}}(?P<name>[A-Za-z_$.]{{0,40}}(?:{_STRONG}|{_WEAK}){_TAIL})"
        ).encode()
    )
