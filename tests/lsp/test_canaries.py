"""No value is in anything that the server sends or logs, whatever it is asked, and however much of it is traced."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from unspill.languages import language_of

from tests import canaries
from tests.canaries import place
from tests.cli import environment
from tests.lsp.harness import Editor

if TYPE_CHECKING:
    from pathlib import Path

EVERY = 100


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with values everywhere."""
    folder: Path = tmp_path_factory.mktemp("canaries") / "project"
    canaries.project(folder, EVERY)
    return folder


def documents(folder: Path) -> dict[str, tuple[str, str]]:
    """The texts of a project, with their language, by URI."""
    # A URI is what a client calls its document: those that hold a value come back as they are.
    files = [path for path in sorted(canaries.own(folder)) if ".git" not in path.parts and "hf_" not in str(path)]
    return {
        path.as_uri(): (path.read_text(), (language_of(path.name).editors.ids or ("plaintext",))[0]) for path in files
    }


@pytest.mark.parametrize("client", ["vscode", "neovim", "emacs"])
def test_no_payload_holds_a_value(client: str, project: Path) -> None:
    """Diagnostics, hovers, actions, names, renames and refusals hold no value, under any client's capabilities."""
    with Editor(project, client) as editor:
        editor.notify("$/setTrace", {"value": "verbose"})
        for uri, (text, language) in documents(project).items():
            editor.open(uri, text, language)
        for uri in documents(project):
            for found in editor.diagnostics(uri):
                at = {"textDocument": {"uri": uri}, "position": found["range"]["start"]}
                editor.answer("textDocument/hover", at)
                editor.answer("textDocument/prepareRename", at)
                editor.answer("textDocument/rename", {**at, "newName": place(37)})
                editor.answer("textDocument/definition", at)
                editor.answer("textDocument/references", {**at, "context": {"includeDeclaration": True}})
                context = {"diagnostics": [found]}
                asked = {"textDocument": {"uri": uri}, "range": found["range"], "context": context}
                editor.answer("textDocument/codeAction", asked)
        uri = (project / "app.py").as_uri()
        for command, given in {
            "unspill.secrets": [uri],
            "unspill.declare": [uri, place(38)],
            place(39): [place(37)],
            "unspill.moveSecret": [place(37)],
        }.items():
            editor.answer("workspace/executeCommand", {"command": command, "arguments": given})
        editor.answer(place(38), {"text": place(39)})
        editor.answer("textDocument/hover", {"textDocument": {"uri": place(39)}, "position": place(38)})
        assert len(editor.sent) > 10_000
        assert canaries.canaries(EVERY).leaks(editor.sent) == set()


def test_no_log_holds_a_value(project: Path, tmp_path: Path) -> None:
    """The server's stderr, at its most talkative, names methods and sizes, whatever it is sent."""
    text = (project / "app.py").read_text()
    uri = (project / "app.py").as_uri()
    item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    start = {"capabilities": {}, "trace": "verbose", "rootUri": project.as_uri()}
    messages: list[dict[str, Any] | bytes] = [
        {"id": 1, "method": "initialize", "params": start},
        {"method": "initialized", "params": {}},
        {"method": "$/setTrace", "params": {"value": "verbose"}},
        {"method": "textDocument/didOpen", "params": {"textDocument": item}},
        {"id": 2, "method": "textDocument/hover", "params": {"textDocument": text, "position": text}},
        {"method": "textDocument/didOpen", "params": text},
        {"id": place(37), "method": place(38), "params": text},
        text.encode(),
        {"id": 3, "method": "workspace/executeCommand", "params": {"command": "unspill.secrets", "arguments": [text]}},
        {"id": place(39), "method": "workspace/executeCommand", "params": {"command": place(38)}},
        {"method": "$/cancelRequest", "params": {"id": place(39)}},
        {"id": 4, "method": "shutdown"},
        {"method": "exit"},
    ]
    bodies = [one if isinstance(one, bytes) else json.dumps({"jsonrpc": "2.0", **one}).encode() for one in messages]
    done = subprocess.run(
        [sys.executable, "-m", "unspill", "server", "-v"],
        input=b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies),
        cwd=project,
        env=environment(tmp_path),
        capture_output=True,
        timeout=120,
    )
    assert b"textDocument/didOpen" in done.stderr
    answered = done.stdout
    for number in (37, 39):  # an answer has the id of its request
        answered = answered.replace(b'"id":"%b"' % place(number).encode(), b"")
    assert canaries.canaries(EVERY).leaks(answered + done.stderr) == set()


def test_no_action_quotes_a_password_that_is_a_key(tmp_path: Path) -> None:
    """A password without any provider's shape, found in one document, is in no title or reason about another."""
    with Editor(tmp_path, "vscode") as editor:
        key = (tmp_path / "a.json").as_uri()
        known = (tmp_path / "db.py").as_uri()
        editor.open(known, f'password = "{canaries.KEY}"\n')
        assert editor.diagnostics(known)
        editor.open(key, json.dumps({canaries.KEY: place(1)}), "json")
        (found,) = editor.diagnostics(key)
        shown = json.dumps(editor.actions(key, found["range"]))
        declared = {"command": "unspill.declare", "arguments": [key, canaries.KEY]}
        editor.answer("workspace/executeCommand", declared)
    assert "remove the value" in shown
    assert canaries.canaries(EVERY).leaks(editor.sent) == set()
