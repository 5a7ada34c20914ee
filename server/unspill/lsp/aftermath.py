"""What the user hears after a fix: where the value is now and what is left to do; and the way back."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import apply_edits
from unspill.fixes import declare
from unspill.lsp import client_edits, convert, guidance, rotation
from unspill.model import revoking
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unspill.fixes import Project
    from unspill.lsp.session import Session
    from unspill.lsp.snapshot import Snapshot
    from unspill.model import Finding, Fix

_REVOKE = "Revoke"
_UNDO = "Undo"
_PLAN = "If it was committed or shared, `unspill rotate` has the steps until it is dead."
_UNLOADED = "Nothing loads .env: start the program with `unspill run -- COMMAND`, or have it call load_dotenv()."


def told_of_all(fix: Fix, env: str) -> str:
    """One line about several fixes at once, as on save."""
    names = ", ".join(sorted({stored.name for stored in fix.stores}))
    return f"moved to {env}: {names}"


class Fixed(NamedTuple):
    """A fix that was made, with all it was worked out on."""

    snapshot: Snapshot
    finding: Finding
    fix: Fix
    project: Project
    files: Sequence[convert.FileEdit]
    """The edits that the client made."""


async def tell(session: Session, fixed: Fixed) -> None:
    """Say what a fix did and what is next, with buttons if the client has them.

    *Undo* puts the text back; the value stays in `.env`.
    """
    snapshot, finding = fixed.snapshot, fixed.finding
    text = mask_shapes(" ".join(_sentences(fixed)), fixed.project.secrets)
    if not session.client.shows_buttons:
        session.outbox.say(f"{text} {_PLAN}" if rotation.can_mark(finding) else text, "info")
        return
    buttons = [*([_REVOKE] if finding.revoke else []), *([rotation.TITLE] if rotation.can_mark(finding) else []), _UNDO]
    pressed = await session.outbox.ask(text, buttons)
    if pressed == _REVOKE:
        await guidance.open_page(session, finding)
    if pressed == rotation.TITLE:
        name = next((stored.name for stored in fixed.fix.stores), "")
        await rotation.mark(session, snapshot, finding, name)
    if pressed == _UNDO:
        reason = await _undo(session, snapshot, fixed.files)
        if reason:
            session.outbox.say(f"nothing was undone: {reason}")


def _sentences(fixed: Fixed) -> Iterator[str]:
    snapshot, finding, fix, project, _ = fixed
    names = ", ".join(stored.name for stored in fix.stores)
    home = project.home(snapshot.place.path).space
    yield f"moved to {home.path('.env')} as {names}{', and declared' if fix.declares else ''}."
    if finding.revoke:
        yield f"Revoke the exposed one: {revoking(finding.revoke)}."
    if home.sdk:
        yield f"Set it in the Space's settings, too: {names}."
    if snapshot.document.language == "python" and not project.loads_env(snapshot.place.path):
        yield _UNLOADED


async def _undo(session: Session, snapshot: Snapshot, files: Sequence[convert.FileEdit]) -> str:
    """Put the text of edited files back, but what was stored and declared. Gives why it was not; "" if it was."""
    back, root = [], snapshot.place.root or ""
    for file in files:
        is_kept = file.uri != snapshot.uri and posixpath.basename(file.document.path) in declare.FILES
        if file.is_new or is_kept:
            continue
        now = client_edits.unedited(session, file.uri, file.document.path, session.buffers.tree(root))
        if now.document.data != apply_edits(file.document.data, file.edits):
            return f"{file.document.path} has changed since"
        edit = client_edits.difference(file.document.path, now.document, file.document.data)
        back.append(now._replace(edits=((edit.span, edit.text),), is_new=False))
    return await client_edits.send(session, root, "Undo the fix", back)
