"""Named values that anyone may read: fingerprints, addresses on a blockchain, keys that pages show, ciphertext."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from unspill.judge import words

if TYPE_CHECKING:
    from unspill.engine.named import Named

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
_DIGEST = re.compile(rb"\bdigest\s+\w|\brealm\s?=")
"""What is around a nonce of HTTP Digest, which is sent in the open (RFC 7616, section 3)."""
_CIPHERTEXT = re.compile(
    r"[a-z]{0,8}kms:(?!//)|hashivault:|vault:v\d|secure:|\$ANSIBLE_VAULT|\{AQAAABAAA"
    r"|-----BEGIN (?:PGP MESSAGE|AGE ENCRYPTED)|age-encryption\.org"
)
"""Of Pulumi, Vault's transit engine, Travis, Ansible, Jenkins, OpenPGP and age."""


def reason(named: Named, text: str, around: bytes) -> str:
    """Why the value of a name is no secret though it looks like one; empty if it may be.

    `around` is the text near the value, in lower case.
    """
    said = words.parts(named.name)
    if not _SECRETS & set(said) and _is_fingerprint(named, text, around):
        return "OpenPGP fingerprint or key id"
    if _ADDRESS.match(text) or (_ADDRESSED & set(said) and "private" not in said and _BASE58.match(text)):
        return "address on a blockchain"
    if _SHOWN & set(said) or ("site", "key") in pairwise(said):
        return "name suggests a key that pages show"
    if named.name.lower().endswith("nonce") and _DIGEST.search(around):
        return "HTTP Digest nonce"
    if _CIPHERTEXT.match(text) or _CIPHERTEXT.match(named.operator.lstrip(": =") + text):
        return "encrypted"
    return ""


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
