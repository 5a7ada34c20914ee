"""A secret as a variable: set it, or read it, as a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.model import Edit, Fix, Plan, Safety, Span

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding

_BEFORE = re.compile(
    rb"(?:\b(?P<call>add_space_variable)\((?:[^()]|\n)*|\b(?P<vars>vars)\.|\bspaces\s+(?P<command>variables)\b[^\n]*)\Z"
)
_SECRETS = {"call": "add_space_secret", "vars": "secrets", "command": "secrets"}
_REACH = 400
_REASON = "Replace the value, which was readable, and delete the variable first: both under one name are refused."


def plan(finding: Finding, document: Document, _project: Project) -> Plan:
    """Name secrets in place of variables, in the call, command or expression before the name."""
    start = max(finding.span.start - _REACH, 0)
    found = _BEFORE.search(document.data[start : finding.span.start])
    if found is None or found.lastgroup is None:
        return Plan(withheld=finding.docs)
    first, last = found.span(found.lastgroup)
    edit = Edit(document.path, Span(start + first, start + last), _SECRETS[found.lastgroup])
    return Plan((Fix(f"Make {document.text(finding.span)} a secret", Safety.UNSAFE, (edit,), reason=_REASON),))
