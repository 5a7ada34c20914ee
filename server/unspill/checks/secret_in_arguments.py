"""A secret in the arguments of a program."""

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

_ADVICE = "Pass it in the environment of the child, or on its standard input."


def passed(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each command with one."""
    from unspill.exposure import findings

    for leak in findings.seen_by(Audience.PROCESSES, document, seen.tree):
        message = f"Passes {findings.value_of(leak)} as an argument: process lists and exceptions quote it."
        related = findings.related(leak, document)
        yield CHECK.finding(document.path, leak.at, message, docs=_ADVICE, related=related)


CHECK = Check(
    id="secret-in-arguments",
    name="Secret in the arguments of a program",
    severity=Severity.WARNING,
    docs=(
        "Every process of the machine can list the arguments of all others (`/proc/PID/cmdline`), and "
        "`CalledProcessError` and `TimeoutExpired` quote them. git also stores the password of a URL in "
        "`.git/config`. Pass the secret in the environment of the child, on its standard input, or in a file "
        "that only it can read."
    ),
    of_document=passed,
    gate=partial(gate.may_leak, audience=Audience.PROCESSES),
    traits=Traits(is_flow=True),
    examples=(
        'subprocess.run(["tool", "--token", os.environ["TOOL_TOKEN"]], check=True)',
        'subprocess.run(["tool"], env={**base, "TOOL_TOKEN": os.environ["TOOL_TOKEN"]}, check=True)',
    ),
)
