"""Which name was meant by one that is not right: the same in another case, or with a letter or two that differ."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from unspill.contract.names import AppName

_SHORTEST = 6
_SHORTEST_WORD = 4
"""Shorter names, and words of names, differ from others by a letter or two by chance, unless these are swapped."""
_MOST = 2
_USUAL = frozenset(["API", "KEY", "TOKEN", "SECRET", "ACCESS", "AUTH"])
"""Words of names that differ between libraries of one provider for the same thing."""
_PROVIDERS = {"HUGGINGFACE": "HF", "HUGGINGFACEHUB": "HF", "HUGGING": "HF", "GEMINI": "GOOGLE", "CLAUDE": "ANTHROPIC"}
"""Other first words of a provider's names."""


def meant(name: str, others: Iterable[str], known: Container[str], most: int = _MOST) -> str | None:
    """The nearest of the `others`, if it differs in case or in at most `most` letters only; None if none does.

    Names that differ in a digit, or in a plural, are different on purpose, and so are two `known` ones.
    """
    found: tuple[int, str] | None = None
    is_known = name in known
    for other in others:
        if other == name or (is_known and other in known):
            continue
        distance = _distance(name.upper(), other.upper(), most)
        if distance is not None and (found is None or (distance, other) < found):
            found = (distance, other)
    return None if found is None else found[1]


def _distance(one: str, other: str, most: int) -> int | None:
    """How many letters are added, missing, different or swapped; None for more than `most`, or on purpose."""
    if one == other:
        return 0
    if abs(len(one) - len(other)) > most or min(len(one), len(other)) < _SHORTEST:
        return None
    if not _may_be_a_slip(one, other):
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        last, before, row = before, row, [at]
        for there, that in enumerate(other, 1):
            cost = min(before[there] + 1, row[-1] + 1, before[there - 1] + (letter != that))
            if at > 1 and there > 1 and letter == other[there - 2] and one[at - 2] == that:
                cost = min(cost, last[there - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None


def _may_be_a_slip(one: str, other: str) -> bool:
    """Whether the words of both names are as many and begin alike, and no digit or plural tells them apart."""
    if re.sub(r"[^0-9]", "", one) != re.sub(r"[^0-9]", "", other):
        return False
    mine, theirs = one.split("_"), other.split("_")
    if len(mine) != len(theirs):  # `HFTOKEN` for `HF_TOKEN`: only what joins the words differs
        return "".join(mine) == "".join(theirs)
    differing = [(a, b) for a, b in zip(mine, theirs, strict=True) if a != b]
    return all(_may_be_one(a, b) for a, b in differing)


def _may_be_one(word: str, other: str) -> bool:
    is_swapped = sorted(word) == sorted(other)
    is_long = min(len(word), len(other)) >= _SHORTEST_WORD
    return (is_swapped or is_long) and word.rstrip("S") != other.rstrip("S") and word[:1] == other[:1]


def read_by_library(name: str, names: Iterable[AppName]) -> AppName | None:
    """The name that a library reads by itself for what `name` seems to be for, though nothing declares or sets it."""
    of = _provider(name)
    wanted = (one for one in names if one.implicit and not one.read and one.is_declarable)
    return next((one for one in wanted if of and one.name != name and _provider(one.name) == of), None)


def _provider(name: str) -> str:
    """The provider in a name that has no other word of its own: `OPENAI` of `OPENAI_KEY`; else empty."""
    first, *rest = name.upper().split("_")
    return _PROVIDERS.get(first, first) if rest and _USUAL.issuperset(rest) else ""
