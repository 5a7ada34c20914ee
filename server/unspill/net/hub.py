"""The secrets and variables of a Space, through the Hub's own library: the extra `unspill[hub]`.

Names, kinds and dates are read; a value goes only into the one request that sets it. The library's telemetry is off,
and so is its debugging, which prints the bodies of requests. Redirects are errors: they could lead a value elsewhere.
"""

from __future__ import annotations

import importlib
import os
import re
from contextlib import contextmanager
from datetime import timezone
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from unspill.errors import HubError, UserError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from unspill.model import Secret

ENDPOINT = "https://huggingface.co"
INSTALL = "huggingface_hub 1.20 or newer is missing; install it with: pip install 'unspill[hub]'"
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
"""How moments are written, all in UTC."""
PAUSED, RUNNING = "PAUSED", "RUNNING"
"""Stages of a Space."""
_ENDPOINT = "HF_ENDPOINT"
_LOOPBACK = frozenset(["localhost", "127.0.0.1", "::1"])
_NEEDED = ("get_space_secrets", "get_space_variables", "wait_for_space")
"""What the library has since 1.20, which nothing else tells as surely."""
_TIMEOUT = 30.0
"""Seconds to wait for a connection, and for each part of an answer."""
_SPACE = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}\Z", re.ASCII)
_RESET = re.compile(r"\bt=(\d{1,6})\b")
"""In `RateLimit: "api";r=0;t=55`: the seconds until requests are answered again."""
_LONGEST = 200
"""Characters of an explanation of the Hub's that are shown."""
_STATIC = "static"


class OnlineName(NamedTuple):
    """A name in the settings of a Space. The value of a secret cannot be read, and that of a variable is not kept."""

    name: str
    is_secret: bool
    """Else it is a variable: anybody who can see the Space can read it."""
    updated: str
    """When it was set last: ISO 8601 in UTC, such as `2026-11-30T20:15:00Z`; empty if unknown."""


class OnlineSpace(NamedTuple):
    """What a Space is at the moment."""

    is_static: bool
    stage: str
    """As the Hub calls it: RUNNING, PAUSED, BUILD_ERROR, ...; empty if unknown."""


def checked_id(space: str) -> str:
    """The id of a Space, `owner/name`. Raises UserError if it is none; that text is not quoted."""
    if not _SPACE.match(space):
        raise UserError("--space: not the id of a Space; write it as owner/name")
    return space


def connect(environment: Mapping[str, str], allowed: Collection[str] = ()) -> Hub:
    """The Hub that `HF_ENDPOINT` of `environment` names, else huggingface.co, with the user's token; sends nothing.

    Another host than huggingface.co must be in `allowed`. Raises UserError, also if the library or a token is missing.
    """
    address = _address(environment.get(_ENDPOINT) or ENDPOINT, allowed)
    # Debugging would print the bodies of requests, and logged keys of connections would open what a proxy has recorded.
    for name in ("HF_DEBUG", "SSLKEYLOGFILE"):
        os.environ.pop(name, None)
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    try:
        library = importlib.import_module("huggingface_hub")
        api_class = library.HfApi
    except ImportError:
        raise UserError(INSTALL) from None
    if not all(hasattr(api_class, name) for name in _NEEDED):
        raise UserError(INSTALL)
    library.utils.logging.set_verbosity(library.utils.logging.CRITICAL)
    if library.constants.HF_HUB_OFFLINE:
        raise UserError("HF_HUB_OFFLINE is set; unset it to ask the Hub")
    session = _session(library)
    with _told():
        token = library.get_token()
    if not token:
        raise UserError("not logged in to the Hub; run `hf auth login`, or set HF_TOKEN")
    return Hub(urlsplit(address).hostname or "", api_class(endpoint=address, token=token), session)


def _session(library: Any) -> Any:
    """The library's client. Raises UserError if the environment asks for one that cannot be."""
    try:
        return library.utils.get_session()
    except Exception:  # noqa: BLE001 - as in `_told`
        raise UserError(
            "connections to the Hub cannot be made as the environment says; check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, "
            "NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR"
        ) from None


