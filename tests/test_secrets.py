"""`unspill secrets`: which names there are, where they stand, where their values come from, and never a value."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from unspill.space.secrets import ValueSource, entries

from tests.cli import unspill, write
from tests.helpers import document_of, token

if TYPE_CHECKING:
    from pathlib import Path

SECRET = token(301)
OTHER = "correct horse battery staple"
FILES = {
    "README.md": "---\nsdk: docker\n---\n",
    "app.py": "import os\n# 😀\nx = '😀'; a = os.environ['HF_TOKEN']\nb = os.getenv('LOG_LEVEL')\n"
    "c = os.environ['SPACE_ID'], os.environ['PATH'], os.getenv('HF_TOKEN')\n",
    "Dockerfile": "FROM python:3.12\nENV MODE=fast\nRUN echo $MODE\nCMD python app.py\n",
    "start.sh": 'echo "${MODE}${WEBHOOK:?}"\n',
    ".env": f"HF_TOKEN={SECRET}\nPASSPHRASE='{OTHER}'\nLOG_LEVEL=\n",
    ".env.example": "# reads models\nHF_TOKEN=\nOLD=\n",
    ".gitignore": ".env\n",
}
TABLE = """\
NAME        VALUE     DECLARED        READ
HF_TOKEN    in .env   .env.example:2  app.py:3, app.py:5
LOG_LEVEL   missing   no              app.py:4
MODE        set                       Dockerfile:3, start.sh:1
OLD         missing   .env.example:3
PASSPHRASE  in .env   no
SPACE_ID    built in                  app.py:5
WEBHOOK     missing   no              start.sh:1

7 names: 2 in .env, 1 built in, 1 set, 3 missing, 3 not declared.
"""


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """A Space that reads, sets, declares and keeps names."""
    folder = tmp_path / "app"
    write(folder, dict(FILES))
    (folder / ".git").mkdir()
    return folder


def test_every_name_is_listed_with_its_places(space: Path) -> None:
    """One line for each name: where its value comes from, and where it is declared and read."""
    ran = unspill(space, "secrets")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == TABLE


def test_the_json_has_the_places_by_code_points(space: Path) -> None:
    """Lines and columns count from 1, columns in code points; a place that sets a name is told from one that reads."""
    report = json.loads(unspill(space, "secrets", "--format", "json").out)
    assert report["version"] == 1
    by_name = {row["name"]: row for row in report["secrets"]}
    assert by_name["HF_TOKEN"] == {
        "space": ".",
        "name": "HF_TOKEN",
        "value": "stored",
        "declared": [{"path": ".env.example", "line": 2, "column": 1}],
        "read": [{"path": "app.py", "line": 3, "column": 26}, {"path": "app.py", "line": 5, "column": 60}],
        "written": [{"path": ".env", "line": 1, "column": 1}],
        "undeclared": False,
    }
    assert by_name["LOG_LEVEL"]["undeclared"]
    assert not by_name["MODE"]["undeclared"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_value_is_printed(form: str, space: Path) -> None:
    """Neither a value of `.env`, nor a token that stands where a name or a path belongs."""
    swapped, folder = token(302), token(303)
    write(space, {f"{folder}/x.py": f"import os\na = os.environ['{swapped}'], os.environ['FINE']\n"})
    ran = unspill(space, "secrets", "--format", form)
    assert "FINE" in ran.out
    assert not [value for value in (SECRET, OTHER, swapped, folder) if value in ran.out + ran.err]


def test_each_space_has_its_own_names(space: Path) -> None:
    """A folder with a README of its own is another Space, with another `.env`."""
    write(space, {"other/README.md": "---\nsdk: gradio\n---\n", "other/app.py": "import os\nos.environ['HF_TOKEN']\n"})
    ran = unspill(space, "secrets")
    assert "\nother:\nNAME      VALUE    DECLARED  READ\nHF_TOKEN  missing  no        other/app.py:2\n" in ran.out
    assert ran.out.startswith(".:\n")


def test_a_folder_without_names_says_so(tmp_path: Path) -> None:
    """An empty listing is a sentence, or an empty list."""
    (tmp_path / "app").mkdir()
    assert unspill(tmp_path / "app", "secrets").out == "No secret names found.\n"
    assert json.loads(unspill(tmp_path / "app", "secrets", "--format", "json").out)["secrets"] == []


def test_a_path_that_is_not_there_is_a_mistake(space: Path) -> None:
    """The message names it."""
    ran = unspill(space, "secrets", "nowhere")
    assert ran.code == 2
    assert "nowhere" in ran.err


def test_a_file_of_another_space_can_be_asked_about_from_elsewhere(space: Path, tmp_path: Path) -> None:
    """What counts is the Space of the files, not the working folder; paths are relative to that."""
    shutil.copytree(space, tmp_path / "copy")
    rows = json.loads(unspill(tmp_path, "secrets", "app", "copy", "--format", "json").out)["secrets"]
    assert {row["space"] for row in rows} == {"app", "copy"}
    assert {row["value"] for row in rows if row["name"] == "HF_TOKEN"} == {"stored"}


def test_a_name_in_another_dotenv_file_is_not_set_by_it() -> None:
    """`.env.staging` is read by nobody until it is copied."""
    documents = [
        ("a", document_of("import os\nos.environ['KEY']\n")),
        ("b", document_of("KEY=1\n", ".env.staging", "dotenv")),
    ]
    (entry,) = entries(documents, ())
    assert entry.origin is ValueSource.MISSING
    assert [place.source for place in (*entry.read, *entry.written)] == ["a", "b"]
