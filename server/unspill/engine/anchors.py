"""Anchors: short prefixes of rules, all in one Hyperscan database.

An anchor says *where* rules may match, never that they do. Two kinds:

- *prefix*: one byte other than a letter or digit, then the start of a rule's pattern: its literals and up to
  16 characters of its body;
- *keyword*, for rules whose pattern alone is ambiguous: one of their keywords, at most 40 characters of the same line,
  then the same start of the pattern. Rules that start alike share their anchors.

An anchor is a superset of its rules: wherever one matches, the anchor hits within the match (or, for a keyword rule,
wherever a keyword shortly precedes the value). Patterns match bytes and mean the same to Hyperscan and `regex`.
"""

from __future__ import annotations

import importlib
import re
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from unspill.engine.keywords import spellings
from unspill.engine.matchers import Anchor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unspill.rules import Rule

# The standard library's own parser of patterns: undocumented, but it defines what a pattern means.
_NEW = sys.version_info >= (3, 11)
sre: Any = importlib.import_module("re._constants" if _NEW else "sre_constants")
sre_parser: Any = importlib.import_module("re._parser" if _NEW else "sre_parse")

BODY = 16
"""How many characters of a pattern's body an anchor contains, from its first distinctive literal."""
_MOST = 120
"""Maximum length of an anchor in characters."""
_MIN_PREFIX = 3
"""Minimum length of a literal prefix that identifies a rule, which is then searched for without a keyword."""
_SMALL = 3
"""A repeat that varies by no more than this stays in the anchor; at a larger one the anchor ends."""
_OPEN = 150
"""How much a repeat in an anchor may vary; the anchor ends at one that varies more."""
_UNBOUNDED = 1 << 14
"""Maximum bytes of a repeat: a key of 8,192 bits, or a lattice-based one, takes some 7,000."""

# A token may follow an escape (`\n`, `%3D`), whose last character is a letter or digit; the rule's own boundary,
# which looks back further, decides.
_BEFORE = {"alnum": "[^134589BCEG-JL-Zabf-lo-qsu-z]", "word": "[^A-Za-z0-9_]"}
_ANY = r"[\x00-\xff]"
"""Dashes are never part of a word, whatever precedes them."""
_SEPARATOR = r"""[\x09\x20"'\x60:=,(>\\\[{|;]"""
_SHARED = 6
"""Maximum number of keywords per anchor: more compile slowly."""


def anchors(rules: Sequence[Rule]) -> list[Anchor]:
    """The anchors of `rules`, which they reference by index."""
    found: list[Anchor] = []
    alike: dict[tuple[str, int, int], list[int]] = {}
    for index, rule in enumerate(rules):
        tree = parse(rule.pattern)
        literals = leading_literals(tree)
        by_shape = needs_keyword(rule)
        head = _Head(prefix_missing=0 if by_shape else _MIN_PREFIX)
        head.sequence(tree)
        if by_shape:
            alike.setdefault((head.text, head.shortest, head.longest), []).append(index)
        else:
            pattern = (_ANY if rule.pattern.startswith("-") else _BEFORE[rule.boundary]) + head.text
            found.append(Anchor(pattern, (index,), head.shortest, head.longest, literals, keyword=False))
    for (text, shortest, longest), members in alike.items():
        words = sorted({word for index in members for word in spellings(rules[index].keywords)})
        for at in range(0, len(words), _SHARED):
            some = words[at : at + _SHARED]
            having = tuple(index for index in members if not set(some).isdisjoint(spellings(rules[index].keywords)))
            literals = tuple(word.decode() for word in some)
            found.append(Anchor(_SEPARATOR + text, having, shortest, longest, literals, keyword=True))
    return found


@cache
def parse(pattern: str) -> Any:
    """The syntax tree of a rule's pattern, not to be changed."""
    return sre_parser.parse(pattern)


def required(rule: Rule) -> str:
    """The longest literal after the first one that every match of the rule contains; "" if unknown."""
    runs, text, first = [""], "", True
    for op, value in parse(rule.pattern):
        if op is sre.LITERAL:
            text += chr(value)
            continue
        if not first:
            runs.append(text)
        text, first = "", False
    return max([*runs, "" if first else text], key=len)


def needs_keyword(rule: Rule) -> bool:
    """Whether the rule's pattern is too ambiguous to search for without one of its keywords."""
    literals = leading_literals(parse(rule.pattern))
    return bool(rule.keywords) and min(map(len, literals), default=0) < _MIN_PREFIX


def widths(rule: Rule) -> tuple[int, int]:
    """The minimum and maximum length in bytes of the rule's matches; no repeat counts as more than 16,384."""
    tree = parse(rule.pattern)
    return tree.getwidth()[0], _width(tree)


def _width(items: Any) -> int:
    total = 0
    for op, value in items:
        if op is sre.BRANCH:
            total += max(_width(branch) for branch in value[1])
        elif op is sre.SUBPATTERN:
            total += _width(value[3])
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            total += min(_width(value[2]) * int(value[1]), _UNBOUNDED) if value[1] is not sre.MAXREPEAT else _UNBOUNDED
        else:
            total += 1
    return total


def alphabet(rule: Rule) -> str:
    """Every byte that the rule's matches may hold, as Latin-1 text in order."""
    return "".join(sorted(_letters(parse(rule.pattern), ignoring_case=False)))


def _letters(items: Any, *, ignoring_case: bool) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for op, value in items:
        if op is sre.BRANCH:
            found = found.union(*(_letters(branch, ignoring_case=ignoring_case) for branch in value[1]))
        elif op is sre.SUBPATTERN:
            found |= _letters(value[3], ignoring_case=ignoring_case or bool(value[1] & re.IGNORECASE))
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            found |= _letters(value[2], ignoring_case=ignoring_case)
        else:
            found |= _unit_letters(_unit_text(op, value), ignoring_case=ignoring_case)
    return found


