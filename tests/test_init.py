"""`unspill init`: what is missing is written, what is there stays, and those whom it is for take what was written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from unspill.app import insert, installed

from tests.cli import ROOT, Ran, environment, git, unspill, write
from tests.helpers import token

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from pathlib import Path

HOOKS = ".pre-commit-config.yaml"
WORKFLOW = ".github/workflows/unspill.yml"
GITLAB = ".gitlab-ci.yml"
BASELINE = ".unspill-baseline"
GITHUB_REMOTE = ("remote", "add", "origin", "git@github.com:someone/something.git")
TEMPLATES = {name: (ROOT / "ci" / f"{name}.yml").read_bytes() for name in ("github", "gitlab", "pre-commit")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty repository."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """What the folder holds, git's own apart."""
    found = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def init(folder: Path, *arguments: str) -> Ran:
    """Set up a repository with jobs that install a version."""
    return unspill(folder, "init", "--install", "unspill==0.1.0", *arguments)


def accepted(folder: Path) -> None:
    """Fail unless all that reads the files takes them."""
    python = [sys.executable, "-m"]
    commands = {
        HOOKS: [*python, "pre_commit", "validate-config", HOOKS],
        WORKFLOW: [*python, "check_jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW],
        GITLAB: [*python, "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", GITLAB],
    }
    for command in [command for name, command in commands.items() if (folder / name).exists()]:
        done = subprocess.run(command, cwd=folder, capture_output=True, env=environment(folder.parent / "home"))
        assert done.returncode == 0, done.stdout + done.stderr
    assert unspill(folder, "check").code == 0


def test_a_new_repository(folder: Path) -> None:
    """One on GitHub gets settings, a hook and a workflow, each said in a line, and all of them are accepted."""
    git(folder, *GITHUB_REMOTE)
    ran = init(folder)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[:4] == ["unspill.toml: new", f"{HOOKS}: new", f"{WORKFLOW}: new", ""]
    assert set(files(folder)) == {"unspill.toml", HOOKS, WORKFLOW}
    accepted(folder)


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_a_job_installs_what_it_can_reach(folder: Path, forge: str) -> None:
    """A folder is nothing that a job can reach: the run says how to name a source, and the job pins that."""
    ran = unspill(folder, "init", "--ci", forge)
    assert ran.code == 3
    assert ": not added: unspill was installed from a folder or file of this machine" in ran.out
    assert '    unspill init --install "unspill @ git+https://' in ran.out
    assert set(files(folder)) == {"unspill.toml", HOOKS}
    source = f"unspill @ git+https://example.org/{forge}@{'0' * 40}"
    assert unspill(folder, "init", "--ci", forge, "--install", source).code == 0
    job = files(folder)[WORKFLOW if forge == "github" else GITLAB]
    assert f'UNSPILL: "{source}"\n'.encode() in job
    assert not re.search(rb"uses: \S+@(?![0-9a-f]{40} # v)", job)
    accepted(folder)


@pytest.mark.parametrize(
    "source",
    ["", "unspill==$X", "unspill @ https://x/${{ secrets.A }}", "unspill\n- run: x", " --pre", "-rx", "a\udcff"],
)
def test_a_source_that_no_job_can_have_is_refused(folder: Path, source: str) -> None:
    """A requirement is a value of the job, never a part of its script."""
    ran = unspill(folder, "init", "--ci", "github", "--install", source)
    assert (ran.code, files(folder)) == (2, {})
    assert "--install" in ran.err


@pytest.mark.parametrize("user", ["me:correct-horse", token(3), f"me:{token(3)}", ""])
@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_no_job_gets_the_credentials_of_a_source(folder: Path, forge: str, user: str) -> None:
    """A source with a password or a token is refused, without showing it; the job would have it hardcoded."""
    source = f"unspill @ git+https://{user}@h/r@ab12" if user else f"unspill @ https://h/u.whl?key={token(3)}"
    ran = unspill(folder, "init", "--ci", forge, "--install", source)
    assert (ran.code, files(folder)) == (2, {})
    assert ran.err == "unspill: --install: has credentials, which would be in the repository; name a source without\n"


@pytest.mark.parametrize(
    ("origin", "requirement"),
    [
        ({"url": "https://h/r", "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": "ab12"}},
         "unspill @ git+https://h/r@ab12"),
        ({"url": "ssh://git@h/r", "subdirectory": "a", "vcs_info": {"vcs": "git", "commit_id": "ab12"}},
         "unspill @ git+ssh://git@h/r@ab12#subdirectory=a"),
        ({"url": "https://h/u.whl", "archive_info": {"hashes": {"sha256": "ab"}}}, "unspill @ https://h/u.whl#sha256=ab"),
        ({"url": "https://h/u.whl", "archive_info": {}}, "unspill @ https://h/u.whl"),
        ({"url": "file:///w/u.whl", "archive_info": {}}, None),
        ({"url": "file:///w", "dir_info": {"editable": True}}, None),
        ({"url": "https://${USER}:${KEY}@h/r", "vcs_info": {"vcs": "git", "commit_id": "ab12"}}, None),
        ({"url": "https://me:word@h/r", "vcs_info": {"vcs": "git", "commit_id": "ab12"}}, None),
    ],
)  # fmt: skip
def test_where_unspill_was_installed_from(origin: dict[str, Any], requirement: str | None) -> None:
    """A commit or a file of a server can be installed again, pinned; a folder, or what needs credentials, cannot."""
    assert installed.of_origin(origin) == requirement


