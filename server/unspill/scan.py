"""Scan one document: engine, judge and languages put together. The server and the command line both call this."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from unspill import engine
from unspill.engine.directives import MARKER as DIRECTIVE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from unspill.document import Document
    from unspill.engine.allowance import Allowance
    from unspill.engine.matchers import Hit
    from unspill.judge import Judged
    from unspill.model import Confidence, Finding, Secret, Severity, Span
    from unspill.rules import Rule


class Scan(NamedTuple):
    """What is in a document."""

    findings: tuple[Finding, ...] = ()
    """The secrets, by start, not yet located; before settings, suppressions and baselines have their say."""
    candidates: tuple[Span, ...] = ()
    """What has a secret's shape, or was taken for one: to be masked wherever text is shown."""
    rejected: tuple[tuple[Span, str, str], ...] = ()
    """(span, rule id, reason) of the candidates that are no secrets, for `--explain`."""
    incomplete: str = ""
    """Why the document was not scanned as a whole; empty if it was. Whether it may be parsed is asked when it is."""
    directives: tuple[int, ...] = ()
    """Where in the document (bytes) texts end that an ignore directive may be written with; empty if it has none."""


EMPTY = Scan()
_NONE: frozenset[bytes] = frozenset()


def as_plain_text(reason: str) -> str:
    """Why a document was not looked at as what it is, for reports: `reason` says what it is instead."""
    return f"{reason}; scanned as plain text"


class Scanner:
    """Finds secrets. Not for use by two threads at once."""

    def __init__(
        self, rule_files: Sequence[str] = (), *, use_cache: bool = True, hyperscan: bool | None = None
    ) -> None:
        """`rule_files` are looked for besides the shipped ones. Raises RuleError."""
        self.engine = engine.load(rule_files, use_cache=use_cache, hyperscan=hyperscan)

    @cached_property
    def rules(self) -> Mapping[str, tuple[str, ...]]:
        """Everything that a rule may be called, with all ids of that rule: the present one first."""
        return {name: rule.ids for rule in self.engine.rules for name in rule.ids}

    @cached_property
    def env_names(self) -> frozenset[str]:
        """The names of the environment that the rules know to be of secrets."""
        return frozenset(self.engine.env_names)

    def hits(self, data: bytes) -> tuple[list[Hit], frozenset[bytes]]:
        """Where rules may match in `data` (UTF-8 or any text that holds ASCII): cheap, and mostly empty.

        And those of `watched.WORDS` that are in it.
        """
        found = self.engine.hits(data)
        if not found:
            return found, _NONE
        words = [self.engine.watched(hit) for hit in found]
        return [hit for hit, word in zip(found, words, strict=True) if not word], frozenset(filter(None, words))

    def scan(self, document: Document, hits: Sequence[Hit] | None = None) -> Scan:
        """The secrets in `document`; `hits` are those of its data, if they are known."""
        hits = self.hits(document.data)[0] if hits is None else hits
        if not hits:
            return EMPTY
        markers = self.engine.markers(hits)
        directives = tuple(sorted({end for marker, end in markers if marker == DIRECTIVE}))
        allowance = self.engine.allowance(len(document.data))
        try:
            candidates = self.engine.candidates(document.data, hits, allowance)
            obfuscated, incomplete = self._obfuscated(
                document, [one for one in markers if one[0] != DIRECTIVE], allowance
            )
        except TimeoutError:
            return Scan(incomplete="a rule timed out on it", directives=directives)
        if allowance.exceeded:
            incomplete = _without(allowance.exceeded)
        if not candidates and not obfuscated:
            return Scan(directives=directives, incomplete=incomplete) if directives or incomplete else EMPTY
        return _findings(document, candidates, obfuscated)._replace(directives=directives, incomplete=incomplete)

    def _obfuscated(
        self, document: Document, markers: Sequence[tuple[str, int]], allowance: Allowance
    ) -> tuple[list[_FoundSecret], str]:
        """The secrets that are not written out: in parts, encoded, escaped; and why these are not all.

        Raises TimeoutError.
        """
        found: list[_FoundSecret] = []
        if not markers:
            return found, ""
        from unspill import budget

        try:
            found.extend(self._undone(document, markers, allowance))
        except budget.OverBudgetError as error:
            return found, as_plain_text(str(error))
        return found, ""

    def _undone(
        self, document: Document, markers: Sequence[tuple[str, int]], allowance: Allowance
    ) -> Iterator[_FoundSecret]:
        """What comes out where obfuscation is undone. Raises TimeoutError and OverBudgetError."""
        from unspill.engine.obfuscation import decoded
        from unspill.judge import judge
        from unspill.model import Secret

        for one in decoded(document, markers):
            text, begin = one.in_context(document.data)
            candidates = self.engine.decoded_candidates(text, begin, begin + len(one.text), allowance)
            for judged in judge(candidates, text, document.language, document.path) if candidates else ():
                if judged.verdict.confidence is not None:
                    start, end = judged.candidate.start, judged.candidate.end
                    secret = Secret(text[start:end].decode("utf-8", "replace"))
                    yield _FoundSecret(judged, one.span(start - begin, end - begin), secret)


