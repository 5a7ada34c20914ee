"""Core files are off: what a crash writes of this process's memory holds the texts that were scanned.

Child processes inherit that; one that is the user's own (`unspill run`) gets back what `previous` has kept.
"""

from __future__ import annotations

import sys

previous: int | None = None
"""The soft limit (bytes) on core files from before `no_core_files`; None while that has changed nothing."""


def no_core_files() -> None:
    """Let a crash leave no core file, in this process and in those that it starts. The hard limit stays."""
    global previous  # noqa: PLW0603 - a limit of the process, of which there is one
    if sys.platform == "win32":  # it has none
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    if soft != 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
        previous = soft


def restore() -> None:
    """Give back the limit that `no_core_files` has changed: a program of the user's is about to take over."""
    global previous  # noqa: PLW0603 - as above
    if sys.platform == "win32" or previous is None:
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (previous, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    previous = None