@cache
def _unit_letters(unit: str, *, ignoring_case: bool) -> frozenset[str]:
    found = re.findall(unit.encode(), bytes(range(256)), re.IGNORECASE if ignoring_case else 0)
    return frozenset(byte.decode("latin-1") for byte in found)


def leading_literals(items: Any) -> tuple[str, ...]:
    """The literals, one of which starts every match, in pattern order; () if a match may start otherwise."""
    text = ""
    for op, value in items:
        if op is sre.LITERAL:
            text += chr(value)
            continue
        nested: tuple[str, ...] = ()
        if op is sre.BRANCH:
            branches = [leading_literals(branch) for branch in value[1]]
            nested = tuple(word for words in branches for word in words) if all(branches) else ()
        elif op is sre.SUBPATTERN and not value[1]:
            nested = leading_literals(value[3])
        elif op is sre.IN and len(value) <= 4 and all(kind is sre.LITERAL for kind, _ in value):
            nested = tuple(chr(code) for _, code in value)
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[0] > 0:
            nested = leading_literals(value[2])
        if nested:
            return tuple(text + word for word in nested)
        break
    return (text,) if text else ()


class _Head:
    """Writes the start of a parsed pattern as text, until the body is long enough."""

    def __init__(self, body: int = BODY, room: int = _MOST, prefix_missing: int = _MIN_PREFIX) -> None:
        self.text = ""
        self.shortest = self.longest = 0
        self.body = body
        self.room = room
        self.prefix_missing = prefix_missing
        """How many literal characters must precede the counted body."""
        self.done = False

    def sequence(self, items: Any) -> None:
        for op, value in items:
            if self.done:
                return
            self._item(op, value)

    def _item(self, op: Any, value: Any) -> None:
        if op is sre.BRANCH:
            self._branch(value[1])
        elif op is sre.SUBPATTERN:
            self._group(value)
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            self._repeat(*value)
        else:
            self._unit(_unit_text(op, value), literal=op is sre.LITERAL)

    def _unit(self, text: str, *, literal: bool) -> None:
        self.text += text
        self._count(1, literal=literal)

    def _count(self, units: int, *, literal: bool) -> None:
        self.shortest += units
        self.longest += units
        self.room -= units
        if literal:
            self.prefix_missing -= units
        elif self.prefix_missing <= 0:
            self.body -= units
        self.done = self.body <= 0 or self.room <= 0

    def _nested(self, items: Any) -> _Head:
        head = _Head(self.body, self.room, self.prefix_missing)
        head.sequence(items)
        return head

    def _take(self, text: str, heads: list[_Head]) -> None:
        self.text += text
        self.shortest += min(head.shortest for head in heads)
        self.longest += max(head.longest for head in heads)
        self.body = min(head.body for head in heads)
        self.room = min(head.room for head in heads)
        self.prefix_missing = max(head.prefix_missing for head in heads)
        self.done = any(head.done for head in heads)

    def _branch(self, branches: Any) -> None:
        heads = [self._nested(branch) for branch in branches]
        self._take("(?:" + "|".join(dict.fromkeys(head.text for head in heads)) + ")", heads)

    def _group(self, value: Any) -> None:
        head = self._nested(value[3])
        opening = "(?i:" if value[1] & re.IGNORECASE else "(?:"
        self._take(f"{opening}{head.text})", [head])

    def _repeat(self, least: int, most: Any, items: Any) -> None:
        one = self._nested(items)
        if one.shortest == one.longest == 1:
            count = min(least, self.body if self.prefix_missing <= 0 else self.room)
            if count:
                self.text += one.text if count == 1 else f"{one.text}{{{count}}}"
                self._count(count, literal=items[0][0] is sre.LITERAL)
        else:
            for _ in range(least):
                self.sequence(items)
        spare = _UNBOUNDED if most is sre.MAXREPEAT else most - least
        if self.done or spare == 0:
            return
        if self.prefix_missing <= 0 and (spare > _OPEN or (spare > _SMALL and self.body <= BODY // 2)):
            self.done = True
            return
        if one.text:
            self.text += f"(?:{one.text}){{0,{spare}}}"
        self.longest += one.longest * spare
        self.room -= 1
        self.done = one.done or self.room <= 0


def _unit_text(op: Any, value: Any) -> str:
    if op is sre.LITERAL:
        return _char(value)
    if op is sre.NOT_LITERAL:
        return f"[^{_char(value)}]"
    if op is sre.ANY:
        return r"[^\n]"
    if op is sre.CATEGORY:
        return f"[{_CATEGORIES[value]}]"
    if op is sre.IN:
        parts = ""
        for kind, item in value:
            if kind is sre.NEGATE:
                parts += "^"
            elif kind is sre.LITERAL:
                parts += _char(item)
            elif kind is sre.RANGE:
                parts += f"{_char(item[0])}-{_char(item[1])}"
            else:
                parts += _CATEGORIES[item]
        return f"[{parts}]"
    raise ValueError(f"{op} is not supported in a rule's pattern")


_CATEGORIES = {
    sre.CATEGORY_DIGIT: "0-9",
    sre.CATEGORY_WORD: "A-Za-z0-9_",
    sre.CATEGORY_SPACE: r" \t\n\r\f\v",
    sre.CATEGORY_NOT_SPACE: r"!-~\x80-\xff",
    sre.CATEGORY_NOT_DIGIT: r"\x00-/:-\xff",
    sre.CATEGORY_NOT_WORD: r"\x00-/:-@\[-^\x60{-\xff",
}


def _char(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and char.isalnum() else f"\\x{code:02x}"
