"""Markdown: YAML front matter, prose, and HTML comments. A fenced block is prose too: only people read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill.languages import text
from unspill.languages.table import HASH, MARKUP
from unspill.model import Span
from unspill.sites import Comment, FrontMatter, Prose, Site

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.languages.table import CommentSyntax

_FRONT_MATTER = re.compile(
    rb"\A(?:\xef\xbb\xbf)?---[ \t]*(?:\r\n|\n|\r)(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE
)
_KEY = re.compile(rb"^[ \t-]*[\"']?([A-Za-z_][\w.-]*)[\"']?[ \t]*:(?=\s|\Z)", re.MULTILINE)
_YAML_COMMENT = re.compile(rb"(?:^|(?<=[ \t]))#[^\r\n]*", re.MULTILINE)
_FENCE_OR_COMMENT = re.compile(
    rb"^[ ]{0,3}(?P<fence>`{3,}|~{3,})[^\r\n]*(?:.*?^[ ]{0,3}(?P=fence)[`~]*[ \t]*\r?$|.*\Z)"
    rb"|(?P<comment><!--.*?(?:-->|\Z))",
    re.DOTALL | re.MULTILINE,
)


class Parts(NamedTuple):
    """The front matter (without its `---`; empty if there is none), the comments and the fenced blocks, in order."""

    front_matter: Span
    comments: tuple[Span, ...]
    fenced: tuple[Span, ...]


def parts(document: Document) -> Parts:
    """The parts of a Markdown document."""
    return document.memo(_parts)


def site(document: Document, span: Span) -> Site:
    """The site of `span`: the front matter, a comment, or prose."""
    front, hidden, _ = parts(document)
    if any(comment.contains(span) for comment in hidden):
        return Comment()
    if front.contains(span):
        keys = _KEY.findall(document.data[front.start : span.start])
        return FrontMatter(keys[-1].decode() if keys else None)
    return Prose(text.site(document, span).name)


def comments(document: Document) -> tuple[Span, ...]:
    """The comments of the front matter and the HTML comments outside fenced blocks."""
    return parts(document).comments


def comment_syntax(document: Document, span: Span) -> CommentSyntax:
    """The comment syntax of YAML in the front matter, else that of HTML."""
    return HASH if parts(document).front_matter.contains(span) else MARKUP


def extent(document: Document, span: Span) -> Span:
    """The fenced block around `span`: a comment in it would be shown to readers."""
    return next((block for block in parts(document).fenced if block.contains(span)), span)


def _parts(document: Document) -> Parts:
    data = document.data
    match = _FRONT_MATTER.match(data)
    front = Span(*match.span("yaml")) if match else Span(0, 0)
    found = [Span(*comment.span()) for comment in _YAML_COMMENT.finditer(data, front.start, front.end)]
    blocks = list(_FENCE_OR_COMMENT.finditer(data, match.end() if match else 0))
    found += [Span(*block.span("comment")) for block in blocks if block["comment"] is not None]
    return Parts(front, tuple(found), tuple(Span(*block.span()) for block in blocks if block["comment"] is None))
