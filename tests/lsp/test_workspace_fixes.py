"""Fixing every file of the workspace: what is asked, what is written at once, and what the client is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cli import unspill
from tests.lsp.harness import Editor, token

if TYPE_CHECKING:
    from pathlib import Path


class Answering(Editor):
    """An editor whose user presses `button` when asked."""

    button: str | None = None

    def _answer(self, method: str, params: Any) -> Any:
        if method == "window/showMessageRequest":
            return {"title": self.button} if self.button else None
        return super()._answer(method, params)

    def fix_workspace(self) -> None:
        """Send the command."""
        self.request("workspace/executeCommand", {"command": "unspill.fixWorkspace"})


@pytest.fixture
def secrets(root: Path) -> tuple[str, str]:
    """The values in two files of the app."""
    first, second = token(901), token(902)
    (root / "app.py").write_text(f"# 😀\nHF_TOKEN = '{first}'\n")
    (root / "lib").mkdir()
    (root / "lib" / "hub.py").write_text(f"import os\n\nlogin(token='{second}')\n")
    return first, second


def edits(editor: Editor) -> list[dict[str, Any]]:
    """What the server has asked the client to apply."""
    return [item["params"] for item in editor.requests if item["method"] == "workspace/applyEdit"]


@pytest.mark.parametrize("client", ["vscode", "neovim", "emacs"])
def test_every_file_is_fixed_after_the_answer(client: str, root: Path, secrets: tuple[str, str]) -> None:
    """Open or not, each file reads the environment afterwards, and `.env` has all values."""
    with Answering(root, client) as editor:
        editor.button = "Fix All"
        uri = (root / "app.py").as_uri()
        editor.open(uri, (root / "app.py").read_text())
        editor.fix_workspace()
        assert secrets[0] not in editor.buffers[uri]
        (question,) = [one["params"] for one in editor.requests if one["method"] == "window/showMessageRequest"]
        assert "2 files change" in question["message"]
    assert secrets[1] not in (root / "lib" / "hub.py").read_text()
    assert all(secret in (root / ".env").read_text() for secret in secrets)
    assert (root / ".env.example").read_text() == "HF_TOKEN=\nHUB_HF_TOKEN=\n"
    assert (root / ".gitignore").read_text() == ".env\n"


def test_what_the_baseline_knows_is_left(root: Path, secrets: tuple[str, str]) -> None:
    """A file whose value is known stays as it is, and the others are fixed."""
    assert unspill(root, "baseline", "lib").code == 0
    before = (root / "lib" / "hub.py").read_bytes()
    with Answering(root) as editor:
        editor.button = "Fix All"
        editor.fix_workspace()
    assert (root / "lib" / "hub.py").read_bytes() == before
    assert (root / ".env").read_text().endswith(f"={secrets[0]}\n")


def test_nothing_is_written_without_an_answer(root: Path, secrets: tuple[str, str]) -> None:
    """Closing the question leaves every file as it was."""
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    with Answering(root) as editor:
        editor.fix_workspace()
        assert edits(editor) == []
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_a_preview_needs_confirmation_for_every_change(root: Path, secrets: tuple[str, str]) -> None:
    """Each edit is marked; `.env` and what keeps it out of git are on the disk before."""
    with Answering(root, applies=False) as editor:
        editor.button = "Preview"
        editor.fix_workspace()
        (sent,) = edits(editor)
        assert "the code was left as it is" in editor.messages()[-1]
    (annotation,) = sent["edit"]["changeAnnotations"].values()
    assert annotation["needsConfirmation"] is True
    marks = [
        edit["annotationId"] for change in sent["edit"]["documentChanges"] for edit in change.get("edits", [change])
    ]
    assert set(marks) == set(sent["edit"]["changeAnnotations"])
    assert (root / ".gitignore").read_text() == ".env\n"
    assert secrets[0] in (root / ".env").read_text()


def test_unsaved_changes_come_first(root: Path, secrets: tuple[str, str]) -> None:
    """With a file that is not saved nothing is fixed, and the message names it."""
    with Answering(root) as editor:
        editor.button = "Fix All"
        editor.open((root / "app.py").as_uri(), "changed = True\n")
        editor.fix_workspace()
        assert "app.py has unsaved changes" in editor.messages()[-1]
        assert edits(editor) == []
    assert not (root / ".env").exists()


def test_a_clean_workspace_is_said_to_be(root: Path) -> None:
    """There is no question when there is nothing to do."""
    (root / "app.py").write_text("x = 1\n")
    with Answering(root) as editor:
        editor.fix_workspace()
        assert "nothing can be fixed" in editor.messages()[-1]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_after_the_last_is_put_before_its_end(end: str, root: Path) -> None:
    """Appending to a file leaves the end of its last line where it is: Neovim would add an empty line after it."""
    uri, ignore = (root / "app.py").as_uri(), (root / ".gitignore").as_uri()
    (root / ".gitignore").write_bytes(f"*.pyc{end}".encode())
    with Editor(root, "neovim") as editor:
        editor.open(ignore, f"*.pyc{end}", language="ignore")
        editor.open(uri, f"HF_TOKEN = '{token(903)}'\n")
        (found,) = editor.diagnostics(uri)
        editor.apply(next(one for one in editor.actions(uri, found["range"]) if one.get("isPreferred")))
        changes = edits(editor)[0]["edit"]["documentChanges"]
        assert editor.buffers[ignore] == f"*.pyc{end}.env{end}"
    (made,) = [one["edits"] for one in changes if one.get("textDocument", {}).get("uri", "").endswith(".gitignore")]
    at = {"line": 0, "character": 5}
    assert made == [{"range": {"start": at, "end": at}, "newText": f"{end}.env"}]


def test_a_cell_is_in_the_language_of_the_cell(root: Path) -> None:
    """The fix of a Python cell reads the environment, whatever the notebook's file is called."""
    secret = token(904)
    uri = f"vscode-notebook-cell:{root}/nb.ipynb#a"
    text = f"login(token='{secret}')\n"
    cell = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    notebook = {
        "uri": (root / "nb.ipynb").as_uri(),
        "notebookType": "jupyter-notebook",
        "version": 1,
        "cells": [{"kind": 2, "document": uri}],
    }
    with Editor(root) as editor:
        editor.notify("notebookDocument/didOpen", {"notebookDocument": notebook, "cellTextDocuments": [cell]})
        editor.buffers[uri], editor.versions[uri] = text, 1
        (found,) = editor.diagnostics(uri)
        editor.apply(next(one for one in editor.actions(uri, found["range"]) if one.get("isPreferred")))
        assert "login(token=os.environ['HF_TOKEN'])" in editor.buffers[uri]
