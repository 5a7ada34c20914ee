"""From what was found to a report: the rows that people and programs read, with every value masked.

A path is the file's own: only what has the shape of a provider's secret is masked in it.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from unspill import budget, fixes, languages, space
from unspill.app import baseline, masking
from unspill.app.report import Excerpt, Other, Rejected, Report, ReportedFinding, Silenced
from unspill.errors import internal
from unspill.model import Plan, Safety, Skipped, Span, revoking, sentence
from unspill.pipeline import Kept
from unspill.project import write
from unspill.scan import as_plain_text
from unspill.shapes import mask, mask_shapes
from unspill.space.names import around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from unspill.app import Collector, ScannedFile
    from unspill.document import Document
    from unspill.model import Finding, Fix
    from unspill.shapes import Values
    from unspill.space import Space
    from unspill.space.names import Names
    from unspill.suppress.known import Fingerprints

_CONTEXT = 160
"""Code points of a line that an excerpt shows on either side of the value."""
_MARGIN = 400
"""Code points beyond those that are scanned, too: the end of a token alone is not recognised."""

_STILL_THERE = "`unspill fix` removes it from the file, but it stays in git history: rotate it."
_IN_HISTORY = "Removed from the file but still in git history: rotate it."


class Planned(NamedTuple):
    """A finding, where it is, and what can be done about it."""

    scanned: ScannedFile
    finding: Finding
    plan: Plan
    space: Space
    """Of the finding's tree."""


def plans(
    kept: Sequence[tuple[ScannedFile, Kept]], secrets: Values, names: dict[tuple[str, str], Names] | None = None
) -> list[Planned]:
    """A plan for every finding; all are located. Names are given once for each Space, also to what a baseline knows.

    No word of them quotes one of `secrets`.

    `names` are those given so far, by tree and folder of the Space: planning again keeps them.
    """
    names = {} if names is None else names
    projects: dict[tuple[str, str], fixes.Project] = {}
    found: dict[tuple[str, str], list[tuple[Document, Finding]]] = {}
    placed = []
    for scanned, verdict in kept:
        tree = scanned.file.tree
        home = space.find(tree, scanned.file.path)
        place = (tree.root, home.root)
        if place not in projects:
            if place not in names:
                names[place] = around(tree, home)
            projects[place] = fixes.Project(tree, names[place], secrets)
        found.setdefault(place, []).extend((scanned.document, one) for one in (*verdict.findings, *verdict.known))
        spans = {one.span for one in verdict.findings}
        projects[place].found.setdefault(scanned.document.path, set()).update(spans)
        placed.append((scanned, verdict.findings, home, projects[place]))
    for place, project in projects.items():
        project.names.assign(found.get(place, ()))
    return [
        Planned(scanned, finding, _plan(scanned, finding, project), home)
        for scanned, findings, home, project in placed
        for finding in findings
    ]


class _RowContext(NamedTuple):
    """What a row is made with, besides its finding."""

    fingerprints: Fingerprints
    secrets: Values
    """What no words may quote."""
    hidden: Mapping[Document, Sequence[Span]]
    """What must be hidden in each document: disjoint spans, by start."""


def report(collector: Collector, scanned_files: Iterable[ScannedFile]) -> Report:
    """The report on a run whose files with something in them are `scanned_files`."""
    kept = [(scanned, collector.keep(scanned)) for scanned in scanned_files]
    fingerprints = baseline.fingerprints(collector, kept)
    kept, stale = baseline.apply_baseline(collector, kept, fingerprints)
    redactions = masking.redactions(collector)
    hidden = {scanned.document: _hidden(scanned, verdict, redactions, collector) for scanned, verdict in kept}
    context = _RowContext(fingerprints, redactions.values, hidden)
    rows = [_row(one.scanned, one.finding, one.plan, context) for one in plans(kept, redactions.values)]
    unfinished = [skipped for scanned, _ in kept for skipped in _unfinished(scanned)]
    silenced = _silenced(collector, kept, context) if collector.request.silenced else []
    verdicts = [verdict for _, verdict in kept]
    explained = kept if collector.request.explain else []
    return Report(
        tuple(sorted(rows, key=lambda row: (row.path, row.start))),
        collector.files,
        collector.bytes,
        sum(len(verdict.at_home) for verdict in verdicts),
        (*collector.skipped, *unfinished),
        {
            "inline": sum(len(verdict.inline) for verdict in verdicts),
            "baseline": sum(len(verdict.known) for verdict in verdicts),
            "config": sum(verdict.config for verdict in verdicts),
        },
        tuple(rejected for scanned, _ in explained for rejected in _rejected(scanned)),
        stale,
        tuple(sorted(silenced, key=lambda one: (one.row.path, one.row.start))),
    )


