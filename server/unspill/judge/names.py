"""What the name in front of a value says against it: `client_id`, `commit`, `checksum` hold no secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.judge import shapes

if TYPE_CHECKING:
    from unspill.rules import Rule

_REACH = 100
"""How many bytes before a value its name may begin."""
_BEFORE = re.compile(rb"""([A-Za-z_][A-Za-z0-9_.\-]*)["'\]]{0,2}[ \t]{0,8}(?:=>|:=|[=:])[ \t]{0,8}[rbuf]?["'\x60]?\Z""")
_USER = re.compile(rb"[/\s\"'=,]([^/:@\s\"'=,]+):\Z")
_WORDS = re.compile(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_OTHERS = {
    b"id": "an identifier",
    **dict.fromkeys((b"commit", b"revision", b"rev", b"sha", b"ref", b"reference", b"oid"), "a revision"),
    **dict.fromkeys((b"hash", b"checksum", b"shasum", b"digest", b"md", b"etag", b"integrity", b"crc"), "a hash"),
    **dict.fromkeys((b"url", b"uri", b"host", b"path", b"file", b"filename", b"version", b"name"), "no secret"),
    **dict.fromkeys((b"project", b"workspace", b"team", b"org", b"organization", b"bucket", b"region"), "no secret"),
}


def reason(rule: Rule, data: bytes, start: int) -> str:
    """Why a value at `start`, which only its shape and a keyword speak for, is none by its name; "" if it may be.

    A name that the rule itself goes by (`SUMO_ACCESS_ID`, `ntlm_hash`) says nothing.
    """
    if not rule.keywords or shapes.prefix(rule) >= 3 or (found := _name(data, start)) is None:
        return ""
    words = [word.lower() for word in _WORDS.findall(found)]
    if not words or (meaning := _OTHERS.get(words[-1])) is None:
        return ""
    last = {word.decode() for word in words[-2:]}
    own = (rule.id, *(name.lower() for name in rule.env), *rule.keywords)
    if any(last <= set(re.split("[^a-z0-9]", name)) for name in own):
        return ""
    return f"its name says that it is {meaning}"


def user(data: bytes, start: int) -> bytes:
    """The user in front of a password at `start` (`user:password@`); b"" if there is none."""
    found = _USER.search(data, max(start - _REACH, 0), start)
    return found[1] if found else b""


def _name(data: bytes, start: int) -> bytes | None:
    found = _BEFORE.search(data, max(start - _REACH, 0), start)
    return found[1] if found else None