def _without(rules: Collection[str]) -> str:
    """Why a document was not scanned for all rules, for reports."""
    names = ", ".join(sorted(rules))
    return f"took too long to scan for {names}, and was scanned without; simplify its pattern"


class _FoundSecret(NamedTuple):
    """A secret, and where the document says it."""

    judged: Judged
    span: Span
    secret: Secret


def _findings(document: Document, candidates: Sequence[engine.Candidate], obfuscated: Sequence[_FoundSecret]) -> Scan:
    from unspill.judge import judge
    from unspill.model import Secret, Span

    judged = judge(candidates, document.data, document.language, document.path)
    spans = [(one, Span(one.candidate.start, one.candidate.end)) for one in judged]
    plain = [
        _FoundSecret(one, span, Secret(document.text(span)))
        for one, span in spans
        if one.verdict.confidence is not None
    ]
    found = _distinct(plain, obfuscated)
    return Scan(
        tuple(_finding(document, one) for one in found),
        tuple(
            dict.fromkeys(
                [one.span for one in found]
                # A generic rule looks at every value behind a telling name: what it turns down has no shape.
                + [span for one, span in spans if one.verdict.confidence is not None or not one.candidate.rule.generic]
            )
        ),
        tuple(
            (Span(one.candidate.start, one.candidate.end), one.candidate.rule.id, one.verdict.reason)
            for one in judged
            if one.verdict.confidence is None
        ),
    )


def _distinct(plain: Sequence[_FoundSecret], obfuscated: Sequence[_FoundSecret]) -> list[_FoundSecret]:
    """One secret per place, by start: what is plain to see, unless an obfuscated secret holds more, or has a rule."""
    kept = sorted(plain, key=lambda one: one.span)
    ends = [one.span.end for one in kept]
    for one in sorted(obfuscated, key=lambda one: one.span.start - one.span.end):
        first = last = bisect_right(ends, one.span.start)
        while last < len(kept) and kept[last].span.start < one.span.end:
            last += 1
        if all(
            other.judged.candidate.rule.generic or (one.span != other.span and one.span.contains(other.span))
            for other in kept[first:last]
        ):
            kept[first:last] = [one]
            ends[first:last] = [one.span.end]
    return kept


def _finding(document: Document, found: _FoundSecret) -> Finding:
    from unspill.model import Confidence, Finding
    from unspill.sites import UNLOCATED

    verdict, span = found.judged.verdict, found.span
    rule = found.judged.candidate.rule
    confidence = verdict.confidence or Confidence.LOW
    return Finding(
        rule=rule.id,
        title=rule.name,
        path=document.path,
        span=span,
        site=UNLOCATED,
        severity=_severity(rule, confidence),
        confidence=confidence,
        message=_message(rule, obfuscated=document.text(span) != found.secret.reveal()),
        secret=found.secret,
        env=rule.env,
        revoke=rule.revoke,
        docs=rule.docs,
        reason=verdict.reason,
        formerly=rule.formerly,
    )


def _severity(rule: Rule, confidence: Confidence) -> Severity:
    from unspill.model import Confidence, Severity

    if confidence is Confidence.LOW and not rule.severity and not rule.public:
        return Severity.WARNING
    return Severity(rule.usual_severity)


def _message(rule: Rule, *, obfuscated: bool) -> str:
    if rule.public:
        return f"{rule.name} is publishable by design; no action needed."
    if obfuscated:
        return f"Obfuscated {rule.name} (split or encoded): trivially recoverable."
    return f"Hardcoded {rule.name}: anyone who can read this file can use it."
