"""Python and the environment: the expressions that read and write it, and their names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.model import EnvUse, EnvUses
from unspill.semantics.python import calls, classes, folding, statements, strings, tree
from unspill.semantics.python.kinds import Kind, is_a
from unspill.semantics.python.names import qualified
from unspill.syntax import span_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document

ENVIRON = "os.environ"
UPDATE = "os.environ.update"
GETTERS = frozenset(["os.getenv", "os.environ.get", "st.secrets.get", "streamlit.secrets.get"])
"""Calls that return the value of a name, or their second argument."""
MAPPINGS = frozenset([ENVIRON, "streamlit.secrets"])
"""Mappings that are subscripted with a name."""
SETTERS = frozenset(["os.environ.setdefault", "os.putenv", "os.environ.__setitem__"])
"""Calls that take a name and its new value."""
NAME_TAKERS = frozenset(["google.colab.userdata.get", "userdata.get"])
"""Calls that take the name of a secret that is stored elsewhere."""
OPTIONS = frozenset(["option", "argument", "Option", "Argument"])
"""Calls of click and typer that declare an option, which reads `envvar`."""
_STORES = re.compile(rb"environ|getenv|putenv|BaseSettings")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def env_uses(document: Document) -> EnvUses:
    """The environment variables that the document reads and writes; a use's span is the name inside its quotes."""
    if not _STORES.search(document.data) and b"envvar" not in document.data:
        return EnvUses()
    reads: list[EnvUse] = []
    writes: list[EnvUse] = []
    for node in tree.find_all(document, Kind.SUBSCRIPT, Kind.COMPARISON, Kind.AUGMENTED_ASSIGNMENT):
        if is_a(node, Kind.SUBSCRIPT):
            _subscript(document, node, reads, writes)
        elif is_a(node, Kind.COMPARISON):
            _membership(document, node, reads)
        elif qualified(document, node.child_by_field_name("left")) == ENVIRON:
            _dictionary(node.child_by_field_name("right"), writes)
    for name, found in calls.by_name(document).items():
        for call in found if name.startswith("os.") or calls.last_name(name) in OPTIONS else ():
            _call(name, call, reads, writes)
    reads += _settings_fields(document)
    return EnvUses(tuple(sorted(reads, key=_start)), tuple(sorted(writes, key=_start)))


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


def is_settings(document: Document, owner: Node) -> bool:
    """Whether a class is a pydantic settings class, whose fields read the environment."""
    return any(base.endswith("BaseSettings") for base in classes.bases(document, owner))


def is_write(document: Document, statement: Node) -> bool:
    """Whether a statement only writes to the environment."""
    done = statements.expression(statement)
    if is_a(done, Kind.ASSIGNMENT):
        return key_of(document, done.child_by_field_name("left")) is not None
    if is_a(done, Kind.CALL):
        return calls.callee(document, done) in SETTERS | {UPDATE}
    return is_a(done, Kind.AUGMENTED_ASSIGNMENT)


def _subscript(document: Document, node: Node, reads: list[EnvUse], writes: list[EnvUse]) -> None:
    key = key_of(document, node)
    if key is None:
        return
    if statements.is_target(document, node):
        _add(key, writes)
    elif not is_a(tree.parent(document, node), Kind.DELETE):
        _add(key, reads, required=True)


def _membership(document: Document, node: Node, reads: list[EnvUse]) -> None:
    children = node.children
    for name, operator, mapping in zip(children, children[1:], children[2:], strict=False):
        if is_a(operator, Kind.IN, Kind.NOT_IN) and qualified(document, mapping) == ENVIRON:
            _add(name, reads)


def _call(name: str, node: Node, reads: list[EnvUse], writes: list[EnvUse]) -> None:
    """Add the reads and writes of a call of `name`, a qualified name."""
    if name in ("os.getenv", "os.environ.get"):
        _add(calls.argument(node, 0, "key"), reads)
    elif name == "os.environ.pop":
        _add(calls.argument(node, 0), reads, required=len(calls.arguments(node)) == 1)
    elif name == "os.environ.setdefault":
        _add(calls.argument(node, 0), reads)
        _add(calls.argument(node, 0), writes)
    elif name in SETTERS:
        _add(calls.argument(node, 0), writes)
    elif name == UPDATE:
        for given in calls.arguments(node):
            if is_a(given, Kind.KEYWORD_ARGUMENT):
                _add(given.child_by_field_name("name"), writes)
            else:
                _dictionary(given, writes)
    elif calls.last_name(name) in OPTIONS:
        _add(calls.keyword(node, "envvar"), reads)


def _dictionary(node: Node | None, writes: list[EnvUse]) -> None:
    for pair in tree.items(node) if is_a(node, Kind.DICTIONARY) else []:
        if is_a(pair, Kind.PAIR):
            _add(pair.child_by_field_name("key"), writes)


def _add(node: Node | None, uses: list[EnvUse], *, required: bool = False) -> None:
    if node is None:
        return
    if is_a(node, Kind.IDENTIFIER) and is_a(node.parent, Kind.KEYWORD_ARGUMENT):
        uses.append(EnvUse(text_of(node), span_of(node), required))
        return
    string = strings.literal(node)
    name = folding.string_value(node)
    if string is not None and name is not None and _NAME.match(name):
        uses.append(EnvUse(name, string.body, required))


def _settings_fields(document: Document) -> list[EnvUse]:
    """The fields of pydantic settings classes without a prefix: each reads its name in upper case."""
    found = []
    for owner in tree.find_all(document, Kind.CLASS) if b"BaseSettings" in document.data else ():
        body = owner.child_by_field_name("body")
        if body is None or not is_settings(document, owner) or "env_prefix" in text_of(body):
            continue
        for field in map(statements.expression, tree.items(body)):
            name = statements.assigned_name(field)
            if field is None or name is None or field.child_by_field_name("type") is None:
                continue
            target = field.child_by_field_name("left") or field
            required = field.child_by_field_name("right") is None
            found.append(EnvUse(name.upper(), span_of(target), required))
    return found


def _start(use: EnvUse) -> int:
    return use.span.start
