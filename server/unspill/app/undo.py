"""How a fix is undone: with `git restore`, for the files that git has as they were before it.

`git restore` writes what the index holds. A file that differed from that, or that git does not track, is never named:
it would lose the user's other edits. Nor are `.env`, which may keep the only copy of a value, and the ignore files.
"""

from __future__ import annotations

import os
import posixpath
import shlex
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from unspill.app.isolation import isolated
from unspill.fixes import declare
from unspill.project.paths import relative
from unspill.project.repository import Repository, RepositoryError, find
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unspill.project.repository import RepositoryPaths
    from unspill.transaction import Writes

_PATTERN = frozenset("*?[]\\:")
"""Characters with which a path is a pattern to git, which may match other files."""


class Undo(NamedTuple):
    """What takes back the edits of a fix, as far as git can. Paths are POSIX, relative to the working folder."""

    commands: tuple[str, ...] = ()
    """Lines for a POSIX shell in the working folder, one for each repository."""
    manually: tuple[str, ...] = ()
    """The files that git tracks and no command restores: they had other changes, or cannot be typed."""


def undo(written: Iterable[Writes], working: str) -> Undo:
    """What takes back the changes that were written. `working` is the working folder, absolute."""
    repositories: dict[RepositoryPaths, list[tuple[str, bytes]]] = {}
    for writes in written:
        for path, before, _ in writes.edits:
            disk = os.path.join(writes.root, path.replace("/", os.sep))
            place = find(disk)
            if place is not None and before is not None and posixpath.basename(path) not in declare.FILES:
                repositories.setdefault(place, []).append((disk, before))
    commands, manually = [], []
    own = find(working)
    for place, files in sorted(repositories.items()):
        states = isolated(partial(_states, place, files), lambda _: {})
        clean = {disk for disk, is_clean in states.items() if is_clean and _can_be_typed(relative(disk, working))}
        manually += [mask_shapes(relative(disk, working)) for disk in states if disk not in clean]
        start = working if place == own else place.root
        folder = "" if place == own else f" -C {shlex.quote(relative(place.root, working))}"
        if clean:
            commands.append(_command(folder, sorted(relative(disk, start) for disk in clean)))
    return Undo(tuple(commands), tuple(sorted(manually)))


def _states(place: RepositoryPaths, files: Sequence[tuple[str, bytes]]) -> dict[str, bool]:
    """Of the files (path on disk, bytes) that git tracks, whether the index holds each as it was."""
    try:
        repository = Repository(place.git)
    except RepositoryError:
        return {}
    states = {disk: repository.holds(relative(disk, place.root), before) for disk, before in files}
    return {disk: state for disk, state in states.items() if state is not None}


def _can_be_typed(path: str) -> bool:
    return path.isprintable() and mask_shapes(path) == path


def _command(folder: str, paths: Sequence[str]) -> str:
    literal = " --literal-pathspecs" if any(_PATTERN & set(path) for path in paths) else ""
    names = " ".join(shlex.quote(f"./{path}" if path.startswith("-") else path) for path in paths)
    return f"git{folder}{literal} restore {names}"
