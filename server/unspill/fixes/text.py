"""Files without a grammar: redacted if people read them, expanded if the program that reads them does, else manual."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from unspill.fixes import javascript, moving, prose, scripts
from unspill.languages import text
from unspill.model import Plan, Safety, Span, Stored
from unspill.sites import Comment, UrlUserinfo

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding

_READ_BY_PEOPLE = (
    (".txt", ".text", ".log", ".out", ".err", ".csv", ".tsv", ".rst", ".adoc", ".org", ".eml"),
    ("readme", "changelog", "changes", "notes", "todo", "license", "contributing"),
)
_REQUIREMENTS = re.compile(r"(?:.*[-_.])?(?:requirements|constraints)[\w.-]*\.(?:txt|in)\Z")
_SUPERVISOR = re.compile(rb"^\[(?:program|supervisord)", re.MULTILINE)
_USERINFO_BEFORE, _USERINFO_AFTER = re.compile(rb"(?<=://)[^\s/@]*\Z"), re.compile(rb"[^\s/@]*@")
_MANUAL = {
    ".netrc": "Remove the entry, and log in with the variable that the tool reads.",
    ".pypirc": "Remove the password; twine reads TWINE_PASSWORD.",
    "pip.conf": "Remove the credentials; pip reads PIP_INDEX_URL from the environment.",
    "pip.ini": "Remove the credentials; pip reads PIP_INDEX_URL from the environment.",
    ".gitmodules": "Remove the credentials; git asks a credential helper for them.",
    "nginx.conf": "Make it a template, and run `envsubst '{name}'` before nginx starts.",
    "crontab": "Let the command load a git-ignored file.",
    ".service": "Use `EnvironmentFile=` with a git-ignored file.",
}
"""The manual fix of files by name or suffix."""
_CLONES = ("pip.conf", "pip.ini", ".gitmodules")
"""Files whose program asks for credentials if a URL has none."""


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """Redact text that people read; write the variable in the syntax of a known program."""
    if finding.secret is None:
        return Plan(withheld="No value to move.")
    base = posixpath.basename(document.path).lower()
    stored = Stored(project.names.of(finding), finding.secret)
    line = document.line_at(finding.span.start)
    suffix = posixpath.splitext(base)[1]
    suffixes, names = _READ_BY_PEOPLE
    if _REQUIREMENTS.match(base):
        return _requirements(document, project, finding.span, stored)
    if base == ".npmrc" and not re.match(rb"[ \t]*[#;]", document.data[document.line_span(line)[0] :]):
        # Its keys begin with slashes, which start a comment elsewhere.
        return _replaced(document, finding.span, stored, f"${{{stored.name}}}")
    if document.data.strip() == document.data[slice(*finding.span)]:
        return Plan(
            withheld=f"The file contains only the value: read {stored.name} from the environment in the program that"
            " reads it, and delete the file."
        )
    if isinstance(text.site(document, finding.span), Comment) or base.endswith(suffixes) or base.startswith(names):
        return prose.plan(finding, document, project)
    if base == "makefile" or suffix == ".mk":
        return scripts.make(document, finding.span, stored)
    if suffix in (".conf", ".ini") and _SUPERVISOR.search(document.data):
        return _replaced(document, finding.span, stored, f"%(ENV_{stored.name})s")
    if suffix in (".ps1", ".bat", ".cmd"):
        return scripts.windows(document, finding.span, stored, suffix)
    if suffix in javascript.SUFFIXES:
        return javascript.plan(document, project, finding.span, stored)
    hint = _MANUAL.get(base) or _MANUAL.get(suffix, f"Read {stored.name} from the environment manually.")
    withheld = f"Variables may not be expanded in {base}. {hint.format(name=f'${stored.name}')}"
    return _without_credentials(document, finding, stored, base, withheld)


def _replaced(document: Document, span: Span, stored: Stored, reference: str) -> Plan:
    return Plan((moving.move(document, f"Read {stored.name} from the environment", stored, [(span, reference)]),))


def _without_credentials(document: Document, finding: Finding, stored: Stored, base: str, withheld: str) -> Plan:
    """Remove user and password from a URL whose program then asks for them; unsafe, since it may not get them."""
    span = finding.span
    before = _USERINFO_BEFORE.search(document.data[: span.start])
    after = _USERINFO_AFTER.match(document.data[span.end :])
    if base not in _CLONES or not isinstance(finding.site, UrlUserinfo) or before is None or after is None:
        return Plan(withheld=withheld)
    change = (Span(before.start(), span.end + after.end()), "")
    title = "Remove the credentials from the URL"
    fix = moving.move(document, title, stored, [change], declared=False, safety=Safety.UNSAFE, reason=withheld)
    return Plan((fix,), withheld)


def _requirements(document: Document, project: Project, span: Span, stored: Stored) -> Plan:
    """Write `${X}`: pip expands it if X consists of upper-case letters, digits and underscores."""
    if project.home(document.path).space.sdk:
        return Plan(withheld="A Space installs requirements without secrets: use a secret mount or a public package.")
    if not re.match(r"[A-Z0-9_]+\Z", stored.name):
        return Plan(withheld=f"pip only expands upper-case names, not {stored.name}.")
    return _replaced(document, span, stored, f"${{{stored.name}}}")
