"""Hover: what was found, why it matters, what to do, and the page of its rule; never the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.lsp import convert, documents
from unspill.model import revoking
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsprotocol import types

    from unspill.docs.entries import CatalogEntry
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
            entry = await session.findings.analysis.entry(finding.rule, snapshot.settings)
            parts = [*_advice(finding, markdown=markdown), *(_page(entry, markdown=markdown) if entry else ())]
            return convert.hover(mask_shapes("\n\n".join(parts)), markdown, over)
    return None


def _revoking(url: str, *, markdown: bool) -> str:
    where = revoking(url)
    if not markdown:
        return f"Revoke it: {where}"
    return f"[Revoke it]({url})" if where == url else f"Revoke it: sign in at <{url}>"


def _advice(finding: Finding, *, markdown: bool) -> Iterator[str]:
    """What was found and what to do about it, in paragraphs."""
    strong, code = ("**", "`") if markdown else ("", "")
    yield f"{strong}{finding.title}{strong} ({code}{finding.rule}{code})"
    yield finding.message
    if finding.docs:
        yield finding.docs
    if finding.secret is not None:
        yield "Move it to `.env` with the quick fix, then revoke it: it stays in the history of the file."
    if finding.revoke:
        yield _revoking(finding.revoke, markdown=markdown)


def _page(entry: CatalogEntry, *, markdown: bool) -> Iterator[str]:
    """What else is known of the rule, a paragraph for each heading. Where to revoke is said before."""
    from unspill.docs.entries import facts

    strong = "**" if markdown else ""
    for heading, lines in facts(entry._replace(revoke="")).items():
        yield f"{strong}{heading}{strong}: {'; '.join(line.rstrip('.') for line in lines)}."
