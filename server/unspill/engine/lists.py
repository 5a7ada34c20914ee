"""Values in lists: `API_KEYS = ["…", "…"]`, `tokens:` and `- …` below, and `- --token` before `- …`.

The elements of a list, or the values of a mapping, have the list's name; an argument has that of the option before it.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from unspill.engine import windows
from unspill.engine.named import (
    ANY,
    CLOSE,
    LOOKS_RANDOM,
    PLAIN,
    PREFIX,
    TELLING,
    Named,
    anchors_behind,
    names,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_ASSIGN = r"[ \t]{0,4}(?::=|=>|[=:])[ \t]{0,4}"
_OPEN = r"(?:new )?[A-Za-z_.:<>\[\]!&*]{0,40}[ ]?[\[({]\s{0,64}"
"""`[`, `[]string{`, `List.of(`, `new String[] {`."""
_KEY = r"(?:[\"']?(?P<key>[A-Za-z0-9_.\-]{1,60})[\"']?[ \t]{0,4}(?::|=>|=)[ \t]{0,4})?"
# The same, and a key before the first value; for anchors.
_NEAR_OPEN = r"[A-Za-z_.:<>\[\]!&* ]{0,44}[\[({]\s{0,64}(?:[\"'A-Za-z0-9_.\-]{1,64}[ ]?[:=]>?[ ]?)?"
_DASH = r"[ \t]{0,64}-[ \t]{1,8}"
_BELOW = rf":[ \t]{{0,8}}\r?\n{_DASH}"
_NAME = "lists"
ANCHORS = anchors_behind(
    _NAME,
    f"{TELLING}{CLOSE}{_ASSIGN}{_NEAR_OPEN}{PREFIX}[\"'\\x60]{LOOKS_RANDOM}",
    f"{TELLING}[\"']?:?[ \\t]{{0,8}}\\r?\\n{_DASH}[\"']?{ANY}{{4}}",
)
_MOST = 100
"""How many elements of a list are looked at: one with more is data, not configuration."""
_AHEAD = 4096
"""How many bytes of a list are looked at."""
_HEAD = re.compile(rf"{CLOSE}(?P<operator>{_ASSIGN}){_OPEN}|[\"']?(?P<below>{_BELOW})".encode())
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
_NEXT = re.compile(rf"[\"']?[ \t]{{0,8}}\r?\n{_DASH}".encode())
"""The line end behind an option, and the dash before its argument."""
_LIKELY = re.compile(rb"(?=[^0-9]*[0-9])\S{8,}\Z")
"""An element that may be a secret: names and labels have neither digits nor, mostly, as many characters."""


def values(data: bytes, ends: Iterable[int], timeout: float) -> Iterator[Named]:  # noqa: ARG001  # bounded without
    """The elements that may be secrets, around the ends of the anchors' hits."""
    done = 0
    for begin, end in windows.around(data, ends, windows.BEHIND):
        for start, stop in names(data, begin, end):
            if start < done:
                continue
            name = data[start:stop].decode("utf-8", "replace")
            if head := _HEAD.match(data, stop):
                operator = (head["operator"] or b":").strip().decode()
                for element in _elements(data, head.end(), _LINE.match if head["below"] else _ELEMENT.match):
                    done = element.end()
                    if _LIKELY.match(element["value"] or element["bare"]) and not _is_about_else(element):
                        yield _named(name, start, element, operator)
            elif name.startswith("-") and (head := _NEXT.match(data, stop)):
                for argument in islice(_elements(data, head.end(), _LINE.match), 1):
                    yield _named(name, start, argument, "=")


def _elements(
    data: bytes, start: int, match: Callable[[bytes, int, int], re.Match[bytes] | None]
) -> Iterator[re.Match[bytes]]:
    """The elements from `start` on, until something else follows."""
    at, last = start, min(start + _AHEAD, len(data))
    for _ in range(_MOST):
        element = match(data, at, last)
        if element is None:
            return
        yield element
        at = element.end()


def _is_about_else(element: re.Match[bytes]) -> bool:
    """Whether the value of a mapping has a key of its own that says it is something else: a date, an id, a name."""
    from unspill.judge import meaning

    key = element.groupdict().get("key")
    return key is not None and meaning.is_about_else(meaning.words_of(key.decode()))


def _named(name: str, start: int, element: re.Match[bytes], operator: str) -> Named:
    quote = (element["quote"] or b"").decode()
    return Named(name, operator, quote, start, *element.span("value" if quote else "bare"))
