"""A small editor that drives the server in this process, over two pipes, and keeps every byte that the server sends.

It holds buffers, applies edits as the protocol says (with its own idea of positions, so that it can disagree with the
server's), and answers the server's requests.
"""

from __future__ import annotations

import json
import os
import queue
import re
import string
import threading
from importlib import resources
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlparse

from unspill.lsp import framing, server, transport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Self

CLIENTS = Path(__file__).parent / "clients"
CANARIES: set[str] = set()
_PATIENCE = 60.0
"""Seconds after which a test that waits for the server fails instead of hanging."""
_LINE_END = re.compile(r"\r\n|\n|\r")


def token(seed: int) -> str:
    """A made-up Hugging Face token. No server may ever send one: every `Editor` holds that at its end."""
    made = "hf_" + "".join(Random(seed).choices(string.ascii_letters, k=34))
    CANARIES.add(made)
    return made


def capabilities(name: str) -> dict[str, Any]:
    """What a client says it can do, as recorded: VS Code here, the others by pytest-lsp."""
    if name == "vscode":
        recorded = json.loads((CLIENTS / "vscode.json").read_text("utf-8"))
    else:
        file = {"neovim": "neovim_v0.11.0.json", "emacs": "emacs_v29.1.json"}[name]
        recorded = json.loads((resources.files("pytest_lsp.clients") / file).read_text("utf-8"))["capabilities"]
    return dict(recorded)


def offset(text: str, position: dict[str, int], unit: str) -> int:
    """The code point index of a protocol position: a plain model, a character at a time."""
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    ends = [*(match.start() for match in _LINE_END.finditer(text)), len(text)]
    if position["line"] >= len(starts):
        return len(text)
    at, end = starts[position["line"]], ends[position["line"]]
    left = position["character"]
    while at < end and left > 0:
        left -= width(text[at], unit)
        at += 1
    return at


def position(text: str, index: int, unit: str) -> dict[str, int]:
    """The protocol position of a code point index."""
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    line = max(number for number, start in enumerate(starts) if start <= index)
    return {"line": line, "character": sum(width(char, unit) for char in text[starts[line] : index])}


def width(char: str, unit: str) -> int:
    """How many units a character counts."""
    if unit == "utf-32":
        return 1
    return len(char.encode("utf-8")) if unit == "utf-8" else len(char.encode("utf-16-le")) // 2


def edited(text: str, edits: Iterable[dict[str, Any]], unit: str) -> str:
    """`text` after the text edits of one document, whose ranges all count on the text before."""
    places = [
        (offset(text, edit["range"]["start"], unit), offset(text, edit["range"]["end"], unit), number, edit["newText"])
        for number, edit in enumerate(edits)
    ]
    for start, end, _, new in sorted(places, reverse=True):
        text = text[:start] + new + text[end:]
    return text


