"""How a rule recognises its secrets, derived from its pattern and put into words. Code is in backticks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from unspill.engine.anchors import leading_literals, sre, sre_parser
from unspill.judge import shapes
from unspill.judge.checksums import DOCUMENTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from unspill.rules import Rule

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = frozenset("0123456789")
_PRINTABLE = frozenset(map(chr, range(33, 127)))
_MARKS = _PRINTABLE - _LOWER - _UPPER - _DIGITS
_CATEGORIES = {
    sre.CATEGORY_DIGIT: _DIGITS,
    sre.CATEGORY_WORD: _LOWER | _UPPER | _DIGITS | {"_"},
    sre.CATEGORY_SPACE: frozenset(" \t\r\n"),
    sre.CATEGORY_NOT_SPACE: _PRINTABLE,
}
_MOST_PREFIXES = 8
_MOST_MARKS = 12
_FREE = 80
"""An alphabet with this many characters is described as any."""

CHECKSUMS = {
    "crc32-base62": "the last six characters are a CRC-32 of the preceding ones, in base 62",
    "github-fine-grained": "eight characters are the SHA-256 of the preceding ones, in base 32",
    "gitlab-routable": "the last seven characters are a CRC-32 of the preceding ones, in base 36",
    "zuplo-crc32": "the last eight characters are a CRC-32 of the preceding ones, in hexadecimal",
    "cloudflare-crc32": "the last eight characters are a CRC-32 of the preceding ones, in hexadecimal",
    "confluent-crc32": "the last six characters are a CRC-32 of the preceding ones, in base 64",
    "grafana-crc32": "the last eight characters are a CRC-32 of the preceding ones, in hexadecimal",
    "atlassian-crc32": "the last eight characters are a CRC-32 of the preceding ones, in hexadecimal",
    "azure-key-64": "the last four of its bytes are a Marvin32 checksum of the others",
    "azure-key-32": "the last four of its bytes are a Marvin32 checksum of the others",
    "azure-key-39": "the last four of its bytes are a Marvin32 checksum of the others",
    "azure-functions": "the last four of its bytes are a Marvin32 checksum of the others",
    "azure-cask": "the last four characters are a Marvin32 checksum of the preceding ones, in base 62",
    "entra-secret": "the last three characters are a Marvin32 checksum of the preceding ones",
    "nats-seed": "the last two of its bytes are a CRC-16 of the others",
    "age-bech32": "the last six characters are a Bech32 checksum",
    "base58check": "the last four of its bytes are a double SHA-256 of the others",
    "jwt": "it decodes to a signed JSON Web Token",
    "openai": "it contains the marker that the issuer puts in its keys",
    "anthropic": "it has the ending of the issuer's keys",
    "bedrock-key": "it decodes to a key name or a signed request",
    "pypi-macaroon": "it decodes to a macaroon for the package index",
    "discord-bot": "its first part decodes to an account ID",
    "intercom": "it decodes to text with the beginning of the issuer's tokens",
    "jfrog-reference": "it decodes to a reference token",
    "base64-json": "it decodes to a JSON object",
    "aws-access-key-id": "it decodes to an account ID other than the one in the documentation",
    "aws-session-token": "it contains the marker that the issuer puts in its tokens",
    "base64-userpass": "it decodes to a user name and a password",
    "workos-key": "it contains the marker that the issuer puts in its keys",
    "bitwarden": "its parts are a UUID, a secret and a key of 16 bytes",
    "pem-private": "it decodes to a private key",
    "uuid4": "it is a random UUID (version 4)",
    "pgp-crc24": "its last line is a CRC-24 of the others",
    "azure-devops-legacy": "four of its bytes are a CRC-32 of the others",
    "bip39": "it is 12 to 24 words with few repetitions",
}
"""What each checksum and structure test of the judge requires."""


class Shape(NamedTuple):
    """The format of the secrets of a rule."""

    prefixes: tuple[str, ...]
    """Possible prefixes of a secret; empty if there are too many."""
    shortest: int
    """Characters, including the prefix."""
    longest: int | None
    alphabet: str
    """The variable characters, in words."""


def shape(rule: Rule) -> Shape:
    """The format of the secrets of a rule."""
    secret = shapes.secret_part(sre_parser.parse(rule.pattern))
    prefixes = leading_literals(secret)
    shortest, longest = secret.getwidth()
    return Shape(
        tuple(dict.fromkeys(prefixes)) if len(prefixes) <= _MOST_PREFIXES else (),
        int(shortest),
        None if longest >= sre.MAXREPEAT else int(longest),
        _alphabet(frozenset(_characters(secret))),
    )


def sentences(rule: Rule) -> list[str]:
    """How the rule recognises a secret, one sentence per requirement."""
    if rule.generic:
        return [
            "The name it is assigned to (a variable, keyword, key or option) suggests a secret.",
            "The value looks like a secret, not like a word, placeholder, path or reference.",
        ]
    form = shape(rule)
    found = [f"Starts with {_either(form.prefixes)}."] if form.prefixes else []
    if form.longest == form.shortest:
        length = f"{form.shortest}"
    elif form.longest is None:
        length = f"{form.shortest} or more"
    else:
        length = f"{form.shortest} to {form.longest}"
    varying = "; the variable ones are" if shapes.literals(rule) else ":"
    found.append(f"{length} characters long{varying} {form.alphabet}.")
    if re.compile(rule.pattern).groups:
        found.append("Captured from surrounding text: the group in the pattern is the secret.")
    if rule.keywords:
        spelled = " (`_` also stands for `-` or nothing)" if any("_" in word for word in rule.keywords) else ""
        found.append(f"Requires a nearby keyword{spelled}: {_either(rule.keywords)}.")
    if rule.checksum:
        proof = "; values that fail are never reported" if rule.checksum in DOCUMENTED else ""
        found.append(f"Validated: {CHECKSUMS[rule.checksum]}{proof}.")
    if rule.languages:
        found.append(f"Only detected in {_either(rule.languages)}.")
    if rule.fallback:
        found.append("Several issuers share this format: any other rule that matches the same text takes precedence.")
    return found


def evidence(rule: Rule) -> str:
    """The evidence for the format, in words; "" if the rule has none."""
    if not rule.source:
        return "a guess" if rule.evidence == "guess" else ""
    by = "the issuer" if rule.evidence == "documented" else "third parties"
    return f"{rule.evidence or 'described'} by {by}: {rule.source} (checked on {rule.checked})"


def confidence(rule: Rule) -> str:
    """The default confidence of a finding: `high`, `medium` or `low`."""
    return rule.confidence or ("medium" if rule.keywords else "low" if shapes.is_weak_guess(rule) else "high")


def _either(words: Iterable[str]) -> str:
    *rest, last = [_code(word) for word in words]
    return f"{', '.join(rest)} or {last}" if rest else last


def _code(text: str) -> str:
    return text if "`" in text else f"`{text}`"


def _characters(items: Any) -> Iterator[str]:
    """Every printable ASCII character that the variable parts of a parsed pattern allow."""
    for op, value in items:
        if op is sre.IN:
            yield from _class(value)
        elif op is sre.ANY:
            yield from _PRINTABLE
        elif op is sre.NOT_LITERAL:
            yield from _PRINTABLE - {chr(value)}
        elif op is sre.BRANCH:
            for branch in value[1]:
                yield from _characters(branch)
        elif op is sre.SUBPATTERN:
            yield from _characters(value[3])
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            yield from _characters(value[2])


def _class(items: Any) -> frozenset[str]:
    """The characters of a class in a parsed pattern."""
    found: set[str] = set()
    negated = False
    for op, value in items:
        if op is sre.NEGATE:
            negated = True
        elif op is sre.LITERAL:
            found.add(chr(value))
        elif op is sre.RANGE:
            found.update(map(chr, range(value[0], min(value[1], 126) + 1)))
        else:
            found |= _CATEGORIES[value]
    return _PRINTABLE - found if negated else frozenset(found)


def _alphabet(characters: frozenset[str]) -> str:
    """A set of characters in words: `letters, digits, - and _`."""
    if len(characters & _PRINTABLE) >= _FREE:
        return "almost any characters"
    parts = []
    lower, upper, digits = characters & _LOWER, characters & _UPPER, characters & _DIGITS
    if digits == _DIGITS and {*lower, *map(str.lower, upper)} == set("abcdef"):
        case = "" if lower and upper else "lower-case " if lower else "upper-case "
        parts.append(f"{case}hexadecimal digits")
    else:
        if lower == _LOWER and upper == _UPPER:
            parts.append("letters")
        else:
            parts += [_kind(lower, _LOWER, "lower-case letters"), _kind(upper, _UPPER, "upper-case letters")]
        parts.append(_kind(digits, _DIGITS, "digits"))
    marks = sorted(characters & _MARKS)
    parts += map(_code, marks) if len(marks) <= _MOST_MARKS else ["punctuation"]
    parts += ["whitespace"] if characters & set(" \t\r\n") else []
    *rest, last = [part for part in parts if part] or [""]
    return f"{', '.join(rest)} and {last}" if rest else last


def _kind(characters: frozenset[str], whole: frozenset[str], name: str) -> str:
    """Characters of one kind: the name of the kind if complete, else ranges."""
    if characters == whole:
        return name
    stretches: list[str] = []
    for char in sorted(characters):
        if stretches and ord(stretches[-1][-1]) + 1 == ord(char):
            stretches[-1] = f"{stretches[-1][0]}–{char}"
        else:
            stretches.append(char)
    return ", ".join(stretches)
