"""Shared by all fixers: build the fix that moves a secret, and check that the result still parses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill import syntax
from unspill.document import Document, apply_edits
from unspill.fixes import substitution
from unspill.model import Edit, Fix, Safety, Span, Stored

if TYPE_CHECKING:
    from collections.abc import Sequence

_SMALL = 1 << 14
"""Up to this size in bytes, a text is parsed from its start to check a fix, however many fixes it has."""
_LARGE = 1 << 17
"""From this size in bytes, a text with errors is not parsed again per fix: error recovery takes seconds."""
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
    """Whether `changes` add no syntax error; always false for a large text that has one.

    Python that the grammar cannot parse but the compiler can (as with old line endings) must compile afterwards, too.
    """
    try:
        before = document.memo(_errors, grammar)
        if not before and substitution.holds(document, changes, grammar):
            return True
        after = apply_edits(document.data, changes)
        if not before:
            # Incremental parsing from the old tree can miss an error that parsing from scratch finds.
            is_small = len(after) <= _SMALL
            root = syntax.parse(after, grammar) if is_small else syntax.tree_after(document, changes, grammar)
            return not root.has_error
        # Error recovery depends on where the parser started: error counts are comparable for whole texts only.
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
    """`span` with the line ending after it if its lines contain nothing else, else `span` itself."""
    start, _ = document.line_span(document.line_at(span.start))
    line = document.line_at(max(span.start, span.end - 1))
    _, end = document.line_span(line)
    if document.data[start : span.start].strip() or document.data[span.end : end].strip():
        return span
    starts = document.line_starts
    return Span(start, starts[line + 1] if line + 1 < len(starts) else end)
