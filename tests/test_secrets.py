"""`unspill secrets`: which names there are, where they stand, where their values come from, and never a value."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli import unspill, write
from tests.faults.common import posix
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

SECRET = token(301)
OTHER = "correct horse battery staple"
FILES = {
    "README.md": "---\nsdk: docker\n---\n",
    "app.py": "import os\n# 😀\nx = '😀'; a = os.environ['HF_TOKEN']\nb = os.getenv('LOG_LEVEL')\n"
    "c = os.environ['SPACE_ID'], os.environ['PATH'], os.getenv('HF_TOKEN')\n"
    "from openai import OpenAI\nOpenAI()\nd = os.environ['API_KEY'], os.getenv('PORT', '7860')\n",
    "Dockerfile": "FROM python:3.12\nENV MODE=fast\nRUN echo $MODE\nCMD python app.py\n",
    "start.sh": 'echo "${MODE}${WEBHOOK:?}"\n',
    ".env": f"HF_TOKEN={SECRET}\nPASSPHRASE='{OTHER}'\nLOG_LEVEL=\n",
    ".env.example": "# reads models\nHF_TOKEN=\nOLD_KEY=\nAPI_KEY=\n",
    ".gitignore": ".env\n",
}
TABLE = """\
NAME            STATE       VALUE    DECLARED        READ
WEBHOOK         undeclared                           start.sh:1
API_KEY         unset                .env.example:4  app.py:8
OLD_KEY         unused               .env.example:3
HF_TOKEN                    in .env  .env.example:2  app.py:3, app.py:5
OPENAI_API_KEY                                       app.py:7 (by the library)
PASSPHRASE                  in .env

6 names: 1 undeclared, 1 unset, 1 unused. 5 more with --all.
"""
REST = [
    ["LOG_LEVEL", "configuration", "app.py:4"],
    ["MODE", "configuration", "set", "Dockerfile:3,", "start.sh:1"],
    ["PATH", "platform", "app.py:5"],
    ["PORT", "configuration", "app.py:8"],
    ["SPACE_ID", "platform", "built", "in", "app.py:5"],
]


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


def test_configuration_and_what_platforms_set_are_listed_on_demand(space: Path) -> None:
    """With `--all`, each with its kind."""
    lines = unspill(space, "secrets", "--all").out.splitlines()
    assert [line.split() for line in lines if "  secret " not in line][1:-2] == REST
    assert lines[-1] == "11 names: 1 undeclared, 1 unset, 1 unused."


@pytest.mark.slow
@pytest.mark.parametrize(("declared", "code"), [("WEBHOOK=\n", 0), ("", 1)])
def test_check_fails_for_an_undeclared_name(declared: str, code: int, space: Path) -> None:
    """And for nothing else: a name without a value, or without a use, is no error of the app's."""
    write(space, {".env.example": FILES[".env.example"] + declared})
    assert unspill(space, "secrets", "--check").code == code
    assert unspill(space, "secrets").code == 0


def test_init_declares_what_is_read(space: Path) -> None:
    """A comment says what a name is and where to get it; what is there stays, and a second run changes nothing."""
    ran = unspill(space, "secrets", "init")
    assert (ran.code, ran.out) == (0, ".env.example: 2 names added: OPENAI_API_KEY, WEBHOOK\n")
    assert (space / ".env.example").read_text() == FILES[".env.example"] + (
        "\n# OpenAI API key: https://platform.openai.com/api-keys\nOPENAI_API_KEY=\n"
        "# secret, read in start.sh\nWEBHOOK=\n"
    )
    assert unspill(space, "secrets", "init").out == "Nothing to declare.\n"
    assert unspill(space, "secrets", "--check").code == 0


@pytest.mark.parametrize("before", [None, b"", b"A=1", b"A=1\r\n# c\r\n"])
def test_init_keeps_every_byte_of_a_template(before: bytes | None, tmp_path: Path) -> None:
    """Whatever it ends with, in its own line endings, and under the name that it has."""
    write(tmp_path, {"app.py": "import os\nos.environ['HF_TOKEN']\n"})
    if before is not None:
        (tmp_path / ".env.sample").write_bytes(before)
    report = json.loads(unspill(tmp_path, "secrets", "init", "--format", "json").out)
    path = ".env.example" if before is None else ".env.sample"
    assert report == {"version": 1, "files": [{"path": path, "added": ["HF_TOKEN"]}]}
    after = (tmp_path / path).read_bytes()
    assert after.startswith(before or b"")
    assert after.endswith(b"HF_TOKEN=\r\n" if before and b"\r" in before else b"HF_TOKEN=\n")


def test_init_does_not_touch_a_template_that_is_not_utf_8(tmp_path: Path) -> None:
    """The message says so."""
    write(tmp_path, {"app.py": "import os\nos.environ['HF_TOKEN']\n"})
    (tmp_path / ".env.example").write_bytes("A=1\n".encode("utf-16"))
    ran = unspill(tmp_path, "secrets", "init")
    assert (ran.code, ran.err) == (2, "unspill: .env.example: is not UTF-8; convert it first\n")


