"""Signature Version 4 of AWS: a request proves that its sender has a secret key, without sending it.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, quote

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from unspill.net.client import HttpsRequest

_ALGORITHM = "AWS4-HMAC-SHA256"
_SIGNED = ("content-type", "x-amz-")
"""Beginnings of the headers that are signed, with `Host`: proxies may change others."""
_DEFAULT_REGION = "us-east-1"
"""The region of hosts that name none, such as `sts.amazonaws.com`."""


class AwsKey(NamedTuple):
    """An access key. It never shows itself."""

    id: str
    secret: str

    def __repr__(self) -> str:
        return "AwsKey(…)"


def scope_of(host: str) -> tuple[str, str]:
    """Region and service of a host such as `sts.eu-west-1.amazonaws.com`."""
    names = host.split(".amazonaws.", maxsplit=1)[0].split(".")
    return (names[1] if len(names) > 1 else _DEFAULT_REGION), names[0]


def signed(request: HttpsRequest, key: AwsKey, now: datetime, scope: tuple[str, str] | None = None) -> HttpsRequest:
    """The request with a signature of its method, host, target, type and body.

    `now` is in UTC; `scope` is region and service, by default those of the host.
    """
    region, service = scope or scope_of(request.host)
    time = now.strftime("%Y%m%dT%H%M%SZ")
    headers = (*request.headers, ("X-Amz-Date", time))
    signed_headers = {name.lower(): value for name, value in headers if name.lower().startswith(_SIGNED)}
    lines = sorted({"host": request.host, **signed_headers}.items())
    names = ";".join(name for name, _ in lines)
    path, _, query = request.target.partition("?")
    canonical = [
        request.method,
        quote(path, safe="/-_.~%"),
        _query(query),
        *(f"{name}:{' '.join(value.split())}" for name, value in lines),
        "",
        names,
        hashlib.sha256(request.body).hexdigest(),
    ]
    within = [time[:8], region, service, "aws4_request"]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    signature = _mac(_derived(key.secret, within), "\n".join([_ALGORITHM, time, "/".join(within), digest])).hex()
    value = f"{_ALGORITHM} Credential={key.id}/{'/'.join(within)}, SignedHeaders={names}, Signature={signature}"
    return request._replace(headers=(*headers, ("Authorization", value)))


def _query(query: str) -> str:
    pairs = sorted((_quoted(name), _quoted(value)) for name, value in parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{name}={value}" for name, value in pairs)


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def _derived(secret: str, within: Iterable[str]) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in within:
        key = _mac(key, part)
    return key


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
