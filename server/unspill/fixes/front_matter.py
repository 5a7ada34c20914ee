"""The front matter of a Space's README: quote a version, correct a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.model import Edit, Fix, Plan, Safety
from unspill.space import frontmatter

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding

_UNSURE = "Another key or value may be meant: check before you apply it."


def plan(finding: Finding, document: Document, _project: Project) -> Plan:
    """Replace the word at the finding's span, if it is known with what. Raises UnparsedError."""
    found = (one for one in frontmatter.problems(document) if one.span == finding.span and one.replacement)
    problem = next(found, None)
    if problem is None:
        return Plan(withheld=finding.docs)
    title = f"Change {document.text(problem.span)} to {problem.replacement}"
    fix = Fix(
        title=title,
        safety=Safety.SAFE if problem.is_sure else Safety.UNSAFE,
        edits=(Edit(document.path, problem.span, problem.replacement),),
        preferred=problem.is_sure,
        reason="" if problem.is_sure else _UNSURE,
    )
    return Plan((fix,))
