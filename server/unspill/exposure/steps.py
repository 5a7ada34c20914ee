"""The limit of work on one document, counted in steps: a document that takes more is not followed further."""

from __future__ import annotations

LIMIT = 150_000
"""The steps that a document may take: about half a second."""


class EndedError(Exception):
    """A document takes too many steps. What was found until then stands."""


class Steps:
    """The steps that a document has taken."""

    def __init__(self) -> None:
        self.taken = 0

    def take(self) -> None:
        """Take one. Raises EndedError."""
        self.taken += 1
        if self.taken > LIMIT:
            raise EndedError
