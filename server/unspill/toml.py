"""TOML that a repository may hold: read by the standard library, within bounds in which that takes no time.

Its parser takes a time that grows with the square of the names that dots join, and a stack frame for each bracket.
"""

from __future__ import annotations

import re
from typing import Any

LARGEST = 1_000_000
"""Bytes."""
DEEPEST = 64
"""Names that dots join."""
_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_DEEP = re.compile(rf"(?<![A-Za-z0-9_-]){_NAME}(?:[ \t]*\.[ \t]*{_NAME}){{{DEEPEST}}}")
_DIGITS = re.compile(rb"[0-9](?:_?[0-9]){3999}")
_PLACE = re.compile(r"\(at [^()]*\)\Z")


class TomlError(ValueError):
    """Data that is no TOML, or more than is read; the text says why, and where in it, and quotes nothing of it."""


def loads(data: bytes) -> dict[str, Any]:
    """The tables in `data`. Raises TomlError."""
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    if len(data) > LARGEST:
        raise TomlError(f"is larger than {LARGEST:,} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TomlError(f"is not UTF-8 (line {_line(data, error.start)})") from None
    if deep := _DEEP.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        raise TomlError(f"joins more than {DEEPEST} names with dots (line {line})")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TomlError("is nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError; or what `int` says of thousands of digits
        # The parser's own words end with the place, and begin with what may quote the file.
        place = _PLACE.search(str(error))
        digits = None if place else _DIGITS.search(data)
        if digits:
            raise TomlError(f"holds a number of thousands of digits (line {_line(data, digits.start())})") from None
        raise TomlError(f"is not valid TOML {place[0] if place else ''}".rstrip()) from None


def _line(data: bytes, at: int) -> int:
    """The line of an offset, from 1."""
    return data.count(b"\n", 0, at) + 1
