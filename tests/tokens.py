"""Made-up tokens that also carry a right checksum, for the kinds that have one."""

from __future__ import annotations

import re
import zlib

from unspill.judge import checksums

_CRC32_BASE62 = re.compile(r"(?:gh[pousr]|npm)_[A-Za-z0-9]{36}\Z")


def complete(value: str) -> str:
    """`value` with the end replaced by the checksum that its issuer would compute, if the kind has one."""
    if _CRC32_BASE62.match(value):
        body = value[value.index("_") + 1 : -6]
        return value[:-6] + checksums.base62(zlib.crc32(body.encode()), 6)
    return value
