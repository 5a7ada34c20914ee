"""Hover: what was found, why it matters, what to do and where to revoke it; never the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.lsp import convert, documents
from unspill.model import revoking
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from lsprotocol import types

    from unspill.lsp.session import Session
    from unspill.model import Finding


async def hover(session: Session, params: types.HoverParams) -> types.Hover | None:
    """`textDocument/hover`."""
    snapshot = session.snapshot(params.text_document.uri)
    if snapshot is None:
        return None
    at = documents.offset_of(snapshot.document, params.position, snapshot.client.unit)
    for finding in await session.findings.of(snapshot) or ():
        if finding.span.start <= at <= finding.span.end:
            over = convert.range_of(snapshot.document, finding.span, snapshot.client.unit)
            markdown = snapshot.client.reads_markdown
            return convert.hover(mask_shapes(_text(finding, markdown=markdown)), markdown, over)
    return None


def _revoking(url: str, *, markdown: bool) -> str:
    where = revoking(url)
    if not markdown:
        return f"Revoke it: {where}"
    return f"[Revoke it]({url})" if where == url else f"Revoke it: sign in at <{url}>"


def _text(finding: Finding, *, markdown: bool) -> str:
    strong, code = ("**", "`") if markdown else ("", "")
    parts = [f"{strong}{finding.title}{strong} ({code}{finding.rule}{code})", finding.message]
    if finding.docs:
        parts.append(finding.docs)
    if finding.secret is not None:
        parts.append("Move it to `.env` with the quick fix, then revoke it: it stays in the history of the file.")
    if finding.revoke:
        parts.append(_revoking(finding.revoke, markdown=markdown))
    return "\n\n".join(parts)
