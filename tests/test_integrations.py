"""Hooks, actions and templates: what other programs read of this repository does what its page says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.cli import ROOT, environment, git, write
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

PACKAGED = (
    "pyproject.toml",
    "hatch_build.py",
    "README.md",
    "LICENSE",
    "server",
    "rules",
    "ci",
    ".pre-commit-hooks.yaml",
)
INSTALLED = {"PYTHONPATH": ""}
"""For a program that is installed: nothing of the checkout is imported."""
_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")


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
    """The hooks look at the index, or at all files, not at those that they are given."""
    hooks = parsed(".pre-commit-hooks.yaml")
    assert [(hook["id"], hook["language"], hook["entry"]) for hook in hooks] == [
        ("unspill", "python", "unspill check --staged"),
        ("unspill-all", "python", "unspill check"),
        ("unspill-system", "system", "unspill check --staged"),
    ]
    assert not any(hook["pass_filenames"] for hook in hooks)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("github-actions", "action.yml"),
        ("github-workflows", "ci/github.yml"),
        ("github-workflows", ".github/workflows/ci.yml"),
        ("github-workflows", ".github/workflows/nightly.yml"),
        ("github-workflows", ".github/workflows/release.yml"),
        ("dependabot", ".github/dependabot.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/bug.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/detection.yml"),
        ("github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
        ("gitlab-ci", "ci/gitlab.yml"),
    ],
)
def test_files_of_pipelines_follow_their_schemas(schema: str, name: str) -> None:
    """What GitHub and GitLab read is as their published schemas say."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(ROOT / name)]
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == 0, done.stdout


def test_actions_are_pinned_to_commits() -> None:
    """A tag may be moved by anyone who takes over an action; a commit cannot."""
    files = [*(ROOT / ".github/workflows").iterdir(), ROOT / "ci/github.yml", ROOT / "action.yml"]
    used = [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert len(used) > len(files)
    assert not [line for line in used if not re.search(r"uses: [\w/-]+@[0-9a-f]{40} # v\d", line)]


def test_a_release_needs_no_stored_token() -> None:
    """It is tested, checked and built before it is published, and only the job that publishes can prove who it is."""
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    assert "secrets." not in text
    jobs = parsed(".github/workflows/release.yml")["jobs"]
    assert jobs["publish"]["needs"] == "build"
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["build"]["permissions"] == {"contents": "read"}
    assert not any("run" in step for step in jobs["publish"]["steps"])
    commands = [step.get("run", "") for step in jobs["build"]["steps"]]
    order = [
        next(number for number, command in enumerate(commands) if words in command)
        for words in ("make lint test", "hatchling version", "pipx run build", "twine check --strict")
    ]
    assert order == sorted(order)


def documented(name: str) -> list[Any]:
    """The YAML that a page shows."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def test_pages_show_what_is_there() -> None:
    """The hooks, inputs and files that the pages name are those of this repository."""
    local, remote = documented("pre-commit.md")
    assert local == parsed("ci/pre-commit.yml")
    assert remote["repos"][0]["hooks"][0]["id"] in {hook["id"] for hook in parsed(".pre-commit-hooks.yaml")}
    action, (upload, _) = documented("github-action.md")
    for step in (action["jobs"]["secrets"]["steps"][-1], upload):
        assert set(step["with"]) <= set(parsed("action.yml")["inputs"])
    [include] = documented("gitlab.md")
    assert (ROOT / include["include"][0]["local"]).is_file()


def test_inputs_of_the_action_are_never_written_into_a_script() -> None:
    """Every input reaches its script as a variable."""
    action = parsed("action.yml")
    used = "".join(str(step.get("env")) for step in action["runs"]["steps"])
    scripts = [step for step in action["runs"]["steps"] if "run" in step]
    assert all("${{" not in step["run"] and step["shell"] == "bash" for step in scripts)
    assert all(f"inputs.{name} " in used for name in action["inputs"])


def run_steps(steps: list[dict[str, Any]], folder: Path, context: dict[str, str], **extra: str) -> int:
    """Run the steps of a job that are scripts, as the runner does, and return the first code that is not 0."""
    for step in steps:
        if "run" not in step:
            continue
        given = {
            name: _EXPRESSION.sub(lambda one: context[one[1]], value) for name, value in step.get("env", {}).items()
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder,
            env=environment(folder.parent, GITHUB_OUTPUT=str(folder.parent / "outputs"), **given) | extra,
            capture_output=True,
        )
        assert token().encode() not in done.stdout + done.stderr
        if done.returncode:
            print(done.stdout.decode(), done.stderr.decode())
            return done.returncode
    return 0


def inputs_of(action: dict[str, Any], **given: str) -> dict[str, str]:
    """What `inputs.…` stands for in an action."""
    return {f"inputs.{name}": given.get(name, one["default"]) for name, one in action["inputs"].items()}


@pytest.mark.skipif(os.name == "nt", reason="a script for bash")
@pytest.mark.parametrize(
    ("paths", "content", "code"),
    [("", f't = "{token()}"\n', 1), ("", "x = 1\n", 0), ("other.py", f't = "{token()}"\n', 0), ("$(exit 9)", "", 2)],
)
def test_the_actions_step(tmp_path: Path, paths: str, content: str, code: int) -> None:
    """The step that looks for secrets passes its inputs on as they are, and fails as `check` does."""
    folder = tmp_path / "repository"
    write(folder, {"app.py": content, "other.py": "y = 1\n"})
    action = parsed("action.yml")
    program = tmp_path / "unspill" / "bin" / "unspill"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m unspill "$@"\n')
    program.chmod(0o755)
    steps = action["runs"]["steps"][-1:]
    assert run_steps(steps, folder, inputs_of(action, paths=paths), RUNNER_TEMP=str(tmp_path)) == code
    assert (tmp_path / "outputs").read_text() == f"exit-code={code}\nreport=\n"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with what an installation is made of; the tests are skipped where pip has no packages to install."""
    folder = tmp_path_factory.mktemp("installed") / "checkout"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder.parent), "hatchling"]
    done = subprocess.run(pip, capture_output=True, timeout=300)
    if done.returncode:
        pytest.skip(f"the package registry cannot be reached: {done.stderr.decode().strip()[-200:]}")
    folder.mkdir()
    for name in PACKAGED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "x")
    return folder


