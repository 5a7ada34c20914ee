"""Any file: sites recognized from the characters around a span, without a parser.

This handles Go, Java, PHP, ini, XML, logs and half-typed code. The parsed languages fall back on it for what their
parser does not cover: the content of strings and words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import languages
from unspill.languages.table import DASHES
from unspill.model import EnvUses, Span
from unspill.sites import Comment, HeaderValue, Site, Text, UrlQuery, UrlUserinfo

if TYPE_CHECKING:
    from unspill.document import Document

_REACH = 400
"""How many bytes before and after a span are scanned; names and operators are nearer."""

_COMMENT = re.compile(rb"^[ \t]*(?:#(?!\[)|//|--[ \t]|;|\*[ \t/]|/\*|<!--|%[ \t]|(?i:rem)[ \t])")
_TRAILING_COMMENT = re.compile(rb"""[ \t](?:#|//)[ \t][^"'`]*\Z""")
_TRAILING_DASHES = re.compile(rb"""[ \t]--[ \t][^"'`]*\Z""")
_USERINFO_BEFORE = re.compile(rb"([A-Za-z][A-Za-z0-9+.\-]{1,20})://(?:[^\s/@\"'`<>]*:)?\Z")
_USERINFO_AFTER = re.compile(rb"[^\s/\"'`<>@]{0,200}@")
_QUERY_BEFORE = re.compile(rb"[?&;](?:amp;)?([A-Za-z0-9_.\-\[\]]{1,60})=\Z")
_SCHEME_BEFORE = re.compile(rb"\b(Bearer|Basic|Token|ApiKey|Digest|Negotiate)[ \t]+\Z", re.IGNORECASE)
_HEADER_BEFORE = re.compile(
    rb"""\b((?:proxy-)?authorization|(?:x|api|ocp)-(?=[a-z0-9-]*(?:key|token|secret|auth))[a-z0-9-]*|cookie)
    ["'`\]]{0,2}[ \t]*(?:[:=,]|=>)[ \t]*[fbru]{0,2}["'`]?(?:(bearer|basic|token|apikey)[ \t]+)?\Z""",
    re.IGNORECASE | re.VERBOSE,
)
# Each space belongs to one repeat only: with several, a run of spaces would be tried in every division.
_NAMED_BEFORE = re.compile(
    rb"""([A-Za-z_$@][A-Za-z0-9_.\-]{0,80}|--?[A-Za-z][A-Za-z0-9\-]{0,60})
    (?:[\\]?["'`\]\)>]){0,3}
    (?:[ \t]*(?::[ \t]*[A-Za-z_][A-Za-z0-9_.\[\] |]{0,40}[ \t]*(?==))?
      (:=|=>|===?|!==?|\?=|\|\|=?|->|[=:,(>])[ \t]*
    |[ \t]*([ \t])(?![ \t]))
    (?:(?:[@$fbruFBRU]{1,2}(?:[\\]?["'`]){0,3}|(?:[\\]?["'`]){1,3})[ \t]*)?\Z""",
    re.VERBOSE,
)


def site(document: Document, span: Span) -> Site:
    """The site of `span`: a comment, a URL, a header, or text after a name and an operator."""
    start, _ = document.line_span(document.line_at(span.start))
    before = document.data[max(start, span.start - _REACH) : span.start]
    after = document.data[span.end : span.end + _REACH]
    special = _in_text(before, after)
    if _is_comment(document, start, span.start) or _TRAILING_COMMENT.search(before):
        return Comment(name=_name(before)[0])
    # In commands, `--` ends the options.
    if languages.by_id(document.language).comment is DASHES and _TRAILING_DASHES.search(before):
        return Comment(name=_name(before)[0])
    if special is not None:
        return special
    name, operator = _name(before)
    return Text(name=name, operator=operator)


def in_string(document: Document, string: Span, span: Span) -> Site | None:
    """The site of `span` within the text at `string`, if it is part of a URL or header."""
    start = max(string.start, span.start - _REACH)
    return _in_text(document.data[start : span.start], document.data[span.end : min(string.end, span.end + _REACH)])


def comments(document: Document) -> tuple[Span, ...]:
    """The lines that look like comments, and the ends of lines after a comment marker."""
    found = []
    data = document.data
    for line in range(len(document.line_starts)):
        start, end = document.line_span(line)
        text = data[start:end]
        if _COMMENT.match(text):
            found.append(Span(start, end))
        elif marker := re.search(rb"[ \t](?:#|//|--|<!--|/\*)[ \t]*(?=\S)", text):
            found.append(Span(start + marker.start() + 1, end))
    return tuple(found)


def extent(document: Document, span: Span) -> Span:  # noqa: ARG001
    """The span itself: its surroundings are not parsed."""
    return span


def env_value(document: Document, span: Span) -> tuple[str, str] | None:  # noqa: ARG001
    """None: plain text sets no variable."""
    return None


def env_uses(document: Document) -> EnvUses:  # noqa: ARG001
    """Nothing: plain text reads no environment."""
    return EnvUses()


def _is_comment(document: Document, start: int, at: int) -> bool:
    """Whether the line that starts at `start` is a comment up to the byte `at`."""
    data = document.data
    marker = _COMMENT.match(data[start : at + 1])
    if marker is None:
        return False
    first = marker[0].strip()
    if first.startswith(b"/*"):
        return data.find(b"*/", start, at) < 0
    # A line of an open block comment, not a multiplication or a line of a crontab.
    return not first.startswith(b"*") or data.rfind(b"/*", 0, start) > data.rfind(b"*/", 0, start)


def _in_text(before: bytes, after: bytes) -> Site | None:
    if (match := _USERINFO_BEFORE.search(before)) and _USERINFO_AFTER.match(after):
        return UrlUserinfo(scheme=match[1].decode().lower())
    if match := _QUERY_BEFORE.search(before):
        return UrlQuery(name=match[1].decode())
    if match := _HEADER_BEFORE.search(before):
        return HeaderValue(name=match[1].decode(), scheme=(match[2] or b"").decode())
    if match := _SCHEME_BEFORE.search(before):
        return HeaderValue(scheme=match[1].decode())
    return None


def _name(before: bytes) -> tuple[str | None, str | None]:
    match = _NAMED_BEFORE.search(before)
    if match is None:
        return None, None
    return match[1].decode(), (match[2] or match[3]).decode()