def test_a_second_run_changes_nothing(folder: Path) -> None:
    """What the first run wrote is there already, from wherever in the repository one looks, and the run says so."""
    git(folder, *GITHUB_REMOTE)
    write(folder, {"app.py": f't = "{token()}"\n'})
    init(folder, "--baseline")
    before = files(folder)
    (folder / "sub").mkdir()
    for place, arguments in ((folder, ["--baseline"]), (folder / "sub", []), (folder, ["--diff"])):
        ran = init(place, *arguments)
        assert ran.code == 0
        assert ran.out.count(": already ") == 4
        assert "Nothing to change.\n" in ran.out
        assert files(folder) == before


def test_a_diff_writes_nothing(folder: Path) -> None:
    """`--diff` shows each file that would change, writes none, exits with 1, and hides values in what is near."""
    git(folder, *GITHUB_REMOTE)
    write(folder, {HOOKS: f"repos:\n- repo: https://{token()}@example.org/x\n  rev: v1\n  hooks: [{{id: x}}]\n"})
    before = files(folder)
    ran = init(folder, "--diff", "--baseline")
    assert ran.code == 1
    assert files(folder) == before
    assert [line for line in ran.out.splitlines() if line.startswith("+++")] == [
        "+++ b/unspill.toml", f"+++ b/{HOOKS}", f"+++ b/{WORKFLOW}",
    ]  # fmt: skip
    assert "3 files would change; nothing was written." in ran.out
    assert token()[3:] not in ran.out + ran.err


def test_files_that_are_there_keep_every_byte(folder: Path) -> None:
    """Hooks, jobs and settings of others, with their comments, stay as they are around what is added."""
    ours = {
        "pyproject.toml": b"[project]\nname = 'x' # a name\nversion = '1'\n\n[tool.ruff]\nline-length = 99",
        HOOKS: b"# Ours\nrepos:\n  - repo: meta # x\n    hooks:\n    -   id: identity\n\n# A bot\nci:\n  skip: [a]\n",
        GITLAB: b"stages: [build] # one\n\nbuild:\n  stage: build\n  script: [make]\n# end\n",
    }
    write(folder, dict(ours))
    ran = init(folder)
    assert ran.out.splitlines()[:3] == [
        "pyproject.toml: settings added", f"{HOOKS}: hook added", f"{GITLAB}: job added",
    ]  # fmt: skip
    now = files(folder)
    assert set(now) == set(ours)
    head, tail = ours[HOOKS].split(b"identity\n")
    assert now[HOOKS].startswith(head + b"identity\n  - repo: local\n")
    assert now[HOOKS].endswith(b"[pre-commit]\n" + tail)
    assert now[GITLAB].startswith(ours[GITLAB])
    assert yaml.safe_load(now[GITLAB])["unspill"]["stage"] == ".pre"
    assert now["pyproject.toml"].startswith(ours["pyproject.toml"] + b"\n\n[tool.unspill]\n")
    accepted(folder)


