"""YAML: the keys above a scalar of any style, and the variables that workflow and compose files read and set."""

from __future__ import annotations

import re
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING

from unspill import syntax
from unspill.languages import _config, _environments, text
from unspill.model import Default, EnvPattern, EnvUse, EnvUses, Span
from unspill.sites import Comment, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.document import Document

_BLOCK_PAIR = "block_mapping_pair"
_PAIRS = (_BLOCK_PAIR, "flow_pair")
_MAPPING, _ITEM = "block_mapping", "block_sequence_item"
_COMPOSE = re.compile(
    rb"(?<!\$)\$(?:\{(?P<name>[A-Za-z_]\w*)(?P<how>:?[?+-])?(?P<default>[^}\r\n]*)|(?P<plain>[A-Za-z_]\w*))"
)
_ACTIONS = re.compile(rb"\$\{\{[^}]{0,400}?\b(?:secrets|vars)\.(?P<name>[A-Za-z_]\w*)")
_HYDRA = re.compile(rb"\$\{oc\.env:(?P<name>[A-Za-z_]\w*)(?:(?P<how>,)(?P<default>[^}\r\n]*))?\}")
_LITELLM = re.compile(rb"\bos\.environ/(?P<name>[A-Za-z_]\w*)")
_NAME = re.compile(r"[A-Za-z_]\w*\Z")


class ScalarStyle(Enum):
    """The style of a scalar; the values are the grammar's names."""

    PLAIN = "plain_scalar"
    SINGLE = "single_quote_scalar"
    DOUBLE = "double_quote_scalar"
    BLOCK = "block_scalar"


_STYLES = {style.value: style for style in ScalarStyle}


def tree(document: Document) -> Node:
    """The root of the document's syntax tree."""
    return syntax.tree(document, "yaml")


def site(document: Document, span: Span) -> Site:
    """The site of `span`: a scalar and its keys, a URL or header inside one, a comment."""
    path = syntax.enclosing(tree(document), span)
    if syntax.first(path, "comment"):
        return Comment()
    scalar = scalar_at(path)
    if scalar is None or _in_key(path, span):
        return text.site(document, span)
    return _config.site(document, span, syntax.span_of(scalar), keys(path), _entry_name(path))


def comments(document: Document) -> tuple[Span, ...]:
    """The comments, `#` included."""
    return syntax.spans(tree(document), "comment")


def extent(document: Document, span: Span) -> Span:
    """The scalar around `span`."""
    scalar = scalar_at(syntax.enclosing(tree(document), span))
    return syntax.span_of(scalar) if scalar is not None else span


def env_uses(document: Document) -> EnvUses:
    """Compose: `${X}` and `- X` read, `environment:` writes; workflows: `${{ secrets.X }}` reads; Render's declare."""
    consumer = _config.consumer(document)
    if consumer == "compose":
        return _compose(document)
    if consumer == "render":
        return _render(document)
    pattern = {"github-actions": _ACTIONS, "hydra": _HYDRA, "litellm": _LITELLM}.get(consumer)
    return EnvUses(reads=_found(document, pattern)) if pattern is not None else EnvUses()


def _compose(document: Document) -> EnvUses:
    reads, writes = list(_found(document, _COMPOSE)), list[EnvUse]()
    patterns: list[EnvPattern] = []
    for node in syntax.walk(tree(document)):
        if node.type not in _PAIRS or key_of(node) not in ("environment", "env_file"):
            continue
        if key_of(node) == "env_file":
            # An image of somebody else's reads what it likes from the file.
            siblings = pairs(node.parent) if node.parent is not None else []
            if not any(key_of(sibling) == "build" for sibling in siblings):
                patterns.append(EnvPattern("", "", syntax.span_of(node)))
            continue
        for name, value, span in _entries(document, node):
            if not _NAME.match(name):
                continue
            if value is None:
                reads.append(EnvUse(name, span, default=Default.EMPTY, declares=True))
            else:
                own = re.fullmatch(rf"\$\{{?{name}(?:[:?+-].*)?\}}?", value) is not None
                writes.append(EnvUse(name, span, given=own or not value))
    return EnvUses(tuple(sorted(reads, key=lambda use: use.span)), tuple(writes), patterns=tuple(patterns))


def _entries(document: Document, environment: Node) -> Iterator[tuple[str, str | None, Span]]:
    """The names of an `environment:`, a mapping or a list of `NAME=value`, with the value, if any."""
    for entry in syntax.walk(environment):
        if entry.type in _PAIRS and entry != environment and (name := entry.child_by_field_name("key")) is not None:
            value = entry.child_by_field_name("value")
            yield key_of(entry), None if value is None else value_of(entry), _content(name)
        elif entry.type == _ITEM and entry.child_count > 1 and (item := entry.child(1)) is not None:
            start = _content(item).start
            name_text, equals, rest = document.text(_content(item)).partition("=")
            yield name_text, rest if equals else None, Span(start, start + len(name_text.encode()))


def _render(document: Document) -> EnvUses:
    """`envVars:` of a blueprint: names with a value are set, the others are asked for."""
    declared, writes = list[EnvUse](), list[EnvUse]()
    for node in syntax.walk(tree(document)):
        if node.type not in _PAIRS or key_of(node) != "key" or node.parent is None:
            continue
        name = node.child_by_field_name("value")
        if name is not None and _NAME.match(value_of(node)):
            use = EnvUse(value_of(node), _content(name))
            is_asked = any(key_of(sibling) == "sync" for sibling in pairs(node.parent))
            (declared if is_asked else writes).append(use)
    return EnvUses(writes=tuple(writes), declared=tuple(declared))


