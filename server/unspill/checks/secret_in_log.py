"""A step of a workflow that prints a secret to its log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill.checks.check import Check
from unspill.model import Severity, Span, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.languages._workflow import WorkflowScript
    from unspill.model import Finding

_PRINTS = frozenset(["echo", "printf", "cat"])
_WHOLE = re.compile(r"(?:env|printenv|set|export(?:\s+-p)?|declare\s+-[px]+)\Z")
"""Commands that print all variables."""
_TRACES = re.compile(r"set\s(?:.*\s)?-(?:[a-wyzA-Z]*x[a-zA-Z]*|o\s+xtrace)(?:\s|\Z)")
_ENDS_TRACE = re.compile(rb"\bset\s+\+(?:\w*x|o\s+xtrace)")
_POSIX = re.compile(r"(?:ba|da|z|k)?sh\b")
_MASKED = "GitHub masks the value as it is, and nothing that is made of it"


class PrintedSecret(NamedTuple):
    """A command that prints, or traces, a secret."""

    span: Span
    message: str


def printed(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each command that shows a secret, or all variables of a step that has one."""
    from unspill import syntax
    from unspill.languages import _config, _workflow

    if seen.tree is None or _config.consumer(document) != "github-actions":
        return
    try:
        for script in _workflow.scripts(document):
            if not script.shell or _POSIX.match(script.shell):
                for one in _shown(script):
                    span = Span(one.span.start + script.start, one.span.end + script.start)
                    yield CHECK.finding(document.path, span, one.message)
    except syntax.UnparsedError:
        return


def _shown(script: WorkflowScript) -> Iterator[PrintedSecret]:
    """The commands of a script that show a secret, with their places in it."""
    from unspill import syntax
    from unspill.contract.kinds import NameKind, kind_of
    from unspill.document import Document as Text
    from unspill.languages import shell

    variables = {name: secret for name, secret in script.variables if kind_of(secret) is NameKind.SECRET}
    places = [(span, secret) for span, secret in script.expressions if kind_of(secret) is NameKind.SECRET]
    if not variables and not places:
        return
    inner = Text(script.data, "run.sh", "shell")
    traced = False
    for command in shell.statements(inner):
        words, span = syntax.text_of(command).strip(), syntax.span_of(command)
        used = _used(command, variables, places)
        if _TRACES.match(words) and not _ENDS_TRACE.search(script.data):
            later = [secret for place, secret in places if place.start > span.start]
            later += [secret for name, secret in variables.items() if _expands(name, inner.data[span.end :].decode())]
            if later and not traced:
                traced = True
                yield PrintedSecret(span, f"set -x prints the secret {later[0]} to the log: {_MASKED}.")
        elif shell.is_shown(inner, command):
            if used and words.split(maxsplit=1)[0] in _PRINTS and "::add-mask::" not in words:
                yield PrintedSecret(span, f"This prints the secret {used} to the log: {_MASKED}.")
            elif variables and _WHOLE.match(words):
                secret = next(iter(variables.values()))
                yield PrintedSecret(
                    span, f"This prints all variables, with the secret {secret}, to the log: {_MASKED}."
                )


def _used(command: Node, variables: dict[str, str], places: list[tuple[Span, str]]) -> str:
    """The first secret among the words of a command; "" if there is none."""
    from unspill import syntax

    span, words = syntax.span_of(command), syntax.text_of(command)
    here = (secret for place, secret in places if span.contains(place))
    return next(here, "") or next((secret for name, secret in variables.items() if _expands(name, words)), "")


def _expands(name: str, words: str) -> bool:
    """Whether words expand a variable to its value, or to a part of it: not to its length, or to another text."""
    return re.search(rf"(?<!\\)\$(?:{name}\b|\{{{name}(?![A-Za-z0-9_]|:?\+))", words) is not None


CHECK = Check(
    id="secret-in-log",
    name="Secret in a log",
    severity=Severity.WARNING,
    docs="GitHub replaces the values of secrets in logs with `***`, as they are: a part of one, an encoded one, or one "
    "of several lines is shown. Pass a secret to a command by its environment or its input, and print nothing of it.",
    of_document=printed,
    words=(b"secrets.",),
    traits=Traits(fixer="secret_in_log"),
)
