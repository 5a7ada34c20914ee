"""Unused ignore directives, and unused ids in their lists, as findings.

Only directives at the start of a comment, or after a comment marker, are reported: elsewhere a comment may merely
mention one. Directives of other secret scanners have low confidence, since these may find what unspill does not.
Linter directives (`noqa`) and blocks have other uses, and are never reported.
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
    """A finding for each directive that suppresses none of `found`, or for each unused id of its list.

    `found` is the result of a scan of the whole document, before settings. `rules` returns the ids of the scanned rules
    (`Scanner.rules`): directives for other rules, or for rules that `settings` disable, are not judged. `today` is an
    ISO 8601 date, by default the current one in UTC.
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
        elif len(idle) == len(listed):  # else the others are unknown
            yield _idle(document, one)


def _is_meant(document: Document, one: Directive) -> bool:
    """Whether it is certainly a directive, and not a mention of one."""
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
