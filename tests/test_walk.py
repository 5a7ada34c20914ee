"""Which files are scanned: ignore files, skipped folders, named paths, nested repositories; held against git itself."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from unspill.errors import MissingPathError
from unspill.model import Skipped
from unspill.project import read
from unspill.project.tree import DiskTree, Overlay, root_of
from unspill.project.walk import File, Walk
from unspill.settings import load
from unspill.space.files import files

from tests.cli import git, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _walk(root: Path, *paths: str, gitignore: bool = True, **flags: object) -> list[str]:
    walk = Walk(lambda tree, folder: load(tree, folder, flags=flags), str(root), gitignore=gitignore, tree=DiskTree)
    items = list(walk.files([str(root / path) for path in paths] or [str(root)]))
    return [item.shown for item in items if isinstance(item, File) and not item.ignored]


def _skipped(root: Path, **flags: object) -> list[Skipped]:
    walk = Walk(lambda tree, folder: load(tree, folder, flags=flags), str(root), tree=DiskTree)
    return [item for item in walk.files([str(root)]) if isinstance(item, Skipped)]


@pytest.mark.parametrize("path", ["a\0b", "x" * 70_000, "a/" * 9000 + "b"])
def test_paths_that_no_file_can_have(tmp_path: Path, path: str) -> None:
    """What a file of a repository may name, and no system knows, is no file, no folder, and has no state."""
    tree = DiskTree(str(tmp_path))
    assert (tree.read(path), tree.list(path), read.state(tree.disk(path))) == (None, [], "")


def test_skipped_folders(tmp_path: Path) -> None:
    """Git's folder, packages, environments and caches are passed over; nothing else is judged by its path."""
    write(
        tmp_path,
        {
            ".git/config": "",
            "node_modules/x/index.js": "",
            "venv/pyvenv.cfg": "",
            "venv/lib/x.py": "",
            "__pycache__/x.pyc": "",
            ".mypy_cache/x.json": "",
            "tests/fixtures/x.py": "",
            "vendor/lib.py": "",
            ".github/workflows/ci.yml": "",
            "build/x": "",
        },
    )
    assert _walk(tmp_path) == [".github/workflows/ci.yml", "build/x", "tests/fixtures/x.py", "vendor/lib.py"]


def test_a_tree_has_the_files_of_the_walk(tmp_path: Path) -> None:
    """What belongs to an app is the same through any tree, open documents included, as in a scan of its folder."""
    texts = {
        ".gitignore": "out/\n*.log\n!keep.log\n",
        "sub/.gitignore": "/b.py\n",
        **dict.fromkeys(
            ["a.py", "b.log", "keep.log", "sub/b.py", "sub/c.py", "out/d.py", "sub/out/e.py", ".x/f.py"], ""
        ),
        **dict.fromkeys(["node_modules/g.js", ".git/h", "sub/__pycache__/i.pyc", "env/pyvenv.cfg", "env/j.py"], ""),
    }
    write(tmp_path, texts)
    walked = _walk(tmp_path)
    assert sorted(files(DiskTree(str(tmp_path)), "")) == walked
    assert sorted(files(Overlay(str(tmp_path), {"sub/new.py": b"", "out/new.py": b""}), "")) == sorted(
        [*walked, "sub/new.py"]
    )


def test_links_and_special_files_are_not_followed(tmp_path: Path) -> None:
    """Links to files and folders, FIFOs and loops are listed as skipped."""
    write(tmp_path, {"app.py": "", "sub/x.py": ""})
    (tmp_path / "file").symlink_to("app.py")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    assert _walk(tmp_path) == ["app.py", "sub/x.py"]
    assert _skipped(tmp_path) == [
        Skipped("dangling", "symbolic link"),
        Skipped("file", "symbolic link"),
        Skipped("loop", "symbolic link"),
        Skipped("pipe", "not a regular file"),
    ]