@pytest.mark.skipif(os.name == "nt", reason="scripts for bash")
@pytest.mark.slow
def test_the_action_installs_and_looks(tmp_path: Path, checkout: Path) -> None:
    """All steps of the action, run for real: a leak fails the job with annotations in the log and a summary."""
    folder = tmp_path / "repository"
    write(folder, {"app.py": f't = "{token()}"\n'})
    summary = tmp_path / "summary.md"
    action = parsed("action.yml")
    context = {"github.action_path": str(checkout), **inputs_of(action, output="report.txt")}
    variables = {"RUNNER_TEMP": str(tmp_path), "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    outside = INSTALLED | variables
    assert run_steps(action["runs"]["steps"], folder, context, **outside) == 1
    assert (folder / "report.txt").read_text().startswith("::error file=app.py,line=1")
    assert re.fullmatch(
        r"key=3\.\d+-[0-9a-f]{16}\nexit-code=1\nreport=report\.txt\n", (tmp_path / "outputs").read_text()
    )
    assert summary.read_text().startswith("## unspill\n")
    assert token() not in (folder / "report.txt").read_text() + summary.read_text()


@pytest.mark.skipif(os.name == "nt", reason="scripts for a shell")
@pytest.mark.slow
def test_the_container_file(tmp_path: Path, checkout: Path) -> None:
    """What the image's build runs installs a program that is its entry point, has its files, and checks by itself.

    Without an image, the folders of the container are folders of this machine.
    """
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    for inside, outside in {"/source": checkout, "/opt/unspill": tmp_path / "opt"}.items():
        text = text.replace(inside, str(outside))
    said = dict(re.findall(r"^(RUN|ENTRYPOINT|CMD) (.*)$", text.replace("\nRUN useradd", ""), re.MULTILINE))
    folder = tmp_path / "work"
    write(folder, {"app.py": f't = "{token()}"\n'})
    pythons = {"PATH": f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"}
    variables = environment(tmp_path, **INSTALLED) | pythons
    subprocess.run(["sh", "-ec", said["RUN"]], cwd=folder, env=variables, check=True, capture_output=True)
    command = [*json.loads(said["ENTRYPOINT"]), *json.loads(said["CMD"])]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True)
    assert (done.returncode, b"huggingface-user-token" in done.stdout) == (1, True), done.stderr
    init = [command[0], "init", "--ci", "github"]
    assert subprocess.run(init, cwd=folder, env=variables, capture_output=True).returncode == 3
    assert not (folder / ".github").exists()  # it was installed from a folder, which no job can reach
    init += ["--install", "unspill==0.1.0"]
    subprocess.run(init, cwd=folder, env=variables, check=True, capture_output=True)
    assert b'UNSPILL: "unspill==0.1.0"' in (folder / ".github/workflows/unspill.yml").read_bytes()


def test_the_image_is_built_from_what_is_packaged() -> None:
    """Nothing else of the folder, such as a `.env` or a `.venv`, is sent to the build."""
    everything, *allowed, caches = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert (everything, caches) == ("*", "**/__pycache__")
    assert {f"!{name}" for name in PACKAGED if not name.startswith(".")} == set(allowed)


@pytest.mark.skipif(os.name == "nt", reason="a script for bash")
@pytest.mark.parametrize(("base", "code"), [("", 1), ("HEAD~1", 0)], ids=["push", "pull request"])
def test_the_github_job(tmp_path: Path, path: str, base: str, code: int) -> None:
    """In a pull request only what it brings is scanned, on a push everything."""
    folder = tmp_path / "repository"
    write(folder, {"old.py": f't = "{token()}"\n'})
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "x")
    git(folder, "commit", "--allow-empty", "-m", "y")
    _, look = [step for step in parsed("ci/github.yml")["jobs"]["unspill"]["steps"] if "run" in step]
    assert run_steps([look], folder, {"github.event.pull_request.base.sha": base}, PATH=path) == code


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
    job = parsed("ci/gitlab.yml")["unspill"]
    script, report = "\n".join(job["script"][1:]), folder / job["artifacts"]["reports"]["codequality"]
    codes = []
    for extra in ({}, {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base.strip()}):
        variables = environment(tmp_path, **extra) | {"PATH": path}
        done = subprocess.run(["sh", "-ec", script], cwd=folder, env=variables, capture_output=True)
        codes.append((done.returncode, len(json.loads(report.read_text())), b"old.py:1" in done.stdout))
    assert codes == [(1, 1, True), (0, 0, False)]


