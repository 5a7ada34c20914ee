"""Scopes of Python: the bindings of names, and their resolution at a place.

A scope is the node that opens it: a module, class, function, lambda or comprehension.
"""

from __future__ import annotations

from enum import Enum, auto
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from unspill.semantics.python.kinds import COLLECTIONS, COMPREHENSIONS, IMPORTS, TARGET_LISTS, Kind, is_a
from unspill.semantics.python.names import bound_by_import, imports, occurrences
from unspill.semantics.python.tree import ancestors, enclosing, same
from unspill.syntax import span_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.document import Document

_SCOPES = (Kind.MODULE, Kind.CLASS, Kind.FUNCTION, Kind.LAMBDA)
_NAMED = (Kind.CLASS, Kind.FUNCTION)
_INSIDE_TARGETS = (
    *TARGET_LISTS, *COLLECTIONS, Kind.LIST_SPLAT_PATTERN, Kind.DICT_SPLAT_PATTERN, Kind.EXPRESSION_LIST,
    Kind.PARENTHESES,
)  # fmt: skip
_ELSEWHERE = (Kind.GLOBAL, Kind.NONLOCAL)
"""Statements that declare a name of another scope."""
_BINDING = (
    *_ELSEWHERE, Kind.PARAMETERS, Kind.LAMBDA_PARAMETERS, Kind.TYPED_PARAMETER, Kind.AS_TARGET, Kind.SPLAT_PATTERN,
    Kind.DELETE,
)  # fmt: skip
"""Nodes that bind, or unbind, every name directly in them."""
_FIELDS: dict[str, str] = {
    Kind.NAMED_EXPRESSION: "name", Kind.FUNCTION: "name", Kind.CLASS: "name",
    Kind.DEFAULT_PARAMETER: "name", Kind.TYPED_DEFAULT_PARAMETER: "name",
    Kind.ASSIGNMENT: "left", Kind.AUGMENTED_ASSIGNMENT: "left", Kind.FOR: "left", Kind.FOR_IN: "left",
}  # fmt: skip
"""The field with the bound names."""


class Visibility(Enum):
    """The resolution of a name at a place."""

    BOUND = auto()
    UNBOUND = auto()
    """The name is not bound: an import at the top of the module would bind it."""
    SHADOWED = auto()
    """The name has, or may have, another meaning."""


class Binding(NamedTuple):
    """The binding of a name: an identifier, or a whole import."""

    node: Node
    meaning: str
    """The qualified name of an import; "" for anything else."""


def visibility(document: Document, at: Node, name: str, meaning: str) -> Visibility:
    """Whether `name` resolves to `meaning`, a qualified name, where `at` is evaluated."""
    scope = _scope_of(document, at, name)
    if scope is None:
        return Visibility.UNBOUND
    here = document.memo(_bindings, name)[scope.id]
    if any(binding.meaning != meaning for binding in here):
        return Visibility.SHADOWED
    if any(binding.node.start_byte < at.start_byte and _block_holds(binding.node, at) for binding in here):
        return Visibility.BOUND
    return Visibility.UNBOUND if scope.type == Kind.MODULE else Visibility.SHADOWED


def local_name(document: Document, at: Node, meaning: str) -> str | None:
    """A name that resolves to `meaning`, a qualified name, where `at` is evaluated; None if no import binds one."""
    return next(
        (
            local
            for local, what in imports(document).items()
            if what == meaning and visibility(document, at, local, meaning) is Visibility.BOUND
        ),
        None,
    )


def bindings(document: Document, at: Node, name: str) -> list[Binding]:
    """The bindings, in order of the text, of the scope that `name` belongs to where `at` is evaluated."""
    scope = _scope_of(document, at, name)
    return document.memo(_bindings, name)[scope.id] if scope is not None else []


def uses(document: Document, at: Node, name: str) -> list[Node]:
    """The uses of `name` that may have the value assigned at `at`, whatever the order of execution."""
    scope = _scope_of(document, at, name)
    by_scope = document.memo(_uses, name)
    return by_scope.get(scope.id, []) if scope is not None else []


