"""A static Space that reads a secret: it has no server, so that every visitor can read it as well."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding

_READ = re.compile(rb"\bhuggingface(?:\?\.|\.)variables(?:(?:\?\.|\.)|(?:\?\.)?\[[\"'`])([A-Za-z_]\w*)")


def reads(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each read of a secret from what the Hub puts into the page."""
    from unspill import languages, space
    from unspill.contract.kinds import NameKind, kind_of

    if seen.tree is None or space.find(seen.tree, document.path).sdk != "static":
        return
    hidden = languages.comments(document)
    for match in _READ.finditer(document.data):
        name, span = match[1].decode(), Span(*match.span(1))
        if kind_of(name) is NameKind.SECRET and not any(comment.contains(span) for comment in hidden):
            message = f"A static Space gives {name} to every visitor: let visitors sign in, or call from a server."
            yield CHECK.finding(document.path, span, message)


CHECK = Check(
    id="static-space-secret",
    name="Secret in a static Space",
    severity=Severity.WARNING,
    docs="The Hub writes the variables and the secrets of a static Space into its page, where every visitor can read "
    "them. Let visitors sign in with their own account (`hf_oauth: true`, and `@huggingface/hub`), or make the call in "
    "a Gradio or Docker Space. Replace the secret if it was ever set.",
    of_document=reads,
)
