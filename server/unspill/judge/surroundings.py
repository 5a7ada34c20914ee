"""What stands around a password and makes it none: a user or a host that is called like it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.judge import names

if TYPE_CHECKING:
    from unspill.engine.generic import Named

_NEAR = 240
"""How many bytes before and after a value a user name is looked for …"""
_LINES = 3
"""… on so many lines."""
_USER = (
    rb"""(?:user(?:_?name)?|login|account|owner|database|db|name)["'\])]{0,3}"""
    rb"""(?:[ \t]{0,8}(?:=>|:=|[=:,])[ \t]{0,8}|>)"""
    rb"""[rbuf]?["']?%b["',;)}\s<]"""
)
_HOST = re.compile(rb"@([A-Za-z0-9]{1,63})")


def reason(named: Named, value: bytes, data: bytes) -> str:
    """Why a named value in `data` is no secret, by what stands around it; "" if nothing there says so."""
    if named.operator == "://":
        return in_url(value, data, named.start)
    return "same as the user name" if _is_users(named, value, data) else ""


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
