"""The functions that answer visitors: handlers of events, and routes of a web application."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.semantics.python.facts import AttributeRead, ConstantValue, Invocation, NameRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.exposure.modules import Unit, UnitId
    from unspill.exposure.scope import Scopes
    from unspill.semantics.python.facts import Expression

_EVENTS = frozenset("click submit change input upload select blur release stop then success".split())
"""Methods of Gradio's components that take a function and the components that visitors fill in."""
_INTERFACES = frozenset("gradio.Interface gradio.ChatInterface".split())
_LASTS = frozenset(name.rpartition(".")[2] for name in _INTERFACES)
_APPS = frozenset("fastapi.FastAPI() fastapi.APIRouter() flask.Flask() flask.Blueprint()".split())
_ROUTES = frozenset("get post put patch delete route api_route".split())


class Handlers(NamedTuple):
    """Functions of a module, by their ids."""

    given: frozenset[UnitId]
    """Those whose parameters a visitor fills in."""
    answering: frozenset[UnitId]
    """Those whose results a visitor sees."""


def of(scopes: Scopes) -> Handlers:
    """The functions of a module that answer visitors."""
    given, answering = set(), set()
    for unit in scopes.module.units():
        for call in unit.facts.calls:
            found = _handled(call, unit, scopes)
            if found is not None:
                answering.add(found.id)
                if _has_inputs(call, scopes.meaning(call.callee, unit)):
                    given.add(found.id)
        if any(_is_route(decorator, unit, scopes) for decorator in unit.facts.decorators):
            answering.add(unit.id)
    return Handlers(frozenset(given), frozenset(answering))


def _handled(call: Invocation, unit: Unit, scopes: Scopes) -> Unit | None:
    """The function that a call makes a handler."""
    last = call.callee.name if isinstance(call.callee, (NameRead, AttributeRead)) else ""
    if last not in _EVENTS and last not in _LASTS and unit.module.imports.get(last, "") not in _INTERFACES:
        return None
    meaning = scopes.meaning(call.callee, unit)
    is_event = isinstance(call.callee, AttributeRead) and call.callee.name in _EVENTS and _is_component(meaning)
    if not is_event and meaning not in _INTERFACES:
        return None
    function = call.argument(0, "fn")
    return scopes.function(function, unit) if isinstance(function, (NameRead, AttributeRead)) else None


def _is_component(meaning: str) -> bool:
    return meaning.startswith("gradio.") and "()." in meaning


def _has_inputs(call: Invocation, meaning: str) -> bool:
    inputs = call.argument(1, "inputs")
    return meaning.endswith("ChatInterface") or (inputs is not None and not isinstance(inputs, ConstantValue))


def _is_route(decorator: Expression, unit: Unit, scopes: Scopes) -> bool:
    """`@app.get("/…")`; what a decorator means is told in the scope around the function."""
    callee = decorator.callee if isinstance(decorator, Invocation) else None
    if not isinstance(callee, AttributeRead) or callee.name not in _ROUTES or unit.parent is None:
        return False
    return scopes.meaning(callee.owner, unit.parent) in _APPS


def names(handlers: Handlers) -> Iterator[str]:
    """The names of all of them."""
    yield from sorted({name for _, _, name in handlers.given | handlers.answering})