def _unfinished(scanned: ScannedFile) -> Iterator[Skipped]:
    """That a file nests too deeply to parse, or is too complex, which shows when places and fixes are worked out."""
    reason = budget.refusal(scanned.document) or (languages.refusal(scanned.document) if scanned.scan.findings else "")
    if reason and not scanned.scan.incomplete:
        yield Skipped(mask_shapes(scanned.file.shown), as_plain_text(reason), incomplete=True)


def applicable(plan: Plan, *, unsafe: bool) -> Fix | None:
    """The fix that `fix` applies: the safe one, else with `unsafe` the first that may be applied at all."""
    if plan.safe is not None or not unsafe:
        return plan.safe
    return next((fix for fix in plan.fixes if fix.safety is not Safety.DISPLAY_ONLY), None)


def _plan(scanned: ScannedFile, finding: Finding, project: fixes.Project) -> Plan:
    if finding.secret is not None and (origin := scanned.origins.get(finding.span)):
        return Plan(withheld=_STILL_THERE if origin.at_head else _IN_HISTORY)
    if reason := write.obstacle(scanned.file.disk):
        return Plan(withheld=reason)
    try:
        return fixes.plan(finding, scanned.document, project)
    except Exception as error:  # noqa: BLE001 - one finding must not end the run
        return Plan(withheld=internal(error))


def _row(scanned: ScannedFile, finding: Finding, plan: Plan, context: _RowContext) -> ReportedFinding:
    document = scanned.document
    name = declared_name(plan)
    return ReportedFinding(
        kind=finding.kind,
        path=mask_shapes(scanned.file.shown),
        rule=finding.rule,
        title=mask_shapes(finding.title),
        severity=finding.severity,
        confidence=finding.confidence,
        message=mask_shapes(finding.message),
        start=document.position(finding.span.start),
        end=document.position(finding.span.end),
        site=finding.site.kind if finding.secret is not None else None,
        fingerprint=context.fingerprints[document, finding.rule, finding.span],
        secret_name=None if name is None else mask_shapes(name, context.secrets),
        fixable=plan.safe is not None,
        advice=_advice(finding, plan),
        excerpt=_excerpt(document, finding, context),
        reason=mask_shapes(finding.reason),
        cell=_cell(document, finding.span),
        origin=scanned.origins.get(finding.span),
        docs=mask_shapes(finding.docs),
        revoke=mask_shapes(finding.revoke),
        can_be_ignored=finding.traits.can_be_ignored,
        related=tuple(_related(scanned, finding)),
        is_flow=finding.traits.is_flow,
        formerly=finding.formerly,
    )


def _related(scanned: ScannedFile, finding: Finding) -> Iterator[Other]:
    """The other places of a finding that can still be looked up."""
    path, shown = scanned.file.path, scanned.file.shown
    for message, other, span in finding.related:
        raw = None if other == path else scanned.file.tree.read(other)
        if raw is None and other != path:
            continue
        document = scanned.document if raw is None else languages.document_of(raw, other)
        way = posixpath.relpath(other, posixpath.dirname(path) or ".")
        yield Other(
            mask_shapes(posixpath.normpath(posixpath.join(posixpath.dirname(shown), way))),
            document.position(span.start),
            document.position(span.end),
            mask_shapes(message),
        )


def _silenced(
    collector: Collector, kept: Sequence[tuple[ScannedFile, Kept]], context: _RowContext
) -> Iterator[Silenced]:
    """What directives and the baseline suppress. No fix is planned for it."""
    from unspill.suppress.inline import reasons

    for scanned, verdict in kept:
        for finding in verdict.known:
            yield Silenced(_row(scanned, finding, Plan(), context), inline=False)
    others = [(scanned, Kept((*verdict.findings, *verdict.known))) for scanned, verdict in kept]
    inline = [(scanned._replace(old=()), Kept(verdict.inline)) for scanned, verdict in kept if verdict.inline]
    # Counted on from the others: their fingerprints must not depend on what is listed besides.
    context = context._replace(fingerprints=baseline.fingerprints(collector, [*others, *inline]))
    for scanned, verdict in inline:
        located = languages.located(scanned.document, verdict.findings)
        for finding, reason in zip(located, reasons(scanned.document, located), strict=True):
            yield Silenced(
                _row(scanned, finding, Plan(), context), inline=True, reason=mask_shapes(reason, context.secrets)
            )


