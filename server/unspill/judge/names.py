"""The name before a value: `client_id` and `commit` have no secrets, `acme_key` has one of Acme."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.engine.keywords import spellings
from unspill.judge import shapes, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unspill.engine import Candidate
    from unspill.rules import Rule

_REACH = 160
"""Maximum distance in bytes between the start of a name and its value."""
_BEFORE = re.compile(rb"""([A-Za-z_][A-Za-z0-9_.\-]*)["'\]]{0,2}[ \t]{0,8}(?:=>|:=|[=:])[ \t]{0,8}[rbuf]?["'\x60]?\Z""")
_USER = re.compile(rb"[/\s\"'=,]([^/:@\s\"'=,]+):\Z")
_WORDS = re.compile(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_OTHERS = {
    b"id": "an identifier",
    **dict.fromkeys((b"commit", b"revision", b"rev", b"sha", b"ref", b"reference", b"oid"), "a revision"),
    **dict.fromkeys((b"hash", b"checksum", b"shasum", b"digest", b"md", b"etag", b"integrity", b"crc"), "a hash"),
    **dict.fromkeys(
        (b"url", b"uri", b"host", b"path", b"file", b"filename", b"version", b"name"), "a location or a label"
    ),
    **dict.fromkeys(
        (b"project", b"workspace", b"team", b"org", b"organization", b"bucket", b"region"), "a project or a region"
    ),
}
_SPEAKS = re.compile(
    rb"key|token|secret|pass|pwd|auth|cred|api|access|private|licen|login|appid|bearer|webhook|cert|client|admin|hash|sid"
    rb"|connection|\bconnect\b|dsn|\bpat\b|\bid\b",
    re.IGNORECASE,
)
"""Words that denote credentials."""
_SUM = re.compile(
    rb"\b(?:md5|sha-?[0-9]+|crc32|checksum)|\.(?:zip|t?gz|tar|xz|whl|jar|iso|exe|dmg|deb|rpm)\b", re.IGNORECASE
)
"""Words of file lists with hashes."""
_OPENING = re.compile(
    rb"""[?&;][A-Za-z0-9_.-]{1,30}=\Z|://[^/\s]*:\Z|[ \t]-{1,2}[A-Za-z][A-Za-z-]*[ \t=]{1,2}["']?\Z"""
)
"""A parameter of a URL, its password, an option of a command."""
_ASSIGNED = re.compile(
    rb"""[A-Za-z0-9_.$-]+(?:[ ][A-Za-z0-9_.$-]+)?["'\])>]{0,3}[ \t]{0,8}(?:=>|:=|==|[=:>])[ \t]{0,8}"""
    rb"""[rbuf@$]{0,2}["'\x60(\[{]{0,3}\Z"""
)
_SCOPE = re.compile(rb"A[KS]IA[A-Z2-7]{16}(?:/|%2F)20[0-9]{6}(?:/|%2F)", re.IGNORECASE)
"""An access key id with what a signature is for (AWS Signature Version 4): a request shows both."""
_MADE = re.compile(rb"""[A-Za-z0-9_.]*\b[A-Z][A-Za-z0-9]*\([ \t]{0,4}[rbuf]{0,2}["'\x60]\Z""")
"""The start of a constructor call: `acme.Client("`."""
_LAST = re.compile(rb"""[A-Za-z0-9_.$-]+[ \t"'\x60]*\Z""")
"""The word directly before the value."""


def relates(rule: Rule, data: bytes, start: int) -> bool:
    """Whether the line before `start` relates the value to a keyword of the rule, or to credentials.

    A hash in a log line that happens to name the provider does neither.
    """
    line = _line(data, start)
    if _OPENING.search(line):
        return True
    if _SUM.search(line):
        return False
    if _SPEAKS.search(line):
        return True
    before = [found[0].lower() for pattern in (_ASSIGNED, _MADE, _LAST) if (found := pattern.search(line))]
    return any(word.strip(b"_(-") in text for text in before for word in spellings(rule.keywords))


def _line(data: bytes, start: int) -> bytes:
    """The line up to `start`, and the previous one if that only has spaces and quotes."""
    begin = max(data.rfind(b"\n", 0, start) + 1, start - _REACH)
    if not data[begin:start].strip(b" \t\"'`([{"):
        begin = max(data.rfind(b"\n", 0, max(begin - 1, 0)) + 1, start - _REACH)
    return data[begin:start]


def _whole_line(data: bytes, start: int) -> bytes:
    """The line around `start` in lower case, as far as it is near."""
    end = data.find(b"\n", start, start + _REACH)
    return (_line(data, start) + data[start : end if end >= 0 else start + _REACH]).lower()


def reason(rule: Rule, data: bytes, start: int) -> str:
    """Why a value at `start` is not a secret by its name, or by the request that it is a part of; "" if it may be.

    Names only count if the format alone says little. One that is part of the rule (`SUMO_ACCESS_ID`, `ntlm_hash`) is no
    evidence.
    """
    if _SCOPE.match(data, start):
        return "key id of a signed request"
    if not shapes.is_weak(rule) or (found := _name(data, start)) is None:
        return ""
    said = [word.lower() for word in _WORDS.findall(found)]
    if said and (stranger := _stranger(rule, said, _whole_line(data, start))):
        return stranger
    if not said or (meaning := _OTHERS.get(said[-1])) is None:
        return ""
    last = [word.decode() for word in said[-2:]]
    own = (rule.id, *(name.lower() for name in rule.env), *rule.keywords)
    if any(re.split("[^a-z0-9]", name)[-len(last) :] == last for name in own):
        return ""
    return f"name suggests {meaning}"


def _stranger(rule: Rule, said: Sequence[bytes], line: bytes) -> str:
    """Whether the words of a name say a service that is not the rule's, which only a neighbouring line mentions."""
    from unspill.judge.meaning import USUAL

    own = re.sub(
        "[^a-z0-9]", "", f"{rule.id} {rule.name} {rule.provider} {' '.join(rule.env)} {' '.join(rule.keywords)}".lower()
    )
    services = [word.decode() for word in said if len(word) > 2 and word.decode() not in USUAL]
    if not services or any(word in own for word in services) or any(word in line for word in spellings(rule.keywords)):
        return ""
    return "named after something else"


def tells_apart(one: Candidate, other: Candidate) -> bool:
    """Whether the name of a value is a variable of `other`'s rule, one provider's public key, and not of `one`'s."""
    if one.rule.provider != other.rule.provider or one.rule.public or not other.rule.public or not other.assignment:
        return False
    said = "".join(words.parts(other.assignment.name))
    return not any("".join(words.parts(env)) in said for env in one.rule.env)


def user(data: bytes, start: int) -> bytes:
    """The user before a password at `start` (`user:password@`); b"" if there is none."""
    found = _USER.search(data, max(start - _REACH, 0), start)
    return found[1] if found else b""


def _name(data: bytes, start: int) -> bytes | None:
    found = _BEFORE.search(data, max(start - _REACH, 0), start)
    return found[1] if found else None
