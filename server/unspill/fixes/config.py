"""YAML, TOML and JSON: a value becomes what the program that reads the file expands; else the fix is by hand.

The formats themselves expand nothing: `"${X}"` in a file that nobody interpolates is sent as those characters.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from unspill import languages, syntax, toml
from unspill.document import apply_edits
from unspill.fixes import loader, moving, pipelines, prose
from unspill.languages import _config
from unspill.languages import json as notation
from unspill.model import Plan, Safety, Span, Stored
from unspill.shapes import is_readable
from unspill.sites import Comment

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding, Fix

_EXPANDS = {
    "compose": "${{{0}:?set {0}}}",
    "hydra": "${{oc.env:{0}}}",
    "litellm": "os.environ/{0}",
    "yarn": "${{{0}}}",
    "pipenv": "${{{0}}}",
    "vscode": "${{env:{0}}}",
    "vscode-settings": "${{env:{0}}}",
    "mcp": "${{env:{0}}}",
    "claude-code": "${{{0}}}",
    "devcontainer": "${{localEnv:{0}}}",
}
"""How each consumer writes the variable `{0}`."""
_WHOLE_ONLY = ("litellm",)
_DOUBTFUL = {
    "vscode-settings": "Only some settings expand `${env:…}`: check that this one does.",
    "mcp": "Not every client expands `${env:…}`: check that yours does.",
}
_MANUAL = {
    "streamlit": "Streamlit reads this file as it is: take {key} out of it, and read os.environ[{name!r}] in the code.",
    "claude-desktop": "This file expands nothing: take {key} out; the server inherits {name} from the environment.",
    "conda": "conda expands nothing in what it hands to pip: use a public package, or a secret mount in an image.",
    "kubernetes": "A committed manifest gives its Secrets away, base 64 or not: take {key} out, keep {name} in .env and"
    " create the Secret from there (`kubectl create secret generic … --from-env-file=.env`), or commit it sealed.",
    "pyproject": "Tools read this file as it is: take {key} out of it, and set the variable that the tool reads.",
    "": "Nothing says that variables are expanded here: take {key} out, and set it from os.environ[{name!r}] where the"
    " file is loaded.",
}
_DEFAULT = re.compile(rb"\$\{(\w+)(:?-)\Z")
_REMOVABLE = ("streamlit", "claude-desktop")


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """Write the variable in the way of the file's consumer, or say what to do by hand."""
    if finding.secret is None:
        return Plan(withheld="There is no value to move.")
    language = languages.module(document)
    path = syntax.enclosing(language.tree(document), finding.span)
    if isinstance(language.site(document, finding.span), Comment):
        return prose.plan(finding, document, project)
    consumer = _config.consumer(document)
    scalar = language.scalar_at(path)
    stored = Stored(project.names.of(finding), finding.secret)
    if scalar is None or any(node.is_error for node in path):
        return Plan(withheld="The file cannot be parsed here: mend it, or move the value by hand.")
    place = pipelines.ScalarContext(document, path, scalar, finding.span)
    if consumer in pipelines.CONSUMERS:
        return _checked(document, pipelines.plan(place, stored, consumer))
    if consumer not in _EXPANDS:
        return _manual(place, stored, consumer, project)
    if consumer in _WHOLE_ONLY and document.text(finding.span) != document.text(syntax.span_of(scalar)).strip("'\""):
        return Plan(withheld=f"{consumer} expands whole values only: let a variable hold all of this one.")
    reference = _EXPANDS[consumer].format(stored.name)
    changes = _default(document, finding.span, stored.name) or place.replaced(reference)
    doubt = _DOUBTFUL.get(consumer, "")
    safety = Safety.UNSAFE if doubt else Safety.SAFE
    title = f"Read {stored.name} from the environment"
    fix = moving.move(document, title, stored, changes, safety=safety, reason=doubt)
    return _checked(document, Plan((fix,), doubt))