def _uses(document: Document, name: str) -> dict[int, list[Node]]:
    """The occurrences of `name` that may belong to a scope, by the scope's id."""
    nodes = list(occurrences(document, name))
    if any(is_a(node.parent, *_ELSEWHERE) for node in nodes):
        return dict.fromkeys(document.memo(_bindings, name), nodes)
    found: dict[int, list[Node]] = {}
    for node in nodes:
        for scope in _scopes_with(document, node, name):
            found.setdefault(scope.id, []).append(node)
            if scope.type != Kind.CLASS:  # until its body binds a name, a class uses that of the next scope
                break
    return found


def _scope_of(document: Document, at: Node, name: str) -> Node | None:
    """The scope whose `name` is used where `at` is evaluated; None if no scope binds it."""
    return next(_scopes_with(document, at, name), None)


def _scopes_with(document: Document, at: Node, name: str) -> Iterator[Node]:
    """The scopes visible from `at` that bind `name`, innermost first."""
    bindings = document.memo(_bindings, name)
    return (scope for scope in _seen_from(document, at) if scope.id in bindings)


def _bindings(document: Document, name: str) -> dict[int, list[Binding]]:
    """The bindings of `name` in each scope, by the scope's id."""
    found: dict[int, list[Binding]] = {}
    for binding in _all_bindings(document, name):
        for scope in _scopes_of(document, binding.node):
            found.setdefault(scope.id, []).append(binding)
    return found


def _all_bindings(document: Document, name: str) -> Iterator[Binding]:
    for node in occurrences(document, name):
        statement = enclosing(document, node, *IMPORTS)
        if statement is not None:
            bound = bound_by_import(statement)
            if name in bound:
                yield Binding(statement, bound[name])
        elif _is_bound_here(node):
            yield Binding(node, "")


def _is_bound_here(node: Node) -> bool:
    above = node.parent
    while is_a(above, *_INSIDE_TARGETS):
        node, above = above, above.parent
    if above is None:
        return False
    if above.type in _BINDING or _is_captured(above):
        return True
    field = _FIELDS.get(above.type)
    return field is not None and same(above.child_by_field_name(field), node)


def _is_captured(above: Node) -> bool:
    """Whether a name directly in a node captures the match of a `case`."""
    if above.type == Kind.AS_PATTERN:
        return is_a(above.parent, Kind.CASE_PATTERN)
    is_name = above.type == Kind.DOTTED_NAME and above.named_child_count == 1
    return is_name and is_a(above.parent, Kind.CASE_PATTERN, Kind.KEYWORD_PATTERN)


def _seen_from(document: Document, at: Node) -> Iterator[Node]:
    """The scopes visible from `at`, innermost first. A class's names are visible in its own body only."""
    inner, child = True, at
    for node in ancestors(document, at):
        if node.type == Kind.MODULE:
            yield node
        elif node.type in COMPREHENSIONS and not _is_first_iterable(node, at):
            yield node
            inner = False
        elif node.type in _SCOPES and same(node.child_by_field_name("body"), child):
            if inner or node.type != Kind.CLASS:
                yield node
            inner = False
        child = node


def _scopes_of(document: Document, node: Node) -> Iterator[Node]:
    """The scopes that a binding applies to: one, or all candidates for a name of another scope."""
    if is_a(node.parent, *_ELSEWHERE):
        yield from _seen_from(document, node)
        return
    if is_a(node.parent, Kind.NAMED_EXPRESSION):
        yield from islice((scope for scope in _seen_from(document, node) if scope.type not in COMPREHENSIONS), 1)
        return
    child = node
    for above in ancestors(document, node):
        own_name = above.type in _NAMED and same(above.child_by_field_name("name"), child)
        if (above.type in _SCOPES or above.type in COMPREHENSIONS) and not own_name:
            yield above
            return
        child = above


def _is_first_iterable(comprehension: Node, at: Node) -> bool:
    """Whether `at` is in the first iterable of a comprehension, which is evaluated outside of it."""
    clause = next((child for child in comprehension.named_children if child.type == Kind.FOR_IN), None)
    iterable = clause.child_by_field_name("right") if clause is not None else None
    return iterable is not None and span_of(iterable).contains(span_of(at))


def _block_holds(statement: Node, at: Node) -> bool:
    """Whether `at` is in the block of an import, so that the import has run before."""
    return statement.parent is not None and span_of(statement.parent).contains(span_of(at))
