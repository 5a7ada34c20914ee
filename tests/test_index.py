"""The reader of git's index, held against indexes that git wrote, in every version."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill.project import index
from unspill.project.tree import DiskTree

from tests.cli import git, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

NAMES = ["a", "a.py", "a/b.py", "a/b/c.py", "ä/ö.txt", "exactly8", "x" * 100, "z/" + "y" * 200 + ".txt", ".env"]


def _repository(root: Path, *options: str) -> None:
    names = [name for name in NAMES if name != "a"]
    write(root, dict.fromkeys(names, "x"))
    git(root, "init", "-q", *options)


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_reads_what_git_writes(tmp_path: Path, version: int, object_format: str) -> None:
    """Every tracked path is in the index and no other, in versions 2, 3 and 4 and with both object formats."""
    _repository(tmp_path, f"--object-format={object_format}")
    git(tmp_path, "config", "index.version", str(version))
    git(tmp_path, "update-index", "--index-version", str(version))
    git(tmp_path, "add", "-f", ".")
    write(tmp_path, {"late.py": "x", "untracked.py": "x"})
    git(tmp_path, "add", "--intent-to-add", "late.py")  # an extended flag, which makes version 2 a 3
    found = index.load(str(tmp_path / ".git"))
    expected = [name for name in NAMES if name != "a"] + ["late.py"]
    assert len(found) == len(expected)
    assert all(name in found for name in expected)
    assert "untracked.py" not in found
    assert "a" not in found


def test_below(tmp_path: Path) -> None:
    """A folder holds tracked files only if a tracked path goes through it."""
    write(tmp_path, {"out/deep/x": "", "outer": "", "other/y": ""})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "out/deep/x", "outer")
    found = index.load(str(tmp_path / ".git"))
    assert [found.below(folder) for folder in ("out", "out/deep", "oute", "outer", "other")] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_split_index(tmp_path: Path) -> None:
    """Paths of the shared part of a split index are tracked, and so are those added since."""
    write(tmp_path, {"old.py": "", "new.py": "", "no.py": ""})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "old.py")
    git(tmp_path, "update-index", "--split-index")
    git(tmp_path, "add", "new.py")
    found = index.load(str(tmp_path / ".git"))
    assert ["old.py" in found, "new.py" in found, "no.py" in found] == [True, True, False]


def test_worktree_and_submodule_files(tmp_path: Path) -> None:
    """In a worktree `.git` is a file; the index, the configuration and the excludes behind it are found."""
    main, other = tmp_path / "main", tmp_path / "other"
    write(main, {"app.py": "x", ".env": "x"})
    git(main, "init", "-q")
    git(main, "add", "-f", ".")
    git(main, "commit", "-q", "-m", "x")
    git(main, "worktree", "add", "-q", str(other))
    (main / ".git" / "info" / "exclude").write_text("*.log\n")
    tree = DiskTree(str(other))
    assert tree.tracked(".env")
    assert not tree.tracked("nope")
    assert tree.ignored("x.log")


def test_outside_a_repository(tmp_path: Path) -> None:
    """Without a repository, with an empty one, or with a `.git` that leads nowhere, nothing is tracked."""
    write(tmp_path, {"none/x": "", "odd/x": "", "odd/.git": "gitdir: /nowhere/at/all\n", "junk/.git": "\0\0"})
    write(tmp_path, {"empty/.git/HEAD": ""})
    assert not any(DiskTree(str(tmp_path / name)).tracked("x") for name in ("none", "odd", "junk", "empty"))


@given(st.binary(max_size=400))
def test_broken_indexes_track_nothing(data: bytes) -> None:
    """Whatever the bytes, reading raises nothing but what `load` takes for a broken index."""
    for head in (b"", b"DIRC\0\0\0\2\0\0\0\3", b"DIRC\0\0\0\4\0\0\0\3"):
        try:
            paths, end = index.parse(head + data)
        except (ValueError, IndexError):
            continue
        assert all(isinstance(path, bytes) for path in paths)
        assert end >= 12
