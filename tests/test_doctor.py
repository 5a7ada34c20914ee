"""`unspill doctor`: what is used, found and written where, and never a value."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from unspill import __version__
from unspill.document import Document
from unspill.languages import language_of
from unspill.space.loads import lines

from tests.cli import git, unspill, write
from tests.faults.common import posix
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path


def test_a_space(tmp_path: Path) -> None:
    """Versions, engine, configuration, Space, `.env`, what loads it, cache and the editors' command are told."""
    write(
        tmp_path / "r",
        {
            "README.md": "---\nsdk: gradio\n---\nWith `load_dotenv()`.\n",
            "app.py": f'import dotenv\n\ndotenv.load_dotenv()\nx = "load_dotenv()"\ny = "{token(1)}"\n',
            ".env": f"HF_TOKEN={token(2)}\n",
            ".gitignore": ".env\n",
            "unspill.toml": 'exclude = ["docs/"]\n',
            f"{token(3)}.py": "from dotenv import load_dotenv\nload_dotenv()\n",
        },
    )
    git(tmp_path / "r", "init", "-q")
    ran = unspill(tmp_path / "r", "doctor", "--format", "json")
    assert ran.code == 0
    found = ran.report
    assert found["unspill"] == __version__
    assert found["python"].endswith(sys.version.split()[0])
    assert found["libraries"]["pygls"]
    assert found["engine"] in ("hyperscan", "regex")
    assert found["rules"]["count"] > 1000
    assert found["configuration"]["project"] == "unspill.toml"
    assert found["configuration"]["user"]["path"].endswith("/unspill/unspill.toml")
    assert not found["configuration"]["user"]["found"]
    assert found["space"] == {"folder": ".", "sdk": "gradio"}
    assert found["env"]["state"] == "ignored"
    assert found["env"]["loaded_by"] == [{"path": "app.py", "line": 3}, {"path": "<hidden>.py", "line": 2}]
    assert found["cache"]["writable"]
    assert found["server"]["command"][-1] == "server"
    assert found["problems"] == []
    text = unspill(tmp_path / "r", "doctor", "-v").out
    assert "ignored by git" in text
    assert "app.py:3" in text
    assert not [seed for seed in (1, 2, 3) if token(seed)[3:11] in ran.out + text]


@pytest.mark.parametrize("content", ["ignore = [", 'ignore = ["no-such-rule"]', "exclude = 3"])
def test_what_keeps_commands_from_working_is_told(tmp_path: Path, content: str) -> None:
    """A configuration that cannot be used is named with the reason, as in every other command, and the rest is told."""
    write(tmp_path, {"unspill.toml": content, "app.py": ""})
    ran = unspill(tmp_path, "doctor")
    assert ran.code == 1
    (problem,) = [line for line in ran.out.splitlines() if line.startswith("Problem: ")]
    assert problem == unspill(tmp_path, "check").err.strip().replace("unspill:", "Problem:", 1)
    assert f"unspill                {__version__}" in ran.out


def test_the_folder_must_be_there(tmp_path: Path) -> None:
    """A path that does not exist is a mistake of the user's."""
    ran = unspill(tmp_path, "doctor", "nowhere")
    assert (ran.code, ran.err) == (2, "unspill: nowhere: no such folder\n")


@pytest.mark.slow
@posix
def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Every run compiles the rules then: whoever wonders why it takes so long finds it here."""
    (tmp_path / "cache").write_text("a file")
    ran = unspill(tmp_path, "doctor", "--format", "json", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert not ran.report["cache"]["writable"]
    assert ran.code == 0


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", "load_dotenv()"),
        ("a.py", "dotenv.load_dotenv('.env')"),
        ("a.py", "x = dotenv_values()"),
        ("a.py", "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_file='.env')"),
        ("a.py", "class S(BaseSettings):\n    class Config:\n        env_file = '.env'"),
        ("a.py", "class S(BaseSettings):\n    model_config = {'env_file': '.env'}"),
        ("a.py", "environ.Env.read_env()"),
        ("a.js", "import 'dotenv/config'"),
        ("a.js", "require('dotenv').config()"),
        ("compose.yaml", "    env_file: .env"),
        ("run.sh", "node --env-file=.env app.js"),
        ("run.sh", "source ./.env"),
        ("run.sh", ". .env"),
        ("Makefile", "include .env"),
        (".envrc", "dotenv"),
    ],
)
def test_what_loads_env(path: str, line: str) -> None:
    """The usual ways are found on their line, and in no comment."""
    sign = "//" if path.endswith(".js") else "#"
    source = f"{sign} {line.splitlines()[-1]}\n{line}\n"
    document = Document(source.encode(), path, language_of(path).id)
    assert lines(document) == [source.count("\n") - 1]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "x = 'load_dotenv()'\n"),
        ("README.md", "call `load_dotenv()`\n"),
        ("a.sh", "echo .env\n"),
        ("a.py", "(" * 9),
    ],
)
def test_what_does_not_load_env(path: str, text: str) -> None:
    """A text about it, a string and a file's mere name load nothing."""
    assert lines(Document(text.encode(), path, language_of(path).id)) == []
