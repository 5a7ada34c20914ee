"""The names of secrets: where each is declared and used, and renaming it in all files of its Space at once.

Files count as the client has them: open documents over the disk. An edit touches names only, in `.env` as elsewhere, so
no value travels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsprotocol.types import LSPErrorCodes
from pygls.exceptions import JsonRpcException

from unspill.lsp import contents, convert, documents
from unspill.shapes import mask_shapes
from unspill.space import names, uses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lsprotocol import types

    from unspill.contract.permissions import TokenNeeds
    from unspill.document import Document
    from unspill.lsp.session import Session
    from unspill.lsp.snapshot import Snapshot
    from unspill.model import Span
    from unspill.project.tree import DiskTree
    from unspill.space import Space
    from unspill.space.uses import Uses
    from unspill.workspace import Workspace, WorkspaceText


_MOST_PLACES = 4
"""How many places a hover names."""


class Found(NamedTuple):
    """A document that mentions the name. `version` is None if it is not open."""

    uri: str
    path: str
    document: Document
    version: int | None
    uses: Uses
    taken: bool
    """Whether it mentions the other name that was asked about."""


class _NameTarget(NamedTuple):
    """The name at a client's position, in a document on the file system."""

    snapshot: Snapshot
    name: str
    span: Span


async def prepare_rename(session: Session, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
    """`textDocument/prepareRename`."""
    target = await _target(session, params.text_document.uri, params.position)
    if target is None:
        return None
    if (reason := _unchangeable(target.name)) is not None:
        raise _refused(session, reason)
    over = convert.range_of(target.snapshot.document, target.span, target.snapshot.client.unit)
    return convert.prepared_rename(over, target.name)


async def rename(session: Session, params: types.RenameParams) -> types.WorkspaceEdit | None:
    """`textDocument/rename`: one edit over code, images, dotenv files and configuration, or an error and why."""
    target = await _target(session, params.text_document.uri, params.position)
    if target is None or params.new_name == target.name:
        return None
    new = params.new_name
    if session.findings.is_secret(new):
        raise _refused(session, "the name looks like a secret value")
    if (reason := _unchangeable(target.name) or names.refusal(new)) is not None:
        raise _refused(session, reason)
    found = await _search(session, target, new)
    if taken := next((one for one in found if one.taken), None):
        raise _refused(session, f"{new} is in use already, in {taken.path}")
    for one in found:
        if one.uses.derived:
            line = one.document.line_at(one.uses.derived[0].start) + 1
            field = one.document.text(one.uses.derived[0])
            where = f"{one.path}, line {line}"
            raise _refused(session, f"{where}: the field {field} reads {target.name}; rename both manually")
        if one.uses.implicit:
            line = one.document.line_at(one.uses.implicit[0].start) + 1
            client = one.document.text(one.uses.implicit[0])
            raise _refused(
                session, f"{one.path}, line {line}: {client} reads {target.name} itself; pass it the value first"
            )
    return convert.workspace_edit(
        [
            convert.FileEdit(one.uri, one.document, one.version, tuple((span, new) for span in one.uses.spans))
            for one in found
            if one.uses.spans
        ],
        target.snapshot.client,
    )


async def references(session: Session, params: types.ReferenceParams) -> list[types.Location] | None:
    """`textDocument/references`."""

    def wanted(of_name: Uses) -> list[Span]:
        every = (*of_name.spans, *of_name.derived, *of_name.implicit)
        return [span for span in every if params.context.include_declaration or span not in of_name.declared]

    return await _locations(session, params, wanted)


async def definition(session: Session, params: types.DefinitionParams) -> list[types.Location] | None:
    """`textDocument/definition`: the line of `.env.example` that declares the name."""
    return await _locations(session, params, lambda of_name: of_name.declared)


async def about(session: Session, params: types.HoverParams) -> tuple[str, Span] | None:
    """What is known of the name at a position: kind, purpose, declared and used where, set or not; and its place."""
    from unspill import space
    from unspill.contract import template
    from unspill.contract.kinds import kind_of
    from unspill.workspace import said_by

    target = await _target(session, params.text_document.uri, params.position)
    if target is None or target.snapshot.place.root is None or session.findings.is_secret(target.name):
        return None
    found = await contents.ask_quietly(session, target.snapshot.place, _searching(target))
    if found is None:
        return None
    tree = session.buffers.tree(target.snapshot.place.root)
    home = space.find(tree, target.snapshot.place.path)
    stored = space.stored(tree, home)
    if target.name not in stored and not any(said_by(one.document).is_variable(target.name) for one in found):
        return None
    markdown, known = target.snapshot.client.reads_markdown, await session.analysis.beside(template.known)
    strong = "**" if markdown else ""
    said = mask_shapes(_comment(found, target.name), session.findings.values())
    declared = _places(found, lambda of_name: of_name.declared)
    used = _places(found, lambda of_name: [span for span in of_name.spans if span not in of_name.declared])
    parts = [
        f"{strong}{target.name}{strong}: {kind_of(target.name, (), known).value}",
        *dict.fromkeys([said, template.about_known(target.name) if target.name in known else ""]),
        f"Declared in {declared}." if declared else "Not declared: no `.env.example` lists it.",
        f"Used in {used}." if used else "",
        "`.env` has a value for it." if stored.get(target.name) else "`.env` has no value for it.",
        await _permissions(session, target),
        f"Space settings: {settings}" if (settings := _settings_page(tree, home)) else "",
    ]
    return mask_shapes("\n\n".join(filter(None, parts)), session.findings.values()), target.span


async def _permissions(session: Session, target: _NameTarget) -> str:
    """What a token for the Hub is needed for, and the page that makes such a one; "" if that is not certain."""
    from unspill import space
    from unspill.contract import permissions

    root, path = target.snapshot.place
    if target.name != permissions.TOKEN or root is None:
        return ""
    tree = session.buffers.tree(root)
    home = space.find(tree, path)

    def work(workspace: Workspace, texts: Iterable[WorkspaceText]) -> TokenNeeds | None:
        return permissions.needs(tree, home, workspace.names(tree, [home], texts))

    needed = await contents.ask_quietly(session, target.snapshot.place, work)
    if needed is None:
        return ""
    link = f"<{needed.link}>" if target.snapshot.client.reads_markdown else needed.link
    return f"{needed.text[:1].upper()}{needed.text[1:]}: {link}"


def _comment(found: Iterable[Found], name: str) -> str:
    """What the first template that declares a name says of it."""
    from unspill.languages import dotenv

    declaring = (one.document for one in found if one.uses.declared and one.document.language == "dotenv")
    return next(filter(None, (dotenv.comment(document, name) for document in declaring)), "")


def _settings_page(tree: DiskTree, home: Space) -> str:
    """The page with the settings of a Space; empty if it is none, or if git has no remote for it."""
    from unspill.project import remotes

    work_tree = tree.work_tree(home.root) if home.sdk else None
    name = remotes.space(work_tree.git) if work_tree is not None else ""
    return f"https://huggingface.co/spaces/{name}/settings" if name else ""


def _places(found: Iterable[Found], wanted: Callable[[Uses], Iterable[Span]]) -> str:
    """The first places that are `wanted`, for people: paths and lines from 1."""
    places = [f"{one.path}:{one.document.line_at(span.start) + 1}" for one in found for span in wanted(one.uses)]
    more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
    return ", ".join(places[:_MOST_PLACES]) + more


async def _locations(
    session: Session, params: types.ReferenceParams | types.DefinitionParams, wanted: Callable[[Uses], Iterable[Span]]
) -> list[types.Location] | None:
    """The `wanted` uses of the name at a position; None if there is no name."""
    target = await _target(session, params.text_document.uri, params.position)
    if target is None:
        return None
    return [
        convert.location(one.uri, one.document, span, target.snapshot.client.unit)
        for one in await _search(session, target)
        for span in wanted(one.uses)
    ]


async def _target(session: Session, uri: str, position: types.Position) -> _NameTarget | None:
    snapshot = session.snapshot(uri)
    if snapshot is None or snapshot.place.root is None:
        return None
    offset = documents.offset_of(snapshot.document, position, snapshot.client.unit)
    found = await session.analysis.parsed(snapshot.document, (), lambda: uses.at(snapshot.document, offset))
    return None if found is None else _NameTarget(snapshot, *found)


def _unchangeable(name: str) -> str | None:
    """Why a name has to stay; None for one that people have given, a bad one too."""
    return None if names.is_public(name) else names.refusal(name)


def _refused(session: Session, reason: str) -> JsonRpcException:
    return JsonRpcException(mask_shapes(reason, session.findings.values()), LSPErrorCodes.RequestFailed)


async def _search(session: Session, target: _NameTarget, other: str = "") -> list[Found]:
    """The documents of the target's Space that mention its name, or `other`, ordered by path."""
    return await contents.ask(session, target.snapshot.place, _searching(target, other))


def _searching(target: _NameTarget, other: str = "") -> Callable[[Workspace, Iterable[WorkspaceText]], list[Found]]:
    """The work of `_search`, for a thread."""

    def work(workspace: Workspace, texts: Iterable[WorkspaceText]) -> list[Found]:
        found = []
        for text, document in workspace.saying(texts, *filter(None, (target.name, other))):
            of_name = uses.find(document, target.name)
            taken = bool(other) and bool(uses.find(document, other).spans)
            if any((of_name.spans, of_name.derived, of_name.implicit)) or taken:
                found.append(Found(text.source, text.path, document, text.version, of_name, taken))
        return found

    return work
