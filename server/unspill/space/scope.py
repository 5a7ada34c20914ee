"""Where the checks that are about secrets, and not about values, are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill import space

if TYPE_CHECKING:
    from unspill.model import Tree


def is_checked(tree: Tree | None, path: str) -> bool:
    """Whether the file at `path` is in a Space, or in an app with a `.env` or a template of one."""
    if tree is None:
        return False
    home = space.find(tree, path)
    return bool(home.sdk) or any(declares(name) for name in tree.list(home.root))


def declares(name: str) -> bool:
    """Whether a file of this name is a `.env`, or a template of one."""
    return name.lower().startswith(".env") or name.lower() in space.TEMPLATES