class Editor:
    """One client and its server, from `initialize` on. Use it as a context manager."""

    def __init__(
        self,
        root: Path | None,
        client: dict[str, Any] | str = "vscode",
        *,
        options: Any = None,
        configuration: Any = None,
        applies: bool = True,
    ) -> None:
        self.root = root
        self.capabilities = capabilities(client) if isinstance(client, str) else client
        self.options = options
        self.configuration = configuration
        self.applies = applies
        self.server = server.build()
        self.session = self.server.session
        self.sent = b""
        """Everything that the server has sent."""
        self.buffers: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.notifications: list[dict[str, Any]] = []
        self.pushed: list[dict[str, Any]] = []
        """The diagnostics that the server has sent by itself, in order."""
        self.requests: list[dict[str, Any]] = []
        self.may_send_values = False
        self.refuses: set[str] = set()
        """Requests of the server that are answered with an error."""
        self.leaves_open: set[str] = set()
        """Requests of the server that are not answered."""
        self.writes_files = True
        """Whether files that are not open are saved after an edit."""
        self.unit = "utf-16"
        self._incoming: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._number = 0
        reader, to_server = os.pipe()
        from_server, writer = os.pipe()
        self._to_server = os.fdopen(to_server, "wb", buffering=0)
        self._from_server = os.fdopen(from_server, "rb", buffering=0)
        self.exit_code: int | None = None
        self._ends = (_Pipe(reader), os.fdopen(writer, "wb"))
        self._threads = [threading.Thread(target=self._serve), threading.Thread(target=self._read)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        if self.capabilities:
            self.initialize()
        return self

    def __exit__(self, *_: object) -> None:
        if self.exit_code is None and not self._to_server.closed:
            self.request("shutdown")
            self.notify("exit")
        self.hang_up()

    def hang_up(self) -> None:
        """Close the client's end and wait for the server to be gone."""
        if not self._to_server.closed:
            self._to_server.close()
        for thread in self._threads:
            thread.join(_PATIENCE)
            assert not thread.is_alive()
        self._from_server.close()
        if not self.may_send_values:
            assert not [canary for canary in CANARIES if canary.encode() in self.sent]

    def _serve(self) -> None:
        self.exit_code = transport.run(self.server, *self._ends)
        self._ends[1].close()

    def _read(self) -> None:
        for message in framing.messages(_Recorder(self)):
            assert isinstance(message, framing.Message)
            self._incoming.put(message.value)
        self._incoming.put(None)

    # What a client says

    def initialize(self) -> dict[str, Any]:
        """Shake hands."""
        folders = [{"uri": self.root.as_uri(), "name": self.root.name}] if self.root else None
        result: dict[str, Any] = self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": self.root.as_uri() if self.root else None,
                "capabilities": self.capabilities,
                "workspaceFolders": folders,
                "initializationOptions": self.options,
            },
        )
        self.unit = result["capabilities"]["positionEncoding"]
        self.notify("initialized", {})
        return result

    def open(self, uri: str, text: str, language: str = "python", version: int = 1) -> None:
        """Open a buffer."""
        self.buffers[uri], self.versions[uri] = text, version
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, *changes: tuple[dict[str, Any] | None, str]) -> None:
        """Change a buffer by (range or None, text), in that order."""
        for span, text in changes:
            old = self.buffers[uri]
            self.buffers[uri] = text if span is None else edited(old, [{"range": span, "newText": text}], self.unit)
        self.versions[uri] += 1
        self.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": self.versions[uri]},
                "contentChanges": [{"text": text, **({"range": span} if span else {})} for span, text in changes],
            },
        )

    def close(self, uri: str) -> None:
        """Close a buffer."""
        del self.buffers[uri], self.versions[uri]
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def diagnostics(self, uri: str) -> list[dict[str, Any]]:
        """The diagnostics of a buffer's present version, as this client gets them: asked for, or pushed."""
        if self.pulls:
            items: list[dict[str, Any]] = self.pull(uri)["items"]
            return items
        version = self.versions.get(uri)
        pushed = self.wait_for(
            "textDocument/publishDiagnostics", lambda params: params["uri"] == uri and params.get("version") == version
        )
        found: list[dict[str, Any]] = pushed["diagnostics"]
        return found

    @property
    def pulls(self) -> bool:
        """Whether the client asks for diagnostics, and can be told to ask again: so they are not pushed."""
        refreshes = self.capabilities.get("workspace", {}).get("diagnostics", {}).get("refreshSupport", False)
        return "diagnostic" in self.capabilities.get("textDocument", {}) and refreshes

    def settled(self, uri: str) -> list[dict[str, Any]]:
        """The diagnostics of a buffer once the checks on its app have been asked about all changes."""
        if not self.pulls:
            self.diagnostics(uri)
        self.messages()  # what was said before is done with once this is answered
        while self.session.projects.is_busy:
            self.messages()
        self.messages()
        if self.pulls:
            return self.diagnostics(uri)
        pushed = [one for one in self.pushed if one["uri"] == uri]
        found: list[dict[str, Any]] = pushed[-1]["diagnostics"]
        return found

    def pull(self, uri: str, previous: str | None = None) -> dict[str, Any]:
        """The answer to `textDocument/diagnostic`."""
        params: dict[str, Any] = {"textDocument": {"uri": uri}}
        if previous is not None:
            params["previousResultId"] = previous
        answer: dict[str, Any] = self.request("textDocument/diagnostic", params)
        return answer

    def actions(
        self, uri: str, span: dict[str, Any], diagnostics: Iterable[dict[str, Any]] = (), only: list[str] | None = None
    ) -> list[dict[str, Any]]:
        """The code actions at a range."""
        context: dict[str, Any] = {"diagnostics": list(diagnostics)}
        if only is not None:
            context["only"] = only
        params = {"textDocument": {"uri": uri}, "range": span, "context": context}
        return self.request("textDocument/codeAction", params) or []

    def apply(self, action: dict[str, Any]) -> None:
        """Choose a code action: its edit is applied, then its command is sent."""
        if "edit" in action:
            assert self._apply(action["edit"])
        if command := action.get("command"):
            self.request("workspace/executeCommand", {k: command[k] for k in ("command", "arguments") if k in command})

    def messages(self) -> list[str]:
        """What the server has shown to the user so far."""
        self.request("textDocument/hover", {"textDocument": {"uri": "none:"}, "position": {"line": 0, "character": 0}})
        return [item["params"]["message"] for item in self.notifications if item["method"] == "window/showMessage"]

    # The wire

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self.send({"method": method, **({} if params is None else {"params": params})})

    def request(self, method: str, params: Any = None) -> Any:
        """Send a request and give its result. Raises RuntimeError with the error's code if it has none."""
        answer = self.answer(method, params)
        if "error" in answer:
            raise RuntimeError(answer["error"]["code"], answer["error"]["message"])
        return answer.get("result")

    def answer(self, method: str, params: Any = None) -> dict[str, Any]:
        """Send a request and give the whole answer."""
        self._number += 1
        number = self._number
        self.send({"id": number, "method": method, **({} if params is None else {"params": params})})
        return self.wait(lambda message: message.get("id") == number and "method" not in message)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        self.send_raw(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def send_raw(self, body: bytes) -> None:
        """Send a message's body."""
        self.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        view = memoryview(data)
        while view:
            view = view[self._to_server.write(view) :]

    def wait(self, wanted: Any) -> dict[str, Any]:
        """The next message that is wanted; the server's requests are answered meanwhile."""
        while True:
            message = self._incoming.get(timeout=_PATIENCE)
            assert message is not None, "the server has hung up"
            if "method" in message and "id" in message:
                self.requests.append(message)
                if message["method"] in self.leaves_open:
                    pass
                elif message["method"] in self.refuses:
                    self.send({"id": message["id"], "error": {"code": -32601, "message": "not supported"}})
                else:
                    result = self._answer(message["method"], message.get("params"))
                    self.send({"id": message["id"], "result": result})
            elif "method" in message:
                self.notifications.append(message)
                if message["method"] == "textDocument/publishDiagnostics":
                    self.pushed.append(message["params"])
            if wanted(message):
                return message

    def wait_for(self, method: str, wanted: Any = lambda _: True) -> dict[str, Any]:
        """The parameters of a notification, or request, that has come or will come; it is taken off the list."""
        for known in (self.notifications, self.requests):
            for message in known:
                if message["method"] == method and wanted(message.get("params")):
                    known.remove(message)
                    return dict(message.get("params") or {})
        message = self.wait(lambda message: message.get("method") == method and wanted(message.get("params")))
        (self.requests if "id" in message else self.notifications).remove(message)
        return dict(message.get("params") or {})

    def _answer(self, method: str, params: Any) -> Any:
        if method == "workspace/configuration":
            return [self.configuration for _ in params["items"]]
        if method == "workspace/applyEdit":
            return {"applied": self.applies and self._apply(params["edit"])}
        return {"success": True} if method == "window/showDocument" else None

    def _apply(self, edit: dict[str, Any]) -> bool:
        changes = edit.get("documentChanges") or [
            {"textDocument": {"uri": uri, "version": None}, "edits": edits} for uri, edits in edit["changes"].items()
        ]
        stale = [
            change
            for change in changes
            if "edits" in change
            and change["textDocument"]["version"] not in (None, self.versions.get(change["textDocument"]["uri"]))
        ]
        if stale:
            return False
        for change in changes:
            if not self.writes_files and change.get("textDocument", change)["uri"] not in self.buffers:
                continue
            if change.get("kind") == "create":
                _path(change["uri"]).touch()
                continue
            uri = change["textDocument"]["uri"]
            if uri in self.buffers:
                self.change(uri, (None, edited(self.buffers[uri], change["edits"], self.unit)))
            else:
                path = _path(uri)
                old = path.read_bytes().decode() if path.exists() else ""
                path.write_bytes(edited(old, change["edits"], self.unit).encode())
        return True


def _path(uri: str) -> Path:
    return Path(unquote(urlparse(uri).path))


class _Pipe:
    """The server's end of a pipe, closed by the one that reads it: its thread may outlive the session for a moment."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, size: int) -> bytes:
        data = os.read(self._descriptor, size)
        if not data:
            os.close(self._descriptor)
        return data


class _Recorder:
    """A stream that remembers what was read."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def read(self, size: int) -> bytes | None:
        data = self._editor._from_server.read(size)
        self._editor.sent += data or b""
        return data


def notebook(root: Path, *cells: tuple[str, str, str]) -> dict[str, Any]:
    """The parameters that open a notebook whose cells are (id, language, text)."""
    uri = (root / "nb.ipynb").as_uri()
    return {
        "notebookDocument": {
            "uri": uri,
            "notebookType": "jupyter-notebook",
            "version": 1,
            "cells": [{"kind": 2, "document": f"{uri}#{name}"} for name, _, _ in cells],
        },
        "cellTextDocuments": [
            {"uri": f"vscode-notebook-cell:{root}/nb.ipynb#{name}", "languageId": language, "version": 1, "text": text}
            for name, language, text in cells
        ],
    }
