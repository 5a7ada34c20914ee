"""Statements of Python: their kinds, targets and places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.semantics.python.kinds import FUNCTIONS, TARGET_LISTS, Kind, is_a
from unspill.semantics.python.strings import is_interpolated
from unspill.semantics.python.tree import ancestors, items, root, same
from unspill.syntax import text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document

_ENDS = ("_statement", "_definition", "block", "module")
"""The suffixes of the types of statements and blocks."""


def is_statement(node: Node) -> bool:
    """Whether a node is a statement, or contains statements: no expression extends beyond it."""
    return node.type.endswith(_ENDS)


def expression(statement: Node) -> Node | None:
    """The expression of an expression statement: a call, an assignment; None for other statements."""
    is_expression = statement.type == Kind.EXPRESSION_STATEMENT and statement.named_children
    return statement.named_children[0] if is_expression else None


def is_docstring(statement: Node) -> bool:
    """Whether a statement is a string; one with expressions in it is code."""
    string = expression(statement) if statement.named_child_count == 1 else None
    return is_a(string, Kind.STRING) and not is_interpolated(string)


def assigned_name(assignment: Node | None) -> str | None:
    """The name that an assignment binds; None if it is not a plain name, or there is no assignment."""
    left = assignment.child_by_field_name("left") if is_a(assignment, Kind.ASSIGNMENT) else None
    return text_of(left) if is_a(left, Kind.IDENTIFIER) else None


def call_of(statement: Node) -> Node | None:
    """The call that is a statement, or whose result the statement binds."""
    done = expression(statement)
    if is_a(done, Kind.ASSIGNMENT):
        done = done.child_by_field_name("right")
    return done if is_a(done, Kind.CALL) else None


def chain(document: Document, assignment: Node) -> list[Node]:
    """An assignment and those whose value it is: `b = "…"` and `a = b = "…"`."""
    found = [assignment]
    for above in ancestors(document, assignment):
        if above.type != Kind.ASSIGNMENT:
            break
        found.append(above)
    return found


def of_module(document: Document, node: Node) -> Node | None:
    """The statement of the module that evaluates `node` when it runs; None inside a function's body."""
    child = node
    for above in ancestors(document, node):
        if above.type in FUNCTIONS and same(above.child_by_field_name("body"), child):
            return None
        if above.type == Kind.MODULE:
            return child
        child = above
    return None


def first(document: Document) -> tuple[Node | None, Node | None]:
    """The first statement of the module after its docstring and `from __future__`, and the one before it."""
    return document.memo(_first)


def _first(document: Document) -> tuple[Node | None, Node | None]:
    before = None
    for node in items(root(document)):
        if node.type != Kind.IMPORT_FUTURE and (before is not None or not is_docstring(node)):
            return before, node
        before = node
    return before, None


def is_target(document: Document, node: Node) -> bool:
    """Whether an expression is a target of an assignment, or one of several."""
    for above in ancestors(document, node):
        if above.type not in TARGET_LISTS:
            is_assigned = is_a(above, Kind.ASSIGNMENT, Kind.AUGMENTED_ASSIGNMENT)
            return is_assigned and same(above.child_by_field_name("left"), node)
        node = above
    return False


def assigned_value(document: Document, target: Node) -> Node | None:
    """The value of the assignment whose whole target is `target`; None where the target is one of several."""
    above = next(ancestors(document, target), None)
    return above.child_by_field_name("right") if is_a(above, Kind.ASSIGNMENT) else None
