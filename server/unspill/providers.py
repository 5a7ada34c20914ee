"""The requests to a provider about one of its credentials: is it live or dead, and revoke it.

They are data of a rule file, `[[provider.verify]]` and `[[provider.revocation]]`, which CONTRIBUTING.md describes.
Nothing is sent here. What no answer proves is unknown.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from unspill import keys
from unspill.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from unspill.rules import Rule

SIGNERS = ("aws-sigv4",)
"""Ways to sign a request that are more than a header: Signature Version 4 of AWS, with a key id and its secret."""
_METHODS = ("GET", "POST", "DELETE")
KEYS: dict[str, type] = {
    "rules": list,
    "method": str,
    "url": str,
    "hosts": list,
    "host_env": list,
    "headers": dict,
    "auth": list,
    "signer": str,
    "json": dict,
    "form": dict,
    "source": str,
    "shows": dict,
    "broad": list,
}
SHOWN = ("account", "role", "scopes", "expires")
"""What an answer may tell about a live credential."""
PROOFS = {"verify": ("live", "dead"), "revocation": ("revoked", "accepted")}
_SECRET, _HOST = "{secret}", "{host}"
_PLACEHOLDER = re.compile(r"\{([a-z0-9-]+)\}")
_URL = re.compile(r"https://(?:\{host\}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)/\S*\Z")
_PAGE = re.compile(r"https://[a-z0-9.-]+/\S*\Z")
_HOST_NAME = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+\Z")
_FIELD = re.compile(r"[A-Za-z0-9_-]+\Z")
_JSON_PATH = re.compile(r"[A-Za-z0-9_@-]+(?:\.[A-Za-z0-9_@-]+)*\Z")


class Proof(NamedTuple):
    """An answer that proves something: by its status, and by what its JSON has at paths such as `errors.0.code`."""

    status: int
    json: tuple[tuple[str, str | int | bool], ...] = ()


class ProviderRequest(NamedTuple):
    """A request about one credential.

    In texts, `{secret}` is the value, `{host}` the host, and `{<rule id>}` the value of a rule that it pairs with.
    """

    rules: tuple[str, ...]
    """The ids of the rules whose values it is about."""
    method: str
    url: str
    """With https and a fixed host or `{host}`; or `{secret}`, if the value is itself a URL."""
    hosts: tuple[str, ...] = ()
    """The hosts that may be asked; with several, only all of them together prove a value dead."""
    host_env: tuple[str, ...] = ()
    """The variables that may name another host, or its URL."""
    headers: tuple[tuple[str, str], ...] = ()
    auth: tuple[str, ...] = ()
    """User and password of HTTP Basic, or what `signer` signs with."""
    signer: str = ""
    json: str = ""
    """The body as JSON text; empty if it has none."""
    form: tuple[tuple[str, str], ...] = ()
    """The fields of a body in the format of HTML forms."""
    live: tuple[Proof, ...] = ()
    dead: tuple[Proof, ...] = ()
    revoked: tuple[Proof, ...] = ()
    accepted: tuple[Proof, ...] = ()
    """Answers that promise the revocation, and do not prove it."""
    source: str = ""
    """The page that documents the request and its answers. Without one it is never sent."""
    shows: tuple[tuple[str, str], ...] = ()
    """What of `SHOWN` an answer tells, and the path in its JSON, or the header after an `@`."""
    broad: tuple[str, ...] = ()
    """Roles and scopes that allow more than most programs need."""

    @property
    def placeholders(self) -> set[str]:
        """The names in braces: `secret`, `host`, and the ids of rules that it pairs with."""
        sent = [self.url, self.json, *self.auth]
        sent += [text for pairs in (self.headers, self.form) for pair in pairs for text in pair]
        return {name for text in sent for name in _PLACEHOLDER.findall(text)}

    @property
    def is_in_address(self) -> bool:
        """Whether the value is part of the address, which others on the way may log."""
        return _SECRET in self.url


def with_requests(path: str, provider: Mapping[str, Any], rules: Sequence[Rule]) -> list[Rule]:
    """The rules of a file, with the requests in its `[provider]` table. Raises RuleError."""
    requests: dict[str, dict[str, ProviderRequest]] = {}
    for kind in PROOFS:
        made = requests[kind] = {}
        for request in _requests(path, kind, provider.get(kind, []), {rule.id for rule in rules}):
            for id_ in request.rules:
                if id_ in made:
                    raise RuleError(f"{path}: provider.{kind}: rules: {id_!r} is in two tables")
                made[id_] = request
    return [
        rule._replace(verify=requests["verify"].get(rule.id), revocation=requests["revocation"].get(rule.id))
        for rule in rules
    ]


def unpacked(row: Any) -> ProviderRequest | None:
    """The request of a row of JSON values, as `json.dumps` writes a ProviderRequest; None for null."""
    if row is None:
        return None
    fields = dict(zip(ProviderRequest._fields, row, strict=True))
    for name in (name for names in PROOFS.values() for name in names):
        fields[name] = tuple(Proof(status, _pairs(paths)) for status, paths in fields[name])
    for name in ("headers", "form", "shows"):
        fields[name] = _pairs(fields[name])
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return ProviderRequest(**{**fields, **lists})


def _pairs(rows: Iterable[Sequence[Any]]) -> tuple[tuple[Any, Any], ...]:
    return tuple((name, value) for name, value in rows)


def _requests(path: str, kind: str, tables: Any, ids: set[str]) -> Iterator[ProviderRequest]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise RuleError(f"{path}: provider.{kind}: must be a list of tables; write [[provider.{kind}]]")
    for number, table in enumerate(tables, 1):
        where = f"provider.{kind}" + (f" {number}" if len(tables) > 1 else "")
        yield _RequestTable(path, where, table, ids).request(PROOFS[kind])


class _RequestTable:
    """Reads one table. Every method raises RuleError, naming file, table and key."""

    def __init__(self, path: str, where: str, table: Mapping[str, Any], ids: set[str]) -> None:
        self._path, self._where, self._table, self._ids = path, where, table, ids

    def request(self, proofs: Sequence[str]) -> ProviderRequest:
        """The request of the table, whose answers are in the keys `proofs`."""
        known = {**KEYS, **dict.fromkeys(proofs, object)}
        keys.check(self._path, self._where, self._table, known, ("rules", "url"))
        keys.check_choice(self._path, self._where, self._table, {"method": _METHODS, "signer": SIGNERS})
        answers = {key: self._proofs(key) for key in proofs}
        if not any(answers.values()):
            raise self._error(proofs[0], f"missing; write the statuses that prove it, or {proofs[1]}")
        if both := set(answers[proofs[0]]) & set(answers[proofs[1]]):
            raise self._error(proofs[1], f"{min(both).status} is in {proofs[0]} as well")
        request = ProviderRequest(
            rules=self._rules(),
            method=self._table.get("method", "GET"),
            url=self._url(),
            hosts=self._each("hosts", _HOST_NAME.match, "a host name, such as api.example.com"),
            host_env=self._each("host_env", str.isidentifier, "the name of a variable"),
            headers=self._texts("headers"),
            auth=self._auth(),
            signer=self._table.get("signer", ""),
            json=self._json(),
            form=self._texts("form"),
            source=self._source(),
            shows=self._shows(),
            broad=self._each("broad", str.isprintable, "a role or a scope"),
            **answers,
        )
        self._check_places(request)
        return request

    def _error(self, key: str, reason: str) -> RuleError:
        return RuleError(f"{self._path}: {self._where}: {key}: {reason}")

    def _each(self, key: str, is_right: Callable[[str], object], what: str) -> tuple[str, ...]:
        items: list[str] = self._table.get(key, [])
        for item in items:
            if not is_right(item):
                raise self._error(key, f"{item!r} is not {what}")
        return tuple(items)

    def _rules(self) -> tuple[str, ...]:
        found = self._each("rules", self._ids.__contains__, "a rule of this file")
        if not found:
            raise self._error("rules", "write the ids of the rules that the request is for")
        return found

    def _url(self) -> str:
        url: str = self._table["url"]
        hosted = {"hosts", "host_env"} & self._table.keys()
        if url == _SECRET:
            if "hosts" not in self._table:
                raise self._error("hosts", "missing; write the hosts that the value may name")
        elif not _URL.match(url):
            raise self._error("url", f"must be an https URL with a fixed host or {_HOST}, or {_SECRET} alone")
        elif (_HOST in url) != bool(hosted):
            raise self._error("url", f"use {_HOST} with hosts or host_env, and only with them")
        return url

    def _source(self) -> str:
        source: str = self._table.get("source", "")
        if "source" in self._table and not _PAGE.match(source):
            raise self._error("source", "must be the https URL of a page")
        return source

    def _shows(self) -> tuple[tuple[str, str], ...]:
        found = self._texts("shows")
        for name, place in found:
            if name not in SHOWN or not _JSON_PATH.match(place.removeprefix("@")):
                raise self._error("shows", f"write {', '.join(SHOWN)}, each with a path such as user.name, or @header")
        return found

    def _auth(self) -> tuple[str, ...]:
        found: list[str] = self._table.get("auth", [])
        if "auth" in self._table and len(found) != 2:
            raise self._error("auth", "write two texts: a user and a password")
        if "signer" in self._table and not found:
            raise self._error("auth", "missing; the signer needs a key id and a secret")
        return tuple(found)

    def _texts(self, key: str) -> tuple[tuple[str, str], ...]:
        found = self._table.get(key, {})
        if not all(isinstance(text, str) and text.isprintable() and _FIELD.match(name) for name, text in found.items()):
            raise self._error(key, "write names of letters, digits, `-` and `_`, each with one line of text")
        return tuple(found.items())

    def _json(self) -> str:
        try:
            return json.dumps(self._table["json"], allow_nan=False) if "json" in self._table else ""
        except (TypeError, ValueError):
            raise self._error("json", "has a date, a time or a number that JSON cannot express") from None

    def _proofs(self, key: str) -> tuple[Proof, ...]:
        answers = self._table.get(key, [])
        if not isinstance(answers, list):
            raise self._error(key, "must be a list of statuses and tables, such as [200, { status = 400, json = {} }]")
        return tuple(self._proof(key, answer) for answer in answers)

    def _proof(self, key: str, answer: Any) -> Proof:
        table = answer if isinstance(answer, dict) else {"status": answer}
        status, expected = table.get("status"), table.get("json", {})
        if table.keys() - {"status", "json"} or not isinstance(expected, dict):
            raise self._error(key, "a table has a status and json, a table of values by path")
        if type(status) is not int or not 200 <= status <= 499:
            raise self._error(key, f"{status!r} is not a status that proves anything: use 200 to 499")
        for place, value in expected.items():
            if not _JSON_PATH.match(place) or not isinstance(value, (str, int)):
                raise self._error(key, f"{place!r}: write a path such as error.code, and a text, number or boolean")
        return Proof(status, tuple(expected.items()))

    def _check_places(self, request: ProviderRequest) -> None:
        """Check the placeholders."""
        names = request.placeholders
        if unknown := names - self._ids - {"secret", "host"}:
            raise self._error("url", f"unknown placeholder {{{min(unknown)}}}; use {_SECRET}, {_HOST} or a rule's id")
        if "secret" not in names:
            raise self._error("url", f"{_SECRET} is nowhere: write where the value goes")
