"""Setting the secrets of a Space: which, in which order, and what is left if it is cut short.

The Space is paused, so that neither each secret restarts it nor it ever runs with a name that is both a variable and a
secret; then a variable is deleted before the secret of its name is set; then the Space is started. As it was seen to be
paused, what runs afterwards is new. `.unspill/push.json` remembers (without values) that a Space is to be started: a
process that is killed leaves it behind, and the next one starts the Space.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from unspill.contract.kinds import NameKind
from unspill.contract.names import ValueSource
from unspill.errors import HubError, UserError
from unspill.languages import dotenv
from unspill.model import Secret
from unspill.net.hub import PAUSED
from unspill.project import read, staging, write
from unspill.space import names as space_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from unspill.app.online import LocalApp
    from unspill.net.hub import Hub, OnlineName

FILE = f"{staging.FOLDER}/push.json"
_STARTING = frozenset(["BUILDING", "RUNNING_BUILDING", "APP_STARTING", "RUNNING_APP_STARTING"])
_AT_REST = frozenset([PAUSED, "SLEEPING", "STOPPED"])
_WITHOUT_CONTAINER = _AT_REST | {"NO_APP_FILE", "CONFIG_ERROR", "BUILD_ERROR", "RUNTIME_ERROR"}
"""Stages in which there is nothing to pause."""
_STOPPING = 120.0
"""Seconds that a Space may take to stop."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
"""Seconds between two looks at a Space, which become longer."""


class PushedName(NamedTuple):
    """A secret to set."""

    name: str
    value: Secret | None
    """None if `.env` has none: the user is to be asked."""
    updated: str
    """When the secret that it replaces was set: ISO 8601 in UTC; empty if there is none, or that is unknown."""
    is_new: bool
    is_variable: bool
    """Whether it is a variable so far, which is deleted."""


class PushPlan(NamedTuple):
    """What to do."""

    space: str
    folder: str
    """The app's, absolute."""
    items: tuple[PushedName, ...]
    is_at_rest: bool
    """Whether the Space is paused by its owner, or asleep: then it stays so, and costs nothing."""
    is_resumed: bool
    """Whether an earlier push was cut short while the Space was paused."""


class Pushed(NamedTuple):
    """What was done."""

    space: str
    set_names: tuple[str, ...]
    """Those that the Hub lists as secrets now."""
    left: tuple[str, ...]
    """Those that were not set."""
    deleted: tuple[str, ...]
    """Variables that are gone; of those in `left`, the app has no value at the moment."""
    stage: str
    """The last one that was seen: of the new container, if the Space was started. Empty if nobody waited for that."""
    is_started: bool
    """Whether the Space was started again."""
    is_to_start: bool
    """Whether it still has to be, since it may be paused."""
    problem: str = ""
    """Why it was cut short; empty if it was not."""
    exit_code: int = 0
    """The one of the problem."""
    is_interrupted: bool = False
    updated: str = ""
    """When the first of those that were set was: ISO 8601 in UTC, by the Hub's clock; empty if unknown."""


def plan(local: LocalApp, hub: Hub, chosen: Sequence[str], environment: Mapping[str, str]) -> PushPlan:
    """What to set: the secrets of the app that have a value in `.env`, or those that are `chosen`. Raises UserError."""
    values = _values(local, environment)
    for name in chosen:
        if reason := space_names.refusal(name):
            raise UserError(f"cannot be set: {reason}")
    wanted = dict.fromkeys(chosen) if chosen else _wanted(local, values)
    if not wanted:
        raise UserError(
            f"{_shown(local)}: no secret of the app has a value; name those to set, and you are asked for them"
        )
    found = hub.space(local.space)
    if found.is_static:
        raise UserError(
            f"{local.space}: a static Space sends its secrets to every visitor; sign visitors in with OAuth "
            "(`hf_oauth: true`), or call the service from a Space that runs on a server"
        )
    online = hub.names(local.space)
    is_resumed = _journal(local.folder) == local.space
    items = tuple(_item(name, values.get(name), online) for name in wanted)
    return PushPlan(
        local.space,
        local.folder,
        items,
        found.stage in _AT_REST and not (is_resumed and found.stage == PAUSED),
        is_resumed,
    )


def _shown(local: LocalApp) -> str:
    return ".env" if local.app.folder == "." else f"{local.app.folder}/.env"


def _values(local: LocalApp, environment: Mapping[str, str]) -> dict[str, Secret]:
    """What `.env` has, with its own variables expanded. Raises UserError."""
    raw = local.app.tree.read(local.app.home.path(".env")) or b""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{_shown(local)}: is not UTF-8; convert it first") from None
    document = dotenv.document_of(raw)
    found = {name: value for name, value in dotenv.expanded([document], {}).items() if value}
    # `A=${HF_TOKEN}` would publish the user's own token to the Space, or half a value.
    unlike = dotenv.expanded([document], environment)
    return {name: Secret(value) for name, value in found.items() if unlike[name] == value}


def _wanted(local: LocalApp, values: Mapping[str, Secret]) -> list[str]:
    """The secrets of the app that have a value."""
    return sorted(
        one.name
        for one in local.app.names
        if one.kind is NameKind.SECRET
        and one.origin is ValueSource.STORED
        and (one.declared or one.read or one.implicit)
        and one.name in values
        and space_names.is_usable(one.name)
    )


