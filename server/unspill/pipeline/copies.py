"""The values of a project's findings, wherever else they stand: each place is a finding of the same rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.document import decode
from unspill.model import Confidence, Severity, Span
from unspill.shapes import is_random
from unspill.sites import UNLOCATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from unspill.model import Finding
    from unspill.pipeline import Analysis, Kept

_SHORTEST = 8
"""Bytes of a value that is looked for: shorter ones stand in other texts by chance."""
_FEW = 64
"""Up to so many values are looked for one by one, which takes no time in a text that holds none."""
_BEGINNING = re.compile(rb"(?<![A-Za-z0-9])[A-Za-z0-9]|[^A-Za-z0-9\s]")
_SAME = "the same value is a finding elsewhere in the project"


class Copies:
    """The values that are looked for, with the surest finding of each."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Looks for values that are no words, of findings that are neither unsure nor public."""
        self._known: dict[bytes, Finding] = {}
        for finding in sorted(findings, key=lambda one: (-one.confidence, one.rule.startswith("generic-"), one.rule)):
            value = finding.secret.reveal().encode("utf-8", "surrogateescape") if finding.secret is not None else b""
            is_sure = finding.confidence >= Confidence.MEDIUM and finding.severity.rank <= Severity.WARNING.rank
            if is_sure and len(value) >= _SHORTEST and is_random(value):
                self._known.setdefault(value, finding)
        self._lengths: dict[bytes, set[int]] = {}
        for value in self._known:
            self._lengths.setdefault(value[:_SHORTEST], set()).add(len(value))

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._known)

    def are_in(self, raw: bytes) -> bool:
        """Whether the bytes of a file may hold one of the values."""
        data = decode(raw)[0] if self._known else b""
        return len(self._known) > _FEW or any(value in data for value in self._known)

    def added_to(self, analysis: Analysis) -> Analysis:
        """The analysis with the places of the values that it has not, or is less sure of."""
        data, scan, path = analysis.document.data, analysis.scan, analysis.document.path
        made = [
            self._known[data[slice(*span)]]._replace(path=path, span=span, site=UNLOCATED, reason=_SAME)
            for span in self._spans(data)
        ]
        new = [one for one in made if not any(_says_more(other, one) for other in scan.findings)]
        if not new:
            return analysis
        rest = [one for one in scan.findings if not any(one.span.overlaps(other.span) for other in new)]
        spans = {one.span for one in new}
        more = scan._replace(
            findings=tuple(sorted((*rest, *new), key=lambda one: one.span)),
            candidates=tuple(dict.fromkeys((*scan.candidates, *sorted(spans)))),
            rejected=tuple(one for one in scan.rejected if one[0] not in spans),
        )
        return analysis._replace(scan=more)

    def _spans(self, data: bytes) -> Iterator[Span]:
        """The places of the values that are not within a longer word, the longest of those that overlap."""
        few = len(self._known) <= _FEW
        places = sorted(self._places(data)) if few else (match.start() for match in _BEGINNING.finditer(data))
        end = 0
        for at in places:
            lengths = self._lengths.get(data[at : at + _SHORTEST], ()) if at >= end else ()
            for length in sorted(lengths, reverse=True):
                if data[at : at + length] in self._known and _stands_alone(data, at, at + length):
                    end = at + length
                    yield Span(at, end)
                    break

    def _places(self, data: bytes) -> set[int]:
        """Where the values begin: as quick as may be for a few values."""
        found = set()
        for value in self._known:
            at = data.find(value)
            while at >= 0:
                found.add(at)
                at = data.find(value, at + 1)
        return found


def _stands_alone(data: bytes, start: int, end: int) -> bool:
    pairs = (data[max(start - 1, 0) : start + 1], data[end - 1 : end + 1])
    return not any(len(pair) > 1 and pair.isalnum() for pair in pairs)


def _says_more(known: Finding, copy: Finding) -> bool:
    """Whether a finding at the place of a copy is as sure as that, or sure and of more."""
    if not known.span.overlaps(copy.span):
        return False
    holds_more = known.span != copy.span and known.span.contains(copy.span)
    return known.confidence >= (Confidence.MEDIUM if holds_more else copy.confidence)


def with_own(analysis: Analysis) -> Kept:
    """What is kept of an analysis in which each value that is kept was found everywhere in the document."""
    kept = analysis.kept()
    more = Copies(kept.findings).added_to(analysis)
    return kept if more is analysis else more.kept()
