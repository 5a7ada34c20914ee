"""The standard streams, of which any may be closed or full."""

from __future__ import annotations

import errno
import io
import os
import sys


class _Closed(io.TextIOBase):
    """Standard output that was closed before the start: to write to it fails, as to any file that is."""

    def write(self, _text: str) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


class _Silent(io.TextIOBase):
    """Standard error that nobody hears."""

    def write(self, text: str) -> int:
        return len(text)


def hold() -> None:
    """Stand in for the streams that are closed; no file that is opened later may get the number of one."""
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
    """Write a line to standard error, if that can be."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except OSError:  # an ordinary end would try once more, and change the exit code
        sys.stderr = _Silent()


def unwritable() -> str:
    """Why nothing can be written to standard output; "" if an end of line just could."""
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""
