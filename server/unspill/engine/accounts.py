"""Values that their place says are secrets: `auth=("user", "…")`, a line of `.pgpass`, `AcmeClient("…")`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.engine import windows
from unspill.engine.named import PREFIX, QUOTE, Named, anchors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ARGUMENT = r"""(?:[^,()"'\n]{1,60}|"[^"\n]{0,120}"|'[^'\n]{0,120}'|\{[^{}\n]{0,120}\}),\s{0,40}"""
_USER = rf"{PREFIX}[\"'\x60][^\"'\x60\s]{{1,60}}[\"'\x60][ ]?,\s{{0,40}}"
_OPEN = r"""["']?[ ]?(?:[:=][ ]?)?(?:new [A-Za-z.]{1,40})?[(\[]\s{0,40}"""
_SIGNS_IN = r"(?i:basic_?auth(?:entication)?|passwordauthentication|credentials?|[^A-Za-z0-9]auth|log_?in)"
_SERVER = r"(?:set_password|getConnection|mysqli(?:_connect)?|mysql_connect|PDO)"
_ACCOUNT = rf"(?:{_SIGNS_IN}{_OPEN}|{_SERVER}\(\s{{0,40}}{_ARGUMENT}){_USER}(?:Some\()?{PREFIX}"
"""Up to the quotation mark of a password: `auth=("user", "`, `getConnection(url, "user", "`."""
_SIGNED = (
    rf"(?:(?:jwt|JWT)\.(?:sign|verify|encode|decode)\({_ARGUMENT}|Fernet\("
    rf"|createHmac\(['\"][a-z0-9\-]{{2,12}}['\"],[ ]?){PREFIX}"
)
"""Up to that of a key: `jwt.sign(payload, "`."""
# host:port:database:user:password (PostgreSQL documentation, "The Password File").
_PORT = r":(?:5[0-9]{3}|6432|\*):[^:\s]{1,63}:[^:\s]{1,63}:"
_CLIENT = r"[A-Za-z0-9](?:Client|API|Api|SDK|Bot)\([ \t]?"
_KEY = r"[A-Za-z0-9_\-]{24}"
# The accounts of a network in Hardhat are private keys (Hardhat documentation, "Networks").
_WALLETS = r"accounts[\"']?[ ]?:[ ]?\[\s{0,40}"
_WALLET = r"(?:0x)?[0-9a-fA-F]{64}"
_NAME = "accounts"
_SOME = r"[^()\n]{1,160},\s{0,40}"
ANCHORS = anchors(
    _NAME,
    f"(?:{_SIGNS_IN}{_OPEN}|{_SERVER}\\({_SOME}){PREFIX}{QUOTE}[^\"'\\x60\\s]{{1,60}}[\"'\\x60][ ]?,",
    r"(?:(?:jwt|JWT)\.(?:sign|verify|encode|decode)\([^()\n]{1,160},|createHmac\(['\"]|Fernet\(b?['\"])",
    rf"[A-Za-z0-9.*\-]{_PORT}[^\s:]{{3}}",
    f"{_CLIENT}[\"']{_KEY}",
    f"{_WALLETS}[\"']{_WALLET}",
)
_STRING = r"(?P<quote>[\"'\x60])(?P<value>(?:\\[^\r\n]|(?!(?P=quote))[^\\\r\n])+)(?P=quote)"
_LINE = re.compile(
    rf"^[A-Za-z0-9.*/_\-]{{1,253}}{_PORT}(?P<quote>)(?P<value>(?:\\[:\\]|[^:\s\\])+)[ \t]*$".encode(), re.MULTILINE
)
_CONSTRUCTOR = re.compile(
    rf"{_CLIENT}(?P<quote>[\"'])(?=[^\"']{{0,40}}[0-9])(?P<value>{_KEY}[A-Za-z0-9_\-]{{0,200}})(?P=quote)".encode()
)
"""A client of a service, made with a key."""
_PATTERNS = (
    ("password", "=", re.compile(f"{_ACCOUNT}{_STRING}".encode())),
    ("secret_key", "=", re.compile(f"{_SIGNED}{_STRING}".encode())),
    ("password", ":", _LINE),
    ("api_key", "=", _CONSTRUCTOR),
    ("private_key", "=", re.compile(f"{_WALLETS}(?P<quote>[\"'])(?P<value>{_WALLET})(?P=quote)".encode())),
)
"""What the place says that a value is, and how it is joined to that."""


def values(data: bytes, ends: Iterable[int], timeout: float) -> Iterator[Named]:  # noqa: ARG001  # bounded without
    """The values around the ends of the anchors' hits, each under the name that its place has in `_PATTERNS`."""
    for begin, end in windows.around(data, ends, windows.BEHIND):
        for name, operator, pattern in _PATTERNS:
            for match in pattern.finditer(data, begin, end):
                start, stop = match.span("value")
                yield Named(name, operator, match["quote"].decode(), start, start, stop)
