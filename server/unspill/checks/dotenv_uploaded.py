"""A folder that is uploaded to the Hub with a `.env` in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding


def uploaded(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each call that takes such a file along."""
    from unspill import space, syntax
    from unspill.space import uploads

    if seen.tree is None:
        return
    try:
        for one in uploads.uploads(document, seen.tree, space.find(seen.tree, document.path).root):
            files = " and ".join(one.names)
            yield CHECK.finding(document.path, one.span, f"This uploads {files}, with its values, to the Hub.")
    except syntax.UnparsedError:
        return


CHECK = Check(
    id="dotenv-uploaded",
    name="Dotenv file in an uploaded folder",
    severity=Severity.WARNING,
    docs="An uploaded folder takes its `.env` along, unless the `.gitignore` in that very folder, or "
    "`ignore_patterns`, names the file.",
    of_document=uploaded,
    traits=Traits(fixer="dotenv_published"),
)
