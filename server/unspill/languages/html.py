"""HTML, and similar components: markup that contains scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.document import Document
from unspill.languages.table import MARKUP, SLASHES
from unspill.model import EnvUse, EnvUses, Span

if TYPE_CHECKING:
    from unspill.languages.table import CommentSyntax

_SCRIPT = re.compile(rb"<(/?)script\b", re.IGNORECASE)
_BODY = re.compile(rb"<script\b[^>]{0,400}>(.*?)(?:</script|\Z)", re.IGNORECASE | re.DOTALL)


def comment_syntax(document: Document, span: Span) -> CommentSyntax:
    """The comment syntax of the script around the span, else that of HTML."""
    tags = _SCRIPT.findall(document.data, 0, span.start)
    return SLASHES if tags and not tags[-1] else MARKUP


def env_uses(document: Document) -> EnvUses:
    """The names that the scripts of a component read. Raises UnparsedError."""
    from unspill.languages import javascript

    reads: list[EnvUse] = []
    for script in _BODY.finditer(document.data) if b"env" in document.data else ():
        part = Document(script[1], f"{document.path}.ts", "javascript")
        found = javascript.env_uses(part).reads
        start = script.start(1)
        reads += [use._replace(span=Span(use.span.start + start, use.span.end + start)) for use in found]
    return EnvUses(tuple(reads))
