"""Fixes: what can be done about a finding, as values. Dispatch is on the document's language, then on the Site.

A fixer is a module with `plan(finding, document, project) -> Plan` that deals with the finding's own document alone;
`plan` below adds the declaring side (`.env.example`, ignore files) to what it gives back.
"""

from __future__ import annotations

import importlib
import posixpath
from typing import TYPE_CHECKING

from unspill.model import Plan
from unspill.shapes import Values, mask_shapes

if TYPE_CHECKING:
    from types import ModuleType

    from unspill.document import Document
    from unspill.fixes.declare import Home
    from unspill.model import Finding, Tree
    from unspill.space.names import Names

MANUAL = "The value is split or encoded there: replace all that undoes it by a plain read of {}, by hand."
AS_NAME = "The secret is used as a name: rename that manually, and read the value from the environment."


class Project:
    """What fixes need to know beyond their documents, as the files are now: what changes them calls for a new one."""

    def __init__(self, tree: Tree, names: Names, secrets: Values = Values()) -> None:  # noqa: B008 - immutable
        """No word of a fix may quote one of `secrets`."""
        self.tree = tree
        self.names = names
        self.secrets = secrets
        self._homes: dict[str, Home] = {}

    def home(self, path: str) -> Home:
        """The Space of the file at `path`."""
        from unspill import space
        from unspill.fixes.declare import Home

        folder = posixpath.dirname(path)
        if folder not in self._homes:
            self._homes[folder] = Home(self.tree, space.find(self.tree, path))
        return self._homes[folder]


def is_of_text(finding: Finding) -> bool:
    """Whether what a finding asks for may be an edit: some checks are about more than a place in a text."""
    return finding.secret is not None or bool(finding.traits.fixer)


def is_disguised(finding: Finding, document: Document) -> bool:
    """Whether the text of a finding is not its secret but something that makes it: parts, or an encoding."""
    return finding.secret is not None and document.text(finding.span) != finding.secret.reveal()


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """All that can be done about `finding`, the declaring side included. Ranges are computed from `document` anew."""
    from unspill import budget, languages, syntax

    if not is_of_text(finding):
        return Plan(withheld=finding.docs)
    reason = languages.refusal(document) or budget.refusal(document)
    try:
        if not reason:
            return _worded(_plan(finding, document, project), project.secrets)
    except (syntax.UnparsedError, budget.OverBudgetError) as error:  # a part of the document, or as edited
        reason = str(error)
    except RecursionError:
        reason = syntax.TOO_DEEP
    return Plan(withheld=f"The file is {reason}: move the value by hand.")


def _worded(plan: Plan, secrets: Values) -> Plan:
    """`plan` with no secret in its words: they may quote names and keys, of which some are secrets."""
    fixes = (
        fix._replace(title=mask_shapes(fix.title, secrets), reason=mask_shapes(fix.reason, secrets))
        for fix in plan.fixes
    )
    return Plan(tuple(fixes), mask_shapes(plan.withheld, secrets))


def _plan(finding: Finding, document: Document, project: Project) -> Plan:
    from unspill import budget, languages
    from unspill.fixes import declare
    from unspill.space import uses

    if finding.secret is None:
        fixed: Plan = _fixer(finding.traits.fixer).plan(finding, document, project)
        return fixed
    (finding,) = languages.located(document, (finding,))
    if uses.is_name(document, finding):
        return Plan(withheld=AS_NAME)
    whole = languages.env_value(document, finding.span) if document.language != "dotenv" else None
    if whole is not None and project.names.is_contested(whole[0]):
        return Plan(withheld=f"The project gives {whole[0]} several values: decide by hand which of them holds where.")
    if not languages.by_id(document.language).undoes and is_disguised(finding, document):
        return Plan(withheld=MANUAL.format(project.names.of(finding)))
    code: Plan = fixer_of(document).plan(finding, document, project)
    # One value may hold many findings, each of which would move it whole.
    budget.spend(document, sum(len(stored.secret.reveal()) for fix in code.fixes for stored in fix.stores))
    return declare.complete(code, document, project)


def fixer_of(document: Document) -> ModuleType:
    """The module that deals with the findings of a document's language."""
    from unspill import languages

    return _fixer(languages.by_id(document.language).fixer)


def _fixer(module: str) -> ModuleType:
    return importlib.import_module(f"unspill.fixes.{module}")
