"""Where the value of an expression comes from, as far as the text of the document tells.

Names are followed to what they are bound to: constants, loops over constant tables, arguments of the function's calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from unspill import budget
from unspill.semantics.python import calls, classes, folding, scopes
from unspill.semantics.python.kinds import COLLECTIONS, DEFAULT_PARAMETERS, TARGET_LISTS, Kind, is_a
from unspill.semantics.python.names import dotted
from unspill.semantics.python.tree import find_all, items, parent, same
from unspill.syntax import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Node

    from unspill.document import Document

DEEPEST = 12
"""Maximum number of names, calls and containers to follow one after the other."""
_COST = 20
"""What following one expression costs, in steps of the budget."""
_SAME = frozenset("sorted list tuple set frozenset reversed iter str".split())
"""Calls that return the elements, or the text, of their argument."""


class _Each(NamedTuple):
    """A step into a container: any of its elements; of a mapping, the keys or the values."""

    values: bool = False


_ITEMS, _VALUES = _Each(), _Each(values=True)
_Step: TypeAlias = "int | str | _Each"
_Path: TypeAlias = "tuple[_Step, ...]"


class Parameter(NamedTuple):
    """The argument that the callers of a function give. `position` does not count `self`."""

    function: Node
    position: int
    name: str


class Flow:
    """What is found on the way to where a value comes from."""

    def __init__(self, document: Document, is_source: Callable[[Node], bool] | None = None) -> None:
        """`is_source` tells where to stop; with it, the calls of a function are not looked for."""
        self.parameters: dict[int, Parameter] = {}
        """The parameters that the value may be, by the node of the function."""
        self.is_chosen = False
        """Whether the value is one of several, by a key that is not known."""
        self._document = document
        self._is_source = is_source
        self._seen: set[tuple[int, _Path]] = set()

    def part(self) -> Flow:
        """One for a part of the same expression: nothing is followed twice."""
        inner = Flow(self._document, self._is_source)
        inner._seen = self._seen
        return inner

    def origins(self, node: Node, depth: int = 0) -> Iterator[Node | None]:
        """The expressions that a value comes from; None for one that is not known. Raises OverBudgetError."""
        return self._follow(node, (), depth)

    def _follow(self, node: Node, path: _Path, depth: int) -> Iterator[Node | None]:
        """The expressions that are at `path` within the value of a node; None for one that is not known."""
        budget.spend(self._document, _COST)
        if (node.id, path) in self._seen:
            return
        self._seen.add((node.id, path))
        if depth > DEEPEST:
            yield None
        elif self._is_source is not None and self._is_source(node):
            yield node
        elif is_a(node, Kind.PARENTHESES) and node.named_child_count == 1:
            yield from self._follow(node.named_children[0], path, depth)
        elif is_a(node, Kind.CONDITIONAL) and node.named_child_count == 3:
            for choice in (node.named_children[0], node.named_children[2]):
                yield from self._follow(choice, path, depth + 1)
        elif is_a(node, Kind.BOOLEAN_OPERATOR):
            for choice in node.named_children:
                yield from self._follow(choice, path, depth + 1)
        elif is_a(node, Kind.IDENTIFIER):
            yield from self._name(node, path, depth + 1)
        elif is_a(node, Kind.ATTRIBUTE):
            yield from self._attribute(node, path, depth + 1)
        elif is_a(node, Kind.SUBSCRIPT):
            key = folding.string_value(node.child_by_field_name("subscript"))
            value = node.child_by_field_name("value")
            self.is_chosen = self.is_chosen or key is None
            if value is not None:
                yield from self._follow(value, (_VALUES if key is None else key, *path), depth + 1)
        elif is_a(node, Kind.CALL):
            yield from self._call(node, path, depth + 1)
        elif path:
            yield from self._inside(node, path, depth + 1)
        else:
            yield node

    def _inside(self, container: Node, path: _Path, depth: int) -> Iterator[Node | None]:
        """The expressions at `path` in a container as it is written."""
        step, rest = path[0], path[1:]
        if is_a(container, *COLLECTIONS, Kind.EXPRESSION_LIST):
            elements = items(container)
            if isinstance(step, int):
                elements = elements[step : step + 1]
            elif isinstance(step, str):
                elements = []
        elif is_a(container, Kind.DICTIONARY):
            pairs = [pair for pair in items(container) if is_a(pair, Kind.PAIR)]
            if isinstance(step, str):
                pairs = [pair for pair in pairs if folding.string_value(pair.child_by_field_name("key")) == step]
            field = "key" if step == _ITEMS else "value"
            elements = [part for pair in pairs if (part := pair.child_by_field_name(field)) is not None]
        elif is_a(container, Kind.BINARY_OPERATOR):
            for side in container.named_children:
                yield from self._follow(side, path, depth)
            return
        else:
            yield None
            return
        for element in elements:
            yield from self._follow(element, rest, depth)
        if not elements and not isinstance(step, _Each):
            yield None

    def _call(self, node: Node, path: _Path, depth: int) -> Iterator[Node | None]:
        """The value of a call that passes on what it is given."""
        receiver = receiver_of(node)
        yield from self._function(node, path, depth) if receiver is None else self._method(node, receiver, path, depth)

    def _function(self, node: Node, path: _Path, depth: int) -> Iterator[Node | None]:
        name, given = calls.last_name(dotted(node.child_by_field_name("function"))), calls.arguments(node)
        step, inner = path[0] if path else None, path[1] if len(path) > 1 else None
        if name in _SAME and given:
            yield from self._follow(given[0], path, depth)
        elif name == "enumerate" and given and step == _ITEMS and inner == 1:
            yield from self._follow(given[0], (_ITEMS, *path[2:]), depth)
        elif name == "zip" and step == _ITEMS and isinstance(inner, int) and inner < len(given):
            yield from self._follow(given[inner], (_ITEMS, *path[2:]), depth)
        elif isinstance(step, str) and (value := calls.keyword(node, step)) is not None:
            yield from self._follow(value, path[1:], depth)
        else:
            yield node if not path else None

    def _method(self, node: Node, receiver: Node, path: _Path, depth: int) -> Iterator[Node | None]:
        name, given = calls.last_name(dotted(node.child_by_field_name("function"))), calls.arguments(node)
        is_iterated = path[:1] == (_ITEMS,)
        if name == "items" and is_iterated and path[1:2] in ((0,), (1,)):
            yield from self._follow(receiver, (_ITEMS if path[1] == 0 else _VALUES, *path[2:]), depth)
        elif name in ("keys", "values") and is_iterated:
            yield from self._follow(receiver, (_ITEMS if name == "keys" else _VALUES, *path[1:]), depth)
        elif name == "get" and given:
            key = folding.string_value(given[0])
            self.is_chosen = self.is_chosen or key is None
            yield from self._follow(receiver, (_VALUES if key is None else key, *path), depth)
            for default in given[1:2]:
                yield from self._follow(default, path, depth)
        else:
            yield node if not path else None
            if self._is_source is not None and not path:
                yield from self._follow(receiver, path, depth)

    def _name(self, node: Node, path: _Path, depth: int) -> Iterator[Node | None]:
        """The value of a name, by its bindings."""
        found = scopes.bindings(self._document, node, text_of(node))
        if not found:
            yield None
        for binding in found:
            yield from self._binding(binding, path, depth)

    def _binding(self, binding: scopes.Binding, path: _Path, depth: int) -> Iterator[Node | None]:
        if binding.meaning:
            yield None
            return
        target, steps = _target(self._document, binding.node)
        above = parent(self._document, target)
        if is_a(above, Kind.ASSIGNMENT, Kind.NAMED_EXPRESSION):
            value = above.child_by_field_name("right" if above.type == Kind.ASSIGNMENT else "value")
            if value is not None:  # else only an annotation
                yield from self._follow(value, (*steps, *path), depth)
        elif is_a(above, Kind.FOR, Kind.FOR_IN):
            value = above.child_by_field_name("right")
            if value is not None:
                yield from self._follow(value, (_ITEMS, *steps, *path), depth)
        elif is_a(above, Kind.CLASS):
            yield from self._members(above, path, depth)
        elif (parameter := _parameter(self._document, binding.node)) is not None:
            yield from self._arguments(parameter, path, depth)
        else:
            yield None

    def _members(self, owner: Node, path: _Path, depth: int) -> Iterator[Node | None]:
        """The values of an enumeration: of any of its members, or of one."""
        found = False
        for statement in items(owner.child_by_field_name("body")):
            done = statement.named_children[0] if is_a(statement, Kind.EXPRESSION_STATEMENT) else None
            if is_a(done, Kind.ASSIGNMENT) and (value := done.child_by_field_name("right")) is not None:
                named = text_of(done.child_by_field_name("left"))
                if path and path[0] in (_ITEMS, named):
                    found = True
                    rest = path[1:]
                    yield from self._follow(value, rest[1:] if rest[:1] == ("value",) else rest, depth)
        if not found:
            yield None

    def _attribute(self, node: Node, path: _Path, depth: int) -> Iterator[Node | None]:
        """The value of `self.name`, by its assignments; of another object's field, by where that is made."""
        receiver = node.child_by_field_name("object")
        name = text_of(node.child_by_field_name("attribute"))
        if is_a(receiver, Kind.IDENTIFIER) and text_of(receiver) in ("self", "cls"):
            values = self._document.memo(_fields).get(name, [])
            for value in values:
                yield from self._follow(value, path, depth)
            if not values:
                yield None
        elif receiver is not None:
            yield from self._follow(receiver, (name, *path), depth)

    def _arguments(self, parameter: Parameter, path: _Path, depth: int) -> Iterator[Node | None]:
        """What the calls in the document give a parameter."""
        if not path:
            self.parameters[parameter.function.id] = parameter
        if path or self._is_source is not None:
            yield None
            return
        for call in calls_of(self._document, parameter.function):
            given = calls.argument(call, parameter.position, parameter.name)
            if given is not None:
                yield from self._follow(given, path, depth)