def test_the_walk_agrees_with_git(tmp_path: Path) -> None:
    """Over nested ignore files, negations, anchors and the exclude file, exactly git's list is walked."""
    names = [f"{folder}{name}" for folder in ("", "a/", "a/b/", "docs/", "out/", "out/deep/", "a/out/") for name in
             ("x.py", "y.log", "keep.log", "data.bin2", "sp ace.txt", "#hash", "!bang")]  # fmt: skip
    write(tmp_path, dict.fromkeys(names, "x"))
    write(
        tmp_path,
        {
            ".gitignore": "*.log\n!keep.log\n/out/\n\\#hash\n# comment\n\n\\!bang\nsp ace.txt   \n**/b/x.py\r\n",
            "a/.gitignore": "!y.log\n/x.py\nout/*\n!out/keep.log\n",
            "docs/.gitignore": "*\n!.gitignore\n!x.py\n",
        },
    )
    git(tmp_path, "init", "-q")
    (tmp_path / ".git" / "info" / "exclude").write_text("*.bin2\n")
    (tmp_path / ".git" / "listed").write_bytes(b"")
    assert _walk(tmp_path) == _listed(tmp_path)


def test_tracked_files_are_scanned_though_ignored(tmp_path: Path) -> None:
    """An ignored file that git tracks is walked, also in an ignored folder."""
    write(tmp_path, {".gitignore": "*.log\nout/\n", "a.log": "", "b.log": "", "out/deep/t.py": "", "out/u.py": ""})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-f", "a.log", "out/deep/t.py", ".gitignore")
    assert _walk(tmp_path) == [".gitignore", "a.log", "out/deep/t.py"]


def test_without_git_ignore_files_count(tmp_path: Path) -> None:
    """In a folder that is no repository the ignore files count the same, and `--no-gitignore` turns them off."""
    write(tmp_path, {".gitignore": "*.log\n", "a.log": "", "sub/.gitignore": "x.py\n", "sub/x.py": "", "sub/y.py": ""})
    assert _walk(tmp_path) == [".gitignore", "sub/.gitignore", "sub/y.py"]
    assert _walk(tmp_path, gitignore=False) == [".gitignore", "a.log", "sub/.gitignore", "sub/x.py", "sub/y.py"]


def test_a_named_path_is_scanned_though_ignored(tmp_path: Path) -> None:
    """A file or folder that the user names is scanned even if an ancestor ignores it."""
    write(tmp_path, {".gitignore": "out/\n*.log\n", "out/x.py": "", "out/y.log": "", "z.log": ""})
    assert _walk(tmp_path, "out") == ["out/x.py", "out/y.log"]
    assert _walk(tmp_path, "z.log", "out/x.py") == ["z.log", "out/x.py"]


def test_nested_repositories(tmp_path: Path) -> None:
    """A repository inside the scanned folder follows its own ignore files and index, not those around it."""
    write(
        tmp_path,
        {".gitignore": "*.py\n", "a.py": "", "inner/b.py": "", "inner/c.log": "", "inner/.gitignore": "*.log\n"},
    )
    git(tmp_path / "inner", "init", "-q")
    assert _walk(tmp_path) == [".gitignore", "inner/.gitignore", "inner/b.py"]


@pytest.fixture
def nested(tmp_path: Path) -> Iterator[Path]:
    """A folder with 2,200 folders in each other, which are more than pytest can remove."""
    top = tmp_path / "top"
    top.mkdir()
    for _ in range(2200):
        top.rename(tmp_path / "d")
        top.mkdir()
        (tmp_path / "d").rename(top / "d")
    yield top
    while (top / "d").exists():
        (top / "d").rename(tmp_path / "d")
        shutil.rmtree(top)
        (tmp_path / "d").rename(top)


@pytest.mark.slow
def test_folders_nested_without_end(nested: Path) -> None:
    """Folders nested deeper than any stack are walked, and those whose path no system call takes are reported."""
    write(nested, {"app.py": "", ".git/HEAD": ""})
    assert _walk(nested) == ["app.py"]
    assert [item.incomplete for item in _skipped(nested)] == [True]
    tree = DiskTree(str(nested))
    deep = "/".join(["d"] * 1500)
    assert (tree.chain(deep), tree.ignored(f"{deep}/.env"), tree.tracked(f"{deep}/.env")) == ((), False, False)


