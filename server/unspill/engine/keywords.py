"""How a text may spell the keywords of a rule.

A keyword is words joined by `_`, such as `acme_key`; in a text they may also be joined by `-` or by nothing, in any
case (`ACME-KEY`, `acmeKey`). A `_` at the end says that the word ends there: `acme_` is in `acme-key`, not in `acmes`.
Anything else stands for itself (`acme.com`, `acme sdk`).
"""

from __future__ import annotations

from functools import cache
from itertools import product

_BETWEEN = ("_", "-", "")
_BEHIND = ("_", "-")
_MOST_JOINTS = 5
"""A keyword with more has one spelling: each joint multiplies them."""


@cache
def spellings(keywords: tuple[str, ...]) -> tuple[bytes, ...]:
    """All spellings of `keywords` in lower case, sorted, each once."""
    return tuple(sorted({spelling.encode() for keyword in keywords for spelling in _spell(keyword)}))


def _spell(keyword: str) -> list[str]:
    first, *others = keyword.split("_")
    if not first or len(others) > _MOST_JOINTS:
        return [keyword]
    joints = product(*(_BETWEEN if word else _BEHIND for word in others))
    return ["".join([first, *(part for pair in zip(some, others, strict=True) for part in pair)]) for some in joints]
