"""Which expressions may have a secret, told by names alone: more than have one, and much less than there are.

A name stands for all names of a module that are spelled alike, whatever their scope. So what a function does is the
same wherever it stands, and is kept with its facts: after an edit one function is analysed again.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from unspill.exposure import passing
from unspill.exposure.sources import BEGINNING, MOUNTED_BEGINNING, OAUTH_BEGINNING
from unspill.semantics.python.facts import (
    Alternative,
    Anonymous,
    AttributeRead,
    Collection,
    FunctionFacts,
    Invocation,
    ItemRead,
    Mixture,
    NameRead,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from unspill.exposure.modules import Module, Modules
    from unspill.semantics.python.facts import Expression
    from unspill.semantics.python.lowering import PlacedClass

_MOST_KEPT = 5_000
_SESSION = "session_state"
_OWNER_METHODS = passing.TEXT_METHODS | passing.COPY_METHODS | {"get", "values", "items", "get_secret_value"}
_PASSING = passing.TEXTS | passing.COPIES | passing.SEQUENCES
_PASSING_LASTS = frozenset(name.rpartition(".")[2] for name in _PASSING)


class Passed(NamedTuple):
    """A name that gets what any of others has. `(f` is what calls of `f` are given, `@m` whatever begins with `m.`."""

    to: str
    names: frozenset[str]


_kept: OrderedDict[int, tuple[FunctionFacts, tuple[Passed, ...]]] = OrderedDict()


class Candidates:
    """The names of a module that may have a secret."""

    def __init__(self, module: Module, modules: Modules, data: bytes) -> None:
        seeds = {*BEGINNING}
        seeds.update(MOUNTED_BEGINNING if b"/run/secrets/" in data else ())
        seeds.update(OAUTH_BEGINNING if b"OAuthToken" in data else ())
        edges = [*_of_imports(module, modules, seeds)]
        for owner in module.facts.classes.values():
            edges += _of_class(owner)
            if any(getattr(base, "name", "") == "BaseSettings" for base in owner.facts.bases):
                seeds.add(owner.facts.name)
        for facts in _all(module):
            edges += _of_function(facts)
        self._names = _closure(seeds, edges)

    def has(self, value: Expression) -> bool:
        """Whether an expression may have a secret."""
        return not self._names.isdisjoint(_mentioned(value))


def _all(module: Module) -> Iterator[FunctionFacts]:
    yield module.facts.body
    yield from (one.facts for one in module.facts.functions.values())
    for owner in module.facts.classes.values():
        yield from (one.facts for one in owner.methods.values())


def _closure(seeds: set[str], edges: Iterable[Passed]) -> set[str]:
    """The names that a value of one of `seeds` may come to."""
    following: dict[str, list[str]] = {}
    for to, names in edges:
        for name in names:
            following.setdefault(name, []).append(to)
    found, left = set(seeds), list(seeds)
    while left:
        for to in following.get(left.pop(), ()):
            if to not in found:
                found.add(to)
                left.append(to)
    return found


def _of_imports(module: Module, modules: Modules, seeds: set[str]) -> Iterator[Passed]:
    """What imported names stand for; those of modules of the project are among the seeds."""
    for alias, meaning in module.imports.items():
        first, _, rest = meaning.lstrip(".").partition(".")
        last = rest.rpartition(".")[2]
        yield Passed(alias, frozenset([last or first, f"@{first}"]))
        yield Passed(f"@{alias}", frozenset([last or first, f"@{first}"]))
        if meaning in _PASSING:
            yield Passed(alias, frozenset([f"({alias}"]))
        near = module.path
        if modules.exists(near, meaning) or (rest and modules.exists(near, meaning.rpartition(".")[0])):
            seeds.update((alias, f"@{alias}"))


def _of_class(owner: PlacedClass) -> Iterator[Passed]:
    """What the fields of a class get, and its parameters where it is called."""
    name = owner.facts.name
    for field, one in owner.facts.fields.items():
        given = {f"({name}"} if "__init__" not in owner.methods else set()
        yield Passed(field, frozenset(given.union(_mentioned(one.default) if one.default is not None else ())))
    yield Passed("(__init__", frozenset([f"({name}"]))


def _of_function(facts: FunctionFacts) -> tuple[Passed, ...]:
    """What a function passes on, worked out once for its facts."""
    known = _kept.get(id(facts))
    if known is None or known[0] is not facts:
        known = facts, tuple(_passed(facts))
        _kept[id(facts)] = known
        if len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return known[1]


def _passed(facts: FunctionFacts) -> Iterator[Passed]:
    for name, values in facts.bindings.items():
        yield Passed(name, frozenset(chain.from_iterable(_mentioned(one.value) for one in values)))
        for one in values:
            if isinstance(one.value, (NameRead, AttributeRead)) and one.value.name in _PASSING_LASTS:
                yield Passed(name, frozenset([f"({name}"]))
    for write in facts.writes:
        names = frozenset(_mentioned(write.value))
        if isinstance(write.key, str):
            yield Passed(write.key, names)
        if _SESSION in _mentioned(write.owner):
            yield Passed(_SESSION, names)
    for call in facts.calls:
        if isinstance(call.callee, (NameRead, AttributeRead)) and call.given:
            names = frozenset(chain.from_iterable(_mentioned(one.value) for one in call.given))
            yield Passed(f"({call.callee.name}", names)
    for parameter in facts.parameters:
        if parameter.name not in ("self", "cls"):
            default = _mentioned(parameter.default) if parameter.default is not None else ()
            yield Passed(parameter.name, frozenset([f"({facts.name}", *default]))
    yield Passed(facts.name, frozenset(chain.from_iterable(_mentioned(one.value) for one in facts.results)))
    for inner in facts.functions.values():
        yield from _passed(inner)


def _mentioned(value: Expression) -> Iterator[str]:
    """The names that an expression has its value from."""
    if isinstance(value, NameRead):
        yield value.name
    elif isinstance(value, AttributeRead):
        yield value.name
        yield from _mentioned(value.owner)
    elif isinstance(value, ItemRead):
        yield from _mentioned(value.owner)
    elif isinstance(value, Collection):
        for member in value.members:
            yield from _mentioned(member.value)
    elif isinstance(value, (Mixture, Alternative)):
        for part in value.parts:
            yield from _mentioned(part)
    elif isinstance(value, Anonymous):
        yield from _mentioned(value.body)
    elif isinstance(value, Invocation):
        yield from _of_call(value)


def _of_call(call: Invocation) -> Iterator[str]:
    """The names that the result of a call has its value from: not what an unknown function makes of its arguments."""
    callee = call.callee
    if not isinstance(callee, (NameRead, AttributeRead)):
        return
    yield callee.name
    owner: Expression = callee
    while isinstance(owner, AttributeRead):
        owner = owner.owner
    if isinstance(owner, NameRead):
        yield f"@{owner.name}"
    if isinstance(callee, AttributeRead) and callee.name in _OWNER_METHODS:
        yield from _mentioned(callee.owner)
    if callee.name in _PASSING_LASTS or callee.name in (*passing.JOINING, "get"):
        for given in call.given:
            yield from _mentioned(given.value)
