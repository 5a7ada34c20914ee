"""Diagnostics of files that are not open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.lsp.harness import Editor, token

if TYPE_CHECKING:
    from pathlib import Path

MODE = {"diagnosticMode": "workspace"}


def ask(editor: Editor, previous: list[dict[str, str]], **more: Any) -> None:
    """Send a workspace pull under the id `pull`."""
    params = {"previousResultIds": previous, **more}
    editor.send({"id": "pull", "method": "workspace/diagnostic", "params": params})


def answer(editor: Editor) -> list[dict[str, Any]]:
    """The items of the answer to the last workspace pull."""
    items: list[dict[str, Any]] = editor.wait(lambda message: message.get("id") == "pull")["result"]["items"]
    return items


def settle(editor: Editor) -> None:
    """Come back when the server has scanned what a pull made it scan: a batch, and the empty one behind it."""
    for _ in range(3):
        editor.messages()
        editor.session.analysis._executor.submit(int).result()


def test_files_on_disk_are_reported_once_and_again_when_they_change(root: Path) -> None:
    """First all that have something; then, held back until there is news, what changed, what did not, and what went."""
    (root / "a.py").write_text(f"HF_TOKEN = '{token(80)}'\n")
    (root / "b.py").write_text(f"HF_TOKEN = '{token(81)}'\n")
    (root / "c.py").write_text("x = 1\n")
    with Editor(root, options=MODE, configuration=MODE) as editor:
        ask(editor, [])
        items = answer(editor)
        assert [(item["uri"], item["kind"], len(item["items"])) for item in items] == [
            ((root / "a.py").as_uri(), "full", 1),
            ((root / "b.py").as_uri(), "full", 1),
        ]
        known = [{"uri": item["uri"], "value": item["resultId"]} for item in items]
        ask(editor, known)
        settle(editor)
        (root / "b.py").unlink()
        (root / "c.py").write_text(f"HF_TOKEN = '{token(82)}'\n")
        editor.open((root / "d.py").as_uri(), "")
        editor.close((root / "d.py").as_uri())
        kinds = {item["uri"].rpartition("/")[2]: (item["kind"], len(item.get("items", []))) for item in answer(editor)}
    assert kinds == {"a.py": ("unchanged", 0), "b.py": ("full", 0), "c.py": ("full", 1)}


@pytest.mark.parametrize("mode", ["openFilesOnly", "workspace"])
def test_a_document_that_is_closed_and_deleted_leaves_nothing(mode: str, root: Path) -> None:
    """The pull that is held back is answered: VS Code asks about a document for the last time before it is closed."""
    file = root / "a.py"
    configuration = {"diagnosticMode": mode}
    with Editor(root, options=configuration, configuration=configuration) as editor:
        ask(editor, [])
        editor.open(file.as_uri(), f"HF_TOKEN = '{token(86)}'\n")
        assert editor.diagnostics(file.as_uri())
        editor.close(file.as_uri())
        cleared: list[tuple[str, str, list[object]]] = [(file.as_uri(), "full", [])]
        assert [(item["uri"], item["kind"], item["items"]) for item in answer(editor)] == cleared
        # An answer that comes while the client still reads its own last one about the document is dropped.
        ask(editor, [])
        assert [(item["uri"], item["kind"], item["items"]) for item in answer(editor)] == cleared


def test_a_document_that_is_asked_about_after_it_was_closed_is_cleared_again(root: Path) -> None:
    """What its file holds is the answer to that question; the pull of the workspace that waits takes it back."""
    file = root / "a.py"
    file.write_text(f"HF_TOKEN = '{token(86)}'\n")
    with Editor(root) as editor:
        editor.open(file.as_uri(), file.read_text())
        assert editor.diagnostics(file.as_uri())
        editor.close(file.as_uri())
        for _ in range(2):
            ask(editor, [])
            assert len(answer(editor)) == 1
        ask(editor, [])
        settle(editor)
        report = editor.request("textDocument/diagnostic", {"textDocument": {"uri": file.as_uri()}})
        assert len(report["items"]) == 1
        assert [(item["uri"], item["items"]) for item in answer(editor)] == [(file.as_uri(), [])]


def test_a_closed_document_is_reported_from_its_file_in_workspace_mode(root: Path) -> None:
    """It is cleared first, and what its file holds comes after it in the same answer, as often as it is cleared."""
    file = root / "a.py"
    file.write_text(f"HF_TOKEN = '{token(86)}'\n")
    with Editor(root, options=MODE, configuration=MODE) as editor:
        editor.open(file.as_uri(), file.read_text())
        assert editor.diagnostics(file.as_uri())
        editor.close(file.as_uri())
        known: list[dict[str, str]] = []
        for _ in range(2):
            ask(editor, known)
            items = answer(editor)
            assert [(item["uri"], len(item["items"])) for item in items] == [(file.as_uri(), 0), (file.as_uri(), 1)]
            known = [{"uri": items[-1]["uri"], "value": items[-1]["resultId"]}]


def test_open_documents_are_left_to_their_own_pull(root: Path) -> None:
    """A file that is open is not reported from disk."""
    (root / "a.py").write_text(f"HF_TOKEN = '{token(83)}'\n")
    (root / "b.py").write_text(f"HF_TOKEN = '{token(84)}'\n")
    with Editor(root, options=MODE, configuration=MODE) as editor:
        editor.open((root / "a.py").as_uri(), "x = 1\n")
        ask(editor, [])
        assert [item["uri"] for item in answer(editor)] == [(root / "b.py").as_uri()]


def test_a_client_with_a_token_gets_parts_ahead(root: Path) -> None:
    """The reports come as `$/progress`, and the answer is empty."""
    (root / "a.py").write_text(f"HF_TOKEN = '{token(85)}'\n")
    with Editor(root, options=MODE, configuration=MODE) as editor:
        ask(editor, [], partialResultToken="part")
        assert answer(editor) == []
        part = editor.wait_for("$/progress")
    assert part["token"] == "part"
    assert [item["uri"] for item in part["value"]["items"]] == [(root / "a.py").as_uri()]


def test_a_bar_is_shown_when_it_takes_long(root: Path) -> None:
    """Work-done progress begins once a first batch of files was not the last, and ends."""
    for number in range(201):
        (root / f"f{number}.py").write_text("x = 1\n")
    (root / "z.py").write_text(f"HF_TOKEN = '{token(86)}'\n")
    with Editor(root, options=MODE, configuration=MODE) as editor:
        ask(editor, [], workDoneToken="bar")
        assert len(answer(editor)) == 1
        kinds = [item["params"]["value"]["kind"] for item in editor.notifications if item["method"] == "$/progress"]
    assert kinds == ["begin", "report", "end"]


def test_nothing_is_reported_unless_the_settings_want_it(root: Path) -> None:
    """By default only open files have diagnostics; a change of the settings wakes the waiting pull."""
    (root / "a.py").write_text(f"HF_TOKEN = '{token(87)}'\n")
    with Editor(root) as editor:
        ask(editor, [])
        settle(editor)
        editor.configuration = MODE
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        assert len(answer(editor)) == 1
