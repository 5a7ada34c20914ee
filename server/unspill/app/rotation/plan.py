"""The values of a rotation: what the user asks for, and the plan. They hold no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.app.rotation import steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unspill.app.rotation.seen import Consumer
    from unspill.model import Skipped


class OnlineSettings(NamedTuple):
    """The secrets of a Space: their names and when they were set, never their values."""

    space: str
    """`owner/name`."""
    updated: Mapping[str, str]
    """When each was set last, by name: ISO 8601 in UTC; empty if unknown."""
    is_running: bool
    """Whether its container runs: it has what was set, then."""
    stored: str
    """When the app's `.env` was changed last: ISO 8601 in UTC; empty if there is none."""


class RotationOptions(NamedTuple):
    """What the user asks for. Days are ISO 8601."""

    today: str
    since: str = ""
    """The day of an incident; empty for none."""
    abuse: bool = False
    """Whether somebody uses the credentials already."""
    public: bool = False
    """Whether the repository is, or was, public."""
    done: tuple[tuple[str, str], ...] = ()
    """What to tick: the beginning of an id, and a step."""
    undone: tuple[tuple[str, str], ...] = ()
    online: OnlineSettings | None = None
    """What a Space has, if that was asked for."""


class ExposedPlace(NamedTuple):
    """A place that a credential is, or was, exposed at."""

    path: str
    line: int = 0
    """From 1, in the file as it is now; 0 if it is not there any more."""
    commit: str = ""
    day: str = ""
    """When it was committed first: ISO 8601; empty if unknown."""


class PlannedStep(NamedTuple):
    """One step of a credential."""

    id: str
    text: str
    is_done: bool
    day: str = ""
    """When the user ticked it; empty if it is not done, or a fact."""

    @property
    def is_optional(self) -> bool:
        """Whether the rotation is complete without it."""
        return self.id == steps.OPTIONAL


class Credential(NamedTuple):
    """One value, or a name whose value is only known elsewhere."""

    id: str
    rule: str
    title: str
    names: tuple[str, ...]
    state: str
    exposed: tuple[ExposedPlace, ...]
    incident: str
    """The day of the incident that it was exposed in; empty for none."""
    uses: tuple[Consumer, ...]
    overlap: str
    is_first: bool
    """Whether it is revoked before it is replaced."""
    steps: tuple[PlannedStep, ...]
    """In order; none if it is not exposed."""

    @property
    def left(self) -> int:
        """How many steps are not done yet."""
        return sum(not (step.is_done or step.is_optional) for step in self.steps)

    @property
    def since(self) -> str:
        """When it was exposed first, as far as commits show: ISO 8601; empty if unknown."""
        return min((place.day for place in self.exposed if place.day), default="")


class RotationPlan(NamedTuple):
    """The plan for a root."""

    root: str
    """Absolute. All paths are relative to it."""
    since: str
    credentials: tuple[Credential, ...]
    later: int
    """How many exposed ones are not listed, since they were committed after the incident."""
    without_history: str
    """Why no history was read; empty if it was."""
    incomplete: tuple[Skipped, ...]
    unsaved: str = ""
    """Why the ledger could not be written; empty if it was, or none is needed."""

    @property
    def left(self) -> int:
        """How many steps are not done yet."""
        return sum(one.left for one in self.credentials)
