"""Why a finding is not shown: the settings, the place of a `.env`, directives in comments, a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill import languages
from unspill.model import Confidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from unspill.document import Document
    from unspill.model import Finding, Tree
    from unspill.settings import Settings

BASELINE = ".unspill-baseline"
"""The name of a baseline at the root of a repository, a project or a Space."""


class Kept(NamedTuple):
    """What becomes of the findings of a document: those to show, and the others, or how many they are, by reason."""

    findings: tuple[Finding, ...]
    env_values: int = 0
    inline: tuple[Finding, ...] = ()
    """Those that a directive silences."""
    config: int = 0
    known: tuple[Finding, ...] = ()
    """Those that a baseline knows: they keep their names, and nothing is done about them."""


def keep(
    document: Document,
    found: tuple[Finding, ...],
    settings: Settings,
    tree: Tree | None,
    *,
    directives: bool = True,
    rules: Callable[[], Mapping[str, tuple[str, ...]]] | None = None,
) -> Kept:
    """Which of the findings of a document stay: settings first, then the place of a `.env`, then `directives`.

    `tree` has the files around the document; None if there are none, as for one that was never saved. `rules` gives
    what the rules that the document was scanned by are called (`Scanner.rules`), if `found` is all that they found in
    it: only then directives that silence nothing are findings too.
    """
    wanted = _judged(found, settings)
    silenced: tuple[Finding, ...] = ()
    env_values = 0
    config = sum(map(settings.config_ignores, found))
    # Only a dotenv file is judged by the files around it.
    if document.language == "dotenv" and tree is not None:
        from unspill.checks import dotenv

        settled, env_values = dotenv.settle(document, wanted, tree)
        wanted = _judged(settled, settings)
    if directives and wanted:
        from unspill.suppress.inline import inline

        wanted, silenced = inline(document, wanted)
    # What only looks like a comment is not said to be in vain.
    if directives and rules is not None and not languages.refusal(document):
        from unspill.suppress.unused import unused

        idle = tuple(unused(document, (*found, *wanted, *silenced), settings, rules))
        wanted += _judged(idle, settings)
        config += sum(map(settings.config_ignores, idle))
    return Kept(wanted, env_values, silenced, config)


def may_be_unused(data: bytes, directives: Sequence[int], confidence: Confidence) -> bool:
    """Whether a text without findings has to be looked at for the directives that end at `directives`.

    Those for other tools are reported to nobody who wants to be sure (`unspill.suppress.unused`).
    """
    return bool(directives) and (confidence is Confidence.LOW or b"unspill:" in data.lower())


def _judged(findings: Iterable[Finding], settings: Settings) -> tuple[Finding, ...]:
    return tuple(kept for finding in findings if (kept := settings.judge(finding)) is not None)
