"""The documents of a Space as the client has them, in a thread: open ones in place of the files on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from lsprotocol.types import LSPErrorCodes
from pygls.exceptions import JsonRpcException

from unspill.errors import UserError
from unspill.lsp import places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from unspill.lsp.session import Session
    from unspill.workspace import Workspace, WorkspaceText

T = TypeVar("T")


async def ask(session: Session, place: places.Place, work: Callable[[Workspace, Iterable[WorkspaceText]], T]) -> T:
    """The result of `work` for the workspace and the documents of the Space around `place`, ordered by path.

    Documents are called by their URIs. `place` must be on the file system; `work` must use nothing of the session.
    """
    from unspill.workspace import opened  # it loads what a starting server does not need yet

    root, path = place
    if root is None:
        raise ValueError("only what is on the file system belongs to a Space")
    texts: dict[str, list[WorkspaceText]] = {}
    # The cells of a notebook are documents; its file is not to be changed under them.
    for snapshot in session.snapshots():
        if snapshot.place.root == root:
            texts.setdefault(snapshot.place.path, []).append(opened(snapshot.uri, snapshot.document))
    tree, workspace = session.buffers.tree(root), session.spaces

    def ask_for_all() -> T:
        return work(workspace, workspace.around(tree, path, texts, lambda below: places.file_uri(root, below)))

    try:
        return await session.analysis.beside(ask_for_all)
    except UserError as error:
        raise JsonRpcException(str(error), LSPErrorCodes.RequestFailed) from None


async def ask_quietly(
    session: Session, place: places.Place, work: Callable[[Workspace, Iterable[WorkspaceText]], T]
) -> T | None:
    """As `ask`; None where it fails, for what editors ask for by themselves: some show each error."""
    try:
        return await ask(session, place, work)
    except JsonRpcException:
        return None
