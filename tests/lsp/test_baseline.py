"""The project's baseline in the editor: what it knows is not shown and not fixed, and an action adds to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from unspill.project import staging
from unspill.suppress import BASELINE
from unspill.suppress.baseline import Entry, parse, text

from tests.cli import unspill
from tests.helpers import guessable
from tests.lsp.harness import Editor, notebook, token

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS = ("vscode", "neovim", "emacs")
KNOWN, NEW = token(120), token(121)
TITLE = "Ignore huggingface-user-token in the baseline"
EVERYWHERE = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}


@pytest.fixture
def project(root: Path) -> Path:
    """A project whose baseline knows the value in `app.py`."""
    (root / "app.py").write_text(f"x = '{KNOWN}'\n")
    assert unspill(root, "baseline").code == 0
    return root


def known(folder: Path) -> dict[tuple[str, str], int]:
    """How many findings the baseline knows, by path and rule."""
    counts = parse((folder / BASELINE).read_bytes(), BASELINE).counts
    return {(entry.path, entry.rule): count for entry, count in counts.items()}


def lines(folder: Path) -> list[str]:
    """The lines of the baseline."""
    return (folder / BASELINE).read_text().splitlines()


@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_known_is_not_shown(client: str, project: Path) -> None:
    """A known value has no diagnostic wherever its line moves; a second copy of it and another value have one."""
    uri = (project / "app.py").as_uri()
    with Editor(project, client) as editor:
        editor.open(uri, f"\n\nx = '{KNOWN}'\n")
        assert editor.diagnostics(uri) == []
        assert editor.actions(uri, EVERYWHERE) == []
        editor.change(uri, (None, f"x = '{KNOWN}'\nx = '{KNOWN}'\nn = '{NEW}'\n"))
        assert [one["range"]["start"]["line"] for one in editor.diagnostics(uri)] == [1, 2]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("copies", [1, 2])
def test_the_last_action_adds_to_it(client: str, copies: int, project: Path) -> None:
    """It comes after the inline directive, is never preferred, and the command line knows the value from then on."""
    uri, source = (project / "new.py").as_uri(), f"n = '{NEW}'\n" * copies
    (project / "new.py").write_text(source)
    before = known(project)
    with Editor(project, client) as editor:
        editor.open(uri, source)
        found = editor.diagnostics(uri)
        actions = editor.actions(uri, found[-1]["range"], found[-1:], only=["quickfix"])
        assert [one["title"] for one in actions[-2:]] == ["Ignore huggingface-user-token here: not a secret", TITLE]
        assert not actions[-1].get("isPreferred")
        assert "edit" not in actions[-1]
        editor.apply(actions[-1])
        assert editor.diagnostics(uri) == []
        assert editor.buffers[uri] == source
    assert known(project) == {**before, ("new.py", "huggingface-user-token"): copies}
    assert not (project / ".env").exists()
    assert unspill(project, "check").code == 0


def test_the_server_answers_while_it_waits_to_write(project: Path) -> None:
    """As long as another process keeps the lock, adding to the baseline waits, and nothing else does."""
    uri = (project / "new.py").as_uri()
    with Editor(project) as editor:
        editor.open(uri, f"n = '{NEW}'\n")
        (*_, action) = editor.actions(uri, EVERYWHERE, only=["quickfix"])
        with staging.locked([str(project)]):
            editor.send({"id": "add", "method": "workspace/executeCommand", "params": action["command"]})
            place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
            editor.send({"id": "hover", "method": "textDocument/hover", "params": place})
            assert editor.wait(lambda message: message.get("id") in ("add", "hover"))["id"] == "hover"
        assert "error" not in editor.wait(lambda message: message.get("id") == "add")
    assert ("new.py", "huggingface-user-token") in known(project)


@pytest.mark.parametrize("moved", ["sub/a.py", "c.py"])
def test_a_place_goes_along_with_its_file(moved: str, root: Path) -> None:
    """A password that could be guessed stays known in a file that was moved or renamed; in a copy of it, it is new."""
    source = f'DB_PASSWORD = "{guessable(1)}"\n'
    (root / "a.py").write_text(source)
    assert unspill(root, "baseline").code == 0
    uri = (root / moved).as_uri()
    (root / moved).parent.mkdir(exist_ok=True)
    (root / moved).write_text(source)
    with Editor(root) as editor:
        editor.open(uri, source)
        assert len(editor.diagnostics(uri)) == 1
    (root / "a.py").unlink()
    with Editor(root) as editor:
        editor.open(uri, source + f'OTHER_PASSWORD = "{guessable(2)}"\n')
        assert [one["range"]["start"]["line"] for one in editor.diagnostics(uri)] == [1]


def test_a_second_password_of_one_name_is_known_by_its_own_place(root: Path) -> None:
    """What the baseline knows before it in the file counts: the action silences the second, here and in a run."""
    source = f'DB_PASSWORD = "{guessable(1)}"\n'
    (root / "a.py").write_text(source)
    assert unspill(root, "baseline").code == 0
    source += f'DB_PASSWORD = "{guessable(2)}"\n'
    (root / "a.py").write_text(source)
    uri = (root / "a.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, source)
        (found,) = editor.diagnostics(uri)
        assert found["range"]["start"]["line"] == 1
        editor.apply(editor.actions(uri, found["range"], only=["quickfix"])[-1])
        assert editor.diagnostics(uri) == []
    assert unspill(root, "check").code == 0


@pytest.mark.parametrize("line", [f"n = '{NEW}'\n", f'DB_PASSWORD = "{guessable(1)}"\n'])
def test_the_cells_of_a_notebook_are_one_file(line: str, project: Path) -> None:
    """The action of a cell takes in the copies in its other cells, and the command line knows them all."""
    other = line if NEW in line else "y = 2\n"
    sources = [line, other]
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": [source]}
        for source in sources
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (project / "nb.ipynb").write_text(json.dumps(content))
    assert unspill(project, "check").code == 1
    opened = notebook(project, *((name, "python", source) for name, source in zip("ab", sources, strict=True)))
    with Editor(project) as editor:
        editor.notify("notebookDocument/didOpen", opened)
        for cell in opened["cellTextDocuments"]:
            editor.buffers[cell["uri"]], editor.versions[cell["uri"]] = cell["text"], 1
        uris = [cell["uri"] for cell in opened["cellTextDocuments"]]
        (found,) = editor.diagnostics(uris[0])
        action = editor.actions(uris[0], found["range"], only=["quickfix"])[-1]
        assert action["title"].endswith("in the baseline")
        editor.apply(action)
        assert [editor.diagnostics(uri) for uri in uris] == [[], []]
    assert unspill(project, "check").code == 0


def test_an_unused_directive_is_not_ignored_there(project: Path) -> None:
    """It can be deleted, so that there is no action to keep it."""
    uri = (project / "new.py").as_uri()
    with Editor(project) as editor:
        editor.open(uri, "x = 1  # unspill: ignore\n")
        (action,) = editor.actions(uri, EVERYWHERE, only=["quickfix"])
    assert action["title"] == "Remove the unused ignore directive"


def test_without_a_baseline_there_is_no_such_action(root: Path) -> None:
    """A project that has none is not given one by the way."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"x = '{KNOWN}'\n")
        assert TITLE not in [one["title"] for one in editor.actions(uri, EVERYWHERE)]


