"""A secret that is printed, logged, sent to a tracker, or put into the text of an exception."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.exposure import gate
from unspill.exposure.audience import Audience
from unspill.model import Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding

_ADVICE = "Print whether it is set: `bool(value)`."


def logged(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each place that writes one."""
    from unspill.exposure import findings

    for leak in findings.seen_by(Audience.LOGS, document, seen.tree):
        message = f"Writes {findings.value_of(leak)} to the log: `{findings.short_name(leak)}`."
        related = findings.related(leak, document)
        yield CHECK.finding(document.path, leak.at, message, docs=_ADVICE, related=related)


CHECK = Check(
    id="secret-logged",
    name="Secret written to a log",
    severity=Severity.WARNING,
    docs=(
        "Logs are kept, and read by people and tools that need none of the secrets: collaborators of a Space, "
        "everyone who sees the output of a job, error and experiment trackers. Print whether a secret is set, "
        "not its value. Types such as pydantic's `SecretStr` keep a value out of the text of an object."
    ),
    of_document=logged,
    gate=partial(gate.may_leak, audience=Audience.LOGS),
    traits=Traits(fixer="leak", is_flow=True),
    examples=(
        'print("token:", os.getenv("HF_TOKEN"))',
        'print("token set:", bool(os.getenv("HF_TOKEN")))',
    ),
)
