"""Writing files so that no value is ever lost and no file is left half-written.

The order matters: ignore files first, so that git never sees `.env`, then `.env`, the declarations, and only then the
code. Each file is replaced atomically by a finished copy, directly after checking that it is unchanged since the change
was computed; the replaced files are kept until all is done, and restored if a later step fails. Copies are in
`.unspill/` (`staging.py`), whose lock excludes other unspill processes; editors do not respect locks.
"""

from __future__ import annotations

import contextlib
import errno
import os
import posixpath
import stat
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from unspill.errors import StaleError, UserError, unwritable
from unspill.project import exchange, read, staging
from unspill.space import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from unspill.project.staging import Staging

_STORE_MODE = 0o600
_NEW_MODE = 0o644
_IGNORE_FILES = (".gitignore", ".dockerignore")
_OWN = f"{staging.FOLDER}/"
_RETRIES, _PAUSE = 20, 0.05
"""Retries, and seconds between them: Windows refuses to replace a file that an editor or virus scanner has open."""


class FileChange(NamedTuple):
    """The new bytes of the file at `path` (POSIX, relative to a root). `before` is None for a new file."""

    path: str
    before: bytes | None
    after: bytes


def apply(root: str, stores: Sequence[FileChange], edits: Sequence[FileChange]) -> None:
    """Write the changes below the folder `root`: ignore files, `stores` (`.env` files), declarations, then the others.

    Stores are private afterwards, even unchanged ones, and so is what stays in `.unspill/`. Missing folders are
    created. Raises StaleError if a file differs from `before`, BusyError if another process holds the lock, and
    UserError if a file is a link or cannot be written: then every file is restored, except those that others have
    written meanwhile; in that case `.env` keeps the values.
    """
    if not stores and not edits:
        return
    kept = [change for change in stores if change.after == change.before]
    stores = [change for change in stores if change.after != change.before]
    homes = [_disk(root, posixpath.dirname(change.path)) for change in (*stores, *kept)] or [root]
    with staging.locked(homes) as places:
        for change in kept:  # its writer may restore it until we have the lock
            if read.regular(_disk(root, change.path), limit=None) != change.before:
                raise StaleError(change.path)
        if stores or edits:
            _Transaction(root, places).run(stores, edits)
        for change in kept:
            _make_private(_disk(root, change.path))


def discard(root: str, path: str) -> None:
    """Remove a file of `.unspill/` below the folder `root`, if it is there. Raises BusyError and UserError."""
    with staging.locked([root]):
        try:
            os.unlink(_disk(root, path))
            staging.sync_folder(os.path.dirname(_disk(root, path)))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise unwritable(path, error) from None


def create(path: str, text: str) -> None:
    """Write a report to the file at `path`, replacing it atomically. Raises UserError.

    Anything but a regular file (a terminal, a pipe) is written to directly, and a link is followed.
    """
    data = text.encode("utf-8", "backslashreplace")
    try:
        status = os.stat(path) if os.path.exists(path) else None
        if status is None or stat.S_ISREG(status.st_mode):
            target = os.path.realpath(path)
            copy = f"{target}.unspill-{os.getpid()}"
            _finish(copy, target, data, None if status is None else stat.S_IMODE(status.st_mode))
            _replace(copy, target)
            staging.sync_folder(os.path.dirname(target))
        else:
            with open(path, "wb") as file:
                file.write(data)
    except OSError as error:
        raise unwritable(path, error) from None


def append(path: str, text: str) -> None:
    """Append to the file at `path`, such as a job's summary. Raises UserError."""
    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise unwritable(path, error) from None


