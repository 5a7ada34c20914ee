"""Builds the server. `FEATURES` is the one place where methods and their handlers meet."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.protocol import default_converter

import unspill
from unspill.lsp import (
    baseline,
    capabilities,
    code_actions,
    completion,
    configuration,
    convert,
    diagnostics,
    guard,
    guidance,
    hover,
    move,
    names,
    notebooks,
    rotation,
    secrets,
    transport,
    workspace,
    workspace_fixes,
)
from unspill.lsp.outbox import Outbox
from unspill.lsp.session import Session
from unspill.project import streams

if TYPE_CHECKING:
    from collections.abc import Callable

FEATURES: dict[str, tuple[Callable[..., Any], Any]] = {
    types.INITIALIZED: (configuration.initialized, None),
    types.TEXT_DOCUMENT_DID_OPEN: (diagnostics.did_open, None),
    types.TEXT_DOCUMENT_DID_CHANGE: (diagnostics.did_change, None),
    types.TEXT_DOCUMENT_DID_CLOSE: (diagnostics.did_close, None),
    types.TEXT_DOCUMENT_DID_SAVE: (configuration.did_save, convert.save_options()),
    types.NOTEBOOK_DOCUMENT_DID_OPEN: (notebooks.did_open, None),
    types.NOTEBOOK_DOCUMENT_DID_CHANGE: (notebooks.did_change, None),
    types.NOTEBOOK_DOCUMENT_DID_CLOSE: (notebooks.did_close, None),
    types.TEXT_DOCUMENT_CODE_ACTION: (code_actions.code_action, convert.code_action_options()),
    types.TEXT_DOCUMENT_COMPLETION: (completion.complete, convert.completion_options(completion.TRIGGERS)),
    types.TEXT_DOCUMENT_HOVER: (hover.hover, None),
    types.TEXT_DOCUMENT_PREPARE_RENAME: (names.prepare_rename, None),
    types.TEXT_DOCUMENT_RENAME: (names.rename, None),
    types.TEXT_DOCUMENT_REFERENCES: (names.references, None),
    types.TEXT_DOCUMENT_DEFINITION: (names.definition, None),
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: (configuration.did_change_configuration, None),
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: (configuration.did_change_watched_files, None),
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: (configuration.did_change_workspace_folders, None),
}
PULLED: dict[str, tuple[Callable[..., Any], Any]] = {
    types.TEXT_DOCUMENT_DIAGNOSTIC: (diagnostics.pull, convert.diagnostic_options()),
    types.WORKSPACE_DIAGNOSTIC: (workspace.pull, None),
}
"""Advertised only to clients that ask for diagnostics."""
COMMANDS = {
    move.MOVE: move.move_secret,
    move.FIX_ALL: move.fix_all,
    baseline.ADD: baseline.add,
    guidance.SHOW: guidance.show_steps,
    guidance.REVOKE: guidance.open_revoke_page,
    rotation.ADD: rotation.add,
    workspace_fixes.FIX_WORKSPACE: workspace_fixes.fix_workspace,
    secrets.LIST: secrets.list_secrets,
    secrets.DECLARE: secrets.declare_secret,
}


class SessionServer(guard.Server):
    """The server of one session."""

    session: Session


def build() -> SessionServer:
    """A server for one session, not yet connected."""
    server = SessionServer(
        "unspill",
        unspill.__version__,
        text_document_sync_kind=types.TextDocumentSyncKind.Full,
        notebook_document_sync=convert.notebook_options(),
        protocol_cls=guard.Protocol,
        converter_factory=default_converter,
    )
    server.session = session = Session(Outbox(server))
    guard.silence_pygls()

    def register(features: dict[str, tuple[Callable[..., Any], Any]]) -> None:
        for method, (handler, options) in features.items():
            server.feature(method, options)(guard.guarded(session, handler, method))

    def initialize(session: Session, params: types.InitializeParams) -> None:
        session.client = capabilities.resolve(
            params.capabilities, params.client_info.name if params.client_info else ""
        )
        configuration.start(session, params)
        if session.client.pulls_diagnostics:
            register(PULLED)
        if params.process_id is not None:
            session.spawn(transport.watch(params.process_id, server.protocol.finish))

    server.feature(types.INITIALIZE)(guard.guarded(session, initialize, types.INITIALIZE))
    register(FEATURES)
    for name, handler in COMMANDS.items():
        server.command(name)(guard.guarded(session, handler, name))
    return server


def serve(
    *, stdio: bool = True, tcp: tuple[str, int] | None = None, debug: bool = False, log_file: str | None = None
) -> int:
    """Serve one client over standard input and output, or over TCP at (host, port). Returns the exit code.

    The log goes to standard error: what went wrong; or to the end of a file: when a session began and ended as well.
    `debug` logs each message's method, id and size, and nothing of its content. Raises UserError for a file or port
    that cannot be used.
    """
    usual = logging.WARNING if log_file is None else logging.INFO
    guard.log_to(sys.stderr if log_file is None else streams.log(log_file), logging.DEBUG if debug else usual)
    guard.log.info("unspill %s, process %d", unspill.__version__, os.getpid())
    if tcp is None and not stdio:
        raise ValueError("a server needs stdio or an address")
    reader, writer = transport.tcp(*tcp) if tcp else transport.stdio()
    code = transport.run(build(), reader, writer, overdue=lambda: os._exit(1))
    guard.log.info("process %d ends, exit code %d", os.getpid(), code)
    return code