@pytest.mark.parametrize(
    "ours",
    [
        b"repos: [{repo: meta, hooks: [{id: identity}]}]\n",
        b"{repos: []}\n",
        b"repos: *a\n",
        b"repos:\n- repo: [\n",
        b"ci: {skip: []}\n",
    ],
)
def test_what_cannot_be_added_to_is_left_alone(folder: Path, ours: bytes) -> None:
    """A file that is written in another way is not touched; the rest is done, and 3 says that something is left."""
    write(folder, {HOOKS: ours})
    ran = init(folder)
    assert ran.code == 3
    assert "unspill.toml: new\n" in ran.out
    assert f"{HOOKS}: not changed" in ran.out
    assert "    repos:\n      - repo: local\n" in ran.out
    assert files(folder)[HOOKS] == ours


def test_a_link_is_left_alone(folder: Path) -> None:
    """A file that is a link elsewhere is neither followed nor replaced."""
    write(folder.parent, {"elsewhere.yaml": "repos: []\n"})
    (folder / HOOKS).symlink_to(folder.parent / "elsewhere.yaml")
    ran = init(folder)
    assert f"{HOOKS}: not overwritten: {HOOKS} exists\n" in ran.out
    assert (folder.parent / "elsewhere.yaml").read_text() == "repos: []\n"
    assert (folder / HOOKS).is_symlink()


@pytest.mark.parametrize(
    ("remote", "there", "arguments", "written"),
    [
        ("https://x:y@github.com/a/b", {}, [], {WORKFLOW}),
        ("ssh://git@gitlab.example.org:22/a/b.git", {}, [], {GITLAB}),
        ("https://huggingface.co/spaces/a/b", {"README.md": "---\nsdk: gradio\n---\n"}, [], set()),
        ("", {".github/workflows/test.yml": "on: push\n"}, [], {WORKFLOW}),
        ("", {".github/workflows/test.yml": "run: unspill check\n"}, [], set()),
        ("https://example.org/github.com", {}, [], set()),
        ("https://github.com/a/b", {}, ["--ci", "none"], set()),
        ("https://github.com/a/b", {}, ["--ci", "gitlab"], {GITLAB}),
    ],
)
def test_whose_pipeline_gets_a_job(
    folder: Path, remote: str, there: dict[str, str | bytes], arguments: list[str], written: set[str]
) -> None:
    """It goes by the host of a remote and the files that are there, unless `--ci` says it."""
    if remote:
        git(folder, "remote", "add", "origin", remote)
    write(folder, there)
    assert init(folder, *arguments).code == 0
    assert set(files(folder)) - {HOOKS, "unspill.toml", *there} == written


def test_a_submodule_is_no_remote(folder: Path) -> None:
    """The host that a part of the repository comes from says nothing of where its pipelines run."""
    git(folder, "config", "submodule.part.url", "https://github.com/a/b")
    assert "pipeline: skipped" in init(folder).out


def test_outside_git(tmp_path: Path) -> None:
    """A folder that is no repository gets settings, and the run says why it gets no more."""
    folder = tmp_path / "plain"
    folder.mkdir()
    ran = init(folder)
    assert ran.code == 0
    assert set(files(folder)) == {"unspill.toml"}
    assert "pre-commit: skipped: not a git repository\n" in ran.out
    assert "Nothing to change" in init(folder).out


def test_findings_are_counted_or_noted(folder: Path) -> None:
    """What is found is said and left; with `--baseline` it is noted, and what comes later is new."""
    write(folder, {"app.py": f't = "{token()}"\n'})
    plain = init(folder)
    assert "1 finding: `unspill fix` fixes" in plain.out
    assert not (folder / BASELINE).exists()
    noted = init(folder, "--baseline")
    assert f"{BASELINE}: new, 1 finding\n" in noted.out
    accepted(folder)
    write(folder, {"new.py": f't = "{token(1)}"\n'})
    later = init(folder, "--baseline")
    assert "1 finding not in the baseline" in later.out
    assert unspill(folder, "check").code == 1
    assert not any(token(seed)[3:] in ran.out + ran.err for ran in (plain, noted, later) for seed in (0, 1))
    assert [name for name, data in files(folder).items() if token()[3:].encode() in data] == ["app.py"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "excluded"),
    [("docs/", ["docs/"]), ("docs/\n!docs/a.py", []), ("**", []), ('a"\\b', ['a"\\b'])],
)
def test_what_other_scanners_leave_out(folder: Path, pattern: str, excluded: list[str]) -> None:
    """Their patterns become settings, unless that would leave out more; what they silence is named for import."""
    write(folder, {".secretlintignore": pattern, ".gitleaksignore": "app.py:hf:1\n", "app.py": f't = "{token()}"\n'})
    ran = init(folder)
    assert "`unspill baseline --import .gitleaksignore` adds" in ran.out
    assert tomllib.loads((folder / "unspill.toml").read_text()) == {"exclude": excluded}
    assert unspill(folder, "baseline", "--import", ".gitleaksignore").code == 0
    accepted(folder)
    assert "--import" not in init(folder).out


