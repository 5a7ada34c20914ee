"""The only place that builds protocol values; everything else uses findings, spans and documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from lsprotocol import types

from unspill.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from unspill.document import Document, Unit
    from unspill.lsp.capabilities import Client
    from unspill.model import Finding, Span

FIX_ALL = "source.fixAll.unspill"
SOURCE = "unspill"
_CONFIRM = "confirm"
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
    Severity.HINT: types.DiagnosticSeverity.Hint,
}


class FileEdit(NamedTuple):
    """What changes in one file. `document` is what the edits count on; `version` is None unless the file is open."""

    uri: str
    document: Document
    version: int | None
    edits: tuple[tuple[Span, str], ...]
    is_new: bool = False


class Offer(NamedTuple):
    """A name to offer as a completion."""

    name: str
    detail: str
    """Its kind, and whether it is declared and has a value."""
    about: str
    """What it is for, and where to get it."""
    order: int
    """0 for names of the project, 1 for those that only the rules know."""


class Elsewhere(NamedTuple):
    """A place related to a finding, and how it is related."""

    uri: str
    document: Document
    span: Span
    message: str


# Places


def range_of(document: Document, span: Span, unit: Unit) -> types.Range:
    """A span as the client counts."""
    start, end = document.position(span.start, unit), document.position(span.end, unit)
    return types.Range(types.Position(start.line, start.column), types.Position(end.line, end.column))


# Diagnostics


def diagnostic(
    finding: Finding,
    identity: str,
    uri: str,
    document: Document,
    client: Client,
    *,
    same: Sequence[Finding] = (),
    more: int = 0,
    others: Iterable[Elsewhere] = (),
) -> types.Diagnostic:
    """A finding as a diagnostic.

    Its code links to where to revoke the secret, if that is known. `same` are other places of the document with the
    same value, `more` is how many there are besides these, and `others` are places related to it in another way.
    """
    rest = f", as in {more} more {'place' if more == 1 else 'places'}" if more else ""
    related = [
        types.DiagnosticRelatedInformation(
            types.Location(uri, range_of(document, other.span, client.unit)),
            f"the same value{rest if other is same[-1] else ''}",
        )
        for other in same
    ] + [
        types.DiagnosticRelatedInformation(types.Location(place, range_of(other, span, client.unit)), message)
        for place, other, span, message in others
    ]
    return types.Diagnostic(
        range=range_of(document, finding.span, client.unit),
        message=finding.message,
        severity=_SEVERITIES[finding.severity],
        code=finding.rule,
        code_description=types.CodeDescription(finding.revoke) if finding.revoke else None,
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if client.fades_unnecessary and finding.traits.is_unnecessary else None,
        related_information=related if related and client.shows_related else None,
        data={"finding": identity},
    )


def note(text: str) -> types.Diagnostic:
    """A note about a whole document, shown at its start."""
    start = types.Position(0, 0)
    return types.Diagnostic(types.Range(start, start), text, types.DiagnosticSeverity.Information, source=SOURCE)


def published(uri: str, version: int | None, diagnostics: Sequence[types.Diagnostic]) -> types.PublishDiagnosticsParams:
    """Diagnostics to push; none of them clears what the client shows."""
    return types.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=diagnostics)


def full_report(result_id: str, diagnostics: Sequence[types.Diagnostic]) -> types.RelatedFullDocumentDiagnosticReport:
    """The answer to a pull."""
    return types.RelatedFullDocumentDiagnosticReport(items=diagnostics, result_id=result_id)


def unchanged_report(result_id: str) -> types.RelatedUnchangedDocumentDiagnosticReport:
    """The answer to a pull when nothing has changed since `result_id`."""
    return types.RelatedUnchangedDocumentDiagnosticReport(result_id=result_id)


def workspace_full_report(
    uri: str, result_id: str | None, diagnostics: Sequence[types.Diagnostic]
) -> types.WorkspaceFullDocumentDiagnosticReport:
    """One file's part of the answer to a workspace pull. Files that are not open have no version."""
    return types.WorkspaceFullDocumentDiagnosticReport(uri=uri, version=None, items=diagnostics, result_id=result_id)


def workspace_unchanged_report(uri: str, result_id: str) -> types.WorkspaceUnchangedDocumentDiagnosticReport:
    """One file's part of the answer to a workspace pull when nothing has changed since `result_id`."""
    return types.WorkspaceUnchangedDocumentDiagnosticReport(uri=uri, version=None, result_id=result_id)


