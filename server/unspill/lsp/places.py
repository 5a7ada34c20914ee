"""Where documents are: URIs, folders of the workspace, and the project as the editor has it."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, NamedTuple

from pygls import uris

from unspill.project.tree import root_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from unspill.document import Document
    from unspill.model import Tree


class Place(NamedTuple):
    """Where a document is. `root` is a folder of the file system, None if the document is no file.

    `path` is POSIX and relative to `root`.
    """

    root: str | None
    path: str


def place_of(uri: str, folders: Iterable[str]) -> Place:
    """The place of a URI. `folders` are those of the workspace, as file system paths.

    The root is the one that the command line would take in the innermost folder that holds the file, or for the file
    itself if none does: the editor and the command line store into the same `.env`.
    """
    file = disk_path(uri)
    if file is None:
        return Place(None, posixpath.basename(uris.urlparse(uri)[2]))
    folder = max((folder for folder in folders if _holds(folder, file)), key=len, default=os.path.dirname(file))
    root = root_of(folder, folder)
    return Place(root, os.path.relpath(file, root).replace(os.sep, "/"))


def disk_path(uri: str) -> str | None:
    """The file system path of a URI; None if it is not on the file system."""
    path = uris.to_fs_path(uri)
    return os.path.normpath(path) if path else None


def file_uri(root: str, path: str) -> str:
    """The URI of the file at `path` below `root`."""
    return uris.from_fs_path(file_path(root, path)) or ""


def file_path(root: str, path: str) -> str:
    """The file system path of `path` below `root`."""
    return os.path.join(root, *path.split("/"))


def _holds(folder: str, file: str) -> bool:
    return os.path.normcase(file).startswith(os.path.join(os.path.normcase(folder), ""))


class BufferTree:
    """A `model.Tree`: the open documents of one root over the files of `disk`; None is a tree without files."""

    def __init__(self, disk: Tree | None, buffers: Mapping[str, Document]) -> None:
        self._disk = disk
        self._buffers = buffers

    def read(self, path: str) -> bytes | None:
        """The text of the buffer at `path`, else the bytes of the file."""
        if path in self._buffers:
            return self._buffers[path].data
        return self._disk.read(path) if self._disk else None

    def list(self, path: str) -> list[str]:
        """The names in the folder at `path`, those of buffers that were never saved among them."""
        names = set(self._disk.list(path)) if self._disk else set()
        names.update(posixpath.basename(buffer) for buffer in self._buffers if posixpath.dirname(buffer) == path)
        return sorted(names)

    def tracked(self, path: str) -> bool:
        """Whether git tracks the file at `path`."""
        return self._disk is not None and self._disk.tracked(path)

    def ignored(self, path: str) -> bool:
        """Whether git ignores the file at `path`."""
        return self._disk is not None and self._disk.ignored(path)
