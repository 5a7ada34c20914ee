"""What JavaScript does without a name: what the code around a read falls back on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.languages import _environments
from unspill.languages.javascript import nodes
from unspill.model import Default
from unspill.syntax import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

OR = ("||", "??")
_ENDS = re.compile(r"\b(?:throw|exit|process\.exit|reject|return (?:NextResponse|Response|res|new Response)\b)")
_TESTS = ("Boolean", "String")
_CONSTANTS = ("number", "true", "false", "array", "object")


def of(node: Node) -> Default:
    """The default that an expression is."""
    value = nodes.inner(node) or node
    if value.type in _CONSTANTS:
        return Default.SETTING
    is_text = value.type == "string" or (value.type == "template_string" and "${" not in text_of(value))
    return _environments.default_of(text_of(value)[1:-1]) if is_text else Default.EMPTY


def around(node: Node, has_read: Callable[[Node], bool]) -> Default:
    """What the code around a read falls back on; `has_read` tells expressions that read other names."""
    inner, above = node, node.parent
    while above is not None:
        operator = nodes.operator(above)
        left, right = above.child_by_field_name("left"), above.child_by_field_name("right")
        if above.type == "binary_expression" and operator in OR:
            if right == inner:
                return Default.EMPTY if left is not None and has_read(left) else Default.NONE
            if right is not None and not has_read(right):
                return of(right)
        elif above.type == "binary_expression" and operator == "&&":
            if left == inner:
                return Default.EMPTY
        elif above.type == "binary_expression" or (above.type == "unary_expression" and operator == "!"):
            return _tested(above)
        elif above.type in ("ternary_expression", "if_statement", "while_statement"):
            return _tested(inner) if above.child_by_field_name("condition") == inner else Default.NONE
        elif above.type == "arguments":
            called = text_of(above.parent.child_by_field_name("function")) if above.parent is not None else ""
            return Default.EMPTY if called in _TESTS else Default.NONE
        elif above.type not in nodes.PASSING:
            return Default.NONE
        inner, above = above, above.parent
    return Default.NONE


def _tested(condition: Node) -> Default:
    """What a condition about a name does without it: nothing, if the program ends then."""
    statement = condition.parent
    while statement is not None and statement.type != "arrow_function" and not statement.type.endswith("_statement"):
        statement = statement.parent
    ends = statement is not None and _ENDS.search(text_of(statement.child_by_field_name("consequence")))
    return Default.NONE if ends else Default.EMPTY