def _checked(document: Document, plan: Plan) -> Plan:
    """`plan`, or the reason why not if one of its fixes leaves a file that does not load any more."""
    for fix in plan.fixes:
        changes = [(edit.span, edit.text) for edit in fix.edits if edit.path == document.path]
        grammar = languages.by_id(document.language).grammar
        loads = _loads(grammar, document.data)
        if not moving.still_parses(document, changes, grammar) or (
            loads and not _loads(grammar, apply_edits(document.data, changes))
        ):
            return Plan(withheld="The file would not load any more: move the value by hand.")
    return plan


def _manual(place: pipelines.ScalarContext, stored: Stored, consumer: str, project: Project) -> Plan:
    document, path = place.document, place.path
    language = languages.module(document)
    whole_path: tuple[str, ...] = language.keys(path)
    keys = [key for key in whole_path if not key.isdigit()]
    key = _shown(keys)
    text = _MANUAL.get(consumer, _MANUAL[""]).format(key=key, name=stored.name)
    if consumer not in _MANUAL and stored.name == "HF_TOKEN":
        text += " What loads models from the Hub reads HF_TOKEN by itself."
    if not consumer and keys == list(whole_path) and (fix := _in_loader(place, stored, keys, project)) is not None:
        return _checked(document, Plan((fix,), text))
    pair = language.pair_at(path)
    if consumer not in _REMOVABLE or pair is None:
        return Plan(withheld=text)
    removal = [
        (_json_entry(pair) if document.language == "json" else moving.whole_line(document, syntax.span_of(pair)), "")
    ]
    fix = moving.move(document, f"Delete {key}", stored, removal, safety=Safety.UNSAFE, reason=text)
    return _checked(document, Plan((fix,), text))


def _in_loader(place: pipelines.ScalarContext, stored: Stored, keys: list[str], project: Project) -> Fix | None:
    """Blank the value, and set it where a program loads the file; None where that cannot be told."""
    document = place.document
    written = document.text(syntax.span_of(place.scalar))
    if written.strip("'\"") != document.text(place.span):
        return None
    found = loader.find(document, project, keys, stored.name)
    if found is None:
        return None
    blank = "" if written != document.text(place.span) else '""'
    key = _shown(keys)
    title = f"Take {key} out, and set it in {found.path} where the file is loaded"
    reason = f"Line {found.line + 1} of {found.path} loads the file: check that nothing else reads {key} from it."
    fix = moving.move(document, title, stored, [(place.span, blank)], safety=Safety.UNSAFE, reason=reason)
    return fix._replace(edits=(*fix.edits, *found.edits))


def _shown(keys: list[str]) -> str:
    """What a value is called: its key, unless that may be a value itself."""
    return keys[-1] if keys and is_readable(keys[-1]) else "the value"


def _json_entry(pair: Node) -> Span:
    """A pair of an object with the comma that ties it to its neighbour."""
    siblings = notation.pairs(pair.parent)
    index = siblings.index(pair)
    if index + 1 < len(siblings):
        return Span(pair.start_byte, siblings[index + 1].start_byte)
    return Span(siblings[index - 1].end_byte if index else pair.start_byte, pair.end_byte)


def _default(document: Document, span: Span, name: str) -> moving.Changes | None:
    """`${NAME:-secret}` becomes `${NAME:?…}`."""
    before = _DEFAULT.search(document.data, max(0, span.start - len(name) - 4), span.start)
    if before is None or before[1].decode() != name or document.data[span.end : span.end + 1] != b"}":
        return None
    return [(Span(before.start(2), span.end), f":?set {name}")]


def _loads(grammar: str, data: bytes) -> bool:
    """Whether a parser of the format takes the data; for YAML the syntax tree is the judge."""
    try:
        if grammar == "json":
            json.loads(data)
        elif grammar == "toml":
            toml.loads(data)
    except (ValueError, RecursionError):
        return False
    return True