def test_a_project_file_that_is_broken_is_left_alone(folder: Path) -> None:
    """Settings are not added to what is no TOML, which would be noticed from then on."""
    broken = b"[tool.x]\ny = \n"
    write(folder, {"pyproject.toml": broken})
    assert init(folder).code == 0
    assert files(folder)["pyproject.toml"] == broken
    assert "unspill.toml" in files(folder)
    accepted(folder)


def test_a_name_with_a_token_is_masked(folder: Path) -> None:
    """What is said of a file shows no value in its name, and nothing that drives a terminal."""
    write(folder, {f".github/workflows/{token()}\x1b.yml": "run: unspill check\n"})
    ran = init(folder)
    assert token()[3:] not in ran.out + ran.err
    assert "\x1b" not in ran.out
    assert "\\x1b.yml: already configured" in ran.out


def test_an_error_leaves_everything_as_it_was(folder: Path) -> None:
    """If one file cannot be written none is, and the message names it; a broken configuration is said before."""
    git(folder, *GITHUB_REMOTE)
    write(folder, {".github": "no folder\n"})
    ran = init(folder)
    assert (ran.code, ran.out) == (2, "")
    assert f"{WORKFLOW}: cannot be read: Not a directory; nothing was changed" in ran.err
    assert set(files(folder)) == {".github"}
    write(folder, {"unspill.toml": "exclude = 3\n"})
    ran = init(folder)
    assert (ran.code, ran.out) == (2, "")
    assert "unspill.toml: exclude" in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only(folder: Path) -> None:
    """The run ends with 2, and says which file cannot be written."""
    folder.chmod(0o555)
    ran = init(folder)
    folder.chmod(0o755)
    assert (ran.code, ran.out) == (2, "")
    assert "unspill.toml: cannot be written: Permission denied" in ran.err


def test_a_path_that_is_no_folder(folder: Path) -> None:
    """A path that is a file, or nothing, is refused."""
    write(folder, {"file": ""})
    assert [init(folder, name).code for name in ("file", "nothing")] == [2, 2]
    assert set(files(folder)) == {"file"}


NAMES = st.sampled_from(["a", "b-c", "'d'", '"e f"'])
VALUES = st.sampled_from(
    ["1", "[x, y]", "{k: v}", "|\n          text\n\n          more", ">-\n          a\n          b", "'it''s'"]
)
ENDS = st.sampled_from(["", " # why", "\n# a comment of its own", "\n\n"])


@st.composite
def configurations(draw: Any) -> bytes:
    """A `.pre-commit-config.yaml` as people lay it out."""
    column = draw(st.sampled_from(["", "  ", "    "]))
    entries = draw(st.lists(st.tuples(NAMES, VALUES, ENDS), max_size=3))
    lines = [f"{column}- repo: {name}{end}\n{column}  args: {value}{end}\n" for name, value, end in entries]
    text: str = (
        draw(st.sampled_from(["", "# top\n", "---\n"])) + "repos:" + ("\n" + "".join(lines) if lines else " []\n")
    )
    text += draw(st.sampled_from(["", "ci:\n  skip: []\n", "# bottom\n", "fail_fast: true"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))).encode()


@given(configurations())
def test_a_hook_is_one_entry_more(data: bytes) -> None:
    """Whatever the layout, the entries that were there stay, the new one is the last, and nothing else changes."""
    after = insert.repository(data, TEMPLATES["pre-commit"])
    assert after is not None
    old, new = yaml.safe_load(data), yaml.safe_load(after)
    assert new.pop("repos") == [*old.pop("repos"), *yaml.safe_load(TEMPLATES["pre-commit"])["repos"]]
    assert new == old
    rest = iter(after)
    assert all(byte in rest for byte in data.replace(b" []", b""))
    assert (b"\n" in data.replace(b"\r\n", b"")) == (b"\n" in after.replace(b"\r\n", b""))
