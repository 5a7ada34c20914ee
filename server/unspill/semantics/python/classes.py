"""Classes of Python: their bases and decorators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.semantics.python.kinds import FUNCTIONS, Kind, is_a
from unspill.semantics.python.names import qualified
from unspill.semantics.python.tree import enclosing, items

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document


def superclasses(owner: Node) -> list[Node]:
    """The arguments in the parentheses of a class."""
    return items(owner.child_by_field_name("superclasses"))


def bases(document: Document, owner: Node) -> list[str]:
    """The qualified names of the arguments in the parentheses of a class; "" for those without one."""
    return [qualified(document, base) for base in superclasses(owner)]


def decorators(document: Document, owner: Node) -> list[str]:
    """The qualified names of the decorators of a class or function, called or not."""
    decorated = owner.parent
    if not is_a(decorated, Kind.DECORATED):
        return []
    found = [child for child in decorated.named_children if child.type == Kind.DECORATOR]
    return [qualified(document, decorator.named_children[0]) for decorator in found if decorator.named_children]


def owner(document: Document, node: Node) -> Node | None:
    """The class whose body directly contains a node."""
    scope = enclosing(document, node, Kind.MODULE, Kind.CLASS, *FUNCTIONS)
    return scope if is_a(scope, Kind.CLASS) else None
