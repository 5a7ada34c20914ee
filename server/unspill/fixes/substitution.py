"""Whether changes leave a text that parses, told from the changed places alone: that spares parsing a file per finding.

The grammars are context-free but for indentation and strings: where a phrase gives way to one of the same kind, with
the same beginning of its line, all around it parses as before. "Yes" is sure; "no" means that all has to be parsed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from unspill import syntax
from unspill.document import apply_edits
from unspill.languages import yaml
from unspill.model import Span
from unspill.semantics.python import phrases
from unspill.syntax import span_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

    from unspill.document import Document

    Changes = Sequence[tuple[Span, str]]

_WORD_NEXT = re.compile(rb"[ \t\f]*(?:[\w\"'\x80-\xff]|\r(?!\n))")
"""Behind a string, and nothing else, the parser takes that for the next statement; a lone `\\r` ends no line for it."""
_LONE_RETURN = re.compile(rb"\r(?!\n)")
"""Between the strings of a phrase, what the parser makes of that depends on what is before it."""


def holds(document: Document, changes: Changes, grammar: str) -> bool:
    """Whether `changes` surely leave a text that parses, of a document that does. Raises UnparsedError."""
    if grammar == "python":
        return _holds_in_python(document, changes)
    return grammar == "yaml" and _holds_in_yaml(document, changes)


def _holds_in_python(document: Document, changes: Changes) -> bool:
    found: list[tuple[Node, list[tuple[Span, str]]]] = []
    for span, text in sorted(changes):
        if found and span_of(found[-1][0]).contains(span):
            found[-1][1].append((span, text))
        elif not _is_new_statement(document, span, text):
            phrase = _phrase(document, span)
            if phrase is None:
                return False
            found.append((phrase, [(span, text)]))
    return all(phrases.is_primary(_after(document, phrase, inside)) for phrase, inside in found)


def _phrase(document: Document, span: Span) -> Node | None:
    """The phrase that a change is within; None if there is none, or one that its neighbours may run into."""
    path = phrases.around(syntax.enclosing(syntax.tree(document, "python"), span))
    if not path or _is_glued(document.data, span_of(path[0])):
        return None
    # A string alone is read on the line after an operator, though outside of brackets that line is a new statement.
    begins, _ = document.line_span(document.line_at(path[0].start_byte))
    is_first = not document.data[begins : path[0].start_byte].strip()
    return None if is_first and not phrases.is_in_brackets(path) else path[0]


def _is_glued(data: bytes, phrase: Span) -> bool:
    """Whether a word before a phrase (`else"…"`), or what follows, may become part of what takes its place."""
    return (
        syntax.follows_word(data, phrase.start)
        or _WORD_NEXT.match(data, phrase.end) is not None
        or _LONE_RETURN.search(data, *phrase) is not None
    )


def _after(document: Document, phrase: Node, changes: Changes) -> bytes:
    start, end = span_of(phrase)
    return apply_edits(
        document.data[start:end], [(Span(span.start - start, span.end - start), text) for span, text in changes]
    )


class _Statements(NamedTuple):
    """Where the statements of a module, and its comments, start and end, in bytes."""

    starts: list[int]
    ends: list[int]


def _statements(document: Document) -> _Statements:
    nodes = syntax.tree(document, "python").children
    return _Statements([node.start_byte for node in nodes], [node.end_byte for node in nodes])


def _is_new_statement(document: Document, span: Span, text: str) -> bool:
    """Whether whole statements are put in between two of the module, each on a line of its own as the parser counts."""
    if span.start < span.end or not text.endswith("\n"):
        return False
    statements = document.memo(_statements)
    at = bisect_right(statements.starts, span.start) - 1
    if at < 0 or statements.starts[at] != span.start or (at and statements.ends[at - 1] > span.start):
        return False
    at_line = span.start == 0 or document.data[span.start - 1 : span.start] == b"\n"
    return at_line and not syntax.parse(text.encode(), "python").has_error


def _holds_in_yaml(document: Document, changes: Changes) -> bool:
    """Whether all changes are within one entry, on one line, that stays what it is in every part."""
    first, last = min(span.start for span, _ in changes), max(span.end for span, _ in changes)
    path = syntax.enclosing(syntax.tree(document, "yaml"), Span(first, last))
    entry = yaml.entry_at(path)
    if entry is None or entry.start_point.row != entry.end_point.row:
        return False
    before, after = document.data[slice(*span_of(entry))], _after(document, entry, changes)
    if b"\n" in after or b"\r" in after:
        return False
    old, new = syntax.parse(before, "yaml"), syntax.parse(after, "yaml")
    return not old.has_error and str(old) == str(new)
