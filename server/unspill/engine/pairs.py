"""A name and its value as members of one object: `{"name": "API_KEY", "value": "…"}`, either way round.

So are the elements `<key>API_KEY</key><string>…</string>`, and what is declared about a name: `variable "api_key"` with
a `default`, an option of a command with one, an output with a `value`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.engine.named import PREFIX, STRONG, TELLING, WEAK, Named, anchors, names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LABEL = r"(?i:name|key|variable|header|field|property|param(?:eter)?|label|title)"
_IS = r"""["']?[ \t]{0,4}[:=]>?[ \t]{0,4}["']?"""
_ELEMENT = r"(?:[A-Za-z]{1,8}:)?(?:key|name|dt|td|th|strong|b)"
_DECLARES = r"""(?:variable|output|data|resource)[ ]["']"""
_NAME = "pairs"
ANCHORS = anchors(
    _NAME,
    rf"(?:[^A-Za-z0-9]{_LABEL}{_IS}|{_DECLARES})[A-Za-z0-9_. \-]{{0,40}}{TELLING}[\"']?[\s,;}}/>]",
    (
        rf"{TELLING}(?::?</{_ELEMENT}>|[\"']?[ ]?[:=][ ]?\{{"
        r"|[\"']?:[ \t]{0,8}\r?\n[ \t]{1,32}(?i:type|default|value|description))"
    ),
    (
        rf"[\"']-{{1,2}}[A-Za-z\-]{{0,20}}(?:{STRONG}|{WEAK})[A-Za-z\-]{{0,20}}[\"'],"
        r"[^(){}\[\]]{0,200}default[ ]?="
    ),
)
_REACH = 400
"""How many bytes may be between a name and its value."""
_LEAD = 240
"""How many bytes before the end of a hit a name and the label before it start."""
_TAIL = 24
"""How many bytes after it a name may go on."""
_MEMBERS = (
    b"value",
    b"default",
    b"result",
    b"secret",
    b"content",
    b"plaintext",
    b"<string",
    b"<data",
    b"<dd",
    b"<td",
    b"val",
)
_BEFORE = re.compile(rf"(?<![A-Za-z0-9])(?P<label>{_LABEL}){_IS}(?:[A-Za-z0-9_.\-]{{1,30}}[ ]){{0,3}}\Z".encode())
_MEMBER = re.compile(
    (
        r"(?<![A-Za-z0-9_.\-])(?i:current_?value|value|val|default|result|secret|content|plaintext)[\"']?"
        rf"[ \t]*(?::=|=>|[:=])[ \t]*{PREFIX}"
        r"(?:(?P<quote>[\"'\x60])(?P<value>(?:\\[^\r\n]|(?!(?P=quote))[^\\\r\n])+)(?P=quote)"
        r"|(?=[^\s]{0,80}[0-9])(?P<bare>[^\s\"'\x60,;<>(){}\[\]|\\]{4,})(?=[\s,;}\])]|\Z))"
        r"|<(?:[A-Za-z]{1,8}:)?(?:value|string|data|dd|td)(?:[ ][^<>]{0,60})?>\s*(?:<code>)?(?P<text>[^\s<>]{4,})\s*</"
    ).encode()
)
_END = re.compile(
    rb"""[{}()\[\]]|\r?\n[ \t]*(?:-[ ]|\r?\n)|[^A-Za-z0-9](?i:name|key)["']?[ \t]{0,4}[:=]"""
    rb"""|<(?:add|property|entry|key|dt|tr)\b"""
)
"""Where an object ends, and where the next pair begins."""
_AFTER = re.compile(rb"""["']?(?:[ ]?[:=])?[ ]?\{|["']?:?[ \t]*(?:</[^<>]{1,20}>)?""")


def values(data: bytes, ends: Iterable[int], timeout: float) -> Iterator[Named]:  # noqa: ARG001  # bounded without
    """The values of the names around the ends of the anchors' hits."""
    done = 0
    for hit in sorted(set(ends)):
        if not _is_near(data, hit):
            continue
        for start, stop in names(data, max(hit - _LEAD, done), min(hit + _TAIL, len(data))):
            done = stop
            after = _AFTER.match(data, stop)
            member = _member(data, after.end() if after else stop)
            if member is None and (label := _BEFORE.search(data, max(start - _LEAD, 0), start)):
                member = _member_before(data, label.start())
            if member is not None:
                yield _named(data, start, stop, member)


def _is_near(data: bytes, hit: int) -> bool:
    """Whether there may be a member with a value near a hit: mostly there is none."""
    near = data[max(hit - _REACH, 0) : hit + _REACH].lower()
    return any(word in near for word in _MEMBERS)


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


def _named(data: bytes, start: int, stop: int, member: re.Match[bytes]) -> Named:
    group = next(one for one in ("value", "bare", "text") if member[one] is not None)
    quote = (member["quote"] or b"").decode()
    return Named(data[start:stop].decode("utf-8", "replace"), ":", quote, start, *member.span(group))
