"""Checksums inside tokens: what part of a value can be computed from the rest.

A checksum is a function that gives, for a whole value (prefix included, ASCII bytes), the text that must stand at its
end; or None where the value does not have the form. Sources are the issuers' documents where they exist; the others
were derived from published fixtures. `structure.py` has the tests that decode instead of computing.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ENTRA = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_CRC_PREFIX = re.compile(rb"(?:gh[a-z]|npm|vc[a-z]|nbp|polar(?:_[a-z]+)?)_")


def base62(number: int, width: int) -> str:
    """`number` in base 62 (digits, upper case, lower case), most significant first, padded with zeros to `width`."""
    return _in_base(number, _BASE62).rjust(width, "0")


def base36(number: int, width: int) -> str:
    """`number` in base 36 (digits, lower case), most significant first, padded with zeros to `width`."""
    return _in_base(number, _BASE36).rjust(width, "0")


def marvin32(data: bytes, seed: bytes) -> int:
    """Marvin32 of `data`, as in Microsoft's Common Annotated Security Keys; `seed` is eight characters, big-endian."""
    number = int.from_bytes(seed, "big")
    low, high = number & 0xFFFFFFFF, number >> 32
    rest = len(data) % 4
    for at in range(0, len(data) - rest, 4):
        low = (low + int.from_bytes(data[at : at + 4], "little")) & 0xFFFFFFFF
        low, high = _marvin_block(low, high)
    last = data[len(data) - rest :] + b"\x80"
    low = (low + int.from_bytes(last, "little")) & 0xFFFFFFFF
    for _ in range(2):
        low, high = _marvin_block(low, high)
    return low ^ high


def crc16_xmodem(data: bytes) -> int:
    """CRC-16/XMODEM (polynomial 0x1021, initial value 0)."""
    return binascii.crc_hqx(data, 0)


def _marvin_block(low: int, high: int) -> tuple[int, int]:
    high ^= low
    low = _rotate(low, 20)
    low = (low + high) & 0xFFFFFFFF
    high = _rotate(high, 9)
    high ^= low
    low = _rotate(low, 27)
    low = (low + high) & 0xFFFFFFFF
    return low, _rotate(high, 19)


def _rotate(number: int, by: int) -> int:
    return (number << by | number >> (32 - by)) & 0xFFFFFFFF


def _in_base(number: int, digits: str) -> str:
    text = ""
    while number:
        number, rest = divmod(number, len(digits))
        text = digits[rest] + text
    return text


def _decode64(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return None


def _crc32_base62(value: bytes) -> bytes | None:
    """GitHub, npm, Vercel, Polar, NetBird: CRC-32 of what stands before it, without prefix, in base 62."""
    prefix = _CRC_PREFIX.match(value)
    return None if prefix is None else base62(zlib.crc32(value[prefix.end() : -6]), 6).encode()


def _github_fine_grained(value: bytes) -> bytes | None:
    """Eight characters after the first 77 are base 32 of their SHA-256; the last eight are not known."""
    import hashlib

    if len(value) != 93:
        return None
    return base64.b32encode(hashlib.sha256(value[:77]).digest())[:8] + value[85:]


def _gitlab_routable(value: bytes) -> bytes | None:
    """GitLab's routable tokens: CRC-32 of everything before, base 36, seven characters."""
    return base36(zlib.crc32(value[:-7]), 7).encode()


def _hex_crc32(start: int, end: int) -> Callable[[bytes], bytes | None]:
    """CRC-32 of `value[start:end]` as eight lower-case hexadecimal digits."""
    return lambda value: b"%08x" % zlib.crc32(value[start:end])


def _confluent(value: bytes) -> bytes | None:
    """Confluent: the 54 characters behind `cflt`, little-endian CRC-32, base 64 without padding."""
    return base64.b64encode(zlib.crc32(value[4:-6]).to_bytes(4, "little")).rstrip(b"=")


def _grafana(value: bytes) -> bytes | None:
    """Grafana service accounts: CRC-32 of everything before the last `_`, its bytes in little-endian order, in hex."""
    return zlib.crc32(value[: value.rfind(b"_")]).to_bytes(4, "little").hex().encode()


def _atlassian(value: bytes) -> bytes | None:
    """Atlassian: CRC-32 of everything before, upper-case hex."""
    return b"%08X" % zlib.crc32(value[:-8])


_AZURE_SEEDS = {
    64: (b"Default0", b"AbAcct00", b"Access00"),
    32: (b"Default0", b"Send0000", b"Listen00", b"Manage00", b"Access00"),
    39: (b"Default0", b"Access00"),
    42: (b"Default0",),
}


def _azure(size: int) -> Callable[[bytes], bytes | None]:
    """Azure keys of `size` bytes: the last four are Marvin32 of the rest, little-endian, under one of a few seeds."""

    def tail(value: bytes) -> bytes | None:
        decoded = _decode64(value.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"="))
        if decoded is None or len(decoded) < size:
            return None
        body = decoded[: size - 4]
        for seed in _AZURE_SEEDS[size]:
            if decoded[size - 4 : size] == marvin32(body, seed).to_bytes(4, "little"):
                return value
        full = base64.b64encode(body + marvin32(body, _AZURE_SEEDS[size][0]).to_bytes(4, "little"))
        # Base 64 packs three bytes in four characters: only what the body cannot change is the checksum's.
        return full[len(base64.b64encode(body).rstrip(b"=")) :]

    return tail


