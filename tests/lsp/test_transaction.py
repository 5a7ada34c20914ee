"""The server beside a user who types, an editor that saves, and another fix: nothing is undone, garbled or lost."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from unspill import transaction
from unspill.app import Request, fixing
from unspill.cli.arguments import loader
from unspill.errors import UserError
from unspill.lsp import client_edits
from unspill.project import staging, write

from tests.cli import unspill
from tests.lsp.harness import Editor, token
from tests.operations import call_at
from tests.proof.proving import env_values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Busy(Editor):
    """An editor in which something happens while the server waits for an answer."""

    meanwhile: dict[str, Callable[[], None]]
    """What happens before the first answer to a request of that method."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.meanwhile = {}

    def _answer(self, method: str, params: Any) -> Any:
        self.meanwhile.pop(method, lambda: None)()
        if method == "window/showMessageRequest":
            return {"title": "Fix All"}
        return super()._answer(method, params)

    def fix_workspace(self) -> None:
        """Send the command."""
        self.request("workspace/executeCommand", {"command": "unspill.fixWorkspace"})


@pytest.fixture
def files(root: Path) -> tuple[Path, Path]:
    """Two files with a token each."""
    for at, name in enumerate(("a.py", "b.py")):
        (root / name).write_text(f"import os\n\nlogin(token='{token(950 + at)}')\n")
    return root / "a.py", root / "b.py"


def quick_fix(editor: Editor, uri: str) -> dict[str, Any]:
    """The preferred action of the only finding of a document."""
    (found,) = editor.diagnostics(uri)
    action: dict[str, Any] = next(one for one in editor.actions(uri, found["range"]) if one.get("isPreferred"))
    return action


def test_typing_while_the_question_is_open_is_not_undone(root: Path, files: tuple[Path, Path]) -> None:
    """A document that was typed in and not saved is named, and nothing of it is changed."""
    first, _ = files
    with Busy(root) as editor:
        editor.open(first.as_uri(), first.read_text())
        editor.meanwhile["window/showMessageRequest"] = lambda: editor.change(
            first.as_uri(), (None, "# typed while asked\n" + first.read_text())
        )
        editor.fix_workspace()
        assert editor.buffers[first.as_uri()].startswith("# typed while asked\n")
        assert "a.py changes while it is fixed" in editor.messages()[-1]
        assert not [one for one in editor.requests if one["method"] == "workspace/applyEdit"]
    assert not (root / ".env").exists()


def test_what_is_saved_while_the_question_is_open_is_worked_into_the_fix(root: Path, files: tuple[Path, Path]) -> None:
    """A document that was typed in and saved, and a file that another program wrote, are fixed as they are then."""
    first, second = files

    def meanwhile() -> None:
        for path in files:
            path.write_text("# new\n" + path.read_text())
        editor.change(first.as_uri(), (None, first.read_text()))

    with Busy(root) as editor:
        editor.open(first.as_uri(), first.read_text())
        editor.meanwhile["window/showMessageRequest"] = meanwhile
        editor.fix_workspace()
        assert editor.buffers[first.as_uri()] == "# new\nimport os\n\nlogin(token=os.environ['HF_TOKEN'])\n"
    assert second.read_text() == "# new\nimport os\n\nlogin(token=os.environ['HF_TOKEN_2'])\n"
    assert all(token(950 + at) in (root / ".env").read_text() for at in range(2))


