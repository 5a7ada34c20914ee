"""Ignore directives that silence nothing, and ids in their lists that silence nothing, as findings.

Reported is what stands at the beginning of a comment, or behind a comment marker: elsewhere a comment may only speak of
directives. What has no meaning but to be quiet about secrets is low in confidence if it is for another scanner, which
may find what unspill does not. Linters' words (`noqa`) say more than that, and so do blocks: they are never reported.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.checks.unused_ignore import UNUSED
from unspill.model import Confidence, Finding
from unspill.sites import Comment
from unspill.suppress import directive, inline
from unspill.suppress.dialects import OWN, Directive, Scope, directives

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from unspill.document import Document
    from unspill.model import Span
    from unspill.settings import Settings

_OPENS = re.compile(rb"(?:\A|\s)[#/*<!;%-]+[ \t]*\Z")
_SCOPES = (Scope.LINE, Scope.AROUND, Scope.NEXT)


def unused(
    document: Document,
    found: Iterable[Finding],
    settings: Settings,
    rules: Callable[[], Mapping[str, tuple[str, ...]]],
    today: str | None = None,
) -> Iterator[Finding]:
    """A finding for each directive of the document that silences none of `found`; of a list, for each id that does not.

    `found` is all that a scan of the whole document gives, wanted or not. `rules` gives what the rules that the scan
    went by are called (`Scanner.rules`): nothing is known of a directive for others, or for those that `settings` turn
    off. `today` is an ISO 8601 date, by default that of the clock in UTC.
    """
    today = today or inline.now()
    places = [(finding, *inline.lines(document, finding)) for finding in found]
    for one in directives(document):
        if not one.tool or one.scope not in _SCOPES or not _is_meant(document, one):
            continue
        if one.is_over(today):
            yield _over(document, one)
            continue
        silenced = [finding for finding, first, last in places if one.silences(finding, first, last, today)]
        used = {name for finding in silenced for name in finding.ids}
        listed = one.rules or {}
        idle = [name for name in listed if name not in used and name in rules() and settings.wants(*rules()[name])]
        if used:
            yield from (_idle_id(document, name, listed[name]) for name in idle)
        elif len(idle) == len(listed):  # else nothing is known of the others
            yield _idle(document, one)


def _is_meant(document: Document, one: Directive) -> bool:
    """Whether it is one for sure, and nothing that only speaks of directives."""
    if not directive.is_comment(document, one.comment):
        return False
    return _OPENS.search(document.data[one.comment.start : one.span.start]) is not None


def _over(document: Document, one: Directive) -> Finding:
    if one.has_date:
        return _finding(document, one.span, Confidence.HIGH, f"Ignore directive expired on {one.until}; delete it.")
    message = "Invalid date in ignore directive, which suppresses nothing; write it as 2031-12-31."
    return _finding(document, one.span, Confidence.MEDIUM, message)


def _idle(document: Document, one: Directive) -> Finding:
    if one.tool == OWN:
        return _finding(document, one.span, Confidence.HIGH, "Unused ignore directive; delete it.")
    message = (
        f"Unused {one.tool} directive: unspill finds nothing to ignore here. Delete it unless {one.tool} needs it."
    )
    return _finding(document, one.span, Confidence.LOW, message)


def _idle_id(document: Document, rule: str, span: Span) -> Finding:
    message = f"Unused rule id {rule} in ignore directive; remove it."
    return _finding(document, span, Confidence.HIGH, message)


def _finding(document: Document, span: Span, confidence: Confidence, message: str) -> Finding:
    return Finding(
        rule=UNUSED.id,
        title=UNUSED.name,
        path=document.path,
        span=span,
        site=Comment(),
        severity=UNUSED.severity,
        confidence=confidence,
        message=message,
        docs=UNUSED.docs,
    )
