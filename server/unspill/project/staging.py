"""`.unspill/`: the folder next to a `.env` with the lock and the unfinished copies of the process that writes there.

It ignores itself, is private (0700), and is removed unless something stays in it, such as the ledger of a rotation.
The holder of the lock owns all copies in it, so that the next process removes those of a killed one. A lock ends with
its process.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from unspill.errors import BusyError, UserError, unwritable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = ".unspill"
_COPY = ".copy"
_LOCK = "lock"
_IGNORE = ".gitignore"
_PATIENCE = 10.0
"""Seconds to wait for another process."""
_PAUSE = 0.02
_LOCK_BYTE = 1 << 30
"""Windows prevents others from reading a locked range: lock a byte far after the process id."""


class Staging:
    """The staging folder of one folder, locked by this process."""

    def __init__(self, folder: str, descriptor: int) -> None:
        self.path = os.path.join(folder, FOLDER)
        self._descriptor = descriptor
        self._numbers = itertools.count(1)

    def new(self) -> str:
        """The path for a new copy: on the file system of the folder, with an unused name."""
        return os.path.join(self.path, f"{next(self._numbers)}{_COPY}")

    def clear(self) -> None:
        """Remove every copy. Raises OSError."""
        for name in _copies(self.path):
            os.unlink(os.path.join(self.path, name))

    def release(self) -> None:
        """Remove leftovers, release the lock, and remove the folder unless others use it."""
        with contextlib.suppress(OSError):
            self.clear()
        with contextlib.suppress(OSError):
            if set(os.listdir(self.path)) <= {_LOCK, _IGNORE}:
                os.unlink(os.path.join(self.path, _IGNORE))
                os.unlink(os.path.join(self.path, _LOCK))
                os.rmdir(self.path)
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


@contextmanager
def locked(folders: Iterable[str]) -> Iterator[dict[str, Staging]]:
    """Hold the locks of folders (absolute, existing), acquired in sorted order; leftover copies are removed.

    Raises BusyError if another process holds one for longer than ten seconds, UserError if it cannot be created.
    """
    held: dict[str, Staging] = {}
    try:
        for folder in sorted(set(folders)):
            held[folder] = acquire(folder)
        yield held
    finally:
        for staging in held.values():
            staging.release()


def acquire(folder: str) -> Staging:
    """The locked staging folder of one folder. Raises BusyError and UserError."""
    deadline = time.monotonic() + _PATIENCE
    try:
        while True:
            descriptor = _open(folder)
            if descriptor is not None and (staging := _take(folder, descriptor, is_late=time.monotonic() >= deadline)):
                return staging
            time.sleep(_PAUSE)
    except OSError as error:
        place = os.path.join(folder, FOLDER)
        raise UserError(f"{unwritable(place, error)}; nothing was changed") from None


def _take(folder: str, descriptor: int, *, is_late: bool) -> Staging | None:
    """The folder, if its open lock is free, else the descriptor is closed. Raises BusyError and OSError."""
    try:
        if _lock(descriptor):
            if _is_current(folder, descriptor):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, str(os.getpid()).encode())
                staging = Staging(folder, descriptor)
                staging.clear()
                return staging
        elif is_late:
            _give_up(folder, descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _give_up(folder: str, descriptor: int) -> NoReturn:
    raise BusyError(
        f"{folder}: locked by another unspill{_owner(descriptor)} for more than {_PATIENCE:.0f} seconds; "
        "nothing was changed, run again later"
    )


def leftovers(folder: str) -> int:
    """The number of copies in the staging folder of `folder` that no running process owns."""
    place = os.path.join(folder, FOLDER)
    copies = _copies(place)
    if not copies:
        return 0
    try:
        descriptor = os.open(os.path.join(place, _LOCK), os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return len(copies)
    try:
        return len(copies) if _lock(descriptor) else 0
    finally:
        os.close(descriptor)


def clear(folder: str) -> None:
    """Remove what no running process owns from the staging folder of `folder`, as far as possible now.

    Files in use stay. Does not wait, and raises nothing: the next process that writes there tries again.
    """
    place = os.path.join(folder, FOLDER)
    with contextlib.suppress(OSError):
        if os.path.islink(place) or not os.path.isdir(place):
            return
        names = os.listdir(place)
        if not names:
            os.rmdir(place)
        if not _copies(place) and {_LOCK, _IGNORE}.isdisjoint(names):
            return
        descriptor = _open(folder)
        if descriptor is not None and (staging := _take(folder, descriptor, is_late=False)) is not None:
            staging.release()


def sync_folder(folder: str) -> None:
    """Flush the entries of a folder to disk, if the platform supports it. Raises OSError."""
    if os.name == "nt":  # a folder cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copies(place: str) -> list[str]:
    """The names of the copies in a staging folder; [] if it is not a folder, or a link."""
    try:
        return [] if os.path.islink(place) else sorted(name for name in os.listdir(place) if name.endswith(_COPY))
    except OSError:
        return []


def _open(folder: str) -> int | None:
    """The lock file, open; None if another process has just removed the folder. Raises OSError."""
    place = os.path.join(folder, FOLDER)
    with contextlib.suppress(FileExistsError):
        os.mkdir(place, 0o700)
    if os.path.islink(place):
        raise OSError(errno.ELOOP, "is a symbolic link")
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        ignore = os.open(os.path.join(place, _IGNORE), flags | os.O_TRUNC, 0o600)
        with os.fdopen(ignore, "wb") as file:
            file.write(b"*\n")
        return os.open(os.path.join(place, _LOCK), flags, 0o600)
    except FileNotFoundError:
        return None


def _is_current(folder: str, descriptor: int) -> bool:
    """Whether the locked file is still the one that others would lock, in a folder that still ignores itself."""
    place = os.path.join(folder, FOLDER)
    try:
        same = os.path.samestat(os.stat(os.path.join(place, _LOCK)), os.fstat(descriptor))
        return same and os.path.lexists(os.path.join(place, _IGNORE))
    except OSError:
        return False


def _owner(descriptor: int) -> str:
    """The holder of a lock, for people; "" if unknown."""
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        number = os.read(descriptor, 16)
    except OSError:
        return ""
    return f" (process {int(number)})" if number.isdigit() else ""


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        """Lock an open file; False if another process holds the lock."""
        os.lseek(descriptor, _LOCK_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True
else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        """Lock an open file; False if another process holds the lock. Raises OSError without lock support."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
