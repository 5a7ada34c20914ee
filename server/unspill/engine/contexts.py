"""The contexts in which values stand with their names: a module each, with anchors and a finder of values.

A module is imported when one of its anchors hits: most documents have none.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from unspill.engine.matchers import Anchor
    from unspill.engine.named import Named

FINDERS = ("manifests", "pairs", "tables", "accounts", "lists", "generic")
"""The modules. Where two find the same value, name and operator of the first count."""


class Finder(Protocol):
    """What each module has."""

    ANCHORS: tuple[Anchor, ...]

    def values(self, data: bytes, ends: Iterable[int], timeout: float) -> Iterator[Named]:
        """The values around the ends of the anchors' hits, in order, none twice. Raises TimeoutError."""


def finder(name: str) -> Finder:
    """One of `FINDERS`."""
    return cast("Finder", import_module(f"unspill.engine.{name}"))


def values(data: bytes, ends: Mapping[str, Sequence[int]], timeout: float) -> Iterator[tuple[str, Named]]:
    """(finder, named value) around the ends of the anchors' hits, by finder. Raises TimeoutError."""
    for name in FINDERS:
        if name in ends:
            for named in finder(name).values(data, ends[name], timeout):
                yield name, named
