"""Fixing every file of the workspace by one command, after the user was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.lsp.harness import Editor, token
from tests.lsp.test_fixes import edits_sent

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = token(120), token(121)


class Answering(Editor):
    """An editor whose user presses one button on every question."""

    pressed: str | None = None

    def _answer(self, method: str, params: Any) -> Any:
        if method == "window/showMessageRequest":
            return None if self.pressed is None else {"title": self.pressed}
        return super()._answer(method, params)

    def fix_workspace(self) -> None:
        """Run the command."""
        self.request("workspace/executeCommand", {"command": "unspill.fixWorkspace", "arguments": []})


@pytest.fixture
def files(root: Path) -> Path:
    """A project with secrets in three files, one of them open in no editor."""
    (root / "lib").mkdir()
    (root / "app.py").write_text(f"HF_TOKEN = '{FIRST}'\n")
    (root / "lib" / "more.py").write_text(f"x = '{FIRST}'\nWRITE_TOKEN = '{SECOND}'\n")
    (root / "start.sh").write_text(f'export HF_TOKEN="{FIRST}"\n')
    return root


@pytest.mark.parametrize(("pressed", "shown"), [("Fix All", False), ("Preview", True)])
def test_every_file_is_fixed_by_one_edit(pressed: str, shown: bool, files: Path) -> None:
    """Open or not, all files change together, shown before if the user wants that; `.env` has each value once."""
    uri = (files / "app.py").as_uri()
    with Answering(files) as editor:
        editor.pressed = pressed
        editor.open(uri, (files / "app.py").read_text(), version=6)
        editor.fix_workspace()
        (edit,) = edits_sent(editor)
        assert editor.diagnostics(uri) == []
        assert FIRST not in editor.buffers[uri]
    assert [change["textDocument"]["version"] for change in edit["documentChanges"] if "edits" in change].count(6) == 1
    marks = {item.get("annotationId") for change in edit["documentChanges"] for item in change.get("edits", [])}
    assert (None not in marks) == shown
    assert [one["needsConfirmation"] for one in (edit.get("changeAnnotations") or {}).values()] == [True] * shown
    stored = (files / ".env").read_text()
    assert sorted(line.partition("=")[2] for line in stored.splitlines()) == sorted([FIRST, SECOND])
    for path in (path for path in files.rglob("*") if path.is_file() and path.name not in (".env", "app.py")):
        assert FIRST not in path.read_text()
        assert SECOND not in path.read_text()


def test_nothing_happens_unless_the_user_agrees(files: Path) -> None:
    """A question that is closed changes no file and stores nothing."""
    before = {path: path.read_bytes() for path in files.rglob("*") if path.is_file()}
    with Answering(files) as editor:
        editor.fix_workspace()
        assert edits_sent(editor) == []
    assert {path: path.read_bytes() for path in files.rglob("*") if path.is_file()} == before


def test_a_buffer_that_is_not_saved_comes_first(files: Path) -> None:
    """What is on disk is not what the user sees: nothing is fixed, and the message names the file."""
    with Answering(files) as editor:
        editor.pressed = "Fix All"
        editor.open((files / "app.py").as_uri(), "HF_TOKEN = ''\n")
        editor.fix_workspace()
        assert "app.py has changes that are not saved" in editor.messages()[0]
        assert edits_sent(editor) == []
    assert not (files / ".env").exists()


def test_a_value_that_stays_in_its_line_does_not_travel(files: Path) -> None:
    """An edit holds what is new: a secret beside the one that moved, which nothing can fix, is not sent around."""
    (files / "app.py").write_text(f"HF_TOKEN = '{FIRST}'; {SECOND} = 1\n")
    with Answering(files) as editor:
        editor.pressed = "Fix All"
        editor.fix_workspace()
        assert len(edits_sent(editor)) == 1
    text = (files / "app.py").read_text()
    assert FIRST not in text
    assert SECOND in text
