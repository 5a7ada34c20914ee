"""What Python code does without a name: the default of a read, and what the code around it falls back on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.languages import _environments
from unspill.model import Default
from unspill.semantics.python import calls, conditions, folding, tree
from unspill.semantics.python.kinds import COLLECTIONS, FUNCTIONS, Kind, is_a
from unspill.syntax import text_of, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Node

    from unspill.document import Document

_CONSTANTS = (Kind.INTEGER, Kind.FLOAT, Kind.TRUE, Kind.FALSE, *COLLECTIONS, Kind.DICTIONARY)
_PASSING = (Kind.PARENTHESES, Kind.AWAIT, Kind.NOT_OPERATOR)
_ENDS = re.compile(r"\b(?:raise|sys\.exit|exit|quit|os\._exit|st\.stop|abort)\b")
"""Statements after which the code does not go on."""
_CAUGHT = re.compile(
    r"\b(?:KeyError|Exception|LookupError|BaseException|FileNotFoundError|StreamlitSecretNotFoundError)\b"
)
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
    inner, above = node, tree.parent(document, node)
    while above is not None:
        if is_a(above, Kind.BOOLEAN_OPERATOR):
            left, right = above.child_by_field_name("left"), above.child_by_field_name("right")
            if is_a(above.child_by_field_name("operator"), Kind.AND):
                return Default.EMPTY
            if right is None or left is None:
                break
            if tree.same(right, inner):
                return Default.EMPTY if _has_read(left, is_read) else _guarded(document, node, name)
            if not _has_read(right, is_read):
                return of(right)
        elif is_a(above, Kind.ARGUMENTS, Kind.KEYWORD_ARGUMENT):
            call = above if is_a(above, Kind.CALL) else tree.enclosing(document, above, Kind.CALL)
            is_default = is_a(above, Kind.KEYWORD_ARGUMENT) and text_of(above.child_by_field_name("name")) == "default"
            if call is not None and (is_default or is_read(call) or conditions.is_test(document, inner)):
                return Default.EMPTY
            break
        elif is_a(above, Kind.COMPARISON) or conditions.is_test(document, inner):
            return Default.EMPTY if not _ends(document, inner) else Default.NONE
        elif not is_a(above, *_PASSING):
            break
        inner, above = above, tree.parent(document, above)
    return _guarded(document, node, name)


def others(document: Document, node: Node, is_read: Callable[[Node], bool]) -> Iterator[Node]:
    """The other reads that would do instead of one: the rest of its `or`, or its default."""
    top = node
    for above in tree.ancestors(document, node):
        is_or = is_a(above, Kind.BOOLEAN_OPERATOR) and not is_a(above.child_by_field_name("operator"), Kind.AND)
        if not is_or and not is_a(above, *_PASSING):
            break
        top = above
    for child in walk(top) if is_a(top, Kind.BOOLEAN_OPERATOR, Kind.CALL) else ():
        if not tree.same(child, node) and is_read(child):
            yield child


def _has_read(node: Node, is_read: Callable[[Node], bool]) -> bool:
    return any(is_read(child) for child in walk(node))


def _ends(document: Document, node: Node) -> bool:
    """Whether the statement whose condition has a node ends the program: `if not …: raise`."""
    statement = tree.enclosing(document, node, Kind.IF, Kind.ELIF, Kind.ASSERT, Kind.EXPRESSION_STATEMENT)
    if is_a(statement, Kind.IF, Kind.ELIF):
        return _ENDS.search(text_of(statement.child_by_field_name("consequence"))) is not None
    return is_a(statement, Kind.ASSERT)


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
