"""A `.env` that git does not ignore, whose values no rule recognises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity, Span, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding, Tree


def unignored(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for a file that the next `git add` would commit; none if its values are findings themselves."""
    from unspill.suppress import home

    tree, path = seen.tree, document.path
    if tree is None or any(one.secret for one in seen.found) or not home.keeps_values(document):
        return
    if tree.tracked(path) or tree.ignored(path) or not _has_git(tree):
        return
    from unspill.contract.kinds import NameKind, kind_of
    from unspill.judge import placeholders
    from unspill.languages import dotenv

    values = dotenv.values(document).items()
    secrets = [value for name, value in values if value and kind_of(name) is NameKind.SECRET]
    if any(not placeholders.reason(value.encode(), worded=True) for value in secrets):
        message = f"git does not ignore {path}: the next `git add .` commits its values."
        yield CHECK.finding(path, Span(0, 0), message)


def _has_git(tree: Tree) -> bool:
    return not {".git", ".git/"}.isdisjoint(tree.list(""))


CHECK = Check(
    id="dotenv-unignored",
    name="Dotenv file that git does not ignore",
    severity=Severity.WARNING,
    docs="A `.env` that git does not ignore is committed with the next `git add .`. Add it to `.gitignore`.",
    of_document=unignored,
    traits=Traits(fixer="dotenv_published"),
)
