"""The documents of a Space as the client has them: open ones over the disk."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from lsprotocol.types import LSPErrorCodes
from pygls.exceptions import JsonRpcException

from unspill import space
from unspill.languages import document_of
from unspill.lsp import places
from unspill.project.paths import relative
from unspill.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from unspill.document import Document
    from unspill.lsp.session import Session
    from unspill.lsp.snapshot import Snapshot
    from unspill.model import Tree

T = TypeVar("T")
_MOST_FILES = 10_000
"""A rename that could not look at all files would break what it left out."""


class Content(NamedTuple):
    """A document of a Space. `version` is None if it is not open."""

    uri: str
    path: str
    document: Document
    version: int | None


async def look(session: Session, place: places.Place, work: Callable[[Iterable[Content]], T]) -> T:
    """What `work` gives, beside the loop, for the documents of the Space around `place`, in the order of path.

    `place` must be on the file system; `work` must use nothing of the session.
    """
    if place.root is None:
        raise ValueError("only what is on the file system belongs to a Space")
    opened: dict[str, list[Snapshot]] = {}
    for snapshot in session.snapshots():
        if snapshot.place.root == place.root:
            opened.setdefault(snapshot.place.path, []).append(snapshot)
    contents = _contents(session.buffers.tree(place.root), place.root, place.path, opened)
    return await session.analysis.beside(lambda: work(contents))


def _contents(tree: Tree, root: str, near: str, opened: Mapping[str, Sequence[Snapshot]]) -> Iterator[Content]:
    home = space.find(tree, near).root
    homes: dict[str, str] = {}
    for path in sorted({*opened, *_paths(root, home)}):
        folder = posixpath.dirname(path)
        if folder not in homes:
            homes[folder] = space.find(tree, path).root
        if homes[folder] != home:
            continue
        # The cells of a notebook are documents; its file is not to be changed under them.
        states = [
            Content(snapshot.uri, path, snapshot.document, snapshot.document.version)
            for snapshot in sorted(opened.get(path, ()), key=lambda snapshot: snapshot.uri)
        ]
        yield from states or _on_disk(tree, root, path)


def _paths(root: str, home: str) -> Iterator[str]:
    """The files below a folder of a root that a scan would look at, whatever the settings exclude."""
    from unspill.project.tree import DiskTree
    from unspill.project.walk import File, Walk

    folder = os.path.realpath(places.file_path(root, home))
    if not os.path.isdir(folder):  # a document may be open before its folder is made, or after it has gone
        return
    files = Walk(lambda _tree, _path: Settings(), folder, tree=DiskTree).files([folder])
    for count, file in enumerate(files):
        if count >= _MOST_FILES:
            raise JsonRpcException(f"there are more than {_MOST_FILES} files to look at", LSPErrorCodes.RequestFailed)
        if isinstance(file, File):
            yield posixpath.join(home, relative(file.disk, folder))


def _on_disk(tree: Tree, root: str, path: str) -> Iterator[Content]:
    from unspill.project import read

    raw = tree.read(path)
    if raw is not None and not read.is_binary(raw[:8192]) and len(raw) <= Settings().max_file_size:
        yield Content(places.file_uri(root, path), path, document_of(raw, path), None)
