"""The names that the text around a value says it has: in a condition, an error message, a comment or a docstring.

Recognized by the characters on the lines around, in any language.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages
from unspill.model import Span
from unspill.sites import Docstring
from unspill.space import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unspill.document import Document
    from unspill.model import Finding

_REACH = 8
"""How many lines before and after a value are looked at."""
_ABOVE = 3
"""How many lines above a value may hold the condition, or the comment, that is about it."""
_BELOW = 2
"""How many lines after a test of a variable may hold the message."""
_LONGEST = 400
"""Maximum length of a line that is looked at, in bytes."""
_NAME = re.compile(r"(?<![\w.$/-])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?![\w(/-])")
_BEFORE = re.compile(r"""(?<![\w.$/-])["'`]([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)["'`],\s*[rbuf]{0,2}["'`]\Z""")
"""The argument before a value: `setenv("NAME", "`."""
_SETTING = re.compile(r"(?<![\w$/-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?!\w)")
_NO_SECRETS = ("_ID", "_PATH", "_FILE")
"""How names end of what goes with a secret: of its public half, or of where it is."""
_ASSIGNED = re.compile(r"\s*([A-Za-z_][\w.]*)\s*=[^=]")
_STRING = re.compile(r"""(["'`])((?:(?!\1).)*)\1""")
_COMMENT = re.compile(r"(?:^|\s)(?:#|//|--|<!--|/?\*)\s(.*)")
_TEST = re.compile(r"\b(?:if|elif|assert|unless|not|raise|guard|require)\b|\?\?|\|\|")
_CONDITION = re.compile(r"\b(?:if|unless)\b.*(?:\b(?:getenv|environ|env|ENV)\b|\bsecrets?\.)")


class _Line(NamedTuple):
    """A line near a value. `distance` counts lines from the value's: negative ones are above."""

    distance: int
    start: int
    """In bytes."""
    text: str

    @property
    def indent(self) -> int:
        """The length of the white space at its start."""
        return len(self.text) - len(self.text.lstrip())


def names(document: Document, finding: Finding) -> Iterator[str]:
    """The names that the text around a located finding gives its value, the best first."""
    lines = list(_lines(document, finding.span))
    own = next((line for line in lines if line.distance == 0), None)
    if own is None:
        return
    argument = _BEFORE.search(own.text[: len(document.data[own.start : finding.span.start].decode("utf-8", "replace"))])
    if argument is not None and _is_secrets(argument[1]):
        yield argument[1]
    above = [line for line in reversed(lines) if line.distance < 0]
    below = [line for line in lines if line.distance > 0]
    yield from _said(own.text, comments=True)
    yield from _before(own, above[:_ABOVE])
    yield from _tested(below, (finding.site.name or "").rpartition(".")[2])
    yield from _described(document, above)
    if not finding.env:
        assigned = _ASSIGNED.match(own.text)
        key = finding.site.name or (assigned[1] if assigned is not None else "")
        yield from _beside(own, above[:_ABOVE], below[:_ABOVE], key.rpartition(".")[2])
        yield from (name for line in below for name in _said(line.text) if not _is_used(document, name))


def _before(own: _Line, above: Sequence[_Line]) -> Iterator[str]:
    """The names in the conditions that a line depends on, and in the comment before it; `above` is nearest first."""
    for line in above:
        if line.indent < own.indent and _CONDITION.search(line.text):
            yield from _in(line.text)
    for line in takewhile(lambda line: _COMMENT.match(line.text), above):
        yield from _said(line.text, comments=True)


def _lines(document: Document, span: Span) -> Iterator[_Line]:
    here = document.line_at(span.start)
    for number in range(max(here - _REACH, 0), min(here + _REACH + 1, len(document.line_starts))):
        start, end = document.line_span(number)
        if end - start <= _LONGEST:
            yield _Line(number - here, start, document.data[start:end].decode("utf-8", "replace"))


def _tested(below: list[_Line], variable: str) -> Iterator[str]:
    """The names in the messages of tests of the variable."""
    last = -1
    mentioned = re.compile(rf"\b{re.escape(variable)}\b") if variable else None
    for line in below:
        if mentioned is not None and _TEST.search(line.text) and mentioned.search(line.text):
            last = line.distance + _BELOW
        if line.distance <= last:
            yield from _said(line.text)


def _beside(own: _Line, above: Sequence[_Line], below: Sequence[_Line], key: str) -> Iterator[str]:
    """The names by settings on the lines around, up to an empty one: `DOCKER_USERNAME` beside `password:`."""
    name = words.as_env_name(key)
    if not words.names_secret(name):
        return
    around = [own, *(line for side in (above, below) for line in takewhile(lambda line: line.text.strip(), side))]
    for line in sorted(around, key=lambda line: abs(line.distance)):
        yield from filter(None, (words.beside(name, match[0]) for match in _SETTING.finditer(line.text)))


def _described(document: Document, above: list[_Line]) -> Iterator[str]:
    """The names in a docstring above."""
    for line in above:
        for match in _NAME.finditer(line.text):
            start = line.start + len(line.text[: match.start()].encode())
            if _is_secrets(match[1]):
                site = languages.site(document, Span(start, start + len(match[1])))
                if isinstance(site, Docstring):
                    yield match[1]


def _said(line: str, *, comments: bool = False) -> Iterator[str]:
    """The names in a line's strings of several words, and in its comment."""
    found = _COMMENT.search(line) if comments else None
    if found is not None:
        yield from _in(found[1])
    for string in _STRING.finditer(line[: found.start()] if found is not None else line):
        if " " in string[2]:  # several words
            yield from _in(string[2])


def _in(text: str) -> Iterator[str]:
    return (match[1] for match in _NAME.finditer(text) if _is_secrets(match[1]))


def _is_secrets(name: str) -> bool:
    """Whether a name is one of a secret, and not of what goes with one, or a placeholder."""
    return words.names_secret(name) and not name.endswith(_NO_SECRETS) and not words.is_placeholder(name)


def _is_used(document: Document, name: str) -> bool:
    """Whether the document uses a name for something else: assigns it, or asks for it."""
    written = re.escape(name.encode())
    used = rb"""(["'])%b\1|^\s*(?:\w+\s+){0,2}%b\s*[:=]""" % (written, written)
    return re.search(used, document.data, re.MULTILINE) is not None
