"""The Space around a document, for the checks on it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from unspill import space
from unspill.checks.check import ProjectIndex
from unspill.languages import document_of
from unspill.project import read
from unspill.project.walk import SKIPPED_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.document import Document
    from unspill.model import Tree


def index(document: Document, tree: Tree, limit: int) -> ProjectIndex:
    """The Space of a document; texts of more than `limit` bytes are left out of it."""
    home = space.find(tree, document.path)

    def documents() -> Iterator[Document]:
        for path in sorted(_paths(tree, home.root)):
            raw = None if path == document.path else tree.read(path)
            text = None if raw is None else read.accepted(raw, len(raw), limit)
            if path == document.path:
                yield document
            elif isinstance(text, bytes):
                yield document_of(text, path)

    return ProjectIndex(tree, home, documents)


def _paths(tree: Tree, home: str) -> Iterator[str]:
    """The files below a folder that a scan would look at, whatever the settings exclude; not those of other Spaces."""
    folders = [home]
    while folders:
        folder = folders.pop()
        inside = posixpath.join(folder, "_")
        if folder != home and (tree.ignored(inside) or space.find(tree, inside).root != home):
            continue
        names = tree.list(folder)
        if "pyvenv.cfg" in names:
            continue
        for name in names:
            path = posixpath.join(folder, name)
            if not name.endswith("/"):
                if not tree.ignored(path):
                    yield path
            elif name[:-1] not in SKIPPED_FOLDERS:
                folders.append(path[:-1])
