"""Diagnostics: pushed after every change, or pulled by clients that can; never both."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING

from lsprotocol.types import LSPErrorCodes
from pygls.exceptions import JsonRpcException

from unspill.languages import document_of
from unspill.lsp import convert, places, refresh
from unspill.project import read
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lsprotocol import types

    from unspill.document import Document
    from unspill.lsp.session import Session
    from unspill.lsp.snapshot import Snapshot
    from unspill.model import Finding, Secret

_RELATED = 4
"""The maximum number of other places with the same value that a diagnostic lists; more would bury its message."""
_OPENING = 1.0
"""Seconds that a request about a document that is neither open nor a file waits for it to be opened."""


def did_open(session: Session, params: types.DidOpenTextDocumentParams) -> None:
    """`textDocument/didOpen`."""
    session.open(params.text_document)
    changed_to(session, params.text_document.uri)


def did_change(session: Session, params: types.DidChangeTextDocumentParams) -> None:
    """`textDocument/didChange`."""
    session.change(params.text_document, params.content_changes)
    changed_to(session, params.text_document.uri)


def did_close(session: Session, params: types.DidCloseTextDocumentParams) -> None:
    """`textDocument/didClose`."""
    close(session, params.text_document.uri)


def close(session: Session, uri: str) -> None:
    """Forget a document and what the client shows about it."""
    snapshot = session.snapshot(uri)
    session.close(uri)
    if snapshot is not None:
        refresh.soon(session, snapshot.place, _show)
    session.published.pop(uri, None)
    if not session.client.pulls_diagnostics:
        session.outbox.publish(uri, None, [])


def changed_to(session: Session, uri: str) -> None:
    """A document has another text: what depends on other files follows what depends on it alone."""
    update(session, uri)
    snapshot = session.snapshot(uri)
    if snapshot is not None:
        refresh.soon(session, snapshot.place, _show)


def update(session: Session, uri: str) -> None:
    """Push the diagnostics of a document that has changed, if this client does not ask for them."""
    snapshot = session.snapshot(uri)
    if snapshot is None or session.client.pulls_diagnostics:
        return
    found = session.findings.now(snapshot)
    if found is None:
        session.spawn(_publish_later(session, snapshot))
    else:
        _publish(session, snapshot, found)


def update_all(session: Session) -> None:
    """After `session.invalidate()`: push the diagnostics that have changed, or have the client ask again."""
    for snapshot in session.snapshots():
        refresh.soon(session, snapshot.place, _show)
    if not session.client.pulls_diagnostics:
        session.follow_up(_update_each(session))
    else:
        _refresh(session)


def _show(session: Session, uris: Sequence[str]) -> None:
    """Show what is new in some documents."""
    if session.client.pulls_diagnostics:
        _refresh(session)
        return
    for uri in uris:
        update(session, uri)


def _refresh(session: Session) -> None:
    session.outbox.refresh_diagnostics()


async def pull(session: Session, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    """`textDocument/diagnostic`."""
    await refresh.ready(session, params.text_document.uri, _show)
    snapshot = session.snapshot(params.text_document.uri)
    if snapshot is None:
        return await _pull_from_disk(session, params)
    if params.previous_result_id == snapshot.result_id:
        return convert.unchanged_report(snapshot.result_id)
    found = await session.findings.of(snapshot)
    if found is None:
        raise _changed()
    return convert.full_report(snapshot.result_id, _of_snapshot(session, snapshot, found))


async def _pull_from_disk(session: Session, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    """The answer for a document that is not open: the findings of its file. Never clean if it cannot be read."""
    uri = params.text_document.uri
    place, disk, revision = session.folders.place_of(uri), places.disk_path(uri), session.revision
    limit = session.folders.settings(place).max_file_size
    state = read.state(disk) if disk is not None else ""
    result_id = f"{state}-{revision}{mark(session.projects.at(place.root or '', place.path))}"
    if state and params.previous_result_id == result_id:
        return convert.unchanged_report(result_id)
    raw = await session.analysis.beside(lambda: read.text(disk, limit)) if disk is not None and state else None
    if not isinstance(raw, bytes):
        if session.was_closed(uri):
            return convert.full_report(result_id, [])
        # VS Code never asks again about a document for which it is told not to, not even when it opens it.
        if await session.opens(uri, _OPENING):
            return await pull(session, params)
        raise _cancelled("neither open nor a text file")
    document = document_of(raw, place.path)
    looked = await session.findings.look(session.unopened(uri, document, place))
    if uri in session.buffers or session.revision != revision:
        raise _changed()
    session.answered_closed(uri)
    found = of_document(session, looked.findings, uri, document)
    return convert.full_report(result_id, found + ([convert.note(looked.note)] if looked.note else []))


def mark(noted: tuple[Finding, ...]) -> str:
    """What tells, in a result id, what the checks on its app have found in a file; nobody else can make or read it."""
    return f"-{hash(noted):x}" if noted else ""


def _changed() -> JsonRpcException:
    return _cancelled("the document has changed")


def _cancelled(because: str) -> JsonRpcException:
    return JsonRpcException(because, LSPErrorCodes.ServerCancelled, convert.retrigger())


def of_document(session: Session, found: Sequence[Finding], uri: str, document: Document) -> list[types.Diagnostic]:
    """The findings of a document as diagnostics, each with the other places that hold its value."""
    by_secret: dict[Secret, list[Finding]] = {}
    for finding in found:
        if finding.secret is not None:
            by_secret.setdefault(finding.secret, []).append(finding)
    diagnostics = []
    for finding in found:
        same = by_secret[finding.secret] if finding.secret is not None else [finding]
        others = list(islice((other for other in same if other is not finding), _RELATED))
        shown = finding._replace(message=mask_shapes(finding.message))
        diagnostics.append(
            convert.diagnostic(
                shown,
                identity(finding),
                uri,
                document,
                session.client,
                same=others,
                more=len(same) - 1 - len(others),
                others=_elsewhere(session, finding, uri, document),
            )
        )
    return diagnostics


def _elsewhere(session: Session, finding: Finding, uri: str, document: Document) -> Iterator[convert.Elsewhere]:
    """The related places of a finding that are still there."""
    for message, path, span in finding.related:
        where, other = uri, document
        if path != document.path:
            root = session.folders.place_of(uri).root
            raw = None if root is None else session.buffers.tree(root).read(path)
            if root is None or raw is None:
                continue
            where, other = session.buffers.uri_of(root, path), document_of(raw, path)
        yield convert.Elsewhere(where, other, span, mask_shapes(message))


def identity(finding: Finding) -> str:
    """What a finding is called within one state of its document: its rule and where it starts, in bytes."""
    return f"{finding.rule}@{finding.span.start}"


async def _update_each(session: Session) -> None:
    for uri in [snapshot.uri for snapshot in session.snapshots()]:
        snapshot = session.snapshot(uri)
        found = await session.findings.of(snapshot) if snapshot is not None else None
        if snapshot is not None and found is not None and session.published.get(uri) != (snapshot.serial, found):
            _publish(session, snapshot, found)
        await asyncio.sleep(0)  # there may be thousands, and the client may want something meanwhile


async def _publish_later(session: Session, snapshot: Snapshot) -> None:
    found = await session.findings.of(snapshot)
    if found is not None:
        _publish(session, snapshot, found)


def _publish(session: Session, snapshot: Snapshot, found: tuple[Finding, ...]) -> None:
    session.published[snapshot.uri] = (snapshot.serial, found)
    session.outbox.publish(snapshot.uri, snapshot.document.version, _of_snapshot(session, snapshot, found))


def _of_snapshot(session: Session, snapshot: Snapshot, found: Sequence[Finding]) -> list[types.Diagnostic]:
    note = session.findings.note(snapshot.uri)
    return of_document(session, found, snapshot.uri, snapshot.document) + ([convert.note(note)] if note else [])