def _cell(document: Document, span: Span) -> int | None:
    """The 0-based number of the notebook's cell whose source holds `span`."""
    if document.language != "notebook":
        return None
    from unspill.languages import notebook

    found = notebook.cell_at(document, span)
    return None if found is None else found[0].number


def declared_name(plan: Plan) -> str | None:
    """The name that the first fix declares, else the one it stores the value under."""
    fix = plan.safe or next(iter(plan.fixes), None)
    if fix is None:
        return None
    return next(iter([*fix.declares, *(stored.name for stored in fix.stores)]), None)


def _advice(finding: Finding, plan: Plan) -> str:
    unsafe = applicable(plan, unsafe=True)
    if plan.safe is not None:
        advice = f"`unspill fix`: {sentence(plan.safe.title)}"
    elif unsafe is not None:
        why = sentence(unsafe.reason or plan.withheld)
        advice = f"`unspill fix --unsafe`: {sentence(unsafe.title)} {why}".rstrip()
    else:
        advice = sentence(plan.withheld or (plan.fixes[0].reason if plan.fixes else ""))
    return f"{advice} Then revoke it: {mask_shapes(revoking(finding.revoke))}".strip() if finding.revoke else advice


def _excerpt(document: Document, finding: Finding, context: _RowContext) -> Excerpt:
    if finding.secret is None:
        return Excerpt("", "")
    before, after = _around(document, finding.span, _CONTEXT)
    hidden = context.hidden[document]
    return Excerpt(_masked(document, before, hidden).lstrip(), _masked(document, after, hidden).rstrip())


def _hidden(scanned: ScannedFile, verdict: Kept, redactions: masking.Redactions, collector: Collector) -> list[Span]:
    """What must be hidden in a document around the findings that are shown."""
    silenced = (*verdict.known, *verdict.inline) if collector.request.silenced else ()
    around = (_around(scanned.document, one.span, _CONTEXT + _MARGIN) for one in (*verdict.findings, *silenced))
    parts = masking.disjoint(Span(before.start, after.end) for before, after in around)
    return masking.hidden(scanned.document.data, scanned.scan, parts, redactions)


def _around(document: Document, span: Span, room: int) -> tuple[Span, Span]:
    """The text before and after `span` on its lines, at most `room` code points each."""
    first, _ = document.line_span(document.line_at(span.start))
    _, last = document.line_span(document.line_at(max(span.end - 1, span.start)))
    # The bytes are cut where a code point may go on: of those there are more than enough.
    before = document.data[max(first, span.start - 4 * room) : span.start].decode("utf-8", "surrogateescape")[-room:]
    after = document.data[span.end : min(last, span.end + 4 * room)].decode("utf-8", "surrogateescape")[:room]
    return (
        Span(span.start - len(before.encode("utf-8", "surrogateescape")), span.start),
        Span(span.end, span.end + len(after.encode("utf-8", "surrogateescape"))),
    )


def _masked(document: Document, span: Span, hidden: Sequence[Span]) -> str:
    """The text of `span`, with what it shares with the hidden spans masked."""
    first = max(bisect_left(hidden, (span.start,)) - 1, 0)
    inside = [
        Span(max(other.start, span.start) - span.start, min(other.end, span.end) - span.start)
        for other in hidden[first : bisect_left(hidden, (span.end,))]
        if span.start < other.end
    ]
    return mask(document.data[span.start : span.end], inside)


def _rejected(scanned: ScannedFile) -> list[Rejected]:
    """The rejected candidates, and those below the requested confidence."""
    least = scanned.analysis.context.settings.confidence
    below = [
        (one.span, one.rule, f"{one.confidence.label} confidence: {one.reason}")
        for one in scanned.scan.findings
        if one.confidence < least
    ]
    return [
        Rejected(mask_shapes(scanned.file.shown), scanned.document.position(span.start), rule, mask_shapes(reason))
        for span, rule, reason in sorted([*scanned.scan.rejected, *below])
    ]
