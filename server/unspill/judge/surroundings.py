"""What stands around a value and makes it no secret: the same user name, a component's tag, a block of binary text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.judge import names

if TYPE_CHECKING:
    from unspill.engine.named import Named

_NEAR = 240
"""How many bytes before and after a value a user name is looked for …"""
_LINES = 3
"""… on so many lines."""
_USER = (
    rb"""(?:user(?:_?name)?|login|account|owner|database|db|name)["'\])]{0,3}"""
    rb"""(?:[ \t]{0,8}(?:=>|:=|[=:,])[ \t]{0,8}|>)[rbuf]?["']?%b["',;)}\s<]"""
)
_HOST = re.compile(rb"@([A-Za-z0-9]{1,63})")
_ELEMENT = re.compile(r"<[A-Za-z][\w.]*(?:\s[^<>]*)?\s\Z")
"""An open tag, up to the name of an attribute."""
_BLOCK = 2048
"""How many bytes before and after a value lines of binary text are looked for …"""
_BLOCK_LINE = 50
"""… which are at least so long …"""
_BLOCK_SYMBOLS = frozenset(b"!#$%&()*;<>?@^`{|}~")
_BLOCK_KINDS = 5
"""… with so many kinds of these symbols in each, and no blank."""


def reason(named: Named, value: bytes, data: bytes) -> str:
    """Why a named value in `data` is no secret, by what stands around it; "" if nothing there says so."""
    if named.operator == "://":
        return in_url(value, data, named.start)
    if named.name == "key" and _ELEMENT.search(named.before):
        return "key of an element in a list"
    if _is_users(named, value, data):
        return "same as the user name"
    is_bare = named.quote in {"", "`"}  # in base 85, too
    return "part of a block of binary text" if is_bare and _in_block(named, data) else ""


def in_url(value: bytes, data: bytes, start: int) -> str:
    """Why `value`, the password of a URL at `start`, is none: it is called like the user or the host; "" if not."""
    if names.user(data, start).lower() == value.lower():
        return "same as the user name"
    host = _HOST.match(data, start + len(value))
    return "same as the host name" if host and host[1].lower() == value.lower() else ""


def _is_users(named: Named, value: bytes, data: bytes) -> bool:
    """Whether a user, a login or a database near the value is called like it."""
    before = b"\n".join(data[max(named.name_start - _NEAR, 0) : named.name_start].split(b"\n")[-_LINES - 1 :])
    after = b"\n".join(data[named.end : named.end + _NEAR].split(b"\n")[: _LINES + 1])
    pattern = re.compile(_USER % re.escape(value), re.IGNORECASE)
    return any(pattern.search(text + b"\n") for text in (before, after))


def _in_block(named: Named, data: bytes) -> bool:
    """Whether a value is on one of several lines of base 85 or the like."""
    first, last = max(named.name_start - _BLOCK, 0), named.end + _BLOCK
    before = data[first : named.name_start].split(b"\n")
    after = data[named.end : last].split(b"\n")
    line = before[-1] + data[named.name_start : named.end] + after[0]
    return _is_block(line) and any(map(_is_block, (*before[-2:-1], *after[1:2])))


def _is_block(line: bytes) -> bool:
    text = line.strip()
    return (
        len(text) >= _BLOCK_LINE
        and not re.search(rb"\s", text)
        and len(_BLOCK_SYMBOLS.intersection(text)) >= _BLOCK_KINDS
    )
