"""The HTTPS client: where it connects, what it trusts, what it bounds, and what can never be printed."""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import threading
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill.errors import UserError
from unspill.net import hosts
from unspill.net.client import SIZE_LIMIT, HttpsAnswer, HttpsClient, HttpsRequest, NetworkError, trusting

from tests.helpers import token
from tests.net.servers import Authority, Providers, Reply, Tunnels, client, leading_to, running

if TYPE_CHECKING:
    from pathlib import Path

HOST = "huggingface.co"
VALUE = token(1)
REQUEST = HttpsRequest("POST", HOST, "/api?x=1", (("Authorization", f"Bearer {VALUE}"),), b"{}")


def asked(of: HttpsClient, request: HttpsRequest = REQUEST) -> HttpsAnswer:
    """The answer to a request."""
    with of.connect(request.host, request.port) as connection:
        return connection.send(request)


def reason(of: HttpsClient, request: HttpsRequest = REQUEST) -> str:
    """Why there is no answer."""
    with pytest.raises(NetworkError) as caught:
        asked(of, request)
    assert VALUE not in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_a_request_arrives_as_it_is(authority: Authority, providers: Providers) -> None:
    """Method, host, target, headers and body arrive once, and the answer comes back whole."""
    providers.answers = lambda _: Reply(418, b"tea", (("X-A", "1"), ("X-A", "2")))
    answer = asked(client(authority, providers))
    assert (answer.status, answer.body, answer.header("x-a"), answer.header("none")) == (418, b"tea", "1", "")
    (received,) = providers.received
    assert received[:3] == ("POST", HOST, "/api?x=1")
    assert received.headers["authorization"] == f"Bearer {VALUE}"
    assert received.body == b"{}"


def test_a_redirect_is_an_answer(authority: Authority, providers: Providers) -> None:
    """Nothing is sent to where an answer leads."""
    providers.answers = lambda _: Reply(302, b"", (("Location", "https://huggingface.co/other"),))
    assert asked(client(authority, providers)).status == 302
    assert len(providers.received) == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (Reply(cut_off=True), "the connection was cut off"),
        (Reply(body=b"x" * (SIZE_LIMIT + 1)), f"the answer is larger than {SIZE_LIMIT:,} bytes"),
        (Reply(headers=(("X", "y" * 70_000),)), "the answer is not HTTP"),
    ],
)
def test_what_is_no_whole_answer(authority: Authority, providers: Providers, said: Reply, told: str) -> None:
    """An answer that ends early, or not, is none."""
    providers.answers = lambda _: said
    assert reason(client(authority, providers)) == told


def test_time_is_limited_as_a_whole(authority: Authority, providers: Providers) -> None:
    """A server that sends a byte now and then does not keep a request alive: each read has the rest of one limit."""
    providers.answers = lambda _: Reply(drips=True)
    ticks = count()
    assert reason(client(authority, providers, clock=lambda: next(ticks))) == "no answer within 20 seconds"
    assert next(ticks) < 100


def test_a_host_that_is_not_there(authority: Authority, providers: Providers) -> None:
    """A name without an address, and a port that nobody listens to, are told apart."""

    def none(_host: str, _port: int) -> list[tuple[Any, ...]]:
        raise socket.gaierror(8, VALUE)

    assert reason(client(authority, providers, resolve=none)) == "no such host"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert reason(client(authority, providers, resolve=leading_to(port))) == "connection refused"
    assert reason(client(authority, providers, resolve=lambda _host, _port: [])) == "no connection"
    assert providers.received == []


def test_the_next_address_is_tried(authority: Authority, providers: Providers) -> None:
    """If one address of a host does not answer, another may."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    resolve = lambda host, at: [*leading_to(port)(host, at), *leading_to(providers.port)(host, at)]  # noqa: E731
    assert asked(client(authority, providers, resolve=resolve)).status == 200


# Trust


def test_only_certificates_of_a_known_authority_for_the_host(authority: Authority, providers: Providers) -> None:
    """Neither another authority nor another name will do; nothing is sent to such a server."""
    told = "its certificate is not trusted; SSL_CERT_FILE may name another authority"
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trustme.CA().configure_trust(stranger)
    foreign = HttpsClient({}, ["huggingface.co"], resolve=leading_to(providers.port), context=stranger)
    assert reason(foreign) == told
    other = REQUEST._replace(host="other.example")
    assert reason(client(authority, providers, allowed=("other.example",)), other) == told
    assert providers.received == []


def test_the_file_of_certificates(
    authority: Authority, providers: Providers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`SSL_CERT_FILE` is trusted, a bad one is an error, and keys of connections are written nowhere."""
    keys = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    environment = {"SSL_CERT_FILE": str(authority.file), "SSLKEYLOGFILE": str(keys)}
    trusted = HttpsClient(environment, [HOST], resolve=leading_to(providers.port))
    assert asked(trusted).status == 200
    assert not keys.exists()
    for bad in (tmp_path / "none.pem", keys):
        with pytest.raises(UserError, match=r"SSL_CERT_FILE: .*: no certificates there; name a file in PEM format"):
            trusting({"SSL_CERT_FILE": str(bad)})
        keys.write_text("x")
    assert trusting({}).verify_mode is ssl.CERT_REQUIRED


