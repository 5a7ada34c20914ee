"""An HTTPS client for requests that carry a credential: the standard library's protocol over sockets opened here.

Certificates are always checked, nothing is redirected, nothing is sent twice, and time and size are limited. A
connection is made to an address that was checked, so a name that resolves to another address later changes nothing.
No text or `repr` of what is sent or answered can be printed by accident, and the debug output of `http.client` stays
off.
"""

from __future__ import annotations

import base64
import http.client
import io
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from unspill.errors import UserError
from unspill.net import hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from types import TracebackType

TIME_LIMIT = 20.0
"""Seconds for a whole request, from the first connection to the last byte of the answer."""
SIZE_LIMIT = 2_000_000
"""Bytes of an answer, with its headers."""
_ANSWERED = 200


class HttpsRequest(NamedTuple):
    """A request to a host. It holds a credential, and never shows more than method and host."""

    method: str
    host: str
    target: str
    """Path and query."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    port: int = hosts.HTTPS

    def __repr__(self) -> str:
        return f"HttpsRequest({self.method} {self.host})"


class HttpsAnswer(NamedTuple):
    """A complete answer. It may quote the credential, and never shows more than its status."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """With names in lower case."""
    body: bytes

    def header(self, name: str) -> str:
        """The first header of a name in lower case; empty if there is none."""
        return next((value for key, value in self.headers if key == name), "")

    def __repr__(self) -> str:
        return f"HttpsAnswer({self.status})"


class NetworkError(Exception):
    """A request without a complete answer. The text says why, in a few words, and holds nothing that was sent."""


class HttpsClient:
    """Makes connections. What decides about them is given, so that tests can give other things."""

    def __init__(
        self,
        environment: Mapping[str, str],
        allowed: Collection[str] = (),
        *,
        resolve: Callable[[str, int], Sequence[tuple[Any, ...]]] | None = None,
        context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`allowed` hosts may have private addresses. Raises UserError for certificates that cannot be used."""
        self._environment, self._allowed = environment, frozenset(allowed)
        self._resolve = resolve or (lambda host, port: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        self._context = context or trusting(environment)
        self._clock = clock

    def proxy(self, host: str) -> hosts.Proxy | None:
        """The proxy on the way to a host. Raises UserError."""
        return hosts.proxy_of(host, self._environment)

    def connect(self, host: str, port: int = hosts.HTTPS) -> HttpsConnection:
        """A connection with a checked certificate, on which nothing was sent. Raises NetworkError and UserError."""
        limits = _Limits(self._clock)
        wire = None
        try:
            wire = self._dial(host, port, limits)
            wire.settimeout(limits.seconds())
            secured = self._context.wrap_socket(wire, server_hostname=host, suppress_ragged_eofs=False)
        except (OSError, http.client.HTTPException, ValueError, NetworkError) as error:
            if wire is not None:
                wire.close()
            if isinstance(error, NetworkError):
                raise
            raise NetworkError(_reason(error)) from None
        return HttpsConnection(secured, host, port, limits)

    def _dial(self, host: str, port: int, limits: _Limits) -> socket.socket:
        """A socket that leads to a host, through the proxy if there is one. Raises OSError and NetworkError."""
        proxy = self.proxy(host)
        if proxy is None:
            return self._reach(host, port, limits, checked=host not in self._allowed)
        if host not in self._allowed and not hosts.is_public_name(host):
            raise NetworkError(f"{host} is a private name; if that is meant, add --allow-host {host}")
        try:
            wire = self._reach(proxy.host, proxy.port, limits, checked=False)
        except (OSError, ValueError) as error:
            raise NetworkError(f"the proxy {proxy}: {_reason(error)}") from None
        try:
            _tunnel(_LimitedSocket(wire, limits), proxy, hosts.joined(host, port))
        except BaseException:
            wire.close()
            raise
        return wire

    def _reach(self, host: str, port: int, limits: _Limits, *, checked: bool) -> socket.socket:
        failure = OSError()
        for family, kind, protocol, _, address in self._resolve(host, port):
            if checked:
                _check(host, address[0])
            wire = socket.socket(family, kind, protocol)
            try:
                wire.settimeout(limits.seconds())
                wire.connect(address)
                if checked:
                    _check(host, wire.getpeername()[0])
            except (OSError, NetworkError) as error:
                wire.close()
                if isinstance(error, NetworkError):
                    raise
                failure = error
            else:
                return wire
        raise failure


class HttpsConnection:
    """A connection for one request: use it as a context manager, and call `send` once."""

    def __init__(self, wire: ssl.SSLSocket, host: str, port: int, limits: _Limits) -> None:
        self._wire, self._limits = wire, limits
        self._http = http.client.HTTPConnection(host, port)
        self._http.set_debuglevel(0)  # whatever a program has set for all connections
        self._http.auto_open = 0
        self._http.sock = _LimitedSocket(wire, limits)
        self._name = hosts.shown(host, port)

    def __enter__(self) -> HttpsConnection:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._http.close()
        self._wire.close()

    def send(self, request: HttpsRequest) -> HttpsAnswer:
        """Send a request, and wait for the whole answer. Raises NetworkError, also if the request may have arrived."""
        headers = {"Host": self._name, "Connection": "close", **dict(request.headers)}
        try:
            self._http.request(request.method, request.target, request.body or None, headers)
            with self._http.getresponse() as response:
                body = response.read()
                names = tuple((name.lower(), value) for name, value in response.getheaders())
                return HttpsAnswer(response.status, names, body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NetworkError(_reason(error)) from None
        finally:
            self.close()


class _Limits:
    """The time and the bytes that are left for an answer."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._end, self._clock = clock() + TIME_LIMIT, clock
        self._bytes = SIZE_LIMIT

    def seconds(self) -> float:
        """The seconds that are left. Raises TimeoutError."""
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError
        return left

    def count(self, received: int) -> None:
        """Count bytes. Raises NetworkError."""
        self._bytes -= received
        if self._bytes < 0:
            raise NetworkError(f"the answer is larger than {SIZE_LIMIT:,} bytes")


class _LimitedSocket:
    """What `http.client` needs of a socket, within limits: a server that sends a byte now and then ends nothing."""

    def __init__(self, wire: socket.socket, limits: _Limits) -> None:
        self._wire, self._limits = wire, limits

    def sendall(self, data: bytes) -> None:
        self._wire.settimeout(self._limits.seconds())
        self._wire.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_LimitedReader(self._wire, self._limits))

    def close(self) -> None:
        """The connection closes the socket itself."""


class _LimitedReader(io.RawIOBase):
    def __init__(self, wire: socket.socket, limits: _Limits) -> None:
        self._wire, self._limits = wire, limits

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._wire.settimeout(self._limits.seconds())
        received = self._wire.recv_into(buffer)
        self._limits.count(received)
        return received


def trusting(environment: Mapping[str, str]) -> ssl.SSLContext:
    """Trust in the system's certificates, or in those of `SSL_CERT_FILE` and `SSL_CERT_DIR`. Raises UserError.

    Made without `ssl.create_default_context`, which would write keys of connections to `SSLKEYLOGFILE`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    file, folder = environment.get("SSL_CERT_FILE") or None, environment.get("SSL_CERT_DIR") or None
    if file is None and folder is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(file, folder)
    except (OSError, ValueError):
        raise UserError(f"SSL_CERT_FILE: {file or folder}: no certificates there; name a file in PEM format") from None
    return context


def _tunnel(wire: _LimitedSocket, proxy: hosts.Proxy, target: str) -> None:
    """Ask a proxy for a connection to a host and port. Raises OSError, HTTPException and NetworkError."""
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.credentials:
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(proxy.credentials.encode()).decode()}")
    wire.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    response = http.client.HTTPResponse(wire, method="CONNECT")  # type: ignore[arg-type]  # has all that it calls
    try:
        response.begin()
        if response.status != _ANSWERED:
            raise NetworkError(f"the proxy {proxy} answers {response.status}")
    finally:
        response.close()


def _check(host: str, address: str) -> None:
    """Raises NetworkError for an address that is not public."""
    if not hosts.is_public_address(address):
        where = "" if host == address else f" {address}"
        raise NetworkError(f"{host} has the private address{where}; if that is meant, add --allow-host {host}")


def _reason(error: BaseException) -> str:
    """Why there is no answer, without any text of the error, which may quote what was sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted; SSL_CERT_FILE may name another authority"
    if isinstance(error, TimeoutError):
        return f"no answer within {TIME_LIMIT:.0f} seconds"
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return "no such host"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(
        error, (http.client.IncompleteRead, http.client.RemoteDisconnected, ssl.SSLEOFError, ConnectionError)
    ):
        return "the connection was cut off"
    if isinstance(error, ssl.SSLError):
        return "no secure connection"
    if isinstance(error, OSError):
        return "no connection"
    return "the answer is not HTTP"
