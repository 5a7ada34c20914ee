"""Whether a rule's keyword is near a value: around it, or in the file's imports and hosts."""

from __future__ import annotations

import re
from functools import cached_property

from unspill.engine.keywords import spellings

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


class Nearby:
    """The text around the values of one document."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def has(self, keywords: tuple[str, ...], start: int, end: int) -> bool:
        """Whether one of `keywords` is near `data[start:end]`, the value itself excluded."""
        window, spelled = self.window(start, end), spellings(keywords)
        return any(word in window for word in spelled) or any(word in self.uses for word in spelled)

    def window(self, start: int, end: int) -> bytes:
        """The bytes around a value in lower case, the value itself excluded."""
        return (self._data[max(start - REACH, 0) : start] + b" " + self._data[end : end + REACH]).lower()

    @cached_property
    def uses(self) -> bytes:
        """The document's imports and URLs, in lower case."""
        text = b"\n" + self._data.lower()
        return b"\n".join({said for pattern in _SAY_WHAT_IS_USED for said in pattern.findall(text)})