def workspace_report(
    items: Sequence[types.WorkspaceDocumentDiagnosticReport],
) -> types.WorkspaceDiagnosticReport:
    """The answer to a workspace pull."""
    return types.WorkspaceDiagnosticReport(items=items)


def partial_result(
    token: types.ProgressToken, items: Sequence[types.WorkspaceDocumentDiagnosticReport]
) -> types.ProgressParams:
    """A part of the answer to a workspace pull, sent ahead."""
    return types.ProgressParams(token=token, value=types.WorkspaceDiagnosticReportPartialResult(items=items))


def progress_begin(title: str) -> types.WorkDoneProgressBegin:
    """Begins a progress bar."""
    return types.WorkDoneProgressBegin(title=title)


def progress_report(text: str) -> types.WorkDoneProgressReport:
    """Updates a progress bar."""
    return types.WorkDoneProgressReport(message=text)


def progress_end() -> types.WorkDoneProgressEnd:
    """Ends a progress bar."""
    return types.WorkDoneProgressEnd()


def retrigger() -> types.DiagnosticServerCancellationData:
    """The data of an error that asks the client to pull again."""
    return types.DiagnosticServerCancellationData(retrigger_request=True)


# Actions and edits


def command(title: str, name: str, arguments: Sequence[Any]) -> types.Command:
    """A command that the client sends back when its action is chosen."""
    return types.Command(title=title, command=name, arguments=list(arguments))


def quick_fix(
    title: str,
    diagnostics: Sequence[types.Diagnostic],
    *,
    preferred: bool = False,
    edit: types.WorkspaceEdit | None = None,
    run: types.Command | None = None,
) -> types.CodeAction:
    """A fix of one finding, as an edit or as a command."""
    return types.CodeAction(
        title=title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=diagnostics,
        is_preferred=preferred or None,
        edit=edit,
        command=run,
    )


def disabled_fix(title: str, reason: str, diagnostics: Sequence[types.Diagnostic]) -> types.CodeAction:
    """A disabled action with its reason."""
    return types.CodeAction(
        title=title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=diagnostics,
        disabled=types.CodeActionDisabled(reason),
    )


def fix_all(title: str, run: types.Command) -> types.CodeAction:
    """The source action that applies every safe fix of a document."""
    return types.CodeAction(title=title, kind=FIX_ALL, command=run)


def workspace_edit(files: Iterable[FileEdit], client: Client, confirm: str = "") -> types.WorkspaceEdit:
    """Edits of several files as one edit, in the richest form that the client takes.

    With `confirm`, a label for all of them, the client asks before it makes them, if it can.
    """
    if not client.versions_edits:
        return types.WorkspaceEdit(changes={file.uri: _text_edits(file, client.unit) for file in files})
    label = _CONFIRM if confirm and client.confirms_edits else None
    changes: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
    for file in files:
        if file.is_new and client.creates_files:
            options = types.CreateFileOptions(ignore_if_exists=True)
            changes.append(types.CreateFile(uri=file.uri, options=options, annotation_id=label))
        identifier = types.OptionalVersionedTextDocumentIdentifier(uri=file.uri, version=file.version)
        edits = _text_edits(file, client.unit)
        marked = [types.AnnotatedTextEdit(label, edit.range, edit.new_text) for edit in edits] if label else edits
        changes.append(types.TextDocumentEdit(identifier, marked))
    annotations = {label: types.ChangeAnnotation(confirm, needs_confirmation=True)} if label else None
    return types.WorkspaceEdit(document_changes=changes, change_annotations=annotations)


def apply_edit(label: str, edit: types.WorkspaceEdit, client: Client) -> types.ApplyWorkspaceEditParams:
    """The request to apply an edit, and to save it if the client does that: `.gitignore` is of use on disk only."""
    metadata = types.WorkspaceEditMetadata(is_refactoring=True) if client.saves_edits else None
    return types.ApplyWorkspaceEditParams(edit=edit, label=label, metadata=metadata)


