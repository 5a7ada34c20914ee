"""How a fix is undone: what it says brings the files back, and costs the user nothing else."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli import git, unspill, write
from tests.faults.common import posix
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "To undo the edits (.env keeps the values):"
MANUALLY = "Undo manually, since `git restore` would lose other changes: "
ODD = ["a b.py", "-x.py", "a*.py", "[ab].py", ":(top)c.py", "it's.py", "é.py", "d/e.py"]


def source(seed: int) -> str:
    """A file that a fix changes."""
    return f'import os\n\nTOKEN = "{token(seed)}"\n'


def files(folder: Path) -> dict[str, bytes]:
    """What is in a folder, apart from git's own."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def commands(out: str) -> list[str]:
    """The lines that a fix says to run."""
    if HEAD not in out:
        return []
    after = out.split(f"{HEAD}\n")[1].splitlines()
    return [line.strip() for line in after if line.startswith("  ")]


def run(folder: Path, lines: list[str]) -> None:
    """Type the lines."""
    for line in lines:
        env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(line, shell=True, cwd=folder, env=env, check=True, capture_output=True)


def committed(folder: Path, content: dict[str, str | bytes]) -> None:
    """A repository whose one commit holds these files."""
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q")
    write(folder, content)
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-qm", "x")


@posix
@pytest.mark.parametrize("working", ["", "d"])
def test_the_command_brings_every_file_back(tmp_path: Path, working: str) -> None:
    """Whatever the names are like and wherever it is typed, the files are as before, and `.env` has all values."""
    root = tmp_path / "r"
    committed(root, {name: source(at) for at, name in enumerate(ODD)})
    before = files(root)
    ran = unspill(root / working, "fix", os.fspath(root))
    assert ran.code == 0
    assert MANUALLY not in ran.out
    run(root / working, commands(ran.out))
    after = files(root)
    assert {name: after[name] for name in before} == before
    assert all(token(at) in (root / ".env").read_text() for at in range(len(ODD)))


@posix
def test_only_what_was_clean_in_the_index_is_named(tmp_path: Path) -> None:
    """Edits that are not staged are never lost: their files are to be undone manually. New files are not named."""
    root = tmp_path / "r"
    committed(
        root, {f"{name}.py": source(at) for at, name in enumerate(["clean", "edited", "staged", "twice", "ends"])}
    )
    write(root, {"new.py": source(5), "meant.py": source(6)})
    git(root, "add", "-N", "meant.py")
    for name in ("edited", "staged", "twice"):
        (root / f"{name}.py").write_text((root / f"{name}.py").read_text() + "mine = 1\n")
    git(root, "add", "staged.py", "twice.py")
    (root / "twice.py").write_text((root / "twice.py").read_text() + "mine = 2\n")
    (root / "ends.py").write_bytes((root / "ends.py").read_bytes().replace(b"\n", b"\r\n"))
    before = files(root)
    ran = unspill(root, "fix")
    assert commands(ran.out) == ["git restore clean.py staged.py"]
    assert ran.out.endswith(f"{MANUALLY}edited.py, ends.py, meant.py, twice.py\n")
    fixed = files(root)
    run(root, commands(ran.out))
    after = files(root)
    assert {name for name in fixed if after[name] != fixed[name]} == {"clean.py", "staged.py"}
    assert all(after[name] == before[name] for name in ("clean.py", "staged.py"))


@posix
def test_a_conflict_is_not_restored(tmp_path: Path) -> None:
    """Git restores no file that a merge left with several versions."""
    root = tmp_path / "r"
    committed(root, {"app.py": source(1)})
    git(root, "checkout", "-qb", "other")
    write(root, {"app.py": source(2)})
    git(root, "commit", "-qam", "other")
    git(root, "checkout", "-q", "-")
    write(root, {"app.py": source(3)})
    git(root, "commit", "-qam", "own")
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "merge", "-q", "other")
    assert commands(unspill(root, "fix").out) == []


@posix
def test_what_keeps_values_or_hides_them_is_not_named(tmp_path: Path) -> None:
    """`.env`, though git tracks it, `.env.example` and the ignore files stay as the fix left them."""
    root = tmp_path / "r"
    committed(root, {".env": "A=1\n", ".env.example": "A=\n", ".gitignore": "x\n", "app.py": source(1)})
    ran = unspill(root, "fix", "--unsafe")
    assert token(1) in (root / ".env").read_text()
    assert commands(ran.out) == ["git restore app.py"]


@posix
def test_each_repository_has_its_own_command(tmp_path: Path) -> None:
    """A file in another repository than the working folder's is restored there."""
    root = tmp_path / "r"
    root.mkdir()
    committed(root / "inner", {"b.py": source(2)})
    git(root, "init", "-q")
    write(root, {"a.py": source(1)})
    git(root, "add", "a.py")
    before = files(root)
    ran = unspill(root, "fix", "a.py", "inner/b.py")
    assert commands(ran.out) == ["git restore a.py", "git -C inner restore b.py"]
    run(root, commands(ran.out))
    assert {name: files(root)[name] for name in before} == before


def test_without_git_nothing_is_said_of_it(tmp_path: Path) -> None:
    """Outside of a repository there is no command; neither is there after a fix that changed nothing, or with -q."""
    write(tmp_path, {"app.py": source(1)})
    assert "ndo" not in unspill(tmp_path, "fix").out
    root = tmp_path / "r"
    committed(root, {"app.py": source(1)})
    assert "ndo" not in unspill(root, "fix", "--diff").out
    assert "ndo" not in unspill(root, "fix", "-q").out
    assert "ndo" not in unspill(root, "fix").out


@posix
def test_no_git_process_is_started(tmp_path: Path) -> None:
    """The command is worked out without running git."""
    root = tmp_path / "r"
    committed(root, {"app.py": source(1)})
    (tmp_path / "bin").mkdir()
    assert commands(unspill(root, "fix", PATH=str(tmp_path / "bin")).out) == ["git restore app.py"]


@posix
def test_a_name_that_cannot_be_shown_is_not_in_a_command(tmp_path: Path) -> None:
    """A path with a token's shape is masked and one with a control character escaped: neither could be typed."""
    root = tmp_path / "r"
    committed(root, {f"{token(9)}.py": source(1), "a\tb.py": source(2)})
    ran = unspill(root, "fix")
    assert commands(ran.out) == []
    assert "a\\tb.py" in ran.out
    assert token(9) not in ran.out
