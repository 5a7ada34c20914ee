"""JSON, with comments where editors allow them: the keys above a string."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from unspill import syntax
from unspill.languages import _config, text
from unspill.sites import Comment, Site

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.model import Span


def tree(document: Document) -> Node:
    """The root of the document's syntax tree."""
    return syntax.tree(document, "json")


def site(document: Document, span: Span) -> Site:
    """Where `span` sits: a string and its keys, a URL or header inside one, a comment."""
    path = syntax.enclosing(tree(document), span)
    if syntax.first(path, "comment"):
        return Comment()
    string = syntax.first(path, "string")
    pair = syntax.first(path, "pair")
    if string is None or (pair is not None and pair.child_by_field_name("key") == string):
        return text.site(document, span)
    return _config.site(document, span, syntax.span_of(string), keys(path))


def comments(document: Document) -> tuple[Span, ...]:
    """The comments, `//` and `/*` included."""
    return syntax.spans(tree(document), "comment")


def keys(path: list[Node]) -> tuple[str, ...]:
    """The keys and list indices from the root down to the innermost of `path` (nodes, the innermost first)."""
    found = []
    for child, node in pairwise(path):
        if node.type == "pair" and node.child_by_field_name("key") != child:
            found.append(syntax.text_of(node.child_by_field_name("key")).strip('"'))
        elif node.type == "array":
            items = [item for item in node.children if item.is_named and item.type != "comment"]
            found.append(str(items.index(child)) if child in items else "")
    return tuple(reversed(found))
