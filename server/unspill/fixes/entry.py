"""A line of a template that declares nothing: deleted, or given the name that was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.languages import dotenv
from unspill.model import Confidence, Edit, Fix, Plan, Safety, Span

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.languages.dotenv import DotenvEntry
    from unspill.model import Finding

_UNSURE = "Check that nothing outside of the project needs it."
_RENAMED = "Set the value under the new name wherever the program runs."


def plan(finding: Finding, document: Document, _project: Project) -> Plan:
    """Rename the entry at the finding's span to the name of the finding, or delete it."""
    entry = next((one for one in dotenv.parse(document).entries if one.name_span == finding.span), None)
    if entry is None:
        return Plan(withheld=finding.docs)
    renames = (
        Fix(f"Rename it to {name}", Safety.UNSAFE, (Edit(document.path, finding.span, name),), reason=_RENAMED)
        for name in finding.env
    )
    sure = finding.confidence is Confidence.HIGH
    deletion = Fix(
        title=f"Delete the line of {entry.name}",
        safety=Safety.SAFE if sure else Safety.UNSAFE,
        edits=(Edit(document.path, _doomed(document, entry), ""),),
        preferred=sure,
        reason="" if sure else _UNSURE,
    )
    return Plan((*renames, deletion))


def _doomed(document: Document, entry: DotenvEntry) -> Span:
    """The lines of an entry, with the comment right above if that is about nothing else."""
    first, last = document.line_at(entry.line.start), document.line_at(entry.line.end)
    above, before, after = (_line(document, line) for line in (first - 1, first - 2, last + 1))
    has_own = above.startswith(b"#") and not before.startswith(b"#") and (not after or after.startswith(b"#"))
    starts = document.line_starts
    start = starts[first - has_own]
    end = starts[last + 1] if last + 1 < len(starts) else len(document.data)
    return Span(start, end)


def _line(document: Document, line: int) -> bytes:
    """The text of a 0-based line without the space around it; empty outside of the document."""
    if not 0 <= line < len(document.line_starts):
        return b""
    return document.data[slice(*document.line_span(line))].strip()
