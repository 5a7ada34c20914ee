"""Edits that the client makes, of files that it has open or not, each bound to the state that it was worked out on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.document import Document, apply_edits, decode
from unspill.lsp import convert
from unspill.model import Edit, Span, by_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from unspill.lsp.session import Session
    from unspill.lsp.snapshot import Snapshot
    from unspill.model import Tree


def file_edits(session: Session, snapshot: Snapshot, edits: Iterable[Edit], tree: Tree) -> list[convert.FileEdit]:
    """Edits of the files around a document, by file, on the versions that the client has.

    The document itself comes last: a client that stops half-way has then not touched the code.
    """
    files = project_edits(session, snapshot.place.root or "", edits, tree, {snapshot.place.path: snapshot.uri})
    return sorted(files, key=lambda file: file.uri == snapshot.uri)


def project_edits(
    session: Session, root: str, edits: Iterable[Edit], tree: Tree, uris: Mapping[str, str] = {}
) -> list[convert.FileEdit]:
    """Edits of files below `root`, by file. `uris` names those by path that have several documents: cells."""
    files = []
    for path, changes in by_path(edits).items():
        uri = uris.get(path) or session.buffers.uri_of(root, path)
        files.append(unedited(session, uri, path, tree)._replace(edits=tuple(changes)))
    return files


def unedited(session: Session, uri: str, path: str, tree: Tree) -> convert.FileEdit:
    """No edit yet, of a file as the client has it open, else as it is in the tree."""
    if (opened := session.snapshot(uri)) is not None:
        return convert.FileEdit(uri, opened.document, opened.document.version, ())
    raw = tree.read(path)
    return convert.FileEdit(uri, Document(decode(raw or b"")[0], path), None, (), is_new=raw is None)


def is_clients(session: Session, root: str, path: str) -> bool:
    """Whether the client has a file open, or has edited it and not saved it: then nobody else should write it."""
    if session.snapshot(session.buffers.uri_of(root, path)) is not None:
        return True
    tree = session.buffers.tree(root)
    return tree.read(path) != tree.base(path)


async def send(
    session: Session, root: str, title: str, files: Sequence[convert.FileEdit], *, confirm: bool = False
) -> str:
    """Have the client make edits of files below `root`, after it has shown them if it can and `confirm` says so.

    Gives why it did not make them; "" if it did. A file that is not open is edited only as it was read.
    """
    for file in files:
        if file.version is None and _now(session, root, file) != _before(file):
            return f"{file.document.path} has changed on the disk since; ask for it again"
    edit = convert.workspace_edit(files, session.client, title if confirm else "")
    if not await session.outbox.apply(title, edit, session.client):
        session.buffers.forget_edits(root)
        return "the editor did not make the change"
    for file in files:
        if file.version is None:
            session.buffers.edited(root, file.document.path, _before(file), apply_edits(file.document.data, file.edits))
    return ""


def _before(file: convert.FileEdit) -> bytes | None:
    """The text that the edits of a file count on; None if there must be no file yet."""
    return None if file.is_new else file.document.data


def _now(session: Session, root: str, file: convert.FileEdit) -> bytes | None:
    """The text of a file that is not open."""
    raw = session.buffers.tree(root).read(file.document.path)
    return None if raw is None else decode(raw)[0]


def difference(path: str, document: Document, new: bytes) -> Edit:
    """The one edit that makes `document` hold `new`, without the text that both begin and end with."""
    old, text = document.data.decode("utf-8", "replace"), new.decode("utf-8", "replace")
    head = _shared(old, text)
    tail = _shared(old[head:][::-1], text[head:][::-1])
    span = Span(len(old[:head].encode()), len(old[: len(old) - tail].encode()))
    return Edit(path, span, text[head : len(text) - tail])


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
