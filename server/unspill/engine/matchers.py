"""The two ways to find anchors in bytes: one Hyperscan database, or `regex` alone where Hyperscan has no wheel.

Both give hits: (anchor index, end offset) pairs. A hit's end is exclusive; the same match may be reported at more
than one end. What is built on the hits is the same for both, so the findings are identical.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = 40
"""How many bytes may stand between a keyword and the beginning of a value."""
Hit = tuple[int, int]
"""An anchor's index and the offset (in bytes, exclusive) at which it ends."""


class Anchor(NamedTuple):
    """Where a rule may match; `anchors.anchor` makes them."""

    pattern: str
    """A regular expression on bytes that means the same to Hyperscan and to `regex`; what follows a keyword, if any."""
    rules: tuple[int, ...]
    """The indexes of the rules that may match here; empty for values behind telling names (`generic`)."""
    shortest: int
    """A match that belongs to a hit starts this many bytes before the hit's end, or more …"""
    longest: int
    """… and this many or fewer."""
    literals: tuple[str, ...]
    """Texts of which each hit contains one (lower case if `keyword`); empty if there are none to tell."""
    keyword: bool
    """Whether the literals are words of which one, in any case, stands on the same line up to `GAP` bytes before."""
    sign: str = ""
    """What it is a sign of: a kind of `disguise`, or `directives.SIGN`; such an anchor has no rules."""

    @property
    def whole(self) -> str:
        """The regular expression with the keyword, if there is one."""
        if not self.keyword:
            return self.pattern
        return f"(?i:{'|'.join(map(re.escape, self.literals))})[^\\n]{{0,{GAP}}}{self.pattern}"


class Matcher(Protocol):
    """Something that finds anchors."""

    def hits(self, data: bytes) -> list[Hit]:
        """Every place where an anchor matches, in no particular order."""


def has_hyperscan() -> bool:
    """Whether Hyperscan can be used here."""
    try:
        import hyperscan  # noqa: F401
    except ImportError:
        return False
    return True


class HyperscanMatcher:
    """One database over all anchors. Not for use by two threads at once: it owns one scratch space."""

    def __init__(self, database: bytes) -> None:
        """Load a serialised database. Raises ValueError if it is broken, or was made for another machine."""
        import hyperscan

        try:
            self._database = hyperscan.loadb(database, hyperscan.HS_MODE_BLOCK)
            self._scratch = hyperscan.Scratch(self._database)
        except hyperscan.HyperscanError as error:
            raise ValueError("not a database for this machine") from error

    def hits(self, data: bytes) -> list[Hit]:
        """See Matcher.hits."""
        found: list[Hit] = []

        def collect(anchor: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append((anchor, end))

        self._database.scan(data, match_event_handler=collect, scratch=self._scratch)
        return found


def compile_database(anchors: Sequence[Anchor]) -> bytes:
    """The serialised Hyperscan database over `anchors`, identified by their index."""
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[anchor.whole.encode() for anchor in anchors],
        ids=list(range(len(anchors))),
        elements=len(anchors),
        flags=0,
    )
    return bytes(hyperscan.dumpb(database))


class RegexMatcher:
    """The same with `regex`: an anchor is searched only where one of its literals occurs."""

    def __init__(self, anchors: Sequence[Anchor]) -> None:
        import regex

        self._prefixes = []
        self._keywords = []
        for index, anchor in enumerate(anchors):
            literals = [word.encode() for word in anchor.literals]
            pattern = regex.compile(anchor.pattern.encode())
            if anchor.keyword:
                words = regex.compile(rb"(?i:%b)" % b"|".join(map(re.escape, literals)))
                self._keywords.append((index, literals, words, pattern, anchor.longest))
            else:
                self._prefixes.append((index, literals, pattern))

    def hits(self, data: bytes) -> list[Hit]:
        """See Matcher.hits."""
        found: set[Hit] = set()
        for index, literals, pattern in self._prefixes:
            if not literals or any(word in data for word in literals):
                found.update((index, match.end()) for match in pattern.finditer(data, overlapped=True))
        lower = data.lower()
        for index, literals, words, pattern, longest in self._keywords:
            if not any(word in lower for word in literals):
                continue
            for word in words.finditer(data, overlapped=True):
                line_end = data.find(b"\n", word.end())
                last = word.end() + GAP if line_end < 0 else min(word.end() + GAP, line_end)
                values = pattern.finditer(data, word.end(), last + 1 + longest, overlapped=True)
                found.update((index, value.end()) for value in values if value.start() <= last)
        return sorted(found)
