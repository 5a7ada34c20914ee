"""The settings of a Space, compared with what its app reads and declares: names, kinds and days, never values."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from unspill import space as spaces
from unspill import workspace
from unspill.app.rotation.plan import OnlineSettings
from unspill.app.secrets import listing
from unspill.contract import evidence
from unspill.contract.kinds import NameKind
from unspill.contract.names import NameState, ValueSource
from unspill.document import Document
from unspill.errors import UserError
from unspill.fixes import pipelines
from unspill.net.hub import MOMENT, RUNNING, checked_id
from unspill.project import read, remotes
from unspill.project.repository import find
from unspill.shapes import may_be_secret

if TYPE_CHECKING:
    from unspill.app import Request
    from unspill.app.secrets import AppListing
    from unspill.contract.names import AppName
    from unspill.model import Skipped
    from unspill.net.hub import Hub, OnlineName

_ONLINE = "online"
"""What the Space's settings are called as a template: they declare names, too."""


class OnlineState(str, Enum):
    """What there is to do about a name online, the most urgent first."""

    COLLISION = "collision"
    """It is both a secret and a variable, so that the Space does not start."""
    PUBLIC = "public"
    """A secret is set as a variable, or in a static Space: whoever can see the Space can read it."""
    UNSET = "unset"
    """The app needs it, and it is not set."""
    UNDECLARED = "undeclared"
    """It is set and read, and no template (`.env.example`) lists it."""
    UNUSED = "unused"
    """It is set, and nothing reads it."""
    OK = "ok"


class OnlineEntry(NamedTuple):
    """One name."""

    name: str
    state: OnlineState
    kind: NameKind
    is_secret: bool
    """Whether it is set as a secret."""
    is_variable: bool
    updated: str
    """When it was set last: ISO 8601 in UTC; empty if it is not set, or that is unknown."""
    here: AppName | None
    """What the app says of it; None if it does not say anything."""


class OnlineStatus(NamedTuple):
    """A Space's settings."""

    space: str
    stage: str
    is_static: bool
    entries: tuple[OnlineEntry, ...]
    """Those first that something is to be done about, then by name."""
    incomplete: tuple[Skipped, ...]


class LocalApp(NamedTuple):
    """The app that a Space runs, in the files here."""

    space: str
    """The Space: `owner/name`."""
    app: AppListing
    incomplete: tuple[Skipped, ...]

    @property
    def folder(self) -> str:
        """Its folder on disk."""
        return self.app.tree.disk(self.app.home.root)


def space_of(folder: str, given: str) -> str:
    """The id of the Space: the given one, else that of a git remote around `folder`. Raises UserError."""
    if given:
        return checked_id(given)
    place = find(folder)
    space = remotes.space(place.git) if place is not None else ""
    if not space:
        raise UserError("which Space? no git remote is one; name it with --space owner/name")
    return space


def local_app(request: Request, given: str) -> LocalApp:
    """The app in the files of a request, and its Space. Raises UserError, also if there are several apps."""
    found = listing(request)
    apps = [app for app in found.apps if app.home.sdk] or found.apps
    if not apps:
        raise UserError("no app here; name its folder")
    if len(apps) > 1:
        folders = ", ".join(app.folder for app in apps)
        raise UserError(f"several apps here, and a Space has one; name the folder of one: {folders}")
    return LocalApp(space_of(apps[0].tree.disk(apps[0].home.root), given), apps[0], found.incomplete)


def status(local: LocalApp, hub: Hub) -> OnlineStatus:
    """The settings of a Space. Raises HubError."""
    online = hub.names(local.space)
    found = hub.space(local.space)
    entries = compared(local.app, online, is_static=found.is_static)
    return OnlineStatus(local.space, found.stage, found.is_static, entries, local.incomplete)


def settings(local: LocalApp, hub: Hub) -> OnlineSettings:
    """What a rotation asks a Space. Raises HubError."""
    updated = {one.name: one.updated for one in hub.names(local.space) if one.is_secret and not may_be_secret(one.name)}
    changed = read.modified(os.path.join(local.folder, ".env"))
    stored = "" if changed is None else datetime.fromtimestamp(changed, timezone.utc).strftime(MOMENT)
    return OnlineSettings(local.space, updated, hub.stage(local.space) == RUNNING, stored)


def compared(app: AppListing, online: tuple[OnlineName, ...], *, is_static: bool) -> tuple[OnlineEntry, ...]:
    """What an app says, against what is set. In a static Space whoever visits it can read all of that."""
    lines = "".join(f"{name}=\n" for name in sorted({one.name for one in online}))
    template = Document(lines.encode(), app.home.path(spaces.TEMPLATES[0]), "dotenv")
    here = {one.name: one for one in app.names_with(workspace.opened(_ONLINE, template))}
    is_set = {name: [one for one in online if one.name == name] for name in {one.name for one in online}}
    every = [_entry(name, here.get(name), is_set.get(name, []), is_static=is_static) for name in {*here, *is_set}]
    order = list(OnlineState)
    shown = [one for one in every if one.is_secret or one.is_variable or one.state is not OnlineState.OK]
    return tuple(sorted(shown, key=lambda one: (order.index(one.state), one.name)))


def _entry(name: str, here: AppName | None, is_set: list[OnlineName], *, is_static: bool) -> OnlineEntry:
    kind = here.kind if here is not None else NameKind.CONFIGURATION
    secret, variable = any(one.is_secret for one in is_set), any(not one.is_secret for one in is_set)
    updated = max((one.updated for one in is_set), default="")
    if here is not None:
        here = here._replace(declared=tuple(place for place in here.declared if place.source != _ONLINE))
    state = _state(here, kind, is_static=is_static, secret=secret, variable=variable)
    return OnlineEntry(name, state, kind, secret, variable, updated, here)


def _state(here: AppName | None, kind: NameKind, *, is_static: bool, secret: bool, variable: bool) -> OnlineState:
    """What there is to do about a name that is set as `secret`, as `variable`, as both or not at all."""
    if secret and variable:
        return OnlineState.COLLISION
    if kind is NameKind.SECRET and (variable or (secret and is_static)):
        return OnlineState.PUBLIC
    if here is None:
        return OnlineState.OK
    if not (secret or variable):
        return OnlineState.UNSET if is_needed(here) else OnlineState.OK
    if here.state is NameState.UNUSED:
        return OnlineState.UNUSED
    is_read = bool(here.read or here.implicit)
    return OnlineState.UNDECLARED if secret and is_read and not here.declared else OnlineState.OK


def is_needed(one: AppName) -> bool:
    """Whether the app needs a value for a name from outside: it may have one here (`.env`), and none online."""
    if one.state in (NameState.UNDECLARED, NameState.UNSET):
        return True
    documents = [place.document for place in (*one.read, *one.implicit)]
    is_read = any(not pipelines.consumer(document) and not evidence.is_test(document.path) for document in documents)
    return one.kind is NameKind.SECRET and one.origin is ValueSource.STORED and bool(one.declared) and is_read
