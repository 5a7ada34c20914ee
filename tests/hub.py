"""A Hub on loopback: the secrets, variables and containers of Spaces, and every request that it got.

It answers as the Hub does to the library's requests (shapes: `huggingface_hub`, and the Hub's OpenAPI description).
A container is a snapshot of the names that it was started with.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

from typing_extensions import Self

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = "2026-10-02T08:00:00.000Z"
NOW = "2026-11-30T20:15:00.000Z"
SLOW, CUT_OFF, HTML, REDIRECT = "slow", "cut off", "html", "redirect"


class Sent(NamedTuple):
    """A request as it arrived."""

    method: str
    path: str
    body: str
    token: str

    @property
    def what(self) -> str:
        """Its method and the last part of its path."""
        return f"{self.method} {self.path.partition('?')[0].rpartition('/')[2]}"


class FakeSpace:
    """The state of one Space."""

    def __init__(self, secrets: tuple[str, ...] = (), variables: tuple[str, ...] = (), sdk: str = "gradio") -> None:
        self.secrets = {name: {"value": "", "updatedAt": DAY} for name in secrets}
        self.variables = {name: {"value": "public", "updatedAt": DAY} for name in variables}
        self.sdk = sdk
        self.stages = ["RUNNING"]
        """What the next questions for its stage are answered; the last one stays."""
        self.starts = ["BUILDING", "APP_STARTING", "RUNNING"]
        """The stages after a start."""
        self.containers: list[tuple[dict[str, str], dict[str, str]]] = []

    @property
    def stage(self) -> str:
        """The stage, as the next one who asks hears it."""
        return self.stages.pop(0) if len(self.stages) > 1 else self.stages[0]

    def start(self) -> None:
        """Start a container."""
        self.stages = [*self.stages[-1:], *self.starts]
        kept = [{name: one["value"] for name, one in some.items()} for some in (self.secrets, self.variables)]
        self.containers.append((kept[0], kept[1]))


class FakeHub:
    """A Hub at `address`; `bad` has what to answer in place of the truth, by `METHOD last-part-of-the-path`."""

    def __init__(self, **spaces: FakeSpace) -> None:
        self.spaces = {f"me/{name}": space for name, space in spaces.items()}
        self.sent: list[Sent] = []
        self.bad: dict[str, list[int | str]] = {}
        self.hook: Callable[[Sent], None] = lambda _: None
        """Called with each request before it is answered."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
                sent = Sent(self.command, self.path, body, self.headers.get("authorization", ""))
                hub.sent.append(sent)
                hub.hook(sent)
                hub.answer(self, sent)

            do_GET = do_POST = do_DELETE = do_any  # noqa: N815 - as the base class looks for them

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def asked(self) -> list[str]:
        """All requests, in short."""
        return [sent.what for sent in self.sent]

    def answer(self, handler: BaseHTTPRequestHandler, sent: Sent) -> None:
        """Answer a request, or do what is `bad`."""
        queue = self.bad.get(sent.what, [])
        bad = queue.pop(0) if queue else 0
        if bad == SLOW:
            threading.Event().wait(2)  # tests replace `time.sleep`
        elif bad == CUT_OFF:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        elif bad == HTML:
            _send(handler, 200, b"<html>", {"Content-Type": "text/html"})
        elif bad == REDIRECT:
            _send(handler, 307, b"", {"Location": f"{self.address}/elsewhere"})
        elif bad:
            _send(handler, int(bad), b"{}", _HEADERS.get(int(bad), {}))
        else:
            found = self._found(sent)
            _send(handler, 404 if found is None else 200, json.dumps(found or {}).encode())

    def _found(self, sent: Sent) -> Any:
        parts = sent.path.partition("?")[0].strip("/").split("/")
        space = self.spaces.get("/".join(parts[2:4])) if parts[:2] == ["api", "spaces"] else None
        if space is None:
            return None
        what = parts[4] if len(parts) > 4 else ""
        if what in ("secrets", "variables"):
            return self._settings(space, space.secrets if what == "secrets" else space.variables, sent)
        if what == "pause":
            space.stages = [space.stages[-1], "PAUSED"]
        elif what == "restart":
            space.start()
        elif not what:
            return {"id": "/".join(parts[2:4]), "sdk": space.sdk, "runtime": {"stage": space.stages[-1]}}
        return {"stage": space.stage if what == "runtime" else space.stages[-1]}

    @staticmethod
    def _settings(space: FakeSpace, own: dict[str, dict[str, str]], sent: Sent) -> Any:
        if sent.method != "GET":
            given = json.loads(sent.body)
            if sent.method == "POST":
                own[given["key"]] = {"value": given["value"], "updatedAt": NOW}
            else:
                own.pop(given["key"], None)
            if space.stages[-1] not in ("PAUSED", "SLEEPING", "STOPPED"):
                space.start()
        keys = ("updatedAt",) if own is space.secrets else ("updatedAt", "value")
        return {name: {"key": name, **{key: one[key] for key in keys}} for name, one in own.items()}


_HEADERS = {
    429: {"RateLimit": '"api";r=0;t=55', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'},
    403: {"X-Error-Message": "Due to the organization token policy, this token must be approved"},
}


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    handler.send_response(status)
    for name, value in {
        "Content-Type": "application/json",
        **(headers or {}),
        "Content-Length": str(len(body)),
    }.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
