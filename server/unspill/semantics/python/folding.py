"""Constant expressions of a document around a place, and their values.

`constants` computes them, from the syntax tree alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill import budget
from unspill.semantics.python.constants import DEPTH, ITERATORS, called, is_sum, sum_with, trace
from unspill.semantics.python.kinds import Kind, NodeType, is_a
from unspill.semantics.python.statements import is_statement
from unspill.semantics.python.tree import ancestors, parent, root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.document import Document
    from unspill.model import Span
    from unspill.semantics.python.constants import Folded

_GLUE = (
    Kind.LIST, Kind.TUPLE, Kind.ARGUMENTS, Kind.ATTRIBUTE, Kind.GENERATOR, Kind.LIST_COMPREHENSION, Kind.FOR_IN,
    Kind.INTERPOLATION,
)  # fmt: skip
_MAY_BE_CONSTANT = (Kind.STRING, Kind.STRINGS, Kind.PARENTHESES, Kind.BINARY_OPERATOR, Kind.SUBSCRIPT, Kind.CALL)
_TEXT = (Kind.STRING_CONTENT, Kind.ESCAPE)
"""The constant parts of a string."""


def fold(node: Node) -> str | bytes | None:
    """The value of a constant expression, else None."""
    folded = trace(node)
    return folded.value if folded is not None else None


def is_constant(document: Document, node: Node) -> bool:
    """Whether an expression of a document is constant; computed once for each."""
    return document.memo(_is_constant, node)


def _is_constant(_document: Document, node: Node) -> bool:
    return fold(node) is not None


def string_value(node: Node | None) -> str | None:
    """The text of a constant string expression."""
    value = fold(node) if node is not None else None
    return value if isinstance(value, str) else None


def expression_at(document: Document, span: Span) -> Node | None:
    """The smallest expression with `span` in its constants: a string, adjacent ones, or an expression that joins them.

    None if the span is not in a constant: in a comment, a name, or a syntax error.
    """
    node = root(document).descendant_for_byte_range(span.start, span.end)
    while is_a(node, *_TEXT, Kind.ESCAPED_BRACE):
        node = parent(document, node)
    if node is None or node.is_error:
        return None
    if node.type in (Kind.STRING_START, Kind.STRING_END):
        return parent(document, node)
    if node.type == Kind.STRING:
        return node
    # Split over several constants: climb from the list or the arguments to the expression that joins them.
    ends = (_constant_at(document, span.start), _constant_at(document, span.end - 1))
    if None in ends:
        return None
    joined = node
    while is_glue(joined) and (above := parent(document, joined)) is not None:
        joined = above
    if trace(joined) is not None:
        return joined
    return None if Kind.INTEGER in ends else node


def is_glue(node: Node) -> bool:
    """Whether a node between constants and the expression that contains them has no value itself."""
    return node.type in _GLUE or called(node) in ITERATORS


def whole_at(document: Document, offset: int) -> Node | None:
    """The largest constant expression around the byte at `offset`."""
    node = root(document).descendant_for_byte_range(offset, offset + 1)
    found = None
    for one, folded in around(document, node) if node is not None else ():
        if one.is_error or is_statement(one):
            break
        if folded is not None:
            found = one
    return found


def around(document: Document, node: Node) -> Iterator[tuple[Node, Folded | None]]:
    """A node and its ancestors, innermost first, with the constant value of each, computed from the one within.

    Raises OverBudgetError.
    """
    folded = document.memo(_traced, node)  # a string may contain many secrets
    yield node, folded
    for level, above in enumerate(ancestors(document, node)):
        if above.type in _MAY_BE_CONSTANT:
            budget.spend(document, above.end_byte - above.start_byte)
        folded = sum_with(above, node, folded) if is_sum(above) and level < DEPTH else trace(above)
        yield above, folded
        node = above


def _traced(_document: Document, node: Node) -> Folded | None:
    return trace(node)


def _constant_at(document: Document, offset: int) -> NodeType | None:
    """The kind of constant that the byte at `offset` is in: a string or an integer."""
    node = root(document).descendant_for_byte_range(offset, offset + 1)
    if is_a(node, *_TEXT):
        return Kind.STRING
    return Kind.INTEGER if is_a(node, Kind.INTEGER) else None
