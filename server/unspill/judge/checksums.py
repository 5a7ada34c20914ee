"""Checksums and structure inside tokens: what a value can be recomputed or decoded to."""

from __future__ import annotations

import zlib
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Answer(Enum):
    """What a checksum says of a value."""

    RIGHT = "right"
    WRONG = "wrong"
    """Only where the issuer documents the checksum: the value cannot be one of its tokens."""
    UNKNOWN = "unknown"


def check(name: str, value: bytes) -> Answer:
    """What the checksum called `name` says of `value`, prefix included."""
    test = CHECKS.get(name)
    return Answer.UNKNOWN if test is None else test(value)


def base62(number: int, width: int) -> str:
    """`number` in base 62 (digits, upper case, lower case), most significant first, padded with zeros to `width`."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(width, "0")


def _crc32_base62(value: bytes) -> Answer:
    """The last six characters are the CRC-32 of the body in base 62 (GitHub's token format, 2021; npm, Vercel, Polar)."""
    body, tail = value[value.rfind(b"_") + 1 : -6], value[-6:]
    return Answer.RIGHT if base62(zlib.crc32(body), 6).encode() == tail else Answer.WRONG


CHECKS: dict[str, Callable[[bytes], Answer]] = {
    "crc32-base62": _crc32_base62,
}