def _text_edits(file: FileEdit, unit: Unit) -> list[types.TextEdit]:
    if file.is_new:
        # Neovim counts an empty buffer as one line and would leave it behind the text.
        text = "".join(text for _, text in file.edits)
        return [types.TextEdit(types.Range(types.Position(0, 0), types.Position(1, 0)), text)]
    edits = (_before_last_line_end(file.document.data, span, text) for span, text in file.edits)
    return [types.TextEdit(range_of(file.document, span, unit), text) for span, text in edits]


def _before_last_line_end(data: bytes, span: Span, text: str) -> tuple[Span, str]:
    """The same edit; lines that are added after the last are put before its end, or Neovim adds an empty one."""
    for end in ("\r\n", "\n"):
        if span.start == len(data) and data.endswith(end.encode()) and text.endswith(end):
            at = len(data) - len(end)
            return span._replace(start=at, end=at), end + text.removesuffix(end)
    return span, text


# Names


def location(uri: str, document: Document, span: Span, unit: Unit) -> types.Location:
    """A place in a document."""
    return types.Location(uri, range_of(document, span, unit))


def prepared_rename(over: types.Range, name: str) -> types.PrepareRenamePlaceholder:
    """The range that would be renamed, and its present name."""
    return types.PrepareRenamePlaceholder(range=over, placeholder=name)


# Everything else


def hover(text: str, markdown: bool, over: types.Range) -> types.Hover:
    """A hover over a range."""
    kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
    return types.Hover(types.MarkupContent(kind, text), over)


def message(text: str, level: str = "warning") -> types.ShowMessageParams:
    """A message to show: `error`, `warning` or `info`."""
    return types.ShowMessageParams(types.MessageType[level.capitalize()], text)


def question(text: str, answers: Iterable[str]) -> types.ShowMessageRequestParams:
    """A message to show with buttons."""
    actions = [types.MessageActionItem(answer) for answer in answers]
    return types.ShowMessageRequestParams(types.MessageType.Info, text, actions)


def completions(offers: Iterable[Offer], over: types.Range, *, is_incomplete: bool) -> types.CompletionList:
    """Names that may replace the word at `over`; the client asks again as that grows, if there are more."""
    items = [
        types.CompletionItem(
            one.name,
            kind=types.CompletionItemKind.Constant,
            detail=one.detail,
            documentation=one.about,
            sort_text=f"{one.order}{one.name}",
            text_edit=types.TextEdit(over, one.name),
        )
        for one in offers
    ]
    return types.CompletionList(is_incomplete=is_incomplete, items=items)


def completion_options(triggers: Sequence[str]) -> types.CompletionOptions:
    """When to ask for completions."""
    return types.CompletionOptions(trigger_characters=triggers)


def page(url: str) -> types.ShowDocumentParams:
    """The request to open a page in the browser."""
    return types.ShowDocumentParams(url, external=True)


def configuration(section: str, scopes: Iterable[str | None]) -> types.ConfigurationParams:
    """The request for a section of the client's settings, once for each scope (a folder's URI, or None)."""
    return types.ConfigurationParams([types.ConfigurationItem(scope_uri=scope, section=section) for scope in scopes])


def registrations(methods: Mapping[str, Any]) -> types.RegistrationParams:
    """The request to register methods with their options."""
    return types.RegistrationParams(
        [
            types.Registration(id=f"unspill-{method}", method=method, register_options=options)
            for method, options in methods.items()
        ]
    )


def watchers(globs: Iterable[str]) -> types.DidChangeWatchedFilesRegistrationOptions:
    """Options that ask for changes of the files that match any of `globs`."""
    return types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(glob) for glob in globs])


def configuration_section(section: str) -> types.DidChangeConfigurationRegistrationOptions:
    """Options that ask for changes of one section of the settings."""
    return types.DidChangeConfigurationRegistrationOptions(section=section)


# What the server announces


def code_action_options() -> types.CodeActionOptions:
    """The kinds of code actions."""
    return types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL])


def diagnostic_options() -> types.DiagnosticOptions:
    """A document's diagnostics depend on no other document."""
    return types.DiagnosticOptions(inter_file_dependencies=False, workspace_diagnostics=True, identifier=SOURCE)


def save_options() -> types.SaveOptions:
    """Saving notifications need not include the text."""
    return types.SaveOptions(include_text=False)


def notebook_options() -> types.NotebookDocumentSyncOptions:
    """Every cell of every notebook."""
    return types.NotebookDocumentSyncOptions([types.NotebookDocumentFilterWithNotebook(notebook="*")])
