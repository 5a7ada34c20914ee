"""A secret in the log of a workflow: end the tracing of commands. What prints is for the author to change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.model import Edit, Fix, Plan, Safety

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding

_OPTION = re.compile(r"(?<=\s)-(\w*?)x(\w*)")
_LONG = re.compile(r"(?<=\s)-o(?=\s+xtrace)")


def plan(finding: Finding, document: Document, _project: Project) -> Plan:
    """Take `x` out of the options of a `set`."""
    text = document.text(finding.span)
    if not re.match(r"set\s", text):
        return Plan(withheld=finding.docs)
    after = _LONG.sub("+o", text) if _LONG.search(text) else _OPTION.sub(_without_x, text, count=1)
    edit = Edit(document.path, finding.span, after)
    return Plan((Fix("Do not trace commands", Safety.SAFE, (edit,), preferred=True),))


def _without_x(option: re.Match[str]) -> str:
    rest = option[1] + option[2]
    return f"-{rest}" if rest else "+x"
