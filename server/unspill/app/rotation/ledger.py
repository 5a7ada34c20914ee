"""The ledger of a rotation, `.unspill/rotation.json`: what was exposed, and what the user says was done about it.

No value is in it: credentials go by fingerprints under the random key in `.unspill/rotation.key`. Both files are
private, and replaced together or not at all. Whatever can be checked is checked again, and not taken from here.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from unspill.errors import ConfigError, StaleError, UserError
from unspill.project import read, staging, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VERSION = 1
FILE = f"{staging.FOLDER}/rotation.json"
KEY_FILE = f"{staging.FOLDER}/rotation.key"
_KEY = re.compile(rb"[0-9a-f]{64}\n\Z")
_ID = re.compile(r"[0-9a-f]{32}\Z")
_ATTEMPTS = 5
_ANSWERS = ("", "accepted", "revoked")
_DAY = re.compile(r"(?:\d{4}-\d\d-\d\d)?\Z", re.ASCII)


class Exposure(NamedTuple):
    """A place that a credential was exposed at."""

    path: str
    commit: str = ""
    """The first commit that has it there; empty if it was seen in a file only."""
    day: str = ""
    """When that was written: ISO 8601; empty if unknown."""


class Tracked(NamedTuple):
    """What is remembered of a credential."""

    rule: str
    """The id of its rule; empty if only its name is known."""
    names: tuple[str, ...] = ()
    """The names that a dotenv file has, or had, it under."""
    planned: tuple[str, ...] = ()
    """The name that `fix` would give it, or has given it."""
    exposures: tuple[Exposure, ...] = ()
    incident: str = ""
    """The day of the incident that it was exposed in; empty if in none."""
    absent: str = ""
    """The last day on which it was not there yet; empty if unknown."""
    done: Mapping[str, str] = MappingProxyType({})
    """The steps that the user has ticked, or a provider has proven, and on which day."""
    verified: str = ""
    """The id of the new value that the provider was seen to accept; empty if none."""
    sent: str = ""
    """The day on which its revocation was sent, or was about to be: it is not sent again. Empty if it never was."""
    answer: str = ""
    """What the provider answered to that: `accepted`, `revoked`, or nothing that is known."""
    online: Mapping[str, str] = MappingProxyType({})
    """When each Space, by `owner/name`, was given a new value: ISO 8601 in UTC."""


class Ledger(NamedTuple):
    """The ledger of one root, and the files as they were read."""

    key: bytes
    seen: str = ""
    """The day of the last run; empty if there was none."""
    tracked: Mapping[str, Tracked] = MappingProxyType({})
    """By fingerprint."""
    before: bytes | None = None
    key_before: bytes | None = None


def load(root: str) -> Ledger:
    """The ledger below an absolute folder; an empty one with a new key if there is none. Raises ConfigError."""
    place, key_place = (os.path.join(root, *name.split("/")) for name in (FILE, KEY_FILE))
    data, stored_key = _read(place), _read(key_place)
    if stored_key is None:
        if data is not None:
            raise ConfigError(
                f"{key_place}: missing, without which {FILE} cannot be used; restore it, or move that file away to "
                "start over (what was ticked is lost)"
            )
        return Ledger(secrets.token_bytes(32))
    if not _KEY.match(stored_key):
        raise ConfigError(f"{key_place}: damaged; restore it, or move it and {FILE} away to start over")
    key = bytes.fromhex(stored_key.decode())
    if data is None:
        return Ledger(key, key_before=stored_key)
    try:
        seen, tracked = _parsed(json.loads(data))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ConfigError(
            f"{place}: not a ledger of version {VERSION}; restore it, or move it away to start over (what was ticked "
            "is lost)"
        ) from None
    return Ledger(key, seen, tracked, data, stored_key)


def save(root: str, ledger: Ledger) -> None:
    """Write a ledger that was loaded, unless it is unchanged.

    Raises StaleError if another process has written it since, BusyError and UserError: then nothing is changed.
    """
    after = _text(ledger)
    stored_key = ledger.key.hex().encode() + b"\n"
    changes = [
        write.FileChange(KEY_FILE, ledger.key_before, stored_key),
        write.FileChange(FILE, ledger.before, after),
    ]
    write.apply(root, (), [change for change in changes if change.before != change.after])


def update(root: str, id_: str, change: Callable[[Tracked], Tracked | None]) -> bool:
    """Change what is remembered of one credential, and have it on the disk before this returns.

    False, and nothing is written, if `change` returns None. It is called again if another process was faster.
    Raises UserError.
    """
    for _ in range(_ATTEMPTS):
        ledger = load(root)
        if id_ not in ledger.tracked:
            raise UserError(f"{FILE}: has changed, and does not know {id_[:8]} any more; run again")
        changed = change(ledger.tracked[id_])
        if changed is None:
            return False
        try:
            save(root, ledger._replace(tracked={**ledger.tracked, id_: changed}))
        except StaleError:
            continue
        return True
    raise UserError(f"{FILE}: keeps changing; run again later")


def _read(path: str) -> bytes | None:
    data = read.regular(path)
    if data is None and os.path.lexists(path):
        raise ConfigError(f"{path}: cannot be read; make it a readable file, or move it away")
    return data


def _text(ledger: Ledger) -> bytes:
    content = {
        "version": VERSION,
        "seen": ledger.seen,
        "credentials": {
            id_: {
                "rule": one.rule,
                "names": one.names,
                "planned": one.planned,
                "exposed": [exposure._asdict() for exposure in one.exposures],
                "incident": one.incident,
                "absent": one.absent,
                "done": dict(one.done),
                "verified": one.verified,
                "sent": one.sent,
                "answer": one.answer,
                "online": dict(one.online),
            }
            for id_, one in sorted(ledger.tracked.items())
        },
    }
    return json.dumps(content, indent=1).encode() + b"\n"


def _parsed(content: Any) -> tuple[str, dict[str, Tracked]]:
    """Raises one of the errors of values of a wrong type."""
    if content["version"] != VERSION:
        raise ValueError
    tracked = {}
    for id_, row in content["credentials"].items():
        exposures = [
            Exposure(_string(one["path"]), _string(one["commit"]), _string(one["day"])) for one in row["exposed"]
        ]
        done = {_string(step): _day(day) for step, day in row["done"].items()}
        names, planned = tuple(map(_string, row["names"])), tuple(map(_string, row["planned"]))
        incident, absent = _day(row["incident"]), _day(row["absent"])
        verified, sent, answer = _string(row.get("verified", "")), _day(row.get("sent", "")), row.get("answer", "")
        if not _ID.match(id_) or not (_ID.match(verified) or not verified) or answer not in _ANSWERS:
            raise ValueError
        tracked[id_] = Tracked(
            _string(row["rule"]), names, planned, tuple(exposures), incident, absent, done, verified, sent, answer,
            {_string(space): _string(moment) for space, moment in row.get("online", {}).items()},
        )  # fmt: skip
    return _day(content["seen"]), tracked


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _day(value: Any) -> str:
    if not _DAY.match(_string(value)):
        raise ValueError
    return _string(value)
