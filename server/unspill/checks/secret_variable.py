"""A secret that a script or a workflow sets or reads as a variable, which others can read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity, Span, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding

_IN_PYTHON = re.compile(
    rb"""\badd_space_variable\(\s*(?:[^()'"]|"[^"\n]*"|'[^'\n]*')*?,\s*(?:key\s*=\s*)?["'](?P<name>[A-Za-z_]\w*)["']"""
    rb"""|\bspace_variables\s*=\s*\[\s*\{[^\]]{0,200}?["']key["']\s*:\s*["'](?P<listed>[A-Za-z_]\w*)["']"""
)
_IN_SHELL = re.compile(rb"\bhf\s+spaces\s+variables\s+add\b[^\n;&|]*?(?:-e|--env)[ =]+[\"']?(?P<name>[A-Za-z_]\w*)")
_IN_ACTIONS = re.compile(rb"\$\{\{[^}]{0,400}?\bvars\.(?P<name>[A-Za-z_]\w*)")
_SHOWN = "anyone who can see the Space can read its value"


def variables(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each name of a secret that is one of a variable."""
    from unspill import languages
    from unspill.contract.kinds import NameKind, kind_of
    from unspill.languages import _config

    if seen.tree is None:
        return
    pattern, why = _IN_PYTHON, _SHOWN
    if document.language == "shell":
        pattern = _IN_SHELL
    elif document.language == "yaml":
        if _config.consumer(document) != "github-actions":
            return
        pattern, why = _IN_ACTIONS, "logs show it, and it is not encrypted"
    hidden = languages.comments(document)
    for match in pattern.finditer(document.data):
        group = "listed" if match.groupdict().get("listed") else "name"
        name, span = match[group].decode(), Span(*match.span(group))
        if kind_of(name) is NameKind.SECRET and not any(comment.contains(span) for comment in hidden):
            yield CHECK.finding(document.path, span, f"{name} is a variable: {why}. Make it a secret.")


CHECK = Check(
    id="secret-as-variable",
    name="Secret as a variable",
    severity=Severity.WARNING,
    docs="The variables of a Space are public, and those of a repository on GitHub are shown in logs. Delete the "
    "variable first, since a Space with a secret of the same name does not start; then replace the value, which was "
    "readable, and set it as a secret.",
    of_document=variables,
    words=(b"add_space_variable", b"space_variables", b"spaces variables", b"vars."),
    traits=Traits(fixer="secret_variable"),
)
