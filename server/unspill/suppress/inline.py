"""Directives in comments: `unspill: ignore[rule-id, …] until 2031-12-31 reason`, and those of other tools.

For a finding in a string or command of several lines, its first line, its last and the line before it count too.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from unspill import languages
from unspill.suppress.directive_syntaxes import directives

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unspill.document import Document
    from unspill.model import Finding
    from unspill.suppress.directive_syntaxes import Directive


def inline(
    document: Document, findings: Iterable[Finding], today: str | None = None
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings that stay, and those that a directive in a comment of the document silences.

    `today` is an ISO 8601 date, by default that of the clock in UTC.
    """
    findings = tuple(findings)
    silencing = _silencing(document, findings, today)
    kept = (finding for finding, by in zip(findings, silencing, strict=True) if by is None)
    silenced = (finding for finding, by in zip(findings, silencing, strict=True) if by is not None)
    return tuple(kept), tuple(silenced)


def reasons(document: Document, silenced: Iterable[Finding], today: str | None = None) -> tuple[str, ...]:
    """The reasons that directives give for silencing these findings, in their order; empty where there is none."""
    return tuple("" if by is None else by.reason for by in _silencing(document, tuple(silenced), today))


def now() -> str:
    """Today as an ISO 8601 date, by the clock in UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def lines(document: Document, finding: Finding) -> tuple[set[int], set[int]]:
    """The lines (0-based) on which a finding, or what stands around it, begins, and those on which it ends."""
    spans = (finding.span, languages.extent(document, finding.span))
    first = {document.line_at(span.start) for span in spans}
    last = {document.line_at(max(span.end - 1, span.start)) for span in spans}
    return first, last


def _silencing(document: Document, findings: Sequence[Finding], today: str | None) -> list[Directive | None]:
    """For each finding the directive that silences it, if there is one."""
    written = directives(document) if findings else ()
    if not written:
        return [None] * len(findings)
    today = today or now()
    found: list[Directive | None] = []
    for finding in findings:
        if not finding.traits.can_be_ignored:
            found.append(None)
            continue
        first, last = lines(document, finding)
        found.append(next((one for one in written if one.silences(finding, first, last, today)), None))
    return found
