"""The requests of rule files: filled in, sent, and their answers judged. What no answer proves is unknown."""

from __future__ import annotations

import base64
import json
import re
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from unspill import __version__
from unspill.net import signing
from unspill.net.client import HttpsRequest, NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from unspill.model import Secret
    from unspill.net.client import HttpsAnswer, HttpsClient, HttpsConnection
    from unspill.providers import Proof, ProviderRequest

LONGEST_PAUSE = 60
"""Seconds that a provider may ask to wait; if it asks for more, the answer is unknown."""
RETRIES = 2
"""How often a question is repeated after such a pause. What changes something is never repeated."""
_DEFAULT_PAUSE = 5
_TOO_MANY = 429
_WAITS = re.compile(r"\bt=(\d{1,9})\b")
"""The seconds until more is allowed, in a `RateLimit` header (draft-ietf-httpapi-ratelimit-headers)."""
_PLACEHOLDER = re.compile(r"\{([a-z0-9-]+)\}")
_LONGEST_SHOWN = 100
_WINDOW = 8
"""So many characters of a value in a row would be a leak."""
_FORM = "application/x-www-form-urlencoded"


class Proven(str, Enum):
    """What an answer proves."""

    LIVE = "live"
    DEAD = "dead"
    REVOKED = "revoked"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"


class CredentialRequest(NamedTuple):
    """A request about one value, and where it goes."""

    request: ProviderRequest
    hosts: tuple[tuple[str, int], ...]
    """Host and port. Where there are several, only all of them together prove a value dead."""
    values: Mapping[str, Secret]
    """What the placeholders stand for."""
    doubt: str = ""
    """Why a refusal does not prove it dead, as the end of a sentence; empty if it does."""


class ProviderAnswer(NamedTuple):
    """What came of a request. It holds no value."""

    proven: Proven
    host: str
    status: int = 0
    """0 if there was no answer."""
    reason: str = ""
    """Why nothing is proven: what happened, in a few words."""
    shown: tuple[tuple[str, str], ...] = ()
    """What the answer tells about a live credential, such as its account: names of `providers.SHOWN`, and texts."""
    broad: tuple[str, ...] = ()
    """Its roles and scopes that allow more than most programs need."""


class ProviderApi:
    """Sends requests about credentials."""

    def __init__(
        self,
        client: HttpsClient,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        trace: Callable[[str, str, int], None] = lambda _method, _host, _status: None,
    ) -> None:
        """`trace` is told method, host and status of each answer."""
        self._client, self._sleep, self._now, self._trace = client, sleep, now, trace
        self._busy: dict[str, str] = {}
        """Hosts that have asked to wait for longer than a run does, and what is told about that."""

    def verify(self, target: CredentialRequest) -> ProviderAnswer:
        """Whether a value is live, by all hosts that could know it."""
        answers = []
        for host, port in target.hosts:
            answers.append(self._ask(target, host, port))
            if answers[-1].proven is Proven.LIVE:
                return answers[-1]
        found = next((one for one in answers if one.proven is not Proven.DEAD), answers[-1])
        if found.proven is Proven.DEAD and target.doubt:
            reason = f"{found.host} refuses it ({found.status}), but it may belong to another {target.doubt}"
            return found._replace(proven=Proven.UNKNOWN, reason=reason)
        return found

    def revoke(self, target: CredentialRequest, begin: Callable[[], bool]) -> ProviderAnswer | None:
        """Revoke a value at the first host: sent once, whatever the answer.

        `begin` is called when there is a connection, right before the request is sent; if it returns False, nothing is.
        Returns None if nothing was sent for that reason; if there was no connection, the answer has no status and
        `begin` was not called.
        """
        host, port = target.hosts[0]
        try:
            sent = self._filled(target, host, port)
            connection = self._client.connect(host, port)
        except NetworkError as error:
            return ProviderAnswer(Proven.UNKNOWN, host, reason=f"{error}; nothing was sent")
        with connection:
            if not begin():
                return None
            try:
                answer = self._sent(connection, sent)
            except NetworkError as error:
                return ProviderAnswer(Proven.UNKNOWN, host, reason=f"{error} after it was sent")
        request = target.request
        proofs = {Proven.REVOKED: request.revoked, Proven.ACCEPTED: request.accepted}
        return _judged(answer, host, proofs)

    def _ask(self, target: CredentialRequest, host: str, port: int) -> ProviderAnswer:
        """What one host says, after pauses that it asks for."""
        if host in self._busy:
            return ProviderAnswer(Proven.UNKNOWN, host, reason=self._busy[host])
        request = target.request
        for retries in range(RETRIES, -1, -1):
            try:
                sent = self._filled(target, host, port)
                with self._client.connect(host, port) as connection:
                    answer = self._sent(connection, sent)
            except NetworkError as error:
                return ProviderAnswer(Proven.UNKNOWN, host, reason=str(error))
            if answer.status != _TOO_MANY:
                break
            pause = _pause(answer, self._now())
            if not retries or pause > LONGEST_PAUSE:
                wait = f", and asks to wait {pause} seconds" if pause > LONGEST_PAUSE else ""
                self._busy[host] = f"{host} answers {_TOO_MANY}, too many requests{wait}; run again later"
                return ProviderAnswer(Proven.UNKNOWN, host, _TOO_MANY, self._busy[host])
            self._sleep(pause)
        judged = _judged(answer, host, {Proven.LIVE: request.live, Proven.DEAD: request.dead})
        if judged.proven is not Proven.LIVE:
            return judged
        return judged._replace(shown=_shown(answer, target), broad=tuple(_broad(answer, request)))

    def _sent(self, connection: HttpsConnection, request: HttpsRequest) -> HttpsAnswer:
        answer = connection.send(request)
        self._trace(request.method, request.host, answer.status)
        return answer

    def _filled(self, target: CredentialRequest, host: str, port: int) -> HttpsRequest:
        """The request with its values. Raises NetworkError for a value that no request can carry."""
        request, values = target.request, {name: value.reveal() for name, value in target.values.items()}
        if not all(value and value.isascii() and value.isprintable() for value in values.values()):
            raise NetworkError("its value has characters that cannot be sent")

        def fill(text: str, quoted: Callable[[str], str] = str) -> str:
            return _PLACEHOLDER.sub(lambda name: host if name[1] == "host" else quoted(values[name[1]]), text)

        headers = {"User-Agent": f"unspill/{__version__}", "Accept": "application/json"}
        headers.update((name, fill(text)) for name, text in request.headers)
        body = b""
        if request.json:
            headers["Content-Type"] = "application/json"
            body = fill(request.json, lambda value: json.dumps(value)[1:-1]).encode("ascii")
        elif request.form:
            headers["Content-Type"] = _FORM
            body = urlencode([(name, fill(text)) for name, text in request.form]).encode("ascii")
        auth = [fill(text) for text in request.auth]
        if auth and not request.signer:
            headers["Authorization"] = f"Basic {base64.b64encode(':'.join(auth).encode('ascii')).decode('ascii')}"
        address = urlsplit(fill(request.url, str if request.url == "{secret}" else lambda value: quote(value, ":")))
        where = address._replace(scheme="", netloc="", fragment="").geturl() or "/"
        made = HttpsRequest(request.method, host, where, tuple(headers.items()), body, port)
        return signing.signed(made, signing.AwsKey(*auth), self._now()) if request.signer else made


