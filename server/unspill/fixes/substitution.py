"""Whether a text still parses after changes, decided locally: avoids parsing the file per finding.

The grammars are context-free but for indentation and strings: where a phrase is replaced by one of the same kind, with
the same start of its line, all around it parses as before. True is certain; false means that all has to be parsed.
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
"""After a lone string, the parser takes these as the next statement; a lone `\\r` does not end a line for it."""
_LONE_RETURN = re.compile(rb"\r(?!\n)")
"""Between the strings of a phrase, how the parser reads this depends on what precedes it."""


def holds(document: Document, changes: Changes, grammar: str) -> bool:
    """Whether a document that parses certainly still does after `changes`. Raises UnparsedError."""
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
    """The phrase around a change; None if there is none, or if it may merge with its neighbours."""
    path = phrases.around(syntax.enclosing(syntax.tree(document, "python"), span))
    if not path or _is_glued(document.data, span_of(path[0])):
        return None
    # The parser continues an operator with a lone string on the next line, even outside of brackets.
    begins, _ = document.line_span(document.line_at(path[0].start_byte))
    is_first = not document.data[begins : path[0].start_byte].strip()
    return None if is_first and not phrases.is_in_brackets(path) else path[0]


def _is_glued(data: bytes, phrase: Span) -> bool:
    """Whether a word before a phrase (`else"…"`), or what follows, may merge with its replacement."""
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
    """The starts and ends, in bytes, of the statements and comments of a module."""

    starts: list[int]
    ends: list[int]


def _statements(document: Document) -> _Statements:
    nodes = syntax.tree(document, "python").children
    return _Statements([node.start_byte for node in nodes], [node.end_byte for node in nodes])


def _is_new_statement(document: Document, span: Span, text: str) -> bool:
    """Whether whole statements are inserted between two of the module, on lines of their own for the parser."""
    if span.start < span.end or not text.endswith("\n"):
        return False
    statements = document.memo(_statements)
    at = bisect_right(statements.starts, span.start) - 1
    if at < 0 or statements.starts[at] != span.start or (at and statements.ends[at - 1] > span.start):
        return False
    at_line = span.start == 0 or document.data[span.start - 1 : span.start] == b"\n"
    return at_line and not syntax.parse(text.encode(), "python").has_error


def _holds_in_yaml(document: Document, changes: Changes) -> bool:
    """Whether all changes are within one entry, on one line, and change the kind of none of its parts."""
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
