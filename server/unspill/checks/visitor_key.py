"""A key that one visitor types, and that the app then uses for all of them."""

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

_ADVICE = "Pass the key to the client that makes the request: `OpenAI(api_key=key)`."


def kept(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each place that keeps one for the whole process."""
    from unspill.exposure import findings

    for leak in findings.seen_by(Audience.NEXT_VISITOR, document, seen.tree):
        message = f"Keeps a visitor's key in `{leak.by}`, which all visitors share."
        related = findings.related(leak, document)
        yield CHECK.finding(document.path, leak.at, message, docs=_ADVICE, related=related)


CHECK = Check(
    id="visitor-key-in-environment",
    name="Visitor's key kept for all visitors",
    severity=Severity.WARNING,
    docs=(
        "One process serves all visitors. A key that one of them types is used for the requests of all others "
        "once it is in `os.environ` or in a global such as `openai.api_key`: they spend that visitor's money "
        "and reach that visitor's data. Child processes inherit it. Pass the key to a client that is made for "
        "the request."
    ),
    of_document=kept,
    gate=partial(gate.may_leak, audience=Audience.NEXT_VISITOR),
    traits=Traits(is_flow=True),
    examples=(
        'os.environ["OPENAI_API_KEY"] = st.text_input("API key", type="password")',
        'client = OpenAI(api_key=st.text_input("API key", type="password"))',
    ),
)