def _judged(answer: HttpsAnswer, host: str, proofs: Mapping[Proven, Iterable[Proof]]) -> ProviderAnswer:
    """What an answer proves, if it proves one thing."""
    content, is_page = _content(answer)
    found = (
        [] if is_page else [kind for kind, some in proofs.items() if any(_fits(one, answer, content) for one in some)]
    )
    if len(found) == 1:
        return ProviderAnswer(found[0], host, answer.status)
    if 300 <= answer.status < 400:
        reason = f"{host} answers {answer.status}, a redirect, which is not followed"
    elif is_page:
        reason = f"{host} answers {answer.status} with a web page"
    else:
        reason = f"{host} answers {answer.status}, which proves nothing"
    return ProviderAnswer(Proven.UNKNOWN, host, answer.status, reason)


def _content(answer: HttpsAnswer) -> tuple[Any, bool]:
    """The JSON of an answer, and whether it is a page for people instead, which anything on the way may have sent."""
    is_page = answer.header("content-type").lower().startswith("text/html") or answer.body.lstrip()[:1] == b"<"
    try:
        return json.loads(answer.body), is_page
    except (ValueError, RecursionError):
        return None, is_page


def _fits(proof: Proof, answer: HttpsAnswer, content: Any) -> bool:
    return proof.status == answer.status and all(
        type(found) is type(expected) and found == expected
        for path, expected in proof.json
        for found in [_at(content, path)]
    )


def _at(content: Any, path: str) -> Any:
    """What JSON has at a path such as `errors.0.code`; None if there is nothing."""
    for name in path.split("."):
        if isinstance(content, dict):
            content = content.get(name)
        elif isinstance(content, list) and name.isascii() and name.isdigit() and int(name) < len(content):
            content = content[int(name)]
        else:
            return None
    return content


def _told(answer: HttpsAnswer, place: str) -> list[str]:
    """The texts at a path of the JSON, or in a header, which has them between commas."""
    if place.startswith("@"):
        return [word for part in answer.header(place[1:].lower()).split(",") if (word := part.strip())]
    found = _at(_content(answer)[0], place)
    return [str(one) for one in (found if isinstance(found, list) else [found]) if isinstance(one, (str, int))]


def _shown(answer: HttpsAnswer, target: CredentialRequest) -> tuple[tuple[str, str], ...]:
    """What an answer tells about a credential, unless it quotes it."""
    values = [value.reveal() for value in target.values.values()]
    found = []
    for name, place in target.request.shows:
        text = ", ".join(_told(answer, place))
        pieces = {text[at : at + _WINDOW] for at in range(len(text) - _WINDOW + 1)}
        if text and not any(piece in value for piece in pieces for value in values):
            found.append((name, text[:_LONGEST_SHOWN]))
    return tuple(found)


def _broad(answer: HttpsAnswer, request: ProviderRequest) -> Iterable[str]:
    return [one for _, place in request.shows for one in _told(answer, place) if one in request.broad]


def _pause(answer: HttpsAnswer, now: datetime) -> int:
    """The seconds that an answer asks to wait (RFC 9110, Retry-After: seconds or a date; or the headers of a limit)."""
    text = answer.header("retry-after").strip()
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        return max(int((parsedate_to_datetime(text) - now).total_seconds()) + 1, 0)
    except (ValueError, TypeError):
        pass
    if resets := _WAITS.search(answer.header("ratelimit")):
        return int(resets[1])
    text = answer.header("ratelimit-reset").strip()
    return int(text[:9]) if text.isascii() and text.isdigit() else _DEFAULT_PAUSE
