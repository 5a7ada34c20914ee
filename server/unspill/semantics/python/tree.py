"""The tree of a Python document, parsed once, and walks through it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from unspill import syntax
from unspill.semantics.python.kinds import Kind, NodeType, is_a
from unspill.syntax import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node, Query

    from unspill.document import Document

_MANY = 100_000
"""A text with syntax errors and more nodes is not a program."""
_DEEPEST = 1 << 15
"""Maximum depth of queries: they count levels in 16 bits, and take forever if that overflows."""


def root(document: Document) -> Node:
    """The root of the document's tree, parsed once."""
    return syntax.tree(document, "python")


def find_all(document: Document, *kinds: NodeType) -> list[Node]:
    """The nodes of these kinds, in order, parents before children."""
    from tree_sitter import QueryCursor

    top = root(document)
    if top.has_error and top.descendant_count > _MANY:
        # In a text of symbols only, a query visits all following siblings for each of them.
        return [node for node in walk(top) if node.type in kinds]
    cursor = QueryCursor(_query(*kinds))
    cursor.set_max_start_depth(_DEEPEST)
    return sorted(cursor.captures(top).get("it", []), key=lambda node: node.start_byte)


@cache
def _query(*kinds: NodeType) -> Query:
    return syntax.query(" ".join(f"({kind}) @it" for kind in kinds), "python")


def parent(document: Document, node: Node) -> Node | None:
    """The parent of a node of the document's tree. Raises OverBudgetError."""
    return syntax.parent(document, node, "python")


def ancestors(document: Document, node: Node) -> Iterator[Node]:
    """The parents of a node of the document's tree, innermost first."""
    above = parent(document, node)
    while above is not None:
        yield above
        above = parent(document, above)


def enclosing(document: Document, node: Node, *kinds: NodeType) -> Node | None:
    """The nearest ancestor of one of these kinds."""
    return next((above for above in ancestors(document, node) if above.type in kinds), None)


def same(one: Node | None, other: Node | None) -> bool:
    """Whether both are the same node of the tree."""
    return one is not None and other is not None and one.id == other.id


def items(node: Node | None) -> list[Node]:
    """The named children of a node, without comments: its arguments, elements, pairs or statements."""
    return [child for child in node.named_children if child.type != Kind.COMMENT] if node is not None else []


def comma_after(node: Node) -> Node | None:
    """The comma after an item, if any."""
    following = node.next_sibling
    return following if is_a(following, Kind.COMMA) else None


def is_broken(document: Document, node: Node) -> bool:
    """Whether a node contains a syntax error, or is within one."""
    return node.has_error or any(above.is_error for above in ancestors(document, node))
