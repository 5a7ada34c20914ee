"""Scan one document: engine, judge and languages put together. The server and the command line both call this."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill import engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unspill.document import Document
    from unspill.engine.matchers import Hit
    from unspill.judge import Judged
    from unspill.model import Confidence, Finding, Severity, Span
    from unspill.rules import Rule


class Scan(NamedTuple):
    """What is in a document."""

    findings: tuple[Finding, ...] = ()
    """The secrets, by start; before settings, suppressions and baselines have their say."""
    candidates: tuple[Span, ...] = ()
    """What has a secret's shape, or was taken for one: to be masked wherever text is shown."""
    rejected: tuple[tuple[Span, str, str], ...] = ()
    """(span, rule id, reason) of the candidates that are no secrets, for `--explain`."""
    incomplete: str = ""
    """Why a part of the document was not looked at; empty if all was."""


EMPTY = Scan()


class Scanner:
    """Finds secrets. Not for use by two threads at once."""

    def __init__(
        self, rule_files: Sequence[str] = (), *, use_cache: bool = True, hyperscan: bool | None = None
    ) -> None:
        """`rule_files` are looked for besides the shipped ones. Raises RuleError."""
        self.engine = engine.load(rule_files, use_cache=use_cache, hyperscan=hyperscan)

    def hits(self, data: bytes) -> list[Hit]:
        """Where rules may match in `data` (UTF-8 or any text that holds ASCII): cheap, and mostly empty."""
        return self.engine.hits(data)

    def scan(self, document: Document, hits: Sequence[Hit] | None = None) -> Scan:
        """The secrets in `document`; `hits` are those of its data, if they are known."""
        hits = self.hits(document.data) if hits is None else hits
        if not hits:
            return EMPTY
        try:
            candidates = self.engine.candidates(document.data, hits)
        except TimeoutError:
            return Scan(incomplete="a rule took too long on it")
        if not candidates:
            return EMPTY
        return _findings(document, candidates)


def _findings(document: Document, candidates: Sequence[engine.Candidate]) -> Scan:
    from unspill.judge import judge
    from unspill.model import Span

    judged = judge(candidates, document.data, document.language, document.path)
    accepted = [one for one in judged if one.verdict.confidence is not None]
    return Scan(
        tuple(_finding(document, one) for one in accepted),
        tuple(
            dict.fromkeys(
                Span(one.candidate.start, one.candidate.end)
                for one in judged
                # A generic rule looks at every value behind a telling name: what it turns down has no shape.
                if one.verdict.confidence is not None or not one.candidate.rule.generic
            )
        ),
        tuple(
            (Span(one.candidate.start, one.candidate.end), one.candidate.rule.id, one.verdict.reason)
            for one in judged
            if one.verdict.confidence is None
        ),
    )


def _finding(document: Document, judged: Judged) -> Finding:
    from unspill import languages
    from unspill.model import Confidence, Finding, Secret, Span

    candidate, verdict = judged
    rule = candidate.rule
    confidence = verdict.confidence or Confidence.LOW
    span = Span(candidate.start, candidate.end)
    return Finding(
        rule=rule.id,
        title=rule.name,
        path=document.path,
        span=span,
        site=languages.site(document, span),
        severity=_severity(rule, confidence),
        confidence=confidence,
        message=_message(rule),
        secret=Secret(document.text(span)),
        env=rule.env,
        revoke=rule.revoke,
        docs=rule.docs,
        reason=verdict.reason,
    )


def _severity(rule: Rule, confidence: Confidence) -> Severity:
    from unspill.model import Confidence, Severity

    if confidence is Confidence.LOW and not rule.severity and not rule.public:
        return Severity.WARNING
    return Severity(rule.usual_severity)


def _message(rule: Rule) -> str:
    if rule.public:
        return f"{rule.name}: made to be published, nothing to do unless it is used as a secret."
    return f"{rule.name} in the text: whoever reads this file can use it."
