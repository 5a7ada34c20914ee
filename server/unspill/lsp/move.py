"""The commands that move secrets: the value goes into `.env` first, then the rest goes to the client as one edit.

The client sends ids, the fix is worked out again, and a document that has changed since is refused. So no value travels
in the protocol, unless `.env` is itself open with changes that are not saved: then its line is part of the edit.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcInvalidParams

from unspill import fixes, space, transaction
from unspill.document import Document, decode
from unspill.errors import UserError
from unspill.fixes import declare, store
from unspill.lsp import aftermath, client_edits, commands
from unspill.model import Edit, Fix, Plan, Safety
from unspill.project.tree import DiskTree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unspill.fixes import Project
    from unspill.lsp.convert import FileEdit
    from unspill.lsp.session import Session
    from unspill.lsp.snapshot import Snapshot

MOVE = "unspill.moveSecret"
FIX_ALL = "unspill.fixAll"


async def move_secret(session: Session, *arguments: Any) -> None:
    """`unspill.moveSecret`: apply one fix. The arguments are document, version, finding, and index in the plan."""
    match arguments:
        case [str(uri), int(version), str(identity), int(index)]:
            pass
        case _:
            raise JsonRpcInvalidParams(f"{MOVE} takes a document, its version, a finding and a fix")
    snapshot = commands.checked(session, uri, version)
    if snapshot is None or snapshot.place.root is None:
        return
    finding = await commands.finding(session, snapshot, identity)
    if finding is None:
        return
    project = await session.naming.ready(snapshot)
    plan = fixes.plan(finding, snapshot.document, project)
    if not 0 <= index < len(plan.fixes):
        commands.refuse(session, snapshot, plan.withheld or commands.GONE)
        return
    fix = plan.fixes[index]
    files = await _apply(session, snapshot, snapshot.place.root, fix)
    if files is not None and fix.stores:
        session.spawn(aftermath.tell(session, aftermath.Fixed(snapshot, finding, fix, project, files)))


async def fix_all(session: Session, *arguments: Any) -> None:
    """`unspill.fixAll`: apply the safe fixes of a document together. The arguments are document and version."""
    match arguments:
        case [str(uri), int(version)]:
            pass
        case _:
            raise JsonRpcInvalidParams(f"{FIX_ALL} takes a document and its version")
    snapshot = commands.checked(session, uri, version)
    if snapshot is None or snapshot.place.root is None:
        return
    project = await session.naming.ready(snapshot)
    found = await session.findings.of(snapshot) or ()
    safe = [plan.safe for finding in found if (plan := fixes.plan(finding, snapshot.document, project)).safe]
    if fix := combine([fix for fix in safe if fix], snapshot.document, project):
        files = await _apply(session, snapshot, snapshot.place.root, fix)
        if files is not None and fix.stores:
            env = space.find(project.tree, snapshot.place.path).path(declare.STORE)
            session.outbox.say(aftermath.told_of_all(fix, env), "info")


def combine(safe: Sequence[Fix], document: Document, project: Project) -> Fix | None:
    """The fixes of one document as one. Of two that change the same bytes differently, the later has to wait."""
    edits: list[Edit] = []
    chosen: list[Fix] = []
    for fix in safe:
        own = [edit for edit in fix.edits if edit.path == document.path and edit not in edits]
        if not any(mine.span.overlaps(other.span) for mine in own for other in edits):
            edits += own
            chosen.append(fix)
    if not chosen:
        return None
    stores = tuple(dict.fromkeys(stored for fix in chosen for stored in fix.stores))
    declares = tuple(dict.fromkeys(name for fix in chosen for name in fix.declares))
    title = "Fix all that unspill can fix safely"
    whole = Fix(title, Safety.SAFE, tuple(edits), stores, declares, preferred=True)
    # The declaring side is made once for all names: each fix's own edits to it know nothing of the others'.
    return declare.complete(Plan((whole,)), document, project).safe


async def _apply(session: Session, snapshot: Snapshot, root: str, fix: Fix) -> list[FileEdit] | None:
    """Store the values of `fix` and declare their names, then have the client make the other edits.

    Gives those edits; None if they were not made, which the user was told.

    `.env`, the declaration and the ignore files are the client's if it has them open: their edits are bound to the
    version that it has, as those of files that are not open could not be.
    """
    tree = session.buffers.tree(root)
    home = space.find(tree, snapshot.place.path)
    opened = [path for path in map(home.path, declare.FILES) if client_edits.is_clients(session, root, path)]
    env = home.path(declare.STORE)
    if not session.is_current(snapshot):
        commands.refuse(session, snapshot, "the document changed; request the fix again")
        return None
    edits = [edit for edit in fix.edits if edit.path in opened or edit.path not in map(home.path, declare.FILES)]
    kept = f"; what it moves is in {env} already" if fix.stores else ""
    try:
        if fix.stores and env in opened and (added := _unsaved_store(session, root, env, fix)):
            edits.append(added)
            kept = ""
        else:
            opened = [path for path in opened if path != env]
        files = client_edits.file_edits(session, snapshot, edits, tree)
        if fix.stores or fix.declares:
            storing = partial(transaction.store, root, home, fix.stores, fix.declares, opened)
            await session.analysis.beside(storing)
    except UserError as error:
        commands.refuse(session, snapshot, str(error))
        return None
    if not session.is_current(snapshot):
        commands.refuse(session, snapshot, f"the document changed; request the fix again{kept}")
    elif reason := await client_edits.send(session, root, fix.title, files):
        commands.refuse(session, snapshot, f"{reason}{kept}")
    else:
        return files
    return None


def _unsaved_store(session: Session, root: str, env: str, fix: Fix) -> Edit | None:
    """The edit that adds the values to an open `.env` that has changes which are not saved, or gets some by the fix.

    None if it has none, and gets none.
    """
    opened = session.snapshot(session.buffers.uri_of(root, env))
    if opened is None:
        return None
    is_saved = opened.document.data == decode(DiskTree(root).read(env) or b"")[0]
    if is_saved and all(edit.path != env for edit in fix.edits):
        return None
    return client_edits.difference(env, opened.document, store.env_edit(opened.document.data, fix.stores))
