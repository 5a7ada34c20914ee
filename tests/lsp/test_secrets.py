"""The commands about names: what `unspill.secrets` lists, and what `unspill.declare` writes or refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.lsp.harness import Editor, token

if TYPE_CHECKING:
    from pathlib import Path

SECRET = token(401)
APP = "import os\nx = '😀'; a = os.environ['HF_TOKEN']\nb = os.environ['WEBHOOK']\n"


@pytest.fixture
def space(root: Path) -> Path:
    """A Space that reads two names, of which one has a value and neither is declared."""
    (root / "app.py").write_text(APP)
    (root / ".env").write_text(f"HF_TOKEN={SECRET}\n")
    (root / ".gitignore").write_text(".env\n")
    return root


def secrets(editor: Editor, uri: str) -> dict[str, dict[str, Any]]:
    """The answer to `unspill.secrets`, by name."""
    rows = editor.request("workspace/executeCommand", {"command": "unspill.secrets", "arguments": [uri]})
    return {row["name"]: row for row in rows}


def declare(editor: Editor, uri: str, name: str) -> None:
    """Send `unspill.declare`."""
    editor.request("workspace/executeCommand", {"command": "unspill.declare", "arguments": [uri, name]})


def test_names_are_listed_with_locations_in_the_clients_units(space: Path) -> None:
    """Each name says where its value comes from and where it stands; the value itself never leaves the server."""
    uri = (space / "app.py").as_uri()
    with Editor(space) as editor:
        found = secrets(editor, uri)
    assert [(row["value"], row["undeclared"]) for row in found.values()] == [("stored", True), ("none", True)]
    assert found["HF_TOKEN"]["read"] == [
        {"uri": uri, "range": {"start": {"line": 1, "character": 26}, "end": {"line": 1, "character": 34}}}
    ]
    assert [place["uri"] for place in found["HF_TOKEN"]["written"]] == [(space / ".env").as_uri()]


def test_open_documents_count_over_the_disk(space: Path) -> None:
    """Names are those of the buffers, `.env` included; the file that is asked about need not exist."""
    with Editor(space) as editor:
        editor.open((space / "app.py").as_uri(), "import os\nos.environ['NEW']\n")
        editor.open((space / ".env").as_uri(), f"NEW={token(402)}\n", "dotenv")
        found = secrets(editor, (space / "none.py").as_uri())
    assert {name: row["value"] for name, row in found.items()} == {"NEW": "stored"}


def test_a_folder_that_is_not_there_has_the_names_of_its_documents(space: Path) -> None:
    """A document can be open whose folder was removed, or is yet to be made: its own names are listed and found."""
    uri = (space.parent / "gone" / "app.py").as_uri()
    with Editor(space) as editor:
        editor.open(uri, APP)
        assert list(secrets(editor, uri)) == ["HF_TOKEN", "WEBHOOK"]
        at = {"textDocument": {"uri": uri}, "position": {"line": 2, "character": 18}}
        assert len(editor.request("textDocument/references", {**at, "context": {"includeDeclaration": True}})) == 1


def test_a_token_in_place_of_a_name_is_left_out(space: Path) -> None:
    """`os.environ["hf_…"]` is a mistake that people make: it is no name to list."""
    with Editor(space) as editor:
        uri = (space / "app.py").as_uri()
        editor.open(uri, f"import os\nos.environ['{token(403)}'], os.environ['FINE']\n")
        assert "FINE" in secrets(editor, uri)


@pytest.mark.parametrize("client", ["vscode", "neovim", "emacs"])
def test_declaring_a_name_adds_it_to_the_template(client: str, space: Path) -> None:
    """`.env.example` gets the name, once, and then it counts as declared."""
    uri = (space / "app.py").as_uri()
    with Editor(space, client) as editor:
        declare(editor, uri, "WEBHOOK")
        assert (space / ".env.example").read_text() == "WEBHOOK=\n"
        assert not secrets(editor, uri)["WEBHOOK"]["undeclared"]
        declare(editor, uri, "WEBHOOK")
        assert editor.messages() == ["unspill: WEBHOOK is declared already"]
    assert (space / ".env.example").read_text() == "WEBHOOK=\n"


def test_declaring_keeps_values_out_of_git(space: Path) -> None:
    """Where a name is declared its value will be kept: `.env` is ignored from then on."""
    (space / ".gitignore").unlink()
    with Editor(space) as editor:
        declare(editor, (space / "app.py").as_uri(), "WEBHOOK")
    assert (space / ".gitignore").read_text() == ".env\n"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("A B", "secret names must start with a letter"),
        ("", "secret names must start with a letter"),
        ("SPACE_ID", "is set by the Space"),
        (token(404), "looks like a secret"),
    ],
)
def test_what_cannot_be_a_name_is_refused_with_the_reason(name: str, reason: str, space: Path) -> None:
    """The message says why, nothing is written, and a value typed as a name does not come back."""
    with Editor(space) as editor:
        declare(editor, (space / "app.py").as_uri(), name)
        assert reason in editor.messages()[-1]
    assert not (space / ".env.example").exists()


def test_an_editor_that_does_not_make_the_change_is_said(space: Path) -> None:
    """A declaration that failed is not silent."""
    with Editor(space, applies=False) as editor:
        declare(editor, (space / "app.py").as_uri(), "WEBHOOK")
        assert "the editor did not make the change" in editor.messages()[-1]


def test_what_is_no_file_has_no_names(space: Path) -> None:
    """An unsaved buffer belongs to no Space; asking about it is answered all the same."""
    with Editor(space) as editor:
        assert secrets(editor, "untitled:Untitled-1") == {}
        declare(editor, "untitled:Untitled-1", "WEBHOOK")
        assert "open a file of the project first" in editor.messages()[-1]


@pytest.mark.parametrize("arguments", [[], [1], ["a", "b", "c"]])
@pytest.mark.parametrize("command", ["unspill.secrets", "unspill.declare"])
def test_wrong_arguments_are_invalid_parameters(command: str, arguments: list[Any], space: Path) -> None:
    """A client that calls a command wrongly gets the protocol's own error."""
    with Editor(space) as editor, pytest.raises(RuntimeError, match="-32602"):
        editor.request("workspace/executeCommand", {"command": command, "arguments": arguments})
