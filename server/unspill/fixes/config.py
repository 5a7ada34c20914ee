"""YAML, TOML and JSON: a value becomes a variable if the program that reads the file expands it, else it is manual.

The formats themselves expand nothing: `"${X}"` in a file that is not interpolated is sent literally.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from unspill import budget, languages, syntax, toml
from unspill.document import apply_edits
from unspill.fixes import agents, loader, moving, pipelines, prose
from unspill.languages import _config
from unspill.languages import json as notation
from unspill.model import Plan, Safety, Span, Stored
from unspill.shapes import Values, is_readable, is_unmistakable
from unspill.sites import Comment

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding, Fix, Secret

_EXPANDS = {
    "compose": "${{{0}:?set {0}}}",
    "hydra": "${{oc.env:{0}}}",
    "litellm": "os.environ/{0}",
    "yarn": "${{{0}}}",
    "pipenv": "${{{0}}}",
    "vscode": "${{env:{0}}}",
    "vscode-mcp": "${{env:{0}}}",
    "cursor": "${{env:{0}}}",
    "windsurf": "${{env:{0}}}",
    "gemini-cli": "${{{0}}}",
    "opencode": "{{env:{0}}}",
    "vscode-settings": "${{env:{0}}}",
    "mcp": "${{env:{0}}}",
    "claude-code": "${{{0}}}",
    "devcontainer": "${{localEnv:{0}}}",
}
"""How each consumer writes the variable `{0}`."""
_WHOLE_ONLY = ("litellm",)
_DOUBTFUL = {
    "vscode-mcp": "VS Code reads `${env:…}` from its own environment: start it where the variable is set.",
    "cursor": "Cursor reads `${env:…}` from its own environment: start it where the variable is set.",
    "vscode-settings": "Only some settings expand `${env:…}`: check this one.",
    "mcp": "Not every client expands `${env:…}`: check yours.",
}
_MANUAL = {
    "streamlit": "Streamlit does not expand variables here: remove {key}, and read os.environ[{name!r}] in the code.",
    "claude-desktop": "Variables are not expanded here: remove {key}; the server inherits {name} from the environment.",
    "claude-settings": "Claude Code does not expand variables in its settings: move {key} to"
    " .claude/settings.local.json, which git must ignore, or set {name} before it starts.",
    "codex": "Codex does not expand variables: remove {key}, and name {name} in `env_vars` of the server, or in"
    " `bearer_token_env_var`.",
    "cline": "Cline does not expand variables: remove {key}; the server inherits {name} from the environment.",
    "conda": "conda does not expand variables for pip: use a public package, or a secret mount in an image.",
    "kubernetes": "A committed manifest exposes its Secrets, base64-encoded or not: remove {key}, keep {name} in .env"
    " and create the Secret from it (`kubectl create secret generic … --from-env-file=.env`), or commit a sealed one.",
    "pyproject": "Variables are not expanded here: remove {key}, and set the variable that the tool reads.",
    "": "Variables may not be expanded here: remove {key}, and set it from os.environ[{name!r}] where the file is"
    " loaded.",
}
_DEFAULT = re.compile(rb"\$\{(\w+)(:?-)\Z")
_WITH_SERVICES = ("compose", "github-actions")
_PASSWORD = re.compile(r"://[^\s/@:]*:([^\s/@]+)@")
_REMOVABLE = ("streamlit", "claude-desktop")


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """Write the variable in the syntax of the file's consumer, or explain the manual fix."""
    if finding.secret is None:
        return Plan(withheld="No value to move.")
    language = languages.module(document)
    path = syntax.enclosing(language.tree(document), finding.span)
    if isinstance(language.site(document, finding.span), Comment):
        return prose.plan(finding, document, project)
    consumer = _config.consumer(document)
    scalar = language.scalar_at(path)
    stored = Stored(project.names.of(finding), finding.secret)
    if scalar is None or any(node.is_error for node in path):
        return Plan(withheld="The file cannot be parsed here: fix the syntax error, or move the value manually.")
    if consumer in _WITH_SERVICES and (line := _other_side(document, finding, stored.secret, project)) is not None:
        return Plan(withheld=f"Line {line} has the same value, for the service itself: change both manually, together.")
    place = pipelines.ScalarContext(document, path, scalar, finding.span)
    if consumer in pipelines.CONSUMERS:
        return _checked(document, pipelines.plan(place, stored, consumer))
    if consumer in agents.CONSUMERS and (fix := agents.plan(place, stored, consumer, project)) is not None:
        return _checked(document, Plan((fix,), fix.reason))
    if consumer not in _EXPANDS:
        return _manual(place, stored, consumer, project)
    if consumer in _WHOLE_ONLY and document.text(finding.span) != document.text(syntax.span_of(scalar)).strip("'\""):
        return Plan(withheld=f"{consumer} only expands whole values: store all of this one in a variable.")
    reference = _EXPANDS[consumer].format(stored.name)
    changes = _default(document, finding.span, stored.name) or place.replaced(reference)
    doubt = _DOUBTFUL.get(consumer, "")
    safety = Safety.UNSAFE if doubt else Safety.SAFE
    title = f"Read {stored.name} from the environment"
    fix = moving.move(document, title, stored, changes, safety=safety, reason=doubt)
    return _checked(document, Plan((fix,), doubt))


