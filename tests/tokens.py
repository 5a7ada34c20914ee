"""Made-up tokens that also carry a right checksum or structure, for the kinds that have one."""

from __future__ import annotations

import base64
import json
import re
import string
from random import Random
from typing import TYPE_CHECKING

from unspill.judge.checksums import CHECKSUMS

from tests.samples import Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from unspill.rules import Rule

_TRIES = 3000


def with_checksum(name: str, value: str) -> str:
    """`value` with its end replaced by what the checksum called `name` asks for."""
    tail = CHECKSUMS[name](value.encode())
    return value if tail is None else value[: -len(tail)] + tail.decode()


def complete(rule: Rule, sample: Sample) -> Sample:
    """`sample` with every made-up value completed as the rule's checksum or structure asks; values keep their length.

    Raises ValueError if that cannot be done in this length.
    """
    text = sample.text
    for start, end in sample.spans:
        value = _completed(rule, text[start:end])
        if len(value) != end - start:
            raise ValueError(f"{rule.id}: an example of {end - start} characters cannot be a whole {rule.checksum}")
        text = text[:start] + value + text[end:]
    return Sample(text, sample.spans)


def _completed(rule: Rule, value: str) -> str:
    if rule.checksum in _STRUCTURES:
        return _STRUCTURES[rule.checksum](value)
    if rule.checksum not in CHECKSUMS:
        return value
    random = Random(value)
    body = re.search(r"[A-Za-z0-9]{8}\Z", value[: len(value) // 2])
    for _ in range(_TRIES):
        done = with_checksum(rule.checksum, value)
        # A checksum may hold characters that the issuer avoids by drawing again: so does this.
        if body is None or re.search(rule.pattern, done):
            return done
        value = value[: body.start()] + "".join(random.choices(string.digits, k=8)) + value[body.end() :]
    return value


def _encoded(raw: str) -> str:
    return base64.urlsafe_b64encode(raw.encode()).rstrip(b"=").decode()


def _object(key: str, length: int, random: Random) -> str:
    """A JSON object with `key`, as base 64 of `length` characters."""
    size = length * 3 // 4
    frame = json.dumps({**({"alg": "HS256"} if key == "kid" else {}), key: ""}, separators=(",", ":"))
    filling = "".join(random.choices(string.ascii_lowercase, k=size - len(frame)))
    return _encoded(frame[:-2] + filling + frame[-2:])


def _is_json(part: str) -> bool:
    try:
        return isinstance(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))), dict)
    except ValueError:
        return False


def _jwt(value: str) -> str:
    """Header and payload, where they are random, replaced by JSON."""
    start = value.index("eyJ")
    header, payload, signature = value[start:].split(".")
    random = Random(value)
    header = header if _is_json(header) else _object("kid", len(header), random)
    payload = payload if _is_json(payload) else _object("sub", len(payload), random)
    return ".".join([value[:start] + header, payload, signature])


def _base64_json(value: str) -> str:
    """The random end of an object whose first key is given: `{"key":` and a string."""
    found = re.search(r"eyJ[A-Za-z0-9+/_-]+", value)
    if found is None or _is_json(found[0]):
        return value
    raw = base64.b64decode(found[0][: len(found[0]) // 4 * 4].replace("-", "+").replace("_", "/"))
    key = re.match(rb'\{"[a-z_]+":', raw)
    if key is None:
        return value
    size = len(found[0]) * 3 // 4
    filling = "".join(Random(value).choices(string.ascii_lowercase, k=size - len(key[0]) - 3))
    return value[: found.start()] + _encoded(f'{key[0].decode()}"{filling}"}}') + value[found.end() :]


def _userpass(value: str) -> str:
    bare = value.rstrip("=")
    raw = base64.b64decode(bare + "=" * (-len(bare) % 4))
    if re.fullmatch(rb"[!-~]+:[!-~]+", raw):
        return value
    text = "".join(Random(value).choices(string.ascii_lowercase + string.digits, k=len(raw)))
    first = chr(raw[0]) if 33 <= raw[0] < 127 else "u"
    return _encoded(first + text[1 : len(raw) // 3] + ":" + text[len(raw) // 3 + 1 :]) + value[len(bare) :]


def _discord(value: str) -> str:
    """The first part replaced by an account number that begins with the same letter."""
    head, rest = value.split(".", 1)
    first = {"M": "1", "N": "5", "O": "8"}[head[0]]
    digits = "".join(Random(value).choices(string.digits, k=len(head) * 3 // 4 - 1))
    return _encoded(first + digits) + "." + rest


_STRUCTURES: dict[str, Callable[[str], str]] = {
    "jwt": _jwt,
    "base64-json": _base64_json,
    "base64-userpass": _userpass,
    "discord-bot": _discord,
}