def hook_repository(folder: Path) -> dict[str, Any]:
    """An entry of `repos` for the hooks of a repository, without the hooks that are wanted."""
    rev = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True).stdout
    return {"repo": str(folder), "rev": rev.strip()}


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    """A repository whose index holds a token, and whose working tree does not."""
    folder = tmp_path / "repository"
    write(folder, {"app.py": f't = "{token()}"\n'})
    git(folder, "init")
    git(folder, "add", ".")
    write(folder, {"app.py": "t = 1\n"})
    return folder


def hook(folder: Path, config: Any, **extra: str) -> subprocess.CompletedProcess[bytes]:
    """Run the real pre-commit before a commit."""
    write(folder, {".pre-commit-config.yaml": yaml.safe_dump(config)})
    git(folder, "add", ".pre-commit-config.yaml")
    variables = environment(folder.parent, PRE_COMMIT_HOME=str(folder.parent / "cache")) | extra
    command = [sys.executable, "-m", "pre_commit", "run", "--verbose"]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True)
    assert token().encode() not in done.stdout + done.stderr
    return done


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a script for a shell")
@pytest.mark.parametrize("own", [False, True], ids=["unspill-system", "init"])
def test_the_real_pre_commit(leaky: Path, path: str, own: bool) -> None:
    """A commit of a token is refused, whatever the working tree holds; with SKIP, or without one, it goes through."""
    hooks = leaky.parent / "hooks"
    write(hooks, {".pre-commit-hooks.yaml": (ROOT / ".pre-commit-hooks.yaml").read_bytes()})
    git(hooks, "init")
    git(hooks, "add", ".")
    git(hooks, "commit", "-m", "x")
    ours = {"repos": [{**hook_repository(hooks), "hooks": [{"id": "unspill-system"}]}]}
    config = parsed("ci/pre-commit.yml") if own else ours
    refused = hook(leaky, config, PATH=path)
    assert (refused.returncode, b"huggingface-user-token" in refused.stdout) == (1, True), refused.stdout
    assert hook(leaky, config, PATH=path, SKIP=config["repos"][0]["hooks"][0]["id"]).returncode == 0
    git(leaky, "add", ".")
    assert hook(leaky, config, PATH=path).returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="a script for a shell")
@pytest.mark.slow
def test_the_hook_that_pre_commit_installs(leaky: Path, checkout: Path) -> None:
    """pre-commit builds an environment of its own from a checkout, and what it installs there refuses the commit."""
    config = {"repos": [{**hook_repository(checkout), "hooks": [{"id": "unspill"}]}]}
    refused = hook(leaky, config, **INSTALLED)
    assert (refused.returncode, b"huggingface-user-token" in refused.stdout) == (1, True), refused.stdout
