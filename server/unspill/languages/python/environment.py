"""Python and the environment: which expressions read and write it, and under which names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.languages.python import folding, syntax
from unspill.model import EnvUse, EnvUses
from unspill.syntax import span_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document

GETTERS = frozenset(["os.getenv", "os.environ.get", "st.secrets.get", "streamlit.secrets.get"])
"""Calls that give the value of a name, or their second argument."""
MAPPINGS = frozenset(["os.environ", "streamlit.secrets"])
"""What is subscripted with a name."""
SETTERS = frozenset(["os.environ.setdefault", "os.putenv", "os.environ.__setitem__"])
"""Calls that take a name and its new value."""
NAME_TAKERS = frozenset(["google.colab.userdata.get", "userdata.get"])
"""Calls that take the name of a secret that is kept elsewhere."""
_STORES = re.compile(rb"environ|getenv|putenv|BaseSettings")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def env_uses(document: Document) -> EnvUses:
    """What the document reads from and writes to the environment; a use's span is the name inside its quotes."""
    if not _STORES.search(document.data) and b"envvar" not in document.data:
        return EnvUses()
    reads: list[EnvUse] = []
    writes: list[EnvUse] = []
    for node in syntax.find_all(document, "call", "subscript", "comparison_operator", "augmented_assignment"):
        if node.type == "subscript":
            _subscript(document, node, reads, writes)
        elif node.type == "comparison_operator":
            _membership(document, node, reads)
        elif node.type == "augmented_assignment":
            if syntax.qualified(document, node.child_by_field_name("left")) == "os.environ":
                _dictionary(node.child_by_field_name("right"), writes)
        else:
            _call(document, node, reads, writes)
    reads += _settings_fields(document)
    return EnvUses(tuple(sorted(reads, key=_start)), tuple(sorted(writes, key=_start)))


def arguments(call: Node) -> list[Node]:
    """The arguments of a call, comments left out."""
    given = call.child_by_field_name("arguments")
    if given is None or given.type != "argument_list":
        return []
    return [node for node in given.named_children if node.type != "comment"]


def argument(call: Node, index: int, keyword: str = "") -> Node | None:
    """The value of the argument at `index` or under `keyword`."""
    given = arguments(call)
    if index < len(given) and not any(
        node.type in ("keyword_argument", "list_splat", "dictionary_splat") for node in given[: index + 1]
    ):
        return given[index]
    for node in given:
        name = node.child_by_field_name("name")
        if node.type == "keyword_argument" and name is not None and text_of(name) == keyword:
            return node.child_by_field_name("value")
    return None


def callee(document: Document, call: Node) -> str:
    """The qualified name of what is called."""
    return syntax.qualified(document, call.child_by_field_name("function"))


def read_name(document: Document, node: Node | None) -> str | None:
    """The name that an expression reads from the environment, if it is such a read (`or` gives its first one)."""
    while node is not None and node.type in ("parenthesized_expression", "boolean_operator", "await"):
        node = node.named_children[0] if node.named_children else None
    if node is None:
        return None
    if node.type == "subscript" and syntax.qualified(document, node.child_by_field_name("value")) in MAPPINGS:
        return folding.string_value(node.child_by_field_name("subscript"))
    if node.type == "call" and callee(document, node) in GETTERS:
        return folding.string_value(argument(node, 0, "key"))
    return None


def is_written(document: Document, node: Node) -> bool:
    """Whether a subscript is the target of an assignment."""
    for parent in syntax.ancestors(document, node):
        if parent.type not in ("pattern_list", "tuple_pattern", "list_pattern"):
            is_assigned = parent.type in ("assignment", "augmented_assignment")
            return is_assigned and syntax.same(parent.child_by_field_name("left"), node)
        node = parent
    return False


def _subscript(document: Document, node: Node, reads: list[EnvUse], writes: list[EnvUse]) -> None:
    if syntax.qualified(document, node.child_by_field_name("value")) != "os.environ":
        return
    key = node.child_by_field_name("subscript")
    above = syntax.parent(document, node)
    if is_written(document, node):
        _add(key, writes)
    elif above is None or above.type != "delete_statement":
        _add(key, reads, required=True)


def _membership(document: Document, node: Node, reads: list[EnvUse]) -> None:
    children = node.children
    for name, operator, mapping in zip(children, children[1:], children[2:], strict=False):
        # `not in` is one token of the grammar.
        if operator.type in ("in", "not in") and syntax.qualified(document, mapping) == "os.environ":
            _add(name, reads)


def _call(document: Document, node: Node, reads: list[EnvUse], writes: list[EnvUse]) -> None:
    name = callee(document, node)
    if name in ("os.getenv", "os.environ.get"):
        _add(argument(node, 0, "key"), reads)
    elif name == "os.environ.pop":
        _add(argument(node, 0), reads, required=len(arguments(node)) == 1)
    elif name == "os.environ.setdefault":
        _add(argument(node, 0), reads)
        _add(argument(node, 0), writes)
    elif name in SETTERS:
        _add(argument(node, 0), writes)
    elif name == "os.environ.update":
        for given in arguments(node):
            if given.type == "keyword_argument":
                _add(given.child_by_field_name("name"), writes)
            else:
                _dictionary(given, writes)
    elif name.rsplit(".", 1)[-1] in ("option", "argument", "Option", "Argument"):
        _add(argument(node, len(arguments(node)), "envvar"), reads)


def _dictionary(node: Node | None, writes: list[EnvUse]) -> None:
    for pair in node.named_children if node is not None and node.type == "dictionary" else []:
        if pair.type == "pair":
            _add(pair.child_by_field_name("key"), writes)


def _add(node: Node | None, uses: list[EnvUse], *, required: bool = False) -> None:
    if node is None:
        return
    if node.type == "identifier" and node.parent is not None and node.parent.type == "keyword_argument":
        uses.append(EnvUse(text_of(node), span_of(node), required))
        return
    string = syntax.literal(node)
    name = folding.string_value(node)
    if string is not None and name is not None and _NAME.match(name):
        uses.append(EnvUse(name, string.body, required))


def _settings_fields(document: Document) -> list[EnvUse]:
    """The fields of pydantic settings classes without a prefix: each reads its name in capitals."""
    found = []
    for node in syntax.find_all(document, "class_definition"):
        bases = node.child_by_field_name("superclasses")
        body = node.child_by_field_name("body")
        if body is None or bases is None or not _is_settings(document, bases) or "env_prefix" in text_of(body):
            continue
        for statement in body.named_children:
            field = statement.named_children[0] if statement.named_children else statement
            target = field.child_by_field_name("left") if field.type == "assignment" else None
            if target is not None and target.type == "identifier" and field.child_by_field_name("type") is not None:
                required = field.child_by_field_name("right") is None
                found.append(EnvUse(text_of(target).upper(), span_of(target), required))
    return found


def _is_settings(document: Document, bases: Node) -> bool:
    return any(syntax.qualified(document, base).endswith("BaseSettings") for base in bases.named_children)


def _start(use: EnvUse) -> int:
    return use.span.start
