"""Python's syntax tree, and what sites and fixes both ask of it.

The parser is tree-sitter-python: it gives a tree for any bytes, with ERROR nodes where it had to guess.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from unspill import budget
from unspill.model import Span
from unspill.syntax import text_of, tree, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Language, Node, Query

    from unspill.document import Document

_USUAL_NAMES = {"os": "os", "gr": "gradio", "gradio": "gradio", "st": "streamlit", "streamlit": "streamlit"}
"""What these names mean where no import says so: in a notebook's cell or half a file."""


_WORD = re.compile(rb"(?<![\w.\x80-\xff])[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_MANY = 100_000
"""With more nodes, a text that does not parse is no program of anyone's."""
_DEEPEST = 1 << 15
"""How deep queries look: they count levels in 16 bits, and take forever where that overflows."""
_PARTS = 64
"""How many names a dotted name has at most."""


class Literal(NamedTuple):
    """One string token: `prefix` in lower case, `quote` is one or three characters, `body` lies between the quotes."""

    node: Node
    prefix: str
    quote: str
    body: Span

    @property
    def is_bytes(self) -> bool:
        """Whether it is a bytes literal."""
        return "b" in self.prefix

    @property
    def is_format(self) -> bool:
        """Whether it is an f-string (or a template string)."""
        return "f" in self.prefix or "t" in self.prefix


@cache
def _language() -> Language:
    import tree_sitter
    import tree_sitter_python

    return tree_sitter.Language(tree_sitter_python.language())


@cache
def _query(source: str) -> Query:
    from tree_sitter import Query

    return Query(_language(), source)


def root(document: Document) -> Node:
    """The root of the document's tree, parsed once."""
    return tree(document, "python")


def find_all(document: Document, *types: str) -> list[Node]:
    """The nodes of these types, in order, parents before children."""
    from tree_sitter import QueryCursor

    top = root(document)
    if top.has_error and top.descendant_count > _MANY:
        # Where the parser finds nothing but symbols, a query looks at all that follow one for each of them.
        return [node for node in walk(top) if node.type in types]
    cursor = QueryCursor(_query(" ".join(f"({name}) @it" for name in types)))
    cursor.set_max_start_depth(_DEEPEST)
    return sorted(cursor.captures(top).get("it", []), key=lambda node: node.start_byte)


def parent(document: Document, node: Node) -> Node | None:
    """The parent of a node of the document's tree.

    One descent serves a node and all that is above it: `Node.parent` starts at the root each time.
    Raises OverBudgetError.
    """
    known = document.memo(_parents)
    if node.id not in known:
        above: Node | None = root(document)
        levels = 0
        while above is not None and above.id != node.id:
            child = above.child_with_descendant(node)
            if child is not None:
                known[child.id] = above
            above = child
            levels += 1
        budget.spend(document, levels)
    return known.get(node.id)


def _parents(_document: Document) -> dict[int, Node]:
    """The parents that are known so far, by the id of the child."""
    return {}


def ancestors(document: Document, node: Node) -> Iterator[Node]:
    """The parents of a node of the document's tree, innermost first."""
    above = parent(document, node)
    while above is not None:
        yield above
        above = parent(document, above)


def is_broken(document: Document, node: Node) -> bool:
    """Whether a node stands where the parser had to guess."""
    return node.has_error or any(above.is_error for above in ancestors(document, node))


def literal(node: Node) -> Literal | None:
    """The string token of a `string` node; None if its end is missing."""
    if node.type != "string" or node.child_count < 2:
        return None
    first, last = node.children[0], node.children[-1]
    if first.type != "string_start" or last.type != "string_end" or last.is_missing:
        return None
    opening = text_of(first)
    quote = opening.lstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return Literal(node, opening[: len(opening) - len(quote)].lower(), quote, Span(first.end_byte, last.start_byte))


def group(node: Node) -> Node:
    """The implicit concatenation that a string is part of, or the node itself."""
    above = node.parent
    return above if above is not None and above.type == "concatenated_string" else node


def enclosing(document: Document, node: Node, *types: str) -> Node | None:
    """The nearest ancestor of one of these types."""
    return next((above for above in ancestors(document, node) if above.type in types), None)


def same(one: Node | None, other: Node | None) -> bool:
    """Whether both are the same node of the tree."""
    return one is not None and other is not None and one.id == other.id


def is_docstring(node: Node) -> bool:
    """Whether a string stands alone as a statement: a docstring, or one of an attribute."""
    above = group(node).parent
    return above is not None and above.type == "expression_statement" and above.named_child_count == 1


def dotted(node: Node | None) -> str:
    """`a.b.c` of a name or an attribute as it is written; `a().b` gives `a.b`; "" for anything else, or longer."""
    parts: list[str] = []
    while node is not None:
        if len(parts) > _PARTS:
            return ""
        if node.type == "attribute":
            parts.append(text_of(node.child_by_field_name("attribute") or node))
            node = node.child_by_field_name("object")
        elif node.type == "call":
            node = node.child_by_field_name("function")
        else:
            if node.type == "identifier":
                parts.append(text_of(node))
            break
    return ".".join(reversed(parts))


def qualified(document: Document, node: Node | None) -> str:
    """`dotted`, with the first name replaced by what it was imported as: `environ` → `os.environ`."""
    first, dot, rest = dotted(node).partition(".")
    return imports(document).get(first, first) + dot + rest


def imports(document: Document) -> dict[str, str]:
    """What the names bound by imports stand for, wherever the imports are: `{"o": "os", "environ": "os.environ"}`."""
    return document.memo(_imports)


def _imports(document: Document) -> dict[str, str]:
    found = dict(_USUAL_NAMES)
    for node in find_all(document, "import_statement", "import_from_statement"):
        found.update(bound_by_import(node))
    for node in find_all(document, "assignment") if b"environ" in document.data else ():
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or (left.type, right.type) != ("identifier", "attribute"):
            continue
        first, _, rest = dotted(right).partition(".")
        if rest == "environ" and found.get(first) == "os":
            found[text_of(left)] = "os.environ"
    return found


def bound_by_import(node: Node) -> dict[str, str]:
    """The names that an import statement binds, and what they stand for."""
    module = node.child_by_field_name("module_name")
    prefix = text_of(module) + "." if module is not None else ""
    found = {}
    for name in node.children_by_field_name("name"):
        if name.type == "aliased_import":
            original, alias = name.child_by_field_name("name"), name.child_by_field_name("alias")
            if original is not None and alias is not None:
                found[text_of(alias)] = prefix + text_of(original)
        elif prefix:
            found[text_of(name)] = prefix + text_of(name)
        else:
            package = text_of(name).split(".")[0]
            found[package] = package
    return found


def names(document: Document, name: str) -> Iterator[Node]:
    """Where an identifier stands, attributes left out, in order."""
    word = name.encode()
    for start in document.memo(_words).get(word, ()):
        node = root(document).descendant_for_byte_range(start, start + len(word))
        if node is not None and node.type == "identifier":
            yield node


def _words(document: Document) -> dict[bytes, list[int]]:
    """Where each word of a text starts, in bytes; those behind a dot left out."""
    found: dict[bytes, list[int]] = {}
    for match in _WORD.finditer(document.data):
        found.setdefault(match[0], []).append(match.start())
    return found
