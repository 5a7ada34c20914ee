"""Text that has the shape of a provider's secret, wherever it stands: what no name, path or error may show.

Told by the shipped rules alone that need no context: those with a distinctive prefix, and no keyword. No engine runs
here, and nothing is learned from what was scanned: the same text is always masked alike. Text in capitals may have been
made of a secret, as the names of environment variables are of other names.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from unspill.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MASK = "<hidden>"
_DISTINCTIVE = 3
"""A literal of so many characters says whose secret it is."""
_RUN = re.compile(rb"[A-Za-z0-9_-]{16,}")
_ANY_RUN = re.compile(r"[A-Za-z0-9]+")
_LETTERS = re.compile(rb"[A-Za-z0-9]{8,}")
_TELLING = 16
"""No word is so long that stands behind a prefix."""
_SHORT, _LONG = 8, 24
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_RANDOM = re.compile(r"[A-Za-z0-9]{16}|(?=[A-Za-z0-9-]{8})[A-Za-z-]*(?:[0-9]|[a-z][A-Z][A-Za-z-]*[a-z][A-Z])")
"""What no secret is without: a long run, a digit in a run, or two humps. No rule is loaded for words (`HF_TOKEN`)."""


def looks_like_secret(text: str) -> bool:
    """Whether a secret's shape is in `text`."""
    return next(_found(text), None) is not None


def mask_shapes(text: str) -> str:
    """`text` with what has a secret's shape masked."""
    spans = list(_found(text))
    return mask(text.encode("utf-8", "surrogateescape"), spans) if spans else text


def is_readable(name: str) -> bool:
    """Whether a name or key is made of words, and no part of a value."""
    return not looks_like_secret(name) and all(map(_is_word, _ANY_RUN.findall(name)))


def _is_word(run: str) -> bool:
    """Whether letters and digits are words, no part of a value: base 64 changes its kind of letters all the time."""
    return len(run) < _SHORT or (len(run) <= _LONG and 3 * len(_PIECE.findall(run)) <= len(run))


def prefixed_runs(data: bytes, prefixes: Mapping[bytes, Sequence[bytes]]) -> Iterator[Span]:
    """Long runs of a token's characters, from one of the prefixes (`matchers.prefixes`) on, to whatever length.

    No rule finds what is mistyped, cut off or glued to other text, and yet it may give a value away.
    """
    for run in _RUN.finditer(data):
        random = [piece.end() for piece in _LETTERS.finditer(run[0]) if _is_random(piece[0].decode())]
        if random and (start := _prefixed(run[0], random[-1], prefixes)) is not None:
            yield Span(run.start() + start, run.end())


def _prefixed(run: bytes, end: int, prefixes: Mapping[bytes, Sequence[bytes]]) -> int | None:
    """Where the first prefix is that has more behind it, up to `end`; None if there is none."""
    for at in range(end):
        if any(run.startswith(prefix, at, end - 1) for prefix in prefixes.get(run[at : at + 3], ())):
            return at
    return None


def _is_random(piece: str) -> bool:
    return len(piece) >= _TELLING or not _is_word(piece)


def mask(data: bytes, spans: Iterable[Span]) -> str:
    """The text of `data` (UTF-8) with the spans masked, each once where they overlap."""
    parts, at = [], 0
    for start, end in sorted(spans):
        if end > at:
            parts += [data[at : max(start, at)], MASK.encode() if start >= at else b""]
            at = end
    return b"".join([*parts, data[at:]]).decode("utf-8", "surrogateescape")


def _found(text: str) -> Iterator[Span]:
    """Where (bytes of its UTF-8) each shape is in `text`."""
    if _RANDOM.search(text) is None:
        return
    data = text.encode("utf-8", "surrogateescape")
    yield from prefixed_runs(data, _prefixes())
    capitals = text.isupper()
    lower, known = data.lower(), _by_beginning()
    indexes = {
        index
        for at in range(len(lower))
        for literal, rules in known.get(lower[at : at + _DISTINCTIVE], ())
        if lower.startswith(literal, at)
        for index in rules
    }
    for pattern in (_pattern(index, capitals=capitals) for index in sorted(indexes)):
        if pattern is not None:
            yield from (Span(*match.span(match.lastindex or 0)) for match in pattern.finditer(data))


@cache
def _prefixes() -> dict[bytes, list[bytes]]:
    from unspill.engine.cache import shipped
    from unspill.engine.matchers import prefixes

    return prefixes(shipped().anchors)


@cache
def _by_beginning() -> dict[bytes, list[tuple[bytes, tuple[int, ...]]]]:
    """Literals (lower case) that secrets hold, with the rules (by index) about them, by what they begin with."""
    from unspill.engine.cache import shipped

    known: dict[bytes, list[tuple[bytes, tuple[int, ...]]]] = {}
    for anchor in shipped().anchors:
        if anchor.rules and not anchor.keyword and min(map(len, anchor.literals), default=0) >= _DISTINCTIVE:
            for literal in (literal.lower().encode() for literal in anchor.literals):
                known.setdefault(literal[:_DISTINCTIVE], []).append((literal, anchor.rules))
    return known


@cache
def _pattern(index: int, *, capitals: bool) -> re.Pattern[bytes] | None:
    """What the rule at `index` looks for, also in capitals if asked; None if its shape alone makes no secret."""
    from unspill.engine import bounded
    from unspill.engine.cache import shipped

    rule = shipped().rule(index)
    sure = not (rule.keywords or rule.public or rule.fallback or rule.confidence)
    return re.compile(bounded(rule), re.IGNORECASE if capitals else 0) if sure else None
