"""Values in lists: `API_KEYS = ["…", "…"]`, `tokens:` and `- …` below, and `- --token` before `- …`.

The elements of a list, or the values of a mapping, have the list's name; an argument has that of the option before it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.engine import windows
from unspill.engine.named import ANY, CLOSE, LOOKS_RANDOM, PLAIN, PREFIX, QUOTE, STRONG, TAIL, WEAK, Named, anchor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ASSIGN = r"[ \t]{0,4}(?::=|=>|[=:])[ \t]{0,4}"
_OPEN = r"(?:new )?[A-Za-z_.:<>\[\]!&*]{0,40}[ ]?[\[({]\s{0,64}"
"""`[`, `[]string{`, `List.of(`, `new String[] {`."""
_KEY = r"(?:[\"']?[A-Za-z0-9_.\-]{1,60}[\"']?[ \t]{0,4}(?::|=>|=)[ \t]{0,4})?"
_DASH = r"[ \t]{0,64}-[ \t]{1,8}"
_BELOW = rf":[ \t]{{0,8}}\r?\n{_DASH}"
_OPTION = rf"--?[A-Za-z\-]{{0,20}}(?:{STRONG}|{WEAK})[A-Za-z\-]{{0,20}}"
_NAME = "lists"
ANCHORS = (
    anchor(f"{STRONG}{TAIL}{CLOSE}{_ASSIGN}{_OPEN}{_KEY}{PREFIX}{QUOTE}{ANY}{{6}}", _NAME),
    anchor(f"{WEAK}{TAIL}{CLOSE}{_ASSIGN}{_OPEN}{_KEY}{PREFIX}{QUOTE}{LOOKS_RANDOM}", _NAME),
    anchor(f"(?:{STRONG}|{WEAK}){TAIL}[\"']?{_BELOW}[\"']?{ANY}{{6}}", _NAME),
    anchor(f"{_OPTION}[\"']?[ \\t]{{0,8}}\\r?\\n{_DASH}[\"']?{ANY}{{4}}", _NAME),
)
_MOST = 100
"""How many elements of a list are looked at: one with more is data, not configuration."""
_AHEAD = 4096
"""How many bytes of a list are looked at."""
_HEAD = re.compile(
    (
        rf"(?P<name>[A-Za-z0-9_.$\-]{{0,40}}(?:{STRONG}|{WEAK}){TAIL})"
        rf"(?:{CLOSE}(?P<operator>{_ASSIGN}){_OPEN}|[\"']?(?P<below>{_BELOW}))"
    ).encode()
)
_ELEMENT = re.compile(
    (
        rf"(?:(?:#|//)[^\n]*\n|\s)*{_KEY}{PREFIX}(?P<quote>[\"'\x60])"
        r"(?P<value>(?:\\[^\r\n]|(?!(?P=quote))[^\\\r\n])*)(?P=quote)(?P<bare>)[ \t]*,?"
    ).encode()
)
_LINE = re.compile(
    (
        rf"(?:{_DASH})?(?:(?P<quote>[\"'])(?P<value>[^\"'\r\n]+)(?P=quote)|(?P<bare>{PLAIN}+))"
        r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)"
    ).encode()
)
_ARGUMENT = re.compile(rf"-[ \t]{{1,8}}[\"']?(?P<name>{_OPTION})[\"']?[ \t]{{0,8}}\r?\n{_DASH}".encode())
_LIKELY = re.compile(rb"(?=[^0-9]*[0-9])\S{8,}\Z")
"""An element that may be a secret: names and labels have neither digits nor, mostly, as many characters."""


def values(data: bytes, ends: Iterable[int], timeout: float) -> Iterator[Named]:  # noqa: ARG001  # bounded without
    """The elements that may be secrets, around the ends of the anchors' hits."""
    done = 0
    for begin, end in windows.around(data, ends, windows.BEHIND):
        for head in _HEAD.finditer(data, max(begin, done), end):
            operator = (head["operator"] or b":").strip().decode()
            for element in _elements(data, head.end(), _LINE if head["below"] else _ELEMENT):
                done = element.end()
                if _LIKELY.match(element["value"] or element["bare"]):
                    yield _named(head, element, operator)
        for head in _ARGUMENT.finditer(data, begin, end):
            if argument := _LINE.match(data, head.end(), min(head.end() + _AHEAD, len(data))):
                yield _named(head, argument, "=")


def _elements(data: bytes, start: int, pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """The elements from `start` on, until something else follows."""
    at, last = start, min(start + _AHEAD, len(data))
    for _ in range(_MOST):
        element = pattern.match(data, at, last)
        if element is None:
            return
        yield element
        at = element.end()


def _named(head: re.Match[bytes], element: re.Match[bytes], operator: str) -> Named:
    quote = (element["quote"] or b"").decode()
    start, end = element.span("value" if quote else "bare")
    return Named(head["name"].decode("utf-8", "replace"), operator, quote, head.start("name"), start, end)
