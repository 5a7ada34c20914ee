"""A `.env` that is published: leave it out of the image, of the upload, or of the next commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill import space
from unspill.fixes import declare
from unspill.model import Edit, Fix, Plan, Safety, Span
from unspill.space import contexts, uploads

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """Name the file where it is left out. Raises UnparsedError."""
    tree, place = project.tree, space.find(project.tree, document.path)
    if document.language == "dotenv":
        name = document.path.rpartition("/")[2]
        edits = declare.append(tree, place.path(".gitignore"), [name])
        return _safe(f"Have git ignore {name}", edits)
    if document.language == "dockerfile":
        copied = next((one for one in contexts.copied(document, tree, place.root) if one.span == finding.span), None)
        names = [name for name in copied.names if name not in document.text(finding.span)] if copied else []
        if not names:
            return Plan(withheld=f"Delete the instruction. {finding.docs}")
        edits = declare.append(tree, place.path(".dockerignore"), names)
        return _safe(f"Leave {' and '.join(names)} out of images", edits)
    call = next((one for one in uploads.uploads(document, tree, place.root) if one.span == finding.span), None)
    before = document.data[: call.end].rstrip() if call is not None else b""
    if call is None or b"ignore_patterns" in document.data[finding.span.end : call.end]:
        return Plan(withheld=finding.docs)
    listed = ", ".join(f'"{name}"' for name in call.names)
    comma = " " if before.endswith(b",") else ", "
    edit = Edit(document.path, Span(len(before), len(before)), f"{comma}ignore_patterns=[{listed}]")
    return _safe("Leave it out of the upload", [edit])


def _safe(title: str, edits: list[Edit]) -> Plan:
    return Plan((Fix(title, Safety.SAFE, tuple(edits), preferred=True),))
