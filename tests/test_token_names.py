"""A token where a name should stand: it is a finding, it names nothing, and no fix of the value beside it loses it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, NamedTuple

import pytest
from dotenv import dotenv_values
from unspill.space import names, words

from tests.cli import git, unspill, write
from tests.helpers import document_of, finding_at, token

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli import Ran

NAME, VALUE = token(61), token(62)
PIECES = {text[at : at + 8] for text in (NAME[3:], VALUE[3:], NAME[3:].upper()) for at in range(27)}
CELL = ["%env {0}={1}\n", "import os\n", 'os.environ["{0}"] = "{1}"\n']
NOTEBOOK = {
    "cells": [{"cell_type": "code", "metadata": {}, "source": CELL, "outputs": [], "execution_count": None}],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}
PLACES = {
    "environ": ("app.py", 'import os\nos.environ["{0}"] = "{1}"\n'),
    "setdefault": ("app.py", 'import os\nos.environ.setdefault("{0}", "{1}")\n'),
    "update": ("app.py", 'import os\nos.environ.update({{"{0}": "{1}"}})\n'),
    "update by keyword": ("app.py", 'import os\nos.environ.update({0}="{1}")\n'),
    "getenv": ("app.py", 'import os\nx = os.getenv("{0}", "{1}")\n'),
    "variable": ("app.py", '{0} = "{1}"\n'),
    "attribute": ("app.py", 'x.{0} = "{1}"\n'),
    "argument": ("app.py", 'f({0}="{1}")\n'),
    "parameter": ("app.py", 'def f({0}="{1}"): pass\n'),
    "setting": ("app.py", 'from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    {0}: str = "{1}"\n'),
    "ENV": ("Dockerfile", "FROM x\nENV {0}={1}\n"),
    "old ENV": ("Dockerfile", "FROM x\nENV {0} {1}\n"),
    "ARG": ("Dockerfile", "FROM x\nARG {0}={1}\n"),
    "LABEL": ("Dockerfile", "FROM x\nLABEL {0}={1}\n"),
    "export": ("a.sh", "export {0}={1}\n"),
    "command": ("a.sh", "{0}={1} run\n"),
    "dotenv": (".env", "{0}={1}\n"),
    "template": (".env.example", "{0}={1}\n"),
    "compose": ("compose.yaml", "services:\n  a:\n    image: x\n    environment:\n      {0}: {1}\n"),
    "compose list": ("compose.yaml", 'services:\n  a:\n    image: x\n    environment:\n      - "{0}={1}"\n'),
    "workflow": (".github/workflows/a.yml", "on: push\njobs:\n  a:\n    env:\n      {0}: {1}\n    steps: []\n"),
    "yaml": ("a.yaml", "{0}: {1}\n"),
    "json": ("a.json", '{{"{0}": "{1}"}}\n'),
    "toml": ("a.toml", '{0} = "{1}"\n'),
    "quoted toml": ("a.toml", '"{0}" = "{1}"\n'),
    "streamlit": (".streamlit/secrets.toml", '{0} = "{1}"\n'),
    "hcl": ("main.tf", '{0} = "{1}"\n'),
    "ini": ("a.ini", "[x]\n{0} = {1}\n"),
    "node": ("a.js", 'const {0} = "{1}";\nconst x = {{ "{0}": "{1}" }};\n'),
    "make": ("Makefile", "export {0} := {1}\n"),
    "batch": ("a.bat", "set {0}={1}\n"),
}


class Runs(NamedTuple):
    """What commands made of Spaces with a token as a name, one Space (a folder) for each place."""

    before: dict[str, bytes]
    found: list[tuple[str, int, int]]
    """Path, line and column of every finding."""
    leaks: set[str]
    after: dict[str, bytes]
    """The files after a fix."""


def content(folder: Path) -> dict[str, bytes]:
    """The files of a folder, by path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def leaks(*runs: Ran) -> set[str]:
    """The pieces of either token that commands have printed."""
    text = "".join(ran.out + ran.err for ran in runs)
    return {piece for piece in PIECES if piece in text}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """All places at once."""
    folder = tmp_path_factory.mktemp("names") / "spaces"
    for place, (path, text) in PLACES.items():
        write(folder / place, {"README.md": "---\nsdk: docker\n---\n", path: text.format(NAME, VALUE)})
    (folder / ".git").mkdir()
    before = content(folder)
    checked = unspill(folder, "check", "--format", "json")
    commands = (["check"], ["secrets"], ["fix", "--diff"], ["fix", "--diff", "--unsafe"], ["fix"])
    ran = [unspill(folder, *command) for command in commands]
    rows = checked.report["findings"]
    found = [(row["path"], row["start"]["line"], row["start"]["column"]) for row in rows]
    return Runs(before, found, leaks(checked, *ran), content(folder))


@pytest.mark.slow
def test_no_command_shows_a_token_as_a_name(runs: Runs) -> None:
    """No report, no list of names and no diff shows either token, or the first one in capitals."""
    assert runs.leaks == set()


@pytest.mark.parametrize("place", PLACES)
def test_a_token_as_a_name_is_found_and_never_declared(place: str, runs: Runs) -> None:
    """Both tokens are found; after a fix the name is still where it was, and nowhere else, and the value is kept."""
    own = f"{place}/{PLACES[place][0]}"
    assert len({(line, column) for path, line, column in runs.found if path == own}) >= 2
    assert runs.after[own].count(NAME.encode()) >= runs.before[own].count(NAME.encode())
    others = {path: data for path, data in runs.after.items() if path.startswith(f"{place}/") and path != own}
    assert [path for path, data in others.items() if NAME.lower().encode() in data.lower()] == []
    assert VALUE.encode() in runs.after[own] or f"HF_TOKEN={VALUE}\n".encode() == others[f"{place}/.env"]


