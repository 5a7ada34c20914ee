"""The names of the secrets in the files that a command line names, Space by Space."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from unspill.project.paths import relative
from unspill.project.tree import DiskTree
from unspill.project.walk import Walk
from unspill.workspace import Workspace

if TYPE_CHECKING:
    from unspill import space
    from unspill.app import Request
    from unspill.model import Skipped
    from unspill.space.secrets import SecretName


class Listing(NamedTuple):
    """What a walk has found."""

    spaces: dict[str, list[SecretName]]
    """The names by Space: its folder, POSIX and relative to the working folder. Sources are paths as in reports."""
    incomplete: tuple[Skipped, ...]
    """Files that could not be looked at."""


def listing(request: Request) -> Listing:
    """The names in the files of a request. Raises UserError."""
    workspace = Workspace()
    found = workspace.walked(Walk(request.load, request.working, tree=DiskTree), request.paths)
    spaces = {
        _shown(tree, place, request.working): workspace.secrets(tree, place, texts)
        for (tree, place), texts in found.texts.items()
    }
    return Listing(dict(sorted(spaces.items())), tuple(one for one in found.skipped if one.incomplete))


def _shown(tree: DiskTree, place: space.Space, working: str) -> str:
    return relative(tree.disk(place.root), os.path.realpath(working))
