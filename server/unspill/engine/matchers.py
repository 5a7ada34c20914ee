"""The two matchers for anchors in bytes: one Hyperscan database, or `regex` alone where Hyperscan has no wheel.

Both return hits: (anchor index, end offset) pairs. A hit's end is exclusive; the same match may be reported at more
than one end. All further code is the same for both, so the findings are identical.

Of an anchor with keywords, both search for the words first, and then for the start of a value after each. Thousands of
words compile quickly as literals; combined with the rest of the pattern they took most of the time.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from unspill.engine.stems import starts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

GAP = 40
"""Maximum number of bytes between a keyword and the start of a value."""
_NEAR = 128
"""How many bytes before its end the name that a match begins with is looked for first."""
_PREFIX = re.compile(r"[A-Za-z0-9_-]{2,}[_-]|(?=.*[A-Z])[A-Za-z0-9_-]{4,}")
Hit = tuple[int, int]
"""An anchor's index and the offset (in bytes, exclusive) at which it ends."""


class Anchor(NamedTuple):
    """A place where a rule may match, created by `anchors.anchor`."""

    pattern: str
    """A regular expression on bytes, the same for Hyperscan and `regex`; of the text after a keyword, if any."""
    rules: tuple[int, ...]
    """The indexes of the rules that may match here; empty for values after secret names (`generic`)."""
    shortest: int
    """A match that belongs to a hit starts this many bytes before the hit's end, or more …"""
    longest: int
    """… and this many or fewer."""
    literals: tuple[str, ...]
    """Texts, one of which is in each hit (lower case if `keyword`); empty if unknown."""
    keyword: bool
    """Whether the literals are words, one of which, in any case, is on the same line up to `GAP` bytes before."""
    marker: str = ""
    """The kind of marker: one of `obfuscation`, or `directives.MARKER`; such an anchor has no rules."""
    finder: str = ""
    """The module that finds values here, one of `contexts.FINDERS`; such an anchor has neither rules nor a marker."""
    loose: str = ""
    """What Hyperscan searches for instead of a `pattern` that begins with a telling name, if not empty: the same with
    gaps of any length, which takes half the time to compile and less to search for. Its hits are checked."""
    once: bool = False
    """Whether one hit in a text tells all there is to know: Hyperscan gives no other."""


def prefixes(anchors: Iterable[Anchor]) -> dict[bytes, list[bytes]]:
    """The prefixes that identify tokens, by their first three bytes: `hf_`, `AKIA`, but not words."""
    known: dict[bytes, list[bytes]] = {}
    for anchor in anchors:
        for literal in anchor.literals if anchor.rules and not anchor.keyword else ():
            if _PREFIX.fullmatch(literal):
                known.setdefault(literal[:3].encode(), []).append(literal.encode())
    return known


class Matcher(Protocol):
    """Something that finds anchors."""

    def hits(self, data: bytes) -> list[Hit]:
        """Every place where an anchor matches, in no particular order."""


def has_hyperscan() -> bool:
    """Whether Hyperscan is available."""
    try:
        import hyperscan  # noqa: F401
    except ImportError:
        return False
    return True


class HyperscanMatcher:
    """One database over all anchors. Not thread-safe, since it owns one scratch space."""

    def __init__(self, database: bytes, anchors: Sequence[Anchor]) -> None:
        """Load a serialised database of `anchors`. Raises ValueError if it is broken, or of another machine."""
        import hyperscan

        try:
            self._database = hyperscan.loadb(database, hyperscan.HS_MODE_BLOCK)
            self._scratch = hyperscan.Scratch(self._database)
        except hyperscan.HyperscanError as error:
            raise ValueError("not a database for this machine") from error
        self._anchors = anchors
        self._exact: dict[int, Callable[[bytes, int, int], re.Match[bytes] | None]] = {}

    def hits(self, data: bytes) -> list[Hit]:
        """See Matcher.hits."""
        found: list[Hit] = []

        def collect(anchor: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append((anchor, end))

        self._database.scan(data, match_event_handler=collect, scratch=self._scratch)
        if not found:
            return found
        anchors = self._anchors
        return _values(anchors, data, [hit for hit in found if not anchors[hit[0]].loose or self._holds(data, *hit)])

    def _holds(self, data: bytes, anchor: int, end: int) -> bool:
        """Whether the pattern of a loose anchor ends there, and not only what is searched for instead."""
        one = self._anchors[anchor]
        if (match := self._exact.get(anchor)) is None:
            match = self._exact[anchor] = re.compile(rf"(?:{one.pattern})\Z".encode()).match
        # Most names are near. A pattern may ask for a letter before its name.
        return any(
            match(data, at, end) or (at > 0 and match(data, at - 1, end))
            for reach in (_NEAR, one.longest)
            for at in starts(data, max(end - reach - 1, 0), end)
        )


class UnsuitableError(Exception):
    """Anchors that Hyperscan refuses; the text has the reason."""


def compile_database(anchors: Sequence[Anchor]) -> bytes:
    """The serialised Hyperscan database over `anchors`, or their keywords, identified by the anchor's index.

    Raises UnsuitableError.
    """
    import hyperscan

    expressions = [
        (expression, index)
        for index, anchor in enumerate(anchors)
        for expression in (map(_in_any_case, anchor.literals) if anchor.keyword else (anchor.loose or anchor.pattern,))
    ]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[expression.encode() for expression, _ in expressions],
            ids=[index for _, index in expressions],
            elements=len(expressions),
            flags=[hyperscan.HS_FLAG_SINGLEMATCH if anchors[index].once else 0 for _, index in expressions],
        )
    except hyperscan.HyperscanError as error:
        raise UnsuitableError(str(error).rstrip(".").lower()) from None
    return bytes(hyperscan.dumpb(database))


def _in_any_case(word: str) -> str:
    return f"(?i:{re.escape(word)})"


class RegexMatcher:
    """The same with `regex`: an anchor is only tried where one of its literals occurs."""

    def __init__(self, anchors: Sequence[Anchor]) -> None:
        import regex

        self._anchors = anchors
        self._searched = [
            (anchor.keyword, [word.encode() for word in anchor.literals], regex.compile(_searched(anchor).encode()))
            for anchor in anchors
        ]

    def hits(self, data: bytes) -> list[Hit]:
        """See Matcher.hits."""
        found: list[Hit] = []
        lower = data.lower()
        for index, (in_any_case, literals, pattern) in enumerate(self._searched):
            text = lower if in_any_case else data
            if literals and not any(word in text for word in literals):
                continue
            found += [(index, match.end()) for match in pattern.finditer(data, overlapped=True)]
        return _values(self._anchors, data, found)


def _searched(anchor: Anchor) -> str:
    return "|".join(map(_in_any_case, anchor.literals)) if anchor.keyword else anchor.pattern


def _values(anchors: Sequence[Anchor], data: bytes, found: Sequence[Hit]) -> list[Hit]:
    """`found`, with keywords replaced by the ends of the starts of values after them; each hit once.

    A value starts at most `GAP` bytes after its keyword, on the same line: most keywords have none after them.
    """
    hits: set[Hit] = set()
    for index, end in found:
        anchor = anchors[index]
        if not anchor.keyword:
            hits.add((index, end))
            continue
        line_end = data.find(b"\n", end, end + GAP)
        last = end + GAP if line_end < 0 else line_end
        search, within = _compiled(anchor.pattern).search, last + 1 + anchor.longest
        match = search(data, end, within)
        while match and match.start() <= last:
            hits.add((index, match.end()))
            match = search(data, match.start() + 1, within)
    return sorted(hits)


@cache
def _compiled(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode())
