"""Ignore directives that silence nothing: what they were written for is gone, or their last day is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding


def unused(document: Document, seen: Seen, today: str | None = None) -> Iterator[Finding]:
    """A finding for each directive that is not used, and for each id of a list that is not, if others of it are.

    `today` is an ISO 8601 date, by default that of the clock in UTC.
    """
    if not seen.directives or seen.rules is None:
        return
    from unspill import languages
    from unspill.sites import Comment
    from unspill.suppress import idle

    # What only looks like a comment is not said to be in vain.
    if not languages.refusal(document):
        for one in idle.directives(document, seen.found, seen.settings, seen.rules, today):
            yield CHECK.finding(document.path, one.span, one.message, confidence=one.confidence, site=Comment())


CHECK = Check(
    id="unused-ignore",
    name="Unused ignore directive",
    severity=Severity.WARNING,
    docs="An ignore directive that suppresses nothing, or has expired, may later hide a secret that nobody has "
    "reviewed. `unspill fix` deletes it with its reason; of a list, the unused ids. Directives of other scanners may "
    "still be in use there: they are reported with `--confidence low`, and deleted with `--unsafe` only.",
    of_document=unused,
    traits=Traits(fixer="unused_ignore", can_be_ignored=False, is_unnecessary=True),
)
