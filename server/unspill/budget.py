"""How much work one document may cause, counted in steps and never in time: so the editor and a pipeline agree.

What a scan does takes about as many steps as the text has bytes, whatever the text; this holds the rest to that, too.
A step is a byte that is read once more, or a node of a tree that is passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unspill.document import Document

FIRST = 2_000_000
"""How many steps any document may take …"""
EACH = 10
"""… and how many more for each of its bytes. Of the files of a Linux machine none takes 100,000 in all."""
TOO_COMPLEX = "too complex to parse"


class OverBudgetError(Exception):
    """A document takes more steps than it may. The message says so, as what the document is."""


class _Account:
    """The steps that a document has taken."""

    __slots__ = ("steps",)

    def __init__(self, _document: Document) -> None:
        self.steps = 0


def limit(document: Document) -> int:
    """How many steps a document may take."""
    return FIRST + EACH * len(document.data)


def spend(document: Document, steps: int) -> None:
    """Count so many steps of work on a document. Raises OverBudgetError if that is too much, then and ever after."""
    account = document.memo(_Account)
    account.steps += steps
    if account.steps > limit(document):
        raise OverBudgetError(TOO_COMPLEX)


def exhaust(document: Document) -> None:
    """Note that a document takes too many steps, some of which were counted elsewhere."""
    document.memo(_Account).steps = limit(document) + 1


def spent(document: Document) -> int:
    """How many steps the work on a document has taken."""
    return document.memo(_Account).steps


def refusal(document: Document) -> str:
    """Why no more work is done on a document, as what it is; "" if it may be."""
    return TOO_COMPLEX if spent(document) > limit(document) else ""
