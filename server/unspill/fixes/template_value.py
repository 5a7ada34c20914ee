"""A value in a template of a `.env`: taken out, so that the line only declares its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.languages import dotenv
from unspill.model import Edit, Fix, Plan, Safety

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding

_ONLY_COPY = "It may be the only copy of a value in use: keep it in .env first."


def plan(finding: Finding, document: Document, _project: Project) -> Plan:
    """Replace the value at the finding's span, with its quotes, by nothing."""
    entry = next((one for one in dotenv.parse(document).entries if one.value == finding.span), None)
    if entry is None:
        return Plan(withheld=finding.docs)
    edit = Edit(document.path, entry.whole, "")
    return Plan((Fix(f"Leave {entry.name} empty", Safety.UNSAFE, (edit,), reason=_ONLY_COPY),))
