"""A secret of the server that visitors of the app can see."""

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

_ADVICE = "Remove it here, and read it on the server, where the request is made. If the app was public, revoke it."


def shown(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each place that shows one."""
    from unspill.exposure import findings

    for leak in findings.seen_by(Audience.VISITORS, document, seen.tree):
        how = f"`{findings.short_name(leak)}` sends it to the browser" if leak.by else "it is part of a response"
        message = f"Shows {findings.value_of(leak)} to visitors: {how}."
        related = findings.related(leak, document)
        yield CHECK.finding(document.path, leak.at, message, docs=_ADVICE, related=related)


CHECK = Check(
    id="secret-shown-to-visitors",
    name="Secret shown to visitors",
    severity=Severity.ERROR,
    docs=(
        "Anyone who opens the app can read a secret that is passed to a component, a page or a response, and "
        "use it at your expense: it is sent to the browser. The `value` of a password field is sent, too; "
        "only the page masks it. Gradio also publishes it at `/config` and in its API description. Read the "
        "secret on the server, in the function that makes the request, and let the field start empty."
    ),
    of_document=shown,
    gate=partial(gate.may_leak, audience=Audience.VISITORS),
    traits=Traits(fixer="leak", is_flow=True),
    examples=(
        'gr.Textbox(label="API key", type="password", value=os.getenv("OPENAI_API_KEY"))',
        'gr.Textbox(label="API key", type="password")',
    ),
)
