"""Where the checks that are about secrets, and not about values, are asked."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from unspill import space

if TYPE_CHECKING:
    from unspill.model import Tree


def is_checked(tree: Tree | None, path: str) -> bool:
    """Whether the file at `path` is in a Space, or a `.env` or a template of one is in its folder or one around it."""
    if tree is None:
        return False
    folder = posixpath.dirname(path)
    while not any(map(_declares, tree.list(folder))):
        if not folder:
            return bool(space.find(tree, path).sdk)
        folder = posixpath.dirname(folder)
    return True


def _declares(name: str) -> bool:
    return name.lower().startswith(".env") or name.lower() in space.TEMPLATES
