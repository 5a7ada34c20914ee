"""A name that one template of a `.env` declares twice: of its values and comments, only the last ones count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Confidence, Related, Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import ProjectIndex
    from unspill.document import Document
    from unspill.model import Finding


def duplicates(index: ProjectIndex) -> Iterator[Finding]:
    """A finding for each line that repeats a name."""
    from unspill.languages import dotenv

    for document in index.documents:
        if document.language == "dotenv" and dotenv.is_template(document.path):
            yield from _in(document)


def _in(document: Document) -> Iterator[Finding]:
    from unspill.languages import dotenv

    first: dict[str, dotenv.DotenvEntry] = {}
    for entry in dotenv.parse(document).entries:
        before = first.setdefault(entry.name, entry)
        if before is entry:
            continue
        line = document.line_at(before.name_span.start) + 1
        is_same = dotenv.read(document, entry) in (dotenv.read(document, before), "", None)
        yield CHECK.finding(
            document.path,
            entry.name_span,
            f"{entry.name} is declared in line {line} already.",
            confidence=Confidence.HIGH if is_same else Confidence.MEDIUM,
            related=(Related("declared here first", document.path, before.name_span),),
        )


CHECK = Check(
    id="duplicate-name",
    name="Name declared twice",
    severity=Severity.WARNING,
    docs="The file declares the name more than once, and programs read its last value. Delete one of the lines.",
    of_project=duplicates,
    traits=Traits(fixer="entry", is_unnecessary=True),
)
