"""The standard streams, any of which may be closed or full, and the log file."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TextIO

from unspill.errors import UserError


class _Closed(io.TextIOBase):
    """Standard output that was closed before the start: writing to it fails, as to any closed file."""

    def write(self, _text: str) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


class _Silent(io.TextIOBase):
    """Standard error that discards everything."""

    def write(self, text: str) -> int:
        return len(text)


def hold() -> None:
    """Replace closed streams, so that no file opened later gets the file descriptor of one."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = _Silent()


def say(text: str) -> None:
    """Write a line to standard error, if possible."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except OSError:  # the interpreter would flush again at exit, and change the exit code
        sys.stderr = _Silent()


def unwritable() -> str:
    """Why standard output is not writable; "" if a newline was just written."""
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def log(path: str) -> TextIO:
    """A stream of lines appended to the file at `path`, created private to the user. Raises UserError."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)  # a FIFO without a reader is an error
    try:
        descriptor = os.open(path, flags, 0o600)
        return open(descriptor, "a", encoding="utf-8", errors="backslashreplace", buffering=1)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be written: {getattr(error, 'strerror', '') or 'invalid path'}") from None
