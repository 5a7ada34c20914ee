"""The settings of a Space as text and JSON, and the question before they are changed; no values are known here.

The JSON is described by `schemas/secrets.json`: version 1, frozen apart from additions.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from unspill.app.online import OnlineState
from unspill.net.hub import RUNNING
from unspill.output.text import printable
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unspill.app.online import OnlineEntry, OnlineStatus
    from unspill.app.push import Pushed, PushedName, PushPlan
    from unspill.contract.names import NameLocation

VERSION = 1
_MOST_PLACES = 3


def status_content(found: OnlineStatus, interrupted: str) -> dict[str, Any]:
    """The names as JSON values. `interrupted` is the Space that an earlier push left, if any."""
    return {
        "version": VERSION,
        "online": {
            "space": found.space,
            "stage": found.stage or None,
            "static": found.is_static,
            "interrupted": interrupted == found.space,
            "names": [
                {
                    "name": mask_shapes(one.name),
                    "state": one.state.value,
                    "kind": one.kind.value,
                    "secret": one.is_secret,
                    "variable": one.is_variable,
                    "updated": one.updated or None,
                    "declared": _places(one.here.declared if one.here else ()),
                    "read": _places((*one.here.read, *one.here.implicit) if one.here else ()),
                }
                for one in found.entries
            ],
        },
    }


def status_lines(found: OnlineStatus, interrupted: str) -> Iterator[str]:
    """Lines: a table, a summary, and what to do next."""
    if found.entries:
        rows = [("NAME", "STATE", "ONLINE", "UPDATED", "DECLARED", "READ"), *map(_row, found.entries)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
        for *cells, last in rows:
            yield "  ".join([*map(str.ljust, cells, widths), last]).rstrip()
        yield ""
    counts = Counter(one.state for one in found.entries)
    parts = [f"{counts[state]} {state.value}" for state in OnlineState if state is not OnlineState.OK and counts[state]]
    stage = f" ({found.stage})" if found.stage else ""
    total = f"{len(found.entries)} {'name' if len(found.entries) == 1 else 'names'}"
    yield f"{found.space}{stage}: {total}{': ' if parts else ''}{', '.join(parts)}."
    yield from _next(found, interrupted)


def _next(found: OnlineStatus, interrupted: str) -> Iterator[str]:
    """What to do, a sentence a line."""
    by_state: dict[OnlineState, list[str]] = {}
    for one in found.entries:
        by_state.setdefault(one.state, []).append(printable(mask_shapes(one.name)))
    if interrupted == found.space:
        yield f"An earlier push was cut short: push again, or start the Space with `hf spaces restart {found.space}`."
    if found.is_static and OnlineState.PUBLIC in by_state:
        listed = ", ".join(by_state.pop(OnlineState.PUBLIC))
        yield f"A static Space sends every visitor its secrets: revoke and delete {listed}; use OAuth in their place."
    if names := by_state.get(OnlineState.PUBLIC, []):
        listed, pushed = ", ".join(names), " ".join(names)
        yield f"Whoever can see the Space can read its variables: create new values for {listed}, set them with"
        yield f"`unspill secrets push {pushed} --space {found.space}`, and revoke the old ones."
    if names := by_state.get(OnlineState.COLLISION, []):
        commands = " && ".join(f"hf spaces variables delete {found.space} {name}" for name in names)
        yield f"A name cannot be both a secret and a variable: delete the variable with `{commands}`."
    if names := by_state.get(OnlineState.UNSET, []):
        yield f"To set what the app needs: `unspill secrets push {' '.join(names)} --space {found.space}`."
    if OnlineState.UNDECLARED in by_state:
        yield "To declare what the app reads: `unspill secrets init`."


def _row(one: OnlineEntry) -> tuple[str, ...]:
    state = "" if one.state is OnlineState.OK else one.state.value
    kinds = [word for word, is_set in (("secret", one.is_secret), ("variable", one.is_variable)) if is_set]
    declared, read = (one.here.declared, (*one.here.read, *one.here.implicit)) if one.here else ((), ())
    name = printable(mask_shapes(one.name))
    return name, state, ", ".join(kinds), one.updated[:10], _listed(declared), _listed(read)


def _places(found: Sequence[NameLocation]) -> list[dict[str, Any]]:
    places = []
    for place in found:
        at = place.document.position(place.span.start)
        places.append({"path": mask_shapes(place.source), "line": at.line + 1, "column": at.column + 1})
    return places


def _listed(found: Sequence[NameLocation]) -> str:
    shown = [f"{printable(place['path'])}:{place['line']}" for place in _places(found)]
    more = len(shown) - _MOST_PLACES
    return ", ".join(shown[:_MOST_PLACES]) + (f" and {more} more" if more > 0 else "")


# Pushing


def question(plan: PushPlan, host: str) -> Iterator[str]:
    """What would be done, as lines: names, never values."""
    count = f"{len(plan.items)} {'secret' if len(plan.items) == 1 else 'secrets'}"
    yield f"To set in the Space {plan.space} ({host}): {count}"
    width = max(len(item.name) for item in plan.items)
    yield from (f"  {item.name:{width}}  {_about(item)}" for item in plan.items)
    if plan.is_at_rest:
        yield "The Space is paused or asleep, and stays so."
    elif plan.is_resumed:
        yield "An earlier push was cut short: the Space is started afterwards."
    else:
        yield "The Space is paused, and started anew when all are set: it is not available for a while."


def _about(item: PushedName) -> str:
    parts = ["from .env" if item.value is not None else "you are asked for it"]
    if not item.is_new:
        parts.append(f"replaces that of {item.updated[:10]}" if item.updated else "replaces the one that is set")
    if item.is_variable:
        parts.append("the variable of this name, which is public, is deleted")
    return "; ".join(parts)


def pushed_content(done: Pushed) -> dict[str, Any]:
    """What was done as JSON values."""
    return {
        "version": VERSION,
        "pushed": {
            "space": done.space,
            "set": list(done.set_names),
            "left": list(done.left),
            "deleted_variables": list(done.deleted),
            "stage": done.stage or None,
            "started": done.is_started,
            "to_start": done.is_to_start,
            "problem": mask_shapes(done.problem) or None,
        },
    }


def pushed_lines(done: Pushed, noted: int) -> Iterator[str]:
    """What was done, and what is left, as lines; and for how many credentials of a rotation that was noted."""
    if done.set_names:
        yield f"{done.space}: set {', '.join(done.set_names)}."
    if done.problem:
        yield printable(mask_shapes(done.problem))
    if done.left:
        again = f"unspill secrets push {' '.join(done.left)} --space {done.space}"
        yield f"Not set: {', '.join(done.left)}. Push again: `{again}`."
    if done.deleted:
        yield f"Deleted variables, whose values were public: revoke those of {', '.join(done.deleted)}."
    if done.is_to_start:
        yield f"The Space may be paused: push again, or start it with `hf spaces restart {done.space}`."
    elif done.is_interrupted or done.problem:
        yield "The Space was started again." if done.is_started else "The Space was not stopped."
    elif not done.is_started:
        yield "The Space is paused or asleep, as before: what is set counts when it is started."
    elif done.stage == RUNNING:
        yield "The new container runs."
    elif not done.stage:
        yield "The Space was started again, and not waited for."
    else:
        yield f"The Space does not run yet ({done.stage or 'unknown'}): see `hf spaces logs {done.space}`."
    if noted:
        count = f"{noted} {'credential' if noted == 1 else 'credentials'}"
        yield f"Noted in the rotation plan for {count}: `unspill rotate` shows what is left."
