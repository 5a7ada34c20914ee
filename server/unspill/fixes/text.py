"""Files of no parsed language: redacted where people read them, expanded where the reader is known, else by hand."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from unspill import space
from unspill.fixes import moving, prose, shell
from unspill.languages import text
from unspill.model import Plan, Span, Stored
from unspill.sites import Comment

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding

_READ_BY_PEOPLE = (
    (".txt", ".text", ".log", ".out", ".err", ".csv", ".tsv", ".rst", ".adoc", ".org", ".eml"),
    ("readme", "changelog", "changes", "notes", "todo", "license", "contributing"),
)
_BROWSER = (".html", ".htm", ".js", ".mjs", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".css")
_REQUIREMENTS = re.compile(r"(?:.*[-_.])?(?:requirements|constraints)[\w.-]*\.(?:txt|in)\Z")
_SUPERVISOR = re.compile(rb"^\[(?:program|supervisord)", re.MULTILINE)
_SET = {".ps1": rb"[ \t]*\$env:%b[ \t]*=[^\r\n]*", ".bat": rb"[ \t]*@?set[ \t]+\"?%b=[^\r\n]*"}
_BY_HAND = {
    ".netrc": "Delete the entry: log in with the variable that the tool reads.",
    ".pypirc": "Delete the password: twine reads TWINE_PASSWORD.",
    "pip.conf": "Delete the credentials: pip reads PIP_INDEX_URL from the environment.",
    ".gitmodules": "Leave the plain URL: git asks a credential helper for the rest.",
    "nginx.conf": "nginx expands nothing: make a template of it, and run `envsubst` with the name when it starts.",
}


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
    if isinstance(text.site(document, finding.span), Comment) or base.endswith(suffixes) or base.startswith(names):
        return prose.plan(finding, document, project)
    if base == "makefile" or suffix == ".mk":
        return _makefile(document, finding.span, stored)
    if suffix in (".conf", ".ini") and _SUPERVISOR.search(document.data):
        return _replaced(document, finding.span, stored, f"%(ENV_{stored.name})s")
    if suffix in (".ps1", ".bat", ".cmd"):
        return _windows(document, finding.span, stored, suffix)
    if suffix in _BROWSER:
        return _browser(document, project, stored)
    hint = _BY_HAND.get(base, f"Move it by hand: read {stored.name} from the environment there.")
    return Plan(withheld=f"Nothing says that {base} expands variables. {hint}")


def _replaced(document: Document, span: Span, stored: Stored, reference: str) -> Plan:
    return Plan((moving.move(document, f"Read {stored.name} from the environment", stored, [(span, reference)]),))


def _requirements(document: Document, project: Project, span: Span, stored: Stored) -> Plan:
    """Write `${X}`: pip expands it if X is made of capitals, digits and underscores."""
    if space.find(project.tree, document.path).sdk:
        return Plan(withheld="A Space installs requirements without secrets: use a secret mount or a public package.")
    if not re.match(r"[A-Z0-9_]+\Z", stored.name):
        return Plan(withheld=f"pip expands names in capitals only: {stored.name} is none.")
    return _replaced(document, span, stored, f"${{{stored.name}}}")


def _makefile(document: Document, span: Span, stored: Stored) -> Plan:
    """A variable comes from the environment; a recipe, whose dollars make takes for itself, asks the shell for it."""
    start, end = document.line_span(document.line_at(span.start))
    line, name = document.data[start:end], stored.name
    if not line.startswith(b"\t"):
        variable = re.match(rb"(export[ \t]+)?%b[ \t]*[:?]?=[ \t]*" % name.encode(), line)
        if variable is None or start + variable.end() != span.start or line[span.end - start :].strip():
            return Plan(withheld=f"Set the variable to $({name}) by hand.")
        change = f"{(variable[1] or b'').decode()}{name} ?= $(error set {name})"
        return Plan((moving.move(document, f"Require {name}", stored, [(Span(start, end), change)]),))
    inside = Span(span.start - start, span.end - start)
    changes = shell.rewrite(line.replace(b"$$", b"xx"), inside, f"$${{{name}:?}}")
    if changes is None or any(text == "\\" for _, text in changes):
        return Plan(withheld=f'Write "$${{{name}:?}}" there by hand.')
    moved = [(Span(place.start + start, place.end + start), text) for place, text in changes]
    return Plan((moving.move(document, f"Read {name} from the environment", stored, moved),))


def _windows(document: Document, span: Span, stored: Stored, suffix: str) -> Plan:
    """Delete a line that does nothing but set the variable."""
    line = document.line_at(span.start)
    start, end = document.line_span(line)
    pattern = _SET[".ps1" if suffix == ".ps1" else ".bat"] % stored.name.encode()
    if not re.fullmatch(pattern, document.data[start:end], re.IGNORECASE):
        return Plan(withheld=f"Read {stored.name} from the environment there by hand.")
    removal = moving.whole_line(document, Span(start, end))
    return Plan((moving.move(document, f"Leave {stored.name} to the environment", stored, [(removal, "")]),))


def _browser(document: Document, project: Project, stored: Stored) -> Plan:
    if space.find(project.tree, document.path).sdk == "static":
        return Plan(
            withheld="A static Space shows its secrets to every visitor: let visitors sign in (`hf_oauth: true`), or"
            " move the call to a Gradio or Docker Space."
        )
    return Plan(
        withheld=f"What a browser runs, its visitors read: make the call on a server, which reads {stored.name}"
        " from the environment."
    )
