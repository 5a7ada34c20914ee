"""Which hosts and addresses may be asked."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from unspill.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

HTTPS = 443
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\Z")
_LOCAL_NAMES = ("localhost", "local", "internal", "lan", "home.arpa", "test", "intranet", "corp", "home")
"""Names, and ends of names, that no public name server answers for (RFC 6761, 6762, 8375; ICANN's `internal`, and what
is in use for it)."""
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
"""The last part of a name that is an IPv4 address, in any way of writing it (WHATWG URL, "ends in a number")."""
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that lead to the IPv4 address in their last 32 bits (RFC 6052)."""
_UNICAST = ipaddress.ip_network("2000::/3")
"""All that is assigned of the public internet in IPv6; what is outside is local, or leads to IPv4 (RFC 4291)."""
_RESERVED = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "3fff::/20")))
"""What old versions of Python do not know to be reserved (RFC 6890, 9637)."""
_PROXIES = ("https_proxy", "HTTPS_PROXY")
_NO_PROXIES = ("no_proxy", "NO_PROXY")


class Proxy(NamedTuple):
    """An HTTP proxy that connections go through."""

    host: str
    port: int
    credentials: str = ""
    """User and password with a colon between them; empty for none. Never shown."""

    def __repr__(self) -> str:
        return f"Proxy({self})"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def location(text: str) -> tuple[str, int] | None:
    """Host and port of a host name, `host:port` or an https URL; None for anything else."""
    address = text.strip() if "://" in text else f"https://{text.strip()}"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", HTTPS if parts.port is None else parts.port
    except ValueError:
        return None
    if parts.scheme != "https" or "@" in parts.netloc or not port or not (_NAME.match(host) or ":" in host):
        return None
    return host, port


def shown(host: str, port: int) -> str:
    """A host as an https URL has it: with its port, unless that is the usual one."""
    return joined(host, port).removesuffix(f":{HTTPS}")


def joined(host: str, port: int) -> str:
    """Host and port in one text, with an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_public_address(text: str) -> bool:
    """Whether an IP address is one of the public internet, also where it wraps another one."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public_address(str(inner))
        if address not in _UNICAST:
            return False
    is_reserved = any(address in network for network in _RESERVED)
    return address.is_global and not address.is_multicast and not is_reserved


def is_public_name(host: str) -> bool:
    """Whether a host name can be one of the public internet, as far as its text shows."""
    try:
        return is_public_address(host)
    except ValueError:
        is_local = any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)
        return "." in host and not is_local and not _NUMBER.fullmatch(host.rpartition(".")[2])


def proxy_of(host: str, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy that `HTTPS_PROXY` names, unless `NO_PROXY` excepts the host. Raises UserError."""
    text = next((environment[name] for name in _PROXIES if environment.get(name)), "")
    if not text or _is_excepted(host, next((environment[name] for name in _NO_PROXIES if environment.get(name)), "")):
        return None
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        name, port = parts.hostname or "", parts.port or 80
    except ValueError:
        name, port = "", 0
    if not name or parts.scheme != "http":
        raise UserError("HTTPS_PROXY: must be http://HOST:PORT; other kinds of proxies are not supported")
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    return Proxy(name, port, user)


def _is_excepted(host: str, text: str) -> bool:
    names = [name.strip().lower().removeprefix("*").lstrip(".") for name in text.split(",")]
    return text.strip() == "*" or any(name and (host == name or host.endswith(f".{name}")) for name in names)
