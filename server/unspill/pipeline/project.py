"""The Space around a document, for the checks on it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from unspill import space
from unspill.checks.check import Index
from unspill.languages import document_of
from unspill.project import read
from unspill.project.walk import SKIPPED_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.document import Document
    from unspill.model import Tree


def index(document: Document, tree: Tree, limit: int) -> Index:
    """The Space of a document; texts of more than `limit` bytes are left out of it."""
    home = space.find(tree, document.path)

    def documents() -> Iterator[Document]:
        for path in sorted(_paths(tree, home.root)):
            if path == document.path:
                yield document
            elif (raw := tree.read(path)) is not None and not isinstance(
                text := read.accepted(raw, len(raw), limit), read.Refusal
            ):
                yield document_of(text, path)

    return Index(tree, home, documents)


def _paths(tree: Tree, home: str) -> Iterator[str]:
    """The files below a folder that a scan would look at, whatever the settings exclude; not those of other Spaces."""
    folders = [home]
    while folders:
        folder = folders.pop()
        names = tree.list(folder)
        if folder != home and space.find(tree, posixpath.join(folder, "_")).root != home:
            continue
        for name in names:
            path = posixpath.join(folder, name)
            if name.endswith("/"):
                if name[:-1] not in SKIPPED_FOLDERS and not tree.ignored(path[:-1]):
                    folders.append(path[:-1])
            elif not tree.ignored(path):
                yield path
