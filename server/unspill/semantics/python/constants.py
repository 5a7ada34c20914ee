"""Constant expressions: the value that Python computes from literals alone, and where each character comes from.

The common ways to split and encode tokens are evaluated: concatenation, `join`, `format`, `%`, f-strings of
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

from unspill.semantics.python.kinds import Kind, is_a
from unspill.semantics.python.strings import Literal, literal
from unspill.semantics.python.tree import items
from unspill.syntax import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node

ITERATORS = ("reversed", "map")
DEPTH = 100
"""Maximum depth of constant expressions to compute; people do not write deeper ones."""
_LONGEST = 1 << 16
"""Maximum number of characters to join: more than a token, or a file of keys, has."""
_PIECE = re.compile(r"\\(?:N\{[^}]*\}|u.{4}|U.{8}|x..|[0-7]{1,3}|\r\n|.)|\{\{|\}\}|\r\n|.", re.DOTALL)
_SPECIAL = re.compile(rb"[\\\r\0]")
_SPECIAL_IN_FORMAT = re.compile(rb"[\\\r\0{}]")
"""Characters in the source of a string that may differ in its value."""
_RAW = re.compile(r"\{\{|\}\}|.", re.DOTALL)
_WIDTHS = {"\\\n": 0, "\\\r\n": 0, "\\\r": 0}
_REVERSED = re.compile(r":\s*:\s*-\s*1\Z")
_ASCII = ("utf-8", "utf8", "UTF-8", "ascii")
_ROT13 = ("rot13", "rot_13", "rot-13")
_BASE64 = ("b64decode", "urlsafe_b64decode", "standard_b64decode")
_HEX = ("fromhex", "unhexlify", "a2b_hex")
_FUNCTIONS = (*_BASE64, *_HEX, "decode")
_STRIPS = ("strip", "lstrip", "rstrip")
_METHODS = (*_STRIPS, "format", "decode", "encode", "replace")
"""The functions, and methods of constants, that are computed, in addition to `join` and lists of codes."""


class Folded(NamedTuple):
    """A constant; its character (or byte) `i` is from the bytes `starts[i]` to `ends[i]` of the document."""

    value: str | bytes
    starts: Sequence[int]
    ends: Sequence[int]

    def part(self, places: slice) -> Folded:
        """The characters at `places`."""
        return Folded(self.value[places], self.starts[places], self.ends[places])

    def turned_into(self, value: str | bytes) -> Folded:
        """`value`, with all of this constant as the origin of each character. The constant must not be empty."""
        return Folded(value, [min(self.starts)] * len(value), [max(self.ends)] * len(value))


def trace(node: Node, depth: int = 0) -> Folded | None:
    """`fold`, with the origin of every character. Values longer than their source are not computed."""
    if depth > DEPTH or node.has_error:
        return None
    folded = _trace(node, depth + 1)
    return folded if folded is not None and len(folded.value) <= node.end_byte - node.start_byte else None


def _trace(node: Node, depth: int) -> Folded | None:
    kind = node.type
    if kind == Kind.STRING:
        return _string(node, depth)
    if kind == Kind.STRINGS:
        return _joined([trace(child, depth) for child in node.named_children if child.type == Kind.STRING])
    if kind == Kind.PARENTHESES and node.named_child_count == 1:
        return trace(node.named_children[0], depth)
    if kind == Kind.BINARY_OPERATOR and node.child_count == 3:
        left, operator, right = node.children
        if is_sum(node):
            return _joined([trace(left, depth), trace(right, depth)])
        return _percent(trace(left, depth), _items(right, depth)) if operator.type == Kind.PERCENT else None
    if kind == Kind.SUBSCRIPT and node.child_count == 4 and _REVERSED.match(text_of(node.children[2])):
        return _map(trace(node.children[0], depth), lambda one: one.part(slice(None, None, -1)))
    return _call(node, depth) if kind == Kind.CALL else None


def called(node: Node) -> str:
    """The name of the function that a call calls; "" for a method, or another node."""
    function = node.child_by_field_name("function") if node.type == Kind.CALL else None
    return text_of(function) if is_a(function, Kind.IDENTIFIER) else ""


def is_sum(node: Node) -> bool:
    """Whether a node is `left + right`."""
    return node.type == Kind.BINARY_OPERATOR and node.child_count == 3 and node.children[1].type == Kind.PLUS


def sum_with(whole: Node, child: Node, folded: Folded | None) -> Folded | None:
    """`trace` of a sum of which one side is known."""
    if folded is None or whole.has_error:
        return None
    left, _, right = whole.children
    return _joined([folded, trace(right)] if left.id == child.id else [trace(left), folded])


def _string(node: Node, depth: int) -> Folded | None:
    string, source = literal(node), node.text
    if string is None or source is None:
        return None
    parts: list[Folded | None] = []
    at = string.body.start
    for child in node.children:
        if child.type == Kind.INTERPOLATION:
            inner = trace(child.named_children[0], depth) if child.named_child_count == 1 else None
            if inner is None or isinstance(inner.value, bytes):
                return None
            parts += [_text(string, source[at - node.start_byte : child.start_byte - node.start_byte], at), inner]
            at = child.end_byte
    parts.append(_text(string, source[at - node.start_byte : string.body.end - node.start_byte], at))
    return _joined(parts)


def _text(string: Literal, raw: bytes, start: int) -> Folded | None:
    """The text of `raw`, a part of a string's source without interpolations, which starts at the byte `start`."""
    if raw.isascii() and not (_SPECIAL_IN_FORMAT if string.is_format else _SPECIAL).search(raw):
        plain = raw if string.is_bytes else raw.decode()
        return Folded(plain, range(start, start + len(raw)), range(start + 1, start + 1 + len(raw)))
    source = raw.decode("utf-8", "replace")
    pieces = (_RAW if "r" in string.prefix else _PIECE).findall(source)
    if string.is_format:
        # In an f-string, a doubled brace is one character.
        pieces = [piece[0] if piece in ("{{", "}}") else piece for piece in pieces]
    else:
        pieces = [part for piece in pieces for part in (piece if piece in ("{{", "}}") else (piece,))]
    prefix = re.sub("[ft]", "", string.prefix)
    value = _evaluated(prefix + string.quote + "".join(pieces) + string.quote)
    if value is None:
        return None
    starts: list[int] = []
    ends: list[int] = []
    at = start
    for piece in pieces:
        size = len(piece.encode()) * (2 if string.is_format and piece in "{}" else 1)
        if _WIDTHS.get(piece, 1):
            starts.append(at)
            ends.append(at + size)
        at += size
    if len(starts) == len(value):
        return Folded(value, starts, ends)
    # An unknown escape is literal, both characters: then only the place of the whole string is known.
    return Folded(value, [start] * len(value), [start + len(raw)] * len(value))


