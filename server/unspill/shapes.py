"""The masks over what is shown: spans of a text, and the shape of a provider's secret in a name, a path or an error.

A shape is told by the shipped rules alone that need no context: those with a distinctive prefix, and no keyword. No
engine runs here, and nothing is learned from what was scanned: the same name is always masked alike. Text in capitals
may have been made of a secret, as the names of environment variables are of other names.

What is masked is for people. It names nothing: files are opened, compared and annotated by their real paths.
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
_YEAR = 4
"""So many digits stand behind words."""
_HUMP = 5
"""So many letters of one case are in a row in words, on average."""
_CHANGES = 8
"""So often no name changes within `_LONG` characters between capitals, small letters and digits."""
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_RANDOM = re.compile(r"[A-Za-z0-9]{16}|(?=[A-Za-z0-9-]{8})[A-Za-z-]*(?:[0-9]|[a-z][A-Z][A-Za-z-]*[a-z][A-Z])")
"""What no secret is without: a long run, a digit in a run, or two humps. No rule is loaded for words (`HF_TOKEN`)."""


def looks_like_secret(text: str, values: Values | None = None) -> bool:
    """Whether a secret's shape, or one of `values`, is in `text`."""
    return next(_secrets(text, values), None) is not None


def mask_shapes(text: str, values: Values | None = None) -> str:
    """`text` with what has a secret's shape masked, and those of `values` that it quotes."""
    spans = list(_secrets(text, values))
    return mask(_encoded(text), spans) if spans else text


def _secrets(text: str, values: Values | None) -> Iterator[Span]:
    yield from _found(text)
    if values is not None:
        yield from values.spans(_encoded(text))


def _encoded(text: str) -> bytes:
    """UTF-8, with the bytes of a path that are none as they are; half a pair of JSON's becomes a question mark."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def is_readable(name: str) -> bool:
    """Whether a name or key is made of words, and no part of a value."""
    return not looks_like_secret(name) and all(map(_is_word, _ANY_RUN.findall(name)))


def may_be_secret(name: str, values: Values | None = None) -> bool:
    """Whether the name of a variable may be a secret, or hold one: by its shape, one of `values`, or what is no words.

    Glued to other letters, or encoded, a secret has no shape left.
    """
    return looks_like_secret(name, values) or any(map(_holds_random, _ANY_RUN.findall(name)))


def _holds_random(run: str) -> bool:
    """Whether a part of a run of letters and digits changes its kind of characters so often that it is no words."""
    sizes = list(map(len, _PIECE.findall(run)))
    return any(sum(sizes[at : at + _CHANGES]) < _LONG for at in range(len(sizes) - _CHANGES + 1))


def _is_word(run: str) -> bool:
    """Whether letters and digits are words, no part of a value: base 64 changes its kind of letters all the time."""
    return len(run) < _SHORT or (len(run) <= _LONG and 3 * len(_PIECE.findall(run)) <= len(run))


def is_unmistakable(value: bytes) -> bool:
    """Whether a secret is no word, nor words, so that nothing but itself is hidden where it is masked everywhere."""
    letters = value.translate(None, b"-_. ")
    if len(value) < _SHORT or len(letters) > _LONG or not letters.isalnum():
        return len(value) >= _SHORT
    # Digits within, or a change of case every few letters, make a password of letters.
    *words, last = _PIECE.findall(letters.decode())
    behind = len(last) if last.isdigit() else 0
    humps = len(words) + (not behind)
    return not all(map(str.isalpha, words)) or behind > _YEAR or _HUMP * humps > len(letters) - behind


class Values:
    """Secrets that were found, told again in other text: random ones anywhere, words and short ones by themselves."""

    def __init__(self, values: Iterable[bytes] = ()) -> None:
        self._random = {value: is_unmistakable(value) for value in values if value}
        # By what they begin with, their lengths: a text is gone through once, however many there are.
        self._lengths: dict[bytes, set[int]] = {}
        for value in self._random:
            self._lengths.setdefault(value[:_SHORT], set()).add(len(value))
        self._beginnings = {len(beginning) for beginning in self._lengths}

    def spans(self, data: bytes) -> Iterator[Span]:
        """Where (bytes) the values stand in `data` (UTF-8); the spans may overlap."""
        for at in range(len(data)) if self._random else ():
            for size in self._beginnings:
                for length in self._lengths.get(data[at : at + size], ()):
                    if at + length > len(data):
                        continue
                    span = Span(at, at + length)
                    random = self._random.get(data[at : span.end])
                    if random or (random is not None and _stands_alone(data, span)):
                        yield span


def _stands_alone(data: bytes, span: Span) -> bool:
    """Whether neither end of a span is within a longer word or number."""
    pairs = (data[max(span.start - 1, 0) : span.start + 1], data[span.end - 1 : span.end + 1])
    return not any(len(pair) == 2 and pair.isalnum() for pair in pairs)


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
    data = _encoded(text)
    yield from (span for span in prefixed_runs(data, _prefixes()) if not _is_of_words(data, span))
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


def _is_of_words(data: bytes, span: Span) -> bool:
    """Whether a run begins within a word, as at the `sk-` of `task-`, and no long part of it changes case all the time.

    What is numbered, or called by a hash, has such names.
    """
    pieces = _LETTERS.findall(data[span.start : span.end]) if data[span.start - 1 : span.start].isalnum() else None
    return pieces is not None and not any(
        len(piece) >= _TELLING and not piece.islower() and _HUMP * len(_PIECE.findall(piece.decode())) > len(piece)
        for piece in pieces
    )


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
    from unspill.engine.cache import shipped
    from unspill.engine.compiled import bounded

    rule = shipped().rule(index)
    sure = not (rule.keywords or rule.public or rule.fallback or rule.confidence)
    return re.compile(bounded(rule), re.IGNORECASE if capitals else 0) if sure else None
