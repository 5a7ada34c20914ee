"""The syntax tree of JavaScript and TypeScript, as far as reads of the environment need it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill import budget, syntax
from unspill.syntax import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.document import Document

PASSING = (
    "parenthesized_expression", "non_null_expression", "as_expression", "satisfies_expression", "await_expression",
)  # fmt: skip
"""Expressions with the value of the one in them."""
_BOUND = ("variable_declarator", "for_in_statement", "required_parameter", "optional_parameter", "arrow_function")
FUNCTIONS = ("function_declaration", "arrow_function", "function_expression", "method_definition")
PARAMETERS = ("required_parameter", "optional_parameter", "identifier")
"""What binds a parameter; an arrow function may have one without parentheses."""
_SCOPES = ("statement_block", "program", "class_body", "for_statement")
_COST = 20
"""What it costs to look at a binding, in steps of the budget."""
_LONGEST = 200
"""Maximum length of a dotted expression, in bytes."""


class Field(NamedTuple):
    """A field of a destructuring pattern: its key, the variable, and the default, if any."""

    key: Node
    variable: str
    default: Node | None


def find_all(document: Document, *types: str, below: Node | None = None) -> list[Node]:
    """The nodes of these types, in order, parents before children. Raises UnparsedError."""
    grammar = _grammar(document)
    return syntax.find_all(syntax.tree(document, grammar) if below is None else below, grammar, *types)


def parent(document: Document, node: Node) -> Node | None:
    """The parent of a node of the document's tree. Raises OverBudgetError."""
    return syntax.parent(document, node, _grammar(document))


def _grammar(document: Document) -> str:
    return "typescript" if document.path.lower().endswith((".ts", ".mts", ".cts")) else "tsx"


def calls(document: Document) -> dict[str, list[Node]]:
    """The calls of a document by the callee as `plain` has it, in order."""
    return document.memo(_calls)


def _calls(document: Document) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for call in find_all(document, "call_expression"):
        found.setdefault(plain(call.child_by_field_name("function")), []).append(call)
    return found


def bindings(document: Document, name: Node) -> list[Node]:
    """What binds a name in the innermost block or function around it that binds it: declarations, loops, parameters."""
    found: dict[int, list[Node]] = {}
    sizes: dict[int, int] = {}
    every = document.memo(_bindings).get(text_of(name), ())
    budget.spend(document, _COST * len(every))
    for binding in every:
        scope = _scope(document, binding)
        if scope.start_byte <= name.start_byte < scope.end_byte:
            found.setdefault(scope.id, []).append(binding)
            sizes[scope.id] = scope.end_byte - scope.start_byte
    return found[min(sizes, key=sizes.__getitem__)] if found else []


def _scope(document: Document, binding: Node) -> Node:
    """The node in which a binding holds."""
    if binding.type == "for_in_statement":
        return binding
    scope, above = binding, parent(document, binding)
    while above is not None:
        scope = above
        if above.type in _SCOPES or (above.type in FUNCTIONS and binding.type in PARAMETERS):
            break
        above = parent(document, above)
    return scope


def identifiers(document: Document) -> dict[str, list[Node]]:
    """The identifiers of a document by their text, in order."""
    return document.memo(_identifiers)


def _identifiers(document: Document) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for node in find_all(document, "identifier"):
        found.setdefault(text_of(node), []).append(node)
    return found


def _bindings(document: Document) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for node in find_all(document, *_BOUND):
        if node.type == "arrow_function":
            name = binding = node.child_by_field_name("parameter")
        else:
            field = {"variable_declarator": "name", "for_in_statement": "left"}.get(node.type, "pattern")
            name, binding = node.child_by_field_name(field), node
        if name is not None and binding is not None and name.type == "identifier":
            found.setdefault(text_of(name), []).append(binding)
    return found


def inner(node: Node | None) -> Node | None:
    """An expression without parentheses, `!`, `as …` and `await` around it."""
    while node is not None and node.type in PASSING and node.named_child_count:
        node = node.named_children[0]
    return node


def plain(node: Node | None) -> str:
    """A dotted expression as it is written, without `?`; "" if it is long."""
    return re.sub(r"[\s?]", "", text_of(node)) if node is not None and len(node.text or b"") < _LONGEST else ""


def unquoted(node: Node | None) -> str:
    """The text of a string; "" for any other expression."""
    return text_of(node)[1:-1] if node is not None and node.type == "string" else ""


def operator(node: Node) -> str:
    """The operator of an expression; "" if it has none."""
    return text_of(node.child_by_field_name("operator"))


def arguments(call: Node) -> list[Node]:
    """The arguments of a call or of `new`, without comments."""
    given = call.child_by_field_name("arguments")
    return [one for one in given.named_children if one.type != "comment"] if given is not None else []


def argument(call: Node, position: int) -> Node | None:
    """The argument at a position, if there is one."""
    given = arguments(call)
    return given[position] if position < len(given) else None


def fields(pattern: Node) -> Iterator[Field]:
    """The fields of an object pattern, without `...rest`."""
    for field in pattern.named_children if pattern.type == "object_pattern" else ():
        if field.type == "shorthand_property_identifier_pattern":
            yield Field(field, text_of(field), None)
        elif field.type == "object_assignment_pattern" and (left := field.child_by_field_name("left")) is not None:
            yield Field(left, text_of(left), field.child_by_field_name("right"))
        elif field.type == "pair_pattern" and (key := field.child_by_field_name("key")) is not None:
            value = field.child_by_field_name("value")
            has_default = value is not None and value.type == "assignment_pattern"
            default = value.child_by_field_name("right") if has_default and value is not None else None
            yield Field(key, text_of(value), default)


def specifiers(statement: Node) -> Iterator[tuple[str, str]]:
    """The local names that an import binds, and their names in the module; that of a default import is its own."""
    for node in syntax.walk(statement):
        if node.type == "import_specifier":
            name = text_of(node.child_by_field_name("name"))
            yield text_of(node.child_by_field_name("alias")) or name, name
        elif node.type == "import_clause":
            yield from ((text_of(child), text_of(child)) for child in node.named_children if child.type == "identifier")
