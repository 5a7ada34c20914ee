"""Everything sent to the client unasked: diagnostics, messages, questions, edits, progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException, JsonRpcMethodNotFound

from unspill.lsp import convert
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lsprotocol import types
    from pygls.lsp.server import LanguageServer

    from unspill.lsp.capabilities import Client


class Outbox:
    """Sends to one client. Used only in the loop's thread."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._said: set[str] = set()

    # Diagnostics

    def publish(self, uri: str, version: int | None, diagnostics: Sequence[types.Diagnostic]) -> None:
        """Push the diagnostics of a document; `version` is None if it is not open."""
        self._server.text_document_publish_diagnostics(convert.published(uri, version, diagnostics))

    def refresh_diagnostics(self) -> None:
        """Have the client ask again."""
        self._server.workspace_diagnostic_refresh(None)

    def send_ahead(
        self, token: types.ProgressToken, reports: Sequence[types.WorkspaceDocumentDiagnosticReport]
    ) -> None:
        """Send a part of the answer to the request with the token `token`."""
        self._server.progress(convert.partial_result(token, reports))

    # Messages

    def say(self, text: str, level: str = "warning") -> None:
        """Show a message to the user."""
        self._server.window_show_message(convert.message(f"unspill: {mask_shapes(text)}", level))

    def say_once(self, text: str, level: str) -> None:
        """Show a message, unless it was shown since `forget`."""
        if text not in self._said:
            self._said.add(text)
            self.say(text, level)

    def forget(self) -> None:
        """Messages that are shown once may be shown again."""
        self._said.clear()

    async def ask(self, text: str, answers: Sequence[str]) -> str | None:
        """Show a message with buttons. Returns the one that was pressed; None if the message was closed.

        A client that cannot do it is sent the message alone; any other error closes it.
        """
        request = convert.question(f"unspill: {mask_shapes(text)}", answers)
        try:
            pressed = await self._server.window_show_message_request_async(request)
        except JsonRpcMethodNotFound:
            self.say(text, "info")
            return None
        except JsonRpcException:
            return None
        return pressed.title if pressed is not None else None

    async def open_page(self, url: str) -> bool:
        """Have the client open a page in the browser. Returns whether it did.

        It opens no other address: what a rule file says could name a program.
        """
        if not url.lower().startswith(("https://", "http://")):
            return False
        try:
            answer = await self._server.window_show_document_async(convert.page(url))
        except JsonRpcException:
            return False
        return answer is not None and answer.success

    # Edits and settings

    async def apply(self, title: str, edit: types.WorkspaceEdit, client: Client) -> bool:
        """Have the client make an edit. Returns whether it did."""
        try:
            answer = await self._server.workspace_apply_edit_async(convert.apply_edit(title, edit, client))
        except JsonRpcException:  # the client cannot do it at all
            return False
        return answer is not None and answer.applied

    def register(self, methods: Mapping[str, Any]) -> None:
        """Register for the methods, with their options."""
        self._server.client_register_capability(convert.registrations(methods))

    async def configuration(self, section: str, scopes: Iterable[str | None]) -> Sequence[Any]:
        """What the client has set in a section for each scope: the URI of a folder, or None outside all folders."""
        return await self._server.workspace_configuration_async(convert.configuration(section, scopes))

    # Progress

    def begin(self, token: types.ProgressToken, title: str) -> None:
        """Show a progress bar."""
        self._server.work_done_progress.begin(token, convert.progress_begin(title))

    def advance(self, token: types.ProgressToken, text: str) -> None:
        """Update the progress bar."""
        self._server.work_done_progress.report(token, convert.progress_report(text))

    def end(self, token: types.ProgressToken) -> None:
        """Remove the progress bar."""
        self._server.work_done_progress.end(token, convert.progress_end())
