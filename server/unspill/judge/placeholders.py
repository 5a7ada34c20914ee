"""What looks like a secret but is not: placeholders, words, degenerate strings, references.

All of it is data and small tests on the value alone. Each reason is in words that `--explain` shows.
"""

from __future__ import annotations

import re
from itertools import pairwise

from unspill.judge import words
from unspill.judge.published import EXACT, PARTS

# A word of five letters turns up in one random 34-letter body in about a million; one of four only counts
# where it stands apart (`_test_`, `YourKey`), and shorter ones are no evidence.
_WORDS = re.compile(
    rb"""example|placeholder|dummy|sample|change_?me|replace|insert|redacted|removed|hidden|masked|secret|token|qwerty
    |x{4}|\*\*\*|\.\.\.|\xe2\x80\xa6|abcdef|bcdefg|asdfgh|012345|123456|234567|987654|enter|paste|fixme|undefined
    |foobar|invalid|access|apikey|api_key|password|huggingface|openai|deadbeef
    |(?<![A-Za-z])(?:your|here|fake|test|mock|goes|todo|demo|null|none|some|user|name|auth|token|with)(?![A-Za-z])
    |(?<![a-z])(?-i:[Yy]our|YOUR)""",
    re.IGNORECASE | re.VERBOSE,
)  # fmt: skip
_INTERLEAVED = 16
"""From this length on, two sequences may be interleaved: `0011223344556677`, `a1b2c3d4e5f6g7h8`."""
_LONG = 60
"""From this length on, a body holds a short word by chance once too often."""
_RUN = re.compile(rb"(.)\1{5,}", re.DOTALL)
_PERIODIC = re.compile(rb"(.{2,8})\1{2,}", re.DOTALL)
_TEMPLATE = re.compile(
    rb"""^[<\[{(%$].*[>\]})%]$|\$\{|\$\(|\{\{|%\(|\xe2\x80\xa6|<[A-Za-z_ -]+>|^__.*__$
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
_SPELT, _FLUENT = 16, 0.35
"""From this length on, letters of one case that are as word-like as this are words: of random ones, one in 1,000."""
_SEPARATORS = re.compile(rb"[_.\- ]")
_PASSWORDS = re.compile(
    rb"""(?:an?|my|your|the|some|new|old|db|user|super|api)?[_\-\ ]?(?:
      pass(?:w(?:or)?d|wd|phrase|w)?|pwd|pw|pword|secret|token|key|api_?key|credentials?|auth|letmein|qwerty
    )[_\-\ ]?(?:here|goes_?here|[0-9]{0,3})
    |admin|root|user(?:name)?|guest|test(?:ing|er)?[0-9]{0,3}|demo|example|sample|dummy|fake|mock|foo|bar|baz|foobar
    |changeme|change_?this|change_?it|replace_?me|redacted|removed|hidden|masked|\*+|x+|a+|p+|\.\.\.+|none|null|nil
    |(?:your|my|insert|enter|change|replace)[_\-\ ].*|undefined|empty|default|todo|fixme|tbd|n/a|string|value
    |abc(?:123|def)?|1234?5?6?7?8?9?0?|s3cr3t|p@ssw0rd|hunter2|host(?:name)?|port|login|localhost|me|you|us
    |postgres(?:ql)?|mysql|mongo(?:db)?|redis|neo4j|minioadmin|rabbitmq|milvus|elastic|changeit|anonymous|tiger
    |ollama|lm-studio|not-needed""",
    re.IGNORECASE | re.VERBOSE,
)
"""Passwords of examples, and defaults of servers."""
_ESCAPED = re.compile(rb"%20|\+")
"""An encoded space in the password of a URL."""


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
    if _TEMPLATE.search(body):
        return "template or reference"
    if (word := _WORDS.search(body)) and (len(body) < _LONG or len(word[0]) > 6):
        return f"placeholder: contains {word[0].decode('utf-8', 'replace').lower()!r}"
    if because := degenerate(body):
        return because
    if not worded and _is_identifier(body):
        return "words, like an identifier"
    return ""


def password_reason(value: bytes, user: bytes = b"") -> str:
    """Why `value` is not a password: like `reason`, but words are allowed. `user` is the user name."""
    if not value or is_published(value):
        return "value from public documentation"
    if _TEMPLATE.search(value):
        return "template or reference"
    if user and value.lower() == user.lower():
        return "same as the user name"
    if _PASSWORDS.fullmatch(_ESCAPED.sub(b" ", value)):
        return "placeholder for a password"
    if len(set(value)) <= 2:
        return "too few distinct characters"
    if (word := _WORDS.search(value)) and word[0].lower() in (
        b"example",
        b"placeholder",
        b"redacted",
        b"dummy",
        b"***",
    ):
        return "placeholder"
    return ""


def is_sequence(body: bytes) -> bool:
    """Whether most of `body` goes up or down by one (`abcd…`, `9876…`)."""
    if len(body) < 6:
        return False
    steps = [after - before for before, after in pairwise(body)]
    return max(steps.count(1), steps.count(-1)) > 0.6 * len(steps)


def degenerate(body: bytes) -> str:
    """Why the characters of `body` follow an order or repeat; "" if they do not."""
    size = len(body)
    if (run := _RUN.search(body)) and (len(run[0]) * 4 >= size or run[1] in b"xX*#."):
        return "repeated character"
    if size >= 8 and len(set(body)) <= max(3, min(size // 12, 6)):
        return "too few distinct characters"
    if (run := _PERIODIC.search(body)) and len(run[0]) * 2 > size:
        return "repeating pattern"
    if is_sequence(body) or (size >= _INTERLEAVED and is_sequence(body[::2]) and is_sequence(body[1::2])):
        return "sequential characters"
    return ""


def _is_identifier(body: bytes) -> bool:
    """Whether `body` is made of words: `getDefaultName`, `some-service-name`."""
    parts = [part for part in _SEPARATORS.split(body) if part]
    if not all(part.isalpha() for part in parts):
        return False
    # Random letters of one case look like one word; in several parts of one length, like a password in groups.
    if (body.islower() or body.isupper()) and len({len(part) for part in parts}) == 1:
        return len(body) >= _SPELT and words.fluency(body.decode()) > _FLUENT
    return sum(map(len, _CAMEL_WORD.findall(body))) > _IDENTIFIER * len(b"".join(parts))
