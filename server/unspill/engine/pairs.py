"""A name and its value as members of one object: `{"name": "API_KEY", "value": "…"}`, either way round.

So are the elements `<key>API_KEY</key><string>…</string>`, and what is declared about a name: `variable "api_key"` with a
`default`, an option of a command with one, an output with a `value`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.engine import windows
from unspill.engine.named import PREFIX, STRONG, TAIL, WEAK, Named, anchor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAMED = rf"[A-Za-z0-9_. \-]{{0,40}}(?:{STRONG}|{WEAK}){TAIL}"
_LABEL = r"(?i:name|key|variable|header|field|property|param(?:eter)?|label|title)"
_IS = r"""["']?[ \t]{0,4}[:=]>?[ \t]{0,4}["']?"""
_ELEMENT = r"(?:[A-Za-z]{1,8}:)?(?:key|name|dt|td|th|strong|b)"
_DECLARES = r"""(?:variable|output|data|resource)[ ]["']"""
_OPTION = rf"""["']-{{1,2}}[A-Za-z\-]{{0,20}}(?:{STRONG}|{WEAK})[A-Za-z\-]{{0,20}}["'],"""
_NAME = "pairs"
ANCHORS = (
    anchor(rf"[^A-Za-z0-9]{_LABEL}{_IS}{_NAMED}[\"']?[\s,;}}/>]", _NAME),
    anchor(rf">{_NAMED}:?</{_ELEMENT}>", _NAME),
    anchor(rf"{_DECLARES}{_NAMED}[\"']", _NAME),
    anchor(rf"(?:{STRONG}|{WEAK}){TAIL}[\"']?[ ]?[:=][ ]?\{{", _NAME),
    anchor(rf"(?:{STRONG}|{WEAK}){TAIL}[\"']?:[ \t]{{0,8}}\r?\n[ \t]{{1,32}}(?:type|default|value|description)", _NAME),
    anchor(rf"{_OPTION}[^(){{}}\[\]]{{0,200}}default[ ]?=", _NAME),
)
_REACH = 400
"""How many bytes may be between a name and its value."""
_NAMING = re.compile(
    (
        rf"(?<![A-Za-z0-9])(?:(?P<label>{_LABEL}){_IS}|<{_ELEMENT}>|{_DECLARES}|[\"'](?=--?[A-Za-z]))?"
        rf"(?P<name>(?:--?)?{_NAMED})"
    ).encode()
)
_MEMBER = re.compile(
    (
        r"(?<![A-Za-z0-9_.\-])(?i:current_?value|value|val|default|result|secret|content|plaintext)[\"']?"
        rf"[ \t]*(?::=|=>|[:=])[ \t]*{PREFIX}"
        r"(?:(?P<quote>[\"'\x60])(?P<value>(?:\\[^\r\n]|(?!(?P=quote))[^\\\r\n])+)(?P=quote)"
        r"|(?P<bare>[^\s\"'\x60,;<>(){}\[\]|\\]{4,})(?=[\s,;}\])]|\Z))"
        r"|<(?:[A-Za-z]{1,8}:)?(?:value|string|data|dd|td)(?:[ ][^<>]{0,60})?>\s*(?:<code>)?(?P<text>[^\s<>]{4,})\s*</"
    ).encode()
)
_END = re.compile(
    rb"""[{}()\[\]]|\r?\n[ \t]*(?:-[ ]|\r?\n)|[^A-Za-z0-9](?i:name|key)["']?[ \t]{0,4}[:=]|<(?:add|property|entry|key|dt|tr)\b"""
)
"""Where an object ends, and where the next pair begins."""
_AFTER_NAME = re.compile(rb"""["']?(?:[ ]?[:=])?[ ]?\{|["']?:?[ \t]*(?:</[^<>]{1,20}>)?""")


def values(data: bytes, ends: Iterable[int], timeout: float) -> Iterator[Named]:  # noqa: ARG001  # bounded without
    """The values of the names around the ends of the anchors' hits."""
    for begin, end in windows.around(data, ends, windows.BEHIND):
        for naming in _NAMING.finditer(data, begin, end):
            after = _AFTER_NAME.match(data, naming.end())
            found = _member(data, after.end() if after else naming.end())
            if found is None and naming["label"]:
                found = _member_before(data, naming.start("label"))
            if found is not None:
                yield _named(naming, found)


def _member(data: bytes, start: int) -> re.Match[bytes] | None:
    """The member with the value, in the same object from `start` on."""
    last = min(start + _REACH, len(data))
    member = _MEMBER.search(data, start, last)
    border = _END.search(data, start, last) if member else None
    return member if member and (border is None or border.start() >= member.start()) else None


def _member_before(data: bytes, end: int) -> re.Match[bytes] | None:
    """The same, before a label at `end`."""
    first = max(end - _REACH, 0)
    for border in _END.finditer(data, first, end):
        first = border.end()
    return _MEMBER.search(data, first, end)


def _named(naming: re.Match[bytes], member: re.Match[bytes]) -> Named:
    group = next(one for one in ("value", "bare", "text") if member[one] is not None)
    start, end = member.span(group)
    quote = (member["quote"] or b"").decode()
    return Named(naming["name"].decode("utf-8", "replace").strip(), ":", quote, naming.start("name"), start, end)