def test_a_document_that_changes_while_its_value_is_stored_is_left(
    root: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The value is kept, the text stays as typed, and the user is told to ask again."""
    first, _ = files
    store = transaction.store

    def slow(*arguments: Any) -> None:
        store(*arguments)
        editor.change(first.as_uri(), (None, "# typed\n" + first.read_text()))
        while editor.session.snapshot(first.as_uri()).document.version != 2:  # type: ignore[union-attr]
            pass

    monkeypatch.setattr(transaction, "store", slow)
    with Busy(root) as editor:
        editor.open(first.as_uri(), first.read_text())
        editor.apply(quick_fix(editor, first.as_uri()))
        assert editor.buffers[first.as_uri()] == "# typed\n" + first.read_text()
        assert "the document changed" in editor.messages()[-1]
    assert token(950) in (root / ".env").read_text()


def test_a_declaration_is_added_to_what_the_file_holds_by_then(
    root: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another program declares a name between the offer and the writing, both names are there afterwards."""
    first, _ = files
    (root / ".env.example").write_text("A=\n")
    apply, once = write.apply, iter([True])

    def late(*arguments: Any) -> None:
        if next(once, False):
            (root / ".env.example").write_text("# much longer than it was\nA=\nB=\n")
        apply(*arguments)

    monkeypatch.setattr(write, "apply", late)
    with Busy(root) as editor:
        editor.open(first.as_uri(), first.read_text())
        editor.apply(quick_fix(editor, first.as_uri()))
        assert "HF_TOKEN" in editor.buffers[first.as_uri()]
    assert (root / ".env.example").read_text() == "# much longer than it was\nA=\nB=\nHF_TOKEN=\n"
    assert (root / ".env").read_text() == f"HF_TOKEN={token(950)}\n"


def test_a_file_that_is_not_open_is_edited_only_as_it_was_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another program has written a file that the client is to edit, the edit is refused by name."""
    (root / ".env.example").write_text("A=\n")
    made = client_edits.project_edits

    def slow(*arguments: Any) -> Any:
        result = made(*arguments)
        (root / ".env.example").write_text("# much longer than it was\nA=\n")
        return result

    monkeypatch.setattr(client_edits, "project_edits", slow)
    with Busy(root) as editor:
        command = {"command": "unspill.declare", "arguments": [(root / "app.py").as_uri(), "B"]}
        editor.request("workspace/executeCommand", command)
        assert ".env.example has changed on the disk since" in editor.messages()[-1]
    assert (root / ".env.example").read_text() == "# much longer than it was\nA=\n"


def test_a_fix_of_the_command_line_beside_the_servers_loses_nothing(root: Path, files: tuple[Path, Path]) -> None:
    """Both values are in `.env`, both names declared, wherever between offer and edit the other fix runs."""
    first, second = files
    for when in ("offered", "workspace/applyEdit"):
        with Busy(root) as editor:
            editor.open(first.as_uri(), first.read_text())
            action = quick_fix(editor, first.as_uri())

            def other() -> None:
                assert unspill(root, "fix", "-q", "b.py").code == 0

            if when == "offered":
                other()
            else:
                editor.meanwhile[when] = other
            editor.apply(action)
            first.write_text(editor.buffers[first.as_uri()])
        assert unspill(root, "fix", "-q").code == 0
        kept = (root / ".env").read_text()
        assert all(token(950 + at) in kept for at in range(2))
        assert "hf_" not in first.read_text() + second.read_text()
        names = {line.split("=")[0] for line in kept.splitlines()}
        assert set((root / ".env.example").read_text().replace("=", "").split()) == names
        for at, path in enumerate(files):
            path.write_text(f"import os\n\nlogin(token='{token(950 + at)}')\n")
        (root / ".env").unlink()
        (root / ".env.example").unlink()


def test_a_store_that_another_process_locks_is_said_to_be(
    root: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another unspill writes there, the fix is refused with its reason, and works afterwards."""
    first, _ = files
    monkeypatch.setattr(staging, "_PATIENCE", 0.0)
    with Busy(root) as editor:
        editor.open(first.as_uri(), first.read_text())
        with staging.locked([str(root)]):
            editor.apply(quick_fix(editor, first.as_uri()))
            assert "another unspill" in editor.messages()[-1]
            assert editor.buffers[first.as_uri()] == first.read_text()
        editor.apply(quick_fix(editor, first.as_uri()))
        assert token(950) not in editor.buffers[first.as_uri()]


def test_a_fix_that_the_store_hinders_by_now_says_so(root: Path, files: tuple[Path, Path]) -> None:
    """A `.env` that became unreadable after the fix was offered is the reason that the user reads, and stays."""
    first, _ = files
    with Busy(root) as editor:
        editor.open(first.as_uri(), first.read_text())
        action = quick_fix(editor, first.as_uri())
        (root / ".env").write_text('HF_TOKEN="unclosed\n')
        editor.apply(action)
        assert ".env" in editor.messages()[-1]
    assert (root / ".env").read_text() == 'HF_TOKEN="unclosed\n'


def test_a_store_that_changes_while_a_workspace_is_fixed_keeps_both(
    root: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another program writes into `.env` after the last look stays; then no code is changed, which is said."""
    once = transaction.once

    def late(writes: transaction.Writes) -> None:
        (root / ".env").write_text("OTHER=1\n")
        once(writes)

    monkeypatch.setattr(transaction, "once", late)
    before = [path.read_text() for path in files]
    with Busy(root) as editor:
        editor.fix_workspace()
        assert ".env: has changed since" in editor.messages()[-1]
        assert not [one for one in editor.requests if one["method"] == "workspace/applyEdit"]
    assert [path.read_text() for path in files] == before
    assert (root / ".env").read_text() == "OTHER=1\n"
    assert not (root / ".gitignore").exists()


def test_the_server_clears_up_after_an_interrupted_fix(root: Path) -> None:
    """Copies that a killed fix has left are gone once the server has started."""
    (root / ".unspill").mkdir()
    (root / ".unspill" / "1.copy").write_text(token(960))
    with Editor(root) as editor:
        editor.messages()
        assert not (root / ".unspill").exists()


def test_the_server_clears_up_in_a_nested_space(root: Path) -> None:
    """Of a Space below the workspace's folder, what a killed fix has left goes once its fixes are asked for."""
    home = root / "spaces" / "demo"
    (home / ".unspill").mkdir(parents=True)
    (home / "README.md").write_text("---\nsdk: gradio\n---\n")
    for name in (".gitignore", "lock", "1.copy"):
        (home / ".unspill" / name).write_text(token(961))
    app = home / "src" / "app.py"
    with Editor(root) as editor:
        editor.open(app.as_uri(), f"login(token='{token(962)}')\n")
        assert quick_fix(editor, app.as_uri())
        assert not (home / ".unspill").exists()


def _fix_or_note(root: Path, name: str, refused: list[str]) -> None:
    """What the command line does, in this process."""
    try:
        fixing.fix(Request((name,), loader(), str(root)))
    except UserError as error:
        refused.append(str(error))


@pytest.mark.slow
@pytest.mark.parametrize("first", ["server", "command line"])
def test_the_servers_fix_and_another_interleaved_at_any_operation_lose_nothing(
    first: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever in one of the two the other runs, each value is in `.env` or in its file, and a rerun completes it."""
    monkeypatch.chdir(root)
    monkeypatch.setattr(staging, "_PATIENCE", 0.0)
    values: list[str] = []
    with Busy(root) as editor:
        for at in range(200):
            values += [token(2000 + at), token(3000 + at)]
            ours, other = (root / f"{name}{at}.py" for name in "ab")
            for path, value in zip((ours, other), values[-2:], strict=True):
                path.write_text(f"import os\n\nlogin(token='{value}')\n")
            editor.open(ours.as_uri(), ours.read_text())
            action, refused = quick_fix(editor, ours.as_uri()), list[str]()
            command_line = partial(_fix_or_note, root, other.name, refused)
            begins, joins = partial(editor.apply, action), command_line
            if first == "command line":
                begins, joins = joins, begins
            with monkeypatch.context() as patch:
                counter = call_at(patch, at, joins)
                begins()
            ours.write_text(editor.buffers[ours.as_uri()])
            editor.close(ours.as_uri())
            texts = (root / ".env").read_text() + ours.read_text() + other.read_text()
            assert all(value in texts for value in values)
            assert all("another unspill" in reason for reason in refused)
            command_line()
            _fix_or_note(root, ours.name, refused)
            assert "hf_" not in ours.read_text() + other.read_text()
            if counter[0] <= at:
                break
    kept = env_values((root / ".env").read_bytes())
    assert set(kept.values()) == set(values)
    assert set((root / ".env.example").read_text().replace("=", "").split()) == kept.keys()
