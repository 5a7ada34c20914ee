"""Whether a rule's keyword stands near a value: around it, or in what the file imports and the hosts it talks to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REACH = 240
"""How many bytes before and after a value count as near."""
_SAYS_WHAT_IT_USES = re.compile(
    rb"^[ \t]*(?:from|import|use|using|require|include|package|library)\b[^\n]{0,200}|require\([^)\n]{1,100}\)"
    rb"|https?://[^\s\"'<>]{1,120}|^[ \t]*(?:FROM|base_url|host|endpoint|url)\b[^\n]{0,120}",
    re.MULTILINE | re.IGNORECASE,
)


class Nearby:
    """What stands around the values of one document."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._uses: bytes | None = None
        self._used: frozenset[bytes] | None = None

    def has(self, keywords: Sequence[str], start: int, end: int) -> bool:
        """Whether one of `keywords` (lower case) stands near `data[start:end]`, the value itself left out."""
        window = self.window(start, end)
        return any(word.encode() in window for word in keywords) or any(word.encode() in self.uses for word in keywords)

    def among(self, by_word: Mapping[bytes, Sequence[int]], start: int, end: int) -> list[int]:
        """The rules of `by_word`, always the same, of which a keyword stands near `data[start:end]`, once each."""
        window = self.window(start, end)
        if self._used is None:
            uses = self.uses
            self._used = frozenset(word for word in by_word if word in uses)
        words = (word for word in by_word if word in window or word in self._used)
        return list(dict.fromkeys(rule for word in words for rule in by_word[word]))

    def window(self, start: int, end: int) -> bytes:
        """The bytes around a value in lower case, the value itself left out."""
        return (self._data[max(start - REACH, 0) : start] + b" " + self._data[end : end + REACH]).lower()

    @property
    def uses(self) -> bytes:
        """The document's imports and URLs, in lower case."""
        if self._uses is None:
            self._uses = b"\n".join(_SAYS_WHAT_IT_USES.findall(self._data)).lower()
        return self._uses
