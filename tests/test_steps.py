"""What a fix leaves to the owner of the secrets: where each is set, and who loads `.env`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from unspill.cli.main import main

from tests.cli import write
from tests.helpers import token
from tests.samples import sample
from tests.tokens import with_checksum

if TYPE_CHECKING:
    from pathlib import Path

from random import Random

GITHUB = with_checksum("crc32-base62", sample("ghp_[A-Za-z0-9]{36}", Random(7)))
FRONT = "---\nsdk: gradio\n---\n"
WORKFLOW = "on: push\njobs:\n  a:\n    steps:\n      - run: x\n        env:\n          {}: {}\n"


def fixed(folder: Path, files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The steps after a fix of these files, but those of revoking."""
    write(folder, files)
    main(["fix", "--isolated", "--format", "json", str(folder)])
    steps = json.loads(capsys.readouterr().out)["next"]
    return [step for step in steps if not step.startswith("Revoke")]


def setting(steps: list[str]) -> list[str]:
    """Those of the steps that say where a name is set."""
    return [step for step in steps if "Nothing loads" not in step]


@pytest.mark.parametrize(
    ("files", "step"),
    [
        ({"README.md": FRONT, "app.py": f'x = "{token()}"\n'},
         "Set the Space's secrets: hf spaces secrets add OWNER/NAME -s HF_TOKEN"),
        ({"app.py": f'x = "{token()}"\n'}, "Where the program is deployed, set in its settings: HF_TOKEN"),
        ({"README.md": FRONT, ".github/workflows/x.yml": WORKFLOW.format("HF_TOKEN", token())},
         "Set the repository's Actions secrets: gh secret set HF_TOKEN"),
        ({".gitlab-ci.yml": f"a:\n  script:\n    - curl -H 'Authorization: Bearer {token()}' https://h.test\n"},
         "Set the project's CI/CD variables, masked: HF_TOKEN"),
    ],
)  # fmt: skip
def test_a_name_is_set_where_its_program_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str], step: str
) -> None:
    """A workflow has the repository's secrets, a Space its own, any other program those of its deployment."""
    assert setting(fixed(tmp_path, files, capsys)) == [step]


def test_code_and_workflow_call_a_secret_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """GitHub refuses names that begin with GITHUB_: then nothing is called so, neither in code nor in `.env`."""
    files = {".github/workflows/x.yml": WORKFLOW.format("TOKEN", GITHUB), "app.py": f'client = Github("{GITHUB}")\n'}
    steps = fixed(tmp_path, files, capsys)
    assert "Set the repository's Actions secrets: gh secret set GH_TOKEN" in steps
    assert (tmp_path / ".env").read_text() == f"GH_TOKEN={GITHUB}\n"
    assert 'os.environ["GH_TOKEN"]' in (tmp_path / "app.py").read_text()
    assert "${{ secrets.GH_TOKEN }}" in (tmp_path / ".github/workflows/x.yml").read_text()


@pytest.mark.parametrize(
    ("path", "source", "said"),
    [
        ("app.py", f'x = "{token()}"\n', "call load_dotenv() before app.py reads it"),
        ("app.py", f'import os\nos.environ["HF_TOKEN"] = "{token()}"\n', "call load_dotenv() before app.py reads it"),
        ("app.js", f'const x = "{token()}";\nprocess.exit();\n', "run `node --env-file=.env app.js`"),
        ("a.ipynb", json.dumps({"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1,
                                          "source": f'x = "{token()}"'}],
                                "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "%dotenv` in a.ipynb"),
    ],
)  # fmt: skip
def test_a_program_that_nothing_loads_env_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, source: str, said: str
) -> None:
    """The steps say so, with what to do; not if any file of the project loads it."""
    steps = fixed(tmp_path / "one", {path: source}, capsys)
    assert [step for step in steps if step.startswith("Nothing loads .env")]
    assert said in " ".join(steps)
    loader = {"lib/settings.py": "import dotenv\ndotenv.load_dotenv()\n"}
    assert not any("Nothing loads" in step for step in fixed(tmp_path / "two", {path: source, **loader}, capsys))


@pytest.mark.parametrize(
    "files",
    [
        {"run.sh": f"curl -H 'Authorization: Bearer {token()}' https://h.test\n"},
        {"README.md": f"Use `{token()}`.\n"},
        {"Pipfile": "", "app.py": f'x = "{token()}"\n'},
        {"compose.yaml": "services:\n  a:\n    build: .\n    env_file: .env\n", "app.py": f'x = "{token()}"\n'},
    ],
)
def test_where_loading_is_nobodys_matter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str]
) -> None:
    """Text, shells, and projects that are run with their `.env` need no step."""
    assert not any("Nothing loads" in step for step in fixed(tmp_path, files, capsys))


FRONT_OF = "---\nsdk: {}\napp_file: {}\n---\n"


@pytest.mark.parametrize(
    ("files", "start"),
    [
        ({"app.py": ""}, "python app.py"),
        ({"main.py": "", "util.py": ""}, "python main.py"),
        ({"bot.py": ""}, "python bot.py"),
        ({"bot.py": "", "util.py": ""}, "COMMAND"),
        ({"src/tool/a.py": ""}, "COMMAND"),
        (
            {"README.md": FRONT_OF.format("gradio", "src/demo.py"), "app.py": "", "src/demo.py": ""},
            "python src/demo.py",
        ),
        ({"README.md": FRONT_OF.format("streamlit", "home.py"), "home.py": ""}, "streamlit run home.py"),
        ({"README.md": FRONT_OF.format("gradio", "../../x.py"), "app.py": ""}, "python app.py"),
        ({"README.md": FRONT_OF.format("gradio", "a b;c.py"), "a b;c.py": ""}, "python 'a b;c.py'"),
        ({"app.py": "import os\nimport streamlit as st\n"}, "streamlit run app.py"),
    ],
)
def test_the_command_that_starts_the_app_with_env(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    start: str,
) -> None:
    """Where nothing loads `.env`, the steps and `doctor` name `unspill run` with the app's own command."""
    write(tmp_path, {"lib/x.py": f'x = "{token()}"\n', **files})
    monkeypatch.chdir(tmp_path)
    main(["doctor"])
    assert f"`unspill run -- {start}`" in capsys.readouterr().out
    main(["fix", "--isolated", "--format", "json"])
    steps = json.loads(capsys.readouterr().out)["next"]
    assert [step for step in steps if f"start the app with `unspill run -- {start}`, or call load_dotenv()" in step]
