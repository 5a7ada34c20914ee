"""Where a request about a value goes: to the hosts of its rule, or to the one that the project or the user names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from unspill.net.hosts import HTTPS, location
from unspill.net.providers import CredentialRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unspill.app.rotation.vault import Vault
    from unspill.providers import ProviderRequest


class Route(NamedTuple):
    """A request that can be sent."""

    target: CredentialRequest
    foreign: str = ""
    """The variable that names the host, if the rule does not know that one."""


def route(request: ProviderRequest, id_: str, vault: Vault, environment: Mapping[str, str]) -> Route | str:
    """The way of a request about the value with a fingerprint; or, as part of a sentence, why there is none."""
    value = vault.value(id_)
    if value is None:
        return "its value is neither in the files nor in the history"
    values, doubt = {"secret": value}, ""
    for name in sorted(request.placeholders - {"secret", "host"}):
        companion = vault.companion(name, id_)
        if companion is None:
            return f"it is used together with one {name}, and there is none, or a choice of several"
        values[name] = companion
        if not vault.near(name, id_):
            doubt = f"{name} than the only one in the project, which is in another file"
    hosts = _hosts(request, value.reveal(), vault, environment)
    if isinstance(hosts, str):
        return hosts
    return Route(CredentialRequest(request, hosts.places, values, hosts.doubt or doubt), hosts.foreign)


class _Hosts(NamedTuple):
    places: tuple[tuple[str, int], ...]
    foreign: str = ""
    doubt: str = ""


def _hosts(request: ProviderRequest, value: str, vault: Vault, environment: Mapping[str, str]) -> _Hosts | str:
    if request.url == "{secret}":
        place = location(value)
        if place is None or place not in {(host, HTTPS) for host in request.hosts}:
            return "its value is not an address of the provider"
        return _Hosts((place,))
    if "host" not in request.placeholders:
        return _Hosts(((urlsplit(request.url).hostname or "", HTTPS),))
    known = tuple((host, HTTPS) for host in request.hosts)
    for variable in request.host_env:
        texts = {environment[variable]} if environment.get(variable) else vault.hosts(variable)
        places = set(map(location, texts))
        if len(places) > 1 or None in places:
            return f"{variable} names no host, or several: set it to one, such as https://api.example.com"
        for place in filter(None, places):
            others = [other for other in known if other != place]
            return _Hosts((place, *others)) if place in known else _Hosts((place,), variable)
    variables = " or ".join(request.host_env)
    return (
        _Hosts(known, doubt=variables and f"host: set {variables}")
        if known
        else f"its host is unknown: set {variables}"
    )
