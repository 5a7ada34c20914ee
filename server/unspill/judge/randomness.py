"""Whether characters are random: how they follow one another, against words, and how many kinds there are."""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from itertools import pairwise

from unspill.judge import entropy, placeholders
from unspill.judge.words import FOLLOWS

UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
HEXADECIMAL = re.compile(r"(?=[a-fA-F]*[0-9])(?:[0-9a-f]{12,}|[0-9A-F]{12,})\Z")
LONG = 16
"""From this length on, the letters alone are evidence enough."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_SHORTEST_ENCODED = 12
_SHORTEST_PADDED = 8
_PRINTABLE = re.compile(rb"[A-Za-z0-9][ -z]+")
"""Text that is no JSON."""
_ALPHABET = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9+/_.~!@#$%^&*?=-]+(?::[A-Za-z0-9+/_.~!@#$%^&*?=-]+)?", re.DOTALL)
"""With one colon: more of them separate the bytes of a fingerprint."""
_BITS_A_CHARACTER = 0.3
"""What one in a hundred random texts of sixteen of the fewest letters (hexadecimal digits) falls below."""
_BITS_A_SHORT_CHARACTER = 0.5
_CHANGE = 2.0
"""How many bits a digit beside a letter is worth: words have few …"""
_CAPITAL = 1.0
"""… and a capital behind a small letter."""


def is_random(text: str) -> bool:
    """Whether `text` is long, hardly made of words, and has the entropy of random text."""
    return len(text) >= LONG and _is_random(text, _BITS_A_CHARACTER)


def is_short_random(text: str) -> bool:
    """Whether `text`, which may be short, has a digit and is even less like words."""
    return any(map(str.isdigit, text)) and _is_random(text, _BITS_A_SHORT_CHARACTER)


def _is_random(text: str, least: float) -> bool:
    value = text.encode()
    if not _ALPHABET.fullmatch(text) or placeholders.degenerate(value) or entropy.shannon(value) < entropy.least(value):
        return False
    return bool(HEXADECIMAL.match(text)) or evidence(text) >= least * len(text)


def reads_like_words(text: str) -> bool:
    """Whether `text` is rather made of words than of random characters."""
    return evidence(text) < _BITS_A_CHARACTER / 2 * len(text) and not HEXADECIMAL.match(text)


def is_encoded_words(text: str) -> bool:
    """Whether `text` is base 64 of words or of a sequence: anyone can read those."""
    if len(text) < (_SHORTEST_PADDED if text.endswith("=") else _SHORTEST_ENCODED) or not _BASE64.fullmatch(text):
        return False
    plain = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        decoded = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        return False
    if not _PRINTABLE.fullmatch(decoded):
        return False
    return bool(placeholders.degenerate(decoded)) or evidence(decoded.decode()) < _BITS_A_CHARACTER * len(decoded)


def evidence(text: str) -> float:
    """How many bits the transitions in `text` speak for random characters, against words and numbers.

    Words are letters that follow one another as in English; what separates them says nothing.
    """
    return sum(map(_transition, pairwise(text)))


@lru_cache(maxsize=1 << 13)
def _transition(pair: tuple[str, str]) -> float:
    """How many bits a character and the next speak for random ones."""
    first, second = pair
    if not (first.isascii() and second.isascii() and first.isalnum() and second.isalnum()):
        return 0.0
    if first.isdigit() or second.isdigit():
        return 0.0 if first.isdigit() and second.isdigit() else _CHANGE
    if first.islower() and second.isupper():
        return _CAPITAL
    return 6.0 - int(FOLLOWS[ord(first.lower()) - 97][ord(second.lower()) - 97])
