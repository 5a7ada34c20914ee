"""Hooks, actions and templates: what other programs read of this repository says what the command line takes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.cli import ROOT, environment, git, write
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path


def parsed(name: str) -> Any:
    """A YAML file of the repository."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH on which `unspill` is this one."""
    program = tmp_path / "bin" / "unspill"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m unspill "$@"\n')
    program.chmod(0o755)
    return f"{program.parent}{os.pathsep}{os.environ['PATH']}"


def test_hooks() -> None:
    """Both hooks look at the index, not at files that they are given."""
    hooks = parsed(".pre-commit-hooks.yaml")
    assert [(hook["id"], hook["language"]) for hook in hooks] == [("unspill", "python"), ("unspill-system", "system")]
    for hook in hooks:
        assert hook["entry"] == "unspill check --staged"
        assert hook["pass_filenames"] is False


def test_inputs_of_the_action_are_never_written_into_a_script() -> None:
    """Every input reaches its script as a variable."""
    action = parsed("action.yml")
    used = "".join(str(step.get("env")) for step in action["runs"]["steps"])
    assert all("${{" not in step["run"] and step["shell"] == "bash" for step in action["runs"]["steps"])
    assert all(f"inputs.{name} " in used for name in action["inputs"])


@pytest.mark.skipif(os.name == "nt", reason="a script for bash")
@pytest.mark.parametrize(
    ("paths", "content", "code"),
    [("", f't = "{token()}"\n', 1), ("", "x = 1\n", 0), ("other.py", f't = "{token()}"\n', 0), ("$(exit 9)", "", 2)],
)
def test_the_actions_step(tmp_path: Path, paths: str, content: str, code: int) -> None:
    """The step that looks for secrets passes its inputs on as they are, and fails as `check` does."""
    write(tmp_path / "repository", {"app.py": content, "other.py": "y = 1\n"})
    action = parsed("action.yml")
    step = action["runs"]["steps"][-1]
    inputs = {name: one["default"] for name, one in action["inputs"].items()} | {"paths": paths}
    variables = {name: inputs[value.split("inputs.")[1].split()[0]] for name, value in step["env"].items()}
    program = tmp_path / "unspill" / "bin" / "unspill"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m unspill "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path / "repository",
        env=environment(tmp_path, RUNNER_TEMP=str(tmp_path), **variables),
        capture_output=True,
    )
    assert done.returncode == code, done.stderr
    assert token().encode() not in done.stdout + done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a script for a shell")
def test_the_gitlab_job(tmp_path: Path, path: str) -> None:
    """In a merge request only what it brings is looked at, else everything."""
    folder = tmp_path / "repository"
    write(folder, {"old.py": f't = "{token(1)}"\n'})
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "x")
    base = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True).stdout
    git(folder, "commit", "--allow-empty", "-m", "y")
    script = parsed("ci/gitlab.yml")["unspill"]["script"][-1]
    codes = []
    for extra in ({}, {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base.strip()}):
        variables = environment(tmp_path, **extra) | {"PATH": path}
        codes.append(subprocess.run(["sh", "-ec", script], cwd=folder, env=variables, capture_output=True).returncode)
    assert codes == [1, 0]


@pytest.mark.skipif(os.name == "nt", reason="a script for a shell")
def test_the_real_pre_commit(tmp_path: Path, path: str) -> None:
    """A commit of a token is refused, whatever the working tree holds; with SKIP, or without one, it goes through."""
    hooks = tmp_path / "hooks"
    write(hooks, {".pre-commit-hooks.yaml": (ROOT / ".pre-commit-hooks.yaml").read_bytes()})
    git(hooks, "init")
    git(hooks, "add", ".")
    git(hooks, "commit", "-m", "x")
    folder = tmp_path / "repository"
    rev = subprocess.run(["git", "rev-parse", "HEAD"], cwd=hooks, capture_output=True, text=True, check=True).stdout
    config = {"repos": [{"repo": str(hooks), "rev": rev.strip(), "hooks": [{"id": "unspill-system"}]}]}
    write(folder, {".pre-commit-config.yaml": yaml.safe_dump(config), "app.py": f't = "{token()}"\n'})
    git(folder, "init")
    git(folder, "add", ".")
    write(folder, {"app.py": "t = 1\n"})

    def hook(**extra: str) -> subprocess.CompletedProcess[bytes]:
        variables = environment(tmp_path, PRE_COMMIT_HOME=str(tmp_path / "cache"), **extra) | {"PATH": path}
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "run"], cwd=folder, env=variables, capture_output=True
        )

    refused = hook()
    assert (refused.returncode, b"huggingface-user-token" in refused.stdout) == (1, True), refused.stdout
    assert token().encode() not in refused.stdout + refused.stderr
    assert hook(SKIP="unspill-system").returncode == 0
    git(folder, "add", ".")
    assert hook().returncode == 0
