"""Hover: what was found, what it opens, what to do, and where to revoke it; never the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.lsp import convert, documents, guidance
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from lsprotocol import types

    from unspill.lsp.session import Session
    from unspill.model import Finding, Plan


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
            plan = await guidance.plan_of(session, snapshot, finding)
            return convert.hover(mask_shapes(_text(finding, plan, markdown=markdown)), markdown, over)
    return None


def _text(finding: Finding, plan: Plan | None, *, markdown: bool) -> str:
    strong, code = ("**", "`") if markdown else ("", "")
    what = f"{strong}{finding.title}{strong} ({code}{finding.rule}{code})"
    # Written out: some clients show of a link no more than its text.
    where = guidance.revoke(finding)
    where = where.replace(finding.revoke, f"<{finding.revoke}>") if markdown and finding.revoke else where
    lines = [what, finding.docs or finding.message, guidance.steps(finding, plan), where]
    return "\n\n".join(line for line in lines if line)
