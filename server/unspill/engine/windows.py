"""Which ranges of a document are scanned around the hits of anchors.

Lines are scanned as a whole, and together with the line before if a value there would continue on this one. Long lines
are cut at fixed places: the exact end of a hit must not matter, since both matchers report different ends of a match.
No stretch is scanned twice, however many hits it has.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.engine.named import AHEAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BEHIND = 160
"""How many bytes before a hit in a long line are scanned."""
_STRETCH = 2048
"""Longer lines are not scanned as a whole."""
_MOST = 1 << 16
"""How many bytes are scanned at a time."""
_LINES = 2
"""How many lines before that of a hit are scanned, if each is continued on the next."""
_CONTINUED = re.compile(
    rb"""(?:[=(|?:>*\\]|(?:[(\[]|\n[ \t]*)["'][A-Za-z0-9_.\-]{1,60}["'],|\bor)"""
    rb"""[ \t]*(?:[|>][+-]?)?\r?\n(?:[ \t]*\r?\n)?\Z"""
)
"""The end of a line that is continued: an operator, an opening parenthesis, a name as an argument of a call."""
_CONTINUES = re.compile(rb"""[ \t]*(?:[=:|?]|or\b|["']?[Vv]alue\b)|\Z""")
_TAIL = 80


def around(data: bytes, ends: Iterable[int], behind: int = 0) -> Iterator[tuple[int, int]]:
    """The ranges to scan: the lines of the hits that end at `ends`, or stretches of long ones; merged if they overlap.

    `behind` is how many more bytes to scan before these lines.
    """
    begin = end = -1
    for hit in sorted(set(ends)):
        if hit < end:
            continue
        first = max(_first_line(data, hit) - behind, 0)
        last = data.find(b"\n", hit, hit + _STRETCH)
        last = min((hit // _STRETCH + 1) * _STRETCH + AHEAD, len(data)) if last < 0 else last
        if first < end and last - begin < _MOST:
            end = last
            continue
        if end > 0:
            yield begin, end
        begin, end = first, last
    if end > 0:
        yield begin, end


def line(data: bytes, hit: int) -> tuple[int, int]:
    """Start and end of the line of a hit; of a long one, of the stretch around it."""
    start = _line_start(data, hit)
    end = data.find(b"\n", max(hit - 1, start), start + _STRETCH)
    end = min(start + _STRETCH, len(data)) if end < 0 else end
    return start, end - (data[end - 1 : end] == b"\r")


def _first_line(data: bytes, hit: int) -> int:
    """The start of the line of a hit, or of one before that is continued there."""
    first = _line_start(data, hit)
    for _ in range(_LINES):
        if first == 0 or data[first - 1 : first] != b"\n":
            break
        if not _CONTINUES.match(data, first) and not _CONTINUED.search(data, max(first - _TAIL, 0), first):
            break
        first = _line_start(data, first)
    return first


def _line_start(data: bytes, before: int) -> int:
    """The start of the line around `before`; of a long one, a fixed place shortly before."""
    start = data.rfind(b"\n", max(before - _STRETCH, 0), max(before - 1, 0)) + 1
    return start or max(before // _STRETCH * _STRETCH - BEHIND, 0)
