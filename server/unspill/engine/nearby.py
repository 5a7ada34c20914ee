"""Whether a rule's keyword is near a value: around it, or in the file's imports and hosts."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from unspill.engine.keywords import spellings

if TYPE_CHECKING:
    from collections.abc import Iterable

REACH = 240
"""How many bytes before and after a value are nearby."""
# One search for each prefix, in lower case and without alternatives at its start: `re` then skips to the literal.
_SAY_WHAT_IS_USED = (
    re.compile(
        rb"\n[ \t]*(?:from|import|use|using|require|include|package|library|base_url|host|endpoint|url)\b[^\n]{0,200}"
    ),
    re.compile(rb"require\([^)\n]{1,100}\)"),
    re.compile(rb"https?://[^\s\"'<>]{1,120}"),
)
_START = 3
"""How many bytes distinguish words; shorter ones are always searched for."""


class Words:
    """Keywords (lower case), indexed by prefix, to find those in a text without a search for each."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self._by_start: dict[bytes, list[bytes]] = {}
        for word in words:
            self._by_start.setdefault(word[:_START] if len(word) >= _START else b"", []).append(word)

    def within(self, text: bytes) -> frozenset[bytes]:
        """The keywords in `text`, which is in lower case."""
        starts = {text[at : at + _START] for at in range(len(text))} | {b""}
        possible = (word for start in starts & self._by_start.keys() for word in self._by_start[start])
        return frozenset(word for word in possible if word in text)


class Nearby:
    """The text around the values of one document."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._used: frozenset[bytes] | None = None

    def has(self, keywords: tuple[str, ...], start: int, end: int) -> bool:
        """Whether one of `keywords` is near `data[start:end]`, the value itself excluded."""
        window, spelled = self.window(start, end), spellings(keywords)
        return any(word in window for word in spelled) or any(word in self.uses for word in spelled)

    def among(self, words: Words, start: int, end: int) -> frozenset[bytes]:
        """Those of `words`, always the same, that are near `data[start:end]`."""
        if self._used is None:
            self._used = words.within(self.uses)
        return self._used | words.within(self.window(start, end))

    def window(self, start: int, end: int) -> bytes:
        """The bytes around a value in lower case, the value itself excluded."""
        return (self._data[max(start - REACH, 0) : start] + b" " + self._data[end : end + REACH]).lower()

    @cached_property
    def uses(self) -> bytes:
        """The document's imports and URLs, in lower case."""
        text = b"\n" + self._data.lower()
        return b"\n".join({said for pattern in _SAY_WHAT_IS_USED for said in pattern.findall(text)})
