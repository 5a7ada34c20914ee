"""Hover: what was found, what it opens, what to do, where to revoke it, and the page of its rule; never the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.lsp import convert, documents, front_matter, guidance, names
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsprotocol import types

    from unspill.docs.entries import CatalogEntry
    from unspill.lsp.session import Session
    from unspill.model import Finding, Plan


async def hover(session: Session, params: types.HoverParams) -> types.Hover | None:
    """`textDocument/hover`: over a finding, a key of a front matter, or a name of the environment."""
    snapshot = session.snapshot(params.text_document.uri)
    if snapshot is None:
        return None
    at = documents.offset_of(snapshot.document, params.position, snapshot.client.unit)
    for finding in await session.findings.of(snapshot) or ():
        if finding.span.start <= at <= finding.span.end:
            over = convert.range_of(snapshot.document, finding.span, snapshot.client.unit)
            markdown = snapshot.client.reads_markdown
            plan = await guidance.plan_of(session, snapshot, finding)
            entry = await session.findings.analysis.entry(finding.rule, snapshot.settings)
            page = _page(entry, markdown=markdown) if entry else ()
            card = await names.about(session, params) if finding.secret is None else None
            text = "\n\n".join([*_advice(finding, plan, markdown=markdown), *([card[0]] if card else []), *page])
            return convert.hover(mask_shapes(text), markdown, over)
    if (field := front_matter.about(snapshot.document, at)) is not None:
        over = convert.range_of(snapshot.document, field.word, snapshot.client.unit)
        return convert.hover(field.about, snapshot.client.reads_markdown, over)
    if (card := await names.about(session, params)) is None:
        return None
    about, span = card
    return convert.hover(
        about, snapshot.client.reads_markdown, convert.range_of(snapshot.document, span, snapshot.client.unit)
    )


def _advice(finding: Finding, plan: Plan | None, *, markdown: bool) -> list[str]:
    """What was found, what it opens, what to do, and where to revoke it, a paragraph each."""
    strong, code = ("**", "`") if markdown else ("", "")
    what = f"{strong}{finding.title}{strong} ({code}{finding.rule}{code})"
    # Written out: some clients show of a link no more than its text.
    where = guidance.revoke(finding)
    where = where.replace(finding.revoke, f"<{finding.revoke}>") if markdown and finding.revoke else where
    return [part for part in (what, finding.docs or finding.message, guidance.steps(finding, plan), where) if part]


def _page(entry: CatalogEntry, *, markdown: bool) -> Iterator[str]:
    """What else is known of the rule, a paragraph for each heading."""
    from unspill.docs.entries import facts

    strong, line_end = ("**", "  \n") if markdown else ("", "\n")
    for heading, lines in facts(entry._replace(revoke="")).items():
        yield f"{strong}{heading}{strong}: {line_end.join(lines)}"
