"""Where values sit in Dockerfiles, shell, YAML, TOML and JSON, and what those read from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from unspill import languages, sites, syntax
from unspill.languages import language_of
from unspill.model import Span

from tests.helpers import document_of, token

if TYPE_CHECKING:
    from unspill.document import Document

T = token(1)

SITES: dict[str, tuple[str, str, sites.Site]] = {
    "ENV": ("Dockerfile", f"ENV A=1 B={T}\n", sites.DockerEnv("B")),
    "legacy ENV": ("Dockerfile", f"ENV B {T}\n", sites.DockerEnv("B")),
    "ARG": ("Dockerfile", f"ARG B={T}\n", sites.DockerArg("B")),
    "RUN": ("Dockerfile", f"FROM a\nRUN x {T}\n", sites.DockerInstruction("x", "RUN")),
    "CMD": ("app.Dockerfile", f'FROM a\nCMD ["x", "{T}"]\n', sites.DockerInstruction("x", "CMD")),
    "Dockerfile comment": ("Dockerfile", f"# {T}\nFROM a\n", sites.Comment()),
    "export": ("a.sh", f"export B={T}\n", sites.ShellAssignment("B")),
    "prefix": ("a.sh", f"B='{T}' x\n", sites.ShellAssignment("B")),
    "declare -x": ("a.sh", f"declare -x B={T}\n", sites.ShellAssignment("B")),
    "shell variable": ("a.sh", f'b="{T}"\n', sites.Assignment("b")),
    "shell default": ("a.sh", f"x ${{B:-{T}}}\n", sites.EnvDefault("B")),
    "shell argument": ("a.sh", f"x --t {T}\n", sites.ShellArgument("t", "x")),
    "shell argument with =": ("a.sh", f"x --t={T}\n", sites.ShellArgument("t", "x")),
    "shell header": ("a.sh", f"x 'Authorization: Bearer {T}'\n", sites.HeaderValue("Authorization", "Bearer")),
    "shell URL": ("a.sh", f"x https://u:{T}@h\n", sites.UrlUserinfo(scheme="https")),
    "YAML map": ("a.yml", f"a:\n  - b: '{T}'\n", sites.ConfigValue("b", ("a", "0", "b"))),
    "YAML list": ("a.yml", f"a:\n  b: [x, {T}]\n", sites.ConfigValue("b", ("a", "b", "1"))),
    "YAML pair": ("compose.yml", f"a:\n  - B={T}\n", sites.ConfigValue("B", ("a", "0"), "compose")),
    "YAML value beside its name": ("a.yml", f"- name: B\n  value: {T}\n", sites.ConfigValue("B", ("0", "value"))),
    "YAML URL": ("a.yml", f"a: https://u:{T}@h\n", sites.UrlUserinfo(scheme="https")),
    "YAML comment": ("a.yml", f"a: b # {T}\n", sites.Comment()),
    "TOML": ("a.toml", f'[a."b c"]\nd.e = ["{T}"]\n', sites.ConfigValue("e", ("a", "b c", "d", "e", "0"))),
    "TOML comment": ("a.toml", f"# {T}\n", sites.Comment()),
    "JSON": ("a.json", f'{{"a": [{{"b": "{T}"}}]}}', sites.ConfigValue("b", ("a", "0", "b"))),
    "JSON comment": ("a.jsonc", f"// {T}\n{{}}", sites.Comment()),
}

CONSUMERS = {
    "docker-compose.yml": "compose",
    "compose.override.yaml": "compose",
    "a/.github/workflows/x.yml": "github-actions",
    ".gitlab-ci.yml": "gitlab-ci",
    ".circleci/config.yml": "circleci",
    "azure-pipelines.yml": "azure-pipelines",
    "litellm_config.yaml": "litellm",
    ".yarnrc.yml": "yarn",
    ".streamlit/secrets.toml": "streamlit",
    "pyproject.toml": "pyproject",
    "Pipfile": "pipenv",
    ".vscode/mcp.json": "vscode-mcp",
    ".vscode/tasks.json": "vscode",
    ".cursor/mcp.json": "cursor",
    ".claude/settings.json": "claude-settings",
    ".claude/settings.local.json": "claude-settings",
    ".gemini/settings.json": "gemini-cli",
    "opencode.json": "opencode",
    ".codex/config.toml": "codex",
    "mcp_config.json": "windsurf",
    ".vscode/settings.json": "vscode-settings",
    "claude_desktop_config.json": "claude-desktop",
    ".mcp.json": "claude-code",
    "mcp.json": "mcp",
    "my-compose.yml": "",
    "config.json": "",
}

USES = {
    "Dockerfile": (
        "FROM a\nARG B\nARG C=d\nENV E=f\nRUN --mount=type=secret,id=G,required=true x $H ${I:?} \\$J\n",
        [("B", False), ("G", True), ("H", False), ("I", True)],
        ["C", "E"],
    ),
    "a.sh": (
        "x $A \"${B:?m}\" ${C:-d} '$N'\nexport E=f\ng=h\nx $g $1 $@\nI=j x\nfor k in l; do $k; done\n",
        [("A", False), ("B", True), ("C", False)],
        ["E", "I"],
    ),
    "compose.yml": (
        "s:\n  environment:\n    - A\n    - B=c\n    - D=${E:?x}\n  x: $F $${G}\n  # ${H}\n",
        [("A", False), ("E", True), ("F", False)],
        ["B", "D"],
    ),
    ".github/workflows/a.yml": ("env:\n  A: ${{ secrets.B }}\n  C: ${{ github.sha }}\n", [("B", False)], []),
}


def document(path: str, source: str) -> Document:
    """A document in the language of its path."""
    return document_of(source, path, language_of(path).id)


@pytest.mark.parametrize(("path", "source", "expected"), SITES.values(), ids=SITES)
def test_sites(path: str, source: str, expected: sites.Site) -> None:
    """A value sits where its language says, under the name that the place gives it."""
    start = source.index(T)
    assert languages.site(document(path, source), Span(start, start + len(T))) == expected


@pytest.mark.parametrize(("path", "expected"), CONSUMERS.items())
def test_consumers(path: str, expected: str) -> None:
    """Who reads a configuration file is told from its path."""
    texts = {"json": f'{{"a": "{T}"}}', "toml": f'a = "{T}"\n', "yaml": f"a: {T}\n"}
    source = texts[language_of(path).id]
    site = languages.site(document(path, source), Span(source.index(T), source.index(T) + len(T)))
    assert isinstance(site, sites.ConfigValue)
    assert site.consumer == expected


@pytest.mark.parametrize(("path", "case"), USES.items())
def test_env_uses(path: str, case: tuple[str, list[tuple[str, bool]], list[str]]) -> None:
    """Reads, with whether they are required, and writes come in order, and each span is the name itself."""
    source, reads, writes = case
    parsed = document(path, source)
    uses = languages.env_uses(parsed)
    assert [(use.name, use.required) for use in uses.reads] == reads
    assert [use.name for use in uses.writes] == writes
    assert all(parsed.text(use.span) == use.name for use in (*uses.reads, *uses.writes))


@pytest.mark.parametrize("path", ["a.json", "a.yml", "a.toml", "a.sh", "Dockerfile"])
def test_deep_nesting(path: str) -> None:
    """A value below ten thousand brackets is found like any other."""
    source = f'{{"a": {"[" * 10_000}"{T}"{"]" * 10_000}}}'
    start = source.index(T)
    parsed = document(path, source)
    assert languages.site(parsed, Span(start, start + len(T))).kind


def test_enclosing_is_innermost_first() -> None:
    """The nodes around a span start with the smallest and end with the root."""
    path = syntax.enclosing(syntax.parse(b'{"a": 1}', "json"), Span(2, 3))
    assert [node.type for node in path] == ["string_content", "string", "pair", "object", "document"]
