"""A value in a template of a `.env` that is neither a placeholder nor surely a secret: those are findings anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Confidence, Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding


def valued(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for the value of each secret that may be a real one."""
    if document.language != "dotenv":
        return
    from unspill.contract.kinds import NameKind, kind_of
    from unspill.languages import dotenv

    if not dotenv.is_template(document.path):
        return
    unsure = [one.span for one in seen.found if one.secret is not None and one.confidence < seen.settings.confidence]
    for entry in dotenv.parse(document).entries:
        if kind_of(entry.name) is NameKind.SECRET and any(map(entry.whole.contains, unsure)):
            said = f"{entry.name} has a value in {document.path}, which everybody gets: leave it empty."
            yield CHECK.finding(document.path, entry.value, said, confidence=Confidence.MEDIUM)


CHECK = Check(
    id="template-value",
    name="Value in a template",
    severity=Severity.WARNING,
    docs="A template such as `.env.example` is published with the code, and lists names only. If the value is in use, "
    "keep it in `.env`, and replace it where it is used.",
    of_document=valued,
    traits=Traits(fixer="template_value"),
)
