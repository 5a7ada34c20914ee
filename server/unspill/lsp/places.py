"""Where documents are: URIs, files, and the folders of the workspace."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, NamedTuple

from pygls import uris

from unspill.project.paths import relative
from unspill.project.tree import root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Place(NamedTuple):
    """Where a document is. `root` is a folder of the file system, None if the document is no file.

    `path` is POSIX and relative to `root`.
    """

    root: str | None
    path: str


def root_of_folder(folder: str) -> str:
    """The root that the command line would take in a folder of the file system."""
    return root_of(folder, folder)


def place_of(uri: str, folders: Iterable[str], root_of_folder: Callable[[str], str] = root_of_folder) -> Place:
    """The place of a URI. `folders` are those of the workspace, as file system paths.

    The root is the one that the command line would take in the innermost folder that holds the file, or for the file
    itself if none does: the editor and the command line store into the same `.env`.
    """
    file = disk_path(uri)
    if file is None:
        return Place(None, posixpath.basename(_path(uri)))
    folder = max((folder for folder in folders if holds(folder, file)), key=len, default=os.path.dirname(file))
    root = root_of_folder(folder)
    return Place(root, relative(file, root))


def disk_path(uri: str) -> str | None:
    """The file system path of a URI; None if it is not on the file system, or no file can have that path."""
    if not _path(uri) or not (path := uris.to_fs_path(uri)) or "\0" in path:
        return None
    try:
        os.fsencode(path)
    except UnicodeEncodeError:  # half of a surrogate pair
        return None
    if not os.path.isabs(path):
        return None
    path = os.path.normpath(path)
    return path if os.sep != "/" else f"/{path.lstrip('/')}"  # `//x` is `/x`, and no share


def _path(uri: str) -> str:
    """The path in a URI; empty if it is none."""
    try:
        path: str = uris.urlparse(uri)[2]
    except ValueError:  # half an address in brackets
        return ""
    return path


def file_uri(root: str, path: str) -> str:
    """The URI of the file at `path` below `root`."""
    return uris.from_fs_path(file_path(root, path)) or ""


def file_path(root: str, path: str) -> str:
    """The file system path of `path` below `root`."""
    return os.path.join(root, *path.split("/"))


def holds(folder: str, file: str) -> bool:
    """Whether a file lies in a folder, both file system paths."""
    return os.path.normcase(file).startswith(os.path.join(os.path.normcase(folder), ""))
