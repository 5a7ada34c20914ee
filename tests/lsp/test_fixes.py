"""From a diagnostic to the fixed document: actions, commands, and what the client is asked to do."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest

from tests.lsp.harness import Editor, capabilities, edited, token

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS = ("vscode", "neovim", "emacs")


def fix(editor: Editor, uri: str) -> dict[str, Any]:
    """Choose the preferred action of the only diagnostic, as its client would."""
    (found,) = editor.diagnostics(uri)
    (action,) = [one for one in editor.actions(uri, found["range"], [found]) if one.get("isPreferred")]
    editor.apply(action)
    return action


def edits_sent(editor: Editor) -> list[dict[str, Any]]:
    """The edits that the server has asked for."""
    return [item["params"]["edit"] for item in editor.requests if item["method"] == "workspace/applyEdit"]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("before", ["", "# 😀日é\n"])
def test_the_preferred_action_moves_the_secret(client: str, before: str, root: Path) -> None:
    """The code reads the environment, `.env` has the value for its owner only, `.env.example` the name."""
    secret = token(30)
    uri = (root / "app.py").as_uri()
    with Editor(root, client) as editor:
        editor.open(uri, f"{before}HF_TOKEN = '{secret}'\n")
        fix(editor, uri)
        text = editor.buffers[uri]
        assert editor.diagnostics(uri) == []
    assert secret not in text
    assert "HF_TOKEN = os.environ['HF_TOKEN']" in text
    assert (root / ".env").read_text() == f"HF_TOKEN={secret}\n"
    assert stat.S_IMODE((root / ".env").stat().st_mode) == 0o600
    assert (root / ".env.example").read_text() == "HF_TOKEN=\n"
    assert (root / ".gitignore").read_text() == ".env\n"


def test_the_action_carries_ids_only(root: Path) -> None:
    """What travels is the document, its version, and what the finding is called."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(31)}'\n", version=3)
        (found,) = editor.diagnostics(uri)
        action = editor.actions(uri, found["range"], [found])[0]
    assert action["kind"] == "quickfix"
    assert action["isPreferred"] is True
    assert action["diagnostics"] == [found]
    assert "edit" not in action
    assert action["command"]["command"] == "unspill.moveSecret"
    assert action["command"]["arguments"] == [uri, 3, "huggingface-user-token@12", 0]


def test_the_value_is_stored_before_the_edit_is_sent(root: Path) -> None:
    """A client that refuses the edit leaves the value in both places, and the user is told."""
    secret = token(32)
    uri = (root / "app.py").as_uri()
    with Editor(root, applies=False) as editor:
        editor.open(uri, f"HF_TOKEN = '{secret}'\n")
        fix(editor, uri)
        assert secret in editor.buffers[uri]
        (message,) = editor.messages()
        assert message.startswith("unspill: nothing was changed in app.py: the editor did not make the change")
        assert message.endswith("what it moves is in .env already")
    assert secret in (root / ".env").read_text()


def test_a_stale_version_is_refused(root: Path) -> None:
    """An action that was offered for an older text changes nothing, neither in the document nor in `.env`."""
    secret = token(33)
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{secret}'\n")
        (found,) = editor.diagnostics(uri)
        action = editor.actions(uri, found["range"])[0]
        editor.change(uri, (None, f"x = 1\nHF_TOKEN = '{secret}'\n"))
        editor.apply(action)
        assert "the document changed" in editor.messages()[0]
        assert secret in editor.buffers[uri]
        assert edits_sent(editor) == []
    assert not (root / ".env").exists()


@pytest.mark.parametrize("arguments", [[], ["untitled:x"], [1, 2, 3, 4], ["untitled:x", "1", "rule@0", 0]])
def test_wrong_arguments_are_invalid(arguments: list[Any], root: Path) -> None:
    """A command that is not what an action offered is answered with InvalidParams."""
    with Editor(root) as editor, pytest.raises(RuntimeError, match="-32602"):
        editor.request("workspace/executeCommand", {"command": "unspill.moveSecret", "arguments": arguments})


