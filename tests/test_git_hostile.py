"""A repository's own config never makes anything run, whatever it names."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli import environment, git, unspill, write
from tests.test_git_staged import commit, leak, repository

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="repositories are made with git")

PROGRAMS = """core.fsmonitor core.pager core.editor core.askPass core.sshCommand core.gitProxy core.alternateRefsCommand
    diff.external diff.x.textconv diff.x.command filter.x.clean filter.x.smudge filter.x.process merge.x.driver
    gpg.program gpg.ssh.program credential.helper sequence.editor uploadpack.packObjectsHook alias.status""".split()
HOOKS = "pre-commit post-index-change post-checkout pre-auto-gc reference-transaction fsmonitor-watchman".split()
RUNS: tuple[list[str], ...] = (
    ["--staged"],
    ["--since", "HEAD~1"],
    ["--history"],
    ["--history", "--since", "HEAD~1"],
    [],
)


def trap(root: Path) -> Path:
    """Make everything in the repository's config name a program; returns the mark that the program leaves."""
    mark, script = root.parent / "mark", root.parent / "script"
    script.write_text(f"#!/bin/sh\necho ran >> '{mark}'\ncat\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    config = "[log]\n showSignature = true\n[include]\n path = ../more\n"
    for key in PROGRAMS:
        section, _, name = key.rpartition(".")
        first, _, rest = section.partition(".")
        config += f"[{first}{f' {chr(34)}{rest}{chr(34)}' if rest else ''}]\n {name} = {script}\n"
    config += f"[core]\n hooksPath = {root.parent / 'hooks'}\n"
    config += '[remote "origin"]\n url = ext::/bin/sh -c "exit 1"\n promisor = true\n'
    with (root / ".git/config").open("a") as file:
        file.write(config)
    for folder in (root / ".git/hooks", root.parent / "hooks"):
        folder.mkdir(exist_ok=True)
        for hook in HOOKS:
            shutil.copy(script, folder / hook)
    write(root / ".git", {"info/attributes": "* diff=x filter=x merge=x\n"})
    return mark


def hostile(tmp_path: Path) -> tuple[Path, Path]:
    """A repository with a history and something staged, and the mark of its traps."""
    root = repository(tmp_path / "r", {"a.py": leak(1), ".gitattributes": "* diff=x filter=x merge=x\n"})
    commit(root, {"a.py": leak(2)})
    write(root, {"b.py": leak(3)})
    git(root, "add", ".")
    mark = trap(root)
    mark.unlink(missing_ok=True)
    return root, mark


def test_the_trap_works(tmp_path: Path) -> None:
    """The config runs its program for anybody who asks git itself: the tests below test something."""
    root, mark = hostile(tmp_path)
    subprocess.run(["git", "-C", str(root), "status"], capture_output=True)
    assert mark.exists()


@pytest.mark.parametrize("flags", RUNS, ids=" ".join)
@pytest.mark.parametrize("path", [None, ""], ids=["with git", "without git"])
def test_nothing_runs(tmp_path: Path, flags: list[str], path: str | None) -> None:
    """No check runs anything that the repository names, with and without a `git` command, and all find something."""
    root, mark = hostile(tmp_path)
    ran = unspill(root, "check", *flags, "--format", "json", stdin=b"", **({} if path is None else {"PATH": path}))
    assert not mark.exists()
    assert ran.code == 1
    assert ran.report["findings"]


def test_a_worktree_set_elsewhere(tmp_path: Path) -> None:
    """A config that puts the work tree elsewhere leads nobody there."""
    root = repository(tmp_path / "r", {"a.py": leak(1)})
    write(tmp_path / "elsewhere", {"unspill.toml": 'exclude = ["*.py"]\n', "c.py": leak(2)})
    git(root, "config", "core.worktree", str(tmp_path / "elsewhere"))
    ran = unspill(root, "check", "--history", "--format", "json")
    assert [row["path"] for row in ran.report["findings"]] == ["a.py"]


def test_a_git_file_that_points_to_another_repository(tmp_path: Path) -> None:
    """A file `.git` may name a git folder anywhere: its history is read, and no file around it."""
    other = repository(tmp_path / "other", {"a.py": leak(1)})
    write(other, {"untracked.py": leak(2)})
    write(tmp_path / "r", {".git": f"gitdir: {other / '.git'}\n"})
    ran = unspill(tmp_path / "r", "check", "--history", "--format", "json")
    assert [row["path"] for row in ran.report["findings"]] == ["a.py"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "content", ["gitdir: /" + "x" * 100_000, "gitdir: a\0b", "gitdir: ", "gitdir: nowhere", "x", ""]
)
def test_a_git_file_that_leads_nowhere(tmp_path: Path, content: str) -> None:
    """The files are scanned in place of what is staged, and the report says why in a line: they may differ."""
    write(tmp_path / "r", {".git": content, "a.py": leak(1)})
    for flags in (["--staged"], ["--history"]):
        ran = unspill(tmp_path / "r", "check", *flags, "--format", "json")
        assert (ran.code, ran.err) == (1, "")
        reasons = [one["reason"] for one in ran.report["summary"]["skipped"] if one["path"] == ".git"]
        assert reasons[0].startswith("repository cannot be read (")
        assert len(reasons[0]) < 300
    (tmp_path / "r/a.py").write_text("x = 1\n")
    assert unspill(tmp_path / "r", "check", "--staged").code == 3
    assert unspill(tmp_path / "r", "check").code == 0


@pytest.mark.parametrize("index", ["broken", ".", "x" * 9000])
def test_an_index_that_cannot_be_read(tmp_path: Path, index: str) -> None:
    """Whatever GIT_INDEX_FILE names, nothing but the report is written, and no traceback of a library's."""
    root = repository(tmp_path / "r", {"a.py": "x = 1\n"})
    write(root, {"broken": "no index" * 9})
    ran = unspill(root, "check", "--staged", GIT_INDEX_FILE=index)
    assert (ran.code, ran.err) == (3 if index == "broken" else ran.code, "")
    assert ran.code in (0, 3)


@pytest.mark.slow
@pytest.mark.parametrize("flags", [*RUNS[:4], ["--history", "--since", "old..new"]], ids=" ".join)
@pytest.mark.parametrize("head", [b"ref: \nrefs/heads/main\n", b"ref:\xd7refs/heads/main\n", b"ref: a b\n", b"", b"\0"])
def test_a_head_that_cannot_be_read(tmp_path: Path, head: bytes, flags: list[str]) -> None:
    """Whatever HEAD holds, what libgit2 refuses is said in one line, and what can be scanned is."""
    root = repository(tmp_path / "r", {"a.py": leak(1)})
    git(root, "branch", "old")
    commit(root, {"a.py": leak(2)})
    git(root, "branch", "new")
    (root / ".git/HEAD").write_bytes(head)
    ran = unspill(root, "check", *flags)
    assert ran.code in ((1, 2, 3) if "HEAD~1" in flags else (1, 3)), ran.err
    assert len(ran.err.splitlines()) == (ran.code == 2)


def test_nothing_is_staged_in_a_bare_repository(tmp_path: Path) -> None:
    """It has no index, so that nothing was looked at, and the report says so."""
    git(tmp_path, "init", "-q", "--bare", "r")
    ran = unspill(tmp_path / "r", "check", "--staged")
    assert (ran.code, ran.err) == (3, "")
    assert "a bare repository, in which nothing can be staged" in ran.out


def test_another_owner(tmp_path: Path) -> None:
    """A repository of another user is not read; its files are, and the report says so."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can give files away")
    root = repository(tmp_path / "r", {"a.py": leak(1)})
    for path in (root, root / ".git"):
        os.chown(path, 12345, 12345)
    ran = unspill(root, "check", "--history", "--format", "json")
    assert ran.report["summary"]["skipped"][0]["reason"].startswith("repository cannot be read (owned by another user)")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
@pytest.mark.parametrize("flags", RUNS[:4], ids=" ".join)
def test_a_repository_that_crashes_what_reads_it(tmp_path: Path, flags: list[str]) -> None:
    """The run goes on with the files as they are, and the report says what happened."""
    root = repository(tmp_path / "r", {"a.py": leak(1)})
    commit(root, {"a.py": leak(2)})
    code = (
        "import os, signal, sys\n"
        "from unspill.cli import main\n"
        "from unspill.project import repository\n"
        "def crash(*_): os.kill(os.getpid(), signal.SIGSEGV)\n"
        "repository.Repository.staged = repository.Repository.since = repository.Repository._header = crash\n"
        "repository.Repository.content = crash\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "check", *flags, "--format", "json"],
        cwd=root,
        env=environment(tmp_path / "nobody"),
        capture_output=True,
        text=True,
        timeout=120,
    )
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert [row["path"] for row in report["findings"]] == ["a.py"]
    (skipped,) = report["summary"]["skipped"]
    assert skipped["path"] == ".git"
    assert skipped["reason"].startswith("repository cannot be read (libgit2 crashed: signal 11)")
