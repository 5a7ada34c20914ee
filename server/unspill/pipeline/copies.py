"""The values of a project's findings, wherever else they stand: each place is a finding of the same rule."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from unspill.document import decode
from unspill.engine.literals import Literals
from unspill.model import Confidence, Severity, Span
from unspill.shapes import is_unmistakable
from unspill.sites import UNLOCATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from unspill.model import Finding
    from unspill.pipeline import Analysis, Kept

_SAME = "the same value is a finding elsewhere in the project"


class Copies:
    """The values that are looked for, with the surest finding of each."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Looks for values that are no words, of findings that are neither unsure nor public."""
        self._known: dict[bytes, Finding] = {}
        for finding in sorted(findings, key=lambda one: (-one.confidence, one.rule.startswith("generic-"), one.rule)):
            value = finding.secret.reveal().encode("utf-8", "surrogateescape") if finding.secret is not None else b""
            is_sure = finding.confidence >= Confidence.MEDIUM and finding.severity.rank <= Severity.WARNING.rank
            if is_sure and is_unmistakable(value):
                self._known.setdefault(value, finding)
        self._values = Literals(self._known)

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._known)

    def are_in(self, raw: bytes) -> bool:
        """Whether the bytes of a file may hold one of the values."""
        return bool(self._known) and bool(self._values.spans(decode(raw)[0]))

    def added_to(self, analysis: Analysis) -> Analysis:
        """The analysis with the places of the values that it has not, or is less sure of."""
        data, scan, path = analysis.document.data, analysis.scan, analysis.document.path
        made = [
            self._known[data[slice(*span)]]._replace(path=path, span=span, site=UNLOCATED, reason=_SAME)
            for span in self._spans(data)
        ]
        new, less = _compared(scan.findings, made)
        if not new:
            return analysis
        rest = [one for one in scan.findings if one not in less]
        spans = {one.span for one in new}
        more = scan._replace(
            findings=tuple(sorted((*rest, *new), key=lambda one: one.span)),
            candidates=tuple(dict.fromkeys((*scan.candidates, *sorted(spans)))),
            rejected=tuple(one for one in scan.rejected if one[0] not in spans),
        )
        return analysis._replace(scan=more)

    def _spans(self, data: bytes) -> Iterator[Span]:
        """The places of the values that are not within a longer word, the longest of those that overlap."""
        last = 0
        for start, end in self._values.spans(data):
            if start >= last and _stands_alone(data, start, end):
                last = end
                yield Span(start, end)


def _stands_alone(data: bytes, start: int, end: int) -> bool:
    pairs = (data[max(start - 1, 0) : start + 1], data[end - 1 : end + 1])
    return not any(len(pair) > 1 and pair.isalnum() for pair in pairs)


def _compared(known: Sequence[Finding], copies: Iterable[Finding]) -> tuple[list[Finding], set[Finding]]:
    """The copies that say more than what is known at their places (disjoint spans, by start), and that."""
    ends = [one.span.end for one in known]
    new: list[Finding] = []
    less: set[Finding] = set()
    for copy in copies:
        first = last = bisect_right(ends, copy.span.start)
        while last < len(known) and known[last].span.start < copy.span.end:
            last += 1
        if not any(_says_more(other, copy) for other in known[first:last]):
            new.append(copy)
            less.update(known[first:last])
    return new, less


def _says_more(known: Finding, copy: Finding) -> bool:
    """Whether a finding at the place of a copy is as sure as that, or sure and of more."""
    holds_more = known.span != copy.span and known.span.contains(copy.span)
    return known.confidence >= (Confidence.MEDIUM if holds_more else copy.confidence)


def with_own(analysis: Analysis) -> Kept:
    """What is kept of an analysis in which each value that is kept was found everywhere in the document."""
    kept = analysis.kept()
    more = Copies(kept.findings).added_to(analysis)
    return kept if more is analysis else more.kept()
