"""Why a finding is not shown: the settings, the place of a `.env`, directives in comments, a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.document import Document
    from unspill.model import Finding, Tree
    from unspill.settings import Settings

BASELINE = ".unspill-baseline"
"""The name of a baseline at the root of a repository, a project or a Space."""


class Kept(NamedTuple):
    """What becomes of the findings of a document: those to show, and how many others there are, by reason."""

    findings: tuple[Finding, ...]
    at_home: int = 0
    inline: int = 0
    config: int = 0


def keep(
    document: Document, found: tuple[Finding, ...], settings: Settings, tree: Tree | None, *, directives: bool = True
) -> Kept:
    """Which of the findings of a document stay: settings first, then the place of a `.env`, then `directives`.

    `tree` has the files around the document; None if there are none, as for one that was never saved.
    """
    wanted = _judged(found, settings)
    at_home = silenced = 0
    # Only a dotenv file is judged by the files around it.
    if document.language == "dotenv" and tree is not None:
        from unspill.checks import dotenv

        settled, at_home = dotenv.settle(document, wanted, tree)
        wanted = _judged(settled, settings)
    if directives and wanted:
        from unspill.suppress.inline import inline

        wanted, ignored = inline(document, wanted)
        silenced = len(ignored)
    return Kept(wanted, at_home, silenced, sum(map(settings.disables, found)))


def _judged(findings: Iterable[Finding], settings: Settings) -> tuple[Finding, ...]:
    return tuple(kept for finding in findings if (kept := settings.judge(finding)) is not None)
