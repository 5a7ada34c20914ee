"""Where a `.env` file stands: at home if git ignores it and no image takes it in; else its values have leaked, or will.

Templates (`.env.example`) are files like any other.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from unspill import space
from unspill.languages import dotenv
from unspill.space import contexts

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.model import Tree


def keeps_values(document: Document) -> bool:
    """Whether a document is a `.env`, and no template of one."""
    return document.language == "dotenv" and not dotenv.is_template(document.path)


def is_at_home(document: Document, tree: Tree) -> bool:
    """Whether the values of a document stand where they belong: in a `.env` that nobody else gets to see."""
    path = document.path
    return keeps_values(document) and not tree.tracked(path) and tree.ignored(path) and not is_copied(path, tree)


def is_copied(path: str, tree: Tree) -> bool:
    """Whether a Dockerfile of the Space copies the file at `path` into its image, as far as its text shows."""
    root = space.find(tree, path).root
    inside = posixpath.relpath(path, root) if root else path
    for name in tree.list(root):
        if name.lower().startswith(("dockerfile", "containerfile")) and not name.endswith("/"):
            data = tree.read(posixpath.join(root, name)) or b""
            if any(contexts.covers(source, inside) for source in contexts.sources(data)):
                return not contexts.is_left_out(tree.read(posixpath.join(root, ".dockerignore")) or b"", inside)
    return False
