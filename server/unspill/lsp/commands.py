"""How commands begin: with the document at the version that the client means, and the finding in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcInvalidParams

from unspill.lsp.diagnostics import identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unspill.lsp.session import Session
    from unspill.lsp.snapshot import Snapshot
    from unspill.model import Finding

GONE = "the finding no longer exists"


def checked(session: Session, uri: str, version: int) -> Snapshot | None:
    """The document, if it is open and still at `version`; else the client is told."""
    snapshot = session.snapshot(uri)
    if snapshot is not None and snapshot.document.version == version:
        return snapshot
    refuse(session, snapshot, "the document changed; request the fix again")
    return None


async def finding(session: Session, snapshot: Snapshot, chosen: str) -> Finding | None:
    """The finding of a document with an identity; if it no longer exists, the client is told."""
    for one in await session.findings.of(snapshot) or ():
        if identity(one) == chosen:
            return one
    refuse(session, snapshot, GONE)
    return None


async def chosen(session: Session, name: str, arguments: Sequence[Any]) -> tuple[Snapshot, Finding] | None:
    """The finding that a command is about, whose arguments are document, version and finding, with its document.

    None if the document has changed, or has no such finding any more; the client is told. Raises JsonRpcInvalidParams.
    """
    match arguments:
        case [str(uri), int(version), str(wanted)]:
            pass
        case _:
            raise JsonRpcInvalidParams(f"{name} takes a document, its version and a finding")
    snapshot = checked(session, uri, version)
    found = None if snapshot is None else await finding(session, snapshot, wanted)
    return None if snapshot is None or found is None else (snapshot, found)


def refuse(session: Session, snapshot: Snapshot | None, reason: str) -> None:
    """Tell the client that a command was not carried out, and why."""
    where = f" in {snapshot.place.path}" if snapshot else ""
    session.outbox.say(f"nothing was changed{where}: {reason}")
