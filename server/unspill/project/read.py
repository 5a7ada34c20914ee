"""Reading files: only regular ones, never through a symbolic link, and never more than requested."""

from __future__ import annotations

import errno
import os
import stat
from typing import NamedTuple

from unspill import document

LARGEST = 20_000_000
"""Maximum size in bytes of other files than scanned texts: a `.gitignore`, a README, a `.env`."""
HEAD = 8192
"""How many bytes are read to distinguish text from binary."""
_LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\n"
_LFS_POINTER_LIMIT = 1024
# Without O_NONBLOCK, opening a FIFO waits for its writer; without O_NOFOLLOW, a link could lead anywhere.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class Refusal(NamedTuple):
    """Why a file was not read. `incomplete`: it should have been scanned, but could not be."""

    reason: str
    incomplete: bool = False


def modified(path: str) -> float | None:
    """When a file was changed last, in seconds since 1970; None if it cannot be read."""
    try:
        return os.lstat(path).st_mtime
    except (OSError, ValueError):
        return None


def text(path: str, limit: int) -> bytes | Refusal:
    """The bytes of a text file of at most `limit` bytes; binaries and Git LFS pointers are refused."""
    try:
        with _Opened(path) as file:
            if not stat.S_ISREG(file.status.st_mode):
                return Refusal("not a regular file")
            size = file.status.st_size
            data = file.read(min(size, HEAD))
            if HEAD < size <= limit and not is_binary(data):
                data += file.read(size - HEAD)
    except ValueError:  # a zero byte, or half a character
        return Refusal("cannot be read: invalid path", incomplete=True)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return Refusal("symbolic link")
        return Refusal(f"cannot be read: {error.strerror or type(error).__name__}", incomplete=True)
    return accepted(data, size, limit)


def accepted(data: bytes, size: int, limit: int) -> bytes | Refusal:
    """Whether to scan a file of `size` bytes: `data` (its start suffices if binary or too large), or a Refusal."""
    if is_binary(data[:HEAD]):
        return Refusal("binary")
    if size > limit:
        return Refusal(f"larger than {limit} bytes", incomplete=True)
    if size < _LFS_POINTER_LIMIT and data.startswith(_LFS_POINTER):
        return Refusal("Git LFS pointer")
    return data


def regular(path: str, limit: int | None = LARGEST) -> bytes | None:
    """The bytes of a regular file; None if it does not exist, cannot be read, or has more than `limit` bytes."""
    try:
        with _Opened(path) as file:
            size = file.status.st_size
            wanted = stat.S_ISREG(file.status.st_mode) and (limit is None or size <= limit)
            return file.read(size) if wanted else None
    except (OSError, ValueError):
        return None


def state(path: str) -> str:
    """A string that differs after the file has changed, without its content; empty if there is no file."""
    try:
        status = os.stat(path, follow_symlinks=False)
    except (OSError, ValueError):
        return ""
    return f"{status.st_mtime_ns:x}.{status.st_size:x}.{status.st_ino:x}"


def is_binary(head: bytes) -> bool:
    """Whether the start of a file contains a zero byte, and is not UTF-16 or UTF-32."""
    return b"\0" in head and document.decode(head[: len(head) // 4 * 4])[1].name == "utf-8"


def user_config() -> tuple[str, bytes] | None:
    """Path and bytes of the user's own configuration file, if there is one."""
    path = user_config_path()
    data = regular(path) if os.path.isabs(path) else None
    return None if data is None else (path, data)


def user_config_path() -> str:
    """Where the user's own configuration file would be (XDG Base Directory); not read unless absolute."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(base, "unspill", "unspill.toml")


class _Opened:
    """A file descriptor with its status, closed at the end of the block."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, _FLAGS)
        try:
            self.status = os.fstat(self._descriptor)
        except OSError:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; not what was appended since it was opened."""
        parts = []
        while size > 0 and (part := os.read(self._descriptor, size)):
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)
