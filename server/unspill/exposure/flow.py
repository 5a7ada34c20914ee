"""The ways that a value may have come to an expression, backwards to where it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.exposure import passing, sources
from unspill.exposure.scope import Frame, argument
from unspill.exposure.way import Hop, OriginKind, ValueOrigin, Way, beginning
from unspill.model import Span
from unspill.semantics.python.facts import (
    END,
    Alternative,
    Anonymous,
    AttributeRead,
    Collection,
    FieldWrite,
    Invocation,
    ItemRead,
    Mixture,
    NameRead,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from unspill.exposure.modules import Module, Unit, UnitId
    from unspill.exposure.scope import Bound, Scopes
    from unspill.semantics.python.facts import BoundValue, Expression, Key

    OriginOf = Callable[[Expression, tuple[Key, ...], Frame, Scopes], ValueOrigin | None]
    Path = tuple[Key, ...]

_DEEPEST = 24
"""Maximum number of expressions to follow one after the other."""
_CALLS = 4
"""Maximum number of calls within each other to follow."""


class Ways:
    """Follows values of a document to where they come from."""

    def __init__(self, scopes: Scopes, origin_of: OriginOf) -> None:
        """`origin_of` tells where ways begin."""
        self._scopes = scopes
        self._origin_of = origin_of
        self._on_way: set[tuple[object, ...]] = set()
        self._callers: dict[UnitId, list[tuple[Invocation, Unit, int]]] | None = None

    def to(self, value: Expression, frame: Frame, path: Path = ()) -> Iterator[Way]:
        """The ways to an expression, or to an element of its value. Raises EndedError."""
        self._scopes.steps.take()
        mark = (frame.unit.id, frame.call and frame.call.at, value.at, type(value), path)
        if mark in self._on_way or len(self._on_way) > _DEEPEST:
            return
        origin = self._origin_of(value, path, frame, self._scopes)
        if origin is not None:
            yield Way(origin, (self._hop(frame.unit, value.at, beginning(origin)),))
            return
        self._on_way.add(mark)
        try:
            yield from self._follow(value, frame, path)
        finally:
            self._on_way.discard(mark)

    def _follow(self, value: Expression, frame: Frame, path: Path) -> Iterator[Way]:
        if isinstance(value, NameRead):
            yield from self._name(value, frame, path)
        elif isinstance(value, AttributeRead):
            yield from self._attribute(value, frame, path)
        elif isinstance(value, ItemRead):
            yield from self._session(value, frame, path)
            key = value.key if value.name is None else self._scopes.constant(value.name, frame)
            yield from self.to(value.owner, frame, (key, *path))
        elif isinstance(value, Collection):
            yield from self._collection(value, frame, path)
        elif isinstance(value, Mixture) and not path:
            for part in value.parts:
                for way in self.to(part, frame):
                    # A template may take one name of it: `"%(HOME)s" % os.environ`.
                    if way.origin.kind is not OriginKind.EVERYTHING or isinstance(part, Invocation):
                        yield way._replace(is_part=True)
        elif isinstance(value, Alternative):
            for part in value.parts:
                yield from self.to(part, frame, path)
        elif isinstance(value, Anonymous) and not value.names:
            yield from self.to(value.body, frame, path)
        elif isinstance(value, Invocation):
            yield from self._call(value, frame, path)

    def _collection(
        self, value: Collection, frame: Frame, path: Path, without: frozenset[Key] = frozenset()
    ) -> Iterator[Way]:
        members = [member for member in value.members if member.key not in without or member.key is None]
        rest = path[1:]
        if path and path[0] is None:
            members = [] if value.is_mapping else members
        elif path:
            named = [member for member in members if member.key == path[0]]
            members = named[-1:] or [member for member in members if member.key == "**" and value.is_mapping]
            rest = path if members and members[0].key == "**" else rest
        for member in members:
            for way in self.to(member.value, frame, rest):
                yield way._replace(is_part=way.is_part or not path)

    # Names

    def _name(self, read: NameRead, frame: Frame, path: Path) -> Iterator[Way]:
        bound = self._scopes.bound(read, frame.unit)
        if bound is None:
            yield from self._import(self._scopes.meaning(read, frame.unit), frame, path)
            return
        inner = frame if bound.unit is frame.unit else Frame(bound.unit)
        yield from self._bindings(read.name, bound, inner, path)
        if bound.parameter is not None:
            yield from self._parameter(bound.parameter, inner, path)

    def _bindings(self, name: str, bound: Bound, frame: Frame, path: Path) -> Iterator[Way]:
        """The ways by assignments to a name and its elements; later ones of a key replace earlier ones."""
        replaced: set[Key] = set()
        for one in bound.values:
            if one.key == "":
                yield from self._through(self._assigned(one, frame, path, frozenset(replaced)), frame, one, name)
            elif not path or path[0] == one.key:
                if one.key is not None and one.key in replaced:
                    continue
                yield from self._through(self.to(one.value, frame, path[1:]), frame, one, name)
                if path and one.key is not None:
                    return
                replaced.add(one.key)

    def _assigned(self, one: BoundValue, frame: Frame, path: Path, without: frozenset[Key]) -> Iterator[Way]:
        if without and isinstance(one.value, Collection):
            return self._collection(one.value, frame, path, without)
        return self.to(one.value, frame, path)

    def _through(self, ways: Iterator[Way], frame: Frame, one: BoundValue, name: str) -> Iterator[Way]:
        for way in ways:
            yield way.then(self._hop(frame.unit, one.at, f"assigned to `{name}`"))

    def _import(self, meaning: str, frame: Frame, path: Path) -> Iterator[Way]:
        """The ways to a name of another module of the project."""
        found = self._scopes.imported(meaning, frame.unit)
        if found is not None:
            yield from self._global(*found, path)

    def _global(self, module: Module, name: str, path: Path) -> Iterator[Way]:
        top = module.top
        read = NameRead(Span(0, 0), name, END, ())
        bound = self._scopes.bound(read, top) if name in top.facts.bindings else None
        if bound is not None:
            yield from self._bindings(name, bound, Frame(top), path)

    def _parameter(self, index: int, frame: Frame, path: Path) -> Iterator[Way]:
        unit, parameter = frame.unit, frame.unit.facts.parameters[index]
        if parameter.stars:
            return
        given = argument(frame, index)
        hop = f"passed to `{unit.facts.name}` as `{parameter.name}`"
        if given is not None and frame.caller is not None:
            for way in self.to(given, frame.caller, path):
                yield way.then(self._hop(frame.caller.unit, given.at, hop))
            return
        if parameter.default is not None and not (frame.call and frame.call.is_open):
            for way in self.to(parameter.default, Frame(unit.parent or unit), path):
                yield way.then(self._hop(unit, parameter.at, f"the default of `{parameter.name}`"))
        if frame.call is None:
            for call, caller, shift in self._calls_of(unit):
                given = argument(Frame(unit, call, Frame(caller), shift), index)
                for way in self.to(given, Frame(caller), path) if given is not None else ():
                    yield way.then(self._hop(caller, given.at, hop) if given is not None else way.hops[-1])

    def _calls_of(self, unit: Unit) -> list[tuple[Invocation, Unit, int]]:
        """The calls of a function in the document, the unit of each, and how many parameters they leave out."""
        if self._callers is None:
            self._callers = {}
            for caller in self._scopes.module.units():
                for call in caller.facts.calls:
                    found = self._scopes.callee(call, caller, elsewhere=False)
                    if found is not None:
                        self._callers.setdefault(found.unit.id, []).append((call, caller, found.shift))
                    made = self._scopes.owner(call.callee, caller, elsewhere=False)
                    if made is not None and "__init__" in made[1].methods:
                        init = made[0].method(made[1], "__init__")
                        self._callers.setdefault(init.id, []).append((call, caller, 1))
        return self._callers.get(unit.id, [])

    # Attributes

    def _attribute(self, value: AttributeRead, frame: Frame, path: Path) -> Iterator[Way]:
        if self._scopes.is_self(value.owner, frame.unit):
            yield from self._field(value.name, frame.unit, frame, path)
            return
        if value.name == "__dict__":
            yield from self._all_settings(value.owner, value.at, frame, path)
            return
        made = self._scopes.instance(value.owner, frame)
        if made is not None:
            init = Frame(made.module.top)
            if "__init__" in made.owner.methods:
                init = Frame(made.module.method(made.owner, "__init__"), made.call, made.frame, 1)
            given = made.call.argument(-1, value.name) if "__init__" not in made.owner.methods else None
            if given is not None:
                yield from self.to(given, made.frame, path)
            for write in init.unit.facts.writes:
                yield from self._written(write, value.name, init, path)
            return
        yield from self._session(value, frame, path)
        yield from self._import(self._scopes.meaning(value, frame.unit), frame, path)

    def _field(self, name: str, unit: Unit, frame: Frame, path: Path) -> Iterator[Way]:
        """The ways to `self.name`, by what methods of its class assign."""
        for method, write in self._scopes.writes(unit).get(name, ()):
            yield from self._written(write, name, frame if method.id == unit.id else Frame(method), path)
        field = unit.owner.facts.fields.get(name) if unit.owner is not None else None
        if field is not None and field.default is not None:
            top = unit.module.top
            for way in self.to(field.default, Frame(top), path):
                yield way.then(self._hop(top, field.at, f"the default of `{name}`"))

    def _written(self, write: FieldWrite, name: str, frame: Frame, path: Path) -> Iterator[Way]:
        if write.key == name and not write.is_item and self._scopes.is_self(write.owner, frame.unit):
            for way in self.to(write.value, frame, path):
                yield way.then(self._hop(frame.unit, write.at, f"kept in `self.{name}`"))

    def _session(self, value: AttributeRead | ItemRead, frame: Frame, path: Path) -> Iterator[Way]:
        """The ways to what the session of a visitor keeps under a key."""
        key = sources.session_key(value, frame, self._scopes)
        if key is None:
            return
        for unit in self._scopes.module.units():
            for write in unit.facts.writes:
                target = ItemRead(write.at, write.owner, write.key)
                if write.key == key and sources.session_key(target, Frame(unit), self._scopes) == key:
                    for way in self.to(write.value, Frame(unit), path):
                        yield way.then(self._hop(unit, write.at, "kept in the session"))
            for call in unit.facts.calls:
                if sources.is_widget(call, key, Frame(unit), self._scopes):
                    yield from self.to(call, Frame(unit), path)

    def _all_settings(self, value: Expression, at: Span, frame: Frame, path: Path) -> Iterator[Way]:
        """The secrets in the text of an object of a settings class."""
        made = self._scopes.instance(value, frame)
        if made is None or not sources.is_settings(made.owner):
            return
        for name in sources.settings_in(made.owner):
            if not path or (isinstance(path[0], str) and name.endswith(path[0].upper())):
                origin = ValueOrigin(OriginKind.SECRET, name)
                yield Way(origin, (self._hop(frame.unit, at, beginning(origin)),))

    # Calls

    def _call(self, call: Invocation, frame: Frame, path: Path) -> Iterator[Way]:
        found = self._scopes.callee(call, frame.unit)
        if found is not None:
            yield from self._returned(call, found.unit, found.shift, frame, path)
            return
        meaning = self._scopes.meaning(call.callee, frame.unit)
        first = call.argument(0)
        if meaning in passing.TEXTS and not path and first is not None:
            yield from self.to(first, frame)
            if meaning not in ("vars", "str", "repr"):
                return
        if meaning in passing.TEXTS or meaning in passing.COPIES:
            yield from self._copied(call, meaning, frame, path)
        elif meaning in passing.SEQUENCES:
            if first is not None:
                yield from self.to(first, frame, path if path and path[0] is None else (None, *path[1:]))
        elif isinstance(call.callee, AttributeRead):
            yield from self._method(call, call.callee, frame, path)
        if not path:
            yield from self._all_settings(call, call.at, frame, path)

    def _copied(self, call: Invocation, meaning: str, frame: Frame, path: Path) -> Iterator[Way]:
        first = call.argument(0)
        if meaning == "dict":
            for given in call.given:
                if given.keyword not in ("", "*") and (not path or path[0] == given.keyword or given.keyword == "**"):
                    yield from self.to(given.value, frame, path if given.keyword == "**" else path[1:])
        if first is None:
            return
        yield from self._all_settings(first, first.at, frame, path)
        if meaning in passing.COPIES and meaning != "vars":
            yield from self.to(first, frame, path)

    def _method(self, call: Invocation, callee: AttributeRead, frame: Frame, path: Path) -> Iterator[Way]:
        name, owner = callee.name, callee.owner
        if name == "get" and (key := self._scopes.constant(call.argument(0, "key"), frame)) is not None:
            session = ItemRead(call.at, owner, key)
            yield from self.to(session, frame, path)
            default = call.argument(1, "default")
            if default is not None:
                yield from self.to(default, frame, path)
        elif name in passing.TEXT_METHODS and not path:
            for way in self.to(owner, frame):
                yield way._replace(is_part=way.is_part or name in passing.JOINING)
            for given in call.given if name in passing.JOINING else ():
                if given.keyword not in ("*", "**"):
                    for way in self.to(given.value, frame, (None,) if name == "join" else ()):
                        yield way._replace(is_part=True)
        elif name in passing.COPY_METHODS:
            yield from self._all_settings(owner, owner.at, frame, path)
            yield from self.to(owner, frame, path)
        elif (name == "values" and path in ((), (None,))) or (name == "items" and path in ((), (None,), (None, 1))):
            yield from self.to(owner, frame, (None, 1) if path else ())

    def _returned(self, call: Invocation, unit: Unit, shift: int, frame: Frame, path: Path) -> Iterator[Way]:
        if frame.depth >= _CALLS or not all(map(_is_transparent, unit.facts.decorators)):
            return
        inner = Frame(unit, call, frame, shift)
        for result in unit.facts.results:
            for way in self.to(result.value, inner, path):
                yield way.then(self._hop(frame.unit, call.at, f"returned by `{unit.facts.name}`"))

    def _hop(self, unit: Unit, at: Span, message: str) -> Hop:
        return Hop(unit.module.path, Span(unit.base + at.start, unit.base + at.end), message)


def _is_transparent(decorator: Expression) -> bool:
    named = decorator.callee if isinstance(decorator, Invocation) else decorator
    return isinstance(named, (NameRead, AttributeRead)) and named.name in passing.TRANSPARENT
