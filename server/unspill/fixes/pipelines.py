"""Pipelines in YAML (GitHub Actions, GitLab CI, CircleCI, Azure): the platform's own secrets, and shell inside YAML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill import syntax
from unspill.document import line_end
from unspill.fixes import moving, shell
from unspill.languages import _config, yaml
from unspill.languages.yaml import ScalarStyle
from unspill.model import Plan, Span
from unspill.space import names

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.model import Stored

CONSUMERS = ("github-actions", "gitlab-ci", "circleci", "azure-pipelines")

_SCRIPT_KEYS = {"run", "script", "before_script", "after_script", "command"}
_VARIABLE_KEYS = {"variables", "environment"}
_SECRET_CONTEXTS = {"env", "with", "secrets", "credentials", "password"}
_POSIX = re.compile(r"(?:ba|da)?sh\b|/bin/(?:ba)?sh\b")


class ScalarContext(NamedTuple):
    """The place of a value: `path` has the nodes around its span, innermost first; `scalar` is one of them."""

    document: Document
    path: list[Node]
    scalar: Node
    span: Span

    def replaced(self, reference: str) -> moving.Changes:
        """Insert `reference`; a plain scalar in a flow collection gets quotes, as YAML requires."""
        is_plain = yaml.style(self.scalar) is ScalarStyle.PLAIN
        if not is_plain or not yaml.is_in_flow(self.path) or "{" not in reference:
            return [(self.span, reference)]
        whole = syntax.span_of(self.scalar)
        if whole == self.span:
            return [(whole, f'"{reference}"')]
        return [(Span(whole.start, whole.start), '"'), (self.span, reference), (Span(whole.end, whole.end), '"')]


def consumer(document: Document) -> str:
    """The pipeline that a document is for; "" if it is none."""
    found = _config.consumer(document) if document.language == "yaml" else ""
    return found if found in CONSUMERS else ""


def plan(place: ScalarContext, stored: Stored, kind: str) -> Plan:
    """The plan for a value in a pipeline."""
    keys = [key for key in yaml.keys(place.path) if not key.isdigit()]
    if kind == "github-actions":
        return _actions(place, stored, keys)
    title = f"Read {stored.name} from the pipeline's variables"
    reason = f"Set {stored.name} as a masked variable of the project."
    if len(keys) > 1 and keys[-2] in _VARIABLE_KEYS:
        changes = _without(place, keys[-1], stored.name)
    elif kind == "azure-pipelines":
        changes = place.replaced(f"$({stored.name})")
    elif _SCRIPT_KEYS.intersection(keys):
        changes = in_script(place, f"${{{stored.name}:?}}")
    else:
        changes = place.replaced(f"${{{stored.name}}}") if kind == "gitlab-ci" else None
    if changes is None:
        return Plan(withheld=f"Variables are not expanded here: set {stored.name} in the platform, read it manually.")
    return Plan((moving.move(place.document, title, stored, changes, reason=reason),))


def in_script(place: ScalarContext, reference: str) -> moving.Changes | None:
    """The changes that expand `reference` in a scalar that holds shell commands, in any style."""
    scalar, span = place.scalar, place.span
    raw = scalar.text or b""
    style = yaml.style(scalar)
    if style is ScalarStyle.BLOCK:
        header = re.match(rb"[^\r\n]*", raw)
        script, escape = b" " * (header.end() if header else 0) + raw[header.end() if header else 0 :], {}
    elif style is ScalarStyle.DOUBLE:
        script, escape = b" " + raw[1:-1] + b" ", {'"': '\\"', "\\": "\\\\"}
    elif style is ScalarStyle.SINGLE:
        script, escape = b" " + raw[1:-1] + b" ", {"'": "''"}
    else:
        script, escape = raw, {}
    if (style is ScalarStyle.DOUBLE and b"\\" in raw) or (escape and b"''" in script):
        return None
    script = re.sub(rb"\$\{\{.*?\}\}", lambda match: b"x" * len(match[0]), script, flags=re.DOTALL)
    at = scalar.start_byte
    changes = shell.rewrite(script, Span(span.start - at, span.end - at), reference)
    if changes is None:
        return None
    table = str.maketrans(escape)
    return [(Span(where.start + at, where.end + at), text.translate(table)) for where, text in changes]


def _actions(place: ScalarContext, stored: Stored, keys: list[str]) -> Plan:
    secret = names.in_actions(stored.name)
    expression = f"${{{{ secrets.{secret} }}}}"
    title = f"Read {secret} from the repository's secrets"
    reason = f"Add {secret} to the repository's Actions secrets."
    if keys[-1:] == ["run"] and "steps" in keys:
        script = in_script(place, f"${{{stored.name}:?}}")
        env = _step_env(place.document, place.path, stored.name, expression)
        changes = [*env, *script] if script is not None and env is not None else None
    elif _SECRET_CONTEXTS.intersection(keys):
        changes = place.replaced(expression)
    else:
        changes = None
    if changes is None:
        return Plan(
            withheld=f"Secrets are not available here: add {secret} to the secrets, and read it through `env:`."
        )
    return Plan((moving.move(place.document, title, stored, changes, reason=reason),))


def _step_env(document: Document, path: list[Node], name: str, expression: str) -> moving.Changes | None:
    """The insertion that gives a step the variable; empty if it has it, None if it cannot be added."""
    mappings = yaml.mappings(path)
    run = yaml.pair_at(path)
    if not mappings or run is None or not yaml.is_in_block(run):
        return None
    own = _entry(mappings[0], "shell")
    if (own is not None and not _POSIX.match(yaml.value_of(own))) or b"windows" in document.data:
        return None
    for mapping in mappings:
        env = _entry(mapping, "env")
        if env is not None and re.search(rf"\b{name}[\"']?\s*:\s*[\"']?\$\{{\{{\s*secrets\.", syntax.text_of(env)):
            return []
    end = line_end(document.data)
    env = _entry(mappings[0], "env")
    if env is None:
        indent = _indent(document, run)
        text = f"env:{end}{indent}  {name}: {expression}{end}{indent}"
        return [(Span(run.start_byte, run.start_byte), text)]
    entries = yaml.mapping_in(env)
    if entries is None or _entry(entries, name) is not None:
        return None
    at = entries.start_byte
    return [(Span(at, at), f"{name}: {expression}{end}{_indent(document, entries)}")]


def _entry(mapping: Node, key: str) -> Node | None:
    return next((pair for pair in yaml.pairs(mapping) if yaml.key_of(pair) == key), None)


def _indent(document: Document, node: Node) -> str:
    return " " * (node.start_byte - document.line_span(document.line_at(node.start_byte))[0])


def _without(place: ScalarContext, key: str, name: str) -> moving.Changes | None:
    """Delete a variable that the platform sets, with the mapping that would be empty without it."""
    pairs = [node for node in place.path if yaml.is_in_block(node)]
    if not pairs or yaml.value_of(pairs[0]) != place.document.text(place.span):
        return None
    if key != name:
        return [(place.span, f"${name}")]
    pair = pairs[0]
    for outer in pairs[1:]:
        if pair.parent is None or len(yaml.pairs(pair.parent)) > 1:
            break
        pair = outer
    entry = syntax.span_of(pair)
    removal = moving.whole_line(place.document, entry)
    return [(removal, "")] if removal != entry else None
