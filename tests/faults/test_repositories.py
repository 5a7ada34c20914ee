"""Repositories that want something to run, lead elsewhere or belong to somebody else, and code that wants to be run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli import environment, git, unspill, write
from tests.faults.common import Started, check, found, held, leak, linux, posix, process, root, skipped
from tests.helpers import token
from tests.test_git_hostile import hostile
from tests.test_git_staged import repository

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="repositories are made with git")

SCRIPT = Path(sys.executable).with_name("unspill")


@posix
def test_a_file_system_monitor_never_runs(tmp_path: Path) -> None:
    """A program that the config names to watch the files runs neither for a check of any kind, nor in an editor."""
    folder = repository(tmp_path / "r", {"a.py": leak(1)})
    script, mark = tmp_path / "watch", tmp_path / "mark"
    script.write_text(f"#!/bin/sh\necho ran >> '{mark}'\n")
    script.chmod(0o755)
    git(folder, "config", "core.fsmonitor", str(script))
    write(folder, {"b.py": leak(2)})
    git(folder, "add", "b.py")
    assert mark.exists()
    mark.unlink()
    for flags, paths in (([], ["a.py", "b.py"]), (["--staged"], ["b.py"]), (["--history"], ["a.py"])):
        ran = check(folder, *flags, values=[token(1), token(2)])
        assert (ran.code, found(ran)) == (1, paths)
    uri = (folder / "b.py").as_uri()
    with Started(folder, values=[token(2)]) as editor:
        editor.open(uri, leak(2))
        editor.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        assert len(editor.diagnostics(uri)) == 1
    assert not mark.exists()


@posix
def test_no_program_that_a_repository_names_runs(tmp_path: Path) -> None:
    """Filters, external diffs, pagers, hooks and the checker of a signed commit stay text, whatever is asked for."""
    folder, mark = hostile(tmp_path)
    sign_head(folder)
    mark.unlink(missing_ok=True)
    values = [token(seed) for seed in (1, 2, 3)]
    for command in (
        ["check"], ["check", "--staged"], ["check", "--since", "HEAD~1"], ["check", "--history"], ["secrets"],
        ["baseline", "-o", "known"], ["init", "--diff"], ["fix", "--diff"], ["fix"],
    ):  # fmt: skip
        ran = held(unspill(folder, *command), *values)
        assert ran.code in (0, 1), ran
    assert not mark.exists()


def sign_head(folder: Path) -> None:
    """Put a signature on the last commit, which `log.showSignature` has git check with a program."""

    def plumbing(*arguments: str, stdin: bytes = b"") -> bytes:
        env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        done = subprocess.run(["git", *arguments], cwd=folder, env=env, input=stdin, check=True, capture_output=True)
        return done.stdout

    head, _, message = plumbing("cat-file", "commit", "HEAD").partition(b"\n\n")
    signature = b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----\n\n"
    made = plumbing("hash-object", "-t", "commit", "-w", "--stdin", stdin=head + signature + message)
    plumbing("update-ref", "refs/heads/signed", made.decode().strip())
    plumbing("symbolic-ref", "HEAD", "refs/heads/signed")


def a_worktree(tmp_path: Path, folder: Path) -> Path:
    """A second work tree of a repository."""
    git(folder, "worktree", "add", "-q", str(tmp_path / "second"))
    return tmp_path / "second"


def a_submodule(tmp_path: Path, folder: Path) -> Path:
    """A repository whose git folder is inside that of the one around it."""
    outer = repository(tmp_path / "outer", {"x.py": "x = 1\n"})
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(folder), "inner")
    return outer / "inner"


def a_bare_one(tmp_path: Path, folder: Path) -> Path:
    """A repository without a work tree."""
    git(folder, "clone", "-q", "--bare", str(folder), str(tmp_path / "bare"))
    return tmp_path / "bare"


def a_file_to_elsewhere(tmp_path: Path, folder: Path) -> Path:
    """A file `.git` that names the git folder of another repository, whose own files are none of this one's."""
    write(folder, {"untracked.py": leak(2)})
    write(tmp_path / "r2", {".git": f"gitdir: {folder / '.git'}\n"})
    return tmp_path / "r2"


