"""The Space around a document, for the checks on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill import space
from unspill.checks.check import ProjectIndex
from unspill.languages import document_of
from unspill.project import read
from unspill.space.files import files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.document import Document
    from unspill.model import Tree


def index(document: Document, tree: Tree, limit: int) -> ProjectIndex:
    """The Space of a document; texts of more than `limit` bytes are left out of it."""
    home = space.find(tree, document.path)

    def documents() -> Iterator[Document]:
        for path in sorted(files(tree, home.root)):
            raw = None if path == document.path else tree.read(path)
            text = None if raw is None else read.accepted(raw, len(raw), limit)
            if path == document.path:
                yield document
            elif isinstance(text, bytes):
                yield document_of(text, path)

    return ProjectIndex(tree, home, documents)
