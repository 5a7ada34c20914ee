"""Code actions: quick fixes for each finding, ignoring it last, and one action for all safe fixes.

Ranges are worked out from the document, never taken from the client's diagnostics: some clients send those in other
units. A fix that stores a value is offered as a command with ids only, so that the value does not travel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol.types import CodeActionKind

from unspill import fixes
from unspill.lsp import baseline, client_edits, convert, diagnostics, documents, guidance, move
from unspill.model import Safety
from unspill.shapes import mask_shapes
from unspill.suppress import directive
from unspill.suppress.baseline import can_baseline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lsprotocol import types

    from unspill.fixes import Project
    from unspill.lsp.session import Session
    from unspill.lsp.snapshot import Snapshot
    from unspill.model import Finding, Plan


async def code_action(session: Session, params: types.CodeActionParams) -> list[types.CodeAction] | None:
    """`textDocument/codeAction`."""
    snapshot = session.snapshot(params.text_document.uri)
    if snapshot is None or snapshot.place.root is None:
        return None
    found = await session.findings.of(snapshot)
    if not found:
        return None
    selection = documents.span_of(snapshot.document, params.range, snapshot.client.unit)
    touched = [one for one in found if one.span.start <= selection.end and selection.start <= one.span.end]
    found = tuple(filter(fixes.is_of_text, found))
    selected = list(filter(fixes.is_of_text, touched))
    wants_fixes = _wants(params.context.only, CodeActionKind.QuickFix)
    # Asked for by its kind, it covers the document; in a menu of everything, it comes with the fixes of the place.
    wants_all = _wants(params.context.only, convert.FIX_ALL) and bool(selected or params.context.only)
    project = await session.naming.ready(snapshot)

    def work() -> tuple[list[Plan], bool]:
        plans = [fixes.plan(finding, snapshot.document, project) for finding in selected] if wants_fixes else []
        return plans, wants_all and any(fixes.plan(finding, snapshot.document, project).safe for finding in found)

    plans, fixes_all = await session.analysis.parsed(snapshot.document, found, work)
    if not session.is_current(snapshot):
        return None
    actions: list[types.CodeAction] = []
    if wants_fixes:
        for finding, plan in zip(selected, plans, strict=True):
            actions += _quick_fixes(session, snapshot, finding, plan, project)
        for finding in touched:
            actions += _ignore(session, snapshot, finding, project)
        for finding in touched:
            actions += _ignore_in_baseline(snapshot, finding)
    if fixes_all:
        actions.append(_fix_all(snapshot))
    return actions


def _wants(only: Sequence[str] | None, kind: str) -> bool:
    """Whether the requested kinds, each of which includes those below it, include `kind`."""
    return not only or any(kind == wanted or kind.startswith(f"{wanted}.") or not wanted for wanted in only)


def _quick_fixes(
    session: Session, snapshot: Snapshot, finding: Finding, plan: Plan, project: Project
) -> Iterator[types.CodeAction]:
    identity = diagnostics.identity(finding)
    linked = [guidance.linked_to(snapshot, finding)]
    for index, fix in enumerate(plan.fixes):
        title, preferred = guidance.title(fix), fix is plan.safe
        if fix.safety is Safety.DISPLAY_ONLY:
            continue
        if fix.stores:
            run = convert.command(title, move.MOVE, [snapshot.uri, snapshot.document.version, identity, index])
            yield convert.quick_fix(title, linked, preferred=preferred, run=run)
        else:
            edit = convert.workspace_edit(
                client_edits.file_edits(session, snapshot, fix.edits, project.tree), snapshot.client
            )
            yield convert.quick_fix(title, linked, preferred=preferred, edit=edit)
    if not plan.fixes and plan.withheld and finding.secret is not None and snapshot.client.shows_disabled_actions:
        title = mask_shapes(f"Move the {finding.title} to .env")
        yield convert.disabled_fix(title, plan.withheld, linked)
    yield from guidance.actions(session, snapshot, finding, plan, project)


def _ignore(session: Session, snapshot: Snapshot, finding: Finding, project: Project) -> Iterator[types.CodeAction]:
    """The action that suppresses a finding in place."""
    edit = directive.edit(snapshot.document, finding)
    if edit is not None:
        title = f"Ignore {finding.rule} here: {directive.reason(finding)}"
        made = convert.workspace_edit(client_edits.file_edits(session, snapshot, [edit], project.tree), snapshot.client)
        yield convert.quick_fix(title, [guidance.linked_to(snapshot, finding)], edit=made)


def _ignore_in_baseline(snapshot: Snapshot, finding: Finding) -> Iterator[types.CodeAction]:
    """The action that adds a finding to the baseline, where there is one."""
    if can_baseline(finding) and snapshot.known is not None:
        title = f"Ignore {finding.rule} in the baseline"
        run = convert.command(
            title, baseline.ADD, [snapshot.uri, snapshot.document.version, diagnostics.identity(finding)]
        )
        yield convert.quick_fix(title, [guidance.linked_to(snapshot, finding)], run=run)


def _fix_all(snapshot: Snapshot) -> types.CodeAction:
    title = "Fix all that unspill can fix safely"
    return convert.fix_all(title, convert.command(title, move.FIX_ALL, [snapshot.uri, snapshot.document.version]))
