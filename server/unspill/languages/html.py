"""HTML, and similar components: markup that contains scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.languages.table import MARKUP, SLASHES

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.languages.table import CommentSyntax
    from unspill.model import Span

_SCRIPT = re.compile(rb"<(/?)script\b", re.IGNORECASE)


def comment_syntax(document: Document, span: Span) -> CommentSyntax:
    """The comment syntax of the script around the span, else that of HTML."""
    tags = _SCRIPT.findall(document.data, 0, span.start)
    return SLASHES if tags and not tags[-1] else MARKUP