def _other_side(document: Document, finding: Finding, secret: Secret, project: Project) -> int | None:
    """The line (from 1) of another place of a password that is no finding, so that no fix changes it as well.

    Services and their clients would have different passwords if one place changed alone. Raises OverBudgetError.
    """
    url = _PASSWORD.search(secret.reveal())
    value = (url[1] if url is not None else secret.reveal()).encode("utf-8", "surrogateescape")
    if is_unmistakable(value):
        return None
    budget.spend(document, len(document.data))
    found = project.found.get(document.path, set())
    others = (span for span in Values([value]).spans(document.data) if span not in found)
    return next((document.line_at(span.start) + 1 for span in others if not finding.span.contains(span)), None)


def _checked(document: Document, plan: Plan) -> Plan:
    """`plan`, or a withheld one if a fix leaves a file that no longer loads."""
    for fix in plan.fixes:
        changes = [(edit.span, edit.text) for edit in fix.edits if edit.path == document.path]
        grammar = languages.by_id(document.language).grammar
        loads = _loads(grammar, document.data)
        if not moving.still_parses(document, changes, grammar) or (
            loads and not _loads(grammar, apply_edits(document.data, changes))
        ):
            return Plan(withheld="The file would no longer load: move the value manually.")
    return plan


def _manual(place: pipelines.ScalarContext, stored: Stored, consumer: str, project: Project) -> Plan:
    document, path = place.document, place.path
    language = languages.module(document)
    whole_path: tuple[str, ...] = language.keys(path)
    keys = [key for key in whole_path if not key.isdigit()]
    key = _shown(keys)
    text = _MANUAL.get(consumer, _MANUAL[""]).format(key=key, name=stored.name)
    if consumer not in _MANUAL and stored.name == "HF_TOKEN":
        text += " Hub libraries read HF_TOKEN from the environment."
    if not consumer and keys == list(whole_path) and (fix := _in_loader(place, stored, keys, project)) is not None:
        return _checked(document, Plan((fix,), text))
    pair = language.pair_at(path)
    if consumer not in _REMOVABLE or pair is None:
        return Plan(withheld=text)
    is_json = document.language == "json"
    entry = notation.with_comma(pair) if is_json else moving.whole_line(document, syntax.span_of(pair))
    removal = [(entry, "")]
    fix = moving.move(document, f"Remove {key}", stored, removal, safety=Safety.UNSAFE, reason=text)
    return _checked(document, Plan((fix,), text))


def _in_loader(place: pipelines.ScalarContext, stored: Stored, keys: list[str], project: Project) -> Fix | None:
    """Empty the value, and set it where a program loads the file; None if that place is not known."""
    document = place.document
    written = document.text(syntax.span_of(place.scalar))
    if written.strip("'\"") != document.text(place.span):
        return None
    found = loader.find(document, project, keys, stored.name)
    if found is None:
        return None
    blank = "" if written != document.text(place.span) else '""'
    key = _shown(keys)
    title = f"Remove {key}, and set it in {found.path} where the file is loaded"
    reason = f"Line {found.line + 1} of {found.path} loads the file: check that nothing else reads {key} from it."
    fix = moving.move(document, title, stored, [(place.span, blank)], safety=Safety.UNSAFE, reason=reason)
    return fix._replace(edits=(*fix.edits, *found.edits))


def _shown(keys: list[str]) -> str:
    """The name of a value: its key, unless that may be a value itself."""
    return keys[-1] if keys and is_readable(keys[-1]) else "the value"


def _default(document: Document, span: Span, name: str) -> moving.Changes | None:
    """`${NAME:-secret}` becomes `${NAME:?…}`."""
    before = _DEFAULT.search(document.data, max(0, span.start - len(name) - 4), span.start)
    if before is None or before[1].decode() != name or document.data[span.end : span.end + 1] != b"}":
        return None
    return [(Span(before.start(2), span.end), f":?set {name}")]


def _loads(grammar: str, data: bytes) -> bool:
    """Whether a parser of the format accepts the data; always true for YAML, whose syntax tree is checked instead."""
    try:
        if grammar == "json":
            json.loads(data)
        elif grammar == "toml":
            toml.loads(data)
    except (ValueError, RecursionError):
        return False
    return True
