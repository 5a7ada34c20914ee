"""Reading files: only regular ones, never through a symbolic link, and never more than was asked for."""

from __future__ import annotations

import errno
import os
import stat
from typing import NamedTuple

from unspill import document

LARGEST = 20_000_000
"""Bytes of what is read beside the texts that are scanned: a `.gitignore`, a README, a `.env`."""
HEAD = 8192
"""How many bytes are looked at to tell text from binary."""
_LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\n"
_LFS_POINTER_LIMIT = 1024
# Without O_NONBLOCK the opening of a FIFO waits for its writer; without O_NOFOLLOW a link could lead anywhere.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class Refusal(NamedTuple):
    """Why the content of a file was not taken. `incomplete`: it should have been scanned, but could not be."""

    reason: str
    incomplete: bool = False


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
        return Refusal("cannot be read: no path", incomplete=True)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return Refusal("symbolic link")
        return Refusal(f"cannot be read: {error.strerror or type(error).__name__}", incomplete=True)
    return accepted(data, size, limit)


def accepted(data: bytes, size: int, limit: int) -> bytes | Refusal:
    """What is to be scanned of a file of `size` bytes: `data`, or its beginning if it is binary or too large."""
    if is_binary(data[:HEAD]):
        return Refusal("binary")
    if size > limit:
        return Refusal(f"larger than {limit} bytes", incomplete=True)
    if size < _LFS_POINTER_LIMIT and data.startswith(_LFS_POINTER):
        return Refusal("Git LFS pointer")
    return data


def regular(path: str, limit: int | None = LARGEST) -> bytes | None:
    """All bytes of a regular file; None if there is none, it cannot be read, or it has more than `limit` bytes."""
    try:
        with _Opened(path) as file:
            size = file.status.st_size
            wanted = stat.S_ISREG(file.status.st_mode) and (limit is None or size <= limit)
            return file.read(size) if wanted else None
    except (OSError, ValueError):
        return None


def state(path: str) -> str:
    """What differs once the file has changed, and says nothing of its content; empty if there is no file."""
    try:
        status = os.stat(path, follow_symlinks=False)
    except (OSError, ValueError):
        return ""
    return f"{status.st_mtime_ns:x}.{status.st_size:x}.{status.st_ino:x}"


def is_binary(head: bytes) -> bool:
    """Whether the beginning of a file holds a zero byte that no UTF-16 or UTF-32 text explains."""
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
        """Up to `size` bytes; what the file has grown by since it was opened is left out."""
        parts = []
        while size > 0 and (part := os.read(self._descriptor, size)):
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)
