"""Python and the environment: the expressions that read and write it, for sites and fixes; `uses` finds all names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.languages.python.readers import ENVIRON, SECRETS
from unspill.semantics.python import calls, folding, statements
from unspill.semantics.python.kinds import Kind, is_a
from unspill.semantics.python.names import qualified

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document

UPDATE = "os.environ.update"
GETTERS = frozenset(["os.getenv", "os.environ.get", "st.secrets.get", "streamlit.secrets.get"])
"""Calls that return the value of a name, or their second argument."""
MAPPINGS = frozenset([ENVIRON, SECRETS])
"""Mappings that are subscripted with a name."""
SETTERS = frozenset(["os.environ.setdefault", "os.putenv", "os.environ.__setitem__"])
"""Calls that take a name and its new value."""
NAME_TAKERS = frozenset(["google.colab.userdata.get", "userdata.get"])
"""Calls that take the name of a secret that is stored elsewhere."""


def key_of(document: Document, node: Node | None) -> Node | None:
    """The key of `os.environ[key]`, else None."""
    if not is_a(node, Kind.SUBSCRIPT) or qualified(document, node.child_by_field_name("value")) != ENVIRON:
        return None
    return node.child_by_field_name("subscript")


def read_name(document: Document, node: Node | None) -> str | None:
    """The name that an expression reads from the environment, if it is a read (`or` yields its first one)."""
    while is_a(node, Kind.PARENTHESES, Kind.BOOLEAN_OPERATOR, Kind.AWAIT):
        node = node.named_children[0] if node.named_children else None
    if is_a(node, Kind.SUBSCRIPT) and qualified(document, node.child_by_field_name("value")) in MAPPINGS:
        return folding.string_value(node.child_by_field_name("subscript"))
    if is_a(node, Kind.CALL) and calls.callee(document, node) in GETTERS:
        return folding.string_value(calls.argument(node, 0, "key"))
    return None


def is_write(document: Document, statement: Node) -> bool:
    """Whether a statement only writes to the environment."""
    done = statements.expression(statement)
    if is_a(done, Kind.ASSIGNMENT):
        return key_of(document, done.child_by_field_name("left")) is not None
    if is_a(done, Kind.CALL):
        return calls.callee(document, done) in SETTERS | {UPDATE}
    return is_a(done, Kind.AUGMENTED_ASSIGNMENT)
