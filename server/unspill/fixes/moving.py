"""What every fixer does: build the fix that moves a secret, and hold that the result still parses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill import syntax
from unspill.document import Document, apply_edits
from unspill.fixes import substitution
from unspill.model import Edit, Fix, Safety, Span, Stored

if TYPE_CHECKING:
    from collections.abc import Sequence

_SMALL = 1 << 14
"""Bytes up to which a text is parsed from its beginning to see what a fix leaves, however many fixes it has."""
_LARGE = 1 << 17
"""Bytes from which on a text with errors is not parsed again and again: finding out what it may mean takes seconds."""
Changes = list[tuple[Span, str]]
"""Replacements in one document: disjoint spans (bytes) and their new text."""


def move(
    document: Document,
    title: str,
    stored: Stored,
    changes: Sequence[tuple[Span, str]],
    *,
    declared: bool = True,
    safety: Safety = Safety.SAFE,
    reason: str = "",
) -> Fix:
    """The fix that stores a value and makes `changes`. It is preferred if it is safe."""
    return Fix(
        title=title,
        safety=safety,
        edits=tuple(Edit(document.path, span, text) for span, text in changes),
        stores=(stored,),
        declares=(stored.name,) if declared else (),
        preferred=safety is Safety.SAFE,
        reason=reason,
    )


def still_parses(document: Document, changes: Sequence[tuple[Span, str]], grammar: str) -> bool:
    """Whether `changes` leave no place more than before that the grammar cannot read; no for a large text with some.

    Python that the grammar cannot read though Python can (as with old line ends) is to stay Python as well.
    """
    try:
        before = document.memo(_errors, grammar)
        if not before and substitution.holds(document, changes, grammar):
            return True
        after = apply_edits(document.data, changes)
        if not before:
            # Read on from the old tree, a text can pass in which a parser that starts anew finds an error.
            is_small = len(after) <= _SMALL
            root = syntax.parse(after, grammar) if is_small else syntax.tree_after(document, changes, grammar)
            return not root.has_error
        # What the parser makes of errors depends on where it began: their numbers tell something for whole texts alone.
        if len(document.data) > _LARGE or syntax.errors(syntax.parse(after, grammar)) > before:
            return False
    except syntax.UnparsedError:
        return False
    return grammar != "python" or not document.memo(_is_python) or _is_python(Document(after))


def _is_python(document: Document) -> bool:
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(document.data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _errors(document: Document, grammar: str) -> int:
    return syntax.errors(syntax.tree(document, grammar))


def apply(text: str, changes: Sequence[tuple[Span, str]]) -> str:
    """`text` with `changes` made, whose spans count its UTF-8 bytes."""
    return apply_edits(text.encode(), changes).decode()


def whole_line(document: Document, span: Span) -> Span:
    """`span` with the line end behind it, if nothing else stands on its lines; else `span` itself."""
    start, _ = document.line_span(document.line_at(span.start))
    line = document.line_at(max(span.start, span.end - 1))
    _, end = document.line_span(line)
    if document.data[start : span.start].strip() or document.data[span.end : end].strip():
        return span
    starts = document.line_starts
    return Span(start, starts[line + 1] if line + 1 < len(starts) else end)
