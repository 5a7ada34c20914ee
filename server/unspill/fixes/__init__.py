"""Fixes: the possible remedies of a finding, as values. Dispatch is on the document's language, then on the Site.

A fixer is a module with `plan(finding, document, project) -> Plan` that edits the finding's own document only;
`plan` below adds the declaring side (`.env.example`, ignore files) to the result.
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
    from unspill.model import Finding, Span, Tree
    from unspill.space.names import Names

_FEW = 50
"""How many programs are read to know whether one loads `.env`; of a Space with more, that is left open."""
MANUAL = "The value is split or encoded: replace the code that decodes it with a read of {} manually."
AS_NAME = "The secret is used as a name: rename it manually, and read the value from the environment."


class Project:
    """The context of fixes beyond their documents, as the files are now: create another after a change."""

    def __init__(self, tree: Tree, names: Names, secrets: Values = Values()) -> None:  # noqa: B008 - immutable
        """The texts of fixes redact every one of `secrets`."""
        self.tree = tree
        self.names = names
        self.secrets = secrets
        self.found: dict[str, set[Span]] = {}
        """Where something was found, by path."""
        self._homes: dict[str, Home] = {}
        self._loads: dict[str, bool] = {}

    def home(self, path: str) -> Home:
        """The Space of the file at `path`."""
        from unspill import space
        from unspill.fixes.declare import Home

        folder = posixpath.dirname(path)
        if folder not in self._homes:
            self._homes[folder] = Home(self.tree, space.find(self.tree, path))
        return self._homes[folder]

    def loads_env(self, path: str) -> bool:
        """Whether a Python program in the Space of the file at `path` loads `.env`; True for too many to read."""
        from unspill.fixes import loader
        from unspill.space import loads

        root = self.home(path).space.root
        if root not in self._loads:
            few = list(loader.programs(self.tree, root, _FEW + 1))
            self._loads[root] = len(few) > _FEW or any(map(loads.lines, few))
        return self._loads[root]


def is_of_text(finding: Finding) -> bool:
    """Whether an edit may fix a finding: some checks are not about a place in a text."""
    return finding.secret is not None or bool(finding.traits.fixer)


def is_obfuscated(finding: Finding, document: Document) -> bool:
    """Whether the text of a finding is not its secret but parts or an encoding of it."""
    return finding.secret is not None and document.text(finding.span) != finding.secret.reveal()


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """All fixes of `finding`, the declaring side included. Ranges are computed from the current `document`."""
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
    return Plan(withheld=f"The file is {reason}: move the value manually.")


def _worded(plan: Plan, secrets: Values) -> Plan:
    """`plan` with secrets redacted from its texts: a quoted name or key may be one."""
    fixes = (
        fix._replace(title=mask_shapes(fix.title, secrets), reason=mask_shapes(fix.reason, secrets))
        for fix in plan.fixes
    )
    return Plan(tuple(fixes), mask_shapes(plan.withheld, secrets))


def _plan(finding: Finding, document: Document, project: Project) -> Plan:
    from unspill import budget, languages
    from unspill.fixes import declare
    from unspill.space import urls, uses

    if finding.secret is None:
        fixed: Plan = _fixer(finding.traits.fixer).plan(finding, document, project)
        return fixed
    (finding,) = languages.located(document, (finding,))
    if uses.is_name(document, finding):
        return Plan(withheld=AS_NAME)
    finding = urls.resolved(document, finding, project.names.knows)
    whole = languages.env_value(document, finding.span) if document.language != "dotenv" else None
    if whole is not None and project.names.is_contested(whole[0]):
        return Plan(withheld=f"The project sets {whole[0]} to several values: choose manually which one applies where.")
    if not languages.by_id(document.language).undoes and is_obfuscated(finding, document):
        return Plan(withheld=MANUAL.format(project.names.of(finding)))
    code: Plan = fixer_of(document).plan(finding, document, project)
    # A value may contain several findings, each of which would move all of it.
    budget.spend(document, sum(len(stored.secret.reveal()) for fix in code.fixes for stored in fix.stores))
    return declare.complete(code, document, project)


def fixer_of(document: Document) -> ModuleType:
    """The fixer module of a document's language."""
    from unspill import languages

    return _fixer(languages.by_id(document.language).fixer)


def _fixer(module: str) -> ModuleType:
    return importlib.import_module(f"unspill.fixes.{module}")
