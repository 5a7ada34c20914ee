"""A secret in a URL, which clients quote in exceptions and logs."""

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

_ADVICE = "Send it in a header; if the service accepts none, catch the exception and drop its text."


def quoted(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each URL with one."""
    from unspill.exposure import findings

    for leak in findings.seen_by(Audience.EXCEPTIONS, document, seen.tree):
        client = leak.by.partition(".")[0]
        message = f"Puts {findings.value_of(leak)} into a URL, which {client} quotes in exceptions."
        related = findings.related(leak, document)
        yield CHECK.finding(document.path, leak.at, message, docs=_ADVICE, related=related)


CHECK = Check(
    id="secret-in-url",
    name="Secret in a URL",
    severity=Severity.WARNING,
    docs=(
        "requests and httpx quote the whole URL in exceptions (`raise_for_status`; requests also when a "
        "connection fails), and httpx logs each URL at level INFO. A secret in the path or the query ends up "
        "in logs, in error trackers, and wherever the text of exceptions is shown. Headers are quoted in "
        "neither. If the service accepts no header, catch the exception and drop its text."
    ),
    of_document=quoted,
    gate=partial(gate.may_leak, audience=Audience.EXCEPTIONS),
    traits=Traits(is_flow=True),
    examples=(
        'requests.get("https://api.example.com/v1", params={"key": os.environ["API_KEY"]})',
        'requests.get("https://api.example.com/v1", headers={"X-Api-Key": os.environ["API_KEY"]})',
    ),
)
