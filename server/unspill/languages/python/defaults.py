"""What Python code does without a name: the default of a read, and what the code around it falls back on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import budget
from unspill.languages import _environments
from unspill.languages._environments import Fallback
from unspill.model import Default
from unspill.semantics.python import calls, conditions, folding, scopes, statements, tree
from unspill.semantics.python.kinds import COLLECTIONS, FUNCTIONS, Kind, is_a
from unspill.syntax import text_of, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Node

    from unspill.document import Document

_CONSTANTS = (Kind.INTEGER, Kind.FLOAT, Kind.TRUE, Kind.FALSE, *COLLECTIONS, Kind.DICTIONARY)
_PASSING = (Kind.PARENTHESES, Kind.AWAIT, Kind.NOT_OPERATOR, Kind.NAMED_EXPRESSION)
_ENDS = re.compile(r"\b(?:raise|sys\.exit|exit|quit|os\._exit|st\.stop|abort)\b")
"""Statements after which the code does not go on."""
_CAUGHT = re.compile(
    r"\b(?:KeyError|Exception|LookupError|BaseException|FileNotFoundError|StreamlitSecretNotFoundError)\b"
)
_NOTHING = re.compile(r"(?:\bis|==)\s*(?:None|\"\"|'')")
"""A comparison with nothing."""
_LEVELS = 24
"""How many nodes up a condition or a `try` may be."""


def of(node: Node) -> Default:
    """The default that an expression is."""
    if is_a(node, *_CONSTANTS):
        return Default.SETTING
    value = folding.string_value(node)
    return Default.EMPTY if value is None else _environments.default_of(value)


def around(document: Document, node: Node, name: str, is_read: Callable[[Node], bool]) -> Default:
    """What the code around a read of `name` falls back on; `is_read` tells other reads."""
    decided = _decided(document, node, is_read)
    if decided is None:
        assigned = tree.parent(document, node)
        variable = statements.assigned_name(assigned)
        uses = scopes.uses(document, node, variable) if variable is not None else []
        # What is done with the variable first: `key = os.getenv("A")`, and then `if not key: raise`.
        found = (_decided(document, use, is_read) for use in uses if use.start_byte > node.start_byte)
        decided = next((one for one in found if one is not None), None)
    return _guarded(document, node, name) if decided is None else decided


def _decided(document: Document, node: Node, is_read: Callable[[Node], bool]) -> Default | None:
    """What the expression around a read, or a variable, falls back on; None if it is not about that."""
    inner, above, is_negated = node, tree.parent(document, node), False
    while above is not None:
        if is_a(above, Kind.NOT_OPERATOR):
            is_negated = not is_negated
        elif (fallback := _fallback(document, above, inner, is_read, is_negated=is_negated)) is not None:
            return fallback.default
        inner, above = above, tree.parent(document, above)
    return None


def _fallback(
    document: Document, above: Node, inner: Node, is_read: Callable[[Node], bool], *, is_negated: bool
) -> Fallback | None:
    """What `above`, the expression around `inner`, decides; None if the one around it does."""
    if is_a(above, Kind.BOOLEAN_OPERATOR):
        return _fallback_of_choice(document, above, inner, is_read, is_negated=is_negated)
    if is_a(above, Kind.ARGUMENTS, Kind.KEYWORD_ARGUMENT):
        call = tree.enclosing(document, above, Kind.CALL)
        is_default = is_a(above, Kind.KEYWORD_ARGUMENT) and text_of(above.child_by_field_name("name")) == "default"
        is_handled = call is not None and (is_default or is_read(call) or conditions.is_test(document, inner))
        return Fallback(Default.EMPTY if is_handled else None)
    if is_a(above, Kind.ASSERT):
        return Fallback(Default.NONE)
    is_comparison = is_a(above, Kind.COMPARISON)
    if is_comparison or conditions.is_test(document, inner):
        is_absent = _NOTHING.search(text_of(above)) is not None if is_comparison else is_negated
        return Fallback(Default.NONE if is_absent and _ends(document, inner) else Default.EMPTY)
    return None if is_a(above, *_PASSING) else Fallback(None)


def _fallback_of_choice(
    document: Document, above: Node, inner: Node, is_read: Callable[[Node], bool], *, is_negated: bool
) -> Fallback | None:
    """What `and` or `or` around `inner` decides."""
    budget.spend(document, above.end_byte - above.start_byte)
    left, right = above.child_by_field_name("left"), above.child_by_field_name("right")
    if is_a(above.child_by_field_name("operator"), Kind.AND):
        return Fallback(Default.EMPTY)
    if right is None or left is None:
        return Fallback(None)
    if tree.same(right, inner):
        return Fallback(Default.EMPTY if _has_read(left, is_read) else None)
    return None if is_negated or _has_read(right, is_read) else Fallback(of(right))


def others(document: Document, node: Node, is_read: Callable[[Node], bool]) -> Iterator[Node]:
    """The other reads that would do instead of one: the rest of its `or`, or its default."""
    top = node
    for above in tree.ancestors(document, node):
        is_or = is_a(above, Kind.BOOLEAN_OPERATOR) and not is_a(above.child_by_field_name("operator"), Kind.AND)
        if not is_or and not is_a(above, *_PASSING):
            break
        top = above
    budget.spend(document, top.end_byte - top.start_byte)
    for child in walk(top) if is_a(top, Kind.BOOLEAN_OPERATOR, Kind.CALL) else ():
        if not tree.same(child, node) and is_read(child):
            yield child


def _has_read(node: Node, is_read: Callable[[Node], bool]) -> bool:
    return any(is_read(child) for child in walk(node))


def _ends(document: Document, node: Node) -> bool:
    """Whether the statement whose condition has a node ends the program: `if not …: raise`."""
    statement = tree.enclosing(document, node, Kind.IF, Kind.ELIF, Kind.EXPRESSION_STATEMENT)
    consequence = statement.child_by_field_name("consequence") if statement is not None else None
    return consequence is not None and _ENDS.search(text_of(consequence)) is not None


def _guarded(document: Document, node: Node, name: str) -> Default:
    """Whether a condition about the name, or a `try`, is around a read."""
    inner = node
    for level, above in enumerate(tree.ancestors(document, node)):
        if level > _LEVELS or is_a(above, *FUNCTIONS, Kind.CLASS):
            break
        if is_a(above, Kind.IF, Kind.ELIF) and tree.same(above.child_by_field_name("consequence"), inner):
            if name and name in text_of(above.child_by_field_name("condition")):
                return Default.EMPTY
        elif is_a(above, Kind.CONDITIONAL) and above.named_child_count == 3:
            condition = above.named_children[1]
            if tree.same(condition, inner) or (name and name in text_of(condition)):
                return Default.EMPTY
        elif is_a(above, Kind.TRY) and tree.same(above.child_by_field_name("body"), inner):
            clauses = [text_of(child) for child in above.named_children if is_a(child, Kind.EXCEPT)]
            if any(_catches(clause) and not _ENDS.search(clause) for clause in clauses):
                return Default.EMPTY
        inner = above
    return Default.NONE


def _catches(clause: str) -> bool:
    head = clause.partition(":")[0]
    return head.strip() == "except" or _CAUGHT.search(head) is not None


def given(call: Node, index: int | None) -> Node | None:
    """The default that a call gives: under its keyword, or at `index`."""
    value = calls.keyword(call, "default")
    return calls.argument(call, index) if value is None and index is not None else value