def test_what_is_not_tls(authority: Authority) -> None:
    """A server that speaks something else is no secure connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            wire, _ = listener.accept()
            with wire:
                wire.sendall(b"220 mail.example ESMTP\r\n")
                wire.recv(1 << 16)

        thread = threading.Thread(target=speak)
        thread.start()
        plain = HttpsClient({}, [HOST], resolve=leading_to(listener.getsockname()[1]), context=authority.trusted())
        assert reason(plain) == "no secure connection"
        thread.join()


# Addresses


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 10.1.2.3 192.168.0.1 169.254.169.254 100.64.0.1 0.0.0.0 ::1 fe80::1%eth0 fd00::1 ::ffff:127.0.0.1 "
    "64:ff9b::7f00:1 2002:7f00:1:: 224.0.0.1 :: ::127.0.0.1 ::ffff:0:127.0.0.1 64:ff9b:1::7f00:1 fec0::1 3fff::1 "
    "5f00::1 192.0.0.8".split(),
)
def test_private_addresses(authority: Authority, address: str) -> None:
    """A host that resolves to one is not connected to, unless it was allowed by name."""
    tried: list[str] = []

    def resolve(host: str, port: int) -> list[tuple[Any, ...]]:
        tried.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port))]

    of = HttpsClient({}, ["other.example"], resolve=resolve, context=authority.trusted())
    assert reason(of) == f"{HOST} has the private address {address}; if that is meant, add --allow-host {HOST}"
    assert tried == [HOST]


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_public_addresses(address: str) -> None:
    """Those of the internet may be asked."""
    assert hosts.is_public_address(address)


def test_a_proxy_that_is_not_there_is_named(authority: Authority) -> None:
    """The error is not taken for one of the provider's."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        of = HttpsClient({"HTTPS_PROXY": f"http://127.0.0.1:{port}"}, context=authority.trusted())
        assert reason(of) == f"the proxy 127.0.0.1:{port}: connection refused"


@pytest.mark.parametrize(
    "name",
    "localhost a.localhost printer.local gitlab gitlab.corp git.intranet x.test 127.1 127.0.0.0x1 0x7f.1 0177.0.0.1 "
    "127.0.0.0x 2130706433 [::1] metadata.google.internal".split(),
)
def test_private_names(name: str) -> None:
    """Behind a proxy, which looks names up itself, these are refused by what they look like."""
    place = hosts.location(name)
    assert place is not None
    assert not hosts.is_public_name(place[0])


def test_a_name_that_resolves_anew_changes_nothing(authority: Authority, providers: Providers) -> None:
    """The name is looked up once; the connection goes to the address that was checked."""
    looked = []

    def resolve(host: str, port: int) -> list[tuple[Any, ...]]:
        looked.append(host)
        return leading_to(providers.port)(host, port)

    asked(client(authority, providers, resolve=resolve))
    assert looked == [HOST]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://gitlab.example.com/", ("gitlab.example.com", 443)),
        ("https://Gitlab.Example.com:8443/x", ("gitlab.example.com", 8443)),
        ("gitlab.example.com", ("gitlab.example.com", 443)),
        (" 10.0.0.1:8443 ", ("10.0.0.1", 8443)),
        ("https://[::1]/", ("::1", 443)),
        ("http://gitlab.example.com", None),
        ("https://user:x@gitlab.example.com", None),
        ("https://gitlab.example.com:0/", None),
        ("https://gitlab.example.com:x/", None),
        ("https://a b/", None),
        ("", None),
    ],
)
def test_the_location_in_a_text(text: str, found: tuple[str, int] | None) -> None:
    """A host, or an https URL without a user, says where to connect; nothing else does."""
    assert hosts.location(text) == found


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_location_or_none(text: str) -> None:
    """Whatever stands there, the host is one that a certificate can be for, in ASCII and without spaces."""
    found = hosts.location(text)
    assert found is None or (found[0].isascii() and found[0] == found[0].strip().lower() and 0 < found[1] < 65536)


def test_a_host_in_a_url() -> None:
    """The usual port is left out, and an IPv6 address is in brackets."""
    assert [hosts.shown("a.example", 443), hosts.shown("a.example", 8443)] == ["a.example", "a.example:8443"]
    assert [hosts.shown("::1", 443), hosts.shown("::1", 8443)] == ["[::1]", "[::1]:8443"]


# Proxies


