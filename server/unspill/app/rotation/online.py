"""What the settings of a Space add to a rotation: names, and when each was set. That is how it ticks itself off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.app.rotation import ledger, seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from unspill.app.rotation.ledger import Tracked
    from unspill.app.rotation.plan import OnlineSettings
    from unspill.app.rotation.seen import Inventory
    from unspill.model import Secret

HERE = "."
"""What the Space of the whole project is called as long as its id is unknown."""


def joined(inventory: Inventory, settings: OnlineSettings | None, key: bytes) -> Inventory:
    """What is known of a project, with the names that its Space has, and the Space called by its id."""
    if settings is None:
        return inventory
    names = {name: seen.fingerprint(f"name {name}", key) for name in settings.updated}
    uses = [use._replace(where=settings.space) if use.where == HERE else use for use in inventory.uses]
    files = (one._replace(space=settings.space) if one.space == HERE else one for one in inventory.files)
    uses += [seen.Consumer("space", name, settings.space) for name in settings.updated]
    names.update(inventory.names)
    return inventory._replace(files=tuple(files), names=names, uses=tuple(dict.fromkeys(uses)))


def was_set_after(names: Iterable[str], settings: OnlineSettings, moment: str) -> str:
    """When the Space was given the first of these names, if that was after a moment or day, and it runs; else empty."""
    days = [settings.updated.get(name, "") for name in names] if settings.is_running else []
    # A day counts to its end.
    return min(days) if days and all(day[: len(moment)] > moment for day in days) else ""


def is_everywhere(one: Tracked, uses: Iterable[seen.Consumer]) -> bool:
    """Whether all that keeps a credential online is a Space that has been given a new one, and so was restarted."""
    holders = [use for use in uses if use.kind != "file"]
    had = {space for space, moment in one.online.items() if not one.incident or moment[:10] > one.incident}
    spaces = {use.where for use in holders if use.kind == "space"}
    is_there = spaces <= had or (spaces == {HERE} and bool(had))
    return bool(spaces) and is_there and all(use.kind == "space" for use in holders)


def note(root: str, space: str, values: Mapping[str, Secret], moment: str) -> int:
    """Remember that a Space was given these values at a moment, and return for how many exposed credentials.

    One counts if all its names were given other values than its own. Raises UserError.
    """
    before = ledger.load(root)
    count = 0
    for id_, one in before.tracked.items():
        given = [values.get(name) for name in one.names or one.planned]
        new = [value is not None and seen.fingerprint(value.reveal(), before.key) != id_ for value in given]
        if (one.exposures or one.incident) and new and all(new):
            count += ledger.update(root, id_, lambda one: one._replace(online={**one.online, space: moment}))
    return count
