"""The documents of Spaces by the environment variables in them: which declares, reads, sets or mentions which.

What the command line and the editor know of a whole Space they ask here, and walk through no folder themselves. What a
document says is worked out once: an open document keeps it, and for a file it is kept until the file changes.
"""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages, space
from unspill.contract import names as app_names
from unspill.errors import UserError
from unspill.languages import document_of
from unspill.model import Skipped
from unspill.project import read
from unspill.project.paths import relative
from unspill.project.tree import DiskTree
from unspill.project.walk import File, Walk
from unspill.settings import Settings
from unspill.space import uses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from unspill.contract.names import AppName
    from unspill.document import Document
    from unspill.model import Tree
    from unspill.project.tree import Overlay
    from unspill.space import Space

MOST_FILES = 10_000
"""A rename that could not read all files would break those it left out."""


class WorkspaceText(NamedTuple):
    """A document of a Space, read when it is needed."""

    source: str
    """What the caller calls it: a path or a URI."""
    path: str
    """POSIX, relative to its tree."""
    read: Callable[[], Document | None]
    """Returns None if it is not a text."""
    version: int | None = None
    """The client's version of it, if it is open."""
    disk: str = ""
    """Its file; "" if the document is given."""
    state: str = ""
    """Differs once the file has changed."""


class Said(NamedTuple):
    """The names of the environment that a document, or several, read, set or declare, or refer to in another way."""

    names: frozenset[str] = frozenset()
    """All of them."""
    read: frozenset[str] = frozenset()
    declared: frozenset[str] = frozenset()

    def __or__(self, other: Said) -> Said:
        return Said(*map(frozenset.union, self, other))

    def is_variable(self, name: str) -> bool:
        """Whether a name is surely one of the environment: local variables are referred to alike (`${name}`)."""
        return name.upper() == name or name in self.read or name in self.declared


class Spaces(NamedTuple):
    """What a walk has found."""

    texts: dict[tuple[DiskTree, Space], list[WorkspaceText]]
    """The documents by Space. They are called what reports call them."""
    skipped: list[Skipped]


class Workspace:
    """The names in the documents of Spaces, as far as they were asked for. Used by one thread at a time."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, Said]] = {}
        """By file: its state, and the names in it."""

    # Which documents there are

    def walked(self, walk: Walk, paths: Iterable[str]) -> Spaces:
        """The documents in files and folders on disk. Raises UserError."""
        found = Spaces({}, [])
        for item in walk.files(paths):
            if isinstance(item, Skipped):
                found.skipped.append(item)
                continue
            raw = read.text(item.disk, item.settings.max_file_size)
            if isinstance(raw, read.Refusal):
                found.skipped.append(Skipped(item.shown, raw.reason, raw.incomplete))
                continue
            text = _there(item.shown, document_of(raw, item.path))
            found.texts.setdefault((item.tree, space.find(item.tree, item.path)), []).append(text)
        return found

    def around(
        self, tree: Overlay, near: str, opened: Mapping[str, Sequence[WorkspaceText]], source: Callable[[str], str]
    ) -> Iterator[WorkspaceText]:
        """The documents of the Space of the file at `near`, by path: those that are open, else the files in `tree`.

        Files are those that a scan would read, whatever the settings exclude; `source` returns by path what they are
        called. Raises UserError for more than `MOST_FILES`.
        """
        home = space.find(tree, near).root
        files = self._files(tree, home)
        homes: dict[str, str] = {}
        for path in sorted({*opened, *files}):
            folder = posixpath.dirname(path)
            if folder not in homes:
                homes[folder] = space.find(tree, path).root
            if homes[folder] != home:
                continue
            if path in opened:
                yield from opened[path]
            else:
                yield _on_disk(tree, files[path], path, source(path))

    def _files(self, tree: Overlay, home: str) -> dict[str, File]:
        folder = os.path.realpath(tree.disk(home))
        if not os.path.isdir(folder):  # a document may be open before its folder is made, or after it has gone
            return {}
        found: dict[str, File] = {}
        for file in Walk(lambda _tree, _path: Settings(), folder, tree=DiskTree).files([folder]):
            if isinstance(file, File):
                found[posixpath.join(home, relative(file.disk, folder))] = file
                if len(found) > MOST_FILES:
                    raise UserError(f"there are more than {MOST_FILES} files to look at")
        here = {tree.disk(path) for path in found}
        inside = os.path.join(tree.disk(home), "")
        self._kept = {disk: kept for disk, kept in self._kept.items() if disk in here or not disk.startswith(inside)}
        return found

    # What is in them

    def saying(self, texts: Iterable[WorkspaceText], *names: str) -> Iterator[tuple[WorkspaceText, Document]]:
        """Those that may contain one of these names. A file that is known to contain none is not read."""
        for text in texts:
            known = self._known(text)
            if known is not None and known.names.isdisjoint(names):
                continue
            document = text.read()
            if document is not None and not uses.names(document).isdisjoint(names):
                self._keep(text, document)
                yield text, document

    def names(self, tree: Tree, homes: Sequence[Space], texts: Iterable[WorkspaceText]) -> list[AppName]:
        """The names in the documents of an app, given what the `.env` of each of its `homes` keeps."""
        return app_names.entries(self._read(texts), app_names.surroundings(tree, homes))

    def _read(self, texts: Iterable[WorkspaceText]) -> Iterator[tuple[str, Document]]:
        for text in texts:
            document = text.read()
            if document is not None:
                self._keep(text, document)
                yield text.source, document

    def said(self, texts: Iterable[WorkspaceText]) -> Said:
        """The names in them. A file that has not changed since it was asked about is not read."""
        found = Said()
        for text in texts:
            said = self._known(text)
            if said is None and (document := text.read()) is not None:
                said = self._keep(text, document)
            found |= said or Said()
        return found

    def _known(self, text: WorkspaceText) -> Said | None:
        """The names in a file; None if unknown."""
        state, said = self._kept.get(text.disk, ("", None))
        return said if text.state and state == text.state else None

    def _keep(self, text: WorkspaceText, document: Document) -> Said:
        said = said_by(document)
        if text.state:
            self._kept[text.disk] = (text.state, said)
        return said


def said_by(document: Document) -> Said:
    """The names in a document."""
    return document.memo(_said)


def _said(document: Document) -> Said:
    found = languages.env_uses(document)
    read, declared = (frozenset(use.name for use in some) for some in (found.reads, found.declared))
    return Said(uses.names(document), read, declared)


def opened(source: str, document: Document) -> WorkspaceText:
    """A document that is open."""
    return _there(source, document)._replace(version=document.version)


def _there(source: str, document: Document) -> WorkspaceText:
    return WorkspaceText(source, document.path, lambda: document)


def _on_disk(tree: Overlay, file: File, path: str, source: str) -> WorkspaceText:
    def load() -> Document | None:
        raw = tree.read(path)
        text = None if raw is None else read.accepted(raw, len(raw), file.settings.max_file_size)
        return document_of(text, path) if isinstance(text, bytes) else None

    if path in tree.changes:  # as the client has edited it, and not as it is on the disk
        return WorkspaceText(source, path, load)
    state = f"{file.times[0]:x}.{file.times[1]:x}.{file.size:x}.{file.inode:x}"
    return WorkspaceText(source, path, load, disk=tree.disk(path), state=state)
