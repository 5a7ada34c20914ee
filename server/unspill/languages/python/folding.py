"""Constant expressions: the value that Python computes from literals alone, and where each character comes from.

People split and encode tokens in few ways; these are undone: concatenation, `join`, `format`, `%`, f-strings of
constants, `[::-1]`, `replace`, `strip`, base64, hexadecimal, rot13 and lists of character codes. Nothing is executed.
"""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
import re
import warnings
from string import Formatter
from typing import TYPE_CHECKING, NamedTuple

from unspill.languages.python.syntax import ancestors, literal, root
from unspill.model import Span
from unspill.syntax import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node

    from unspill.document import Document

_GLUE = (
    "list", "tuple", "argument_list", "attribute", "generator_expression", "list_comprehension", "for_in_clause",
    "interpolation",
)  # fmt: skip
_ITERATORS = ("reversed(", "map(")
_DEPTH = 100
"""How deep constant expressions are computed; deeper ones are not written by people."""
_PIECE = re.compile(r"\\(?:N\{[^}]*\}|u.{4}|U.{8}|x..|[0-7]{1,3}|\r\n|.)|\{\{|\}\}|\r\n|.", re.DOTALL)
_RAW = re.compile(r"\{\{|\}\}|.", re.DOTALL)
_WIDTHS = {"\\\n": 0, "\\\r\n": 0, "\\\r": 0}
_REVERSED = re.compile(r":\s*:\s*-\s*1\Z")
_ASCII = ("utf-8", "utf8", "UTF-8", "ascii")
_ROT13 = ("rot13", "rot_13", "rot-13")


class Folded(NamedTuple):
    """A constant: its value, and for each of its characters (or bytes) the bytes of the document that it comes from."""

    value: str | bytes
    spans: tuple[Span, ...]

    @property
    def cover(self) -> Span:
        """From the first to the last byte that the value comes from; it must not be empty."""
        return Span(min(span.start for span in self.spans), max(span.end for span in self.spans))


def fold(node: Node) -> str | bytes | None:
    """The value of an expression made of constants alone; None for any other."""
    folded = trace(node)
    return folded.value if folded is not None else None


def string_value(node: Node | None) -> str | None:
    """The text of a constant string expression."""
    value = fold(node) if node is not None else None
    return value if isinstance(value, str) else None


def expression_at(document: Document, span: Span) -> Node | None:
    """The smallest expression that holds `span` within its constants: a string, neighbouring ones, or what joins them.

    None if the span is not in a constant: in a comment, a name, or what the parser could not read.
    """
    node = root(document).descendant_for_byte_range(span.start, span.end)
    while node is not None and node.type in ("string_content", "escape_sequence", "escape_interpolation"):
        node = node.parent
    if node is None or node.is_error:
        return None
    if node.type in ("string_start", "string_end"):
        return node.parent
    if node.type == "string":
        return node
    # Split over several constants: climb from the list or the arguments to the expression that joins them.
    ends = (_constant_at(document, span.start), _constant_at(document, span.end - 1))
    if "" in ends:
        return None
    joined = node
    while is_glue(joined) and joined.parent is not None:
        joined = joined.parent
    if trace(joined) is not None:
        return joined
    return None if "integer" in ends else node


def is_glue(node: Node) -> bool:
    """Whether a node stands between constants and the expression that they are part of, and has no value itself."""
    return node.type in _GLUE or (node.type == "call" and text_of(node).startswith(_ITERATORS))


def whole_at(document: Document, offset: int) -> Node | None:
    """The largest constant expression around the byte at `offset`."""
    node = root(document).descendant_for_byte_range(offset, offset + 1)
    found = None
    for one in (node, *ancestors(node)) if node is not None else ():
        if one.type == "ERROR" or one.type.endswith(("_statement", "_definition", "block", "module")):
            break
        if trace(one) is not None:
            found = one
    return found


def trace(node: Node, depth: int = 0) -> Folded | None:
    """`fold`, with the origin of every character."""
    if depth > _DEPTH or node.has_error:
        return None
    kind, depth = node.type, depth + 1
    if kind == "string":
        return _string(node, depth)
    if kind == "concatenated_string":
        return _joined([trace(child, depth) for child in node.named_children if child.type == "string"])
    if kind == "parenthesized_expression" and node.named_child_count == 1:
        return trace(node.named_children[0], depth)
    if kind == "binary_operator" and node.child_count == 3:
        left, operator, right = node.children
        if operator.type == "+":
            return _joined([trace(left, depth), trace(right, depth)])
        return _percent(trace(left, depth), _items(right, depth)) if operator.type == "%" else None
    if kind == "subscript" and node.child_count == 4 and _REVERSED.match(text_of(node.children[2])):
        return _map(trace(node.children[0], depth), lambda one: Folded(one.value[::-1], one.spans[::-1]))
    return _call(node, depth) if kind == "call" else None