def test_a_token_as_a_name_in_a_notebook(tmp_path: Path) -> None:
    """A cell is changed once: its name stays as it is, however many rounds a fix takes."""
    text = json.dumps(NOTEBOOK).replace("{0}", NAME).replace("{1}", VALUE)
    write(tmp_path, {"README.md": "---\nsdk: docker\n---\n", "a.ipynb": text})
    ran = unspill(tmp_path, "fix")
    cell = json.loads((tmp_path / "a.ipynb").read_text())["cells"][0]["source"]
    assert cell == [f"%env {NAME}={VALUE}\n", "import os\n", f'os.environ["{NAME}"] = os.environ["HF_TOKEN"]\n']
    assert (tmp_path / ".env").read_text() == f"HF_TOKEN={VALUE}\n"
    assert leaks(ran) == set()


def test_a_token_in_the_place_of_a_name_is_moved(tmp_path: Path) -> None:
    """Who reads the token itself from the environment meant its name: as ever, that is put there."""
    write(tmp_path, {"app.py": f'import os\nx = os.getenv("{NAME}")\n'})
    assert unspill(tmp_path, "fix").code == 0
    assert (tmp_path / "app.py").read_text() == 'import os\nx = os.getenv("HF_TOKEN")\n'
    assert (tmp_path / ".env").read_text() == f"HF_TOKEN={NAME}\n"


def test_an_encoded_token_as_a_name_stays_a_name(tmp_path: Path) -> None:
    """Redacted it would leave another name, and the rest of the line as its value; the value beside it is moved."""
    encoded = base64.b64encode(NAME.encode()).decode()
    write(tmp_path, {".env.example": f"{encoded}{VALUE}\n", "README.md": "---\nsdk: gradio\n---\n"})
    unspill(tmp_path, "fix")
    assert (tmp_path / ".env.example").read_text().startswith(encoded.partition("=")[0])
    assert any((value or "").endswith(VALUE) for value in dotenv_values(tmp_path / ".env").values())


def test_a_dotenv_file_with_a_token_as_a_name_is_ignored(tmp_path: Path) -> None:
    """Git stops seeing the file, though nothing in it can be declared."""
    folder = tmp_path / "r"
    write(folder, {".env": f"{NAME}={VALUE}\n"})
    git(folder, "init", "-q")
    unspill(folder, "fix")
    assert (folder / ".gitignore").read_text() == ".env\n"
    assert not (folder / ".env.example").exists()


def test_a_key_in_code_is_moved(tmp_path: Path) -> None:
    """A key is an expression, which the environment can give: that loses nothing."""
    write(tmp_path, {"app.py": f'd["{NAME}"] = "{VALUE}"\n'})
    ran = unspill(tmp_path, "fix")
    assert ran.code == 0
    assert sorted(dotenv_values(tmp_path / ".env").items()) == [("HF_TOKEN", NAME), ("HF_TOKEN_2", VALUE)]
    assert leaks(ran) == set()


def test_a_value_that_env_keeps_under_a_token_gets_a_name(tmp_path: Path) -> None:
    """A token that names a value in `.env` is not taken over as its name."""
    write(tmp_path, {".gitignore": ".env\n", ".env": f"{NAME}={VALUE}\n", "app.py": f'login(token="{VALUE}")\n'})
    ran = unspill(tmp_path, "fix")
    assert (tmp_path / ".env").read_text() == f"{NAME}={VALUE}\nHF_TOKEN={VALUE}\n"
    assert (tmp_path / ".env.example").read_text() == "HF_TOKEN=\n"
    assert leaks(ran) == set()


def test_a_token_is_no_usable_name() -> None:
    """The reason why a token is no name does not quote it, and nothing is made of it."""
    reason = names.refusal(NAME)
    assert reason is not None
    assert NAME not in reason
    assert words.as_env_name(NAME) == ""


@pytest.mark.parametrize(
    ("source", "path", "language"),
    [
        ('x = "§"\n', "app.py", "python"),
        ('x = "https://§:x-oauth-basic@github.com/a"\n', "app.py", "python"),
        ('if x == "§":\n    pass\n', "app.py", "python"),
        ('T: Literal["§"] = x\n', "app.py", "python"),
        ('T: Literal["a", "§"] = x\n', "app.py", "python"),
        ("# §: mine\n", "app.py", "python"),
        ('let a = b ? "§" : "";\n', "a.js", "javascript"),
        ("url: https://x/?token=§=\n", "a.yaml", "yaml"),
        ('{"a": "§="}\n', "a.json", "json"),
        ("HF_TOKEN=§\n", ".env", "dotenv"),
        ("curl -H 'Authorization: Bearer §'\n", "a.sh", "shell"),
    ],
)
def test_a_value_is_no_name(source: str, path: str, language: str) -> None:
    """What is given to a name, compared or written about is not itself taken for one."""
    from unspill import languages
    from unspill.space import uses

    document = document_of(source.replace("§", VALUE), path, language)
    (finding,) = languages.located(document, [finding_at(document, VALUE)])
    assert not uses.is_name(document, finding)
