"""Marking a finding's value as exposed, so that `unspill rotate` plans its replacement. No value travels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from unspill.errors import UserError
from unspill.lsp import commands
from unspill.model import Severity

if TYPE_CHECKING:
    from unspill.lsp.session import Session
    from unspill.lsp.snapshot import Snapshot
    from unspill.model import Finding

ADD = "unspill.addToRotation"
TITLE = "Add to rotation plan"


def can_mark(finding: Finding) -> bool:
    """Whether a finding is a credential: not one that is made to be published, or only looks like one."""
    return finding.secret is not None and finding.severity in (Severity.ERROR, Severity.WARNING)


async def add(session: Session, *arguments: Any) -> None:
    """`unspill.addToRotation`: mark the value of a finding as exposed. The arguments are document, version, finding."""
    if (chosen := await commands.chosen(session, ADD, arguments)) is not None:
        await mark(session, *chosen)


async def mark(session: Session, snapshot: Snapshot, finding: Finding, name: str = "") -> None:
    """Mark the value of a finding, which a fix may have moved to `.env` as `name`; and say so, or why not."""
    from unspill.app.rotation.marking import mark as remember

    root, path = snapshot.place
    if finding.secret is None or root is None:
        return
    try:  # it may wait for a lock
        is_new = await session.analysis.beside(partial(remember, root, finding.rule, finding.secret, path, name))
    except UserError as error:
        commands.refuse(session, snapshot, str(error))
        return
    what = "added to the rotation plan" if is_new else "already in the rotation plan"
    session.outbox.say(f"{what}: run `unspill rotate` to see the steps", "info")