def _constant_at(document: Document, offset: int) -> str:
    """`string` or `integer` if the byte at `offset` is in one, else nothing."""
    node = root(document).descendant_for_byte_range(offset, offset + 1)
    if node is not None and node.type in ("string_content", "escape_sequence"):
        return "string"
    return "integer" if node is not None and node.type == "integer" else ""


def _string(node: Node, depth: int) -> Folded | None:
    string = literal(node)
    if string is None:
        return None
    parts: list[Folded | None] = []
    at = string.body.start
    for child in node.children:
        if child.type == "interpolation":
            if child.named_child_count != 1:
                return None
            inner = trace(child.named_children[0], depth)
            parts += [_text(node, at, child.start_byte), inner if inner and isinstance(inner.value, str) else None]
            at = child.end_byte
    return _joined([*parts, _text(node, at, string.body.end)])


def _text(node: Node, start: int, end: int) -> Folded | None:
    """The text of the bytes from `start` to `end` of a string's source."""
    string = literal(node)
    if string is None or node.text is None:
        return None
    source = node.text[start - node.start_byte : end - node.start_byte].decode("utf-8", "replace")
    pieces = (_RAW if "r" in string.prefix else _PIECE).findall(source)
    if string.is_format:
        # In an f-string, a doubled brace is one character.
        pieces = [piece[0] if piece in ("{{", "}}") else piece for piece in pieces]
    else:
        pieces = [part for piece in pieces for part in (piece if piece in ("{{", "}}") else (piece,))]
    prefix = re.sub("[ft]", "", string.prefix)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(prefix + string.quote + "".join(pieces) + string.quote)
    except (SyntaxError, ValueError, MemoryError):
        return None
    if not isinstance(value, (str, bytes)):
        return None
    spans: list[Span] = []
    at = start
    for piece in pieces:
        size = len(piece.encode()) * (2 if string.is_format and piece in "{}" else 1)
        spans += [Span(at, at + size)] * _WIDTHS.get(piece, 1)
        at += size
    # An unknown escape stands for itself, both characters: then all that is known is where the string is.
    return Folded(value, tuple(spans) if len(spans) == len(value) else (Span(start, end),) * len(value))


def _joined(parts: Sequence[Folded | None], separator: str = "") -> Folded | None:
    """Texts, or bytes, one after the other."""
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    spans: list[Span] = []
    for index, part in enumerate(found):
        if index and part.spans:
            spans += [part.spans[0]] * len(separator)
        spans += part.spans
    texts = [part.value for part in found if isinstance(part.value, str)]
    if len(texts) == len(found):
        value: str | bytes = separator.join(texts)
    elif texts or separator:
        return None
    else:
        value = b"".join(part.value for part in found if isinstance(part.value, bytes))
    return Folded(value, tuple(spans)) if len(spans) == len(value) else None


def _map(folded: Folded | None, change: Callable[[Folded], Folded | None]) -> Folded | None:
    return change(folded) if folded is not None else None


def _items(node: Node, depth: int) -> list[Folded] | None:
    """The constants of a list, a tuple, a `map(chr, …)`, `chr(c) for c in …`; a single one is a list of itself."""
    nodes = [child for child in node.named_children if child.type != "comment"]
    if node.type in ("list", "tuple"):
        found = [trace(child, depth) for child in nodes]
    elif node.type == "call" and text_of(node).startswith("map(chr"):
        return _codes(nodes[1].named_children[-1])
    elif node.type in ("generator_expression", "list_comprehension") and len(nodes) == 2:
        name = text_of(nodes[1].child_by_field_name("left"))
        source = nodes[1].child_by_field_name("right")
        return _codes(source) if source is not None and text_of(nodes[0]) == f"chr({name})" else None
    elif node.type == "call" and text_of(node).startswith("reversed("):
        whole = _only_argument(node, depth)
        return None if whole is None else [Folded(whole.value[at : at + 1], (whole.spans[at],)) for at in _down(whole)]
    else:
        found = [trace(node, depth)]
    items = [one for one in found if one is not None]
    return items if len(items) == len(found) else None


def _down(folded: Folded) -> range:
    return range(len(folded.value) - 1, -1, -1)


def _only_argument(call: Node, depth: int) -> Folded | None:
    arguments = call.child_by_field_name("arguments")
    if arguments is None or arguments.named_child_count != 1:
        return None
    return trace(arguments.named_children[0], depth)


def _codes(node: Node) -> list[Folded] | None:
    """The characters whose codes a list or tuple holds."""
    nodes = [child for child in node.named_children if child.type != "comment"]
    if node.type not in ("list", "tuple") or not nodes:
        return None
    found = [_character(child) for child in nodes]
    items = [one for one in found if one is not None]
    return items if len(items) == len(found) else None


def _character(node: Node) -> Folded | None:
    """The ASCII character whose code an integer is."""
    try:
        code = int(text_of(node), 0) if node.type == "integer" else -1
    except ValueError:
        return None
    return Folded(chr(code), (Span(node.start_byte, node.end_byte),)) if 0 <= code < 128 else None


