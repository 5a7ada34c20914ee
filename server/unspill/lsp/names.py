"""The names of secrets: where each is declared and used, and renaming it in all files of its Space at once.

Files count as the client has them: open documents over the disk. An edit touches names only, in `.env` as elsewhere, so
no value travels.
"""

from __future__ import annotations

import os
import posixpath
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol.types import LSPErrorCodes
from pygls.exceptions import JsonRpcException

from unspill import space
from unspill.document import Document, decode
from unspill.languages import language_of
from unspill.lsp import convert, documents, places
from unspill.settings import Settings
from unspill.space import names, uses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lsprotocol import types

    from unspill.lsp.session import Session, Snapshot
    from unspill.model import Span, Tree
    from unspill.space.uses import Uses

_MOST_FILES = 10_000
"""A rename that could not look at all files would break what it left out."""


class Found(NamedTuple):
    """A document that says the name. `version` is None if it is not open."""

    uri: str
    path: str
    document: Document
    version: int | None
    uses: Uses
    taken: bool
    """Whether it says the other name that was asked about."""


class _Target(NamedTuple):
    """The name at a client's position."""

    snapshot: Snapshot
    root: str
    name: str
    span: Span


def prepare_rename(session: Session, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
    """`textDocument/prepareRename`."""
    target = _target(session, params.text_document.uri, params.position)
    if target is None:
        return None
    if (reason := names.refusal(target.name)) is not None:
        raise _refused(session, reason)
    over = convert.range_of(target.snapshot.document, target.span, session.client.unit)
    return convert.prepared_rename(over, target.name)


async def rename(session: Session, params: types.RenameParams) -> types.WorkspaceEdit | None:
    """`textDocument/rename`: one edit over code, images, dotenv files and configuration, or an error that says why."""
    target = _target(session, params.text_document.uri, params.position)
    if target is None or params.new_name == target.name:
        return None
    new = params.new_name
    for name in (target.name, new):
        if (reason := names.refusal(name)) is not None:
            raise _refused(session, reason)
    if session.redact(new) != new:
        raise _refused(session, "that looks like a secret; name what it is for")
    found = await _search(session, target, new)
    if taken := next((one for one in found if one.taken), None):
        raise _refused(session, f"{new} is in use already, in {taken.path}")
    for one in found:
        if one.uses.derived:
            line = one.document.line_at(one.uses.derived[0].start) + 1
            field = one.document.text(one.uses.derived[0])
            where = f"{one.path}, line {line}"
            raise _refused(session, f"{where}: the field {field} stands for {target.name}; rename both by hand")
    return convert.workspace_edit(
        [
            convert.FileEdit(one.uri, one.document, one.version, tuple((span, new) for span in one.uses.spans))
            for one in found
            if one.uses.spans
        ],
        session.client,
    )


async def references(session: Session, params: types.ReferenceParams) -> list[types.Location] | None:
    """`textDocument/references`."""
    target = _target(session, params.text_document.uri, params.position)
    if target is None:
        return None
    return [
        convert.location(one.uri, one.document, span, session.client.unit)
        for one in await _search(session, target)
        for span in (*one.uses.spans, *one.uses.derived)
        if params.context.include_declaration or span not in one.uses.declared
    ]


async def definition(session: Session, params: types.DefinitionParams) -> list[types.Location] | None:
    """`textDocument/definition`: the line of `.env.example` that declares the name."""
    target = _target(session, params.text_document.uri, params.position)
    if target is None:
        return None
    return [
        convert.location(one.uri, one.document, span, session.client.unit)
        for one in await _search(session, target)
        for span in one.uses.declared
    ]


def _target(session: Session, uri: str, position: types.Position) -> _Target | None:
    snapshot = session.snapshot(uri)
    if snapshot is None or snapshot.place.root is None:
        return None
    offset = documents.offset_of(snapshot.document, position, session.client.unit)
    found = uses.at(snapshot.document, offset)
    return None if found is None else _Target(snapshot, snapshot.place.root, *found)


def _refused(session: Session, reason: str) -> JsonRpcException:
    return JsonRpcException(session.redact(reason), LSPErrorCodes.RequestFailed)


async def _search(session: Session, target: _Target, other: str = "") -> list[Found]:
    """The documents of the target's Space that say its name, or `other`, in the order of path."""
    opened: dict[str, list[Snapshot]] = {}
    for snapshot in session.snapshots():
        if snapshot.place.root == target.root:
            opened.setdefault(snapshot.place.path, []).append(snapshot)
    tree = session.tree(target.root)
    work = partial(_look, tree, target, other, opened)
    found = await session.analysis.beside(lambda: list(work()))
    return sorted(found, key=lambda one: (one.path, one.uri))


def _look(tree: Tree, target: _Target, other: str, opened: Mapping[str, Sequence[Snapshot]]) -> Iterator[Found]:
    """Every document of the Space that says a name. Runs beside the loop, so it reads nothing of the session."""
    home = space.find(tree, target.snapshot.place.path).root
    homes: dict[str, str] = {}
    for path in sorted({*opened, *_paths(target.root, home)}):
        folder = posixpath.dirname(path)
        if folder not in homes:
            homes[folder] = space.find(tree, path).root
        if homes[folder] != home:
            continue
        # The cells of a notebook are documents; its file is not to be changed under them.
        states: list[tuple[str, Document, int | None]] = [
            (snapshot.uri, snapshot.document, snapshot.document.version) for snapshot in opened.get(path, ())
        ]
        for uri, document, version in states or _on_disk(tree, target.root, path):
            found = uses.find(document, target.name)
            taken = bool(other) and bool(uses.find(document, other).spans)
            if found.spans or found.derived or taken:
                yield Found(uri, path, document, version, found, taken)


def _paths(root: str, home: str) -> Iterator[str]:
    """The files below a folder of a root that a scan would look at, whatever the settings exclude."""
    from unspill.project.tree import DiskTree
    from unspill.project.walk import File, Walk

    folder = os.path.realpath(places.file_path(root, home))
    files = Walk(lambda _tree, _path: Settings(), folder, tree=DiskTree).files([folder])
    for count, file in enumerate(files):
        if count >= _MOST_FILES:
            raise JsonRpcException(f"there are more than {_MOST_FILES} files to look at", LSPErrorCodes.RequestFailed)
        if isinstance(file, File):
            yield posixpath.join(home, os.path.relpath(file.disk, folder).replace(os.sep, "/"))


def _on_disk(tree: Tree, root: str, path: str) -> list[tuple[str, Document, int | None]]:
    from unspill.project import read

    raw = tree.read(path)
    if raw is None or read.is_binary(raw[:8192]) or len(raw) > Settings().max_file_size:
        return []
    data, encoding = decode(raw)
    return [(places.file_uri(root, path), Document(data, path, language_of(path).id, 0, encoding), None)]
