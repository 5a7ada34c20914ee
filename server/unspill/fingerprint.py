"""Fingerprints: what a finding is called from run to run, without its value or a plain hash of it."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unspill.model import Finding

KEY_VARIABLE = "UNSPILL_FINGERPRINT_KEY"
_PUBLIC_SALT = b"unspill fingerprint, version 1"
_GUESSABLE = 64
"""Bits of estimated entropy below which a value could be guessed from its fingerprint."""
_SIZE = 16


def key() -> bytes:
    """The key of this run: the environment's, else a public salt."""
    own = os.environ.get(KEY_VARIABLE, "")
    return os.fsencode(own) if own else _PUBLIC_SALT


def fingerprint(finding: Finding, path: str, ordinal: int, secret_key: bytes) -> str:
    """32 hexadecimal digits: an HMAC-SHA-256, cut to 128 bits (RFC 2104, section 5).

    It is made of rule and value, so that it follows the value from file to file; of rule, `path`, site, name and
    `ordinal` (the how-manieth such finding there, from 0) if the value could be guessed, or if there is none.
    """
    from unspill.judge import entropy  # the judge loads the engine, for which a server that says hello has no use yet

    value = finding.secret.reveal().encode("utf-8", "surrogateescape") if finding.secret is not None else b""
    if entropy.shannon(value) * len(value) >= _GUESSABLE:
        parts = [b"value", finding.rule.encode(), value]
    else:
        place = (finding.rule, path, finding.site.kind, finding.site.name or "", str(ordinal))
        parts = [b"place", *(part.encode("utf-8", "surrogateescape") for part in place)]
    message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.new(secret_key, message, hashlib.sha256).digest()[:_SIZE].hex()
