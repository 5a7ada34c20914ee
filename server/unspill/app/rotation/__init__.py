"""The rotation of a project's credentials: what is exposed, who uses it, and the steps until it is dead and replaced.

Offline: `network.py` asks providers. Each run looks at the files, the history and `.env` again; the ledger only adds
what they cannot show, such as what has been removed since, and what the user did elsewhere.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from unspill import rules
from unspill.app.rotation import ledger, online, seen
from unspill.app.rotation.reconcile import Rotation
from unspill.errors import BusyError, MissingPathError, StaleError, UserError
from unspill.project.tree import root_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unspill.app import Request
    from unspill.app.rotation.ledger import Ledger
    from unspill.app.rotation.plan import RotationOptions, RotationPlan
    from unspill.app.rotation.vault import Vault
    from unspill.rules import Rule

_ATTEMPTS = 3


class Prepared(NamedTuple):
    """A rotation in this run."""

    root: str
    rotation: Rotation
    ledger: Ledger
    """As it is on the disk now, if it could be written."""
    plan: RotationPlan


def rotate(request: Request, options: RotationOptions) -> RotationPlan:
    """The plan for the project around the paths of a request; the ledger is written if anything is exposed.

    Raises UserError, also if ticks cannot be written; then the ledger is as it was.
    """
    return prepare(request, options, known_rules(request)).plan


def known_rules(request: Request) -> Mapping[str, Rule]:
    """The rules, by present and former ids. Raises UserError."""
    files = [*rules.shipped(), *request.load(None, "").rules]
    return {name: rule for rule in rules.load(files) for name in rule.ids}


def prepare(
    request: Request, options: RotationOptions, known: Mapping[str, Rule], vault: Vault | None = None
) -> Prepared:
    """What `rotate` does, with what it knows; values are kept in the vault, if there is one. Raises UserError."""
    root = _root(request)
    request = request._replace(paths=(root,), working=root)
    for _ in range(_ATTEMPTS):
        try:
            return _prepare(request, options, known, vault)
        except StaleError:
            continue
    raise UserError(f"{ledger.FILE}: keeps changing; nothing was changed, run again later")


def _root(request: Request) -> str:
    """The root around all paths."""
    working = os.path.realpath(request.working)
    roots = {}
    for path in request.paths:
        place = os.path.realpath(os.path.join(working, path))
        if not os.path.lexists(place):
            raise MissingPathError(f"{path}: no such file or folder")
        roots[root_of(place, working)] = path
    if len(roots) > 1:
        raise UserError(f"{', '.join(roots.values())}: in different projects; rotate one at a time")
    return next(iter(roots))


def _prepare(request: Request, options: RotationOptions, known: Mapping[str, Rule], vault: Vault | None) -> Prepared:
    before = ledger.load(request.working)
    inventory = online.joined(seen.take(request, before.key, known, vault), options.online, before.key)
    rotation = Rotation(inventory, known, options)
    after = rotation.merged(before)
    after = after._replace(tracked=rotation.ticked(after.tracked))
    plan = rotation.plan(request.working, after.tracked)
    prepared = Prepared(request.working, rotation, after, plan)
    if before.before is None and not any(one.steps for one in plan.credentials):
        return prepared
    try:
        ledger.save(request.working, after)
    except (StaleError, BusyError):
        raise
    except UserError as error:  # a folder that is read-only has a plan, too
        if options.done or options.undone:
            raise
        return prepared._replace(plan=plan._replace(unsaved=str(error)))
    return prepared
