"""The pairs of a README's front matter, with the types that YAML gives their values."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from unspill import budget, syntax
from unspill.languages import readme, yaml
from unspill.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tree_sitter import Node

    from unspill.document import Document


class YamlType(str, Enum):
    """What YAML takes a value for."""

    NULL = "null"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"
    STRING = "string"
    LIST = "list"
    MAPPING = "mapping"
    OTHER = "other"
    """An alias, or a value with a tag, an anchor or an escape: not looked into."""


class YamlValue(NamedTuple):
    """A value: its type, its text without quotes, and its place, quotes included."""

    kind: YamlType
    text: str
    span: Span
    items: tuple[YamlValue, ...] = ()
    """Of a list."""
    pairs: tuple[YamlPair, ...] = ()
    """Of a mapping."""


class YamlPair(NamedTuple):
    """A key and its value; `span` is that of the key."""

    name: str
    span: Span
    value: YamlValue


_SCALARS = {
    "null_scalar": YamlType.NULL,
    "boolean_scalar": YamlType.BOOLEAN,
    "integer_scalar": YamlType.INTEGER,
    "float_scalar": YamlType.FLOAT,
}
_MOST = 100_000
"""The size in bytes beyond which one is not parsed: the parser takes long lists for broken ones."""
_LISTS = ("block_sequence", "flow_sequence")
_MAPPINGS = ("block_mapping", "flow_mapping")


def pairs(document: Document) -> tuple[YamlPair, ...] | None:
    """The top-level pairs of a README's front matter, () if it has none; None if it does not parse.

    Spans are those in the README. Raises UnparsedError.
    """
    front = readme.parts(document).front_matter
    if front.start == front.end:
        return ()
    if front.end - front.start > _MOST:
        raise syntax.UnparsedError(budget.TOO_COMPLEX)
    root = syntax.parse(document.data[slice(*front)], "yaml")
    top = None if root.has_error else yaml.top_pairs(root)
    return None if top is None else _pairs(top, front.start)


def _pairs(nodes: Iterable[Node], at: int) -> tuple[YamlPair, ...]:
    """The pairs of a mapping, in a text that starts at the offset `at` of the document."""
    found = []
    for node in nodes:
        key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
        if key is not None:
            end = Span(node.end_byte + at, node.end_byte + at)
            found.append(
                YamlPair(
                    yaml.key_of(node),
                    _shift(key, at),
                    YamlValue(YamlType.NULL, "", end) if value is None else _value(value, at),
                )
            )
    return tuple(found)


def _value(node: Node, at: int) -> YamlValue:
    content = node.children[0] if node.child_count == 1 else None
    span, text = _shift(node, at), syntax.text_of(node)
    if content is None:
        return YamlValue(YamlType.OTHER, text, span)
    if content.type in _LISTS:
        items = [item.children[-1] if item.type.endswith("_item") else item for item in content.named_children]
        return YamlValue(YamlType.LIST, "", span, tuple(_value(item, at) for item in items if item.type != "comment"))
    if content.type in _MAPPINGS:
        return YamlValue(YamlType.MAPPING, "", span, pairs=_pairs(yaml.pairs(content), at))
    style = yaml.style(content)
    if style is yaml.ScalarStyle.PLAIN:
        return YamlValue(_SCALARS.get(content.children[0].type, YamlType.STRING), text, span)
    is_plain = style is not None and "\\" not in text
    return YamlValue(YamlType.STRING if is_plain else YamlType.OTHER, text.strip("'\""), span)


def _shift(node: Node, at: int) -> Span:
    return Span(node.start_byte + at, node.end_byte + at)
