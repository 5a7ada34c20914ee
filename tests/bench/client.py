"""A language client that does as little as possible, so that what is measured is the server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.bench.measure import Command

_CAPABILITIES = {"textDocument": {"synchronization": {}, "publishDiagnostics": {"versionSupport": True}}}
URI = "file:///bench/app.py"


class Client:
    """A server process and its pipes, as a context manager."""

    def __init__(self, command: Command, env: Mapping[str, str], uri: str = URI) -> None:
        self._process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._version = 0
        self._uri = uri

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._send({"id": "end", "method": "shutdown"})
        self._receive(lambda message: message.get("id") == "end")
        self._send({"method": "exit"})
        self._process.communicate(timeout=30)

    def initialize(self) -> None:
        """Shake hands, up to the server's reply."""
        params = {"processId": None, "rootUri": None, "capabilities": _CAPABILITIES}
        self._send({"id": 0, "method": "initialize", "params": params})
        self._receive(lambda message: message.get("id") == 0)
        self._send({"method": "initialized", "params": {}})

    def open(self, text: str) -> None:
        """Open the document. The empty server has nothing to say about it, so nothing is waited for."""
        item = {"uri": self._uri, "languageId": "python", "version": self._version, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": item}})

    def change(self, text: str) -> int:
        """Change the document, wait for its diagnostics, and give their number."""
        self._version += 1
        document = {"uri": self._uri, "version": self._version}
        params = {"textDocument": document, "contentChanges": [{"text": text}]}
        self._send({"method": "textDocument/didChange", "params": params})
        answer = self._receive(lambda message: message.get("params", {}).get("version") == self._version)
        return len(answer["params"]["diagnostics"])

    def published(self) -> int:
        """Wait for the next diagnostics that the server sends by itself, and give their number."""
        answer = self._receive(lambda message: message.get("method") == "textDocument/publishDiagnostics")
        return len(answer["params"]["diagnostics"])

    @property
    def peak(self) -> int:
        """The most memory that the server has used, in bytes (Linux only)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self, wanted: Any) -> dict[str, Any]:
        assert self._process.stdout is not None
        while True:
            length = 0
            while line := self._process.stdout.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if not length:
                raise RuntimeError("the server has hung up")
            message: dict[str, Any] = json.loads(self._process.stdout.read(length))
            if "method" in message and "id" in message:
                self._send({"id": message["id"], "result": None})
            elif wanted(message):
                return message