def test_an_edit_is_versioned(root: Path) -> None:
    """The document is edited at the version that was offered, and alone: what stands beside the code is on disk."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(34)}'\n", version=9)
        fix(editor, uri)
        (edit,) = edits_sent(editor)
    assert [change["textDocument"] for change in edit["documentChanges"]] == [{"uri": uri, "version": 9}]
    assert (root / ".env.example").read_text() == "HF_TOKEN=\n"
    assert (root / ".gitignore").read_text() == ".env\n"


def test_a_declaration_that_is_open_is_edited_by_the_client(root: Path) -> None:
    """A file that the user has open is never written behind the editor's back: its edit has its version."""
    uri, example = (root / "app.py").as_uri(), (root / ".env.example").as_uri()
    (root / ".env.example").write_text("A=\n")
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(34)}'\n")
        editor.open(example, "A=\nB=\n", language="dotenv", version=4)
        fix(editor, uri)
        assert editor.buffers[example] == "A=\nB=\nHF_TOKEN=\n"
    assert (root / ".env.example").read_text() == "A=\n"


def declare(editor: Editor, root: Path, name: str) -> None:
    """Send the command that declares a name."""
    command = {"command": "unspill.declare", "arguments": [(root / "app.py").as_uri(), name]}
    editor.request("workspace/executeCommand", command)


def test_an_edit_creates_files(root: Path) -> None:
    """VS Code gets `CreateFile` for new files, and their text over 0:0-1:0."""
    with Editor(root) as editor:
        declare(editor, root, "HF_TOKEN")
        (edit,) = edits_sent(editor)
    changes = edit["documentChanges"]
    created = [change["uri"] for change in changes if change.get("kind") == "create"]
    assert created == [(root / name).as_uri() for name in (".env.example", ".gitignore")]
    assert changes[1]["edits"] == [
        {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}, "newText": "HF_TOKEN=\n"}
    ]
    assert changes[1]["textDocument"]["version"] is None


def test_a_client_without_create_gets_plain_edits(root: Path) -> None:
    """Eglot states no resource operations: the files that are new come as edits."""
    with Editor(root, "emacs") as editor:
        declare(editor, root, "HF_TOKEN")
        (edit,) = edits_sent(editor)
    assert [change.get("kind") for change in edit["documentChanges"]] == [None] * 2


def test_a_client_that_knows_only_changes_gets_those(root: Path) -> None:
    """Without `documentChanges` and resource operations, the edit is a plain map."""
    uri = (root / "app.py").as_uri()
    with Editor(root, {"workspace": {"applyEdit": True}}) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(36)}'\n")
        fix(editor, uri)
        (edit,) = edits_sent(editor)
    assert list(edit) == ["changes"]
    assert uri in edit["changes"]


def test_files_that_were_edited_and_not_saved_are_remembered(root: Path) -> None:
    """A fix adds to what was declared in a client that has saved nothing yet (Neovim)."""
    with Editor(root, "neovim") as editor:
        editor.writes_files = False
        declare(editor, root, "OTHER")
        other = (root / "other.py").as_uri()
        editor.open(other, f"API_TOKEN = '{token(38)}'\n")
        fix(editor, other)
        first, second = edits_sent(editor)
    assert [change["uri"] for change in first["documentChanges"] if "kind" in change]
    assert [change["uri"] for change in second["documentChanges"] if "kind" in change] == []
    (example,) = [
        change for change in second["documentChanges"] if change["textDocument"]["uri"].endswith(".env.example")
    ]
    assert edited("OTHER=\n", example["edits"], editor.unit) == "OTHER=\nHF_TOKEN=\n"
    assert not (root / ".env.example").exists()


def test_an_env_that_is_open_and_not_saved_gets_its_line_in_the_edit(root: Path) -> None:
    """The unsaved buffer would be lost, or lose the value, if the file were written under it."""
    secret = token(39)
    uri, env = (root / "app.py").as_uri(), (root / ".env").as_uri()
    (root / ".gitignore").write_text(".env\n")
    (root / ".env").write_text("OLD=1\n")
    with Editor(root) as editor:
        editor.may_send_values = True
        editor.open(env, "OLD=1\nNEW=2\n", "dotenv")
        editor.open(uri, f"HF_TOKEN = '{secret}'\n")
        fix(editor, uri)
        assert editor.buffers[env] == f"OLD=1\nNEW=2\nHF_TOKEN={secret}\n"
        assert secret not in editor.buffers[uri]
    assert (root / ".env").read_text() == "OLD=1\n"


