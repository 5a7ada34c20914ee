"""Paths as Windows has them, held by putting its rules in the place of this system's: nothing here ran on Windows."""

from __future__ import annotations

import ntpath
import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pygls import uris
from unspill.lsp import places
from unspill.project import paths, repository, walk
from unspill.project.tree import DiskTree
from unspill.project.walk import Walk
from unspill.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

WINDOWS = SimpleNamespace(path=ntpath, sep="\\", curdir=".", name="nt", fsencode=os.fsencode, fsdecode=os.fsdecode)


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows' paths in the modules that deal with paths."""
    for module in (places, paths, repository, walk):
        monkeypatch.setattr(module, "os", WINDOWS)
    monkeypatch.setattr(uris, "IS_WIN", True)
    monkeypatch.setattr(places, "root_of", lambda path, _working: path)
    monkeypatch.setattr(ntpath, "isdir", lambda path: "." not in ntpath.basename(path))


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    ("uri", "folders", "root", "path"),
    [
        ("file:///c%3A/work/src/a.py", ["c:\\work"], "c:\\work", "src/a.py"),
        ("file:///C:/work/src/a.py", ["c:\\Work"], "c:\\Work", "src/a.py"),
        ("file:///d:/a.py", ["c:\\work"], "d:\\", "a.py"),
        ("file://srv/share/src/a.py", ["\\\\srv\\share"], "\\\\srv\\share", "src/a.py"),
        ("file://srv/share/a%20b.py", [], "\\\\srv\\share\\", "a b.py"),
        ("untitled:a.py", ["c:\\work"], None, "a.py"),
        ("file:///nodrive/a.py", [], "\\nodrive", "a.py"),
    ],
)
def test_uris(uri: str, folders: list[str], root: str | None, path: str) -> None:
    """Drives, in either case and however they are escaped, and shares: the path in the tree is POSIX."""
    assert places.place_of(uri, folders) == (root, path)


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("file", ["c:\\work\\src\\a b.py", "\\\\srv\\share\\a.py"])
def test_a_path_survives_its_uri(file: str) -> None:
    """From a path to its URI and back."""
    folder, name = ntpath.split(file)
    assert places.disk_path(places.file_uri(folder, name)) == file


@pytest.mark.parametrize(
    "uri", ["file://[", "file:///a%00b.py", "file:///\ud800.py", "file:", "file:///c:/x.py", "x", ""]
)
def test_what_is_no_file_here(uri: str) -> None:
    """What no file of this system can be called is a document without a file, and no error."""
    assert places.disk_path(uri) is None
    assert places.place_of(uri, [os.sep]).root is None


@pytest.mark.skipif(os.sep != "/", reason="Windows means a share by it")
def test_two_slashes_are_one(tmp_path: Path) -> None:
    """`//x` is `/x`."""
    assert places.disk_path(f"file:///{tmp_path}/a.py") == f"{tmp_path}/a.py"
    assert places.file_uri("/", "a.py") == "file:///a.py"


@pytest.mark.usefixtures("windows")
def test_relative() -> None:
    """Paths are POSIX in reports and baselines; what is on another drive or share stays absolute."""
    assert paths.relative("C:\\work\\a\\b.py", "c:\\work") == "a/b.py"
    assert paths.relative("D:\\x\\b.py", "C:\\work") == "D:/x/b.py"
    assert paths.relative("\\\\srv\\share\\b.py", "C:\\work") == "//srv/share/b.py"


@pytest.mark.usefixtures("windows")
def test_paths_for_people() -> None:
    """Below the working folder relative to it, else to what is scanned."""
    found = Walk(lambda _tree, _folder: Settings(), "C:\\work", tree=DiskTree)
    assert found._shown("C:\\work\\src\\a.py", "C:\\work") == "src/a.py"
    assert found._shown("C:\\work", "C:\\work") == ""
    assert found._shown("D:\\other\\src\\a.py", "D:\\other") == "src/a.py"


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"a/b.py", "a/b.py"),
        (b"a\\..\\..\\b.py", "a/?../?../b.py"),
        (b"C:/x.py", "?C:/x.py"),
        (b"a/D:x.py", "a/?D:x.py"),
        (b"a.py:stream", "?a.py:stream"),
    ],
)
def test_names_of_gits_that_lead_elsewhere(raw: bytes, path: str) -> None:
    """Backslashes, drives and streams in a tree of git's lead to no other place on the disk."""
    assert repository.as_path(raw) == path
    assert ntpath.normpath(ntpath.join("C:\\work", *path.split("/"))).startswith("C:\\work\\")


def test_junctions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A junction is a folder to Windows, and may lead to the one that it stands in: it is taken for the link it is."""
    monkeypatch.setattr(walk, "os", WINDOWS)

    def entry(tag: int, *, link: bool = False) -> Any:
        return SimpleNamespace(is_symlink=lambda: link, stat=lambda **_: SimpleNamespace(st_reparse_tag=tag))

    assert [walk._is_link(entry(tag)) for tag in (0, 0xA0000003, 0x9000001A)] == [False, True, False]
    assert walk._is_link(entry(0, link=True))