def calls_of(document: Document, function: Node) -> list[Node]:
    """The calls of a function or method of the document; of a method, those by `self`, `cls` or its class's name."""
    name = text_of(function.child_by_field_name("name"))
    owner = classes.owner(document, function)
    if owner is None:
        return document.memo(_calls).get(name, [])
    own = ("self", "cls", text_of(owner.child_by_field_name("name")))
    return [call for before in own for call in document.memo(_calls).get(f"{before}.{name}", [])]


def _calls(document: Document) -> dict[str, list[Node]]:
    """The calls of a document by the callee as written."""
    found: dict[str, list[Node]] = {}
    for call in find_all(document, Kind.CALL):
        found.setdefault(dotted(call.child_by_field_name("function")), []).append(call)
    return found


def _fields(document: Document) -> dict[str, list[Node]]:
    """The values that fields are assigned: `self.name = …`, and names in a class's body."""
    found: dict[str, list[Node]] = {}
    for node in find_all(document, Kind.ASSIGNMENT):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if right is None:
            continue
        first, _, rest = dotted(left).partition(".")
        if first in ("self", "cls") and rest:
            found.setdefault(rest, []).append(right)
        elif first and not rest and classes.owner(document, node) is not None:
            found.setdefault(first, []).append(right)
    return found


