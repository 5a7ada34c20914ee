"""Diagnostics: pushed after every change, or answered when the client asks, by what the client can do; never both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol.types import LSPErrorCodes
from pygls.exceptions import JsonRpcException

from unspill.lsp import convert

if TYPE_CHECKING:
    from lsprotocol import types

    from unspill.lsp.session import Session, Snapshot
    from unspill.model import Finding


def did_open(session: Session, params: types.DidOpenTextDocumentParams) -> None:
    """`textDocument/didOpen`."""
    session.open(params.text_document)
    update(session, params.text_document.uri)


def did_change(session: Session, params: types.DidChangeTextDocumentParams) -> None:
    """`textDocument/didChange`."""
    session.change(params.text_document, params.content_changes)
    update(session, params.text_document.uri)


def did_close(session: Session, params: types.DidCloseTextDocumentParams) -> None:
    """`textDocument/didClose`."""
    close(session, params.text_document.uri)


def close(session: Session, uri: str) -> None:
    """Forget a document and what the client shows about it."""
    session.close(uri)
    if not session.client.pulls_diagnostics:
        session.server.text_document_publish_diagnostics(convert.published(uri, None, []))


def update(session: Session, uri: str) -> None:
    """Push the diagnostics of a document that has changed, if this client does not ask for them."""
    snapshot = session.snapshot(uri)
    if snapshot is None or session.client.pulls_diagnostics:
        return
    found = session.findings_now(snapshot)
    if found is None:
        session.spawn(_publish_later(session, snapshot))
    else:
        _publish(session, snapshot, found)


def update_all(session: Session) -> None:
    """After `session.invalidate()`: push all diagnostics anew, or have the client ask again."""
    if not session.client.pulls_diagnostics:
        for snapshot in session.snapshots():
            update(session, snapshot.uri)
    elif session.client.refreshes_diagnostics:
        session.server.workspace_diagnostic_refresh(None)


async def pull(session: Session, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    """`textDocument/diagnostic`."""
    snapshot = session.snapshot(params.text_document.uri)
    if snapshot is None:
        return convert.full_report("", [])
    if params.previous_result_id == snapshot.result_id:
        return convert.unchanged_report(snapshot.result_id)
    found = await session.findings(snapshot)
    if found is None:
        raise JsonRpcException("the document has changed", LSPErrorCodes.ServerCancelled, convert.retrigger())
    return convert.full_report(snapshot.result_id, diagnostics(session, snapshot, found))


def diagnostics(session: Session, snapshot: Snapshot, found: tuple[Finding, ...]) -> list[types.Diagnostic]:
    """The findings of a document as diagnostics."""
    return [diagnostic(session, snapshot, finding, found) for finding in found]


def diagnostic(
    session: Session, snapshot: Snapshot, finding: Finding, found: tuple[Finding, ...]
) -> types.Diagnostic:
    """One of the findings of a document as a diagnostic."""
    same = [
        other for other in found if other is not finding and finding.secret is not None and other.secret == finding.secret
    ]
    return convert.diagnostic(
        finding, identity(finding), snapshot.uri, snapshot.document, session.client, same
    )


def identity(finding: Finding) -> str:
    """What a finding is called within one state of its document: its rule and where it starts, in bytes."""
    return f"{finding.rule}@{finding.span.start}"


async def _publish_later(session: Session, snapshot: Snapshot) -> None:
    found = await session.findings(snapshot)
    if found is not None:
        _publish(session, snapshot, found)


def _publish(session: Session, snapshot: Snapshot, found: tuple[Finding, ...]) -> None:
    session.server.text_document_publish_diagnostics(
        convert.published(snapshot.uri, snapshot.document.version, diagnostics(session, snapshot, found))
    )
