"""A TLS server that stands for all providers, a proxy, and a client that reaches nothing but them."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import ssl
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import trustme
from unspill import rules
from unspill.net.client import HttpsClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from unspill.providers import Proof

OTHERS = ("gitlab.corp.example", "langfuse.corp.example", "cache-1.upstash.example", "abc.supabase.example")
"""Hosts that projects name."""


class Received(NamedTuple):
    """A request as it arrived."""

    method: str
    host: str
    target: str
    headers: dict[str, str]
    """With names in lower case."""
    body: bytes

    @property
    def text(self) -> str:
        """All of it, with HTTP Basic decoded."""
        basic = self.headers.get("authorization", "").partition("Basic ")[2]
        decoded = base64.b64decode(basic).decode() if basic else ""
        return "\n".join([self.method, self.target, *self.headers.values(), decoded, self.body.decode()])


class Reply(NamedTuple):
    """What a server does."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    cut_off: bool = False
    """Whether the connection ends in the middle of the body."""
    drips: bool = False
    """Whether a byte comes now and then, without end."""


def reply(status: int, content: Any = None, **headers: str) -> Reply:
    """A reply with JSON."""
    found = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Reply(status, json.dumps({} if content is None else content).encode(), tuple(found.items()))


def content(proof: Proof) -> Any:
    """JSON that has what a proof wants at its paths."""
    made: dict[str, Any] = {}
    for path, value in proof.json:
        at: Any = made
        names = path.split(".")
        for name, following in zip(names, [*names[1:], ""], strict=True):
            new: Any = value if not following else [{}] if following == "0" else {}
            if isinstance(at, list):
                at = at[0]
                if name == "0":
                    continue
            at = at.setdefault(name, new)
    return made


class Providers:
    """The server; what it answers can be changed at any time."""

    def __init__(self, certificates: ssl.SSLContext) -> None:
        self.received: list[Received] = []
        self.answers: Callable[[Received], Reply] = lambda _: Reply()
        providers = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                with contextlib.suppress(OSError):
                    super().handle_one_request()

            def _answer(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                received = Received(self.command, headers.get("host", ""), self.path, headers, body)
                providers.received.append(received)
                _write(self, providers.answers(received))

            do_GET = do_POST = do_DELETE = _answer  # noqa: N815  # names of http.server

            def log_message(self, *_: Any) -> None:
                """Nothing is logged."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def finish_request(self, request: Any, client_address: Any) -> None:
                with contextlib.suppress(OSError), certificates.wrap_socket(request, server_side=True) as secured:
                    super().finish_request(secured, client_address)

            def handle_error(self, *_: Any) -> None:
                """A client that goes away is no error."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _write(handler: BaseHTTPRequestHandler, said: Reply) -> None:
    handler.close_connection = True
    lines = [f"HTTP/1.1 {said.status} X", *(f"{name}: {value}" for name, value in said.headers)]
    length = 10**9 if said.cut_off or said.drips else len(said.body)
    handler.wfile.write("\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode() + said.body)
    while said.drips:
        handler.wfile.write(b" ")


class Tunnels:
    """A proxy that knows CONNECT, and leads to one port whatever is asked for."""

    def __init__(self, port: int, status: int = 200) -> None:
        self.asked: list[bytes] = []
        self._port, self._status = port, status
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                wire, _ = self._listener.accept()
                threading.Thread(target=self._tunnel, args=(wire,), daemon=True).start()

    def _tunnel(self, wire: socket.socket) -> None:
        with contextlib.suppress(OSError), wire:
            asked = b""
            while not asked.endswith(b"\r\n\r\n"):
                asked += wire.recv(1)
            self.asked.append(asked)
            wire.sendall(f"HTTP/1.1 {self._status} X\r\n\r\n".encode())
            if self._status != 200:
                return
            with socket.create_connection(("127.0.0.1", self._port)) as further:
                back = threading.Thread(target=_pump, args=(further, wire), daemon=True)
                back.start()
                _pump(wire, further)
                back.join()

    def close(self) -> None:
        """Stop."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


class Authority:
    """An authority that vouches for the server as every host of every rule."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.file = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.file))
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*hosts(), *OTHERS, "127.0.0.1").configure_cert(self.server)

    def trusted(self) -> ssl.SSLContext:
        """The context of a client that trusts it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._authority.configure_trust(context)
        return context


@cache
def hosts() -> tuple[str, ...]:
    """Every host that a rule names."""
    found = set()
    for rule in shipped():
        for request in filter(None, (rule.verify, rule.revocation)):
            found |= {*request.hosts, *filter(None, [urlsplit(request.url).hostname])}
    return tuple(sorted(found - {"{host}"}))


@cache
def shipped() -> tuple[rules.Rule, ...]:
    """The shipped rules."""
    return tuple(rules.load(rules.shipped()))


def client(authority: Authority, providers: Providers, environment: Mapping[str, str] = {}, **more: Any) -> HttpsClient:
    """A client for which every host is the server, at an address that may be asked."""
    options = {"allowed": (*hosts(), *OTHERS), "resolve": leading_to(providers.port), **more}
    return HttpsClient(environment, context=authority.trusted(), **options)


def leading_to(port: int) -> Callable[[str, int], list[tuple[Any, ...]]]:
    """A resolver for which every name is a port of this machine."""
    return lambda _host, _port: [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]


@contextlib.contextmanager
def running(authority: Authority) -> Iterator[Providers]:
    """A server that is stopped afterwards."""
    providers = Providers(authority.server)
    try:
        yield providers
    finally:
        providers.close()


@contextlib.contextmanager
def surroundings(authority: Authority, providers: Providers) -> Iterator[tuple[dict[str, str], Tunnels]]:
    """An environment in which every host of the internet is the server, by way of a proxy."""
    tunnels = Tunnels(providers.port)
    try:
        proxy = f"http://127.0.0.1:{tunnels.port}"
        yield {"HTTPS_PROXY": proxy, "SSL_CERT_FILE": str(authority.file)}, tunnels
    finally:
        tunnels.close()
