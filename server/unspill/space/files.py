"""Which files belong to an app: those that a scan of its folder reads, whatever the settings exclude.

The walk of the disk (`project.walk`) skips the same folders. This one goes through any tree: open documents, a commit.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from unspill import space

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from unspill.model import Tree

SKIPPED_FOLDERS = frozenset(
    ".git .hg .svn .jj node_modules __pycache__ .mypy_cache .ruff_cache .pytest_cache .hypothesis .tox .nox".split()
)


_DEEPEST = 100
"""How many levels below its root the files of an app may be: what is asked about each takes time for each level."""


def is_environment(names: Container[str]) -> bool:
    """Whether a folder with files of these names holds installed packages: a virtual environment."""
    return "pyvenv.cfg" in names


def files(tree: Tree, home: str) -> Iterator[str]:
    """The files of the app in the folder `home`: none that is ignored or installed, or belongs to an app further in.

    Those of a folder come by name, before those of its folders. Folders beyond `_DEEPEST` levels are left out.
    """
    folders = [(home, 0)]
    while folders:
        folder, depth = folders.pop()
        inside = posixpath.join(folder, "_")
        if folder != home and (tree.ignored(inside) or space.find(tree, inside).root != home):
            continue
        names = tree.list(folder)
        if is_environment(names) or depth > _DEEPEST:
            continue
        below = [name[:-1] for name in names if name.endswith("/")]
        inner = [posixpath.join(folder, name) for name in reversed(below) if name not in SKIPPED_FOLDERS]
        folders += [(path, depth + 1) for path in inner]
        paths = (posixpath.join(folder, name) for name in names if not name.endswith("/"))
        yield from (path for path in paths if not tree.ignored(path))
