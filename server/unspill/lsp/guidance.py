"""What to do about a finding beside its fixes: revoke it, and the manual steps where no fix is safe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unspill import fixes
from unspill.lsp import client_edits, commands, convert, rotation
from unspill.lsp.diagnostics import identity
from unspill.model import Safety, revoking, sentence
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsprotocol import types

    from unspill.fixes import Project
    from unspill.lsp.session import Session
    from unspill.lsp.snapshot import Snapshot
    from unspill.model import Finding, Fix, Plan

SHOW = "unspill.showSteps"
REVOKE = "unspill.openRevokePage"
_UNTITLED = "Save the file first: a fix stores the value in the `.env` of its folder."


async def plan_of(session: Session, snapshot: Snapshot, finding: Finding) -> Plan | None:
    """What can be done about a finding; None for a document without a folder."""
    if snapshot.place.root is None or not fixes.is_of_text(finding):
        return None
    project = await session.naming.ready(snapshot)
    return await session.analysis.parsed(
        snapshot.document, (finding,), lambda: fixes.plan(finding, snapshot.document, project)
    )


def title(fix: Fix) -> str:
    """What a fix is called in a menu: with the reason, if it is not safe."""
    if fix.safety is Safety.SAFE:
        return fix.title
    why = fix.reason.partition(":")[0].partition(". ")[0].rstrip(".")
    return f"{fix.title} (unsafe: {why[:1].lower()}{why[1:]})" if why else f"{fix.title} (unsafe)"


def steps(finding: Finding, plan: Plan | None) -> str:
    """What to do about a finding, in sentences: what the quick fix does, else why there is none and what to do."""
    if finding.secret is None or plan is None:
        return _UNTITLED if finding.secret is not None else ""
    if plan.safe is not None:
        return f"Quick fix: {sentence(plan.safe.title)}"
    reason = plan.withheld or next((fix.reason for fix in plan.fixes if fix.reason), "")
    return sentence(reason) or "No fix is known here: move the value to `.env` manually, and read it from there."


def revoke(finding: Finding) -> str:
    """The sentence that says where to revoke a credential; "" if nobody knows."""
    return f"Revoke it: {revoking(finding.revoke)}" if finding.revoke else ""


def actions(
    session: Session, snapshot: Snapshot, finding: Finding, plan: Plan, project: Project
) -> Iterator[types.CodeAction]:
    """The steps to take manually where no fix is safe, and the page on which the credential is revoked."""
    if finding.secret is None:
        return
    linked, place = [linked_to(snapshot, finding)], [snapshot.uri, snapshot.document.version, identity(finding)]
    if plan.safe is None:
        name, run = "Show what to do", convert.command("Show what to do", SHOW, place)
        if ignoring := project.home(snapshot.place.path).ignoring():
            name = "Add .env to .gitignore, and show how to stop tracking it"
            edits = client_edits.file_edits(session, snapshot, ignoring, project.tree)
            yield convert.quick_fix(name, linked, edit=convert.workspace_edit(edits, snapshot.client), run=run)
        else:
            yield convert.quick_fix(name, linked, run=run)
    if finding.revoke:
        name = mask_shapes(f"Open the page to revoke the {finding.title}")
        yield convert.quick_fix(name, linked, run=convert.command(name, REVOKE, place))
    if snapshot.place.root is not None and rotation.can_mark(finding):
        yield convert.quick_fix(rotation.TITLE, linked, run=convert.command(rotation.TITLE, rotation.ADD, place))


def linked_to(snapshot: Snapshot, finding: Finding) -> types.Diagnostic:
    """The diagnostic that an action is for."""
    shown = finding._replace(message=mask_shapes(finding.message))
    document, client = snapshot.document, snapshot.client
    return convert.diagnostic(shown, identity(finding), snapshot.uri, document, client)


async def show_steps(session: Session, *arguments: Any) -> None:
    """`unspill.showSteps`: tell the user what to do about a finding. The arguments are document, version, finding."""
    if (chosen := await commands.chosen(session, SHOW, arguments)) is None:
        return
    snapshot, finding = chosen
    plan = await plan_of(session, snapshot, finding)
    line = snapshot.document.position(finding.span.start).line + 1
    said = " ".join(part for part in (steps(finding, plan), revoke(finding)) if part)
    session.outbox.say(f"{snapshot.place.path}:{line}: {finding.title}: {said}", "info")


async def open_revoke_page(session: Session, *arguments: Any) -> None:
    """`unspill.openRevokePage`: open the page on which a credential is revoked, as `unspill.showSteps` names it."""
    if (chosen := await commands.chosen(session, REVOKE, arguments)) is not None:
        await open_page(session, chosen[1])


async def open_page(session: Session, finding: Finding) -> None:
    """Open the page on which a credential is revoked in the browser, or say where it is."""
    if finding.revoke and not (session.client.opens_pages and await session.outbox.open_page(finding.revoke)):
        session.outbox.say(revoke(finding), "info")
