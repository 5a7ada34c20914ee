"""What stands where a secret would, but is none: placeholders, worded bodies, degenerate strings, references.

All of it is data and small tests on the value alone. `reason` gives the reason, in words that `--explain` shows.
"""

from __future__ import annotations

import re
from itertools import pairwise

# A word of four letters turns up in one random 34-letter body in about 15,000; shorter ones are no evidence.
_WORDS = re.compile(
    rb"""your|here|token|secret|example|placeholder|dummy|sample|change|replace|insert|redacted|removed|hidden|masked|
    xxxx|\*\*\*|\.\.\.|\xe2\x80\xa6|fake|test|mock|abcdef|bcdefg|qwerty|asdfgh|012345|123456|234567|987654|
    goes|enter|paste|todo|fixme|undefined|foobar|invalid|access|apikey|password|huggingface|openai|deadbeef""",
    re.IGNORECASE | re.VERBOSE,
)  # fmt: skip
_REPEATED = re.compile(rb"(.)\1{5}", re.DOTALL)
_PERIODIC = re.compile(rb"(.{2,8})\1{2,}", re.DOTALL)
_TEMPLATE = re.compile(rb"^[<\[{(%$].*[>\]})%]$|\$\{|\$\(|\{\{|%\(|<[A-Za-z_ -]+>")
_CAMEL_WORD = re.compile(rb"[A-Z]?[a-z]{3,}")
_IDENTIFIER = 0.72
"""The share of a body in lower-case runs of three letters or more; about 0.3 in random letters."""


def reason(body: bytes) -> str:
    """Why `body` (a value without its rule's prefix) is no secret; "" if nothing speaks against it."""
    if not body:
        return "nothing behind the prefix"
    if _TEMPLATE.search(body):
        return "a template or a reference"
    # A long value may hold a short word by chance: then it is random elsewhere.
    if (word := _WORDS.search(body)) and (len(body) < 60 or len(word[0]) > 5):
        return f"a placeholder: it holds the word {word[0].decode('utf-8', 'replace').lower()!r}"
    if _REPEATED.search(body) and len(body) < 200:
        return "one character repeated"
    if len(set(body)) <= max(3, len(body) // 12) and len(body) >= 8:
        return "too few different characters"
    if (run := _PERIODIC.search(body)) and len(run[0]) * 2 > len(body):
        return "the same characters over and over"
    if is_sequence(body):
        return "characters in order"
    if body.isalpha() and sum(map(len, _CAMEL_WORD.findall(body))) > _IDENTIFIER * len(body):
        return "words, like an identifier"
    return ""


def is_sequence(body: bytes) -> bool:
    """Whether most of `body` goes up or down by one (`abcd…`, `9876…`)."""
    if len(body) < 6:
        return False
    steps = [after - before for before, after in pairwise(body)]
    return max(steps.count(1), steps.count(-1)) > 0.6 * len(steps)
