"""The values of a rotation, kept in memory for requests to their own providers. They are never written or shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.model import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unspill.rules import Rule

_NOT_RULES = ("secret", "host")


class Held(NamedTuple):
    """A value that was found: picklable, for the way from the process that reads the history."""

    rule: str
    path: str
    value: str

    def __repr__(self) -> str:
        return f"Held({self.rule})"


class Vault:
    """Values by fingerprint, where they were found together, and the hosts that a project names."""

    def __init__(self, known: Mapping[str, Rule]) -> None:
        requests = [request for rule in known.values() for request in (rule.verify, rule.revocation) if request]
        self.names = frozenset(name for request in requests for name in request.host_env)
        """The variables that name hosts."""
        self._rules = {id_ for request in requests for id_ in request.rules}
        self._rules |= {name for request in requests for name in request.placeholders if name not in _NOT_RULES}
        self._values: dict[str, Secret] = {}
        self._ids: dict[str, str] = {}
        """The rule of each value, by fingerprint."""
        self._paths: dict[str, set[str]] = {}
        self._named: dict[str, set[str]] = {}

    def wants(self, rule: str) -> bool:
        """Whether values of a rule are part of any request."""
        return rule in self._rules

    def add(self, held: Held, id_: str) -> None:
        """Keep a value that was found, by its fingerprint."""
        self._values[id_], self._ids[id_] = Secret(held.value), held.rule
        self._paths.setdefault(id_, set()).add(held.path)

    def name(self, variable: str, value: str) -> None:
        """Keep what a dotenv file has under a variable that names a host."""
        self._named.setdefault(variable, set()).add(value)

    def value(self, id_: str) -> Secret | None:
        """The value with a fingerprint; None if it was not found in this run."""
        return self._values.get(id_)

    def rule(self, id_: str) -> str:
        """The rule of a value; empty if it was not found in this run."""
        return self._ids.get(id_, "")

    def near(self, rule: str, id_: str) -> list[str]:
        """The fingerprints of the values of another rule in the same files."""
        here = self._paths.get(id_, set())
        return [other for other, its in self._ids.items() if its == rule and self._paths[other] & here]

    def companion(self, rule: str, id_: str) -> Secret | None:
        """The value of another rule that belongs to one: the only one in the same files, or else in the project.

        None if there is none, or a choice: a wrong one would make a live credential look dead.
        """
        found = self.near(rule, id_) or [other for other, its in self._ids.items() if its == rule]
        return self._values[found[0]] if len(found) == 1 else None

    def hosts(self, variable: str) -> set[str]:
        """What dotenv files have under a variable."""
        return self._named.get(variable, set())