def test_fixing_leaves_what_is_known(project: Path) -> None:
    """Fix all moves the new value only, under a name that the known one does not have."""
    uri = (project / "app.py").as_uri()
    with Editor(project) as editor:
        editor.open(uri, f"import os\nos.environ['HF_TOKEN'] = '{KNOWN}'\nn = '{NEW}'\n")
        (fix_all,) = editor.actions(uri, EVERYWHERE, only=["source.fixAll"])
        editor.apply(fix_all)
        assert editor.diagnostics(uri) == []
        assert editor.buffers[uri].startswith(f"import os\nos.environ['HF_TOKEN'] = '{KNOWN}'\nn = os.environ['HF_TO")
    assert (project / ".env").read_text() == f"HF_TOKEN_2={NEW}\n"


def test_a_change_on_disk_is_heeded(project: Path) -> None:
    """When the file changes, diagnostics are asked for anew, and say what the new file does not know."""
    uri = (project / "app.py").as_uri()
    with Editor(project) as editor:
        (watchers,) = [
            one["registerOptions"]["watchers"]
            for one in editor.wait_for("client/registerCapability")["registrations"]
            if one["method"] == "workspace/didChangeWatchedFiles"
        ]
        assert f"**/{BASELINE}" in [one["globPattern"] for one in watchers]
        editor.open(uri, f"x = '{KNOWN}'\n")
        assert editor.diagnostics(uri) == []
        (project / BASELINE).write_text(lines(project)[0] + "\n")
        event = {"uri": (project / BASELINE).as_uri(), "type": 2}
        editor.notify("workspace/didChangeWatchedFiles", {"changes": [event]})
        editor.wait_for("workspace/diagnostic/refresh")
        assert len(editor.diagnostics(uri)) == 1


