"""The token of an app, sent to a Space of another owner."""

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

_ADVICE = "Pass `token=False` if the Space is public; else use a token that can do nothing else."


def sent(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each client that is given one."""
    from unspill.exposure import findings

    for leak in findings.seen_by(Audience.SPACES, document, seen.tree):
        message = f"Sends {findings.value_of(leak)} to a Space: its code can read it."
        related = findings.related(leak, document)
        yield CHECK.finding(document.path, leak.at, message, docs=_ADVICE, related=related)


CHECK = Check(
    id="token-sent-to-space",
    name="Token sent to a Space",
    severity=Severity.WARNING,
    docs=(
        "`gr.load` and `gradio_client.Client` send the token to the Space, whose code can read it and act "
        "with it. A public Space needs none: pass `token=False`, so that a saved token is not sent either. "
        "For a private Space of your own, use a fine-grained token that can only read that Space, and ignore "
        "this finding."
    ),
    of_document=sent,
    gate=partial(gate.may_leak, audience=Audience.SPACES),
    traits=Traits(is_flow=True),
    examples=(
        'Client("owner/space", token=os.environ["HF_TOKEN"])',
        'Client("owner/space", token=False)',
    ),
)