def test_a_proxy_gets_the_name_and_no_more(authority: Authority, providers: Providers) -> None:
    """The proxy is asked for the host, with its own credentials; what is sent through it is encrypted."""
    tunnels = Tunnels(providers.port)
    try:
        user = quote("p@ss")
        environment = {"HTTPS_PROXY": f"http://me:{user}@127.0.0.1:{tunnels.port}"}
        of = HttpsClient(environment, context=authority.trusted())
        proxy = of.proxy(HOST)
        assert str(proxy) == f"127.0.0.1:{tunnels.port}"
        assert "ss" not in repr(proxy)
        assert asked(of).status == 200
        (asked_for,) = tunnels.asked
        assert asked_for.startswith(b"CONNECT huggingface.co:443 HTTP/1.1\r\n")
        assert b"Proxy-Authorization: Basic bWU6cEBzcw==" in asked_for
        assert VALUE.encode() not in asked_for
    finally:
        tunnels.close()


def test_a_proxy_that_never_ends_its_answer(authority: Authority) -> None:
    """The limit of time is one for the proxy and the host."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            wire, _ = listener.accept()
            with wire, suppress(OSError):
                wire.sendall(b"HTTP/1.1 200 X\r\nX: ")
                while True:
                    wire.sendall(b"y")

        thread = threading.Thread(target=drip)
        thread.start()
        ticks, proxy = count(), f"http://127.0.0.1:{listener.getsockname()[1]}"
        of = HttpsClient({"HTTPS_PROXY": proxy}, context=authority.trusted(), clock=lambda: next(ticks))
        assert reason(of) in ("no answer within 20 seconds", "the answer is not HTTP")
        thread.join()


def test_a_proxy_that_refuses(authority: Authority, providers: Providers) -> None:
    """Its status is told, and nothing was sent."""
    tunnels = Tunnels(providers.port, status=407)
    try:
        of = HttpsClient({"https_proxy": f"127.0.0.1:{tunnels.port}"}, context=authority.trusted())
        assert reason(of) == f"the proxy 127.0.0.1:{tunnels.port} answers 407"
        assert providers.received == []
    finally:
        tunnels.close()


@pytest.mark.parametrize(
    "host", ["localhost", "db.local", "app.internal", "10.0.0.1", "intranet", "printer.lan", "1.2"]
)
def test_behind_a_proxy_names_are_checked(authority: Authority, providers: Providers, host: str) -> None:
    """A name that only a private network knows goes to no proxy, unless it was allowed."""
    environment = {"HTTPS_PROXY": f"http://127.0.0.1:{providers.port}"}
    of = HttpsClient(environment, context=authority.trusted())
    told = f"{host} is a private name; if that is meant, add --allow-host {host}"
    assert reason(of, REQUEST._replace(host=host)) == told


@pytest.mark.parametrize(
    ("excepted", "is_used"),
    [("", True), ("*", False), ("example.com", True), ("huggingface.co", False), (".co", False), ("a, *.co ", False)],
)
def test_hosts_without_proxy(excepted: str, *, is_used: bool) -> None:
    """`NO_PROXY` lists hosts and domains."""
    found = hosts.proxy_of(HOST, {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": excepted})
    assert (found is not None) == is_used


@pytest.mark.parametrize("text", ["socks5://proxy:1080", "https://proxy", "http:///", "http://proxy:x"])
def test_proxies_that_are_not_supported(text: str) -> None:
    """The error says what is, and does not quote the address, which may have a password."""
    with pytest.raises(UserError, match=r"HTTPS_PROXY: must be http://HOST:PORT") as caught:
        hosts.proxy_of(HOST, {"HTTPS_PROXY": text})
    assert text not in str(caught.value)


# What is printed


def test_debugging_prints_nothing(
    authority: Authority, providers: Providers, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not with the debug level of `http.client`, not with any logger at its lowest level, not as `repr`."""
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 2)
    monkeypatch.setattr(http.client.HTTPResponse, "debuglevel", 2, raising=False)
    logging.getLogger().setLevel(1)
    answer = asked(client(authority, providers))
    out = capfd.readouterr()
    assert (out.out, out.err) == ("", "")
    shown = f"{REQUEST} {REQUEST!r} {answer} {answer!r} {[REQUEST]}"
    assert VALUE not in shown
    assert "HttpsRequest(POST huggingface.co) HttpsRequest(POST huggingface.co) HttpsAnswer(200)" in shown


def test_headers_that_cannot_be_sent(authority: Authority, providers: Providers) -> None:
    """A line end in a header is an error of the request, whose text does not quote it."""
    bad = REQUEST._replace(headers=(("Authorization", f"{VALUE}\r\nX: y"),))
    assert reason(client(authority, providers), bad) == "the answer is not HTTP"
    assert providers.received == []


def test_another_server_is_not_reached(authority: Authority, providers: Providers) -> None:
    """Two servers: what is for one is never at the other."""
    with running(authority) as other:
        asked(client(authority, providers))
        assert other.received == []
        assert len(providers.received) == 1
