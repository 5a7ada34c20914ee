"""The strings that an expression may have as its value, as far as the text of the document tells.

Nothing is executed; what is not known is a pattern of the parts that are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill.semantics.parts import ends
from unspill.semantics.python import calls, folding, scopes, strings
from unspill.semantics.python.flow import DEEPEST, Flow, receiver_of
from unspill.semantics.python.kinds import Kind, is_a
from unspill.semantics.python.names import dotted
from unspill.syntax import span_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from unspill.document import Document
    from unspill.model import Span
    from unspill.semantics.python.flow import Parameter

_MOST = 400
"""Maximum number of values of one expression."""
_CASES = frozenset(["upper", "lower", "strip"])
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|%\(\w+\)s|%s")


class KnownText(NamedTuple):
    """A string that an expression may be, and the place of its constant: what is between the quotes of a literal."""

    value: str
    span: Span


class TextPattern(NamedTuple):
    """Strings that are made at run time, by what they begin and end with; both are empty if nothing is known."""

    prefix: str = ""
    suffix: str = ""


class Possible(NamedTuple):
    """What an expression may be."""

    texts: tuple[KnownText, ...] = ()
    patterns: tuple[TextPattern, ...] = ()
    is_chosen: bool = False
    """Whether `texts` are of a table, of which a key that is not known chooses one."""
    parameters: tuple[Parameter, ...] = ()
    """Parameters that the value is one of; `texts` has what calls in the document give them."""


def possible(document: Document, node: Node | None) -> Possible:
    """The strings that an expression may be. Raises OverBudgetError."""
    if not is_a(node, Kind.IDENTIFIER):
        return Possible() if node is None else _possible(document, node)
    # A loop may use its variable often.
    bindings = tuple(binding.node.id for binding in scopes.bindings(document, node, text_of(node)))
    known = document.memo(_names)
    if bindings not in known:
        known[bindings] = _possible(document, node)
    return known[bindings] if bindings else _possible(document, node)


def _names(_document: Document) -> dict[tuple[int, ...], Possible]:
    """What names may be, by their bindings."""
    return {}


def _possible(document: Document, node: Node) -> Possible:
    found = _Strings(Flow(document))
    found.add(node, 0)
    return Possible(
        tuple(dict.fromkeys(found.texts)),
        tuple(dict.fromkeys(found.patterns)),
        found.flow.is_chosen,
        tuple(found.flow.parameters.values()),
    )


class Sources(NamedTuple):
    """The expressions that a value comes from."""

    nodes: tuple[Node, ...]
    is_argument: bool
    """Whether it may also be what a caller gives."""


def sources(document: Document, node: Node, is_source: Callable[[Node], bool]) -> Sources:
    """The expressions that a value comes from, names followed up to where `is_source` holds. Raises OverBudgetError."""
    flow = Flow(document, is_source)
    nodes = tuple(one for one in flow.origins(node) if one is not None)
    return Sources(nodes, bool(flow.parameters))


class _Strings:
    """What has been found of one expression."""

    def __init__(self, flow: Flow) -> None:
        self.texts: list[KnownText] = []
        self.patterns: list[TextPattern] = []
        self.flow = flow

    def add(self, node: Node, depth: int) -> None:
        """Add what a string expression may be."""
        for found in self.flow.origins(node, depth):
            if found is None or len(self.texts) >= _MOST:
                self.patterns.append(TextPattern())
            else:
                self._constant(found, depth)

    def _constant(self, node: Node, depth: int) -> None:
        value = folding.string_value(node)
        if value is not None:
            string = strings.literal(node)
            self.texts.append(KnownText(value, string.body if string is not None else span_of(node)))
        elif is_a(node, Kind.STRING, Kind.STRINGS, Kind.BINARY_OPERATOR):
            self._joined(_parts(node), span_of(node), depth)
        elif (receiver := receiver_of(node)) is not None:
            self._method(receiver, calls.last_name(dotted(node.child_by_field_name("function"))), depth)
        else:
            self.patterns.append(TextPattern())

    def _method(self, receiver: Node, name: str, depth: int) -> None:
        """The result of a method of strings; of any other, nothing is known."""
        if name == "format":
            self.patterns.append(_by_placeholders(folding.string_value(receiver) or ""))
        elif name in _CASES and depth < DEEPEST:
            inner = self._of(receiver, depth + 1)
            self.texts += [KnownText(getattr(text.value, name)(), text.span) for text in inner.texts]
            self.patterns += inner.patterns
        else:
            self.patterns.append(TextPattern())

    def _of(self, node: Node, depth: int) -> _Strings:
        """What a part of the expression may be; a caller's argument may be anything."""
        inner = _Strings(self.flow.part())
        inner.add(node, depth)
        if inner.flow.parameters:
            inner.patterns.append(TextPattern())
        return inner

    def _joined(self, parts: list[str | Node], span: Span, depth: int) -> None:
        """A text of constant parts and expressions: its values if one of those has known ones, else a pattern."""
        unknown = [part for part in parts if not isinstance(part, str)]
        if len(unknown) == 1 and depth < DEEPEST:
            inner = self._of(unknown[0], depth + 1)
            before, after = _around(parts)
            self.texts += [KnownText(before + text.value + after, span) for text in inner.texts]
            self.patterns += [TextPattern(before + one.prefix, one.suffix + after) for one in inner.patterns]
        else:
            self.patterns.append(TextPattern(*_around(parts)))


def _parts(node: Node) -> list[str | Node]:
    """The parts of a text: constants, and the expressions between them."""
    if (value := folding.string_value(node)) is not None:
        return [value]
    if is_a(node, Kind.STRINGS):
        return [part for child in node.named_children for part in _parts(child)]
    if is_a(node, Kind.BINARY_OPERATOR) and node.child_count == 3:
        left, operator, right = node.children
        if operator.type == Kind.PLUS:
            return [*_parts(left), *_parts(right)]
        text = folding.string_value(left) if operator.type == Kind.PERCENT else None
        pattern = _by_placeholders(text or "")
        return [pattern.prefix, node, node, pattern.suffix]
    if not is_a(node, Kind.STRING):
        return [node]
    found: list[str | Node] = []
    for child in node.children:
        if child.type == Kind.INTERPOLATION:
            found.append(child.named_children[0] if child.named_child_count else child)
        elif child.type == Kind.STRING_CONTENT:
            found.append(text_of(child))
    return found


def _around(parts: list[str | Node]) -> tuple[str, str]:
    """The constant text before the first expression and after the last one."""
    return ends([part if isinstance(part, str) else None for part in parts])


def _by_placeholders(text: str) -> TextPattern:
    """The pattern of a `%` or `format` template."""
    found = list(_PLACEHOLDER.finditer(text))
    return TextPattern(text[: found[0].start()], text[found[-1].end() :]) if found else TextPattern()
