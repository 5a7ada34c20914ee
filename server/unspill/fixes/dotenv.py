"""Dotenv files: the values of `.env` stay, and git ignores the file; a template keeps only the names."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from unspill.fixes import AS_NAME, declare, moving, prose
from unspill.languages import dotenv
from unspill.model import Fix, Plan, Safety, Secret, Stored
from unspill.shapes import may_be_secret
from unspill.space import names

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """Ignore the file, or empty a template's value."""
    entry = next((entry for entry in dotenv.parse(document).entries if entry.whole.contains(finding.span)), None)
    if finding.secret is None:
        return Plan(withheld="No value to move.")
    if entry is None:
        named = any(entry.name_span.overlaps(finding.span) for entry in dotenv.parse(document).entries)
        return Plan(withheld=AS_NAME) if named else prose.plan(finding, document, project)
    if dotenv.is_template(document.path):
        secret = Secret(dotenv.read(document, entry) or "")
        name = project.names.name(secret, entry.name, *finding.env)
        changes = [(entry.whole, "")]
        title = f"Move the value of {entry.name} to .env"
        return Plan((moving.move(document, title, Stored(name, secret), changes),))
    if names.is_public(entry.name):
        return Plan(
            withheld=f"Front-end tools expose {entry.name} to browsers: rename it without that prefix, read it on a"
            " server only, and add the file to .gitignore."
        )
    return _ignore(document, project, entry.name)


def _ignore(document: Document, project: Project, name: str) -> Plan:
    path = document.path
    if project.tree.tracked(path):
        by_hand = f"{path} is tracked by git: run `git rm --cached {path}`, add it to .gitignore, and rotate the value."
        return Plan((_fix(path, project, name, Safety.UNSAFE, by_hand),), by_hand)
    if project.tree.ignored(path):
        return Plan(withheld=f"{path} is ignored by git: the value is in the right place.")
    return Plan((_fix(path, project, name, Safety.SAFE),))


def _fix(path: str, project: Project, name: str, safety: Safety, reason: str = "") -> Fix:
    """Ignore the file. The declaring side ignores the Space's own `.env`; any other gets its line here.

    A `.env` whose `name` is itself a secret gets a line too: that name must not be declared.
    """
    title = f"Add {path} to .gitignore"
    if path == project.home(path).space.path(".env") and not may_be_secret(name):
        return Fix(title, safety, declares=(name,), preferred=safety is Safety.SAFE, reason=reason)
    folder, base = posixpath.split(path)
    edits = declare.append(project.tree, posixpath.join(folder, ".gitignore"), [base])
    return Fix(title, safety, tuple(edits), preferred=safety is Safety.SAFE, reason=reason)
