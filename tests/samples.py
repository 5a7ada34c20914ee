"""Made-up credentials: text that a rule's pattern describes, so that no real-looking token is stored."""

from __future__ import annotations

import importlib
import string
import sys
from random import Random
from typing import Any, NamedTuple

from unspill import rules

_NAMES = ("re._constants", "re._parser") if sys.version_info >= (3, 11) else ("sre_constants", "sre_parse")
sre, sre_parser = map(importlib.import_module, _NAMES)  # not public: no stubs describe them

_PRINTABLE = "".join(chr(code) for code in range(33, 127))
_CATEGORIES = {
    sre.CATEGORY_DIGIT: string.digits,
    sre.CATEGORY_WORD: string.ascii_letters + string.digits + "_",
    sre.CATEGORY_SPACE: " ",
    sre.CATEGORY_NOT_SPACE: _PRINTABLE,
}
_UNBOUNDED = 12
"""How many more than the least an unbounded repeat may give."""


class Sample(NamedTuple):
    """A filled-in example: its text, and where the made-up values stand in it (code points, end exclusive)."""

    text: str
    spans: list[tuple[int, int]]

    @property
    def values(self) -> list[str]:
        """The made-up values."""
        return [self.text[start:end] for start, end in self.spans]


def sample(pattern: str, random: Random) -> str:
    """Some text that `pattern` matches in full."""
    return _walk(sre_parser.parse(pattern), random)


def fill(example: str, random: Random) -> Sample:
    """`example` with every `{pattern}` replaced by a sample of it; `{{` and `}}` are literal braces."""
    text, spans = "", []
    for part, is_pattern in rules.pieces(example):
        made = sample(part, random) if is_pattern else part
        if is_pattern:
            spans.append((len(text), len(text) + len(made)))
        text += made
    return Sample(text, spans)


def made(pattern: str, seed: int = 0) -> str:
    """A made-up value of a pattern, always the same for a seed."""
    return sample(pattern, Random(f"{pattern} {seed}"))


def _walk(items: Any, random: Random) -> str:
    return "".join(_one(op, value, random) for op, value in items)


def _one(op: Any, value: Any, random: Random) -> str:
    if op is sre.LITERAL:
        return chr(value)
    if op is sre.NOT_LITERAL:
        return random.choice([c for c in _PRINTABLE if c != chr(value)])
    if op is sre.ANY:
        return random.choice(_PRINTABLE)
    if op is sre.IN:
        return random.choice(_alphabet(value))
    if op is sre.BRANCH:
        return _walk(random.choice(value[1]), random)
    if op is sre.SUBPATTERN:
        return _walk(value[3], random)
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        low, high, items = value
        most = low + _UNBOUNDED if high is sre.MAXREPEAT else high
        return "".join(_walk(items, random) for _ in range(random.randint(low, most)))
    raise ValueError(f"cannot make up text for {op}")


def _alphabet(items: Any) -> str:
    negated, chars = False, ""
    for op, value in items:
        if op is sre.NEGATE:
            negated = True
        elif op is sre.LITERAL:
            chars += chr(value)
        elif op is sre.RANGE:
            chars += "".join(chr(code) for code in range(value[0], value[1] + 1))
        elif op is sre.CATEGORY:
            chars += _CATEGORIES[value]
    return "".join(c for c in _PRINTABLE if c not in chars) if negated else chars
