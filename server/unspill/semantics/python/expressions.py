"""Expressions as facts: what the value of each is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.model import Span
from unspill.semantics.python import folding
from unspill.semantics.python.facts import (
    Alternative,
    Anonymous,
    AttributeRead,
    Collection,
    ConstantValue,
    Given,
    Invocation,
    ItemRead,
    Member,
    Mixture,
    NameRead,
    Unknowable,
)  # fmt: skip
from unspill.semantics.python.kinds import COLLECTIONS, Kind, is_a
from unspill.semantics.python.tree import items
from unspill.syntax import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from unspill.semantics.python.facts import Blocks, Expression, Key

_DEEPEST = 60
"""Maximum depth of an expression."""


class Expressions:
    """The expressions of a unit, in the order in which they are evaluated."""

    def __init__(self, base: int) -> None:
        """`base` is the byte offset that spans count from."""
        self.base = base
        self.calls: list[Invocation] = []
        self.order = 0
        """How many names have been bound so far."""
        self.blocks: Blocks = ()
        self.is_swallowed = False
        """Whether nothing is seen of exceptions here."""
        self._depth = 0
        self._makers: dict[str, Callable[[Node], Expression]] = {
            Kind.PARENTHESES: self._inner,
            Kind.AWAIT: self._inner,
            Kind.IDENTIFIER: self._name,
            **dict.fromkeys((Kind.TRUE, Kind.FALSE, Kind.NONE, Kind.INTEGER, Kind.FLOAT), self._constant),
            Kind.ATTRIBUTE: self._attribute,
            Kind.SUBSCRIPT: self._subscript,
            Kind.CALL: self._call,
            **dict.fromkeys((*COLLECTIONS, Kind.EXPRESSION_LIST), self._collection),
            Kind.DICTIONARY: self._dictionary,
            Kind.STRING: self._string,
            Kind.STRINGS: self._strings,
            Kind.BINARY_OPERATOR: self._binary,
            Kind.BOOLEAN_OPERATOR: self._boolean,
            Kind.CONDITIONAL: self._conditional,
            Kind.NAMED_EXPRESSION: self._walrus,
            Kind.LAMBDA: self._lambda,
            **dict.fromkeys((Kind.COMPARISON, Kind.NOT_OPERATOR), self._looked_into),
        }

    def span(self, node: Node) -> Span:
        """The span of a node within the unit."""
        return Span(node.start_byte - self.base, node.end_byte - self.base)

    def value(self, node: Node) -> Expression:
        """The facts of an expression; calls within it are recorded."""
        make = self._makers.get(node.type)
        if make is None or self._depth > _DEEPEST:
            return Unknowable(self.span(node))
        self._depth += 1
        try:
            return make(node)
        finally:
            self._depth -= 1

    def key(self, node: Node) -> Key:
        """The constant key of a subscript, else None."""
        if is_a(node, Kind.INTEGER) and text_of(node).isdigit():
            return int(text_of(node))
        return folding.string_value(node)

    def _inner(self, node: Node) -> Expression:
        inner = items(node)
        return self.value(inner[0]) if len(inner) == 1 else Unknowable(self.span(node))

    def _name(self, node: Node) -> Expression:
        return NameRead(self.span(node), text_of(node), self.order, self.blocks)

    def _constant(self, node: Node) -> Expression:
        return ConstantValue(self.span(node), is_true=node.type == Kind.TRUE)

    def _attribute(self, node: Node) -> Expression:
        owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if owner is None or name is None:
            return Unknowable(self.span(node))
        return AttributeRead(self.span(node), self.value(owner), text_of(name))

    def _subscript(self, node: Node) -> Expression:
        owner, subscript = node.child_by_field_name("value"), node.child_by_field_name("subscript")
        if owner is None or subscript is None:
            return Unknowable(self.span(node))
        value = self.value(owner)
        if is_a(subscript, Kind.SLICE) or len(node.children_by_field_name("subscript")) != 1:
            return Unknowable(self.span(node))
        key = self.key(subscript)
        return ItemRead(self.span(node), value, key, self.value(subscript) if key is None else None)

    def _call(self, node: Node) -> Expression:
        function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or not is_a(given, Kind.ARGUMENTS):
            return Unknowable(self.span(node))
        callee = self.value(function)
        call = Invocation(self.span(node), callee, tuple(self._given(one) for one in items(given)), self.is_swallowed)
        self.calls.append(call)
        return call

    def _given(self, node: Node) -> Given:
        if is_a(node, Kind.KEYWORD_ARGUMENT):
            value = node.child_by_field_name("value")
            name = text_of(node.child_by_field_name("name"))
            return Given(name, self.value(value) if value is not None else Unknowable(self.span(node)))
        if is_a(node, Kind.LIST_SPLAT, Kind.DICT_SPLAT):
            return Given("*" if node.type == Kind.LIST_SPLAT else "**", self._inner(node))
        return Given("", self.value(node))

    def _collection(self, node: Node) -> Expression:
        members = []
        for index, item in enumerate(items(node)):
            if is_a(item, Kind.LIST_SPLAT):
                members.append(Member(None, ItemRead(self.span(item), self._inner(item), None)))
            else:
                members.append(Member(index, self.value(item)))
        return Collection(self.span(node), tuple(members))

    def _dictionary(self, node: Node) -> Expression:
        members = []
        for pair in items(node):
            key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if key is not None and value is not None:
                members.append(Member(self.key(key), self.value(value)))
            elif is_a(pair, Kind.DICT_SPLAT):
                members.append(Member("**", self._inner(pair)))
        return Collection(self.span(node), tuple(members), is_mapping=True)

    def _string(self, node: Node) -> Expression:
        if (text := folding.string_value(node)) is not None:
            return ConstantValue(self.span(node), text)
        parts, constants = [], []
        for child in node.children:
            if child.type == Kind.INTERPOLATION:
                inner = child.child_by_field_name("expression")
                if inner is not None:
                    parts.append(self.value(inner))
            elif child.type == Kind.STRING_CONTENT:
                constants.append(text_of(child))
        return Mixture(self.span(node), tuple(parts), tuple(constants))

    def _strings(self, node: Node) -> Expression:
        if (text := folding.string_value(node)) is not None:
            return ConstantValue(self.span(node), text)
        return self._mixed(node, [self.value(part) for part in items(node)])

    def _binary(self, node: Node) -> Expression:
        """A sum, whose terms are flattened: there may be thousands."""
        parts: list[Expression] = []
        first = node
        while is_a(first, Kind.BINARY_OPERATOR) and first.child_count == 3:
            left, operator, right = first.children
            if operator.type not in (Kind.PLUS, Kind.PERCENT):
                return Unknowable(self.span(node))
            parts.append(self.value(right))
            first = left
        return self._mixed(node, [self.value(first), *reversed(parts)])

    def _mixed(self, node: Node, parts: list[Expression]) -> Expression:
        constants = [
            text
            for part in parts
            for text in ((part.text or "",) if isinstance(part, ConstantValue) else getattr(part, "constants", ()))
        ]
        return Mixture(self.span(node), tuple(parts), tuple(constants))

    def _boolean(self, node: Node) -> Expression:
        parts: list[Node] = []
        pending = [node]
        while pending:
            part = pending.pop()
            if is_a(part, Kind.BOOLEAN_OPERATOR):
                left, right = part.child_by_field_name("left"), part.child_by_field_name("right")
                pending += [one for one in (right, left) if one is not None]
            else:
                parts.append(part)
        values = [self.value(part) for part in parts]
        is_and = any(is_a(child, Kind.AND) for child in node.children)
        return Alternative(self.span(node), tuple(values[-1:] if is_and else values))

    def _conditional(self, node: Node) -> Expression:
        parts = items(node)
        if len(parts) != 3:
            return Unknowable(self.span(node))
        yes, _, no = (self.value(part) for part in parts)
        return Alternative(self.span(node), (yes, no))

    def _walrus(self, node: Node) -> Expression:
        value = node.child_by_field_name("value")
        return self.value(value) if value is not None else Unknowable(self.span(node))

    def _lambda(self, node: Node) -> Expression:
        body = node.child_by_field_name("body")
        taken = items(node.child_by_field_name("parameters"))
        if body is None:
            return Unknowable(self.span(node))
        names = tuple(text_of(one.child_by_field_name("name") or one) for one in taken)
        before = len(self.calls)
        value = self.value(body)
        if names:  # what the parameters are is not known here
            del self.calls[before:]
        return Anonymous(self.span(node), value, names)

    def _looked_into(self, node: Node) -> Expression:
        """Of a comparison or the like only the calls within it matter."""
        for child in items(node):
            self.value(child)
        return Unknowable(self.span(node))
