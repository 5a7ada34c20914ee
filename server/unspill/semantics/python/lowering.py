"""From syntax trees to facts. Those of a function are made once for each text of it, wherever that stands."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from unspill.semantics.python import calls
from unspill.semantics.python.expressions import Expressions
from unspill.semantics.python.facts import (
    END,
    BoundValue,
    ClassFacts,
    ClassField,
    FieldWrite,
    FunctionFacts,
    ItemRead,
    Mixture,
    Result,
    Taken,
    Unknowable,
)  # fmt: skip
from unspill.semantics.python.kinds import DEFAULT_PARAMETERS, IMPORTS, TARGET_LISTS, Kind, is_a
from unspill.semantics.python.names import dotted
from unspill.semantics.python.tree import items, root
from unspill.syntax import text_of, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Node

    from unspill.document import Document
    from unspill.semantics.python.facts import Expression

_MOST_KEPT = 5_000
"""The number of functions whose facts are kept."""
_BROAD = frozenset("Exception BaseException RequestException RequestError HTTPError CalledProcessError".split())
"""Exceptions of which one is caught at least where an error is said to be swallowed."""
_TELLING = frozenset("traceback exc_info exception print_exc format_exc sys".split())
"""Names with which a handler shows an exception that it does not name."""
_COMPOUND = frozenset([Kind.IF, Kind.FOR, Kind.WHILE, Kind.TRY, Kind.MATCH, Kind.CASE])
_BRANCHES = frozenset([Kind.ELIF, Kind.ELSE, Kind.EXCEPT, Kind.FINALLY, Kind.CASE])
_kept: OrderedDict[bytes, FunctionFacts] = OrderedDict()


class PlacedFunction(NamedTuple):
    """A function, and where its spans count from in the module."""

    facts: FunctionFacts
    base: int


class PlacedClass(NamedTuple):
    """A class of a module, and its methods by name."""

    facts: ClassFacts
    methods: dict[str, PlacedFunction]


class ModuleFacts(NamedTuple):
    """What a module does with values: its own statements, its functions and its classes, by name."""

    body: FunctionFacts
    functions: dict[str, PlacedFunction]
    classes: dict[str, PlacedClass]


def facts(document: Document) -> ModuleFacts:
    """The facts of a document, made once. Raises UnparsedError."""
    return document.memo(_facts)


def _facts(document: Document) -> ModuleFacts:
    module = _ModuleBody()
    module.block(root(document))
    return ModuleFacts(module.made("", root(document)), module.placed, module.classes)


def _function(node: Node, decorators: tuple[Node, ...]) -> PlacedFunction:
    """The facts of a function, as they were made of the same text before."""
    start = decorators[0].start_byte if decorators else node.start_byte
    text = b"".join(one.text or b"" for one in (*decorators, node))
    gap = node.start_byte - start
    key = hashlib.blake2b(b"%d %d\0" % (gap, len(decorators)) + text, digest_size=16).digest()
    found = _kept.get(key)
    if found is None:
        found = of_function(node, decorators, start)
        _kept[key] = found
        if len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return PlacedFunction(found, start)


def forget() -> None:
    """Keep no facts of functions."""
    _kept.clear()


def of_function(node: Node, decorators: tuple[Node, ...], base: int) -> FunctionFacts:
    """The facts of a function, newly made; spans count from `base`."""
    unit = _FunctionBody(base)
    unit.order = END  # decorators and defaults are evaluated outside, where it is not known what came before
    before = tuple(unit.value(one.named_children[0]) for one in decorators if one.named_children)
    for parameter in items(node.child_by_field_name("parameters")):
        unit.parameter(parameter)
    unit.order = 0
    body = node.child_by_field_name("body")
    if body is not None:
        unit.block(body)
    return unit.made(text_of(node.child_by_field_name("name")), node, before)


class _FunctionBody(Expressions):
    """What is found in a function or module."""

    def __init__(self, base: int) -> None:
        super().__init__(base)
        self._parameters: list[Taken] = []
        self._bindings: dict[str, list[BoundValue]] = {}
        self._outer: set[str] = set()
        self._writes: list[FieldWrite] = []
        self._results: list[Result] = []
        self._yields: list[Result] = []
        self._functions: dict[str, FunctionFacts] = {}
        self._statements: dict[str, Callable[[Node], object]] = {
            Kind.EXPRESSION_STATEMENT: self._expression,
            Kind.RETURN: self._return,
            **dict.fromkeys((Kind.GLOBAL, Kind.NONLOCAL), self._scope),
            **dict.fromkeys((*IMPORTS, Kind.IMPORT_FUTURE), self._import),
            Kind.DELETE: self._delete,
            Kind.DECORATED: self._decorated,
            Kind.FUNCTION: self._define,
            Kind.CLASS: self._class,
            Kind.WITH: self._with,
            **dict.fromkeys(_COMPOUND, self._compound),
        }

    def made(self, name: str, node: Node, decorators: tuple[Expression, ...] = ()) -> FunctionFacts:
        """All that was found."""
        return FunctionFacts(
            name,
            self.span(node),
            tuple(self._parameters),
            decorators,
            {bound: tuple(values) for bound, values in self._bindings.items() if bound not in self._outer},
            frozenset(self._outer),
            tuple(self._writes),
            tuple(self.calls),
            tuple(self._results),
            tuple(self._yields),
            self._functions,
        )

    def block(self, node: Node) -> None:
        """Go through the statements of a block."""
        for statement in items(node):
            self._statement(statement)

    def parameter(self, node: Node) -> None:
        """Add a parameter."""
        stars = ""
        name: Node | None = node
        annotation = default = None
        if is_a(node, *DEFAULT_PARAMETERS):
            name, default = node.child_by_field_name("name"), node.child_by_field_name("value")
            annotation = node.child_by_field_name("type")
        elif is_a(node, Kind.TYPED_PARAMETER):
            name, annotation = node.named_children[0], node.child_by_field_name("type")
        if is_a(name, Kind.LIST_SPLAT_PATTERN, Kind.DICT_SPLAT_PATTERN):
            stars = "*" if name.type == Kind.LIST_SPLAT_PATTERN else "**"
            name = name.named_children[0] if name.named_children else None
        if is_a(name, Kind.IDENTIFIER):
            value = self.value(default) if default is not None else None
            self._parameters.append(Taken(self.span(name), text_of(name), text_of(annotation), value, stars))

    def _statement(self, node: Node) -> None:
        handler = self._statements.get(node.type)
        if handler is not None:
            handler(node)
        else:
            for child in items(node):
                if not child.type.endswith("pattern"):
                    self.value(child)

    def _expression(self, node: Node) -> None:
        for child in items(node):
            if is_a(child, Kind.ASSIGNMENT, Kind.AUGMENTED_ASSIGNMENT):
                self._assignment(child)
            elif is_a(child, Kind.YIELD):
                self._yields += [Result(self.span(part), self.value(part)) for part in items(child)]
            else:
                self.value(child)

    def _assignment(self, node: Node) -> Expression:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return Unknowable(self.span(node))
        is_chained = is_a(right, Kind.ASSIGNMENT)
        value = self._assignment(right) if is_chained else self.value(right)
        if node.type == Kind.AUGMENTED_ASSIGNMENT:
            value = Mixture(self.span(node), (self.value(left), value))
        self._bind(left, value)
        return value

    def _bind(self, target: Node, value: Expression) -> None:
        """Bind what a target names to a value, or to the elements of one."""
        if is_a(target, Kind.IDENTIFIER):
            self._add(text_of(target), target, value)
        elif is_a(target, *TARGET_LISTS, Kind.TUPLE, Kind.LIST):
            parts = items(target)
            is_starred = any(is_a(part, Kind.LIST_SPLAT_PATTERN, Kind.LIST_SPLAT) for part in parts)
            for index, part in enumerate(parts):
                at = self.span(part)
                self._bind(part, Unknowable(at) if is_starred else ItemRead(at, value, index))
        elif is_a(target, Kind.SUBSCRIPT):
            self._element(target, value)
        elif is_a(target, Kind.ATTRIBUTE):
            owner, name = target.child_by_field_name("object"), target.child_by_field_name("attribute")
            if owner is not None:
                write = FieldWrite(self.span(target), self.value(owner), text_of(name), False, value)
                self._writes.append(write)
        elif is_a(target, Kind.PARENTHESES, Kind.LIST_SPLAT_PATTERN) and target.named_child_count == 1:
            self._bind(target.named_children[0], value)

    def _element(self, target: Node, value: Expression) -> None:
        owner, subscript = target.child_by_field_name("value"), target.child_by_field_name("subscript")
        if owner is None or subscript is None:
            return
        key = self.key(subscript)
        self._writes.append(FieldWrite(self.span(target), self.value(owner), key, True, value))
        if is_a(owner, Kind.IDENTIFIER):
            self._add(text_of(owner), target, value, key)

    def _add(self, name: str, target: Node, value: Expression, key: str | int | None = "") -> None:
        self.order += 1
        bound = BoundValue(self.span(target), value, self.order, self.blocks, key)
        self._bindings.setdefault(name, []).append(bound)

    def _unknown(self, target: Node) -> None:
        for node in walk(target):
            if is_a(node, Kind.IDENTIFIER):
                self._add(text_of(node), node, Unknowable(self.span(node)))

    def _return(self, node: Node) -> None:
        self._results += [Result(self.span(part), self.value(part)) for part in items(node)[:1]]

    def _scope(self, node: Node) -> None:
        self._outer.update(text_of(part) for part in items(node))

    def _import(self, node: Node) -> None:
        """What imports bind is known by the document's imports."""

    def _delete(self, node: Node) -> None:
        """A name without one of its elements is not followed any more."""
        for target in items(node):
            self._unknown(target)

    def _decorated(self, node: Node) -> None:
        decorators = tuple(child for child in node.named_children if child.type == Kind.DECORATOR)
        definition = node.child_by_field_name("definition")
        if is_a(definition, Kind.FUNCTION):
            self._define(definition, decorators)
        elif is_a(definition, Kind.CLASS):
            self._class(definition, decorators)

    def _define(self, node: Node, decorators: tuple[Node, ...] = ()) -> None:
        name = text_of(node.child_by_field_name("name"))
        self._functions[name] = of_function(node, decorators, self.base)

    def _class(self, node: Node, _decorators: tuple[Node, ...] = ()) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            self._add(text_of(name), name, Unknowable(self.span(name)))

    # Statements with blocks

    def _compound(self, node: Node) -> None:
        """Go through the parts of a statement; only one branch of an `if` or a `match` is run."""
        exclusive = node.type in (Kind.IF, Kind.MATCH)
        outer, quiet = self.blocks, self.is_swallowed
        branch = 0
        for child in items(node):
            if node.type == Kind.FOR and child == node.child_by_field_name("left"):
                continue
            is_body = child.type == Kind.BLOCK or child.type in _BRANCHES
            if not is_body:
                if child.type != Kind.CASE_PATTERN:
                    self.value(child)
                continue
            if node.type == Kind.FOR and child.type == Kind.BLOCK:
                self._loop(node)
            branch += exclusive
            self.blocks = (*outer, (node.start_byte - self.base, branch)) if child.type != Kind.FINALLY else outer
            self.is_swallowed = quiet or (node.type == Kind.TRY and child.type == Kind.BLOCK and _is_swallowing(node))
            self._branch(child)
            self.blocks, self.is_swallowed = outer, quiet

    def _branch(self, node: Node) -> None:
        if node.type == Kind.BLOCK:
            if is_a(node.parent, Kind.MATCH):
                for case in items(node):
                    self._compound(case)
            else:
                self.block(node)
            return
        for child in items(node):
            if child.type == Kind.BLOCK:
                self.block(child)
            elif node.type == Kind.EXCEPT:
                self._unknown(child)
            elif child.type != Kind.CASE_PATTERN:
                self.value(child)

    def _loop(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None and right is not None:
            self._bind(left, ItemRead(self.span(right), self.value(right), None))

    def _with(self, node: Node) -> None:
        for clause in items(node):
            if clause.type == Kind.WITH_CLAUSE:
                for item in items(clause):
                    self._entered(item.child_by_field_name("value"))
            elif clause.type == Kind.BLOCK:
                self.block(clause)

    def _entered(self, node: Node | None) -> None:
        """`with value as name`: what most context managers return is themselves."""
        if not is_a(node, Kind.AS_PATTERN):
            if node is not None:
                self.value(node)
            return
        alias = node.child_by_field_name("alias")
        value = self.value(node.named_children[0])
        for target in items(alias):
            self._bind(target, value)


class _ModuleBody(_FunctionBody):
    """What is found in a module."""

    def __init__(self) -> None:
        super().__init__(0)
        self.placed: dict[str, PlacedFunction] = {}
        self.classes: dict[str, PlacedClass] = {}

    def _define(self, node: Node, decorators: tuple[Node, ...] = ()) -> None:
        self.placed[text_of(node.child_by_field_name("name"))] = _function(node, decorators)

    def _class(self, node: Node, decorators: tuple[Node, ...] = ()) -> None:
        bases = tuple(self.value(base) for base in items(node.child_by_field_name("superclasses")))
        before = tuple(self.value(one.named_children[0]) for one in decorators if one.named_children)
        fields: dict[str, ClassField] = {}
        methods: dict[str, PlacedFunction] = {}
        for statement in items(node.child_by_field_name("body")):
            wrapped = tuple(child for child in items(statement) if child.type == Kind.DECORATOR)
            method = statement.child_by_field_name("definition") if wrapped else statement
            if is_a(method, Kind.FUNCTION):
                methods[text_of(method.child_by_field_name("name"))] = _function(method, wrapped)
            fields.update(self._fields(statement))
        name = text_of(node.child_by_field_name("name"))
        self.classes[name] = PlacedClass(ClassFacts(name, bases, before, fields), methods)

    def _fields(self, statement: Node) -> Iterator[tuple[str, ClassField]]:
        for done in items(statement) if is_a(statement, Kind.EXPRESSION_STATEMENT) else ():
            left = done.child_by_field_name("left") if is_a(done, Kind.ASSIGNMENT) else None
            if is_a(left, Kind.IDENTIFIER):
                right = done.child_by_field_name("right")
                value = self.value(right) if right is not None else None
                annotation = text_of(done.child_by_field_name("type"))
                yield text_of(left), ClassField(self.span(left), annotation, value)


def _is_swallowing(statement: Node) -> bool:
    """Whether a `try` catches what goes wrong, and its handlers neither show the exception nor raise one."""
    handlers = [child for child in items(statement) if child.type == Kind.EXCEPT]
    return bool(handlers) and any(map(_is_broad, handlers)) and all(map(_is_quiet, handlers))


def _is_broad(handler: Node) -> bool:
    caught = handler.child_by_field_name("value")
    if caught is None:
        return True
    names = [node for node in walk(caught) if is_a(node, Kind.IDENTIFIER, Kind.ATTRIBUTE)]
    return any(calls.last_name(dotted(node)) in _BROAD for node in names)


def _is_quiet(handler: Node) -> bool:
    caught = handler.child_by_field_name("value")
    alias = text_of(caught.child_by_field_name("alias")) if is_a(caught, Kind.AS_PATTERN) else ""
    body = [child for child in items(handler) if child.type == Kind.BLOCK]
    return not any(
        node.type == Kind.RAISE or (is_a(node, Kind.IDENTIFIER) and text_of(node) in {alias, *_TELLING})
        for block in body
        for node in walk(block)
    )
