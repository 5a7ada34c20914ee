"""Files of no parsed language: redacted where people read them, expanded where the reader is known, else by hand."""

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
    ".netrc": "Delete the entry: log in with the variable that the tool reads.",
    ".pypirc": "Delete the password: twine reads TWINE_PASSWORD.",
    "pip.conf": "Take the credentials out: pip reads PIP_INDEX_URL from the environment.",
    "pip.ini": "Take the credentials out: pip reads PIP_INDEX_URL from the environment.",
    ".gitmodules": "Take the credentials out: git asks a credential helper for them.",
    "nginx.conf": "nginx expands nothing: make a template of it, and run `envsubst '{name}'` at the start.",
    "crontab": "cron expands nothing there: let the command load a file that is not in git.",
    ".service": "systemd expands nothing there: name a file that is not in git with `EnvironmentFile=`.",
}
"""What to do about files by their name, or their suffix."""
_CLONES = ("pip.conf", "pip.ini", ".gitmodules")
"""The files whose reader asks for the credentials of a URL that has none."""


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """Redact what people read; write the variable in the way of a known reader."""
    if finding.secret is None:
        return Plan(withheld="There is no value to move.")
    base = posixpath.basename(document.path).lower()
    stored = Stored(project.names.of(finding), finding.secret)
    line = document.line_at(finding.span.start)
    suffix = posixpath.splitext(base)[1]
    suffixes, names = _READ_BY_PEOPLE
    if _REQUIREMENTS.match(base):
        return _requirements(document, project, finding.span, stored)
    if base == ".npmrc" and not re.match(rb"[ \t]*[#;]", document.data[document.line_span(line)[0] :]):
        # Its keys begin with the slashes that are a comment elsewhere.
        return _replaced(document, finding.span, stored, f"${{{stored.name}}}")
    if document.data.strip() == document.data[slice(*finding.span)]:
        return Plan(
            withheld=f"The file is the value, and some program may read it: read {stored.name} from the environment"
            " there, and delete the file."
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
    hint = _MANUAL.get(base) or _MANUAL.get(suffix, f"Move it by hand: read {stored.name} from the environment there.")
    withheld = f"Nothing says that {base} expands variables. {hint.format(name=f'${stored.name}')}"
    return _without_credentials(document, finding, stored, base, withheld)


def _replaced(document: Document, span: Span, stored: Stored, reference: str) -> Plan:
    return Plan((moving.move(document, f"Read {stored.name} from the environment", stored, [(span, reference)]),))


def _without_credentials(document: Document, finding: Finding, stored: Stored, base: str, withheld: str) -> Plan:
    """Take user and password out of a URL whose reader then asks for them; whether it gets them is not known."""
    span = finding.span
    before = _USERINFO_BEFORE.search(document.data[: span.start])
    after = _USERINFO_AFTER.match(document.data[span.end :])
    if base not in _CLONES or not isinstance(finding.site, UrlUserinfo) or before is None or after is None:
        return Plan(withheld=withheld)
    change = (Span(before.start(), span.end + after.end()), "")
    title = "Take the credentials out of the URL"
    fix = moving.move(document, title, stored, [change], declared=False, safety=Safety.UNSAFE, reason=withheld)
    return Plan((fix,), withheld)


def _requirements(document: Document, project: Project, span: Span, stored: Stored) -> Plan:
    """Write `${X}`: pip expands it if X is made of capitals, digits and underscores."""
    if project.home(document.path).space.sdk:
        return Plan(withheld="A Space installs requirements without secrets: use a secret mount or a public package.")
    if not re.match(r"[A-Z0-9_]+\Z", stored.name):
        return Plan(withheld=f"pip expands names in capitals only: {stored.name} is none.")
    return _replaced(document, span, stored, f"${{{stored.name}}}")
