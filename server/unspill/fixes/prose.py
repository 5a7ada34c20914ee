"""Text that people read: comments, prose, front matter. The value is replaced by its name; no program reads it.

In a text with errors the parser may mistake code for a comment: then `<NAME>` can break it further.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill import languages
from unspill.fixes import moving
from unspill.model import Plan, Stored

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """Replace the value by `<NAME>`, and keep it in `.env`."""
    if finding.secret is None:
        return Plan(withheld="No value to move.")
    name = project.names.of(finding)
    stored = Stored(name, finding.secret)
    changes = [(finding.span, f"<{name}>")]
    grammar = languages.by_id(document.language).grammar
    if grammar and not moving.still_parses(document, changes, grammar):
        return Plan(withheld="A placeholder would add a syntax error: fix the file first, or redact manually.")
    return Plan((moving.move(document, f"Redact to <{name}>", stored, changes, declared=False),))
