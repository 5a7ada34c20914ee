"""JSON, with comments where editors allow them: the keys above a string."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from unspill import syntax
from unspill.languages import _config, text
from unspill.model import EnvUse, EnvUses, Span
from unspill.sites import Comment, Site

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document

_PAIR = "pair"
_NAME = re.compile(r"[A-Za-z_]\w*\Z")

scalar_at, pair_at = _config.scalar_at, _config.pair_at


def tree(document: Document) -> Node:
    """The root of the document's syntax tree."""
    return syntax.tree(document, "json")


def site(document: Document, span: Span) -> Site:
    """The site of `span`: a string and its keys, a URL or header inside one, a comment."""
    path = syntax.enclosing(tree(document), span)
    if syntax.first(path, "comment"):
        return Comment()
    string, pair = scalar_at(path), pair_at(path)
    if string is None or (pair is not None and pair.child_by_field_name("key") == string):
        return text.site(document, span)
    return _config.site(document, span, syntax.span_of(string), keys(path))


def comments(document: Document) -> tuple[Span, ...]:
    """The comments, `//` and `/*` included."""
    return syntax.spans(tree(document), "comment")


def env_uses(document: Document) -> EnvUses:
    """Heroku's `app.json`: `env` declares names, and sets those that it has a value for."""
    declared, writes = list[EnvUse](), list[EnvUse]()
    if _config.consumer(document) != "heroku":
        return EnvUses()
    for pair in pairs(next((node for node in tree(document).named_children if node.type == "object"), None)):
        for entry in pairs(pair.child_by_field_name("value")) if key_of(pair) == "env" else ():
            key, value = entry.child_by_field_name("key"), entry.child_by_field_name("value")
            if key is None or not _NAME.match(key_of(entry)):
                continue
            use = EnvUse(key_of(entry), Span(key.start_byte + 1, key.end_byte - 1))
            has_value = value is not None and (
                value.type == "string" or any(key_of(one) in ("value", "generator") for one in pairs(value))
            )
            (writes if has_value else declared).append(use)
    return EnvUses(writes=tuple(writes), declared=tuple(declared))


def keys(path: list[Node]) -> tuple[str, ...]:
    """The keys and list indices from the root down to the innermost of `path` (nodes, the innermost first)."""
    found = []
    for child, node in pairwise(path):
        if node.type == _PAIR and node.child_by_field_name("key") != child:
            found.append(key_of(node))
        elif node.type == "array":
            found.append(_config.index_in(node, child))
    return tuple(reversed(found))


def pairs(node: Node | None) -> list[Node]:
    """The pairs of an object; empty for any other node."""
    return [child for child in node.named_children if child.type == _PAIR] if node is not None else []


def members(path: list[Node]) -> list[Node]:
    """The pairs of the outermost object in `path` (nodes, the innermost first)."""
    return pairs(next((node for node in reversed(path) if node.type == "object"), None))


def array_of(pair: Node) -> Node | None:
    """The array that is the value of a pair; None for any other value, and for a broken one."""
    value = pair.child_by_field_name("value")
    return value if value is not None and value.type == "array" and not value.has_error else None


def with_comma(pair: Node) -> Span:
    """The span of a pair of an object, with the comma between it and its neighbour."""
    siblings = pairs(pair.parent)
    index = siblings.index(pair)
    if index + 1 < len(siblings):
        return Span(pair.start_byte, siblings[index + 1].start_byte)
    return Span(siblings[index - 1].end_byte if index else pair.start_byte, pair.end_byte)


def pair_under(path: list[Node], key: str) -> Node | None:
    """The innermost pair of `path` (nodes, the innermost first) that has a key."""
    return next((node for node in path if node.type == _PAIR and key_of(node) == key), None)


def key_of(pair: Node) -> str:
    """The key of a pair, without quotes."""
    return syntax.text_of(pair.child_by_field_name("key")).strip('"')
