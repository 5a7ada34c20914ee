"""Writing files so that no value is ever lost and no file is left half-written.

The order is the whole point: `.env` is on the disk before a value leaves the code. Each file is replaced in one
step by a finished copy that stands beside it, and what was replaced is put back if a later step fails; `.env`
is put back last, and only once every other file is.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import stat
from typing import TYPE_CHECKING, NamedTuple

from unspill.errors import UserError
from unspill.project import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STORE_MODE = 0o600
_NEW_MODE = 0o644
_FIRST = (".gitignore", ".dockerignore")


class Change(NamedTuple):
    """The new bytes of the file at `path` (POSIX, relative to a root). `before` is None if there is no file yet."""

    path: str
    before: bytes | None
    after: bytes


def apply(root: str, stores: Sequence[Change], edits: Sequence[Change]) -> None:
    """Write the changes below the folder `root`: `stores` (`.env` files) first, ignore files next, then the others.

    Folders that are missing are made. Raises UserError, with everything as it was, if a file is not as `before` says,
    is a link, or cannot be written.
    """
    ordered = [*stores, *sorted(edits, key=lambda change: posixpath.basename(change.path) not in _FIRST)]
    modes = [_check(root, change) for change in ordered]
    written: list[tuple[Change, int | None]] = []
    made: list[str] = []
    try:
        for index, (change, mode) in enumerate(zip(ordered, modes, strict=True)):
            written.append((change, mode))
            _make_folder(os.path.join(root, *change.path.split("/")[:-1]), made)
            _replace(root, change.path, change.after, _STORE_MODE if index < len(stores) else mode)
    except BaseException as error:
        _restore(root, written, made)
        if isinstance(error, OSError):
            last, _ = written[-1]
            raise UserError(f"{last.path}: cannot be written: {error.strerror}; nothing was changed") from None
        raise


def create(path: str, text: str) -> None:
    """Write a report to the file at `path`, over whatever it held, in one step. Raises UserError.

    What is no regular file (a terminal, a pipe) is written to as it is, and a link is followed.
    """
    data = text.encode("utf-8", "backslashreplace")
    try:
        status = os.stat(path) if os.path.exists(path) else None
        if status is None or stat.S_ISREG(status.st_mode):
            folder, name = os.path.split(os.path.realpath(path))
            _replace(folder, name, data, None if status is None else stat.S_IMODE(status.st_mode))
        else:
            with open(path, "wb") as file:
                file.write(data)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None


def append(path: str, text: str) -> None:
    """Add to the end of the file at `path`, such as a job's summary. Raises UserError."""
    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None


def create_all(folder: str, files: Iterable[tuple[str, str]], index: str, mark: str) -> int:
    """Write files, given as (POSIX path, text), below `folder`, and return how many.

    The folder is made if it is missing. Raises UserError if it holds anything, unless its file `index` holds `mark`:
    then it was written by an earlier run, and is written over.
    """
    try:
        if os.path.lexists(folder) and os.listdir(folder):
            earlier = read.regular(os.path.join(folder, index)) or b""
            if mark.encode() not in earlier:
                raise UserError(f"{folder}: holds files that are not from unspill; name a new or empty folder")
        count = 0
        for path, text in files:
            target = os.path.join(folder, *path.split("/"))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            count += 1
    except OSError as error:
        raise UserError(f"{folder}: cannot be written: {error.strerror}") from None
    return count


def _check(root: str, change: Change) -> int | None:
    """The file's mode, None if there is no file. Raises UserError if the change must not be made."""
    path = os.path.join(root, *change.path.split("/"))
    folder = os.path.dirname(path)
    inside = os.path.join(os.path.realpath(root), *change.path.split("/")[:-1])
    if os.path.realpath(folder) != inside:
        raise UserError(f"{change.path}: lies behind a symbolic link; it is left alone, and nothing was changed")
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        if change.before is None:
            return None
        raise UserError(f"{change.path}: is gone since it was scanned; nothing was changed") from None
    except OSError as error:
        raise UserError(f"{change.path}: cannot be read: {error.strerror}; nothing was changed") from None
    if stat.S_ISLNK(status.st_mode):
        raise UserError(f"{change.path}: is a symbolic link; it is left alone, and nothing was changed")
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{change.path}: is not a regular file; nothing was changed")
    if not status.st_mode & 0o222 or not os.access(path, os.W_OK):
        raise UserError(f"{change.path}: is read-only; make it writable and run again, nothing was changed")
    current = read.regular(path)
    if current is None:
        raise UserError(f"{change.path}: cannot be read; nothing was changed")
    if current != change.before:
        raise UserError(f"{change.path}: has changed since it was scanned; run again, nothing was changed")
    return stat.S_IMODE(status.st_mode)


def _replace(root: str, path: str, data: bytes, mode: int | None) -> None:
    """Put a finished copy with `data` in the place of the file, synced. Raises OSError, with the file as it was."""
    target = os.path.join(root, *path.split("/"))
    temporary = os.path.join(os.path.dirname(target), f".env.unspill-{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(temporary, flags, _STORE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            _take_owner(target, temporary)
            os.chmod(temporary, _NEW_MODE & ~_umask() if mode is None else mode)
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(os.path.dirname(target))


def _make_folder(folder: str, made: list[str]) -> None:
    """Make a folder, and those above it, and add what was missing to `made`. Raises OSError."""
    if not os.path.isdir(folder):
        _make_folder(os.path.dirname(folder), made)
        os.mkdir(folder)
        made.append(folder)


def _restore(root: str, written: Sequence[tuple[Change, int | None]], made: Sequence[str]) -> None:
    """Put back what the changes replaced, the last first. Stops at a failure, so that `.env` keeps its values."""
    with contextlib.suppress(OSError):
        for change, mode in reversed(written):
            path = os.path.join(root, *change.path.split("/"))
            if change.before is None:
                if read.regular(path) == change.after:
                    os.unlink(path)
            elif read.regular(path) != change.before:
                _replace(root, change.path, change.before, mode)
        for folder in reversed(made):
            os.rmdir(folder)


def _take_owner(target: str, temporary: str) -> None:
    """Give the copy the owner of the file, as far as the process may: root may be at work in a user's folder."""
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            status = os.stat(target if os.path.exists(target) else os.path.dirname(target))
            if status.st_uid != os.geteuid():
                os.chown(temporary, status.st_uid, status.st_gid)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: str) -> None:
    if os.name == "nt":  # a folder cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
