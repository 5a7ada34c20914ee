"""Replacing part of a Python string by an expression: f-strings where possible, else concatenation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import budget
from unspill.model import Span
from unspill.semantics.python import strings, tree
from unspill.semantics.python.kinds import COLLECTIONS, DEFAULT_PARAMETERS, Kind, is_a

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes.moving import Changes
    from unspill.semantics.python.strings import Literal

    Expression = Callable[[str], str]
    """Return the expression; takes the quote that it must use inside, "" for any."""

_BRACE = re.compile(rb"\\N\{[^}]*\}|[{}]")
_LONGEST = 1 << 14
"""Size in bytes up to which a string becomes an f-string: all of its braces have to be doubled."""
_LOOSE = (
    *COLLECTIONS, *DEFAULT_PARAMETERS, Kind.ASSIGNMENT, Kind.AUGMENTED_ASSIGNMENT, Kind.NAMED_EXPRESSION,
    Kind.ARGUMENTS, Kind.KEYWORD_ARGUMENT, Kind.PAIR, Kind.RETURN, Kind.PARENTHESES, Kind.EXPRESSION_LIST,
    Kind.EXPRESSION_STATEMENT, Kind.INTERPOLATION,
)  # fmt: skip
"""The parents in which an expression needs no parentheses, whatever its operators."""


def replace(document: Document, string: Literal, span: Span, expression: Expression) -> Changes | None:
    """The changes that replace `span` within a string by an expression; None if there are none.

    Raises OverBudgetError.
    """
    size = string.body.end - string.body.start
    if size > _LONGEST:
        return None
    budget.spend(document, size)
    if any(is_a(child, Kind.INTERPOLATION) and _overlaps(child, span) for child in string.node.children):
        return None
    if string.is_bytes or strings.is_nested(document, string.node):
        return None if string.is_format else _concatenated(document, string, span, expression)
    format_call = strings.format_call(string.node)
    if format_call is not None and not string.is_format:
        return _format_argument(format_call, span, expression)
    # Before Python 3.12, the expressions of an f-string cannot contain its quote.
    other = "'" if '"' in string.quote else '"'
    changes = [(span, "{" + expression(other) + "}")]
    if not string.is_format:
        changes += _as_format(document, string, span)
    return sorted(changes)


def _overlaps(node: Node, span: Span) -> bool:
    return node.start_byte < span.end and span.start < node.end_byte


def _as_format(document: Document, string: Literal, span: Span) -> Changes:
    """The changes that convert a string to an f-string: its prefix, and braces doubled outside `span`."""
    start = string.node.start_byte
    changes: Changes = []
    if "u" in string.prefix:
        changes.append((Span(start, start + 1), "f"))
    else:
        changes.append((Span(start, start), "f"))
    for match in _BRACE.finditer(document.data, string.body.start, string.body.end):
        inside = span.start <= match.start() < span.end
        named_character = len(match[0]) > 1 and "r" not in string.prefix
        if inside or named_character:
            continue
        for at in range(match.start(), match.end()):
            if document.data[at : at + 1] in (b"{", b"}"):
                changes.append((Span(at, at + 1), document.data[at : at + 1].decode() * 2))
    return changes


def _concatenated(document: Document, string: Literal, span: Span, expression: Expression) -> Changes:
    """`b"a" + expression + b"b"`; an empty side is omitted."""
    node, group = string.node, strings.group(string.node)
    opening = document.data[node.start_byte : string.body.start].decode()
    text, start, end = expression(string.quote[0]), span.start, span.end
    if start > string.body.start:
        text = f"{string.quote} + {text}"
    else:
        start = node.start_byte
        text = text if node.start_byte == group.start_byte else f"+ {text}"
    if end < string.body.end:
        text = f"{text} + {opening}"
    else:
        end = node.end_byte
        text = text if node.end_byte == group.end_byte else f"{text} +"
    changes: Changes = [(Span(start, end), text)]
    if not is_a(group.parent, *_LOOSE):
        if start == group.start_byte:
            changes = [(Span(start, end), "(" + text)]
        else:
            changes.insert(0, (Span(group.start_byte, group.start_byte), "("))
        if end == group.end_byte:
            changes[-1] = (changes[-1][0], changes[-1][1] + ")")
        else:
            changes.append((Span(group.end_byte, group.end_byte), ")"))
    return changes


def _format_argument(call: Node, span: Span, expression: Expression) -> Changes | None:
    """The part becomes a named field of the template, so that braces in the value are not taken for fields."""
    arguments = call.child_by_field_name("arguments")
    if not is_a(arguments, Kind.ARGUMENTS):
        return None
    value = expression("")
    keys = re.findall(r"""\[["']([A-Za-z_]\w*)["']\]""", value)
    if not keys:
        return None
    given = tree.items(arguments)
    end = given[-1].end_byte if given else arguments.end_byte - 1
    return [(span, "{" + keys[0] + "}"), (Span(end, end), f"{', ' if given else ''}{keys[0]}={value}")]


def composed(before: str, after: str, quote: str, expression: Expression) -> str:
    """An f-string of constant text around an expression, on one line."""
    other = "'" if quote == '"' else '"'
    return f"f{quote}{_escaped(before, quote)}{{{expression(other)}}}{_escaped(after, quote)}{quote}"


def _escaped(text: str, quote: str) -> str:
    special = {"\\": "\\\\", quote: "\\" + quote, "{": "{{", "}": "}}"}
    return "".join(special.get(char) or (char if char.isprintable() else repr(char)[1:-1]) for char in text)
