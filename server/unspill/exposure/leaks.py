"""All leaks of a document: what it shows to somebody who must not see it, and what a visitor leaves for the next."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from unspill.contract.evidence import is_test
from unspill.exposure import gate, handlers, modules, sinks, sources
from unspill.exposure.audience import Audience
from unspill.exposure.candidates import Candidates
from unspill.exposure.flow import Ways
from unspill.exposure.modules import Modules
from unspill.exposure.scope import Frame, Scopes
from unspill.exposure.steps import EndedError, Steps
from unspill.exposure.way import Hop, OriginKind, Way
from unspill.model import Span
from unspill.semantics.python.facts import AttributeRead, Collection, ConstantValue, Invocation, Mixture, NameRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.document import Document
    from unspill.exposure.modules import Unit
    from unspill.exposure.sinks import ShowingCall
    from unspill.model import Tree
    from unspill.semantics.python.facts import Expression, FieldWrite

_OWN = (OriginKind.SECRET, OriginKind.HUB_TOKEN)
_WANTED: dict[Audience, tuple[OriginKind, ...]] = {
    Audience.VISITORS: (*_OWN, OriginKind.EVERYTHING),
    Audience.LOGS: (*_OWN, OriginKind.EVERYTHING, OriginKind.VISITOR_TOKEN),
    Audience.EXCEPTIONS: (*_OWN, OriginKind.VISITOR_TOKEN),
    Audience.PROCESSES: (*_OWN, OriginKind.VISITOR_TOKEN),
    Audience.SPACES: _OWN,
    Audience.NEXT_VISITOR: (OriginKind.TYPED,),
}
"""What each audience must not get."""
_ADDRESS = re.compile(r"URL|URI|WEBHOOK|DSN")
_DEEPEST = 3
"""How many functions of other modules to look into, one called by the other."""
_SETTERS = frozenset("os.environ.setdefault os.putenv os.environ.__setitem__".split())
_GLOBALS = frozenset("openai.api_key anthropic.api_key cohere.api_key google.generativeai.api_key".split())
"""Attributes of libraries that keep one key for the whole process."""
_QUOTED_BY_HTTPX = (b"raise_for_status", b"basicConfig", b"setLevel", b"dictConfig")
"""One of these is in a text for which httpx quotes the URL of a request: it does not if a connection fails."""


class Leak(NamedTuple):
    """A value that is shown."""

    audience: Audience
    at: Span
    """What is shown, in bytes of the document."""
    by: str
    """The qualified name of what shows it; "" if a function returns it."""
    way: Way


class _Memory:
    """The leaks that were found in a document, and the modules that they depend on."""

    def __init__(self, _document: Document) -> None:
        self.found: tuple[Leak, ...] | None = None
        self.modules: Modules | None = None


def of(document: Document, tree: Tree | None) -> tuple[Leak, ...]:
    """The leaks of a document, by place; none in a package that was installed. Raises UnparsedError."""
    memory = document.memo(_Memory)
    if memory.found is None or memory.modules is None or not memory.modules.are_those_of(tree):
        if tree is not None and modules.is_installed(document.path, tree):
            memory.found, memory.modules = (), Modules(tree)
            return ()
        if not gate.reads(document.data) and not _is_promising(document, tree):
            return ()
        finder = _LeakFinder(document, tree)
        memory.found, memory.modules = finder.leaks(), finder.scopes.modules
    return memory.found


def _is_promising(document: Document, tree: Tree | None) -> bool:
    """Whether a document that reads no secret by itself asks visitors for one, or imports a module that reads one."""
    if gate.may_leak(document.data, audience=Audience.NEXT_VISITOR):
        return True
    near = Modules(tree)
    return any(near.has(document.path, name, gate.reads) for name in gate.imported(document.data))


def work(document: Document, tree: Tree | None) -> int:
    """The number of steps that finding the leaks of a document takes."""
    finder = _LeakFinder(document, tree)
    finder.leaks()
    return finder.scopes.steps.taken


class _LeakFinder:
    """Looks for leaks in a document."""

    def __init__(self, document: Document, tree: Tree | None) -> None:
        self._document = document
        self._tree = tree
        self._module = modules.of(document)
        self.scopes = Scopes(self._module, tree, Steps())

    def leaks(self) -> tuple[Leak, ...]:
        """All of them; the first way to each place."""
        found: dict[tuple[Audience, Span], Leak] = {}
        with suppress(EndedError):
            self._handlers = handlers.of(self.scopes)
            self._ways = Ways(self.scopes, sources.read_by)
            self._typed = Ways(self.scopes, partial(sources.typed_by, given=self._handlers.given))
            self._candidates = Candidates(self._module, self.scopes.modules, self._document.data)
            for unit in self._module.units():
                for leak in (*self._of_calls(unit), *self._of_results(unit), *self._of_writes(unit)):
                    found.setdefault((leak.audience, leak.at), leak)
        return tuple(sorted(found.values(), key=lambda leak: (leak.at, leak.audience.value)))

    def _of_calls(self, unit: Unit) -> Iterator[Leak]:
        frame = Frame(unit)
        for call in unit.facts.calls:
            if not any(self._candidates.has(given.value) for given in call.given):
                continue
            for audience, row, name in self._rows(call, unit):
                for value in row.shown(call):
                    way = self._way(audience, name, call, value, frame)
                    if way is not None:
                        yield Leak(audience, _span(unit, value.at), name, way)
            yield from self._elsewhere(call, frame, call, 0)

    def _rows(self, call: Invocation, unit: Unit) -> Iterator[tuple[Audience, ShowingCall, str]]:
        """What a call shows to whom, and its qualified name."""
        callee = call.callee
        last = callee.name if isinstance(callee, (NameRead, AttributeRead)) else ""
        if last not in sinks.LASTS:
            last = unit.module.imports.get(last, "").rpartition(".")[2]
        if last in sinks.LASTS:
            name = sources.plain(self.scopes.meaning(callee, unit))
            for audience, row in sinks.BY_NAME.get(name, ()):
                yield audience, row, name

    def _way(self, audience: Audience, name: str, call: Invocation, value: Expression, frame: Frame) -> Way | None:
        """How a value that its audience must not see comes to an argument."""
        if isinstance(value, ConstantValue) or not self._is_open(audience, name, call, value, frame):
            return None
        for way in self._ways.to(value, frame):
            # An address cannot be moved to a header.
            is_address = audience is Audience.EXCEPTIONS and (not way.is_part or _ADDRESS.search(way.origin.name))
            if way.origin.kind in _WANTED[audience] and not is_address:
                return way
        return None

    def _is_open(self, audience: Audience, name: str, call: Invocation, value: Expression, frame: Frame) -> bool:
        """Whether an audience gets to see the arguments of this call."""
        if audience is Audience.EXCEPTIONS:
            is_login = isinstance(value, Mixture) and any(text.startswith("@") for text in value.constants)
            quotes = not name.startswith("httpx.") or any(word in self._document.data for word in _QUOTED_BY_HTTPX)
            return quotes and not call.is_swallowed and not is_login
        if audience is Audience.LOGS:
            stream = call.argument(-1, "file")
            return stream is None or self.scopes.meaning(stream, frame.unit) in ("sys.stdout", "sys.stderr")
        if audience is Audience.SPACES:
            if is_test(self._document.path):
                return False
            place = self.scopes.constant(call.argument(0, "name", "src"), frame) or ""
            return _owner(place, name) != "" and not self._is_own(_owner(place, name))
        return True

    def _is_own(self, owner: str) -> bool:
        """Whether the project itself is one of an owner on the Hub."""
        config = self._tree.read(".git/config") if self._tree is not None else None
        return config is not None and f"/{owner}/".encode() in config

    def _elsewhere(self, call: Invocation, frame: Frame, first: Invocation, depth: int) -> Iterator[Leak]:
        """What a function of another module shows of its arguments, if one of those has a secret."""
        if depth >= _DEEPEST or (depth == 0 and not self._is_given_one(call, frame)):
            return
        found = self.scopes.callee(call, frame.unit)
        if found is None or (depth == 0 and found.unit.module is self._module):
            return
        inner = Frame(found.unit, call, frame, found.shift)
        for shown in found.unit.facts.calls:
            for audience, row, name in self._rows(shown, found.unit):
                for value in row.shown(shown):
                    way = self._way(audience, name, shown, value, inner)
                    given = _given(first, way, self._module.path, frame) if way is not None else None
                    if way is not None and given is not None:
                        place = Hop(found.unit.module.path, _span(found.unit, value.at), f"shown by `{name}`")
                        yield Leak(audience, given, name, way.then(place))
            yield from self._elsewhere(shown, inner, first, depth + 1)

    def _is_given_one(self, call: Invocation, frame: Frame) -> bool:
        """Whether a call of a function of another module is given a secret."""
        if not call.given or not self.scopes.is_elsewhere(call.callee, frame.unit):
            return False
        return any(next(self._ways.to(one.value, frame), None) is not None for one in call.given)

    def _of_results(self, unit: Unit) -> Iterator[Leak]:
        """What functions return that answer visitors."""
        if unit.id not in self._handlers.answering:
            return
        for result in (*unit.facts.results, *unit.facts.yields):
            for way in self._ways.to(result.value, Frame(unit)) if self._candidates.has(result.value) else ():
                if way.origin.kind in _WANTED[Audience.VISITORS]:
                    yield Leak(Audience.VISITORS, _span(unit, result.at), "", way)
                    break

    def _of_writes(self, unit: Unit) -> Iterator[Leak]:
        """The keys of visitors that are kept for the whole process."""
        for value, name in (*self._environment(unit), *self._libraries(unit)):
            for way in self._typed.to(value, Frame(unit)):
                yield Leak(Audience.NEXT_VISITOR, _span(unit, value.at), name, way)
                break

    def _environment(self, unit: Unit) -> Iterator[tuple[Expression, str]]:
        """The values that are written to the environment under the names of secrets."""
        for write in unit.facts.writes:
            if write.is_item and self.scopes.meaning(write.owner, unit) == "os.environ":
                yield from _secret(write.key if isinstance(write.key, str) else None, write.value)
        for call in unit.facts.calls:
            if not isinstance(call.callee, AttributeRead) or call.callee.name not in sinks.WRITING:
                continue
            meaning = self.scopes.meaning(call.callee, unit)
            value = call.argument(1, "value")
            if meaning in _SETTERS and value is not None:
                yield from _secret(self.scopes.constant(call.argument(0, "key"), Frame(unit)), value)
            elif meaning == "os.environ.update":
                for given in call.given:
                    yield from _secret(given.keyword, given.value)
                    for member in given.value.members if isinstance(given.value, Collection) else ():
                        yield from _secret(member.key if isinstance(member.key, str) else None, member.value)

    def _libraries(self, unit: Unit) -> Iterator[tuple[Expression, str]]:
        """The values that are given to libraries for all that the process does."""
        for write in unit.facts.writes:
            name = self._global_name(write, unit)
            if name:
                yield write.value, name

    def _global_name(self, write: FieldWrite, unit: Unit) -> str:
        if write.is_item or write.key != "api_key":
            return ""
        name = f"{self.scopes.meaning(write.owner, unit)}.{write.key}"
        return name if name in _GLOBALS else ""


def _secret(name: str | None, value: Expression) -> Iterator[tuple[Expression, str]]:
    if name and sources.is_secret(name):
        yield value, f'os.environ["{name}"]'


def _given(call: Invocation, way: Way, path: str, frame: Frame) -> Span | None:
    """The argument of a call that a value was passed in."""
    while frame.caller is not None:
        frame = frame.caller
    spans = [_span(frame.unit, given.value.at) for given in call.given]
    return next((hop.at for hop in way.hops if hop.path == path and hop.at in spans), None)


def _owner(place: str, name: str) -> str:
    """The owner of the Space that a call loads; "" if it loads none."""
    if name == "gradio.load":
        if not place.startswith("spaces/"):
            return ""
        place = place[len("spaces/") :]
    owner, _, rest = place.partition("/")
    return owner if rest and "/" not in rest and ":" not in owner else ""


def _span(unit: Unit, at: Span) -> Span:
    return Span(unit.base + at.start, unit.base + at.end)
