"""What becomes of values in the configuration of agents: the client loads `.env`, asks, expands, or none of these."""

from __future__ import annotations

import json

import pytest
from unspill.fixes import config
from unspill.languages import language_of
from unspill.model import Plan, Safety

from tests.helpers import applied, document_of, finding_at, project, token

T, U = token(1), token(2)
FILE = '"envFile": "${workspaceFolder}/.env"'


def planned(path: str, source: str) -> tuple[str, Plan]:
    """The text after the first fix, and the plan, of a file with the value in it."""
    document = document_of(source, path, language_of(path).id)
    made = config.plan(finding_at(document, T), document, project())
    return applied(document, made.fixes[0]) if made.fixes else source, made


LOADED = [
    ('{{"servers": {{"a": {{"command": "x", "env": {{"HF_TOKEN": "{0}"}}}}}}}}',
     f'{{"servers": {{"a": {{"command": "x", {FILE}}}}}}}'),
    ('{{"servers": {{"a": {{\n  "env": {{"HF_TOKEN": "{0}", "B": "c"}},\n  "args": []}}}}}}',
     f'{{"servers": {{"a": {{\n  {FILE},\n  "env": {{"B": "c"}},\n  "args": []}}}}}}'),
    ('{{"servers": {{"a": {{' + FILE.replace("{", "{{").replace("}", "}}") + ', "env": {{"HF_TOKEN": "{0}"}}}}}}}}',
     f'{{"servers": {{"a": {{{FILE}}}}}}}'),
]  # fmt: skip


@pytest.mark.parametrize("path", [".vscode/mcp.json", ".cursor/mcp.json"])
@pytest.mark.parametrize(("before", "after"), LOADED)
def test_a_server_that_is_started_loads_env(path: str, before: str, after: str) -> None:
    """A variable of a server goes, and `envFile` names the file that has it."""
    text, made = planned(path, before.format(T))
    assert text == after
    assert made.safe is not None
    json.loads(text)


ASKED = [
    ('{{"servers": {{"a": {{"url": "https://h", "headers": {{"Authorization": "Bearer {0}"}}}}}}}}',
     "Bearer ${input:hf-token}"),
    ('{{\n  "inputs": [],\n  "servers": {{"a": {{"args": ["--api-key", "{0}"]}}}}}}', "${input:hf-token}"),
    ('{{"inputs": [{{"id": "b"}}], "servers": {{"a": {{"args": ["{0}"]}}}}}}', "${input:hf-token}"),
    ('{{"inputs": [{{"id": "hf-token"}}], "servers": {{"a": {{"args": ["{0}"]}}}}}}', "${input:hf-token}"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "reference"), ASKED)
def test_what_a_server_is_sent_is_asked_for(before: str, reference: str) -> None:
    """VS Code asks for the value once: there is one input, which the place refers to."""
    text, made = planned(".vscode/mcp.json", before.format(T))
    content = json.loads(text)
    assert [one["id"] for one in content["inputs"] if one["id"] != "b"] == ["hf-token"]
    assert reference in text
    assert made.safe is None
    assert made.fixes[0].safety is Safety.UNSAFE
    assert "asks for HF_TOKEN" in made.withheld


def test_where_env_is_not_the_folders_own_it_is_not_loaded() -> None:
    """`envFile` is only for the `.env` of the folder that is open, and for a variable of the same name."""
    for path, name in (("a/b/.vscode/mcp.json", "HF_TOKEN"), (".vscode/mcp.json", "hf-token")):
        text, _ = planned(path, json.dumps({"servers": {"a": {"env": {name: T}}}}))
        assert "envFile" not in text
        assert "${input:hf-token}" in text


def test_cursor_expands_elsewhere() -> None:
    """A header in Cursor reads Cursor's own environment, and the fix says so."""
    text, made = planned(".cursor/mcp.json", json.dumps({"mcpServers": {"a": {"headers": {"K": T}}}}))
    assert "${env:HF_TOKEN}" in text
    assert "Cursor reads" in made.withheld


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (".claude/settings.json", ".claude/settings.local.json"),
        ("cline_mcp_settings.json", "the server inherits"),
        (".codex/config.toml", "`env_vars`"),
    ],
)
def test_where_nothing_is_expanded_the_reason_says_what_to_do(path: str, said: str) -> None:
    """Without an expansion there is no fix, and the way by hand is the client's own."""
    source = f'[env]\nHF_TOKEN = "{T}"\n' if path.endswith("toml") else json.dumps({"env": {"HF_TOKEN": T}})
    _, made = planned(path, source)
    assert made.fixes == ()
    assert said in made.withheld