def _address(address: str, allowed: Collection[str]) -> str:
    """Where requests go. Raises UserError."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.username is not None or parts.scheme not in ("https", "http"):
        raise UserError(f"{_ENDPOINT}: not the address of a Hub; unset it to use huggingface.co")
    if address.rstrip("/") == ENDPOINT:
        return ENDPOINT
    if host not in allowed:
        raise UserError(
            f"{_ENDPOINT} is not huggingface.co: {host} would get your token, and the values that are set; "
            f"unset it, or use --allow-host {host}"
        )
    if parts.scheme != "https" and host not in _LOOPBACK:
        raise UserError(f"{_ENDPOINT}: {host} must be addressed by https")
    return address.rstrip("/")


class Hub:
    """A Hub that the user is logged in to. Each call is one request or two, and raises HubError if it is refused."""

    def __init__(self, host: str, api: Any, session: Any) -> None:
        self.host = host
        self._api = api
        session.timeout = _TIMEOUT
        session.event_hooks = {**session.event_hooks, "response": [_refuse]}

    def space(self, space: str) -> OnlineSpace:
        """What a Space is."""
        with _told(space):
            found = self._api.space_info(space, expand=["sdk", "runtime"], timeout=_TIMEOUT)
            return OnlineSpace(found.sdk == _STATIC, str(found.runtime.stage) if found.runtime else "")

    def names(self, space: str) -> tuple[OnlineName, ...]:
        """The secrets and variables of a Space, by name; one may be both. Its owner's rights are needed."""
        with _told(space):
            found = [
                OnlineName(str(name), is_secret, _utc(one.updated_at))
                for is_secret, some in (
                    (True, self._api.get_space_secrets(space)),
                    (False, self._api.get_space_variables(space)),
                )
                for name, one in some.items()
            ]
        return tuple(sorted(found))

    def stage(self, space: str) -> str:
        """The stage of a Space."""
        with _told(space):
            return str(self._api.get_space_runtime(space).stage)

    def pause(self, space: str) -> None:
        """Have a Space stopped, which takes a while."""
        with _told(space):
            self._api.pause_space(space)

    def restart(self, space: str) -> None:
        """Have a Space restarted, also if it is paused, which takes a while."""
        with _told(space):
            self._api.restart_space(space)

    def set_secret(self, space: str, name: str, value: Secret) -> None:
        """Set a secret: the only request that has a value."""
        with _told(space):
            self._api.add_space_secret(space, name, value.reveal())

    def delete_variable(self, space: str, name: str) -> None:
        """Delete a variable, whose value is lost."""
        with _told(space):
            self._api.delete_space_variable(space, name)


def _utc(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(timezone.utc).strftime(MOMENT)


class _RefusedError(Exception):
    """An answer that is not the one that was asked for."""

    def __init__(self, status: int, explanation: str, wait: str) -> None:
        super().__init__(status)
        self.status, self.explanation, self.wait = status, explanation, wait


def _refuse(response: Any) -> None:
    """Called by the client with each answer before it is used."""
    if response.is_success:
        return
    headers = response.headers
    reset = _RESET.search(headers.get("ratelimit", ""))
    raise _RefusedError(response.status_code, headers.get("x-error-message", ""), reset[1] if reset else "")


@contextmanager
def _told(space: str = "") -> Iterator[None]:
    """Turn what the library or its client raises into a HubError that says what to do.

    No text of theirs is in it: that of an illegal header has the token. The exception is what the Hub explains.
    """
    where = f"{space}: " if space else ""
    try:
        yield
    except _RefusedError as error:
        raise _refusal(error, where) from None
    except (HubError, KeyboardInterrupt):
        raise
    except (ValueError, TypeError, KeyError, AttributeError):
        raise HubError(
            f"{where}the answer is not one of the Hub's; check {_ENDPOINT} and the proxy, and run again"
        ) from None
    except Exception as error:  # noqa: BLE001 - the client, whose exceptions these are, has another name in each version
        raise HubError(
            f"{where}the Hub cannot be reached ({type(error).__name__}); check the connection, and run again"
        ) from None


def _refusal(error: _RefusedError, where: str) -> HubError:
    """An answer as one sentence: what it means, and what to do."""
    status = error.status
    explained = " ".join(error.explanation.split())[:_LONGEST].rstrip(".")
    said = f": {explained}" if explained else ""
    if status == 401:
        return HubError(
            f"{where}the Hub does not accept your token (401); run `hf auth login`, or set HF_TOKEN", is_final=True
        )
    if status == 403:
        text = f"your token is not allowed to do this (403{said}); use one with write access to this Space's repository"
        return HubError(where + text, is_final=True)
    if status == 404:
        text = "no such Space, or your token cannot see it (404); check the name, and what the token has access to"
        return HubError(where + text, is_final=True)
    if status == 429:
        later = f"in {error.wait} seconds" if error.wait else "in a few minutes"
        return HubError(f"{where}too many requests (429); run again {later}")
    if status >= 500:
        return HubError(
            f"{where}the Hub has a problem ({status}); run again later, and see https://status.huggingface.co"
        )
    if 300 <= status < 400:
        text = f"the Hub answers with another address ({status}); if the Space has a new name, use that"
        return HubError(where + text, is_final=True)
    return HubError(f"{where}the Hub rejects the request ({status}{said}); check the name of the Space", is_final=True)
