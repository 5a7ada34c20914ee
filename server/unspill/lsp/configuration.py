"""Settings: from the client and from the files of its folders, and what happens when either changes."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from unspill.languages import language_of
from unspill.lsp import convert, diagnostics, places
from unspill.project import staging
from unspill.space import TEMPLATES
from unspill.suppress import BASELINE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unspill.lsp.session import Session

SECTION = "unspill"
# Files that decide what is found, where names are declared, and what a folder is.
_DECISIVE = (
    "unspill.toml",
    "pyproject.toml",
    ".gitignore",
    ".dockerignore",
    ".env",
    *TEMPLATES,
    BASELINE,
    "README.md",
    "Dockerfile",
)


def start(session: Session, params: types.InitializeParams) -> None:
    """Take the folders and options of `initialize`."""
    folders = [folder.uri for folder in params.workspace_folders or ()]
    if not folders and params.root_uri:
        folders = [params.root_uri]
    for uri in folders:
        session.folders.add(uri)
    session.folders.options = _section(params.initialization_options)
    session.folders.editor = {None: session.folders.options}


async def initialized(session: Session, _params: types.InitializedParams) -> None:
    """`initialized`: clear up after fixes that were interrupted, ask for the settings, and to hear of changes."""
    for folder in session.folders.paths.values():
        staging.clear(folder)
    client = session.client
    methods: dict[str, Any] = {}
    if client.registers_configuration:
        methods[types.WORKSPACE_DID_CHANGE_CONFIGURATION] = convert.configuration_section(SECTION)
    if client.registers_watchers:
        methods[types.WORKSPACE_DID_CHANGE_WATCHED_FILES] = convert.watchers(f"**/{name}" for name in _DECISIVE)
    if methods:
        session.outbox.register(methods)
    await _pull(session)


async def did_change_configuration(session: Session, params: types.DidChangeConfigurationParams) -> None:
    """`workspace/didChangeConfiguration`. Clients that answer `workspace/configuration` send nothing of use here."""
    if session.client.has_configuration:
        await _pull(session)
    else:
        _take(session, {None: _section(params.settings)})


def did_change_watched_files(session: Session, _params: types.DidChangeWatchedFilesParams) -> None:
    """`workspace/didChangeWatchedFiles`."""
    again(session)


def did_save(session: Session, params: types.DidSaveTextDocumentParams) -> None:
    """`textDocument/didSave`: what a watcher would report, for clients without one."""
    name = posixpath.basename(places.place_of(params.text_document.uri, ()).path)
    if name in _DECISIVE or language_of(name).id in ("dotenv", "dockerfile"):
        again(session)


async def did_change_workspace_folders(session: Session, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """`workspace/didChangeWorkspaceFolders`."""
    for folder in params.event.removed:
        session.folders.paths.pop(folder.uri, None)
    for folder in params.event.added:
        session.folders.add(folder.uri)
    session.replace()
    again(session)
    await _pull(session)


async def _pull(session: Session) -> None:
    if not session.client.has_configuration:
        return
    scopes: list[str | None] = [None, *session.folders.paths]
    answers = await session.outbox.configuration(SECTION, scopes)
    known = {scope: _section(answer) for scope, answer in zip(scopes, answers, strict=False) if answer is not None}
    _take(session, {None: session.folders.options, **known})


def _take(session: Session, editor: dict[str | None, Mapping[str, object]]) -> None:
    before, session.folders.editor = session.folders.editor, editor
    # Every client is asked right after the start, and mostly for nothing.
    if any(editor[scope] != before.get(scope, before[None]) for scope in editor):
        again(session)


def again(session: Session) -> None:
    """What findings depend on has changed: show them again."""
    session.invalidate()
    diagnostics.update_all(session)


def _section(value: Any) -> Mapping[str, object]:
    """The settings in what a client sends: some send the section, some what it is in."""
    if not isinstance(value, dict):
        return {}
    own = value.get(SECTION, value)
    if not isinstance(own, dict):
        return {}
    return {key: item for key, item in own.items() if item is not None}
