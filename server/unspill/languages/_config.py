"""Shared by YAML, TOML and JSON: the program that reads a file (its consumer), and the site of a scalar.

No configuration format expands variables by itself; some consumers do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import syntax
from unspill.languages import text
from unspill.model import Span
from unspill.sites import ConfigValue, Site

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document

_PAIR = re.compile(r"[\"']?([A-Za-z_][A-Za-z0-9_]*)=")

_BY_PATH = tuple(
    (re.compile(rf"(?:.*/)?{pattern}\Z"), consumer)
    for pattern, consumer in (
        (r"(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml", "compose"),
        (r"\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml", "github-actions"),
        (r"(?:[\w.-]*\.)?gitlab-ci\.ya?ml", "gitlab-ci"),
        (r"\.circleci/[^/]+\.ya?ml", "circleci"),
        (r"azure-pipelines[\w.-]*\.ya?ml", "azure-pipelines"),
        (r"\.yarnrc\.yml", "yarn"),
        (r"render\.ya?ml", "render"),
        (r"app\.json", "heroku"),
        (r"(?:fly|wrangler)\.toml", "deployment"),
        (r"(?:[\w.-]*[-_.])?litellm[\w.-]*\.ya?ml", "litellm"),
        (r"\.streamlit/(?:secrets|config)\.toml", "streamlit"),
        (r"pyproject\.toml|poetry\.toml|uv\.toml", "pyproject"),
        (r"pipfile", "pipenv"),
        (r"claude_desktop_config\.json", "claude-desktop"),
        (r"\.vscode/settings\.json|[\w.-]*\.code-workspace", "vscode-settings"),
        (r"\.vscode/mcp\.json", "vscode-mcp"),
        (r"\.vscode/[^/]+\.json", "vscode"),
        (r"\.cursor/mcp\.json", "cursor"),
        (r"\.claude/settings(?:\.local)?\.json", "claude-settings"),
        (r"\.gemini/settings\.json", "gemini-cli"),
        (r"opencode\.jsonc?", "opencode"),
        (r"\.codex/config\.toml", "codex"),
        (r"cline_mcp_settings\.json", "cline"),
        (r"mcp_config\.json", "windsurf"),
        (r"\.mcp\.json", "claude-code"),
        (r"mcp\.json", "mcp"),
        (r"\.?devcontainer\.json", "devcontainer"),
        (r"(?:environment|conda[\w.-]*)\.ya?ml", "conda"),
    )
)
_BY_CONTENT = (
    (re.compile(rb"^model_list:[^\0]*^[ \t-]+litellm_params:", re.MULTILINE), "litellm"),
    (re.compile(rb"\$\{oc\.|^hydra:|^[ \t-]*_target_:", re.MULTILINE), "hydra"),
    (re.compile(rb"^services:[^\0]*^[ \t]+(?:image|build):", re.MULTILINE), "compose"),
    (re.compile(rb"^apiVersion:[^\0]*^kind:|^kind:[^\0]*^apiVersion:", re.MULTILINE), "kubernetes"),
)


def consumer(document: Document) -> str:
    """The program that reads the file, by its path, else by its keys; "" if unknown."""
    return document.memo(_consumer)


def site(document: Document, span: Span, scalar: Span, path: tuple[str, ...], name: str | None = None) -> Site:
    """The site of a span in a scalar (its quotes included). `name` is that of a neighbouring entry, if any."""
    pair = _PAIR.match(document.text(Span(scalar.start, span.start)))
    content = _unquoted(document, scalar)
    if content == span or (pair is not None and (scalar.start + pair.end(), content.end) == span):
        own = pair[1] if pair else name or next((key for key in reversed(path) if not key.isdigit()), None)
        return ConfigValue(own, path, consumer(document))
    inner = text.in_string(document, scalar, span)
    return inner or ConfigValue(pair[1] if pair else text.site(document, span).name, path, consumer(document))


def scalar_at(path: list[Node]) -> Node | None:
    """The string of JSON or TOML that is in `path` (nodes, the innermost first)."""
    return syntax.first(path, "string")


def pair_at(path: list[Node]) -> Node | None:
    """The innermost pair of JSON or TOML of `path` (nodes, the innermost first)."""
    return syntax.first(path, "pair")


def index_in(array: Node, item: Node) -> str:
    """The index of an item in an array of JSON or TOML; "" for what is no item."""
    items = [child for child in array.children if child.is_named and child.type != "comment"]
    return str(items.index(item)) if item in items else ""


def _unquoted(document: Document, scalar: Span) -> Span:
    quote = re.match(r"\"\"\"|'''|[\"']|", document.text(scalar))
    width = quote.end() if quote else 0
    return Span(scalar.start + width, max(scalar.end - width, scalar.start + width))


def _consumer(document: Document) -> str:
    path = document.path.lower()
    for pattern, name in _BY_PATH:
        if pattern.match(path):
            return name
    if document.language == "yaml":
        return next((name for pattern, name in _BY_CONTENT if pattern.search(document.data)), "")
    return ""
