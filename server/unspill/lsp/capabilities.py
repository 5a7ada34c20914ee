"""What the client can do, resolved once from its nested capabilities into one flat value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder, get_capability

if TYPE_CHECKING:
    from unspill.document import Unit

_UNITS: dict[str, Unit] = {
    types.PositionEncodingKind.Utf8: "utf-8",
    types.PositionEncodingKind.Utf16: "utf-16",
    types.PositionEncodingKind.Utf32: "utf-32",
}


class Client(NamedTuple):
    """The client's capabilities, as far as the server asks for them."""

    unit: Unit = "utf-16"
    """What the columns count, by the client's order of preference."""
    pulls_diagnostics: bool = False
    """It asks for diagnostics, so none are pushed: some clients would show both."""
    shows_related: bool = False
    fades_unnecessary: bool = False
    """It shows text that a diagnostic calls unnecessary faded out."""
    shows_disabled_actions: bool = False
    versions_edits: bool = False
    """It takes `documentChanges` with document versions."""
    creates_files: bool = False
    confirms_edits: bool = False
    """It shows edits that are marked so before it makes them."""
    saves_edits: bool = False
    """It can be told that an edit is a refactoring, and then saves what it has changed."""
    has_configuration: bool = False
    """It answers `workspace/configuration`."""
    registers_configuration: bool = False
    registers_watchers: bool = False
    reads_markdown: bool = False
    shows_buttons: bool = False
    """It shows buttons beneath a message."""
    opens_pages: bool = False
    """It opens an address in a browser when asked to."""


_PROMPTING = frozenset(["Neovim"])
"""Clients whose buttons are a prompt that holds up all else until it is answered: too much to ask after each fix."""


def resolve(capabilities: types.ClientCapabilities, name: str = "") -> Client:
    """The flat value for the capabilities and the name of a client, as `initialize` has them."""

    def has(field: str) -> bool:
        return bool(get_capability(capabilities, field))

    operations = get_capability(capabilities, "workspace.workspace_edit.resource_operations") or []
    formats = get_capability(capabilities, "text_document.hover.content_format") or []
    tags = get_capability(capabilities, "text_document.publish_diagnostics.tag_support.value_set") or []
    creates_files = types.ResourceOperationKind.Create in operations
    # Neovim 0.11 asks after each change, and cannot be told that something else has changed.
    refreshes = has("workspace.diagnostics.refresh_support")
    return Client(
        unit=_UNITS[ServerCapabilitiesBuilder.choose_position_encoding(capabilities)],
        pulls_diagnostics=get_capability(capabilities, "text_document.diagnostic") is not None and refreshes,
        shows_related=has("text_document.publish_diagnostics.related_information"),
        fades_unnecessary=types.DiagnosticTag.Unnecessary in tags,
        shows_disabled_actions=has("text_document.code_action.disabled_support"),
        # Neovim handles both kinds of change, and leaves `documentChanges` out of what it states.
        versions_edits=has("workspace.workspace_edit.document_changes") or creates_files,
        creates_files=creates_files,
        confirms_edits=get_capability(capabilities, "workspace.workspace_edit.change_annotation_support") is not None,
        saves_edits=has("workspace.workspace_edit.metadata_support"),
        has_configuration=has("workspace.configuration"),
        registers_configuration=has("workspace.did_change_configuration.dynamic_registration"),
        registers_watchers=has("workspace.did_change_watched_files.dynamic_registration"),
        reads_markdown=types.MarkupKind.Markdown in formats,
        shows_buttons=has("window.show_message.message_action_item") and name not in _PROMPTING,
        opens_pages=has("window.show_document.support"),
    )