def _call(node: Node, depth: int) -> Folded | None:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None:
        return None
    name = text_of(function).rsplit(".", 1)[-1]
    target = trace(function.children[0], depth) if function.type == "attribute" else None
    nodes = [child for child in arguments.named_children if child.type != "comment"]
    if name == "join" and target is not None and isinstance(target.value, str):
        # `"".join(x for x in …)`: the generator is the call's only "arguments".
        one = arguments if arguments.type == "generator_expression" else nodes[0] if len(nodes) == 1 else None
        items = _items(one, depth) if one is not None else None
        return _joined(items, target.value) if items is not None else None
    if arguments.type != "argument_list":
        return None
    if name in ("bytes", "bytearray") and len(nodes) == 1:
        codes = _codes(nodes[0])
        return _map(_joined(codes or [None]), _encoded)
    if name == "chr" and len(nodes) == 1:
        return _character(nodes[0])
    values = [trace(child, depth) for child in nodes]
    given = [value for value in values if value is not None]
    if len(given) < len(values):
        return None
    try:
        return _apply(name, target, given)
    except (ValueError, LookupError, TypeError, binascii.Error):
        return None


def _apply(name: str, target: Folded | None, given: list[Folded]) -> Folded | None:
    first = given[0] if given else None
    values = [one.value for one in given]
    if first is not None and target is None:
        return _function(name, first, values[1:])
    if target is None:
        return None
    if name == "format" and isinstance(target.value, str):
        return _formatted(target, given)
    if name == "decode" and isinstance(target.value, bytes) and all(value in _ASCII for value in values):
        return Folded(target.value.decode(), target.spans) if target.value.isascii() else None
    if name == "encode" and isinstance(target.value, str) and all(value in _ASCII for value in values):
        return _encoded(target)
    if name in ("strip", "lstrip", "rstrip") and isinstance(target.value, str) and not values:
        kept = getattr(target.value, name)()
        at = target.value.find(kept)
        return Folded(kept, target.spans[at : at + len(kept)])
    if name == "replace" and len(given) == 2:
        return _replaced(target, given[0].value, given[1].value)
    return None


def _function(name: str, first: Folded, rest: list[str | bytes]) -> Folded | None:
    """`b64decode(first)` and its like."""
    if name in ("b64decode", "urlsafe_b64decode", "standard_b64decode") and not rest:
        decoded = base64.b64decode(first.value, b"-_" if name.startswith("url") else None)
    elif name in ("fromhex", "unhexlify", "a2b_hex") and not rest:
        value = first.value if isinstance(first.value, str) else first.value.decode("ascii")
        decoded = bytes.fromhex(value)
    elif name == "decode" and isinstance(first.value, str) and len(rest) == 1 and rest[0] in _ROT13:
        return Folded(codecs.decode(first.value, "rot13"), first.spans)
    else:
        return None
    return Folded(decoded, (first.cover,) * len(decoded)) if first.spans else None


def _encoded(folded: Folded) -> Folded | None:
    if isinstance(folded.value, bytes) or not folded.value.isascii():
        return None
    return Folded(folded.value.encode(), folded.spans)


def _replaced(target: Folded, old: str | bytes, new: str | bytes) -> Folded | None:
    value, spans = target.value, target.spans
    if not isinstance(value, str) or not isinstance(old, str) or not isinstance(new, str) or not old:
        return None
    parts: list[Folded | None] = []
    at = 0
    while (found := value.find(old, at)) >= 0:
        parts += [Folded(value[at:found], spans[at:found]), Folded(new, (spans[found],) * len(new))]
        at = found + len(old)
    return _joined([*parts, Folded(value[at:], spans[at:])])


def _formatted(template: Folded, given: list[Folded]) -> Folded | None:
    """`"…{}…{0}…".format(…)` with fields that are plain."""
    parts: list[Folded | None] = []
    at, automatic = 0, 0
    for text, field, spec, conversion in Formatter().parse(str(template.value)):
        # Doubled braces would shift what follows; nobody hides a token behind them.
        parts.append(Folded(text, template.spans[at : at + len(text)]))
        at += len(text)
        if field is None:
            continue
        if spec or conversion or (field and not field.isdigit()):
            return None
        parts.append(given[int(field or automatic)])
        automatic += not field
        at += len(field) + 2
    return _joined(parts)


def _percent(template: Folded | None, given: list[Folded] | None) -> Folded | None:
    """`"%s%s" % (…)`."""
    if template is None or given is None or not isinstance(template.value, str):
        return None
    texts = template.value.split("%s")
    if len(texts) != len(given) + 1 or "%" in "".join(texts):
        return None
    parts: list[Folded | None] = []
    at = 0
    for text, one in zip(texts, (*given, None), strict=True):
        parts += [Folded(text, template.spans[at : at + len(text)])]
        parts += [one] if one is not None else []
        at += len(text) + 2
    return _joined(parts)