@pytest.mark.slow
@pytest.mark.parametrize("make", [a_worktree, a_submodule, a_bare_one, a_file_to_elsewhere])
@pytest.mark.parametrize("path", [None, ""], ids=["with git", "without git"])
def test_a_git_folder_that_is_elsewhere(tmp_path: Path, make: object, path: str | None) -> None:
    """Wherever a repository keeps its git folder, its history is read, and no file outside of it."""
    assert callable(make)
    folder = make(tmp_path, repository(tmp_path / "r", {"a.py": leak(1)}))
    extra = {} if path is None else {"PATH": path}
    ran = check(folder, "--history", values=[token(1), token(2)], **extra)
    assert (ran.code, found(ran)) == (1, ["a.py"])
    assert check(folder, "--staged", **extra).code in (0, 3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    ["gitdir: nowhere", "gitdir: /", "gitdir: ../../../../etc", "gitdir: /" + "x" * 100_000, "gitdir: a\0b", "\xff"],
    ids=["nowhere", "the root", "upwards", "a long path", "a zero byte", "not UTF-8"],
)  # fmt: skip
def test_a_git_file_that_leads_to_no_repository(tmp_path: Path, content: str) -> None:
    """The files are scanned instead, nothing outside is, and the report says why."""
    write(tmp_path, {"r/.git": content.encode("latin-1"), "r/a.py": leak(1), "outside.py": leak(2)})
    for flag in ("--staged", "--history"):
        ran = check(tmp_path / "r", flag, values=[token(1), token(2)])
        assert (ran.code, found(ran)) == (1, ["a.py"])
        assert "repository cannot be read" in skipped(ran)[".git"]
    write(tmp_path / "r", {"a.py": "x = 1\n"})
    assert check(tmp_path / "r", "--history").code == 3
    assert check(tmp_path / "r").code == 0


@root
@pytest.mark.parametrize("flags", [["--staged"], ["--since", "HEAD"], ["--history"]], ids=lambda flags: flags[0])
def test_a_repository_of_another_user(tmp_path: Path, flags: list[str]) -> None:
    """It is not read, since its owner could have prepared it; the files are scanned instead, and the report says so."""
    folder = repository(tmp_path / "r", {"a.py": leak(1)})
    for path in (folder, folder / ".git"):
        os.chown(path, 12345, 12345)
    ran = check(folder, *flags, values=[token(1)])
    assert (ran.code, found(ran)) == (1, ["a.py"])
    assert "owned by another user" in skipped(ran)[".git"]
    write(folder, {"a.py": "x = 1\n"})
    # A commit is not kept back for that: what is staged is on disk as a rule.
    assert check(folder, *flags).code == (0 if flags == ["--staged"] else 3)


def test_a_plugin_in_an_ignore_file_is_not_loaded(tmp_path: Path) -> None:
    """Of another scanner's file the findings are taken over; the Python files that it names as plugins are not run."""
    import hashlib

    secret = hashlib.sha1(token(1).encode(), usedforsecurity=False).hexdigest()
    plugin = f"file://{tmp_path}/r/plugin.py"
    content = {
        "version": "1.5.0",
        "plugins_used": [{"name": "Evil", "path": plugin}],
        "filters_used": [{"path": f"{plugin}::evil"}],
        "results": {"a.py": [{"type": "Evil", "filename": "a.py", "hashed_secret": secret, "line_number": 1}]},
    }
    folder = tmp_path / "r"
    write(
        folder,
        {
            "a.py": leak(1),
            "plugin.py": f"open({str(tmp_path / 'mark')!r}, 'w')\n",
            ".secrets.baseline": json.dumps(content),
        },
    )
    ran = held(unspill(folder, "baseline", "--import", ".secrets.baseline"), token(1), secret)
    assert ran.code == 0
    assert check(folder, values=[token(1)]).report["summary"]["suppressed"]["baseline"] == 1
    assert not (tmp_path / "mark").exists()


def planted() -> Iterator[str]:
    """Files that some tool or Python itself would run if it were started in their folder."""
    yield from (".secretlintrc.js", "conftest.py", "sitecustomize.py", "usercustomize.py", "setup.py", "noxfile.py")
    for name in ("json", "re", "os", "regex", "hyperscan", "pygit2", "pygls", "tree_sitter", "pathspec", "typing"):
        yield from (f"{name}.py", f"{name}/__init__.py")
    yield from ("unspill/__init__.py", "unspill/__main__.py", "unspill/cli.py", ".venv/bin/unspill", "unspill.pth")


@linux
@pytest.mark.skipif(not SCRIPT.exists(), reason="the script is installed beside Python")
def test_nothing_of_the_workspace_is_imported(tmp_path: Path) -> None:
    """Modules, plugins and entry points in the folder stay files: for the script, its workers and the server."""
    folder, mark = tmp_path / "r", tmp_path / "mark"
    code = f"open({str(mark)!r}, 'a').write(__file__)\n"
    entry = '[project]\nname = "x"\n[project.entry-points.unspill]\nx = "conftest"\n'
    write(folder, {**dict.fromkeys(planted(), code), "pyproject.toml": entry, "zz.py": leak(1)})
    write(folder, {f"large/{number}.py": "x = 1\n" * 700_000 for number in range(5)})  # enough for worker processes
    git(folder, "init", "-q")
    env = {name: value for name, value in environment(tmp_path / "nobody").items() if name != "PYTHONPATH"}
    for flags in (["-j2"], ["--staged"]):
        ran = held(process(folder, str(SCRIPT), "check", *flags, env=env), token(1))
        assert ran.code == (1 if flags == ["-j2"] else 0)
    with Started(folder, command=(str(SCRIPT), "server"), env=env, values=[token(1)]) as editor:
        uri = (folder / "zz.py").as_uri()
        editor.open(uri, leak(1))
        assert len(editor.diagnostics(uri)) == 1
    assert not mark.exists()
