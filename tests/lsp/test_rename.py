"""The names of secrets in the editor: renamed everywhere at once, found, and led back to their declaration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli import unspill
from tests.lsp.harness import Editor, edited, token

if TYPE_CHECKING:
    from pathlib import Path

SECRET = token(101)
APP = "import os\n\n# 😀\nx = '😀'; HF_TOKEN = os.environ['HF_TOKEN']\nHF_TOKEN_2 = os.getenv('HF_TOKEN_2')\n"
FILES = {
    "app.py": APP,
    "tools/more.py": "import os\nos.environ.setdefault('HF_TOKEN', '')\n",
    ".env": f"# mine\nHF_TOKEN={SECRET}\nHF_TOKEN_2=b\n",
    ".env.example": "# reads models\nHF_TOKEN=\nHF_TOKEN_2=\n",
    ".gitignore": ".env\nbuild/\n",
    "build/app.py": APP,
    "Dockerfile": "FROM python:3.12\n"
    "RUN --mount=type=secret,id=HF_TOKEN,required=true HF_TOKEN=$(cat /run/secrets/HF_TOKEN) hf download a/b\n",
    "docker-compose.yml": "services:\n  app:\n    build: .\n    environment:\n"
    "      HF_TOKEN: ${HF_TOKEN:?set HF_TOKEN}\n",
    ".github/workflows/ci.yml": "jobs:\n  t:\n    steps:\n      - run: python app.py\n        env:\n"
    "          HF_TOKEN: ${{ secrets.HF_TOKEN }}\n",
    "start.sh": '#!/bin/sh\nexport HF_TOKEN="${HF_TOKEN:?}"\necho $HF_TOKEN_2\n',
    "litellm_config.yaml": "model_list:\n  - litellm_params:\n      api_key: os.environ/HF_TOKEN\n",
    "README.md": "---\nsdk: docker\n---\nSet HF_TOKEN.\n",
    "nb.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": ["import os\n", "os.environ['HF_TOKEN']"]}]}),
}


@pytest.fixture
def space(root: Path) -> Path:
    """A Space that says one name in every kind of file."""
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return root


def at(text: str, word: str) -> dict[str, int]:
    """The position, in UTF-16, in the middle of where `word` first stands."""
    head = text[: text.index(word) + 3].split("\n")
    return {"line": len(head) - 1, "character": len(head[-1].encode("utf-16-le")) // 2}


def rename(editor: Editor, uri: str, position: dict[str, int], new: str) -> Any:
    """The answer to `textDocument/rename`."""
    return editor.request("textDocument/rename", {"textDocument": {"uri": uri}, "position": position, "newName": new})


def test_a_name_is_renamed_in_every_file_at_once(space: Path) -> None:
    """Code, image, compose file, workflow, script, dotenv files and notebook change, and nothing but the name does."""
    uri = (space / "app.py").as_uri()
    text = APP.replace("x = ", "y = 1; x = ")
    with Editor(space) as editor:
        editor.open(uri, text, version=5)
        edit = rename(editor, uri, at(text, "'HF_TOKEN'"), "HUB_TOKEN")
        changes = {change["textDocument"]["uri"]: change for change in edit["documentChanges"]}
        assert changes[uri]["textDocument"]["version"] == 5
        assert all(item["newText"] == "HUB_TOKEN" for change in changes.values() for item in change["edits"])
        after = {
            name: edited(
                text if name == "app.py" else old,
                changes.get((space / name).as_uri(), {"edits": []})["edits"],
                editor.unit,
            )
            for name, old in FILES.items()
        }
    left = {
        name for name, old in after.items() if "HF_TOKEN" in old.replace("HF_TOKEN_2", "").replace("set HF_TOKEN", "")
    }
    assert left == {"app.py", "build/app.py", "README.md"}
    assert after["app.py"] == text.replace("'HF_TOKEN'", "'HUB_TOKEN'")
    assert after[".env"] == FILES[".env"].replace("HF_TOKEN=", "HUB_TOKEN=")
    for name in ("Dockerfile", "docker-compose.yml", ".github/workflows/ci.yml", "nb.ipynb", "litellm_config.yaml"):
        assert after[name] == FILES[name].replace("HF_TOKEN", "HUB_TOKEN")
    assert after["start.sh"] == '#!/bin/sh\nexport HUB_TOKEN="${HUB_TOKEN:?}"\necho $HF_TOKEN_2\n'


@pytest.mark.parametrize("name", sorted(set(FILES) - {".gitignore", "README.md", "build/app.py", "nb.ipynb"}))
def test_a_rename_may_start_in_any_file(name: str, space: Path) -> None:
    """Whatever file the name is picked in, the same places change, and the client may ask first whether it is one."""
    uri = (space / name).as_uri()
    text = FILES[name]
    position = at(text, "'HF_TOKEN'" if name == "app.py" else "HF_TOKEN")
    with Editor(space) as editor:
        editor.open(uri, text, "plaintext")
        asked = editor.request("textDocument/prepareRename", {"textDocument": {"uri": uri}, "position": position})
        assert asked["placeholder"] == "HF_TOKEN"
        edit = rename(editor, uri, position, "HUB_TOKEN")
    assert len(edit["documentChanges"]) == 10


HARDCODED = {
    "app.py": "import os\n\nTOKEN = '§'\n",
    "Dockerfile": "FROM python:3.12\nRUN curl -H 'Authorization: Bearer §' https://h.test\nCMD run --token §\n",
    "docker-compose.yml": "services:\n  app:\n    build: .\n    environment:\n      - HF_TOKEN=§\n",
    ".github/workflows/ci.yml": "jobs:\n  t:\n    steps:\n      - run: git push https://u:§@huggingface.co/a main\n",
    "start.sh": "export A=1\nhf download --token §\n",
    "Makefile": "T = §\nHF_TOKEN = §\nup:\n\thf upload --token §\n",
    "run.ps1": '$t = "Bearer §"\n',
    "run.bat": "hf download --token §\n",
    "server.js": 'const fs = require("fs");\nconst t = "§";\n',
    "supervisord.conf": '[program:a]\nenvironment=HF_TOKEN="§"\n',
    ".npmrc": "//registry.test/:_authToken=§\n",
    "nb.ipynb": json.dumps(
        {"cells": [{"cell_type": "code", "source": ["import os\n", "t = '§'"]}]}, ensure_ascii=False
    ),
}


def test_what_a_fix_has_written_is_renamed(root: Path) -> None:
    """Whatever a fix makes read the environment follows the name that the user picks, and no place is left behind."""
    for name, text in HARDCODED.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text.replace("§", SECRET))
    assert unspill(root, "fix").code == 0
    uri, text = (root / "app.py").as_uri(), (root / "app.py").read_text()
    before = {name: (root / name).read_text() for name in (*HARDCODED, ".env", ".env.example")}
    assert [name for name, content in before.items() if "HF_TOKEN" not in content] == []
    with Editor(root) as editor:
        editor.open(uri, text)
        edit = rename(editor, uri, at(text, "'HF_TOKEN'"), "HUB_TOKEN")
        changes = {change["textDocument"]["uri"]: change["edits"] for change in edit["documentChanges"]}
        after = {
            name: edited(content, changes[(root / name).as_uri()], editor.unit) for name, content in before.items()
        }
    assert [name for name, content in after.items() if "HF_TOKEN" in content] == []


def test_an_open_document_counts_over_the_disk(space: Path) -> None:
    """An unsaved `.env` is edited as it is open, under its version, by the name alone."""
    uri, env = (space / "app.py").as_uri(), (space / ".env").as_uri()
    with Editor(space) as editor:
        editor.open(env, f"NEW=1\nHF_TOKEN={SECRET}\n", "dotenv", version=8)
        editor.open(uri, APP)
        edit = rename(editor, uri, at(APP, "'HF_TOKEN'"), "HUB_TOKEN")
    (change,) = [one for one in edit["documentChanges"] if one["textDocument"]["uri"] == env]
    assert change["textDocument"]["version"] == 8
    assert change["edits"] == [
        {"range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 8}}, "newText": "HUB_TOKEN"}
    ]


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("2FAST", "secret names must start with a letter"),
        ("HF-TOKEN", "secret names must start with a letter"),
        ("", "secret names must start with a letter"),
        ("SPACE_ID", "is set by the Space"),
        ("path", "is reserved for the process"),
        ("VITE_TOKEN", "would be public"),
        ("next_public_token", "would be public"),
        ("HF_TOKEN_2", "is in use already, in .env"),
        (token(102), "looks like a secret"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_the_reason(new: str, reason: str, space: Path) -> None:
    """The error says why, and a value typed as a name does not come back."""
    uri = (space / "app.py").as_uri()
    with Editor(space) as editor:
        editor.open(uri, APP)
        with pytest.raises(RuntimeError, match="-32803") as raised:
            rename(editor, uri, at(APP, "'HF_TOKEN'"), new)
    assert reason in raised.value.args[1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "from pydantic_settings import BaseSettings\n\nclass S(BaseSettings):\n    hf_token: str\n",
            r"config\.py, line 4: the field hf_token reads HF_TOKEN",
        ),
        (
            "from huggingface_hub import InferenceClient\n\nInferenceClient()\n",
            r"config\.py, line 3: InferenceClient reads HF_TOKEN itself",
        ),
    ],
)
def test_what_reads_a_name_without_saying_it_is_left_to_people(text: str, reason: str, space: Path) -> None:
    """A field of settings, or a client: renaming one without the other would break the program."""
    (space / "config.py").write_text(text)
    uri = (space / "app.py").as_uri()
    with Editor(space) as editor:
        editor.open(uri, APP)
        with pytest.raises(RuntimeError, match=reason):
            rename(editor, uri, at(APP, "'HF_TOKEN'"), "HUB_TOKEN")


@pytest.mark.parametrize("word", ["import", "x = ", "HF_TOKEN = os"])
def test_what_is_no_name_of_the_environment_is_not_renamed(word: str, space: Path) -> None:
    """Keywords, variables and values are nothing to rename."""
    uri = (space / "app.py").as_uri()
    with Editor(space) as editor:
        editor.open(uri, APP)
        place = {"textDocument": {"uri": uri}, "position": at(APP, word)}
        assert editor.request("textDocument/prepareRename", place) is None
        assert rename(editor, uri, at(APP, word), "HUB_TOKEN") is None


def test_another_space_of_the_repository_is_another_matter(space: Path) -> None:
    """A folder with a README of its own keeps its names."""
    (space / "other").mkdir()
    (space / "other" / "README.md").write_text("---\nsdk: gradio\n---\n")
    (space / "other" / "app.py").write_text(APP)
    uri = (space / "app.py").as_uri()
    with Editor(space) as editor:
        editor.open(uri, APP)
        edit = rename(editor, uri, at(APP, "'HF_TOKEN'"), "HUB_TOKEN")
    assert not [one for one in edit["documentChanges"] if "/other/" in one["textDocument"]["uri"]]


def test_references_and_definition(space: Path) -> None:
    """Every place of a name, with or without its declaration; the declaration is a line of `.env.example`."""
    uri = (space / "app.py").as_uri()
    with Editor(space) as editor:
        editor.open(uri, APP)
        place = {"textDocument": {"uri": uri}, "position": at(APP, "'HF_TOKEN'")}
        declared = editor.request("textDocument/definition", place)
        everything = editor.request("textDocument/references", {**place, "context": {"includeDeclaration": True}})
        uses = editor.request("textDocument/references", {**place, "context": {"includeDeclaration": False}})
    assert declared == [
        {
            "uri": (space / ".env.example").as_uri(),
            "range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 8}},
        }
    ]
    assert [one for one in everything if one not in uses] == declared
    assert len({one["uri"] for one in uses}) == 9


def test_a_folder_too_large_to_look_through_is_refused(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rename that leaves files out would break them: it is all or nothing."""
    monkeypatch.setattr("unspill.workspace.MOST_FILES", 3)
    uri = (space / "app.py").as_uri()
    with Editor(space) as editor:
        editor.open(uri, APP)
        with pytest.raises(RuntimeError, match="more than 3 files"):
            rename(editor, uri, at(APP, "'HF_TOKEN'"), "HUB_TOKEN")