def _target(document: Document, node: Node) -> tuple[Node, _Path]:
    """The whole target that a name is bound in, and where in it the name is: `a, (b, c)` has `c` at (1, 1)."""
    steps: list[_Step] = []
    above = parent(document, node)
    while is_a(above, *TARGET_LISTS, *COLLECTIONS):
        steps.append([child.id for child in above.named_children].index(node.id))
        node, above = above, parent(document, above)
    return node, tuple(reversed(steps))


def _parameter(document: Document, name: Node) -> Parameter | None:
    """The parameter that a name is bound as; None for a lambda's, and for `*args`."""
    inner, above = name, parent(document, name)
    while is_a(above, *DEFAULT_PARAMETERS, Kind.TYPED_PARAMETER):
        inner, above = above, parent(document, above)
    function = parent(document, above) if is_a(above, Kind.PARAMETERS) else None
    if above is None or not is_a(function, Kind.FUNCTION):
        return None
    given = [child for child in items(above) if child.is_named]
    index = next((at for at, child in enumerate(given) if same(child, inner)), None)
    if index is None:
        return None
    has_self = bool(given) and text_of(given[0]) in ("self", "cls")
    return Parameter(function, index - has_self, text_of(name))


def receiver_of(node: Node) -> Node | None:
    """The object of a method's call; None for any other expression."""
    function = node.child_by_field_name("function") if is_a(node, Kind.CALL) else None
    return function.child_by_field_name("object") if is_a(function, Kind.ATTRIBUTE) else None
