"""Diagnostics of files that are not open, for clients that ask for the whole workspace and whose settings want it.

The answer is held back until there is something new: clients ask again right after every answer. Files are scanned
in a thread, a batch at a time, and a client that gave a token gets each batch at once.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import Document
from unspill.errors import UserError
from unspill.languages import document_of
from unspill.lsp import convert, diagnostics, places
from unspill.lsp.folders import load_settings
from unspill.project.paths import relative
from unspill.project.tree import root_of
from unspill.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lsprotocol import types

    from unspill.lsp.analysis import Analyser
    from unspill.lsp.session import Session
    from unspill.model import Finding
    from unspill.project.tree import DiskTree
    from unspill.suppress.known import Known

_BATCH = 200
"""How many files are scanned before the loop has its turn."""


class Scanned(NamedTuple):
    """A file on disk. `findings` is None if it is still as it was under `result_id`."""

    disk: str
    """Its path; clients spell URIs in ways of their own."""
    uri: str
    result_id: str
    document: Document
    findings: tuple[Finding, ...] | None


async def pull(session: Session, params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
    """`workspace/diagnostic`."""
    known = {
        path: previous
        for previous in params.previous_result_ids
        if (path := places.disk_path(previous.uri)) is not None
    }
    while True:
        changed = session.changed
        # A client shows what it has last asked for about a document that it closes, until it hears otherwise here.
        closed = session.take_closed()
        cleared = [convert.workspace_full_report(uri, None, []) for uri in closed]
        for uri in closed:  # what its file holds is news again
            known.pop(places.disk_path(uri) or "", None)
        if session.folders.covers_workspace:
            reports, is_new = await _reports(session, known, params, cleared)
            if is_new:
                return convert.workspace_report(reports)
        elif cleared:
            return convert.workspace_report(cleared)
        await changed.wait()


async def _reports(
    session: Session,
    known: Mapping[str, types.PreviousResultId],
    params: types.WorkspaceDiagnosticParams,
    cleared: Sequence[types.WorkspaceDocumentDiagnosticReport],
) -> tuple[list[types.WorkspaceDocumentDiagnosticReport], bool]:
    """The answer, starting with `cleared` and without what was sent ahead; and whether any of it has changed."""
    reports = list(cleared)
    is_new = bool(cleared)
    gone = set(known)
    bar = _Bar(session, params.work_done_token)
    states = {**session.clean, **{path: previous.value for path, previous in known.items()}}
    files = _scan(session.analysis, _folders(session), states, session.revision)
    while batch := await session.analysis.beside(lambda: list(islice(files, _BATCH))):
        bar.advance(len(batch), more=len(batch) == _BATCH)
        # What the client shows of an open file are the diagnostics of the document.
        opened = {snapshot.disk for snapshot in session.snapshots()}
        for scanned in batch:
            gone.discard(scanned.disk)
            if scanned.disk in opened:
                continue
            if scanned.findings is None:
                if scanned.disk in known:
                    reports.append(convert.workspace_unchanged_report(scanned.uri, scanned.result_id))
            elif scanned.findings or scanned.disk in known:
                is_new = True
                found = diagnostics.of_document(session, scanned.findings, scanned.uri, scanned.document)
                reports.append(convert.workspace_full_report(scanned.uri, scanned.result_id, found))
            else:
                session.clean[scanned.disk] = scanned.result_id
        if is_new and params.partial_result_token is not None:
            session.outbox.send_ahead(params.partial_result_token, reports)
            reports = []
    for path in gone:
        if session.snapshot(known[path].uri) is None:
            is_new = True
            reports.append(convert.workspace_full_report(known[path].uri, None, []))
    bar.end()
    return reports, is_new


class _Folder(NamedTuple):
    """A folder of the workspace on disk."""

    path: str
    editor: Mapping[str, object]
    """The client's settings for it."""
    known: Known | None
    """Its baseline."""


def _folders(session: Session) -> list[_Folder]:
    return [
        _Folder(path, session.folders.editor_of(uri), session.folders.known(places.Place(root_of(path, path), "")))
        for uri, path in session.folders.paths.items()
    ]


def _scan(analysis: Analyser, folders: list[_Folder], states: Mapping[str, str], revision: int) -> Iterator[Scanned]:
    """Every file of the folders. Runs on the analysis' own thread, so it reads nothing of the session."""
    from unspill.contract.names import known_names
    from unspill.pipeline import Context
    from unspill.pipeline.project import AppFindings
    from unspill.project import read
    from unspill.project.tree import DiskTree
    from unspill.project.walk import File, Walk

    noted: dict[str, AppFindings] = {}
    for folder, editor, known in folders:

        def load(tree: DiskTree, path: str, editor: Mapping[str, object] = editor) -> Settings:
            try:
                return load_settings(tree, path, editor)
            except UserError:
                return Settings()  # the session reports it when a document of the folder is opened

        for file in Walk(load, folder, tree=DiskTree).files([folder]):
            if not isinstance(file, File) or file.ignored:
                continue
            uri = places.file_uri(file.tree.root, file.path)
            # Of the file's outside only: nothing of its content leaves, not even as a hash.
            if file.tree.root not in noted:
                noted[file.tree.root] = AppFindings(file.tree, known_names())
            found = noted[file.tree.root].at(file.path)
            result_id = f"{read.state(file.disk)}-{revision}{diagnostics.mark(found)}"
            if states.get(file.disk) == result_id:
                yield Scanned(file.disk, uri, result_id, Document(b"", file.path), None)
            elif isinstance(raw := read.text(file.disk, file.settings.max_file_size), bytes):
                document = document_of(raw, file.path)
                own = known and known._replace(path=relative(file.disk, known.root))
                looked = analysis.look(document, Context(file.settings, file.tree, known=own, noted=found))
                yield Scanned(file.disk, uri, result_id, document, looked.findings)


class _Bar:
    """The client's progress bar, shown once a first batch was not the last."""

    def __init__(self, session: Session, token: types.ProgressToken | None) -> None:
        self._outbox = session.outbox
        self._token = token
        self._count = 0
        self._shown = False

    def advance(self, count: int, *, more: bool) -> None:
        """Count so many more files as done."""
        self._count += count
        if self._token is None:
            return
        if self._shown:
            self._outbox.advance(self._token, f"{self._count} files")
        elif more:
            self._outbox.begin(self._token, "Looking for secrets")
            self._shown = True

    def end(self) -> None:
        """All is done."""
        if self._shown and self._token is not None:
            self._outbox.end(self._token)
