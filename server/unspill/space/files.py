"""Which files belong to an app: those that a scan of its folder reads, whatever the settings exclude.

The walk of the disk (`project.walk`) skips the same folders. This one goes through any tree: open documents, a commit.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from unspill import space

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from unspill.model import Tree

SKIPPED_FOLDERS = frozenset(
    ".git .hg .svn .jj node_modules __pycache__ .mypy_cache .ruff_cache .pytest_cache .hypothesis .tox .nox".split()
)


_DEEPEST = 100
"""How many levels below its root the files of an app may be: what is asked about each takes time for each level."""


def is_environment(names: Container[str]) -> bool:
    """Whether a folder with files of these names holds installed packages: a virtual environment."""
    return "pyvenv.cfg" in names


def files(tree: Tree, home: str, *, spread: bool = False) -> Iterator[str]:
    """The files of the app in the folder `home`: none that git ignores, is installed, or belongs to an app further in.

    With `spread`, only to a Space further in. Those of a folder come by name, before those of its folders. Folders
    beyond `_DEEPEST` levels are left out.
    """
    is_space = bool(space.find(tree, posixpath.join(home, "_")).sdk)
    folders = [(home, 0)]
    while folders:
        folder, depth = folders.pop()
        if folder != home and tree.ignored(posixpath.join(folder, "_")):
            continue
        names = tree.list(folder)
        if is_environment(names) or depth > _DEEPEST:
            continue
        if folder != home and _is_another(tree, folder, names, or_app=not spread and not is_space):
            continue
        below = [name[:-1] for name in names if name.endswith("/")]
        inner = [posixpath.join(folder, name) for name in reversed(below) if name not in SKIPPED_FOLDERS]
        folders += [(path, depth + 1) for path in inner]
        paths = (posixpath.join(folder, name) for name in names if not name.endswith("/"))
        yield from (path for path in paths if not tree.ignored(path) or tree.tracked(path))


def _is_another(tree: Tree, folder: str, names: Sequence[str], *, or_app: bool) -> bool:
    """Whether a folder with files of these names is a Space of its own, or any app with `or_app`."""
    return (or_app and any(map(space.marks_root, names))) or space.at(tree, folder, names) is not None
