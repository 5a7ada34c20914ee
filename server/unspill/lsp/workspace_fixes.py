"""The command that fixes every file of the workspace, open or not, after the user has been asked."""

from __future__ import annotations

import difflib
import posixpath
import re
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from unspill import transaction
from unspill.document import Document, decode
from unspill.errors import StaleError, UserError
from unspill.fixes import declare
from unspill.lsp import client_edits, convert, places
from unspill.lsp.folders import load_settings
from unspill.model import Span
from unspill.project import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from unspill.lsp.session import Session
    from unspill.lsp.snapshot import Snapshot
    from unspill.model import Tree
    from unspill.project import write
    from unspill.settings import Settings
    from unspill.transaction import Writes

FIX_WORKSPACE = "unspill.fixWorkspace"
_APPLY, _PREVIEW = "Fix All", "Preview"
_ATTEMPTS = 3
# Bytes beyond ASCII count as letters: an edit never cuts a code point.
_WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff]+|[^A-Za-z0-9_\x80-\xff]")


async def fix_workspace(session: Session, *_arguments: Any) -> None:
    """`unspill.fixWorkspace`: the safe fixes of all files of the workspace's folders, as `unspill fix` works them out.

    Files count as they are on disk. What is written is computed again once the user has answered; `.env`, its ignore
    files and the declarations are written first, then the client gets the code.
    """
    if (unsaved := _unsaved(session)) is not None:
        session.outbox.say(f"nothing was fixed: {unsaved} has unsaved changes; save all files first")
        return
    try:
        offered = await _work_out(session)
        if not offered:
            session.outbox.say("nothing can be fixed safely", "info")
            return
        count = sum(len(_code(session, writes)) for writes in offered)
        title = "Move what can be moved safely to .env"
        question = f"{title}? {count} {'file changes' if count == 1 else 'files change'}."
        answer = await session.outbox.ask(question, [_APPLY, *([_PREVIEW] if session.client.confirms_edits else [])])
        if answer is not None:
            await _apply(session, title, confirm=answer == _PREVIEW)
    except UserError as error:
        session.outbox.say(f"not everything was fixed: {error}")


async def _work_out(session: Session) -> list[Writes]:
    """What is to be written now, computed in a thread. Raises UserError."""
    found: list[Writes] = []
    for uri, folder in list(session.folders.paths.items()):
        work = partial(_work_out_folder, folder, session.folders.editor_of(uri))
        found += await session.analysis.beside(work)
    return found


def _work_out_folder(folder: str, editor: Mapping[str, object]) -> list[Writes]:
    """What is to be written in a folder. It reads nothing of the session."""
    from unspill.app import Request, fixing

    def load(tree: Tree | None, path: str) -> Settings:
        return load_settings(tree, path, editor)

    return fixing.writes(Request((folder,), load, folder).with_own_baseline())


def _code(session: Session, writes: Writes) -> list[write.FileChange]:
    """What the client is to change: the code, and those of the other files that it has open."""
    names = declare.FILES
    return [
        edit
        for edit in writes.edits
        if posixpath.basename(edit.path) not in names or client_edits.is_clients(session, writes.root, edit.path)
    ]


async def _apply(session: Session, title: str, *, confirm: bool) -> None:
    """Fix the files as they are now. Raises UserError."""
    for _ in range(_ATTEMPTS):
        opened = {snapshot.uri: snapshot for snapshot in session.snapshots()}
        worked_out = await _work_out(session)
        changed = _changed(session, opened)
        if changed is None:
            break
    else:
        raise UserError(f"{changed} changes while it is fixed; save all files, and run it again")
    for writes in worked_out:
        code = _code(session, writes)
        files = [_file_edit(session, opened, writes.root, edit) for edit in code]
        # A `.env` that waits for the user's answer must not exist without the entry that keeps it out of git.
        others = tuple(edit for edit in writes.edits if edit not in code)
        await session.analysis.beside(partial(transaction.once, writes._replace(edits=others)))
        if files and (reason := await client_edits.send(session, writes.root, title, files, confirm=confirm)):
            session.outbox.say(f"the code was left as it is: {reason}; what the fixes move is in .env already", "info")


def _file_edit(
    session: Session, opened: Mapping[str, Snapshot], root: str, change: write.FileChange
) -> convert.FileEdit:
    """The edit of one file, bound to the state of the document that it was worked out on. Raises StaleError."""
    uri = session.buffers.uri_of(root, change.path)
    data = decode(change.before or b"")[0]
    snapshot = opened.get(uri)
    document = Document(data, change.path) if snapshot is None else snapshot.document
    if document.data != data:
        raise StaleError(change.path)
    edits = _edits(data, decode(change.after)[0])
    return convert.FileEdit(uri, document, document.version if snapshot else None, edits, change.before is None)


def _edits(before: bytes, after: bytes) -> tuple[tuple[Span, str], ...]:
    """The edits that make one text of the other, by words: a value that stays in a changed line does not travel."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    edits: list[tuple[Span, str]] = []
    for at, gone, come in _changes(old, new):
        edits += [
            (Span(start, start + len(b"".join(words))), b"".join(others).decode("utf-8", "replace"))
            for start, words, others in _changes(_WORD.findall(b"".join(gone)), _WORD.findall(b"".join(come)), at)
        ]
    return tuple(edits)


def _changes(
    old: Sequence[bytes], new: Sequence[bytes], at: int = 0
) -> Iterator[tuple[int, Sequence[bytes], Sequence[bytes]]]:
    """What differs between two sequences of which the old one starts at byte `at`: the place, the old and the new."""
    starts = list(accumulate(map(len, old), initial=at))
    for step, first, last, start, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if step != "equal":
            yield starts[first], old[first:last], new[start:end]


def _unsaved(session: Session) -> str | None:
    """The path of an open file of the workspace that is not on disk as it is open."""
    return next((snapshot.place.path for snapshot in session.snapshots() if not _is_saved(snapshot)), None)


def _changed(session: Session, before: Mapping[str, Snapshot]) -> str | None:
    """The path of an open file that is not saved, or not as it was in `before`; None if all are."""
    for snapshot in session.snapshots():
        if snapshot != before.get(snapshot.uri) or not _is_saved(snapshot):
            return snapshot.place.path
    return None


def _is_saved(snapshot: Snapshot) -> bool:
    """Whether a document is on disk as it is open; what is no file always is."""
    disk = places.disk_path(snapshot.uri)
    return disk is None or decode(read.regular(disk) or b"")[0] == snapshot.document.data
