"""A `.env` with values in it that git tracks. Templates (`.env.example`) are files like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding


def tracked(document: Document, seen: Seen) -> Iterator[Finding]:
    """One finding at the beginning of the file, beside those of its values."""
    if document.language != "dotenv" or seen.tree is None or not any(one.secret for one in seen.wanted):
        return
    from unspill.suppress import home

    path = document.path
    if home.keeps_values(document) and seen.tree.tracked(path):
        yield CHECK.finding(
            path,
            Span(0, 0),
            f"git tracks {path}: anyone who can read the repository can read its values.",
            docs=f"Run `git rm --cached {path}`, add it to .gitignore, and rotate every value that was in it.",
        )


CHECK = Check(
    id="dotenv-tracked",
    name="Dotenv file tracked by git",
    severity=Severity.ERROR,
    docs="Anyone who can read the repository can read the values of a `.env` that git tracks, now and in its "
    "history. Remove it from the index with `git rm --cached .env`, add it to .gitignore, and rotate every value that "
    "was in it.",
    of_document=tracked,
)
