"""Expressions that Python code evaluates for whether they have a value: `if not key`, `key is None`, `key or …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.semantics.python import calls, folding, tree
from unspill.semantics.python.kinds import COLLECTIONS, Kind, is_a

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from unspill.document import Document

_CONDITIONED: dict[str, Callable[[Node], Node | None]] = {
    Kind.IF: lambda node: node.child_by_field_name("condition"),
    Kind.ELIF: lambda node: node.child_by_field_name("condition"),
    Kind.WHILE: lambda node: node.child_by_field_name("condition"),
    Kind.CONDITIONAL: lambda node: node.named_children[1],
    Kind.ASSERT: lambda node: node.named_children[0],
    Kind.NOT_OPERATOR: lambda node: node.child_by_field_name("argument"),
}
"""The part of a node that is evaluated for its truth."""
_TESTS = ("bool", "all", "any")


def is_test(document: Document, node: Node) -> bool:
    """Whether an expression is evaluated for whether it has a value."""
    above = node.parent
    while is_a(above, Kind.PARENTHESES):
        node, above = above, above.parent
    if above is None:
        return False
    if is_a(above, Kind.BOOLEAN_OPERATOR):
        return tree.same(above.child_by_field_name("left"), node) or is_test(document, above)
    if is_a(above, Kind.COMPARISON):
        return any(is_a(one, Kind.NONE) or folding.string_value(one) == "" for one in above.named_children)
    if is_a(above, Kind.ARGUMENTS, *COLLECTIONS):
        call = tree.enclosing(document, node, Kind.CALL)
        return call is not None and calls.callee(document, call) in _TESTS
    condition = _CONDITIONED.get(above.type)
    return condition is not None and tree.same(condition(above), node)
