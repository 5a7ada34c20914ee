"""The documents that the client has open, and the files that it has edited and not saved."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import Document
from unspill.languages import language_of
from unspill.lsp import documents, places
from unspill.project.tree import Overlay

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lsprotocol import types

    from unspill.document import Unit
    from unspill.lsp.places import Place


class Buffer(NamedTuple):
    """One state of one open document."""

    uri: str
    document: Document
    place: Place
    disk: str | None
    """Its file system path; None if it is not a file, such as a notebook cell."""
    serial: int
    """Differs for every state of every document of the session."""


class OpenCell(NamedTuple):
    """An open document that is not a file: the cell of a notebook."""

    uri: str
    document: Document


class Buffers:
    """The open documents by URI, and how the files around them are because of them."""

    def __init__(self) -> None:
        self._serials = itertools.count(1)
        self._open: dict[str, Buffer] = {}
        self._texts: dict[str, dict[str, bytes]] = {}
        """The open files, by root and path."""
        self._edited: dict[str, dict[str, tuple[bytes | None, bytes]]] = {}

    def __iter__(self) -> Iterator[Buffer]:
        return iter(list(self._open.values()))

    def __contains__(self, uri: object) -> bool:
        return uri in self._open

    def get(self, uri: str) -> Buffer | None:
        """The present state of an open document."""
        return self._open.get(uri)

    def open(self, item: types.TextDocumentItem, place: Place, *, cell: bool = False) -> None:
        """Add an open document."""
        # A cell is no notebook: what it is written in, the client alone knows.
        language = language_of("" if cell else place.path, item.language_id).id
        self.put(item.uri, Document(documents.encode(item.text), place.path, language, item.version), place)

    def change(
        self,
        identifier: types.VersionedTextDocumentIdentifier,
        changes: Sequence[types.TextDocumentContentChangeEvent],
        unit: Unit,
    ) -> Buffer | None:
        """Change an open document. Returns its state before; None for any other, whose changes are ignored."""
        if (old := self._open.get(identifier.uri)) is not None:
            document = documents.apply(old.document, identifier.version, changes, unit)
            self.put(identifier.uri, document, old.place)
        return old

    def close(self, uri: str) -> Buffer | None:
        """Close a document. Returns its last state, if it was open."""
        buffer = self._open.pop(uri, None)
        if buffer is not None and buffer.place.root is not None and buffer.disk is not None:
            del self._texts[buffer.place.root][buffer.place.path]
            for other in self._open.values():  # the client may spell one file in two ways
                if other.disk == buffer.disk:
                    self._texts[buffer.place.root][buffer.place.path] = other.document.data
        return buffer

    def put(self, uri: str, document: Document, place: Place) -> None:
        """Set the present state and place of a document."""
        disk = places.disk_path(uri)
        self._open[uri] = Buffer(uri, document, place, disk, next(self._serials))
        if place.root is not None and disk is not None:
            self._texts.setdefault(place.root, {})[place.path] = document.data

    def forget_texts(self) -> None:
        """The roots have changed: place every document that is a file again."""
        self._texts.clear()

    def uri_of(self, root: str, path: str) -> str:
        """The URI of a file: as the client spells it if it is open."""
        for buffer in self._open.values():
            if buffer.place == (root, path) and buffer.disk is not None:
                return buffer.uri
        return places.file_uri(root, path)

    def cells(self, root: str) -> list[OpenCell]:
        """The open documents below a root that are not files."""
        return [OpenCell(one.uri, one.document) for one in self if one.place.root == root and one.disk is None]

    # The files around them

    def tree(self, root: str) -> Overlay:
        """The files below a root as the client has them: open or unsaved ones in place of those on disk."""
        texts = self._texts.get(root, {})
        tree = Overlay(root, texts)
        for path, (before, after) in list(self._edited.get(root, {}).items()):
            # A client may make the file first and write its text when it is saved.
            if tree.base(path) not in (before, b""):
                del self._edited[root][path]
            elif path not in texts:
                tree.change(path, after)
        return tree

    def edited(self, root: str, path: str, before: bytes | None, after: bytes) -> None:
        """Record an edit of a file that is not open, which the client may not have saved."""
        self._edited.setdefault(root, {})[path] = (before, after)

    def forget_edits(self, root: str) -> None:
        """Forget the recorded edits: they may be saved by now."""
        self._edited.pop(root, None)
