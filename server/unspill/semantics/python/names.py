"""Names in Python: the resolution of dotted names through imports, and the uses of a name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.semantics.python.kinds import IMPORTS, Kind, is_a
from unspill.semantics.python.tree import find_all, root
from unspill.syntax import text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.document import Document

_USUAL_NAMES = {"os": "os", "gr": "gradio", "gradio": "gradio", "st": "streamlit", "streamlit": "streamlit"}
"""The meaning of these names without an import: in a notebook's cell or half a file."""
_WORD = re.compile(rb"(?<![\w.\x80-\xff])[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_ENVIRON_ALIAS = re.compile(rb"=[\s\\]*\w+\s*\.\s*environ\b(?!\s*[.\[(])")
"""`name = os.environ`: a query for all assignments of a text takes as long as parsing a third of it."""
_PARTS = 64
"""Maximum number of parts of a dotted name."""


def dotted(node: Node | None) -> str:
    """`a.b.c` of a name or an attribute as written; `a.b` for `a().b`; "" for anything else, or longer."""
    parts: list[str] = []
    while node is not None:
        if len(parts) > _PARTS:
            return ""
        if node.type == Kind.ATTRIBUTE:
            parts.append(text_of(node.child_by_field_name("attribute") or node))
            node = node.child_by_field_name("object")
        elif node.type == Kind.CALL:
            node = node.child_by_field_name("function")
        else:
            if node.type == Kind.IDENTIFIER:
                parts.append(text_of(node))
            break
    return ".".join(reversed(parts))


def qualified(document: Document, node: Node | None) -> str:
    """`dotted`, with the first name resolved through imports: `environ` → `os.environ`."""
    first, dot, rest = dotted(node).partition(".")
    return imports(document).get(first, first) + dot + rest


def imports(document: Document) -> dict[str, str]:
    """The qualified names of imported names, for imports anywhere: `{"o": "os", "environ": "os.environ"}`."""
    return document.memo(_imports)


def _imports(document: Document) -> dict[str, str]:
    found = dict(_USUAL_NAMES)
    for node in find_all(document, *IMPORTS):
        found.update(bound_by_import(node))
    for node in find_all(document, Kind.ASSIGNMENT) if _ENVIRON_ALIAS.search(document.data) else ():
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if not is_a(left, Kind.IDENTIFIER) or not is_a(right, Kind.ATTRIBUTE):
            continue
        first, _, rest = dotted(right).partition(".")
        if rest == "environ" and found.get(first) == "os":
            found[text_of(left)] = "os.environ"
    return found


def bound_by_import(node: Node) -> dict[str, str]:
    """The names that an import statement binds, and their qualified names."""
    module = node.child_by_field_name("module_name")
    prefix = text_of(module) + "." if module is not None else ""
    found = {}
    for name in node.children_by_field_name("name"):
        if name.type == Kind.IMPORT_ALIAS:
            original, alias = name.child_by_field_name("name"), name.child_by_field_name("alias")
            if original is not None and alias is not None:
                found[text_of(alias)] = prefix + text_of(original)
        elif prefix:
            found[text_of(name)] = prefix + text_of(name)
        else:
            package = text_of(name).split(".")[0]
            found[package] = package
    return found


def occurrences(document: Document, name: str) -> Iterator[Node]:
    """The occurrences of an identifier, attributes excluded, in order."""
    word = name.encode()
    for start in document.memo(_words).get(word, ()):
        node = root(document).descendant_for_byte_range(start, start + len(word))
        if is_a(node, Kind.IDENTIFIER):
            yield node


def mentions(node: Node, name: str) -> bool:
    """Whether an identifier, attributes included, is `name` within a node."""
    return any(child.type == Kind.IDENTIFIER and text_of(child) == name for child in walk(node))


def _words(document: Document) -> dict[bytes, list[int]]:
    """The starts of each word of a text, in bytes; those after a dot excluded."""
    found: dict[bytes, list[int]] = {}
    for match in _WORD.finditer(document.data):
        found.setdefault(match[0], []).append(match.start())
    return found