@pytest.mark.slow
def test_a_file_alone_has_the_templates_of_its_app(tmp_path: Path) -> None:
    """What they declare is not undeclared in one file, and `init` adds a name once."""
    write(tmp_path, {"app.py": "import os\nos.environ['API_TOKEN']\n"})
    assert unspill(tmp_path, "secrets", "--check", "app.py").code == 1
    assert unspill(tmp_path, "secrets", "init", "app.py").out == ".env.example: 1 name added: API_TOKEN\n"
    assert unspill(tmp_path, "secrets", "init", "app.py").out == "Nothing to declare.\n"
    assert unspill(tmp_path, "secrets", "--check", "app.py").code == 0


def test_init_changes_every_template_or_none(tmp_path: Path) -> None:
    """If the template of one app is not UTF-8, those of others stay as they are."""
    for name in ("a", "b"):
        write(
            tmp_path,
            {f"{name}/README.md": "---\nsdk: gradio\n---\n", f"{name}/app.py": "import os\nos.environ['API_KEY']\n"},
        )
    (tmp_path / "b/.env.example").write_bytes(b"\xff\n")
    assert unspill(tmp_path, "secrets", "init").code == 2
    assert not (tmp_path / "a/.env.example").exists()


@pytest.mark.slow
@posix
@pytest.mark.parametrize(
    ("folder", "comment"),
    [
        (b"a\nADDED=x", "secret"),
        (b"a\rADDED=x", "secret"),
        ("a\u2028ADDED=x".encode(), "secret"),
        (b"\xff", "secret"),
        (SECRET.encode(), "secret, read in <hidden>/app.py"),
        ("é b".encode(), "secret, read in é b/app.py"),
    ],
)
def test_init_takes_nothing_but_a_comment_from_a_path(folder: bytes, comment: str, tmp_path: Path) -> None:
    """A path adds no line to a template, no secret, and no byte that is not UTF-8."""
    write(tmp_path, {"x/app.py": "import os\nos.environ['API_TOKEN']\n"})
    (tmp_path / "x").rename(tmp_path / os.fsdecode(folder))
    ran = unspill(tmp_path, "secrets", "init")
    assert (ran.code, ran.err) == (0, "")
    assert (tmp_path / ".env.example").read_bytes() == f"# {comment}\nAPI_TOKEN=\n".encode()


def test_a_folder_called_init_can_be_named(tmp_path: Path) -> None:
    """`./init` is a path."""
    write(tmp_path, {"init/app.py": "import os\nos.environ['HF_TOKEN']\n"})
    assert "init/app.py:2" in unspill(tmp_path, "secrets", "./init").out


def test_the_json_has_the_places_by_code_points(space: Path) -> None:
    """Lines and columns count from 1, columns in code points; a place that sets a name is told from one that reads."""
    report = json.loads(unspill(space, "secrets", "--format", "json").out)
    assert report["version"] == 1
    by_name = {row["name"]: row for row in report["secrets"]}
    assert by_name["HF_TOKEN"] == {
        "space": ".",
        "name": "HF_TOKEN",
        "kind": "secret",
        "state": "ok",
        "value": "stored",
        "declared": [{"path": ".env.example", "line": 2, "column": 1}],
        "read": [{"path": "app.py", "line": 3, "column": 26}, {"path": "app.py", "line": 5, "column": 60}],
        "implicit": [],
        "written": [{"path": ".env", "line": 1, "column": 1}],
    }
    assert by_name["WEBHOOK"]["state"] == "undeclared"
    assert [by_name["OPENAI_API_KEY"][key] for key in ("read", "implicit")] == [
        [],
        [{"path": "app.py", "line": 7, "column": 1}],
    ]
    assert "MODE" not in by_name


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_value_is_printed(form: str, space: Path) -> None:
    """Neither a value of `.env`, nor a token that stands where a name or a path belongs."""
    swapped, folder = token(302), token(303)
    write(space, {f"{folder}/x.py": f"import os\na = os.environ['{swapped}'], os.environ['FINE_KEY']\n"})
    ran = unspill(space, "secrets", "--format", form)
    assert "FINE_KEY" in ran.out
    assert not [value for value in (SECRET, OTHER, swapped, folder) if value in ran.out + ran.err]


def test_each_space_has_its_own_names(space: Path) -> None:
    """A folder with a README of its own is another Space, with another `.env`."""
    write(space, {"other/README.md": "---\nsdk: gradio\n---\n", "other/app.py": "import os\nos.environ['HF_TOKEN']\n"})
    ran = unspill(space, "secrets")
    assert (
        "\nother:\nNAME      STATE       VALUE  DECLARED  READ\nHF_TOKEN  undeclared                   other/app.py:2\n"
        in ran.out
    )
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
