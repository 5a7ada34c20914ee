"""The nesting depth of a text, estimated from its bytes: the parsers' stacks have a fixed size, and overflow.

tree-sitter stores the state of a grammar's scanner in 1,024 bytes. YAML's scanner (0.7) uses 4 bytes for each open
indentation, Python's (0.25) 2 for each and 1 for each string, and both write past the end: memory is corrupted at 254
blocks of YAML and from 384 of Python. So blocks are counted, never too few. The other grammars support any depth;
brackets are counted for all of them, since walking a deep tree is slow.
"""

from __future__ import annotations

import re
from itertools import accumulate
from operator import sub
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

LIMIT = 128
"""Maximum depth of a parsed text. Text by people and most generators stays below 60."""

# A marker of YAML opens a block at its column. Rows of them: at the start of a line, and two or more anywhere.
_MARKER = rb"(?:[-?:](?:[ \t\0]+|(?=[\r\n]|\Z)))"
_YAML_ROW = re.compile(rb"(?:\A|[\r\n])(?P<indent> *)%b*|%b{2,}" % (_MARKER, _MARKER))
# Indentation for Python's scanner: form feeds restart it, a backslash continues it.
_PYTHON_INDENT = re.compile(rb"(?:\A|[\r\n\f])((?:[ \t]|\\\r?\n)*)")
# Triple-quoted strings, strings that end with the line at the latest, and comments; none can fail to match.
_QUOTED = re.compile(
    rb'''"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:""")?|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?'''
    rb"""|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:''')?|'[^'\\\n]*(?:\\.[^'\\\n]*)*'?|#[^\n]*""",
    re.DOTALL,
)
_BRACKETS = b"([{)]}"
_OTHERS = bytes(set(range(256)).difference(_BRACKETS))
_STEPS = {byte: 1 if byte in b"([{" else -1 for byte in _BRACKETS}


def depth(data: bytes, grammar: str) -> int:
    """An upper bound of the nesting depth of a text for the parser of a grammar. Takes linear time."""
    blocks = {"yaml": _yaml_blocks, "python": _python_blocks}.get(grammar)
    return max(blocks(data) if blocks is not None else 0, _brackets(data))


def is_deep(data: bytes, grammar: str) -> bool:
    """Whether a text may exceed the maximum depth for the parser of a grammar. Takes linear time."""
    return depth(data, grammar) > LIMIT


def may_become_deep(before: int, texts: Collection[str]) -> bool:
    """Whether a text of depth `before` may be too deep once spans of it are replaced by `texts`.

    Each joins two lines at most, and everything that a line opens is one of these bytes.
    """
    added = sum(text.count(mark) for text in texts for mark in "([{-?:\n\r\f")
    return before * (1 + len(texts)) + len(texts) + added > LIMIT


def _yaml_blocks(data: bytes) -> int:
    """An upper bound of the open blocks.

    Nested blocks are on lines of different indentation, except that a list may be at the column of its key. So for each
    indentation, the line with the most markers in rows counts, plus a key without a row.
    """
    most: dict[tuple[int, bool], int] = {}
    place, markers = (0, False), 0
    for match in _YAML_ROW.finditer(data):
        row, indent = match[0].strip(b"\r\n "), match["indent"]
        if indent is not None:
            place, markers = (len(indent), row.startswith(b"-")), 1
        markers += row.count(b"-") + row.count(b"?") + row.count(b":")
        most[place] = max(most.get(place, 0), markers)
    return sum(most.values())


def _python_blocks(data: bytes) -> int:
    """An upper bound of the open blocks: each has a different indentation."""
    return len({match[1] for match in _PYTHON_INDENT.finditer(data)})


def _brackets(data: bytes) -> int:
    """The maximum number of open brackets, as far as known without a parser: outside strings and comments."""
    if sum(map(data.count, (b"(", b"[", b"{"))) <= LIMIT:
        return 0
    steps = map(_STEPS.__getitem__, _QUOTED.sub(b"", data).translate(None, _OTHERS))
    balance = list(accumulate(steps, initial=0))
    deepest: int = max(map(sub, balance, accumulate(balance, min)))
    return deepest
