"""Many texts searched for at once: with one Hyperscan database; one by one if they are few, or it has no wheel."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from unspill.engine.matchers import has_hyperscan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FEW = 16
"""Up to so many texts are quicker searched for than compiled."""
_LONG = 1000
"""Texts of more bytes are searched for one by one: Hyperscan refuses patterns that are too long."""


class Literals:
    """Texts to search for. Not thread-safe."""

    def __init__(self, texts: Iterable[bytes], *, hyperscan: bool | None = None) -> None:
        """`hyperscan` selects what many of them are searched for with; None uses Hyperscan if available."""
        every = sorted(set(texts))
        fast = has_hyperscan() if hyperscan is None else hyperscan
        self._texts = [text for text in every if fast and len(text) <= _LONG]
        if len(self._texts) <= _FEW:
            self._texts = []
        self._single = sorted(set(every).difference(self._texts))

    def spans(self, data: bytes) -> list[tuple[int, int]]:
        """Every place of every text in `data`, by start, the longest first; in bytes, end exclusive."""
        found = [span for text in self._single for span in _places(data, text)]

        def collect(index: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append((end - len(self._texts[index]), end))

        if self._texts:
            self._database.scan(data, match_event_handler=collect)
        return sorted(found, key=lambda span: (span[0], -span[1]))

    @cached_property
    def _database(self) -> Any:
        import hyperscan

        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        expressions = ["".join(f"\\x{byte:02x}" for byte in text).encode() for text in self._texts]
        count = len(expressions)
        database.compile(expressions=expressions, ids=list(range(count)), elements=count, flags=0)
        return database


def _places(data: bytes, text: bytes) -> Iterator[tuple[int, int]]:
    at = data.find(text)
    while at >= 0:
        yield at, at + len(text)
        at = data.find(text, at + 1)
