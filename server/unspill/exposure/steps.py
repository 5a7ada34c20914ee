"""The limit of work on one document, counted in steps: a document that takes more is not followed further."""

from __future__ import annotations

FIRST = 100_000
"""The steps that any document may take …"""
EACH = 2
"""… and additional steps per byte."""


class EndedError(Exception):
    """A document takes too many steps. What was found until then stands."""


class Steps:
    """The steps that a document may still take."""

    def __init__(self, size: int) -> None:
        """`size` is that of the document, in bytes."""
        self.limit = FIRST + EACH * size
        self.taken = 0

    def take(self) -> None:
        """Take one. Raises EndedError."""
        self.taken += 1
        if self.taken > self.limit:
            raise EndedError
