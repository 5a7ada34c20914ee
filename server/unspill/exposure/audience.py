"""Who sees a value that is shown. In a separate module, since checks name them before anything is analysed."""

from __future__ import annotations

from enum import Enum


class Audience(Enum):
    """Who sees a value."""

    VISITORS = "visitors"
    LOGS = "logs"
    """Anyone who can read the output of the program, or what tracks it."""
    EXCEPTIONS = "exceptions"
    """The same, since a client quotes the URL of a request that fails, or logs it."""
    PROCESSES = "processes"
    """Anyone who can list the processes of the machine."""
    SPACES = "spaces"
    """The code of a Space of somebody else."""
    NEXT_VISITOR = "next visitor"
    """Anyone who comes after the visitor whose key it is."""
