"""Structure inside tokens: what a value decodes to. Each test gets the whole value (prefix included, ASCII bytes)."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import zlib
from typing import TYPE_CHECKING, Any

from unspill.judge import passwords, randomness
from unspill.judge.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

_UUID4 = re.compile(rb"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}\Z")
_PEM_REST = re.compile(
    rb"""-----[^-]+-----|^[A-Za-z-]+:.*$|["']\s*\+\s*(?=["'])|[\s"'\\,]""",
    re.MULTILINE,
)
"""What is no base 64 in a key that is written in code: armor, headers, quotes, joints."""
_ARMORED = re.compile(rb"(?<![A-Za-z0-9+/=\s])[A-Za-z0-9+/=\t\r\f\v ]*\n([A-Za-z0-9+/=\s]+)\n=([A-Za-z0-9+/]{4})\s")
"""Base 64 with a checksum behind it, told from the beginning of what may be base 64 on."""
_KEY_FILE = re.compile(rb"_json_key(?:_base64)?:\s*(?:\{|ey[A-Za-z0-9])")
"""A service account's key as a password (Google Cloud documentation, "Authentication for Artifact Registry")."""
_VISIBLE = re.compile(rb"[!-~]+")
_EXAMPLE_JWT = {"John Doe", "Jane Doe"}
"""Who the tokens of tutorials are issued to …"""
_EXAMPLE_SECRETS = (b"secret", b"your-256-bit-secret", b"a-string-secret-at-least-256-bits-long", b"key", b"password")
"""… and what they are signed with: whoever reads the tutorial can make such a token."""


def decode(text: bytes) -> bytes | None:
    """Base 64 in either alphabet, with or without padding; None if it is none."""
    plain = text.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        return None


def decode_json(text: bytes) -> Any:
    """The JSON inside base 64; None if there is none."""
    raw = decode(text)
    if raw is None:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def jwt_parts(value: bytes) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Header and payload of the JSON Web Token at the end of `value` (RFC 7519); None if there is none."""
    start = value.find(b"eyJ")
    pieces = value[start:].split(b".") if start >= 0 else []
    if len(pieces) != 3:
        return None
    header, payload = decode_json(pieces[0]), decode_json(pieces[1])
    return (header, payload) if isinstance(header, dict) and isinstance(payload, dict) else None


def _verdict(right: bool, *, otherwise: Answer = Answer.WRONG) -> Answer:
    return Answer.RIGHT if right else otherwise


def _jwt(value: bytes) -> Answer:
    parts = jwt_parts(value)
    if parts is None or "alg" not in parts[0]:
        return Answer.WRONG
    header, payload = parts
    unsigned = str(header["alg"]).lower() == "none" or value.endswith(b".")
    example = payload.get("name") in _EXAMPLE_JWT or _is_signed_by_tutorials(value)
    return _verdict(not unsigned and not example)


def _is_signed_by_tutorials(value: bytes) -> bool:
    """Whether a secret of a tutorial signs the token at the end of `value` with HS256 (RFC 7518, 3.2)."""
    signed, _, signature = value[value.find(b"eyJ") :].rpartition(b".")
    raw = decode(signature)
    return any(raw == hmac.digest(secret, signed, "sha256") for secret in _EXAMPLE_SECRETS)


def _decodes_to(pattern: bytes, prefix: bytes = b"") -> Callable[[bytes], Answer]:
    compiled = re.compile(pattern, re.DOTALL)

    def test(value: bytes) -> Answer:
        raw = decode(value.removeprefix(prefix))
        return _verdict(raw is not None and bool(compiled.match(raw)))

    return test


def _bedrock(value: bytes) -> Answer:
    """Long-term keys hold their own name, short-term ones a signed request."""
    raw = decode(value.removeprefix(b"ABSK").removeprefix(b"bedrock-api-key-"))
    found = raw is not None and raw.startswith((b"BedrockAPIKey-", b"bedrock.amazonaws.com/?Action="))
    return _verdict(found, otherwise=Answer.UNKNOWN)


def _contains(text: bytes) -> Callable[[bytes], Answer]:
    return lambda value: _verdict(text in value, otherwise=Answer.UNKNOWN)


def _discord_bot(value: bytes) -> Answer:
    raw = decode(value.split(b".")[0])
    return _verdict(raw is not None and raw.isdigit() and 17 <= len(raw) <= 20)


def _base64_json(value: bytes) -> Answer:
    """A stretch of base 64 in the value holds a JSON object. Its first key, which patterns fix, says much already."""
    found = re.search(rb"eyJ[A-Za-z0-9_\-+/]+={0,2}|e30", value)
    # Behind the object may stand a signature: `<object>_<signature>`.
    pieces = (found[0], found[0].rpartition(b"_")[0]) if found else ()
    right = any(isinstance(decode_json(piece), dict) for piece in pieces)
    return _verdict(right, otherwise=Answer.UNKNOWN)


def _pypi(value: bytes) -> Answer:
    """A macaroon (version byte 2) whose location is the index's host name."""
    raw = decode(value.split(b"-", 1)[-1])
    right = raw is not None and raw.startswith(b"\x02\x01") and b"pypi.org" in raw[:24]
    return _verdict(right, otherwise=Answer.UNKNOWN)


