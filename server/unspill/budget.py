"""The limit of work per document, counted in steps and never in time: so the editor and a pipeline agree.

A scan takes about as many steps as the text has bytes, whatever the text; this limits everything else to that, too.
A step is a byte that is read again, or a node of a tree that is visited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unspill.document import Document

FIRST = 2_000_000
"""The steps that any document may take …"""
EACH = 10
"""… and additional steps per byte. No file of a Linux machine takes 100,000 in all."""
TOO_COMPLEX = "too complex to parse"


class OverBudgetError(Exception):
    """A document takes too many steps. The message is a predicate of the document: `TOO_COMPLEX`."""


class _Account:
    """The steps that a document has taken."""

    __slots__ = ("steps",)

    def __init__(self, _document: Document) -> None:
        self.steps = 0


def limit(document: Document) -> int:
    """The maximum number of steps of a document."""
    return FIRST + EACH * len(document.data)


def spend(document: Document, steps: int) -> None:
    """Count steps of work on a document. Raises OverBudgetError if there are too many, from then on."""
    account = document.memo(_Account)
    account.steps += steps
    if account.steps > limit(document):
        raise OverBudgetError(TOO_COMPLEX)


def exhaust(document: Document) -> None:
    """Note that a document takes too many steps, some of which were counted elsewhere."""
    document.memo(_Account).steps = limit(document) + 1


def spent(document: Document) -> int:
    """The number of steps that a document has taken."""
    return document.memo(_Account).steps


def refusal(document: Document) -> str:
    """Why no more work is done on a document (`TOO_COMPLEX`); "" if it may be."""
    return TOO_COMPLEX if spent(document) > limit(document) else ""
