"""TOML: the tables and dotted keys above a value."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from unspill import syntax
from unspill.languages import _config, text
from unspill.model import EnvUse, EnvUses
from unspill.sites import Comment, Site

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.model import Span

_KEYS = ("bare_key", "quoted_key", "dotted_key")
_TABLES = ("table", "table_array_element")
_NAME = re.compile(r"[A-Za-z_]\w*\Z")

scalar_at, pair_at = _config.scalar_at, _config.pair_at


def tree(document: Document) -> Node:
    """The root of the document's syntax tree."""
    return syntax.tree(document, "toml")


def site(document: Document, span: Span) -> Site:
    """The site of `span`: a string and its keys, a URL or header inside one, a comment."""
    path = syntax.enclosing(tree(document), span)
    if syntax.first(path, "comment"):
        return Comment()
    string = scalar_at(path)
    if string is None or syntax.first(path, *_KEYS):
        return text.site(document, span)
    return _config.site(document, span, syntax.span_of(string), keys(path))


def comments(document: Document) -> tuple[Span, ...]:
    """The comments, `#` included."""
    return syntax.spans(tree(document), "comment")


def extent(document: Document, span: Span) -> Span:
    """The string around `span`."""
    string = scalar_at(syntax.enclosing(tree(document), span))
    return syntax.span_of(string) if string is not None else span


def env_uses(document: Document) -> EnvUses:
    """Streamlit's secrets, and the variables of Fly and Wrangler, are set."""
    table = {"streamlit": "", "deployment": "env vars"}.get(_config.consumer(document))
    if table is None or (not table and not document.path.endswith("secrets.toml")):
        return EnvUses()
    writes = []
    for node in tree(document).children if not table else syntax.walk(tree(document)):
        above = node.parent
        is_wanted = not table or (above is not None and above.type in _TABLES and _name_of(above) in table.split())
        key = next((part for part in node.children if part.type in _KEYS), None)
        if node.type == "pair" and is_wanted and key is not None and _NAME.match(syntax.text_of(key)):
            writes.append(EnvUse(syntax.text_of(key), syntax.span_of(key)))
    return EnvUses(writes=tuple(writes))


def _name_of(table: Node) -> str:
    return syntax.text_of(next((part for part in table.children if part.type in _KEYS), None))


def keys(path: list[Node]) -> tuple[str, ...]:
    """The keys and list indices from the root down to the innermost of `path` (nodes, the innermost first)."""
    found: list[str] = []
    for child, node in pairwise(path):
        if node.type == "pair" or node.type in _TABLES:
            key = next((part for part in node.children if part.type in _KEYS), None)
            found += reversed(_parts(key))
        elif node.type == "array":
            found.append(_config.index_in(node, child))
    return tuple(reversed(found))


def _parts(key: Node | None) -> list[str]:
    # A dotted key contains all but its last part as another one.
    nodes = syntax.walk(key) if key is not None else ()
    return [syntax.text_of(node).strip("'\"") for node in nodes if node.type in _KEYS and node.type != "dotted_key"]
