"""Named values that anyone may read: fingerprints, addresses, keys of pages, ciphertext, formats, binary text."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from unspill.judge import words
from unspill.judge.exclusions import UUID

if TYPE_CHECKING:
    from unspill.engine.generic import Named

_CLAUSE = re.compile(r"[^,;{}]{0,80}\Z")
"""What directly precedes a name may say what it is."""
_PGP = re.compile(
    r"gpg|pgp|keyserver|--recv|keyring|apt-key|signify|minisign|fingerprint|sign(?:ing|ed)[ _-]?(?:by|key)"
    r"|public[ _-]key|key[ _-]?id|keyname|packager|rpm --import",
    re.IGNORECASE,
)
"""Words around an OpenPGP fingerprint or key id."""
_SECRETS = frozenset("passphrase password passwd pass pwd secret token private api".split())
"""What a name says that is no fingerprint, though OpenPGP uses it."""
_FINGERPRINT = re.compile(
    r"(?:0x)?[0-9A-Fa-f]{40}(?:[ ,;]+(?:0x)?[0-9A-Fa-f]{40})*\Z|(?:0x)?[0-9A-Fa-f]{16}\Z|0x[0-9A-Fa-f]{8}\Z"
)
_GROUPED = re.compile(r"(?:[0-9A-F]{4} {1,2}){3,9}[0-9A-F]{4}\Z")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}\Z|(?:bc1|tb1)[02-9ac-hj-np-z]{25,62}\Z")
"""On Ethereum (EIP-55; a private key has 64 digits) and Bitcoin (BIP 173)."""
_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]{32,44}\Z")
"""On Solana, or an older one on Bitcoin: a private key there has 51 characters or more."""
_ADDRESSED = frozenset("address addr contract mint wallet pubkey program payer recipient".split())
_SHOWN = frozenset("sitekey publishable".split())
"""Words for keys that pages show their visitors."""
_CIPHERTEXT = re.compile(
    r"""\{cipher\}|AQICAH[A-Za-z0-9+/]{60,}={0,2}\Z|[a-z]{0,8}kms:(?!//)|hashivault:|vault:v\d|secure:|\$ANSIBLE_VAULT
    |\{AQAAABAAA|ENC[\[(]|-----BEGIN[ ](?:PGP[ ]MESSAGE|AGE[ ]ENCRYPTED)|age-encryption\.org
    |gAAAAA[A-Za-z0-9_-]{60,}""",
    re.VERBOSE,
)
"""Spring, AWS KMS, Pulumi, Vault's transit engine, Travis, Ansible, Jenkins, SOPS, Jasypt, OpenPGP, age, Fernet."""
_CONVERSION = re.compile(r"(?:0x)?%[-+ #0]*[0-9]*(?:\.[0-9]+)?(?:hh?|ll?|[jztL])?[diouxXeEfFgGaAcspn]")
"""Of printf, as in C11, 7.21.6.1."""
_TAG = re.compile(r"<[A-Za-z][\w.:-]*(?:\s[^<>]*)?\s\Z")
"""The start of an element, before an attribute."""
_COMPOSED = re.compile(r"[A-Za-z][a-z]{1,14}(?:[-_:#/.][A-Za-z]{1,15})?[-_:#/.](?P<id>[0-9a-fA-F-]{36})\Z")
_SECRETIVE = frozenset("api access secret private auth token password signing encryption master admin client".split())
_BASE85 = re.compile(rb"[0-9A-Za-z!#$%&()*+\-;<=>?@^_`{|}~]+")
"""The alphabet of RFC 1924."""
_DENSE = 48
"""A run of it of so many bytes …"""
_KINDS, _ODD = 8, 4
"""… with so many kinds of punctuation, of which so many hardly occur together in anything else, is binary."""
_PUNCTUATION = frozenset(b"!#$%&()*+-;<=>?@^_`{|}~")
_SELDOM = frozenset(b"!#*^`{|}~<>")


def reason(named: Named, text: str, data: bytes, around: bytes) -> str:
    """Why the value of a name is no secret though it looks like one; empty if it may be.

    `data` is the document and `around` the text near the value, in lower case.
    """
    said = words.parts(named.name)
    if not _SECRETS & set(said) and _is_fingerprint(named, text, around):
        return "OpenPGP fingerprint or key id"
    if _ADDRESS.match(text) or (_ADDRESSED & set(said) and "private" not in said and _BASE58.match(text)):
        return "address on a blockchain"
    if _SHOWN & set(said) or ("site", "key") in pairwise(said):
        return "name suggests a key that pages show"
    if _CIPHERTEXT.match(text) or _CIPHERTEXT.match(named.operator.lstrip(": =") + text):
        return "encrypted"
    if "%" in text and len(_CONVERSION.sub("", text).strip(" :,;/-_.()[]")) < 3 and _CONVERSION.search(text):
        return "printf format"
    return _of_interface(named, said, text) or ("binary text" if _is_binary(data, named) else "")


def _is_fingerprint(named: Named, text: str, around: bytes) -> bool:
    """Whether a value has the form of a fingerprint (RFC 9580, 5.5.4) and its name or line says so.

    In capitals, as OpenPGP prints them, a neighbouring line may say so too.
    """
    if not (_FINGERPRINT.match(text) or _GROUPED.match(text)):
        return False
    clause = _CLAUSE.search(named.before)
    if _PGP.search(f"{clause[0] if clause else ''}{named.name}"):
        return True
    return text.isupper() and _PGP.search(around.decode("utf-8", "replace")) is not None


def _of_interface(named: Named, said: list[str], text: str) -> str:
    """Why a `key` is one of a list, a cache or a map."""
    if named.name == "key" and _TAG.search(named.before):
        return "key of an element"
    composed = _COMPOSED.match(text)
    if composed and UUID.match(composed["id"]) and said[-1:] == ["key"] and not _SECRETIVE & set(said):
        return "identifier with its kind"
    return ""


def _is_binary(data: bytes, named: Named) -> bool:
    """Whether a name and its value stand within a run of base 85."""
    start = named.name_start
    first = max(start - _DENSE, 0)
    for run in _BASE85.finditer(data, first, min(named.end + _DENSE, len(data))):
        if run.start() <= start < run.end():
            seen = _PUNCTUATION.intersection(run[0])
            return len(run[0]) >= _DENSE and len(seen) >= _KINDS and len(seen & _SELDOM) >= _ODD
    return False