def test_the_hover_of_a_name_tells_what_the_project_says_of_it(space: Path) -> None:
    """What it is and what is said of it, where it is declared and used, whether `.env` has it; never its value."""
    uri = (space / "app.py").as_uri()
    with Editor(space) as editor:
        editor.open(uri, APP)
        place = {"textDocument": {"uri": uri}, "position": at(APP, "HF_TOKEN']")}
        text = editor.request("textDocument/hover", place)["contents"]["value"]
        nothing = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 2}}
        assert editor.request("textDocument/hover", nothing) is None
        unknown = "import os\nos.environ['ACME_MODE']\n"
        editor.open((space / "new.py").as_uri(), unknown)
        place = {"textDocument": {"uri": (space / "new.py").as_uri()}, "position": at(unknown, "ACME_MODE")}
        other = editor.request("textDocument/hover", place)["contents"]["value"]
    what, said, about, declared, used, value = text.split("\n\n")
    assert (what, said) == ("**HF_TOKEN**: secret", "reads models")
    assert about == "Hugging Face token: https://huggingface.co/settings/tokens"
    assert declared == "Declared in .env.example:2."
    assert used.startswith("Used in .env:2, .github/workflows/ci.yml:6,")
    assert used.endswith(" more.")
    assert value == "`.env` has a value for it."
    assert other.split("\n\n")[:2] == ["**ACME_MODE**: configuration", "Not declared: no `.env.example` lists it."]
    assert SECRET[3:] not in text


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("A_KEY=\n", []),
        ("# of another\n\nA_KEY=\n", []),
        ("# why\nB_KEY=\nA_KEY=\n", []),
        ("A_KEY= # why\n", ["why"]),
        ("# why\n# so\nA_KEY=\n", ["why so"]),
    ],
)
def test_a_name_need_not_be_commented_on_to_be_explained(root: Path, template: str, said: list[str]) -> None:
    """The hover has what the template says right above a name or behind it, and only the rest if it says nothing."""
    (root / ".env.example").write_text(template)
    uri, text = (root / "app.py").as_uri(), "import os\nos.environ['A_KEY']\n"
    with Editor(root) as editor:
        editor.open(uri, text)
        place = {"textDocument": {"uri": uri}, "position": at(text, "A_KEY")}
        shown = editor.request("textDocument/hover", place)["contents"]["value"].split("\n\n")
    assert shown[1 : shown.index(next(one for one in shown if one.startswith("Declared in")))] == said
