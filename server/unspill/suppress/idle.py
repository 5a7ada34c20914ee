"""Unused ignore directives, and unused ids in their lists.

Only directives at the start of a comment, or after a comment marker, are reported: elsewhere a comment may merely
mention one. Directives of other secret scanners have low confidence, since these may find what unspill does not.
Linter directives (`noqa`) and blocks have other uses, and are never reported.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill.model import Confidence
from unspill.suppress import directive, directive_syntaxes, inline
from unspill.suppress.directive_syntaxes import OWN, Directive, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from unspill.document import Document
    from unspill.model import Finding, Span
    from unspill.settings import Settings

_OPENS = re.compile(rb"(?:\A|\s)[#/*<!;%-]+[ \t]*\Z")
_SCOPES = (Scope.LINE, Scope.AROUND, Scope.NEXT)


class Idle(NamedTuple):
    """A directive, or an id in the list of one, that silences nothing."""

    span: Span
    confidence: Confidence
    message: str


def directives(
    document: Document,
    found: Iterable[Finding],
    settings: Settings,
    rules: Callable[[], Mapping[str, tuple[str, ...]]],
    today: str | None = None,
) -> Iterator[Idle]:
    """Each directive that suppresses none of `found`, or each unused id of its list.

    `found` is the result of a scan of the whole document, before settings. `rules` returns the ids of the scanned rules
    (`Scanner.rules`): directives for other rules, or for rules that `settings` disable, are not judged. `today` is an
    ISO 8601 date, by default the current one in UTC.
    """
    today = today or inline.now()
    places = [(finding, *inline.lines(document, finding)) for finding in found]
    for one in directive_syntaxes.directives(document):
        if not one.tool or one.scope not in _SCOPES or not _is_meant(document, one):
            continue
        if one.is_over(today):
            yield _over(one)
            continue
        silenced = [finding for finding, first, last in places if one.silences(finding, first, last, today)]
        used = {name for finding in silenced for name in finding.ids}
        listed = one.rules or {}
        idle = [name for name in listed if name not in used and name in rules() and settings.wants(*rules()[name])]
        if used:
            yield from (_idle_id(name, listed[name]) for name in idle)
        elif len(idle) == len(listed):  # else the others are unknown
            yield _idle(one)


def _is_meant(document: Document, one: Directive) -> bool:
    """Whether it is certainly a directive, and not a mention of one."""
    if not directive.is_comment(document, one.comment):
        return False
    return _OPENS.search(document.data[one.comment.start : one.span.start]) is not None


def _over(one: Directive) -> Idle:
    if one.has_date:
        return Idle(one.span, Confidence.HIGH, f"Ignore directive expired on {one.until}; delete it.")
    message = "Invalid date in ignore directive, which suppresses nothing; write it as 2031-12-31."
    return Idle(one.span, Confidence.MEDIUM, message)


def _idle(one: Directive) -> Idle:
    if one.tool == OWN:
        return Idle(one.span, Confidence.HIGH, "Unused ignore directive; delete it.")
    message = (
        f"Unused {one.tool} directive: unspill finds nothing to ignore here. Delete it unless {one.tool} needs it."
    )
    return Idle(one.span, Confidence.LOW, message)


def _idle_id(rule: str, span: Span) -> Idle:
    return Idle(span, Confidence.HIGH, f"Unused rule id {rule} in ignore directive; remove it.")
