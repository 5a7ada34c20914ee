"""How deep a text nests, told from its bytes: the parsers' own stacks are of a fixed size, and overflow.

tree-sitter keeps what a grammar's scanner must remember in 1,024 bytes. YAML's scanner (0.7) puts 4 bytes there for
each indentation that is open, Python's (0.25) 2 for each and 1 for each string, and both write past the end: memory is
corrupted at 254 blocks of YAML and from 384 of Python on. So blocks are counted, rather too many than too few. The
other grammars take any depth; brackets are counted for all of them, since what walks a tree takes its time.
"""

from __future__ import annotations

import re
from itertools import accumulate
from operator import sub
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

LIMIT = 128
"""How deep a text that is parsed may nest. What people write, and most generators, stay below 60."""

# A marker of YAML opens a block at its column. Rows of them: where a line begins, and two or more anywhere.
_MARKER = rb"(?:[-?:](?:[ \t\0]+|(?=[\r\n]|\Z)))"
_YAML_ROW = re.compile(rb"(?:\A|[\r\n])(?P<indent> *)%b*|%b{2,}" % (_MARKER, _MARKER))
# What the scanner of Python takes for the indentation of a line: form feeds begin it anew, a backslash goes on with it.
_PYTHON_INDENT = re.compile(rb"(?:\A|[\r\n\f])((?:[ \t]|\\\r?\n)*)")
# Strings of three quotes, strings that end with the line at the latest, and comments; written so that none can fail.
_QUOTED = re.compile(
    rb'''"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:""")?|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?'''
    rb"""|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:''')?|'[^'\\\n]*(?:\\.[^'\\\n]*)*'?|#[^\n]*""",
    re.DOTALL,
)
_BRACKETS = b"([{)]}"
_OTHERS = bytes(set(range(256)).difference(_BRACKETS))
_STEPS = {byte: 1 if byte in b"([{" else -1 for byte in _BRACKETS}


def depth(data: bytes, grammar: str) -> int:
    """How deep a text nests for the parser of a grammar, rather too deep than not deep enough. Takes linear time."""
    blocks = {"yaml": _yaml_blocks, "python": _python_blocks}.get(grammar)
    return max(blocks(data) if blocks is not None else 0, _brackets(data))


def is_deep(data: bytes, grammar: str) -> bool:
    """Whether a text nests deeper than the parser of a grammar, or what walks its tree, is let. Takes linear time."""
    return depth(data, grammar) > LIMIT


def may_become_deep(before: int, texts: Collection[str]) -> bool:
    """Whether a text that nests `before` deep may be too deep once spans of it give way to `texts`.

    Each joins two lines at most, and what a line opens is one of these bytes.
    """
    added = sum(text.count(mark) for text in texts for mark in "([{-?:\n\r\f")
    return before * (1 + len(texts)) + len(texts) + added > LIMIT


def _yaml_blocks(data: bytes) -> int:
    """At least as many blocks as are open anywhere.

    Lines that open blocks inside one another are indented by different widths, but that a list may stand at the column
    of its key. So the line with the most markers in rows counts for each width, with a key that has no row.
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
    """At least as many blocks as are open anywhere: each has an indentation of its own."""
    return len({match[1] for match in _PYTHON_INDENT.finditer(data)})


def _brackets(data: bytes) -> int:
    """How many brackets are open at most, as far as that can be told without a parser: strings and comments end."""
    if sum(map(data.count, (b"(", b"[", b"{"))) <= LIMIT:
        return 0
    steps = map(_STEPS.__getitem__, _QUOTED.sub(b"", data).translate(None, _OTHERS))
    balance = list(accumulate(steps, initial=0))
    deepest: int = max(map(sub, balance, accumulate(balance, min)))
    return deepest
