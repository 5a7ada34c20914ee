"""What JavaScript does without a name: what the code around a read falls back on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import budget
from unspill.languages import _environments
from unspill.languages.javascript import nodes
from unspill.model import Default
from unspill.syntax import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from unspill.document import Document

OR = ("||", "??")
_ENDS = re.compile(r"\b(?:throw|exit|process\.exit|reject|return (?:NextResponse|Response|res|new Response)\b)")
_NOTHING = re.compile(r"===?\s*(?:undefined|null|\"\"|'')")
"""A comparison with nothing."""
_TESTS = ("ternary_expression", "if_statement", "while_statement")
_CASTS = ("Boolean", "String")
_CONSTANTS = ("number", "true", "false", "array", "object")


def of(node: Node) -> Default:
    """The default that an expression is."""
    value = nodes.inner(node) or node
    if value.type in _CONSTANTS:
        return Default.SETTING
    is_text = value.type == "string" or (value.type == "template_string" and "${" not in text_of(value))
    return _environments.default_of(text_of(value)[1:-1]) if is_text else Default.EMPTY


def around(document: Document, node: Node, has_read: Callable[[Node], bool]) -> Default | None:
    """What the expression around a read, or a variable, falls back on; None if it is not about that.

    `has_read` tells expressions that read other names.
    """
    inner, above, is_negated = node, nodes.parent(document, node), False
    while above is not None:
        operator = nodes.operator(above)
        left, right = above.child_by_field_name("left"), above.child_by_field_name("right")
        if above.type == "binary_expression" and operator in OR:
            budget.spend(document, above.end_byte - above.start_byte)
            if right == inner:
                return Default.EMPTY if left is not None and has_read(left) else None
            if not is_negated and right is not None and not has_read(right):
                return of(right)
        elif above.type == "binary_expression" and operator == "&&":
            if left == inner:
                return Default.EMPTY
        elif above.type == "binary_expression":
            is_negated = _NOTHING.search(text_of(above)) is not None
            return Default.NONE if is_negated and _ends(document, above) else Default.EMPTY
        elif above.type == "unary_expression" and operator == "!":
            is_negated = not is_negated
        elif above.type in _TESTS:
            if above.child_by_field_name("condition") != inner:
                return None
            return Default.NONE if is_negated and _ends(document, inner) else Default.EMPTY
        elif above.type == "arguments":
            call = nodes.parent(document, above)
            called = text_of(call.child_by_field_name("function")) if call is not None else ""
            return Default.EMPTY if called in _CASTS else None
        elif above.type not in nodes.PASSING:
            return Default.EMPTY if is_negated else None
        inner, above = above, nodes.parent(document, above)
    return None


def _ends(document: Document, condition: Node) -> bool:
    """Whether the program ends where a condition holds."""
    statement = nodes.parent(document, condition)
    while statement is not None and statement.type != "arrow_function" and not statement.type.endswith("_statement"):
        statement = nodes.parent(document, statement)
    consequence = statement.child_by_field_name("consequence") if statement is not None else None
    return consequence is not None and _ENDS.search(text_of(consequence)) is not None
