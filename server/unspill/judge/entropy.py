"""Shannon entropy, judged by length and alphabet: a constant limit is wrong for most lengths."""

from __future__ import annotations

import re
from bisect import bisect_left
from math import log2

# The 1st percentile of random strings, in bits per character, by length: our own simulation of 20,000 strings a cell.
_LENGTHS = (12, 16, 20, 24, 32, 40, 48, 64)
_PERCENTILES = {
    10: (2.05, 2.35, 2.49, 2.64, 2.80, 2.91, 2.97, 3.06),
    16: (2.36, 2.66, 2.90, 3.05, 3.26, 3.42, 3.50, 3.63),
    32: (2.69, 3.08, 3.34, 3.55, 3.83, 4.02, 4.17, 4.36),
    36: (2.75, 3.15, 3.42, 3.59, 3.91, 4.10, 4.25, 4.47),
    62: (2.92, 3.38, 3.65, 3.89, 4.20, 4.45, 4.63, 4.89),
    64: (3.02, 3.33, 3.65, 3.89, 4.22, 4.48, 4.66, 4.92),
}
_PARTS = re.compile(rb"[^A-Za-z0-9]+")
_MARGIN = 0.9
"""What is let through below the percentile: one real token in a hundred must not be lost."""


def shannon(value: bytes) -> float:
    """Shannon entropy of `value` in bits per byte; 0 for nothing."""
    size = len(value)
    return -sum(count / size * log2(count / size) for count in map(value.count, set(value)))


def alphabet(value: bytes) -> int:
    """The size of the smallest usual alphabet that `value` is written in: 10, 16, 32, 36, 62 or 64."""
    if value.isdigit():
        return 10
    if not value.strip(b"0123456789abcdefABCDEF"):
        return 16
    if not value.strip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"):
        return 32
    if value.isalnum():
        return 36 if value.islower() or value.isupper() else 62
    return 64


def least(value: bytes) -> float:
    """The limit for `value`, in bits per character: that of its parts between punctuation, by their lengths.

    Parts may have alphabets of their own (`<hex>-<base 62>`). Entropy is concave, so the mean of the parts' limits
    is never above that of the whole.
    """
    parts = [part for part in _PARTS.split(value) if part]
    size = sum(map(len, parts))
    return sum(limit(len(part), alphabet(part)) * len(part) for part in parts) / size if size else 0.0


def limit(length: int, letters: int) -> float:
    """What the entropy (bits per character) of a random string hardly ever falls below.

    `length` is its length, `letters` the size of its alphabet, as `alphabet` gives it.
    """
    row = _PERCENTILES[letters]
    if length <= _LENGTHS[0]:
        # Short strings: the percentile falls with the logarithm of the length.
        return max(row[0] - 1.1 * (log2(_LENGTHS[0]) - log2(max(length, 1))), 0) * _MARGIN
    if length >= _LENGTHS[-1]:
        return row[-1] * _MARGIN
    place = bisect_left(_LENGTHS, length)
    low, high = _LENGTHS[place - 1], _LENGTHS[place]
    share = (length - low) / (high - low)
    return (row[place - 1] * (1 - share) + row[place] * share) * _MARGIN