def test_an_env_that_is_open_and_saved_is_written(root: Path) -> None:
    """The value does not travel, and what the file held stays."""
    secret = token(40)
    uri, env = (root / "app.py").as_uri(), (root / ".env").as_uri()
    (root / ".gitignore").write_text(".env\n")
    (root / ".env").write_text("OLD=1\n")
    with Editor(root) as editor:
        editor.open(env, "OLD=1\n", "dotenv")
        editor.open(uri, f"HF_TOKEN = '{secret}'\n")
        fix(editor, uri)
        assert editor.buffers[env] == "OLD=1\n"
    assert (root / ".env").read_text() == f"OLD=1\nHF_TOKEN={secret}\n"


def test_an_open_env_that_a_value_moves_within_is_edited_once(root: Path) -> None:
    """The value and the placeholder that stays for it come in one edit: a save of the buffer takes neither back."""
    secret = token(41)
    before = f"export HF_TOKEN=''\n- {secret} # mine\n"
    (root / ".env").write_text(before)
    with Editor(root) as editor:
        editor.may_send_values = True
        uri = (root / ".env").as_uri()
        editor.open(uri, before)
        fix(editor, uri)
        assert editor.buffers[uri] == f"export HF_TOKEN={secret}\n- <HF_TOKEN> # mine\n"
    assert (root / ".env").read_text() == before


def test_an_env_that_is_a_link_is_refused(root: Path) -> None:
    """Nothing is written through a link; the user is told, and the code stays as it was."""
    secret = token(41)
    uri = (root / "app.py").as_uri()
    (root / ".env").symlink_to(root / "elsewhere")
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{secret}'\n")
        fix(editor, uri)
        assert "symbolic link" in editor.messages()[0]
        assert secret in editor.buffers[uri]
    assert not (root / "elsewhere").exists()


@pytest.mark.parametrize("client", CLIENTS)
def test_fix_all_moves_every_secret_at_once(client: str, root: Path) -> None:
    """`source.fixAll.unspill` takes one edit: two values under two names, the same value under one."""
    first, second = token(42), token(43)
    uri = (root / "app.py").as_uri()
    with Editor(root, client) as editor:
        editor.open(uri, f"HF_TOKEN = '{first}'\nWRITE_TOKEN = '{second}'\nAGAIN = '{first}'\n")
        everywhere = {"start": {"line": 0, "character": 0}, "end": {"line": 3, "character": 0}}
        (action,) = editor.actions(uri, everywhere, only=["source.fixAll"])
        assert action["kind"] == "source.fixAll.unspill"
        editor.apply(action)
        assert editor.diagnostics(uri) == []
        assert len(edits_sent(editor)) == 1
        assert editor.buffers[uri].count("import os\n") == 1
    stored = (root / ".env").read_text().splitlines()
    assert sorted(line.partition("=")[2] for line in stored) == sorted([first, second])
    names = [line.partition("=")[0] for line in stored]
    assert (root / ".env.example").read_text().split() == [f"{name}=" for name in names]


@pytest.mark.parametrize(
    ("only", "kinds"),
    [
        (None, {"quickfix", "source.fixAll.unspill"}),
        (["quickfix"], {"quickfix"}),
        (["source"], {"source.fixAll.unspill"}),
        (["source.fixAll.unspill"], {"source.fixAll.unspill"}),
        (["source.fixAll.other"], set()),
        (["refactor"], set()),
        (["quick"], set()),
    ],
)
def test_only_what_was_asked_for_is_offered(only: list[str] | None, kinds: set[str], root: Path) -> None:
    """A kind stands for itself and the kinds below it."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(44)}'\n")
        (found,) = editor.diagnostics(uri)
        assert {action["kind"] for action in editor.actions(uri, found["range"], only=only)} == kinds


def test_ranges_of_the_clients_diagnostics_are_not_trusted(root: Path) -> None:
    """A client that sends its diagnostics in other units gets the right edit all the same."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"x = '😀'; HF_TOKEN = '{token(45)}'\n")
        (found,) = editor.diagnostics(uri)
        wrong = {**found, "range": {"start": {"line": 0, "character": 3}, "end": {"line": 0, "character": 9}}}
        editor.apply(editor.actions(uri, found["range"], [wrong])[0])
        assert editor.buffers[uri].endswith("x = '😀'; HF_TOKEN = os.environ['HF_TOKEN']\n")


