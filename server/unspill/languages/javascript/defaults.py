"""What JavaScript does without a name: what the code around a read falls back on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import budget
from unspill.languages import _environments
from unspill.languages._environments import Fallback
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
        if above.type == "unary_expression" and nodes.operator(above) == "!":
            is_negated = not is_negated
        elif (fallback := _fallback(document, above, inner, has_read, is_negated=is_negated)) is not None:
            return fallback.default
        inner, above = above, nodes.parent(document, above)
    return None


def _fallback(
    document: Document, above: Node, inner: Node, has_read: Callable[[Node], bool], *, is_negated: bool
) -> Fallback | None:
    """What `above`, the expression around `inner`, decides; None if the one around it does."""
    if above.type == "binary_expression":
        return _fallback_of_operator(document, above, inner, has_read, is_negated=is_negated)
    if above.type in _TESTS:
        is_end = is_negated and _ends(document, inner)
        is_condition = above.child_by_field_name("condition") == inner
        return Fallback((Default.NONE if is_end else Default.EMPTY) if is_condition else None)
    if above.type == "arguments":
        call = nodes.parent(document, above)
        called = text_of(call.child_by_field_name("function")) if call is not None else ""
        return Fallback(Default.EMPTY if called in _CASTS else None)
    return None if above.type in nodes.PASSING else Fallback(Default.EMPTY if is_negated else None)


def _fallback_of_operator(
    document: Document, above: Node, inner: Node, has_read: Callable[[Node], bool], *, is_negated: bool
) -> Fallback | None:
    """What `||`, `??`, `&&` or a comparison around `inner` decides."""
    operator = nodes.operator(above)
    left, right = above.child_by_field_name("left"), above.child_by_field_name("right")
    if operator == "&&":
        return Fallback(Default.EMPTY) if left == inner else None
    if operator not in OR:
        is_end = _NOTHING.search(text_of(above)) is not None and _ends(document, above)
        return Fallback(Default.NONE if is_end else Default.EMPTY)
    budget.spend(document, above.end_byte - above.start_byte)
    if right == inner:
        return Fallback(Default.EMPTY if left is not None and has_read(left) else None)
    return None if is_negated or right is None or has_read(right) else Fallback(of(right))


def _ends(document: Document, condition: Node) -> bool:
    """Whether the program ends where a condition holds."""
    statement = nodes.parent(document, condition)
    while statement is not None and statement.type != "arrow_function" and not statement.type.endswith("_statement"):
        statement = nodes.parent(document, statement)
    consequence = statement.child_by_field_name("consequence") if statement is not None else None
    return consequence is not None and _ENDS.search(text_of(consequence)) is not None