def _azure_cask(value: bytes) -> bytes | None:
    """Common annotated security keys: four characters of base 62 of Marvin32 over the first 80, decoded."""
    decoded = _decode64(value[:80])
    if decoded is None or len(value) < 84:
        return None
    number = marvin32(decoded, b"Default0").to_bytes(4, "little")
    text = _in_base(int.from_bytes(number, "big"), _BASE62).encode()
    return text[:4] + value[84:]


def _entra(value: bytes) -> bytes | None:
    """Entra client secrets with `8Q~`: three characters of base 66 of Marvin32 over everything before."""
    if value[3:6] != b"8Q~":
        return None
    text = _in_base(marvin32(value[:-3], b"AadPwd00"), _ENTRA).rjust(6, _ENTRA[0])
    return text[:3].encode()


def _nats_seed(value: bytes) -> bytes | None:
    """NATS nkeys: base 32 whose last two bytes are CRC-16/XMODEM of the others, little-endian."""
    try:
        decoded = base64.b32decode(value + b"=" * (-len(value) % 8))
    except binascii.Error:
        return None
    body = decoded[:-2]
    whole = base64.b32encode(body + crc16_xmodem(body).to_bytes(2, "little")).rstrip(b"=")
    return whole if whole == value else whole[-2:]


def _age(value: bytes) -> bytes | None:
    """Identities of age: Bech32 (BIP 173), six characters; `AGE-SECRET-KEY-` is the human-readable part."""
    text = value.decode("ascii", "replace").lower()
    human, separator, data = text.rpartition("1")
    if not separator or any(char not in _BECH32 for char in data):
        return None
    values = [ord(char) >> 5 for char in human] + [0] + [ord(char) & 31 for char in human]
    values += [_BECH32.index(char) for char in data[:-6]] + [0] * 6
    check = 1
    for five in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ five
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    check ^= 1
    tail = "".join(_BECH32[check >> 5 * (5 - at) & 31] for at in range(6))
    return (tail.upper() if value.isupper() else tail).encode()


def _base58check(value: bytes) -> bytes | None:
    """Bitcoin's Base58Check: four bytes of double SHA-256."""
    import hashlib

    number = 0
    for char in value.decode("ascii", "replace"):
        if char not in _BASE58:
            return None
        number = number * 58 + _BASE58.index(char)
    size = (number.bit_length() + 7) // 8
    raw = number.to_bytes(size, "big")
    body = raw[:-4]
    check = hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4]
    return _in_base(int.from_bytes(body + check, "big"), _BASE58).encode()


CHECKSUMS: dict[str, Callable[[bytes], bytes | None]] = {
    "crc32-base62": _crc32_base62,
    "github-fine-grained": _github_fine_grained,
    "gitlab-routable": _gitlab_routable,
    "zuplo-crc32": _hex_crc32(5, 37),
    "cloudflare-crc32": _hex_crc32(5, 45),
    "confluent-crc32": _confluent,
    "grafana-crc32": _grafana,
    "atlassian-crc32": _atlassian,
    "azure-key-64": _azure(64),
    "azure-key-32": _azure(32),
    "azure-key-39": _azure(39),
    "azure-functions": _azure(42),
    "azure-cask": _azure_cask,
    "entra-secret": _entra,
    "nats-seed": _nats_seed,
    "age-bech32": _age,
    "base58check": _base58check,
}

DOCUMENTED = frozenset(["crc32-base62", "confluent-crc32", "age-bech32", "base58check"])
"""The checksums that their issuers document, so that a wrong one is proof."""
