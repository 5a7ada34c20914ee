"""String tokens of Python: their syntax, and the expressions that contain them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.model import Span
from unspill.semantics.python.kinds import Kind, is_a
from unspill.semantics.python.names import dotted
from unspill.semantics.python.tree import enclosing, find_all, root, same
from unspill.syntax import text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document


class Literal(NamedTuple):
    """One string token: `prefix` in lower case, `quote` is one or three characters, `body` is between the quotes."""

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


def literal(node: Node) -> Literal | None:
    """The string token of a `string` node; None if its end is missing."""
    if node.type != Kind.STRING or node.child_count < 2:
        return None
    first, last = node.children[0], node.children[-1]
    if first.type != Kind.STRING_START or last.type != Kind.STRING_END or last.is_missing:
        return None
    opening = text_of(first)
    quote = opening.lstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return Literal(node, opening[: len(opening) - len(quote)].lower(), quote, Span(first.end_byte, last.start_byte))


def group(node: Node) -> Node:
    """The implicit concatenation that a string is part of, or the node itself."""
    above = node.parent
    return above if is_a(above, Kind.STRINGS) else node


def is_docstring(node: Node) -> bool:
    """Whether a string is a statement: a docstring, or one of an attribute."""
    above = group(node).parent
    return is_a(above, Kind.EXPRESSION_STATEMENT) and above.named_child_count == 1


def is_interpolated(string: Node) -> bool:
    """Whether a string token contains expressions."""
    return any(part.type == Kind.INTERPOLATION for part in string.children)


def is_nested(document: Document, node: Node) -> bool:
    """Whether a node is in an expression of an f-string."""
    return enclosing(document, node, Kind.INTERPOLATION) is not None


def starts_at(document: Document, offset: int) -> bool:
    """Whether a string token, its prefix included, starts at a byte offset."""
    token = root(document).descendant_for_byte_range(offset, offset + 1)
    return is_a(token, Kind.STRING_START) and token.start_byte == offset


def is_percent_template(string: Node) -> bool:
    """Whether a string is the template of a `%`."""
    whole = group(string)
    above = whole.parent
    if not is_a(above, Kind.BINARY_OPERATOR) or above.children[1].type != Kind.PERCENT:
        return False
    return same(above.children[0], whole)


def format_call(string: Node) -> Node | None:
    """The call of a string's own `format` method."""
    method = group(string).parent
    call = method.parent if is_a(method, Kind.ATTRIBUTE) else None
    is_format = call is not None and dotted(call.child_by_field_name("function")).endswith("format")
    return call if is_format else None


def quote_style(document: Document) -> str:
    """The quote that the file mostly uses for short strings; `"` in doubt."""
    return document.memo(_quote_style)


def _quote_style(document: Document) -> str:
    starts = [text_of(node) for node in find_all(document, Kind.STRING_START)]
    single = sum(start.endswith("'") and not start.endswith("'''") for start in starts)
    double = sum(start.endswith('"') and not start.endswith('"""') for start in starts)
    return "'" if single > 3 * double else '"'
