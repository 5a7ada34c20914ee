"""Python code inside a string: the inner program is fixed; the outer one still writes or runs it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import sites
from unspill.document import Document
from unspill.fixes import moving
from unspill.languages import python
from unspill.model import Edit, Plan, Span
from unspill.semantics.python import strings, tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from unspill.fixes import Project
    from unspill.model import Finding, Fix

_CODE = re.compile(rb"^[ \t]*(?:import|from|def|class|async def) \w", re.MULTILINE)
_WITHHELD = "The string is a program: move the value out of that program manually."
_PLACES = (
    sites.Assignment, sites.AttributeAssignment, sites.EnvAssignment, sites.EnvDefault, sites.KeywordArgument,
    sites.PositionalArgument, sites.HeaderValue, sites.DictEntry, sites.UiDefault,
)  # fmt: skip


def plan(
    finding: Finding,
    document: Document,
    project: Project,
    node: Node,
    plan_inside: Callable[[Finding, Document, Project], Plan],
) -> Plan | None:
    """The plan for a finding in a program inside a string; None if the string is not a program."""
    string = strings.literal(node)
    if string is None or string.is_format or not string.body.contains(finding.span) or string.body == finding.span:
        return None
    body = document.data[slice(*string.body)]
    if not _CODE.search(body) or b"\n" not in body:
        return None
    inner = Document(body, document.path, document.language)
    span = Span(finding.span.start - string.body.start, finding.span.end - string.body.start)
    if tree.root(inner).has_error or not isinstance(site := python.site(inner, span), _PLACES):
        return None
    if string.is_bytes or (b"\\" in body and "r" not in string.prefix):
        return Plan(withheld=_WITHHELD)
    made = plan_inside(finding._replace(span=span, site=site), inner, project)
    fixes = [_moved(fix, string.body.start) for fix in made.fixes]
    for fix in fixes:
        changes = [(edit.span, edit.text) for edit in fix.edits]
        if any(string.quote in text or "\\" in text for _, text in changes):
            return Plan(withheld=_WITHHELD)
        if not moving.still_parses(document, changes, "python"):
            return Plan(withheld=_WITHHELD)
    return Plan(tuple(fixes), made.withheld)


def _moved(fix: Fix, by: int) -> Fix:
    edits = (Edit(edit.path, Span(edit.span.start + by, edit.span.end + by), edit.text) for edit in fix.edits)
    return fix._replace(edits=tuple(edits))
