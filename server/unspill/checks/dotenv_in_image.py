"""A Dockerfile that copies a `.env` into the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding


def copied(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each instruction that takes such a file along, in a stage that is part of the image."""
    from unspill import space, syntax
    from unspill.space import contexts

    if seen.tree is None:
        return
    try:
        for one in contexts.copied(document, seen.tree, space.find(seen.tree, document.path).root):
            files = " and ".join(one.names)
            message = f"This copies {files} into the image: whoever has the image has the values."
            yield CHECK.finding(document.path, one.span, message)
    except syntax.UnparsedError:
        return


CHECK = Check(
    id="dotenv-in-image",
    name="Dotenv file in an image",
    severity=Severity.WARNING,
    docs="A `.env` that git ignores still gets into an image that copies its folder. Name it in `.dockerignore`, and "
    "pass the values when the container starts (`docker run --env-file .env`).",
    of_document=copied,
    traits=Traits(fixer="dotenv_published"),
)