def keys(path: list[Node]) -> tuple[str, ...]:
    """The keys and list indices from the root down to the innermost of `path` (nodes, the innermost first)."""
    found = []
    for child, node in pairwise(path):
        if node.type in _PAIRS and node.child_by_field_name("key") != child:
            found.append(key_of(node))
        elif node.type in ("block_sequence", "flow_sequence"):
            items = [item for item in node.children if item.is_named and item.type != "comment"]
            found.append(str(items.index(child)) if child in items else "")
    return tuple(reversed(found))


def key_of(pair: Node) -> str:
    """The key of a pair, without quotes."""
    return syntax.text_of(pair.child_by_field_name("key")).strip("'\"")


def value_of(pair: Node) -> str:
    """The value of a pair, without the quotes of a scalar."""
    return syntax.text_of(pair.child_by_field_name("value")).strip("'\"")


def style(node: Node) -> ScalarStyle | None:
    """The style of a scalar; None for any other node."""
    return _STYLES.get(node.type)


def scalar_at(path: list[Node]) -> Node | None:
    """The scalar that is in `path` (nodes, the innermost first)."""
    return syntax.first(path, *_STYLES)


def pair_at(path: list[Node]) -> Node | None:
    """The innermost pair of `path` (nodes, the innermost first)."""
    return syntax.first(path, *_PAIRS)


def entry_at(path: list[Node]) -> Node | None:
    """The innermost entry of `path` (nodes, the innermost first) in block style, pair or item."""
    return next((node for node in path if is_in_block(node) or node.type == _ITEM), None)


def is_in_block(pair: Node) -> bool:
    """Whether a pair is in block style, not among braces."""
    return pair.type == _BLOCK_PAIR


def is_in_flow(path: list[Node]) -> bool:
    """Whether `path` (nodes, the innermost first) is in flow style, among braces or brackets."""
    return syntax.first(path, "flow_mapping", "flow_sequence") is not None


def mappings(path: list[Node]) -> list[Node]:
    """The block mappings of `path` (nodes, the innermost first)."""
    return [node for node in path if node.type == _MAPPING]


def mapping_in(node: Node) -> Node | None:
    """The first block mapping within a node."""
    return next((child for child in syntax.walk(node) if child.type == _MAPPING), None)


def pairs(mapping: Node) -> list[Node]:
    """The pairs of a mapping."""
    return [node for node in mapping.children if node.type in _PAIRS]


def all_pairs(node: Node) -> list[Node]:
    """The pairs within a node, in order, the outer ones first."""
    return [pair for pair in syntax.find_all(node, "yaml", *_PAIRS) if pair != node]


def is_mapping(node: Node) -> bool:
    """Whether a node is a mapping, in whatever style."""
    return node.type in (_MAPPING, "flow_mapping")


def top_pairs(root: Node) -> list[Node] | None:
    """The pairs of a text that is a mapping; [] if it is empty, None for several documents or anything else."""
    if sum(node.type == "document" for node in root.children) > 1:
        return None
    content = next((node for node in syntax.walk(root) if node.type == "block_node"), None)
    if content is None:
        return None if any(node.type == "flow_node" for node in syntax.walk(root)) else []
    return pairs(content.children[-1]) if content.children[-1].type == _MAPPING else None


def items(pair: Node) -> list[Node]:
    """The items of the block sequence that is the value of a pair."""
    value = pair.child_by_field_name("value")
    sequence = value.children[-1] if value is not None and value.children else None
    return [node for node in sequence.children if node.type == _ITEM] if sequence is not None else []


def end(node: Node) -> int:
    """The end of a node's content: nodes include the comments after them."""
    return max(map(_own_end, syntax.walk(node)))


def _own_end(node: Node) -> int:
    is_leaf = node.type == ScalarStyle.BLOCK.value or not node.children
    return node.end_byte if is_leaf and node.type != "comment" else 0


def _entry_name(path: list[Node]) -> str | None:
    """The `name:` of a `value:`, as in Kubernetes and Azure."""
    pair = pair_at(path)
    if pair is None or key_of(pair) != "value" or pair.parent is None:
        return None
    return next((value_of(sibling) for sibling in pair.parent.children if key_of(sibling) == "name"), None)


def _in_key(path: list[Node], span: Span) -> bool:
    pair = pair_at(path)
    key = pair.child_by_field_name("key") if pair is not None else None
    return key is not None and syntax.span_of(key).contains(span)


def _content(node: Node) -> Span:
    quoted = syntax.text_of(node)[:1] in ("'", '"')
    return Span(node.start_byte + quoted, node.end_byte - quoted)


def _found(document: Document, pattern: re.Pattern[bytes]) -> tuple[EnvUse, ...]:
    hidden = comments(document)
    found = []
    for match in pattern.finditer(document.data):
        groups = match.groupdict()
        how, plain = groups.get("how") or b"", groups.get("plain")
        span = Span(*match.span("name" if plain is None else "plain"))
        if any(comment.contains(span) for comment in hidden):
            continue
        fallback = (groups.get("default") or b"").decode("utf-8", "replace")
        default = _environments.default_of(fallback) if how and not how.endswith(b"?") else Default.NONE
        if pattern is _ACTIONS:  # the platform has it
            default = Default.EMPTY
        use = EnvUse(document.text(span), span, how.endswith(b"?"), default)
        found.append(use._replace(declares=pattern in (_ACTIONS, _COMPOSE)))
    return tuple(found)
