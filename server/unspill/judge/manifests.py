"""The values of Kubernetes Secrets: each is declared secret, so only other meanings are ruled out."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING

from unspill.engine.manifests import ENCODED
from unspill.judge import exclusions, meaning, passwords, randomness, words
from unspill.judge.verdict import Verdict
from unspill.model import Confidence

if TYPE_CHECKING:
    from unspill.engine.named import Named

_SHORTEST = 4
_SETTING = re.compile(r"[A-Za-z]+(?:[-_., ]{1,2}[A-Za-z]+)*[0-9]{0,3}|[0-9][0-9.,:/TZ+-]*(?:[a-zA-Z]{1,2})?")
_TELLS_WHERE = frozenset(
    """
    user username login email host hostname endpoint address port database db dbname schema region zone namespace
    name type scheme protocol server issuer audience tenant version ca crt cert certificate enabled
    """.split()
)
"""Last words of names that are locations or identities, not credentials."""


def verdict(named: Named, value: bytes) -> Verdict:
    """Whether an entry of a Secret is confidential, and why."""
    if because := exclusions.impossible(named._replace(quote='"'), value.decode("utf-8", "replace")):
        return Verdict(None, because)
    text = _decoded(value) if named.operator == ENCODED else value
    last = (words.parts(named.name) or [""])[-1]
    if last in _TELLS_WHERE:
        return Verdict(None, "Secret entry that is not confidential, by its name")
    if text.lstrip().startswith(b"-----BEGIN") and b"PRIVATE KEY" not in text:
        return Verdict(None, "certificate or public key")
    if len(text) < _SHORTEST:
        return Verdict(None, "too short")
    if not _is_json(text) and (because := passwords.reason(text)):
        return Verdict(None, because)
    if not meaning.plain_secret(meaning.words_of(named.name)) and _is_setting(text.decode("utf-8", "replace").strip()):
        return Verdict(None, "setting, by its name and its look")
    return Verdict(Confidence.MEDIUM, "Kubernetes Secret entry", near=True)


def _is_setting(text: str) -> bool:
    """Whether `text` is a word, several of them, a number, a date or a duration, and no password."""
    return _SETTING.fullmatch(text) is not None and not randomness.is_random(text) and not passwords.is_made_up(text)


def _is_json(text: bytes) -> bool:
    """Whether `text` is an object in JSON, such as the logins of a registry or a service account."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _decoded(value: bytes) -> bytes:
    """The decoded base64 of `value`, without the line end of `echo`; `value` itself if it is not base64."""
    try:
        return base64.b64decode(b"".join(value.split()), validate=True).rstrip()
    except binascii.Error:
        return value
