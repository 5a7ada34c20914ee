"""A secret under a name that front-end tools publish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding


def published(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for the first place of each such name in a document."""
    from unspill.contract import evidence, published
    from unspill.space import apps

    if apps.at(seen.tree, document.path) is None or evidence.is_test(document.path):
        return
    for name, secret, span, confidence in published.secrets(document):
        message = f"{name} is public: front-end tools put it into what visitors download. Read {secret} on a server."
        yield CHECK.finding(document.path, span, message, confidence=confidence)


CHECK = Check(
    id="public-secret-name",
    name="Secret under a public name",
    severity=Severity.WARNING,
    docs="Variables with a prefix such as `VITE_`, `NEXT_PUBLIC_` or `REACT_APP_` are copied into the scripts that a "
    "browser downloads. Make the call on a server, which reads the secret under a name without the prefix, and replace "
    "the value if the app was ever published. Keys that are made for browsers are not reported.",
    of_document=published,
)