def test_a_broken_file_is_said_and_silences_nothing(project: Path) -> None:
    """Conflict markers are named with their line, once."""
    uri = (project / "app.py").as_uri()
    (project / BASELINE).write_text("\n".join([lines(project)[0], "<<<<<<< ours", *lines(project)[1:]]))
    with Editor(project) as editor:
        editor.open(uri, f"x = '{KNOWN}'\n")
        assert len(editor.diagnostics(uri)) == 1
        (message,) = editor.messages()
    assert message.startswith(f"unspill: {BASELINE}:2: not a baseline entry")


def test_what_another_has_added_meanwhile_stays(project: Path) -> None:
    """The file is read again before it is written: a client without watchers shows an older state of it."""
    uri = (project / "new.py").as_uri()
    with Editor(project) as editor:
        editor.open(uri, f"n = '{NEW}'\n")
        action = editor.actions(uri, EVERYWHERE, only=["quickfix"])[-1]
        older = parse((project / BASELINE).read_bytes(), BASELINE)
        counts = {**older.counts, Entry("other.py", "some-rule", "0" * 32): 1}
        (project / BASELINE).write_text(text(older._replace(counts=counts)))
        editor.apply(action)
        assert editor.diagnostics(uri) == []
    assert set(known(project)) == {(path, "huggingface-user-token") for path in ("app.py", "new.py")} | {
        ("other.py", "some-rule")
    }


def test_unsaved_changes_come_first(project: Path) -> None:
    """A baseline that is open and not saved is not written under its editor."""
    uri = (project / "new.py").as_uri()
    before = (project / BASELINE).read_text()
    with Editor(project) as editor:
        editor.open((project / BASELINE).as_uri(), before + "# mine\n", "plaintext")
        editor.open(uri, f"n = '{NEW}'\n")
        editor.apply(editor.actions(uri, EVERYWHERE, only=["quickfix"])[-1])
        assert len(editor.diagnostics(uri)) == 1
        assert "save it first" in editor.messages()[-1]
    assert (project / BASELINE).read_text() == before


def test_files_that_are_not_open_go_through_it_too(project: Path) -> None:
    """The diagnostics of the whole workspace leave out what is known."""
    (project / "sub").mkdir()
    (project / "sub/new.py").write_text(f"n = '{NEW}'\n")
    with Editor(project, configuration={"diagnosticMode": "workspace"}) as editor:
        editor.wait_for("workspace/diagnostic/refresh")
        items = editor.request("workspace/diagnostic", {"previousResultIds": []})["items"]
    assert [one["uri"] for one in items if one["items"]] == [(project / "sub/new.py").as_uri()]
