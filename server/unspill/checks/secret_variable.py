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

_LISTED = re.compile(rb"""["']key["']\s*:\s*["']([A-Za-z_]\w*)["']""")
_IN_SHELL = re.compile(
    rb"\bhf\s+spaces\s+variables\s+add\b[^\n;&|]{0,500}?(?:-e|--env)[ =]+[\"']?(?P<name>[A-Za-z_]\w*)"
)
_IN_ACTIONS = re.compile(rb"\$\{\{[^}]{0,400}?\bvars\.(?P<name>[A-Za-z_]\w*)")
_MAY_HAVE_ONE = re.compile(rb"space_variable|spaces\s+variables|\$\{\{")
_SHOWN = "anyone who can see the Space can read its value"


def variables(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each name of a secret that is one of a variable."""
    from unspill import syntax
    from unspill.contract.kinds import NameKind, kind_of
    from unspill.languages import _config

    if seen.tree is None:
        return
    why = _SHOWN
    if document.language == "python":
        names = _set_in_python(document)
    elif document.language == "shell":
        names = _matched(document, _IN_SHELL)
    elif _config.consumer(document) == "github-actions":
        names, why = _matched(document, _IN_ACTIONS), "logs show it, and it is not encrypted"
    else:
        return
    try:
        for span in names:
            name = document.text(span)
            if kind_of(name) is NameKind.SECRET:
                yield CHECK.finding(document.path, span, f"{name} is a variable: {why}. Make it a secret.")
    except syntax.UnparsedError:
        return


def _matched(document: Document, pattern: re.Pattern[bytes]) -> Iterator[Span]:
    """The places of the names that a pattern finds outside of comments."""
    from unspill import languages

    hidden = languages.comments(document)
    for match in pattern.finditer(document.data):
        span = Span(*match.span("name"))
        if not any(comment.contains(span) for comment in hidden):
            yield span


def _set_in_python(document: Document) -> Iterator[Span]:
    """The places of the names that a program sets as variables of a Space. Raises UnparsedError."""
    from unspill.semantics.python import calls, folding, tree
    from unspill.semantics.python.kinds import Kind
    from unspill.syntax import span_of, text_of

    for call in tree.find_all(document, Kind.CALL):
        listed = calls.keyword(call, "space_variables")
        if listed is not None:
            start, end = span_of(listed)
            yield from (Span(*match.span(1)) for match in _LISTED.finditer(document.data, start, end))
        elif text_of(call.child_by_field_name("function")).rpartition(".")[2] == "add_space_variable":
            name = calls.argument(call, 1, "key")
            value = folding.string_value(name)
            if name is not None and value is not None and value in text_of(name):
                start = name.start_byte + (name.text or b"").index(value.encode())
                yield Span(start, start + len(value.encode()))


CHECK = Check(
    id="secret-as-variable",
    name="Secret as a variable",
    severity=Severity.WARNING,
    docs="The variables of a Space are public, and those of a repository on GitHub are shown in logs. Delete the "
    "variable first, since a Space with a secret of the same name does not start; then replace the value, which was "
    "readable, and set it as a secret.",
    of_document=variables,
    gate=lambda data, _words: _MAY_HAVE_ONE.search(data) is not None,
    traits=Traits(fixer="secret_variable"),
)
