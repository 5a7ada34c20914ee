"""Paths of this platform as reports and baselines have them."""

from __future__ import annotations

import contextlib
import os


def relative(path: str, start: str) -> str:
    """An absolute path as POSIX, relative to the folder `start`; absolute if it is on another drive."""
    with contextlib.suppress(ValueError):  # Windows: nothing leads from C: to D:
        path = os.path.relpath(path, start)
    return path.replace(os.sep, "/")