def test_there_is_nothing_to_offer_elsewhere(root: Path) -> None:
    """Beside a finding there are no actions."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"x = 1\nHF_TOKEN = '{token(46)}'\n")
        place = {"line": 0, "character": 2}
        assert editor.actions(uri, {"start": place, "end": place}) == []


def test_a_file_outside_the_workspace_is_fixed_in_its_own_folder(root: Path, tmp_path: Path) -> None:
    """Its `.env` stands beside it, and the workspace is left alone."""
    secret = token(47)
    lone = tmp_path / "lone"
    lone.mkdir()
    uri = (lone / "tool.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{secret}'\n")
        fix(editor, uri)
    assert (lone / ".env").read_text() == f"HF_TOKEN={secret}\n"
    assert not (root / ".env").exists()


def test_a_reason_stands_in_for_a_fix(root: Path) -> None:
    """Where no fix is safe, VS Code shows a disabled action that says why; a client without those sees none."""
    uri = (root / "app.py").as_uri()
    text = f"match given:\n    case '{token(48)}':\n        pass\n"
    with Editor(root) as editor:
        editor.open(uri, text)
        (found,) = editor.diagnostics(uri)
        action, *guidance, ignore = editor.actions(uri, found["range"], only=["quickfix"])
    assert "manually" in action["disabled"]["reason"]
    assert "command" not in action
    assert "edit" not in action
    assert "edit" in ignore
    lacking = capabilities("vscode")
    del lacking["textDocument"]["codeAction"]["disabledSupport"]
    with Editor(root, lacking) as editor:
        editor.open(uri, text)
        (found,) = editor.diagnostics(uri)
        titles = [one["title"] for one in (*guidance, ignore)]
        assert [one["title"] for one in editor.actions(uri, found["range"])] == titles


def test_names_are_shared_by_the_open_documents(root: Path) -> None:
    """A value that another open document names has that name here too."""
    secret = token(49)
    uri, other = (root / "b.py").as_uri(), (root / "a.py").as_uri()
    with Editor(root) as editor:
        editor.open(other, f"import os\nos.environ['MY_HUB_TOKEN'] = '{secret}'\n")
        editor.open(uri, f"x = '{secret}'\n")
        fix(editor, uri)
    assert (root / ".env").read_text() == f"MY_HUB_TOKEN={secret}\n"


def test_a_client_that_cannot_apply_edits_is_told_where_the_value_is(root: Path) -> None:
    """An error in place of an answer counts as a change that was not made."""
    secret = token(50)
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.refuses.add("workspace/applyEdit")
        editor.open(uri, f"HF_TOKEN = '{secret}'\n")
        fix(editor, uri)
        assert "what it moves is in .env already" in editor.messages()[0]
    assert secret in (root / ".env").read_text()


def test_a_value_is_set_where_its_file_is_loaded(root: Path) -> None:
    """The action on a configuration file changes the program too; it is not preferred: others may read the file."""
    secret = token(39)
    (root / "app.py").write_text('import json\nimport os\n\nC = json.load(open("config.json"))\n')
    uri = (root / "config.json").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f'{{"token": "{secret}"}}\n', "json")
        (found,) = editor.diagnostics(uri)
        action = editor.actions(uri, found["range"], [found], only=["quickfix"])[0]
        assert not action.get("isPreferred")
        editor.apply(action)
        assert editor.buffers[uri] == '{"token": ""}\n'
    assert (root / "app.py").read_text().endswith('\nC["token"] = os.environ["HF_TOKEN"]\n')
    assert (root / ".env").read_text() == f"HF_TOKEN={secret}\n"