def _evaluated(source: str) -> str | bytes | None:
    """The value of a string's source without interpolations."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value: object = ast.literal_eval(source)
    except (SyntaxError, ValueError, MemoryError):
        return None
    return value if isinstance(value, (str, bytes)) else None


def _joined(parts: Sequence[Folded | None], separator: str = "") -> Folded | None:
    """Concatenated texts, or bytes."""
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    if len(found) == 1:
        return found[0] if not separator or isinstance(found[0].value, str) else None
    if sum(len(part.value) + len(separator) for part in found) > _LONGEST:
        return None
    starts: list[int] = []
    ends: list[int] = []
    for index, part in enumerate(found):
        if index and part.value:
            starts += [part.starts[0]] * len(separator)
            ends += [part.ends[0]] * len(separator)
        starts += part.starts
        ends += part.ends
    texts = [part.value for part in found if isinstance(part.value, str)]
    if len(texts) == len(found):
        value: str | bytes = separator.join(texts)
    elif texts or separator:
        return None
    else:
        value = b"".join(part.value for part in found if isinstance(part.value, bytes))
    return Folded(value, starts, ends) if len(starts) == len(value) else None


def _map(folded: Folded | None, change: Callable[[Folded], Folded | None]) -> Folded | None:
    return change(folded) if folded is not None else None


def _items(node: Node, depth: int) -> list[Folded] | None:
    """The constants of a list, a tuple, a `map(chr, …)`, `chr(c) for c in …`; a single one is a list with itself."""
    nodes = items(node)
    if is_a(node, Kind.LIST, Kind.TUPLE):
        found = [trace(child, depth) for child in nodes]
    elif called(node) == "map":
        given = nodes[1].named_children
        return _codes(given[-1]) if given and text_of(given[0]) == "chr" else None
    elif is_a(node, Kind.GENERATOR, Kind.LIST_COMPREHENSION) and len(nodes) == 2:
        name = text_of(nodes[1].child_by_field_name("left"))
        source = nodes[1].child_by_field_name("right")
        return _codes(source) if source is not None and text_of(nodes[0]) == f"chr({name})" else None
    elif called(node) == "reversed":
        whole = _only_argument(node, depth)
        if whole is None or len(whole.value) > _LONGEST:
            return None
        return [whole.part(slice(at, at + 1)) for at in range(len(whole.value) - 1, -1, -1)]
    else:
        found = [trace(node, depth)]
    return _all(found)


def _only_argument(call: Node, depth: int) -> Folded | None:
    arguments = call.child_by_field_name("arguments")
    if arguments is None or arguments.named_child_count != 1:
        return None
    return trace(arguments.named_children[0], depth)


def _codes(node: Node) -> list[Folded] | None:
    """The characters whose codes are in a list or tuple."""
    nodes = items(node) if is_a(node, Kind.LIST, Kind.TUPLE) else []
    return _all([_character(child) for child in nodes]) if nodes else None


def _all(found: list[Folded | None]) -> list[Folded] | None:
    """The constants, or None if any is not constant."""
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else None


def _character(node: Node) -> Folded | None:
    """The ASCII character whose code an integer is."""
    try:
        code = int(text_of(node), 0) if node.type == Kind.INTEGER else -1
    except ValueError:
        return None
    return Folded(chr(code), [node.start_byte], [node.end_byte]) if 0 <= code < 128 else None


def _call(node: Node, depth: int) -> Folded | None:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None:
        return None
    name = text_of(function).rsplit(".", 1)[-1]
    target = trace(function.children[0], depth) if function.type == Kind.ATTRIBUTE else None
    if name == "join" and target is not None and isinstance(target.value, str):
        return _join(target.value, arguments, depth)
    if arguments.type != Kind.ARGUMENTS:
        return None
    nodes = items(arguments)
    if name in _OF_CODES and len(nodes) == 1:
        return _OF_CODES[name](nodes[0])
    if name not in (_FUNCTIONS if target is None else _METHODS):
        return None
    given = _all([trace(child, depth) for child in nodes])
    if given is None or any(len(one.value) > _LONGEST for one in given):
        return None
    try:
        return _function(name, given) if target is None else _method(name, target, given)
    except (ValueError, LookupError, TypeError, binascii.Error):
        return None


def _join(separator: str, arguments: Node, depth: int) -> Folded | None:
    """`"…".join(arguments)`."""
    nodes = items(arguments)
    # `"".join(x for x in …)`: the generator is the call's only "arguments".
    one = arguments if arguments.type == Kind.GENERATOR else nodes[0] if len(nodes) == 1 else None
    parts = _items(one, depth) if one is not None else None
    return _joined(parts, separator) if parts is not None else None


def _method(name: str, target: Folded, given: list[Folded]) -> Folded | None:
    """`target.name(given)`."""
    values = [one.value for one in given]
    if isinstance(target.value, bytes):
        is_plain = name == "decode" and target.value.isascii() and all(value in _ASCII for value in values)
        return target._replace(value=target.value.decode()) if is_plain else None
    if name == "format":
        return _formatted(target, given)
    if name == "encode" and all(value in _ASCII for value in values):
        return _encoded(target)
    if name in _STRIPS and not values:
        kept = getattr(target.value, name)()
        at = target.value.find(kept)
        return target.part(slice(at, at + len(kept)))
    if name == "replace" and len(values) == 2:
        return _replaced(target, *values)
    return None


def _function(name: str, given: list[Folded]) -> Folded | None:
    """`b64decode(…)` and similar functions."""
    if not given:
        return None
    first, rest = given[0], [one.value for one in given[1:]]
    if name in _BASE64 and not rest:
        decoded = base64.b64decode(first.value, b"-_" if name.startswith("url") else None)
    elif name in _HEX and not rest:
        value = first.value if isinstance(first.value, str) else first.value.decode("ascii")
        decoded = bytes.fromhex(value)
    elif name == "decode" and isinstance(first.value, str) and len(rest) == 1 and rest[0] in _ROT13:
        return first._replace(value=codecs.decode(first.value, "rot13"))
    else:
        return None
    return first.turned_into(decoded) if first.value else None


def _bytes_of(codes: Node) -> Folded | None:
    """`bytes([…])`."""
    return _map(_joined(_codes(codes) or [None]), _encoded)


_OF_CODES: dict[str, Callable[[Node], Folded | None]] = {
    "bytes": _bytes_of,
    "bytearray": _bytes_of,
    "chr": _character,
}
"""The functions that take codes of characters."""


def _encoded(folded: Folded) -> Folded | None:
    if isinstance(folded.value, bytes) or not folded.value.isascii():
        return None
    return folded._replace(value=folded.value.encode())


def _replaced(target: Folded, old: str | bytes, new: str | bytes) -> Folded | None:
    value = target.value
    if not isinstance(value, str) or not isinstance(old, str) or not isinstance(new, str) or not old:
        return None
    if value.count(old) * len(new) > _LONGEST:
        return None
    parts: list[Folded | None] = []
    at = 0
    while (found := value.find(old, at)) >= 0:
        parts += [target.part(slice(at, found)), target.part(slice(found, found + 1)).turned_into(new)]
        at = found + len(old)
    return _joined([*parts, target.part(slice(at, None))])


def _formatted(template: Folded, given: list[Folded]) -> Folded | None:
    """`"…{}…{0}…".format(…)` with plain fields."""
    parts: list[Folded | None] = []
    at, automatic = 0, 0
    for text, field, spec, conversion in Formatter().parse(str(template.value)):
        # Doubled braces would shift the rest, and are not used to obfuscate tokens.
        parts.append(template.part(slice(at, at + len(text)))._replace(value=text))
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
        parts += [template.part(slice(at, at + len(text)))]
        parts += [one] if one is not None else []
        at += len(text) + 2
    return _joined(parts)