def _item(name: str, value: Secret | None, online: Sequence[OnlineName]) -> PushedName:
    same = [one for one in online if one.name == name]
    updated = next((one.updated for one in same if one.is_secret), "")
    is_new = not any(one.is_secret for one in same)
    return PushedName(name, value, updated, is_new, any(not one.is_secret for one in same))


def push(todo: PushPlan, hub: Hub, sleep: Callable[[float], None], patience: float) -> Pushed:
    """Set the secrets that have a value, and wait at most `patience` seconds for the new container; not at all for 0.

    What goes wrong on the way is part of the result. Raises UserError if nothing was done.
    """
    work = _Push(todo, hub, sleep, patience)
    for step in (work.set_all, work.start, work.check):
        try:
            step()
        except UserError as error:
            work.problem = work.problem or error
        except KeyboardInterrupt:
            work.is_interrupted = True
    return work.result()


class _Push:
    """One push while it happens."""

    def __init__(self, todo: PushPlan, hub: Hub, sleep: Callable[[float], None], patience: float) -> None:
        self._todo, self._hub, self._sleep, self._patience = todo, hub, sleep, patience
        self._done: set[str] = set()
        self._deleted: list[str] = []
        self._updated = ""
        self._before = self._stage = hub.stage(todo.space)
        self._is_at_rest = todo.is_at_rest and self._before in _AT_REST  # it may have been woken since
        self._is_to_start = self._before in _WITHOUT_CONTAINER and not self._is_at_rest
        self._is_started = False
        self.problem: UserError | None = None
        self.is_interrupted = False

    def set_all(self) -> None:
        """Stop the Space and set everything. Raises UserError."""
        space = self._todo.space
        if not self._is_at_rest:
            _remember(self._todo)
        if self._before not in _WITHOUT_CONTAINER:
            self._is_to_start = True  # from now on, whatever happens
            try:
                self._hub.pause(space)
            except HubError as error:
                self._is_to_start = not error.is_final
                raise
            self._wait(lambda stage: stage == PAUSED, _STOPPING)
            if self._stage != PAUSED:
                raise HubError(f"{space}: does not stop; nothing was set, run again later")
            self._before = PAUSED
        for item in self._todo.items:
            if item.value is not None:
                if item.is_variable:
                    self._hub.delete_variable(space, item.name)
                    self._deleted.append(item.name)
                self._hub.set_secret(space, item.name, item.value)
                self._done.add(item.name)

    def start(self) -> None:
        """Start the Space again, also after an error: nobody has asked for an outage. Raises UserError."""
        if self._is_at_rest:
            return
        if self._is_to_start:
            self._hub.restart(self._todo.space)
            self._is_started, self._is_to_start = True, False
        write.discard(self._todo.folder, FILE)
        self._stage = "" if self._is_started else self._stage
        if self._is_started and self._patience and not (self.is_interrupted or self.problem):
            self._wait(self._is_new, self._patience)

    def check(self) -> None:
        """Believe the Hub's list, not its answers. Raises HubError."""
        if self._done:
            listed = {one.name: one.updated for one in self._hub.names(self._todo.space) if one.is_secret}
            self._done &= listed.keys()
            self._updated = min((listed[name] for name in self._done), default="")

    def result(self) -> Pushed:
        """What was done."""
        names = [item.name for item in self._todo.items]
        return Pushed(
            self._todo.space,
            tuple(name for name in names if name in self._done),
            tuple(name for name in names if name not in self._done),
            tuple(self._deleted),
            self._stage,
            self._is_started,
            self._is_to_start,
            str(self.problem or ""),
            self.problem.exit_code if self.problem is not None else 0,
            self.is_interrupted,
            self._updated,
        )

    def _is_new(self, stage: str) -> bool:
        """Whether a stage is that of what was started, not of what was there before."""
        if stage in _STARTING:
            self._before = ""
        return stage not in _STARTING and stage != self._before

    def _wait(self, is_over: Callable[[str], bool], patience: float) -> None:
        """Look at the stage until it is one of these, or so many seconds are over. Raises HubError."""
        waited, pause = 0.0, _FIRST_PAUSE
        while True:
            try:
                self._stage = self._hub.stage(self._todo.space)
                if is_over(self._stage):
                    return
            except HubError as error:
                if error.is_final or waited >= patience:
                    raise
            if waited >= patience:
                return
            self._sleep(pause)
            waited += pause
            pause = min(pause * 1.5, _LONGEST_PAUSE)


# What is remembered of a Space that is to be started


def interrupted(folder: str) -> str:
    """The Space that an earlier push may have left paused; empty if there is none."""
    return _journal(folder)


def _journal(folder: str) -> str:
    try:
        content = json.loads(read.regular(os.path.join(folder, *FILE.split("/"))) or b"{}")
        return str(content.get("space", ""))
    except (ValueError, AttributeError, RecursionError):
        return ""


def _remember(todo: PushPlan) -> None:
    """Write down that the Space is to be started. Raises UserError."""
    content = {"version": 1, "space": todo.space, "names": [item.name for item in todo.items]}
    before = read.regular(os.path.join(todo.folder, *FILE.split("/")))
    after = json.dumps(content).encode() + b"\n"
    if before != after:
        write.apply(todo.folder, (), [write.FileChange(FILE, before, after)])