def _aws_key_id(value: bytes) -> Answer:
    """Base 32 behind the prefix; the account number inside must not be that of the documentation."""
    try:
        raw = base64.b32decode(value[4:20])
    except (binascii.Error, ValueError):
        return Answer.UNKNOWN
    account = (int.from_bytes(raw[:6], "big") & 0x7FFFFFFFFF80) >> 7
    if value.isalpha() and randomness.reads_like_words(value[4:].decode()):
        return Answer.WRONG
    return _verdict(account not in (123456789012, 111122223333), otherwise=Answer.WRONG) if raw else Answer.UNKNOWN


def _userpass(value: bytes) -> Answer:
    raw = decode(value.rsplit(b" ", 1)[-1])
    if raw is not None and _KEY_FILE.match(raw):
        return Answer.RIGHT
    # What is in braces is the header of a token.
    if raw is None or raw.startswith(b"{") or not _VISIBLE.fullmatch(raw):
        return Answer.WRONG
    colon = raw.rfind(b":", 1, len(raw) - 1)
    return _verdict(colon > 0 and not passwords.reason(raw[colon + 1 :], raw[:colon]))


def _uuid4(value: bytes) -> Answer:
    return _verdict(bool(_UUID4.match(value[-36:])))


def _pem_private(value: bytes) -> Answer:
    """The body is base 64 of DER, or of an OpenSSH key, or encrypted (RFC 7468, RFC 1421)."""
    text = value.replace(b"\\r", b"").replace(b"\\n", b"\n")
    body = re.sub(_PEM_REST, b"", text)
    # A joint that is not understood leaves a character too many; the beginning tells.
    raw = decode(body[: len(body) // 4 * 4])
    if raw is None or len(raw) < 24:
        return Answer.WRONG
    return _verdict(raw[:1] == b"\x30" or raw.startswith(b"openssh-key-v1"), otherwise=Answer.UNKNOWN)


def _pgp(value: bytes) -> Answer:
    """ASCII armor: the last line is CRC-24 of the decoded body (RFC 4880, 6.1)."""
    text = value.replace(b"\\r", b"").replace(b"\\n", b"\n")
    found = _ARMORED.search(text)
    raw = decode(re.sub(rb"\s", b"", found[1])) if found else None
    if found is None or raw is None:
        return Answer.UNKNOWN
    return _verdict(decode(found[2]) == crc24(raw).to_bytes(3, "big"), otherwise=Answer.UNKNOWN)


def crc24(data: bytes) -> int:
    """CRC-24 of OpenPGP (RFC 4880, 6.1)."""
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc


def _azure_devops(value: bytes) -> Answer:
    """52 characters of base 32: CRC-32 of 28 bytes, masked by the kind of token, stands in the other four."""
    try:
        raw = base64.b32decode(value.upper() + b"====")
    except binascii.Error:
        return Answer.UNKNOWN
    if len(raw) != 32:
        return Answer.UNKNOWN
    body = raw[0:2] + raw[3:7] + raw[9:22] + raw[23:32]
    word = int.from_bytes(bytes(raw[at] for at in (22, 8, 7, 2)), "little")
    return _verdict(zlib.crc32(body) ^ word in (0xE0B9692D, 0x1019F92E), otherwise=Answer.UNKNOWN)


def _bip39(value: bytes) -> Answer:
    """Twelve to 24 words, in steps of three, hardly any of them twice."""
    words = value.split()
    return _verdict(len(words) in (12, 15, 18, 21, 24) and len(set(words)) * 2 > len(words))


def _bitwarden(value: bytes) -> Answer:
    """`0.<uuid>.<client secret>:<16 bytes in base 64>`."""
    head, _, key = value.rpartition(b":")
    raw = decode(key)
    return _verdict(head.startswith(b"0.") and raw is not None and len(raw) == 16)


STRUCTURES: dict[str, Callable[[bytes], Answer]] = {
    "jwt": _jwt,
    "openai": _contains(b"T3BlbkFJ"),
    "anthropic": lambda value: _verdict(value.endswith(b"AA"), otherwise=Answer.UNKNOWN),
    "bedrock-key": _bedrock,
    "pypi-macaroon": _pypi,
    "discord-bot": _discord_bot,
    "intercom": _decodes_to(rb"tok:"),
    "jfrog-reference": _decodes_to(rb"reftkn:\d\d:\d{10}:"),
    "base64-json": _base64_json,
    "aws-access-key-id": _aws_key_id,
    "aws-session-token": _contains(b"d3M"),
    "base64-userpass": _userpass,
    "workos-key": _contains(b"a2V5X"),
    "bitwarden": _bitwarden,
    "pem-private": _pem_private,
    "uuid4": _uuid4,
    "pgp-crc24": _pgp,
    "azure-devops-legacy": _azure_devops,
    "bip39": _bip39,
}
"""Tests by name. WRONG means that the value is certainly none of its kind, UNKNOWN that it may be all the same."""
