"""A step of a workflow that prints a secret to its log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill.checks.check import Check
from unspill.model import Severity, Span, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    traced = None if _ENDS_TRACE.search(script.data) else ""
    for command in shell.statements(inner):
        words, span = syntax.text_of(command).strip(), syntax.span_of(command)
        if traced == "" and _TRACES.match(words):
            rest = script.data[span.end :].decode("utf-8", "replace")
            later = [secret for place, secret in places if place.start > span.start]
            traced = next(iter(later), "") or _expanded(rest, variables)
            if traced:
                yield PrintedSecret(span, f"set -x prints the secret {traced} to the log: {_MASKED}.")
        elif shell.is_shown(inner, command) and (what := _printed(span, words, variables, places)):
            yield PrintedSecret(span, f"This prints {what} to the log: {_MASKED}.")


def _printed(span: Span, words: str, variables: dict[str, str], places: list[tuple[Span, str]]) -> str:
    """What a command prints, in words; "" if that is no secret."""
    if variables and _WHOLE.match(words):
        return f"all variables, with the secret {next(iter(variables.values()))},"
    if words.split(maxsplit=1)[0] not in _PRINTS or "::add-mask::" in words:
        return ""
    here = (secret for place, secret in places if span.contains(place))
    used = next(here, "") or _expanded(words, variables)
    return f"the secret {used}" if used else ""


def _expanded(words: str, variables: dict[str, str]) -> str:
    """The first secret that words expand to, or to a part of: not to its length, or to another text; "" for none."""
    found = (
        secret
        for name, secret in variables.items()
        if re.search(rf"(?<!\\)\$(?:{name}\b|\{{{name}(?![A-Za-z0-9_]|:?\+))", words)
    )
    return next(found, "")


CHECK = Check(
    id="secret-in-log",
    name="Secret in a log",
    severity=Severity.WARNING,
    docs="GitHub replaces the values of secrets in logs with `***`, as they are: a part of one, an encoded one, or one "
    "of several lines is shown. Pass a secret to a command by its environment or its input, and print nothing of it.",
    of_document=printed,
    traits=Traits(fixer="secret_in_log"),
)
