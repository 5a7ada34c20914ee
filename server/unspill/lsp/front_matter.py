"""The front matter of a Space's README: its keys and values are completed, and a hover says what a key is for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill.languages import readme
from unspill.lsp.convert import Offer
from unspill.model import Span
from unspill.space import frontmatter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.document import Document
    from unspill.space.frontmatter import FrontMatterKey

_KEY = re.compile(rb"([A-Za-z_]*)\Z")
_VALUE = re.compile(rb"([A-Za-z_]+):[ \t]*[\"']?([\w-]*)\Z")
_ITEM = re.compile(rb"[ \t]*-[ \t]+([\w-]*)\Z")
_SET = re.compile(rb"^([A-Za-z_]+)[ \t]*:", re.MULTILINE)
_REST = re.compile(rb"[\w-]*")


class FieldOffers(NamedTuple):
    """The keys, or values, that may replace a word."""

    word: Span
    offers: tuple[Offer, ...]


class FieldNote(NamedTuple):
    """What the key at a place is for."""

    word: Span
    about: str


def complete(document: Document, at: int) -> FieldOffers | None:
    """The keys or values for the cursor at a byte offset; None outside of the front matter of a README."""
    front = _front_matter(document)
    if front is None or not front.start <= at <= front.end:
        return None
    start, end = document.line_span(document.line_at(at))
    line, rest = document.data[start:at], _REST.match(document.data, at, end)
    last = rest.end() if rest is not None else at
    names = [match[1].decode() for match in _SET.finditer(document.data, front.start, start)]
    if (typed := _KEY.match(line)) is not None:
        others = {match[1].decode() for match in _SET.finditer(document.data, last, front.end)}
        offers = tuple(_keys({*names, *others}))
    elif (typed := _VALUE.match(line)) is not None:
        offers = tuple(_values(frontmatter.keys().get(typed[1].decode())))
    elif (typed := _ITEM.match(line)) is not None and names:
        offers = tuple(_values(frontmatter.keys().get(names[-1])))
    else:
        return None
    return FieldOffers(Span(at - len(typed[typed.lastindex or 0]), last), offers)


def about(document: Document, at: int) -> FieldNote | None:
    """What the key at a byte offset of a front matter is for; None if there is none."""
    front = _front_matter(document)
    if front is None or not front.start <= at < front.end:
        return None
    start, end = document.line_span(document.line_at(at))
    match = _SET.match(document.data, start, end)
    key = frontmatter.keys().get(match[1].decode()) if match is not None else None
    if match is None or key is None or at > match.end(1):
        return None
    return FieldNote(Span(*match.span(1)), "\n\n".join(_facts(key)))


def _front_matter(document: Document) -> Span | None:
    """Where the front matter of a README is; None for any other document."""
    if document.language != "readme" or not frontmatter.is_readme(document.path):
        return None
    front = readme.parts(document).front_matter
    return front if front.start else None


def _facts(key: FrontMatterKey) -> Iterator[str]:
    yield key.says
    if key.values or key.known:
        yield f"Values: {', '.join(key.values or key.known)}"
    if key.default:
        yield f"Default: {key.default}"
    if key.sdks:
        yield f"Only with sdk: {' or '.join(key.sdks)}"


def _keys(there: set[str]) -> Iterator[Offer]:
    for key in frontmatter.keys().values():
        if key.name not in there:
            yield Offer(key.name, " or ".join(key.types), key.says, 0)


def _values(key: FrontMatterKey | None) -> Iterator[Offer]:
    if key is not None:
        choices = key.values or key.known or (("true", "false") if "boolean" in key.types else ())
        for value in choices:
            yield Offer(value, "the default" if value == key.default else "", "", 0)
