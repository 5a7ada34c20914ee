"""What the names of a unit mean: qualified names, constants, functions and classes of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.exposure.modules import Module, Modules, Unit
from unspill.semantics.python.facts import END, AttributeRead, BoundValue, ConstantValue, Invocation, NameRead, Taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unspill.exposure.steps import Steps
    from unspill.model import Tree
    from unspill.semantics.python.facts import Blocks, Expression, FieldWrite
    from unspill.semantics.python.lowering import PlacedClass

_DEEPEST = 8


class Frame(NamedTuple):
    """A unit that is run, and the call that runs it, if it is known which."""

    unit: Unit
    call: Invocation | None = None
    caller: Frame | None = None
    shift: int = 0
    """How many parameters the call does not give by position: 1 for `self`."""

    @property
    def depth(self) -> int:
        """How many calls lead here."""
        return 0 if self.caller is None else self.caller.depth + 1


class Callee(NamedTuple):
    """A function of the project that is called."""

    unit: Unit
    shift: int = 0


class Instance(NamedTuple):
    """An object of a class of the project, and the call that makes it."""

    module: Module
    owner: PlacedClass
    call: Invocation
    frame: Frame


class Bound(NamedTuple):
    """What a name is bound to where it is read."""

    unit: Unit
    values: tuple[BoundValue, ...] = ()
    """The latest first."""
    parameter: int | None = None
    """The index of the parameter that it may be."""


class Scopes:
    """The names of a document and of the modules that it imports."""

    def __init__(self, module: Module, tree: Tree | None, steps: Steps) -> None:
        self.module = module
        self.modules = Modules(tree)
        self.steps = steps
        self._writes: dict[tuple[str, str], dict[str, list[tuple[Unit, FieldWrite]]]] = {}
        self._meanings: dict[tuple[str, str, str], str] = {}

    def bound(self, read: NameRead, unit: Unit) -> Bound | None:
        """What a name is bound to, unless it is a function, an import or built in. Raises EndedError."""
        self.steps.take()
        order, blocks, where = read.order, read.blocks, unit
        while True:
            facts = where.facts
            if read.name not in facts.outer:
                values = facts.bindings.get(read.name, ())
                index = _index(facts.parameters, read.name)
                if values or index is not None:
                    found, is_settled = _reaching(values, order, blocks)
                    return Bound(where, found, None if is_settled else index)
                if read.name in facts.functions:
                    return None
            if where.parent is None:
                return None
            where, order, blocks = where.parent, END, ()

    def meaning(self, value: Expression | None, unit: Unit, depth: int = 0) -> str:
        """The qualified name of an expression; with `()` where a call made it; "" if it has none."""
        if depth > _DEEPEST:
            return ""
        self.steps.take()
        if isinstance(value, NameRead):
            return self._meaning_of_name(value, unit, depth)
        if isinstance(value, AttributeRead):
            if self.is_self(value.owner, unit):
                return self._meaning_of_field(value, unit, depth)
            owner = self.meaning(value.owner, unit, depth + 1)
            return f"{owner}.{value.name}" if owner else ""
        if isinstance(value, Invocation):
            callee = self.meaning(value.callee, unit, depth + 1)
            return f"{callee}()" if callee else ""
        return ""

    def _meaning_of_name(self, read: NameRead, unit: Unit, depth: int) -> str:
        bound = self.bound(read, unit)
        if bound is not None:
            if bound.parameter is not None:
                return ""
            meant = {self.meaning(one.value, bound.unit, depth + 1) for one in bound.values if one.key == ""}
            imported = unit.module.imports.get(read.name, "")
            if imported and all(isinstance(one.value, ConstantValue) for one in bound.values):
                return imported  # `try: import x` and `except ImportError: x = None`
            return meant.pop() if len(meant) == 1 else ""
        if self._defined(read.name, unit) is not None or read.name in unit.module.facts.classes:
            return ""
        return unit.module.imports.get(read.name, read.name)

    def _meaning_of_field(self, value: AttributeRead, unit: Unit, depth: int) -> str:
        """What all writes of a field mean; worked out once, and nothing while it is being worked out."""
        key = unit.module.path, unit.owner.facts.name if unit.owner is not None else "", value.name
        if key not in self._meanings:
            self._meanings[key] = ""
            writes = self.writes(unit).get(value.name, ())
            meant = {self.meaning(write.value, method, depth + 1) for method, write in writes}
            self._meanings[key] = meant.pop() if len(meant) == 1 else ""
        return self._meanings[key]

    def writes(self, unit: Unit) -> dict[str, list[tuple[Unit, FieldWrite]]]:
        """What the methods of the class of a method write to fields of their own object, by the field's name."""
        module, owner = unit.module, unit.owner
        if owner is None:
            return {}
        key = module.path, owner.facts.name
        if key not in self._writes:
            found: dict[str, list[tuple[Unit, FieldWrite]]] = {}
            for name in owner.methods:
                method = module.method(owner, name)
                for write in method.facts.writes:
                    if isinstance(write.key, str) and not write.is_item and self.is_self(write.owner, method):
                        found.setdefault(write.key, []).append((method, write))
            self._writes[key] = found
        return self._writes[key]

    def is_self(self, value: Expression, unit: Unit) -> bool:
        """Whether an expression is the object that a method is called on."""
        first = unit.facts.parameters[:1]
        return (
            unit.owner is not None
            and isinstance(value, NameRead)
            and bool(first)
            and first[0].name == value.name
            and value.name in ("self", "cls")
        )

    def constant(self, value: Expression | None, frame: Frame, depth: int = 0) -> str | None:
        """The text of a constant expression, a name of one included."""
        if isinstance(value, ConstantValue):
            return value.text
        if not isinstance(value, NameRead) or depth > _DEEPEST:
            return None
        bound = self.bound(value, frame.unit)
        if bound is None:
            return None
        if bound.parameter is not None:
            given = argument(frame, bound.parameter) if bound.unit is frame.unit else None
            return self.constant(given, frame.caller, depth + 1) if given and frame.caller else None
        texts = {self.constant(one.value, Frame(bound.unit), depth + 1) for one in bound.values}
        return texts.pop() if len(texts) == 1 else None

    def callee(self, call: Invocation, unit: Unit, *, elsewhere: bool = True) -> Callee | None:
        """The function of the project that a call runs; with `elsewhere`, also of other modules."""
        value = call.callee
        if isinstance(value, NameRead):
            found = self.function(value, unit, elsewhere=elsewhere)
            return Callee(found) if found is not None else None
        if isinstance(value, AttributeRead):
            if self.is_self(value.owner, unit) and unit.owner is not None:
                return self._method(unit.module, unit.owner, value.name)
            made = self.instance(value.owner, Frame(unit), elsewhere=elsewhere)
            if made is not None:
                return self._method(made.module, made.owner, value.name)
            if not elsewhere:
                return None
            found = self._imported_function(self.meaning(value, unit), unit)
            return Callee(found) if found is not None else None
        return None

    def function(self, value: Expression | None, unit: Unit, *, elsewhere: bool = True) -> Unit | None:
        """The function of the project that an expression is."""
        if isinstance(value, NameRead):
            if self.bound(value, unit) is not None:
                return None
            here = self._defined(value.name, unit)
            return (
                here if here is not None or not elsewhere else self._imported_function(self.meaning(value, unit), unit)
            )
        return self._imported_function(self.meaning(value, unit), unit) if isinstance(value, AttributeRead) else None

    def _method(self, module: Module, owner: PlacedClass, name: str) -> Callee | None:
        if name not in owner.methods:
            return None
        unit = module.method(owner, name)
        is_static = any(isinstance(one, NameRead) and one.name == "staticmethod" for one in unit.facts.decorators)
        return Callee(unit, 0 if is_static else 1)

    def _defined(self, name: str, unit: Unit) -> Unit | None:
        where: Unit | None = unit
        while where is not None:
            if name in where.facts.functions:
                return where.inner(name)
            where = where.parent
        return unit.module.function(name) if name in unit.module.facts.functions else None

    def _imported_function(self, name: str, unit: Unit) -> Unit | None:
        found = self.imported(name, unit)
        if found is None or found[1] not in found[0].facts.functions:
            return None
        return found[0].function(found[1])

    def imported(self, name: str, unit: Unit) -> tuple[Module, str] | None:
        """The module of the project that a qualified name begins with, and the rest of the name."""
        if "." not in name or "(" in name:
            return None
        return self.modules.imported(unit.module.path, name)

    def is_elsewhere(self, value: Expression, unit: Unit) -> bool:
        """Whether an expression is something of another module of the project, which is not parsed for that."""
        name = self.meaning(value, unit)
        if "." not in name or "(" in name:
            return False
        return self.modules.exists(unit.module.path, name.rpartition(".")[0])

    def instance(
        self, value: Expression | None, frame: Frame, depth: int = 0, *, elsewhere: bool = True
    ) -> Instance | None:
        """The object of a class of the project that an expression is."""
        if depth > _DEEPEST:
            return None
        if isinstance(value, Invocation):
            made = self.owner(value.callee, frame.unit, elsewhere=elsewhere)
            return Instance(*made, value, frame) if made is not None else None
        if isinstance(value, NameRead) and (bound := self.bound(value, frame.unit)) is not None:
            if bound.parameter is not None or len(bound.values) != 1:
                return None
            inner = frame if bound.unit is frame.unit else Frame(bound.unit)
            return self.instance(bound.values[0].value, inner, depth + 1, elsewhere=elsewhere)
        if elsewhere and isinstance(value, (NameRead, AttributeRead)):
            return self._imported_instance(self.meaning(value, frame.unit), frame, depth)
        return None

    def _imported_instance(self, name: str, frame: Frame, depth: int) -> Instance | None:
        found = self.imported(name, frame.unit)
        values = found[0].top.facts.bindings.get(found[1], ()) if found is not None else ()
        if found is None or len(values) != 1:
            return None
        return self.instance(values[0].value, Frame(found[0].top), depth + 1)

    def owner(self, value: Expression, unit: Unit, *, elsewhere: bool = True) -> tuple[Module, PlacedClass] | None:
        """The class of the project that an expression is, and its module."""
        if isinstance(value, NameRead) and value.name in unit.module.facts.classes:
            bound = self.bound(value, unit)
            return (unit.module, unit.module.facts.classes[value.name]) if bound is None else None
        found = self.imported(self.meaning(value, unit), unit) if elsewhere else None
        if found is None or found[1] not in found[0].facts.classes:
            return None
        return found[0], found[0].facts.classes[found[1]]


def argument(frame: Frame, index: int) -> Expression | None:
    """What the call of a frame gives a parameter."""
    parameter = frame.unit.facts.parameters[index]
    if frame.call is None or parameter.stars or index < frame.shift:
        return None
    return frame.call.argument(index - frame.shift, parameter.name)


def _index(parameters: Sequence[Taken], name: str) -> int | None:
    return next((index for index, one in enumerate(parameters) if one.name == name), None)


def _reaching(values: Sequence[BoundValue], order: int, blocks: Blocks) -> tuple[tuple[BoundValue, ...], bool]:
    """The bindings of a name that may hold at a place, the latest first, and whether one of them surely does."""
    found = []
    for value in reversed(values):
        if value.order > order or _exclude(value.blocks, blocks):
            continue
        found.append(value)
        if value.key == "" and blocks[: len(value.blocks)] == value.blocks:
            return tuple(found), True
    return tuple(found), False


def _exclude(one: Blocks, other: Blocks) -> bool:
    """Whether places in these blocks are in different branches of one statement."""
    for (statement, branch), (same, here) in zip(one, other, strict=False):
        if statement != same:
            return False
        if branch != here:
            return True
    return False
