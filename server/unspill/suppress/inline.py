"""Directives in comments: `unspill: ignore[rule-id, …] reason`, on the finding's line or alone on the line before.

For a finding in a string or command of several lines, its first line, its last and the line before it count too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import languages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.document import Document
    from unspill.model import Finding

_WORD = b"unspill:"
_DIRECTIVE = re.compile(rb"(?<![\w-])unspill:[ \t]*ignore(?:\[([^\]\r\n]*)\]|(?![\w\[-]))", re.IGNORECASE)


def inline(document: Document, findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings that stay, and those that a directive in a comment of the document silences."""
    findings = tuple(findings)
    if not findings or _WORD not in document.data.lower():
        return findings, ()
    directives = _directives(document)
    kept: list[Finding] = []
    silenced: list[Finding] = []
    for finding in findings:
        spans = (finding.span, languages.extent(document, finding.span))
        first = {document.line_at(span.start) for span in spans}
        last = {document.line_at(max(span.end - 1, span.start)) for span in spans}
        places = {(line, False) for line in first | last} | {(line, True) for line in first}
        places |= {(line - 1, True) for line in first}
        hit = any(not names or finding.rule in names for place in places for names in directives.get(place, ()))
        (silenced if hit else kept).append(finding)
    return tuple(kept), tuple(silenced)


def _directives(document: Document) -> dict[tuple[int, bool], list[frozenset[str]]]:
    """By line, and whether the comment stands alone on it: the rules that each directive names, none for all rules."""
    found: dict[tuple[int, bool], list[frozenset[str]]] = {}
    for comment in languages.comments(document):
        for match in _DIRECTIVE.finditer(document.data, comment.start, comment.end):
            line = document.line_at(match.start())
            start, end = document.line_span(line)
            outside = document.data[start : max(comment.start, start)] + document.data[min(comment.end, end) : end]
            names = match[1].split(b",") if match[1] is not None else ()
            ids = frozenset(name.strip().decode("utf-8", "replace").lower() for name in names)
            found.setdefault((line, not outside.strip()), []).append(ids)
    return found
