"""The commands about the names of secrets: list them, and declare one. Names and places travel, and never a value."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcInvalidParams

from unspill import space
from unspill.fixes import declare
from unspill.lsp import client_edits, contents, convert, places
from unspill.shapes import may_be_secret
from unspill.space import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unspill.contract.names import AppName, NameLocation
    from unspill.lsp.session import Session
    from unspill.workspace import Workspace, WorkspaceText

LIST = "unspill.secrets"
DECLARE = "unspill.declare"


async def list_secrets(session: Session, *arguments: Any) -> list[dict[str, Any]]:
    """`unspill.secrets`: the names in the Space of a file. The argument is its URI; the file need not exist.

    Each is as in `unspill secrets --all --format json`, with locations for places, and whether a template may list it
    and none does: {"name", "kind", "state", "value", "undeclared", "declared", "read", "implicit", "written"}.
    Those that something is to be done about come first.
    """
    match arguments:
        case [str(uri)]:
            pass
        case _:
            raise JsonRpcInvalidParams(f"{LIST} takes the URI of a file")
    place = _place(session, uri)
    if place.root is None:
        return []
    tree = session.buffers.tree(place.root)
    home = space.find(tree, place.path)

    def work(workspace: Workspace, texts: Iterable[WorkspaceText]) -> list[AppName]:
        return workspace.names(tree, [home], texts)

    found = await contents.ask(session, place, work)
    secrets = session.findings.values()
    return [_row(session, entry) for entry in found if not may_be_secret(entry.name, secrets)]


async def declare_secret(session: Session, *arguments: Any) -> None:
    """`unspill.declare`: list a name in the template of a `.env`. The arguments are the URI of a file, and the name.

    What the name is wrong for, the user is told.
    """
    match arguments:
        case [str(uri), str(name)]:
            pass
        case _:
            raise JsonRpcInvalidParams(f"{DECLARE} takes the URI of a file and a name")
    place = _place(session, uri)
    if session.findings.is_secret(name):
        session.outbox.say("nothing was declared: the name looks like a secret value")
        return
    if place.root is None:
        session.outbox.say(f"{name} was not declared: open a file of the project first")
        return
    if (reason := names.refusal(name)) is not None:
        session.outbox.say(f"{name} was not declared: {reason}")
        return
    tree = session.buffers.tree(place.root)
    home = declare.Home(tree, space.declaring(tree, place.path))
    edits = home.edits([name])
    if not edits:
        session.outbox.say(f"{name} is declared already", "info")
        return
    title = f"Declare {name} in {posixpath.basename(home.template)}"
    files = client_edits.project_edits(session, place.root, edits, tree)
    if reason := await client_edits.send(session, place.root, title, files):
        session.outbox.say(f"{name} was not declared: {reason}")


def _place(session: Session, uri: str) -> places.Place:
    snapshot = session.snapshot(uri)
    return snapshot.place if snapshot is not None else session.folders.place_of(uri)


def _row(session: Session, entry: AppName) -> dict[str, Any]:
    def locations(found: Sequence[NameLocation]) -> list[Any]:
        return [convert.location(uri, document, span, session.client.unit) for uri, document, span in found]

    return {
        "name": entry.name,
        "kind": entry.kind.value,
        "state": entry.state.value,
        "value": entry.origin.value,
        "undeclared": entry.is_declarable,
        "declared": locations(entry.declared),
        "read": locations(entry.read),
        "implicit": locations(entry.implicit),
        "written": locations(entry.written),
    }
