"""Calls in Python: the qualified name of the callee, and the arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.semantics.python.kinds import Kind, is_a
from unspill.semantics.python.names import qualified
from unspill.semantics.python.tree import find_all, items
from unspill.syntax import text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document


def callee(document: Document, call: Node) -> str:
    """The qualified name of the callee."""
    return qualified(document, call.child_by_field_name("function"))


def last_name(qualified_name: str) -> str:
    """The last part of a qualified name: of `dotenv.load_dotenv` the function, without its module."""
    return qualified_name.rsplit(".", 1)[-1]


def by_name(document: Document) -> dict[str, list[Node]]:
    """The calls of a document, in order, by the qualified name of the callee; "" if it has none."""
    return document.memo(_by_name)


def _by_name(document: Document) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for call in find_all(document, Kind.CALL):
        found.setdefault(callee(document, call), []).append(call)
    return found


def arguments(call: Node) -> list[Node]:
    """The arguments of a call, without comments."""
    given = call.child_by_field_name("arguments")
    return items(given) if is_a(given, Kind.ARGUMENTS) else []


def argument(call: Node, index: int, name: str = "") -> Node | None:
    """The value of the argument at `index` or under a name."""
    given = arguments(call)
    before = given[: index + 1]
    if index < len(given) and not any(
        is_a(node, Kind.KEYWORD_ARGUMENT, Kind.LIST_SPLAT, Kind.DICT_SPLAT) for node in before
    ):
        return given[index]
    return keyword(call, name)


def keyword(call: Node, name: str) -> Node | None:
    """The value of the argument under a name."""
    return next((node.child_by_field_name("value") for node in arguments(call) if keyword_of(node) == name), None)


def keyword_of(argument: Node | None) -> str | None:
    """The name of a keyword argument, else None."""
    return text_of(argument.child_by_field_name("name")) if is_a(argument, Kind.KEYWORD_ARGUMENT) else None
