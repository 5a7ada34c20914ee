"""Ignore directives that silence nothing, and ids in their lists that silence nothing.

Reported is what stands at the beginning of a comment, or behind a comment marker: elsewhere a comment may only speak of
directives. What has no meaning but to be quiet about secrets is low in confidence if it is for another scanner, which
may find what unspill does not. Linters' words (`noqa`) say more than that, and so do blocks: they are never reported.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill.model import Confidence
from unspill.suppress import dialects, directive, inline
from unspill.suppress.dialects import OWN, Directive, Scope

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
    """Each directive of the document that silences none of `found`; of a list, each id that does not.

    `found` is all that a scan of the whole document gives, wanted or not. `rules` gives what the rules that the scan
    went by are called (`Scanner.rules`): nothing is known of a directive for others, or for those that `settings` turn
    off. `today` is an ISO 8601 date, by default that of the clock in UTC.
    """
    today = today or inline.now()
    places = [(finding, *inline.lines(document, finding)) for finding in found]
    for one in dialects.directives(document):
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
        elif len(idle) == len(listed):  # else nothing is known of the others
            yield _idle(one)


def _is_meant(document: Document, one: Directive) -> bool:
    """Whether it is one for sure, and nothing that only speaks of directives."""
    if not directive.is_comment(document, one.comment):
        return False
    return _OPENS.search(document.data[one.comment.start : one.span.start]) is not None


def _over(one: Directive) -> Idle:
    if one.has_date:
        return Idle(one.span, Confidence.HIGH, f"This ignore directive ended on {one.until}: delete it.")
    message = "The date of this ignore directive cannot be read, so that it silences nothing: write it as 2031-12-31."
    return Idle(one.span, Confidence.MEDIUM, message)


def _idle(one: Directive) -> Idle:
    if one.tool == OWN:
        return Idle(one.span, Confidence.HIGH, "This ignore directive silences nothing: delete it.")
    message = f"unspill finds nothing here to ignore: delete it, unless {one.tool} does."
    return Idle(one.span, Confidence.LOW, message)


def _idle_id(rule: str, span: Span) -> Idle:
    return Idle(span, Confidence.HIGH, f"This ignore directive silences no {rule}: take that out of its list.")