def test_each_file_once(tmp_path: Path) -> None:
    """Overlapping paths list a file once."""
    write(tmp_path, {"a/x.py": "", "b.py": ""})
    assert _walk(tmp_path, "a", ".", "b.py", "a/x.py") == ["a/x.py", "b.py"]


def test_excludes(tmp_path: Path) -> None:
    """A flag's patterns hold for the paths as shown, a project's relative to its file; both are accounted for."""
    write(tmp_path, {"a.lock": "", "src/gen/x.py": "", "gen/y.py": "", "src/unspill.toml": 'exclude = ["/gen/"]\n'})
    assert _walk(tmp_path, exclude=["*.lock"]) == ["gen/y.py", "src/unspill.toml"]
    assert _skipped(tmp_path, exclude=["*.lock"]) == [
        Skipped("a.lock", "excluded by --exclude"),
        Skipped("src/gen/", "excluded by src/unspill.toml"),
    ]


def test_missing_path(tmp_path: Path) -> None:
    """A path that does not exist is an error before anything is scanned."""
    with pytest.raises(MissingPathError, match="nope"):
        _walk(tmp_path, "nope")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    """It is reported as incomplete, and the others are walked."""
    write(tmp_path, {"a.py": "", "shut/x.py": ""})
    (tmp_path / "shut").chmod(0)
    assert _walk(tmp_path) == ["a.py"]
    assert [item.incomplete for item in _skipped(tmp_path)] == [True]
    (tmp_path / "shut").chmod(0o700)


@pytest.mark.parametrize(
    ("files", "path", "expected"),
    [
        ({".git/HEAD": "", "src/app.py": ""}, "src/app.py", ""),
        ({".git/HEAD": "", "space/README.md": "---\nsdk: gradio\n---\n"}, "space", ""),
        ({"README.md": "---\nsdk: gradio\n---\n", "src/app.py": ""}, "src/app.py", ""),
        ({"README.md": "# no space\n", "src/app.py": ""}, "src/app.py", "src"),
        ({"one/pyproject.toml": "", "one/src/app.py": ""}, "one/src", "one"),
        ({"one/x.py": ""}, "one", "one"),
    ],
)
def test_root_of(tmp_path: Path, files: dict[str, str], path: str, expected: str) -> None:
    """The tree is the git work tree, else the nearest marked folder up to the working one, else the folder itself."""
    write(tmp_path, files)
    assert root_of(str(tmp_path / path), str(tmp_path)) == str(tmp_path / expected).rstrip("/")


def test_overlay_sees_its_changes(tmp_path: Path) -> None:
    """A changed or new file is read and listed, and a changed ignore file ignores at once."""
    write(tmp_path, {"app.py": "old"})
    tree = Overlay(str(tmp_path))
    assert not tree.ignored(".env")
    tree.change("app.py", b"new")
    tree.change(".gitignore", b".env\n")
    assert (tree.read("app.py"), tree.list(""), tree.ignored(".env")) == (b"new", [".gitignore", "app.py"], True)
    assert (tmp_path / "app.py").read_text() == "old"


def _listed(root: Path) -> list[str]:
    import subprocess

    done = subprocess.run(
        ["git", "-c", "core.excludesFile=", "ls-files", "-z", "--others", "--cached", "--exclude-standard"],
        cwd=root,
        env={"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        check=True,
    )
    names = [name for name in done.stdout.decode().split("\0") if name]
    return sorted(names, key=lambda name: name.split("/"))


def test_a_binary_is_refused_by_its_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large binary no more than its beginning is read, of a large text all."""
    asked = []
    own = os.read

    def noted(file: int, size: int) -> bytes:
        asked.append(size)
        return own(file, size)

    monkeypatch.setattr(os, "read", noted)
    write(tmp_path, {"model.bin": bytes(1_000_000), "log.txt": "x" * 1_000_000})
    assert read.text(str(tmp_path / "model.bin"), 2_000_000) == read.Refusal("binary")
    assert sum(asked) == read.HEAD
    assert read.text(str(tmp_path / "log.txt"), 2_000_000) == b"x" * 1_000_000
