"""Applies what a client sends about its documents: whole texts and partial changes, whatever was advertised.

Clients send notebook cells partial changes even when only whole texts were asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.document import Document, Position
from unspill.model import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsprotocol import types

    from unspill.document import Unit


def encode(text: str) -> bytes:
    """A client's text as UTF-8. Half of a surrogate pair, which JSON can carry, becomes a question mark."""
    return text.encode("utf-8", "replace")


def apply(
    document: Document, version: int, changes: Sequence[types.TextDocumentContentChangeEvent], unit: Unit
) -> Document:
    """`document` after `changes`, each of which counts on those before it; columns are in `unit`."""
    data = document.data
    for change in changes:
        text = encode(change.text)
        # Told apart by the field and not the class: a change without a range is a whole text.
        span_range = getattr(change, "range", None)
        if span_range is None:
            data = text
        else:
            span = span_of(Document(data), span_range, unit)
            data = b"".join([data[: span.start], text, data[span.end :]])
    return Document(data, document.path, document.language, version)


def span_of(document: Document, span_range: types.Range, unit: Unit) -> Span:
    """The bytes that a client's range covers. Its ends may be swapped, or beyond a line or the document."""
    start, end = offset_of(document, span_range.start, unit), offset_of(document, span_range.end, unit)
    return Span(min(start, end), max(start, end))


def offset_of(document: Document, position: types.Position, unit: Unit) -> int:
    """The byte offset of a client's position; one beyond a line or the document is its end."""
    return document.offset(Position(position.line, position.character), unit)
