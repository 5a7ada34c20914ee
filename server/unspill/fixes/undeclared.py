"""A secret that is read and not declared: list it in the template, or read the name that was meant."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from unspill import space
from unspill.fixes import declare
from unspill.model import Edit, Fix, Plan, Safety
from unspill.space import uses

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding

_UNSURE = "It may be another secret: decide which name is right."


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """Declare the first name of the finding; if there is another, reading that one instead comes before."""
    name, *others = finding.env
    fixes = []
    for right in others:
        spans = uses.find(document, name).spans
        if spans:
            edits = tuple(Edit(document.path, span, right) for span in spans)
            fixes.append(Fix(f"Read {right} instead of {name}", Safety.UNSAFE, edits, reason=_UNSURE))
    sure = not others
    declaring = declare.Home(project.tree, space.declaring(project.tree, document.path))
    is_own = declaring.space.root == project.home(document.path).space.root
    fix = Fix(
        title=f"Declare {name} in {posixpath.basename(declaring.template)}",
        safety=Safety.SAFE if sure else Safety.UNSAFE,
        edits=() if is_own else tuple(declaring.edits([name])),
        declares=(name,) if is_own else (),
        preferred=sure,
        reason="" if sure else _UNSURE,
    )
    return declare.complete(Plan((*fixes, fix)), document, project)
