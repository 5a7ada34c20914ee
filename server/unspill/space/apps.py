"""Which app the checks on a project are about at a place, if any: a Space, else all of a tree that is in no Space.

Outside of Spaces they are asked where a `.env`, or a template of one, is in the folder of a file or in one around it.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from unspill import space
from unspill.space import Space

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from unspill.model import Tree


def marks(name: str) -> bool:
    """Whether a file of this name may decide that there is an app to check at its place; a folder (`.env/`) may not."""
    lower = name.lower()
    if lower.endswith("/"):
        return False
    return lower.startswith(".env") or lower in space.TEMPLATES or lower == "readme.md"


def at(tree: Tree | None, path: str) -> Space | None:
    """The app that the file at `path` belongs to; None if no check is asked about it, or nothing is around it."""
    return None if tree is None else Apps(tree).at(path)


class Apps:
    """The apps of a tree; each folder is listed once."""

    def __init__(self, tree: Tree, names: Callable[[str], Iterable[str]] | None = None) -> None:
        """`names` returns those of the names in a folder that `marks` holds for, and maybe others."""
        self._tree = tree
        self._names = names or tree.list
        self._found: dict[str, Space | None] = {}

    def at(self, path: str) -> Space | None:
        """The app that the file at `path` belongs to; None if no check is asked about it."""
        waiting = []
        folder = posixpath.dirname(path)
        while folder not in self._found:
            own = self._of(folder)
            if own is not None and own.sdk:
                self._found[folder] = own
                break
            waiting.append((folder, own))
            if not folder:
                break
            folder = posixpath.dirname(folder)
        found = self._found.get(folder)
        for below, own in reversed(waiting):
            found = self._found[below] = found or own
        return found

    def _of(self, folder: str) -> Space | None:
        """What the files of a folder itself make it a part of."""
        names = [name for name in self._names(folder) if marks(name)]
        found = space.at(self._tree, folder, names)
        has_dotenv = any(name.lower() != "readme.md" for name in names)
        return found or (Space() if has_dotenv else None)
