"""What a rule's pattern fixes and what it leaves open: read off the pattern itself, once per rule."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from unspill.engine.anchors import leading_literals, sre, sre_parser

if TYPE_CHECKING:
    from unspill.engine import Candidate
    from unspill.rules import Rule

MIN_PREFIX = 3
"""A prefix of so many characters says whose secret it is …"""
_DISTINCTIVE = 4
"""… and so many fixed characters, that it is one, though nobody has said what it looks like."""
_FEW = 4
"""A class of so many letters is still part of a prefix (`xox[abp]-`)."""
_ENOUGH = 20
"""So many random letters hardly ever come from one class."""
_LONG = 16
_LOWER, _UPPER, _DIGITS = b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"0123456789"


def _turn(letters: bytes, into: bytes) -> bytes:
    return bytes.maketrans(letters, (into * len(letters))[: len(letters)])


_HASH = "hexadecimal digits only, like a hash"
_CLASSES = {
    "digits only, like a number": (_DIGITS, (_turn(_DIGITS, _LOWER), _turn(_DIGITS, _UPPER))),
    "lower-case letters only, like words": (_LOWER, (_turn(_LOWER, _UPPER), _turn(_LOWER, _DIGITS))),
    "upper-case letters only, like words": (_UPPER, (_turn(_UPPER, _LOWER), _turn(_UPPER, _DIGITS))),
    _HASH: (
        _DIGITS + b"abcdef",
        (_turn(b"abcdef", b"/"), _turn(b"abcdef", b"+"), _turn(b"abcdef", b"Z")),
    ),
}
"""What a body of one class of letters is, and what it could be turned into if the shape has all of them."""


def body(value: bytes, rule: Rule) -> bytes:
    """`value` without the literal text that every match of the rule begins with."""
    head = _shape(rule.pattern)[0].match(value)
    return value[head.end() :] if head else value


def prefix(rule: Rule) -> int:
    """How many literal characters every secret of the rule begins with."""
    return _shape(rule.pattern)[3]


def is_weak(rule: Rule) -> bool:
    """Whether the rule needs its keywords because no secret of it has a beginning that tells whose it is."""
    return bool(rule.keywords) and prefix(rule) < MIN_PREFIX


def literals(rule: Rule) -> int:
    """How many characters of the secret the rule's pattern fixes."""
    return _shape(rule.pattern)[1]


def is_weak_guess(rule: Rule) -> bool:
    """Whether nobody has said what secrets of the rule look like, and neither a name nor fixed text tells them."""
    if rule.evidence != "guess" or rule.keywords or rule.checksum or rule.generic:
        return False
    return _shape(rule.pattern)[4] < _DISTINCTIVE


def is_free_text(rule: Rule) -> bool:
    """Whether the secret may be nearly anything: a password between other text."""
    return _shape(rule.pattern)[2]


def is_long(rule: Rule) -> bool:
    """Whether the secret is always longer than a password that people make up."""
    return int(secret_part(sre_parser.parse(rule.pattern)).getwidth()[0]) >= _LONG


def unlikely(body: bytes, candidate: Candidate, data: bytes) -> str:
    """Why `body`, the open part of a candidate's value, is no sample of its rule's shape; "" if it may be one.

    A random body uses all the letters that the shape allows. One that uses a single class of them is something else
    of the same length: a word, a number, a hash.
    """
    if len(body) < _ENOUGH:
        return ""
    for kind, (letters, others) in _CLASSES.items():
        if body.strip(letters) or (kind is _HASH and literals(candidate.rule)):
            continue
        return kind if all(_fits(body.translate(other), candidate, data) for other in others) else ""
    return ""


def _fits(body: bytes, candidate: Candidate, data: bytes) -> bool:
    """Whether the candidate's rule would match as well with `body` as the end of the value."""
    start = candidate.end - len(body)
    text = data[candidate.match_start : start] + body + data[candidate.end : candidate.match_end]
    return re.fullmatch(candidate.rule.pattern.encode(), text) is not None


@lru_cache(maxsize=512)
def _shape(pattern: str) -> tuple[re.Pattern[bytes], int, bool, int, int]:
    """The secret's beginning; how many of its characters are literal; whether it is free text; its prefix's length.

    Last, how many characters of the whole match are literal.
    """
    whole = sre_parser.parse(pattern)
    tree = secret_part(whole)
    free = tree is not whole and _count(tree) == 0 and _punctuation(tree) > 4
    prefix_length = min(map(len, leading_literals(tree)), default=0)
    return re.compile(_head(tree)[0].encode()), _count(tree), free, prefix_length, _count(whole)


def secret_part(items: Any) -> Any:
    """The part of a parsed pattern that its capturing group holds; all of it if it has none."""
    for op, value in items:
        if op is sre.SUBPATTERN:
            if value[0] is not None:
                return value[3]
            nested = secret_part(value[3])
            if nested is not value[3]:
                return nested
    return items


def _head(items: Any) -> tuple[str, bool]:
    """The literal beginning of parsed items as a pattern, and whether that is all of them."""
    text = ""
    for op, value in items:
        if op is sre.LITERAL:
            text += re.escape(chr(value))
            continue
        if op is sre.IN and len(value) <= _FEW and all(kind is sre.LITERAL for kind, _ in value):
            text += "[" + "".join(re.escape(chr(code)) for _, code in value) + "]"
            continue
        if op is sre.BRANCH:
            heads = [_head(branch) for branch in value[1]]
            text += "(?:" + "|".join(head for head, _ in heads) + ")"
            whole = all(complete for _, complete in heads)
        elif op is sre.SUBPATTERN:
            head, whole = _head(value[3])
            text += f"(?i:{head})" if value[1] & re.IGNORECASE else f"(?:{head})"
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            head, whole = _head(value[2])
            if whole:
                text += f"(?:{head}){{{value[0]},{'' if value[1] is sre.MAXREPEAT else value[1]}}}"
            elif value[0]:
                text += f"(?:{head})"
        else:
            whole = False
        if not whole:
            return text, False
    return text, True


def _punctuation(items: Any) -> int:
    """How many kinds of punctuation the classes of parsed items name, or leave out."""
    total = 0
    for op, value in items:
        if op is sre.IN:
            total += sum(kind is sre.LITERAL for kind, _ in value)
        elif op is sre.BRANCH:
            total += sum(_punctuation(branch) for branch in value[1])
        elif op is sre.SUBPATTERN:
            total += _punctuation(value[3])
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            total += _punctuation(value[2])
    return total


def _count(items: Any) -> int:
    """How many literal characters every match of parsed items holds."""
    total = 0
    for op, value in items:
        if op is sre.LITERAL:
            total += 1
        elif op is sre.BRANCH:
            total += min(_count(branch) for branch in value[1])
        elif op is sre.SUBPATTERN:
            total += _count(value[3])
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            total += _count(value[2]) * value[0]
    return total
