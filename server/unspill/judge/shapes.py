"""What a rule's pattern fixes and what it leaves open: read off the pattern itself, once per rule."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from unspill.engine.anchors import sre, sre_parser

if TYPE_CHECKING:
    from unspill.rules import Rule

_FEW = 4
"""A class of so many letters is still part of a prefix (`xox[abp]-`)."""
_OTHER = bytes.maketrans(b"abcdefABCDEF", b"zzzzzzZZZZZZ")


def body(value: bytes, rule: Rule) -> bytes:
    """`value` without the literal text that every match of the rule begins with."""
    head = _shape(rule.pattern)[0].match(value)
    return value[head.end() :] if head else value


def literals(rule: Rule) -> int:
    """How many characters of the secret the rule's pattern fixes."""
    return _shape(rule.pattern)[1]


def is_free_text(rule: Rule) -> bool:
    """Whether the secret may be nearly anything: a password between other text."""
    return "([^" in rule.pattern


def only_hexadecimal(value: bytes, rule: Rule) -> bool:
    """Whether `value` is written in hexadecimal digits though the rule's shape has more letters: then it is a hash."""
    if len(value) < 20 or value.strip(b"0123456789abcdef") and value.strip(b"0123456789ABCDEF"):
        return False
    return re.fullmatch(rule.pattern.encode(), value.translate(_OTHER)) is not None


@lru_cache(maxsize=512)
def _shape(pattern: str) -> tuple[re.Pattern[bytes], int]:
    tree = _secret(sre_parser.parse(pattern))
    return re.compile(_head(tree)[0].encode()), _count(tree)


def _secret(items: Any) -> Any:
    """The part of a parsed pattern that its capturing group holds; all of it if it has none."""
    for op, value in items:
        if op is sre.SUBPATTERN:
            if value[0] is not None:
                return value[3]
            nested = _secret(value[3])
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
