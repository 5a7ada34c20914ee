"""Directives in comments: `unspill: ignore[rule-id, …] until 2031-12-31 reason`, and those of other tools.

For a finding in a string or command of several lines, its first line, its last and the line before it count too.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from unspill import languages
from unspill.suppress.dialects import directives

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.document import Document
    from unspill.model import Finding


def inline(
    document: Document, findings: Iterable[Finding], today: str | None = None
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings that stay, and those that a directive in a comment of the document silences.

    `today` is an ISO 8601 date, by default that of the clock in UTC.
    """
    findings = tuple(findings)
    written = directives(document) if findings else ()
    if not written:
        return findings, ()
    today = today or time.strftime("%Y-%m-%d", time.gmtime())
    kept: list[Finding] = []
    silenced: list[Finding] = []
    for finding in findings:
        spans = (finding.span, languages.extent(document, finding.span))
        first = {document.line_at(span.start) for span in spans}
        last = {document.line_at(max(span.end - 1, span.start)) for span in spans}
        hit = any(one.silences(finding, first, last, today) for one in written)
        (silenced if hit else kept).append(finding)
    return tuple(kept), tuple(silenced)
