"""Dotenv files: a small line parser that reads what python-dotenv reads (its `parser.py`), and `NAME: value` as well.

It never fails: an unclosed quote, as while typing, ends with its line.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from unspill.languages import text
from unspill.model import EnvUse, EnvUses, Span
from unspill.sites import Comment, DotenvValue, Site

if TYPE_CHECKING:
    from unspill.document import Document

_BLANK = rb"[^\S\r\n]*"
_END = rb"(?=[^\S\r\n]*(?:[#\r\n]|\Z))"
_BEGIN = re.compile(
    rb"\s*(?:(?P<comment>#[^\r\n]*)|(?:export[^\S\r\n]+)?(?P<q>')?(?P<name>(?(q)[^'\r\n]+|[^=:#\s'\"]+))(?(q)')"
    + _BLANK
    + rb"(?:=|:(?=[^\S\r\n]))"
    + _BLANK
    + rb")"
)
_VALUES = (
    re.compile(rb"'(?P<value>(?:\\'|[^'])*)'" + _END),
    re.compile(rb'"(?P<value>(?:\\"|[^"])*)"' + _END),
    re.compile(
        rb"(?P<value>[^\s#'\"][^\r\n]*?|['\"][^\r\n]*?|(?<==)#[^\r\n]*?|)(?=[^\S\r\n]+#|[^\S\r\n]*(?:\r|\n|\Z))"
    ),
)
_REST = re.compile(_BLANK + rb"(?P<comment>#[^\r\n]*)?[^\r\n]*")
_TEMPLATE_ENDS = (".example", ".sample", ".template", ".schema", ".dist", ".defaults")


class Entry(NamedTuple):
    """One `NAME=value`. `whole` is the value with its quotes, `value` without; `line` is all but the line end."""

    name: str
    name_span: Span
    value: Span
    whole: Span
    line: Span


class Parsed(NamedTuple):
    """The entries and comments of a dotenv file, in order."""

    entries: tuple[Entry, ...]
    comments: tuple[Span, ...]


def is_template(path: str) -> bool:
    """Whether the file declares names and is meant to be committed (`.env.example`)."""
    base = posixpath.basename(path).lower()
    return base.endswith(_TEMPLATE_ENDS) or base.startswith(("example.", "sample."))


def parse(document: Document) -> Parsed:
    """The entries and comments of a dotenv document."""
    return document.memo(_parse)


def site(document: Document, span: Span) -> Site:
    """Where `span` sits: a value, a comment, or what the text around it says."""
    parsed = parse(document)
    for entry in parsed.entries:
        if entry.whole.contains(span):
            return DotenvValue(entry.name)
    if any(comment.contains(span) for comment in parsed.comments):
        return Comment()
    return text.site(document, span)


def comments(document: Document) -> tuple[Span, ...]:
    """The comments, `#` included."""
    return parse(document).comments


def extent(document: Document, span: Span) -> Span:
    """The entry around `span`."""
    lines = (entry.line for entry in parse(document).entries)
    return next((line for line in lines if line.contains(span)), span)


def env_uses(document: Document) -> EnvUses:
    """A template declares its names; any other dotenv file writes them."""
    uses = tuple(EnvUse(entry.name, entry.name_span) for entry in parse(document).entries)
    return EnvUses(declared=uses) if is_template(document.path) else EnvUses(writes=uses)


def _parse(document: Document) -> Parsed:
    data, at = document.data, 0
    entries: list[Entry] = []
    found: list[Span] = []
    while at < len(data):
        begin = _BEGIN.match(data, at)
        if begin is None or (begin["comment"] is not None and begin.end() == at):
            at = _next_line(data, at)
            continue
        if begin["comment"] is not None:
            found.append(Span(*begin.span("comment")))
            at = begin.end()
            continue
        whole, value = _value(data, begin.end())
        rest = _REST.match(data, whole.end)
        if rest is not None and rest["comment"] is not None:
            found.append(Span(*rest.span("comment")))
        name = Span(*begin.span("name"))
        line = Span(_line_start(data, name.start), whole.end if rest is None else rest.end())
        entries.append(Entry(data[name.start : name.end].decode("utf-8", "replace"), name, value, whole, line))
        at = line.end
    return Parsed(tuple(entries), tuple(found))


def _value(data: bytes, at: int) -> tuple[Span, Span]:
    for pattern in _VALUES:
        if match := pattern.match(data, at):
            return Span(*match.span()), Span(*match.span("value"))
    return Span(at, at), Span(at, at)


def _line_start(data: bytes, at: int) -> int:
    return max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1


def _next_line(data: bytes, at: int) -> int:
    skip = re.compile(rb"\s*[^\r\n]*").match(data, at)
    return max(skip.end() if skip else 0, at + 1)
