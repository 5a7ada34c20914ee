"""Convert paths of this platform to those of reports and baselines."""

from __future__ import annotations

import contextlib
import os


def relative(path: str, start: str) -> str:
    """An absolute path as POSIX, relative to the folder `start`; absolute if it is on another drive."""
    with contextlib.suppress(ValueError):  # Windows: no relative path from C: to D:
        path = os.path.relpath(path, start)
    return path.replace(os.sep, "/")
