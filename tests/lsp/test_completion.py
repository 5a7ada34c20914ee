"""Names are completed wherever one of the environment is read, declared, set or mounted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from unspill import workspace

from tests.helpers import token
from tests.lsp.harness import Editor

if TYPE_CHECKING:
    from pathlib import Path

CURSOR = "¦"


@pytest.fixture
def app(root: Path) -> Path:
    """A Space that declares one name, reads another, and keeps a third in `.env`."""
    (root / ".env.example").write_text("ACME_KEY=\n")
    (root / "other.py").write_text('import os\nos.environ["OTHER_TOKEN"]\n')
    (root / ".env").write_text(f"STORED_TOKEN={token(320)}\n")
    return root


def completed(editor: Editor, uri: str, text: str, language: str) -> list[dict[str, Any]]:
    """What is offered at the cursor of a text."""
    before, _, after = text.partition(CURSOR)
    editor.open(uri, before + after, language)
    position = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
    answer = editor.request("textDocument/completion", {"textDocument": {"uri": uri}, "position": position})
    return list(answer["items"]) if answer else []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app.py", 'import os\nkey = os.environ["¦"]\n'),
        ("app.py", 'import os\nkey = os.environ["¦'),
        ("app.py", 'import os\nkey = os.environ["AC¦'),
        ("app.py", 'import os\nkey = os.getenv("¦")\n'),
        ("app.py", "from os import environ as e\nkey = e.get('¦', '')\n"),
        ("app.py", 'import streamlit as st\nkey = st.secrets["¦"]\n'),
        ("app.js", "const key = process.env.¦\n"),
        ("app.js", "const key = process.env.AC¦;\n"),
        ("run.sh", 'curl -H "Authorization: Bearer ${¦}" x\n'),
        ("Dockerfile", "FROM x\nRUN --mount=type=secret,id=¦ make\n"),
        ("docker-compose.yml", "services:\n  a:\n    environment:\n      - KEY=${¦}\n"),
        (".github/workflows/x.yml", "jobs:\n  a:\n    steps:\n      - run: x\n        env: {K: '${{ secrets.¦ }}'}\n"),
        (".env.production", "¦\n"),
        (".env.production", "export AC¦"),
    ],
)  # fmt: skip
def test_names_of_the_app_are_offered_where_one_belongs(app: Path, path: str, text: str) -> None:
    """Declared, read and stored ones, each replacing the word at the cursor; and no value."""
    languages = {"py": "python", "js": "javascript", "sh": "shellscript", "yml": "yaml", "production": "dotenv"}
    with Editor(app) as editor:
        items = completed(editor, (app / path).as_uri(), text, languages.get(path.rpartition(".")[2], "dockerfile"))
    assert {"ACME_KEY", "OTHER_TOKEN", "STORED_TOKEN"} <= {item["label"] for item in items}
    (declared,) = [item for item in items if item["label"] == "ACME_KEY"]
    assert (declared["detail"], declared["textEdit"]["newText"]) == ("secret, declared", "ACME_KEY")
    start, end = (declared["textEdit"]["range"][side]["character"] for side in ("start", "end"))
    assert end - start == (2 if "AC¦" in text else 0)
    assert token(320)[3:] not in str(items)


@pytest.mark.parametrize(
    ("path", "text"),
    [("app.py", "x = '¦'\n"), ("app.py", "# os.environ is ¦\n"), ("app.py", "get(¦)\n"), ("notes.md", "get ¦\n")],
)
def test_nothing_is_offered_elsewhere(app: Path, path: str, text: str) -> None:
    """A string or a word that is no name of the environment is left to others."""
    with Editor(app) as editor:
        assert completed(editor, (app / path).as_uri(), text, "python" if path == "app.py" else "markdown") == []


def test_names_that_the_rules_know_are_offered_once_some_is_typed(app: Path) -> None:
    """After those of the app, with where to get them; a name of the app is offered once."""
    uri = (app / "app.py").as_uri()
    with Editor(app) as editor:
        items = completed(editor, uri, 'import os\nos.environ["OPENAI¦"]\n', "python")
        labels = [item["label"] for item in sorted(items, key=lambda item: item["sortText"])]
        assert labels.index("OTHER_TOKEN") < labels.index("OPENAI_API_KEY")
        assert len(labels) == len(set(labels))
        (known,) = [item for item in items if item["label"] == "OPENAI_API_KEY"]
        assert "https://platform.openai.com" in known["documentation"]
        assert known["detail"] == "secret, not declared"


def test_what_is_being_typed_is_not_offered(app: Path) -> None:
    """Half a name in the document is none yet."""
    with Editor(app) as editor:
        items = completed(editor, (app / "app.py").as_uri(), 'import os\nos.environ["HALF_A¦"]\n', "python")
    assert "HALF_A" not in {item["label"] for item in items}


@pytest.mark.parametrize("name", [".env", ".env.example"])
def test_what_is_being_typed_in_a_dotenv_file_is_not_offered(app: Path, name: str) -> None:
    """Nor in the file that stores the names, which the editor has in another state than the disk."""
    with Editor(app) as editor:
        items = completed(editor, (app / name).as_uri(), "STORED_TOKEN=\nHALF_A¦\n", "dotenv")
    assert "HALF_A" not in {item["label"] for item in items}
    assert {"OTHER_TOKEN", "STORED_TOKEN"} <= {item["label"] for item in items}


def test_local_variables_are_no_names_of_the_environment(app: Path) -> None:
    """Templates and loops refer to them as shells do to the environment: they are neither offered nor explained."""
    (app / "page.js").write_text("const text = `${user} ${LIMIT} ${mine}`;\nprocess.env.mine;\n")
    uri = (app / "run.sh").as_uri()
    with Editor(app) as editor:
        items = completed(editor, uri, 'for file in *; do cat "$file"; done\necho ${¦}\n', "shellscript")
        place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 26}}
        assert editor.request("textDocument/hover", place) is None
    assert {"ACME_KEY", "LIMIT", "mine"} <= {item["label"] for item in items}
    assert {"file", "user"}.isdisjoint(item["label"] for item in items)


def test_a_workspace_with_too_many_files_is_no_error(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Editors complete and hover by themselves, and some show every error; a search that the user asks for has one."""
    monkeypatch.setattr(workspace, "MOST_FILES", 2)
    uri = (app / "app.py").as_uri()
    with Editor(app) as editor:
        assert completed(editor, uri, 'import os\nkey = os.environ["ACME¦_KEY"]\n', "python") == []
        place = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 20}}
        assert editor.request("textDocument/hover", place) is None
        error = editor.answer("textDocument/references", {**place, "context": {"includeDeclaration": True}})["error"]
    assert error["message"] == "there are more than 2 files to look at"


def test_of_many_names_those_are_offered_that_contain_what_is_typed(app: Path) -> None:
    """A list that is too long is cut, which the client is told, so that it asks again."""
    (app / ".env").write_text("".join(f"N{number}_KEY=x\n" for number in range(3_000)))
    with Editor(app) as editor:
        uri = (app / "app.py").as_uri()
        assert len(completed(editor, uri, 'import os\nos.environ["¦"]\n', "python")) == 1_000
        editor.close(uri)
        items = completed(editor, uri, 'import os\nos.environ["N299¦"]\n', "python")
    assert [one["label"] for one in items] == ["N2990_KEY", *(f"N299{n}_KEY" for n in range(1, 10)), "N299_KEY"]
