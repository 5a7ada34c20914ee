"""What looks like a secret but is not: placeholders, words, degenerate strings, references.

All of it is data and small tests on the value alone. Each reason is in words that `--explain` shows.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from unspill.judge.published import EXACT, PARTS

# A word of five letters turns up in one random 34-letter body in about a million; one of four only counts
# where it stands apart (`_test_`, `YourKey`), and shorter ones are no evidence.
_WORDS = re.compile(
    rb"""example|placeholder|dummy|sample|change_?me|replace|insert|redacted|removed|hidden|masked|secret|token|qwerty
    |x{4}|\*\*\*|\.\.\.|\xe2\x80\xa6|abcdefgh|01234567|12345678|98765432|enter|paste|fixme|undefined
    |foobar|invalid|access|apikey|api_key|password|huggingface|openai|deadbeef
    |(?<![A-Za-z])(?:your|here|fake|test|mock|goes|todo|demo|null|none|some|user|name|auth|token|with)(?![A-Za-z])
    |(?<![a-z])(?-i:[Yy]our|YOUR)""",
    re.IGNORECASE | re.VERBOSE,
)  # fmt: skip
_LONG = 60
"""From this length on, a body holds a short word by chance once too often."""
_RUN = re.compile(rb"(.)\1{5,}", re.DOTALL)
_PERIODIC = re.compile(rb"(.{2,8})\1{2,}", re.DOTALL)
TEMPLATE = re.compile(
    rb"""^[<\[{(%$].*[>\]})%]$|\$\{|\$\(|\{\{|%\(|\xe2\x80\xa6|\.\.\.|<[A-Za-z_ -]+>|^__.*__$
    |^\$\$?[A-Za-z_][A-Za-z0-9_]*$|^@[A-Z_]+@$
    |^%[A-Za-z_]+%?$|^:[a-z_]+$|^ENC[\[(]|^(?:op|vault|env|file|doppler|keyring|bws|ref\+[a-z]+)://|^arn:aws
    |^(?:os\.environ|process\.env|getenv|var|local|data|module|secrets|config|settings|self|args)[./(\[]""",
    re.VERBOSE,
)  # fmt: skip
_CAMEL_WORD = re.compile(
    rb"[A-Z]?(?=[a-z]{3})(?:[b-df-hj-np-tv-xz]{0,3}[aeiouy]{1,3})+(?:[b-df-hj-np-tv-xz]{1,3}(?![a-z]))?"
)
_IDENTIFIER = 0.75
"""The share of a body in runs of lower case that can be read; random letters exceed it once in 10,000 bodies of 34."""
_HEXADECIMAL_WORDS = re.compile(
    rb"dead(?:beef|c0de|fa11|10cc)|cafe(?:babe|d00d|f00d)|feed(?:face|beef|c0de)|face(?:feed|b00c)|(?:baad|badd?|dead)f00d"
    rb"|bad(?:c0de|c0ffee|beef)|(?:dec)?c0ffee|decafbad|defec8ed|c0dedbad|d15ea5e|abad(?:1dea|babe)",
    re.IGNORECASE,
)
_NEXT = frozenset(
    pair
    for row in b"abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm 9a f0 z0".split()
    for pair in pairwise(row)
)
_PREVIOUS = frozenset(pair[::-1] for pair in _NEXT)
"""What follows what in the alphabet, the digits, from one to the other, and on the keyboard."""
_SAME = frozenset((char, char) for char in range(128))
_FOLLOW = Counter(pair for following in (_NEXT, _PREVIOUS, _SAME) for pair in following)
"""In how many of these ways the second character of a pair follows the first."""
_RUN_LENGTH = 3
"""Fewer characters in a row follow one another by chance …"""
_COVERED = 0.7
"""… and no random value has runs in this share of it."""
_SHORTEST_SEQUENCE = 6
_SEPARATORS = re.compile(rb"[_.\- ]")


def is_published(value: bytes) -> bool:
    """Whether `value` is published in documentation, or is a test value by design."""
    return value in EXACT or any(part in value for part in PARTS)


def reason(body: bytes, *, worded: bool = False) -> str:
    """Why `body` (a value without the prefix of its rule) is not a secret; "" if nothing rules it out.

    `worded` says that a value of its kind may well be made of words.
    """
    if not body:
        return "nothing after the prefix"
    if is_published(body):
        return "value from public documentation"
    if TEMPLATE.search(body):
        return "template or reference"
    if (word := _WORDS.search(body)) and (len(body) < _LONG or len(word[0]) > 6):
        return f"placeholder: contains {word[0].decode('utf-8', 'replace').lower()!r}"
    if because := degenerate(body):
        return because
    if not worded and _is_identifier(body):
        return "words, like an identifier"
    return ""


def is_sequence(body: bytes) -> bool:
    """Whether most of `body` follows the alphabet, the digits or the keyboard (`abcd…`, `9876…`, `qwer…`).

    Also if up to three sequences are interleaved (`a1b2c3…`, `aA1bB2…`), or characters are repeated (`0011…`).
    A long random value that holds a short sequence is still random.
    """
    if len(body) < _SHORTEST_SEQUENCE:
        return False
    lower = body.lower().translate(None, b"-_.")
    least = _COVERED * len(lower)
    strides = range(1, min(len(lower) // 4, 3) + 1)
    return any(_most_in_runs(lower, stride) >= least and _in_runs(lower, stride) >= least for stride in strides)


def _most_in_runs(text: bytes, stride: int) -> float:
    """What `_in_runs` is at most: three characters or more that follow one another are two pairs or more."""
    pairs = sum(filter(None, map(_FOLLOW.get, zip(text, text[stride:], strict=False))))
    return pairs * _RUN_LENGTH / (_RUN_LENGTH - 1)


def _in_runs(text: bytes, stride: int) -> int:
    """How many characters of `text` are in runs of those that follow one another `stride` characters apart."""
    covered: set[int] = set()
    for following in (_NEXT, _PREVIOUS, _SAME):
        for first in range(stride):
            start = first
            for at in range(first + stride, len(text) + stride, stride):
                if at < len(text) and (text[at - stride], text[at]) in following:
                    continue
                if at - start >= _RUN_LENGTH * stride:
                    covered.update(range(start, min(at, len(text)), stride))
                start = at
    return len(covered)


def degenerate(body: bytes) -> str:
    """Why `body` is repetition or counting; "" if it is neither."""
    size = len(body)
    if (run := _RUN.search(body)) and (len(run[0]) * 4 >= size or run[1] in b"xX*#."):
        return "repeated character"
    if size >= 8 and len(set(body)) <= max(3, min(size // 12, 6)):
        return "too few distinct characters"
    if (run := _PERIODIC.search(body)) and len(run[0]) >= _COVERED * size:
        return "repeating pattern"
    if size >= 12 and body.find(body[: (size + 1) // 2], 1) > 0:
        return "repeated text"
    if sum(map(len, _HEXADECIMAL_WORDS.findall(body))) * 2 > size:
        return "words in hexadecimal digits"
    return "sequential characters" if is_sequence(body) else ""


def _is_identifier(body: bytes) -> bool:
    """Whether `body` is made of words: `getDefaultName`, `some-service-name`."""
    parts = [part for part in _SEPARATORS.split(body) if part]
    if not all(part.isalpha() for part in parts):
        return False
    # Random letters of one case look like one word; in several parts of one length, like a password in groups.
    if (body.islower() or body.isupper()) and len({len(part) for part in parts}) == 1:
        return False
    return sum(map(len, _CAMEL_WORD.findall(body))) > _IDENTIFIER * len(b"".join(parts))