def create_all(folder: str, files: Iterable[tuple[str, str]], index: str, mark: str) -> int:
    """Write files, given as (POSIX path, text), below `folder`, and return how many.

    The folder is created if missing. Raises UserError if it is not empty, unless its file `index` contains `mark`: then
    it was written by an earlier run, and is overwritten.
    """
    try:
        if os.path.lexists(folder) and os.listdir(folder):
            earlier = read.regular(os.path.join(folder, index)) or b""
            if mark.encode() not in earlier:
                raise UserError(f"{folder}: contains other files; name a new or empty folder")
        count = 0
        for path, text in files:
            target = _disk(folder, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            count += 1
    except OSError as error:
        raise unwritable(folder, error) from None
    return count


def obstacle(path: str) -> str:
    """Why the file at `path` (on disk) must not be replaced, although it is writable; empty if it may be."""
    try:
        links = os.lstat(path).st_nlink
    except OSError:
        return ""
    if links > 1:
        return f"the file has {links} hard links, which a fix would separate: edit it manually"
    return ""


class _Written(NamedTuple):
    """A change that was made, or may have been if interrupted."""

    change: FileChange
    target: str
    mode: int | None
    old: str | None
    """The path of the original file, if it could be kept."""


class _Transaction:
    """Changes that are made together, or not at all."""

    def __init__(self, root: str, places: dict[str, Staging]) -> None:
        self._root = root
        self._places = places
        self._staging = next(iter(places.values()))
        self._written: list[_Written] = []
        self._made: list[str] = []

    def run(self, stores: Sequence[FileChange], edits: Sequence[FileChange]) -> None:
        """Make all changes. Raises UserError, with all changes undone."""
        names = {change.path: posixpath.basename(change.path) for change in edits}
        first = [change for change in edits if names[change.path] in _IGNORE_FILES]
        last = [change for change in edits if names[change.path] not in _IGNORE_FILES]
        last.sort(key=lambda change: names[change.path].lower() not in TEMPLATES)
        ordered = [(change, False) for change in first] + [(change, True) for change in stores]
        ordered += [(change, change.path.startswith(_OWN)) for change in last]
        modes = [_check(self._root, change) for change, _ in ordered]
        at = ordered[0][0]
        try:
            for (change, is_private), mode in zip(ordered, modes, strict=True):
                at = change
                self._make(change, _STORE_MODE if is_private else mode)
            self._look_once_more()
        except BaseException as error:
            self._take_back({change.path for change in stores})
            if isinstance(error, OSError):
                raise UserError(f"{unwritable(at.path, error)}; nothing was changed") from None
            raise

    def _look_once_more(self) -> None:
        """Check the original files: an editor that had one open may have written to it since. Raises StaleError."""
        for change, _, _, old in self._written:
            if old is not None and read.regular(old, limit=None) != change.before:
                raise StaleError(change.path)

    def _make(self, change: FileChange, mode: int | None) -> None:
        """Make one change. Raises StaleError and OSError, with the file unchanged."""
        target = _disk(self._root, change.path)
        home = os.path.dirname(target)
        self._make_folder(home)
        try:
            self._replace(change, target, mode, self._staging)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # A mount below the folder is another file system, which needs a separate staging folder.
            self._written.pop()
            if home not in self._places:
                self._places[home] = staging.acquire(home)
            self._replace(change, target, mode, self._places[home])
        staging.sync_folder(home)

    def _replace(self, change: FileChange, target: str, mode: int | None, place: Staging) -> None:
        """Replace the file by a finished copy, if it is unchanged. Raises StaleError and OSError."""
        copy = place.new()
        _finish(copy, target, change.after, mode)
        if read.regular(target, limit=None) != change.before:
            raise StaleError(change.path)
        # Recorded first: an interrupt may come between the change and the next line.
        self._written.append(_Written(change, target, mode, copy))
        self._written[-1] = _Written(change, target, mode, self._put(copy, target, change))

    def _put(self, copy: str, target: str, change: FileChange) -> str | None:
        """Rename the copy. Returns the path of the original file, if it was kept. Raises StaleError and OSError."""
        if change.before is None:
            try:
                exchange.put_new(copy, target)
            except FileExistsError:
                raise StaleError(change.path) from None
            return None
        if not exchange.swap(copy, target):
            _replace(copy, target)
            return None
        if read.regular(copy, limit=None) != change.before:  # written between the check and the swap
            _swap_back(copy, target, change.after)
            raise StaleError(change.path)
        return copy

    def _make_folder(self, folder: str) -> None:
        """Create a folder and its missing parents, and record them. Raises OSError."""
        if not os.path.isdir(folder):
            self._make_folder(os.path.dirname(folder))
            os.mkdir(folder)
            self._made.append(folder)

    def _take_back(self, stores: set[str]) -> None:
        """Restore the replaced files, the last first.

        Files that others have written since stay, and then `.env` and the ignore files do, too.
        """
        is_ours = True
        for written in reversed(self._written):
            if written.change.path in stores and not is_ours:
                break
            try:
                is_ours &= self._restore(written)
            except OSError:
                is_ours = False
        with contextlib.suppress(OSError):
            for folder in reversed(self._made):
                os.rmdir(folder)

    def _restore(self, written: _Written) -> bool:
        """Restore one file; False if it, or the original, has changed since. Raises OSError."""
        change, target, mode, old = written
        now = read.regular(target, limit=None)
        if now != change.after:
            return now == change.before
        if change.before is None:
            os.unlink(target)
            return True
        if old is not None and os.path.lexists(old):
            return _swap_back(old, target, change.after) and read.regular(target, limit=None) == change.before
        copy = self._staging.new()
        _finish(copy, target, change.before, mode)
        _replace(copy, target)
        return True


def _make_private(path: str) -> None:
    """Make a file private to its owner, if the system supports it."""
    with contextlib.suppress(OSError):
        mode = os.lstat(path).st_mode
        if os.name != "nt" and stat.S_ISREG(mode) and stat.S_IMODE(mode) & 0o077:
            os.chmod(path, stat.S_IMODE(mode) & 0o700)


def _disk(root: str, path: str) -> str:
    return os.path.join(root, *path.split("/")) if path else root


def _check(root: str, change: FileChange) -> int | None:
    """The file's mode; None if it does not exist. Raises UserError if the change must not be made."""
    path = _disk(root, change.path)
    folder = os.path.dirname(path)
    inside = _disk(os.path.realpath(root), posixpath.dirname(change.path))
    if os.path.realpath(folder) != inside:
        raise UserError(f"{change.path}: a parent folder is a symbolic link; nothing was changed")
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        if change.before is None:
            return None
        raise StaleError(change.path) from None
    except OSError as error:
        raise UserError(f"{change.path}: cannot be read: {error.strerror}; nothing was changed") from None
    if stat.S_ISLNK(status.st_mode):
        raise UserError(f"{change.path}: is a symbolic link; nothing was changed")
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{change.path}: is not a regular file; nothing was changed")
    if not status.st_mode & 0o222 or not os.access(path, os.W_OK):
        raise UserError(f"{change.path}: is read-only; nothing was changed, make it writable and run again")
    if reason := obstacle(path):
        raise UserError(f"{change.path}: {reason}; nothing was changed")
    if change.before is None and status.st_size > read.LARGEST:
        raise UserError(f"{change.path}: is larger than {read.LARGEST:,} bytes; nothing was changed")
    current = read.regular(path, limit=None)
    if current is None:
        raise UserError(f"{change.path}: cannot be read; nothing was changed")
    if current != change.before:
        raise StaleError(change.path)
    return stat.S_IMODE(status.st_mode)


def _finish(copy: str, target: str, data: bytes, mode: int | None) -> None:
    """Create a synced copy with `data` that can replace `target`. Raises OSError, without leaving a copy."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(copy, flags, _STORE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            _take_owner(target, copy)
            _take_attributes(target, copy)
            os.chmod(copy, _NEW_MODE & ~_umask() if mode is None else mode)
            os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(copy)
        raise


def _swap_back(old: str, target: str, ours: bytes) -> bool:
    """Swap `target`, which contains `ours`, with the original file; False if it has changed since.

    Raises OSError.
    """
    exchange.swap(old, target)
    if read.regular(old, limit=None) == ours:
        return True
    exchange.swap(old, target)  # saved again in between: the latest text stays
    return False


def _replace(copy: str, target: str) -> None:
    """Replace a file by a copy. Raises OSError, with the file unchanged and the copy removed."""
    try:
        _patiently(lambda: os.replace(copy, target))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(copy)
        raise


def _patiently(work: Callable[[], None]) -> None:
    """Do `work`; on Windows retry while another program has the file open. Raises OSError."""
    for attempt in range(_RETRIES):
        try:
            return work()
        except PermissionError:
            if os.name != "nt" or attempt == _RETRIES - 1:
                raise
            time.sleep(_PAUSE)
    return None


def _take_owner(target: str, copy: str) -> None:
    """Give the copy the owner and group of the file, as far as the process may; a new file gets its folder's owner.

    Root may run in a user's folder, and a service may read by its group what a user edits.
    """
    if not hasattr(os, "chown"):
        return
    with contextlib.suppress(OSError):
        is_new = not os.path.exists(target)
        there, ours = os.stat(os.path.dirname(target) if is_new else target), os.stat(copy)
        if not is_new and there.st_gid != ours.st_gid:
            os.chown(copy, -1, there.st_gid)
        if there.st_uid != ours.st_uid:
            os.chown(copy, there.st_uid, there.st_gid)


def _take_attributes(target: str, copy: str) -> None:
    """Give the copy the user's extended attributes of the file; `security.*` and `system.*` belong to the system."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            for name in os.listxattr(target, follow_symlinks=False):
                if name.startswith("user."):
                    os.setxattr(copy, name, os.getxattr(target, name, follow_symlinks=False))


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
