"""The cache of what was clean: it makes a run faster, and nothing else different."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill import app, pipeline
from unspill.engine import cache
from unspill.project import clean, read
from unspill.project.clean import Clean
from unspill.scan import Scanner
from unspill.settings import Settings, load

from tests.helpers import token

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from unspill.app.report import Report
    from unspill.model import Tree

_OLD = 10**18
"""A time long before any test run, in nanoseconds of the epoch."""
_TEXTS = (
    "pass\n",
    "x = 1\n",
    f'x = "{token(1)}"\n',
    f'x = "{token(2)}"\n',
    f'x = "{token(1)}"  # unspill: ignore\n',
    "x = 1  # unspill: ignore\n",
    "\0\0\0\0",
    "",
)


@pytest.fixture(autouse=True)
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small trees are many files here, their files are old enough to be cached, and the cache is the test's own."""
    monkeypatch.setattr(app, "MANY_FROM", 0)
    monkeypatch.setattr(clean, "_FEW", 0)
    monkeypatch.setattr(clean, "_GRANULARITY", -(10**18))
    monkeypatch.setattr(cache, "folder", lambda: str(tmp_path / "cache"))
    scanners: dict[tuple[str, ...], Scanner] = {}

    def scanner(rules: tuple[str, ...], **_: bool) -> Scanner:
        """A scanner that is made once: the rules take long to compile."""
        if rules not in scanners:
            scanners[rules] = Scanner(rules, use_cache=True)
        return scanners[rules]

    monkeypatch.setattr(pipeline, "Scanner", scanner)


def report(folder: Path, *, cached: bool = True, limit: str = "20MB", confidence: str = "medium") -> Report:
    """The report on a folder."""
    flags = {"max_file_size": limit, "confidence": confidence}

    def settings_of(tree: Tree | None, path: str) -> Settings:
        return load(tree, path, flags=flags)

    return app.check(app.Request((str(folder),), settings_of, str(folder), jobs=1, cache=cached))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read as texts."""
    names: list[str] = []
    text = read.text

    def noted(path: str, limit: int) -> bytes | read.Refusal:
        names.append(os.path.basename(path))
        return text(path, limit)

    monkeypatch.setattr(read, "text", noted)
    return names


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with two clean files and one that is not."""
    folder = tmp_path / "tree"
    folder.mkdir()
    for name, text in (("a.py", _TEXTS[0]), ("b.py", _TEXTS[1]), ("c.py", _TEXTS[2])):
        (folder / name).write_text(text)
    return folder


def test_reads_clean_files_once(tree: Path, reads: list[str]) -> None:
    """A second run reads only what was not clean, and reports the same."""
    first = report(tree)
    assert reads.count("a.py") == reads.count("b.py") == 2  # scanned, then searched for the value in c.py
    reads.clear()
    assert report(tree) == first
    assert set(reads) == {"c.py"}
    assert first.files == 3


def _edit(path: Path) -> None:
    path.write_text(path.read_text().replace("pass", "exit"))


def _edit_in_secret(path: Path) -> None:
    """Change a file, and put its time back."""
    status = path.stat()
    while path.stat().st_ctime_ns == status.st_ctime_ns:  # the clock of a file system ticks every few milliseconds
        _edit(path)
        path.write_text(path.read_text().replace("exit", "pass"))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _replace(path: Path) -> None:
    """Put another file of the same size and time in the place of a file."""
    status = path.stat()
    other = path.with_suffix(".new")
    other.write_text("quit\n")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="st_ctime is when a file was made there")
@pytest.mark.parametrize("change", [_edit_in_secret, _replace, lambda path: os.utime(path, ns=(_OLD, _OLD))])
def test_reads_what_has_changed(tree: Path, reads: list[str], change: Callable[[Path], None]) -> None:
    """A file is read again once anything of it has changed, even if its size and time are what they were."""
    report(tree)
    reads.clear()
    change(tree / "a.py")
    report(tree)
    assert set(reads) == {"a.py", "c.py"}


def test_a_file_that_has_just_changed_is_not_remembered(
    tree: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changed so short ago that the next change might not show is read again, as by git's rule for its index."""
    monkeypatch.setattr(clean, "_GRANULARITY", 10**18)
    report(tree)
    reads.clear()
    report(tree)
    assert set(reads) == {"a.py", "b.py", "c.py"}


@pytest.mark.slow
def test_other_settings_and_rules_read_anew(tree: Path, tmp_path: Path, reads: list[str]) -> None:
    """Another limit, confidence or set of rules is not answered from the cache."""
    report(tree)
    assert {skipped.reason for skipped in report(tree, limit="3").skipped} == {"larger than 3 bytes"}
    reads.clear()
    report(tree, confidence="low")
    assert set(reads) == {"a.py", "b.py", "c.py"}
    rules = tmp_path / "own.toml"
    rules.write_text(
        '[provider]\nname = "Own"\n\n[[credential]]\nid = "own-token"\nname = "Own token"\npattern = "own_[0-9]{12}"\n'
        'impact = "…"\nrotate = "…"\nexample = [\'k = "{own_[0-9]{12}}"\']\nnot = ["own_1"]\n'
    )
    (tree / "a.py").write_text('x = "own_482915730264"\n')
    assert len(report(tree).rows) == 1

    def with_rules(where: Tree | None, path: str) -> Settings:
        return load(where, path, flags={"rules": [str(rules)]})

    assert len(app.check(app.Request((str(tree),), with_rules, str(tree), jobs=1)).rows) == 2


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b"", b"x", b"unspill clean 1\n", b"unspill clean 1\n" + b"k" * 39])
def test_a_broken_cache_is_made_anew(tree: Path, reads: list[str], tmp_path: Path, damage: bytes) -> None:
    """A cache that is cut off or something else is not used, and replaced."""
    first = report(tree)
    (place,) = (tmp_path / "cache" / "clean").iterdir()
    place.write_bytes(damage)
    assert report(tree) == first
    reads.clear()
    assert report(tree) == first
    assert set(reads) == {"c.py"}


def test_no_cache_neither_reads_nor_writes_one(tree: Path, tmp_path: Path, reads: list[str]) -> None:
    """Without a cache nothing is kept, and what is kept is not used."""
    report(tree, cached=False)
    assert not (tmp_path / "cache" / "clean").exists()
    report(tree)
    reads.clear()
    report(tree, cached=False)
    assert set(reads) == {"a.py", "b.py", "c.py"}


def test_holds_no_name_and_no_content(tree: Path, tmp_path: Path) -> None:
    """The cache holds random bytes: neither names nor texts, and for the user alone."""
    (tree / f"{token(5)}.py").write_text("secret_name = 1\n")
    report(tree)
    (place,) = (tmp_path / "cache" / "clean").iterdir()
    data = place.read_bytes()
    clean_files, searches = 3, 1
    assert len(data) == len(b"unspill clean 1\n") + 32 + 16 * (clean_files + searches)
    for word in (token(5), "secret_name", "a.py", str(tree)):
        assert word.encode() not in data
    if os.name != "nt":
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


def test_old_caches_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than so many files and bytes are kept: those that were used last."""
    monkeypatch.setattr(clean, "_MOST_FILES", 3)
    folder = tmp_path / "cache" / "clean"
    for number in range(5):
        one = Clean(f"tree {number}", "")
        one.add("a", number)
        one.save()
        for place in folder.iterdir():
            os.utime(place, ns=(0, place.stat().st_mtime_ns - 10**9))
    assert [Clean(f"tree {number}", "").has("a", number) for number in range(5)] == [False, False, True, True, True]
    monkeypatch.setattr(clean, "_MOST_BYTES", 100)
    last = Clean("tree 5", "")
    last.add("a", 5)
    last.save()
    assert len(list(folder.iterdir())) == 1


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the property's trees are."""
    return tmp_path_factory.mktemp("states")


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["write", "touch", "move", "remove", "config", "low"]),
        st.integers(0, 3),
        st.integers(0, len(_TEXTS) - 1),
    ),
    max_size=12,
)


@given(_STEPS)
@settings(max_examples=40, deadline=None)
def test_reports_the_same(states: Path, steps: list[tuple[str, int, int]]) -> None:
    """Whatever happens to a tree, a run with the cache reports what one without it does."""
    folder = states / "tree"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    confidence = "medium"
    for time, (kind, number, which) in enumerate(steps):
        path, other = folder / f"{number}.py", folder / f"{which % 4}.py"
        if kind == "write":
            path.write_text(_TEXTS[which])
            os.utime(path, ns=(_OLD, _OLD + time))  # the property must not depend on how fine the clock is
        elif kind == "touch" and path.exists():
            os.utime(path)
        elif kind == "move" and path.exists():
            path.replace(other)
        elif kind == "remove":
            path.unlink(missing_ok=True)
        elif kind == "config":
            (folder / "unspill.toml").write_text(f'exclude = ["{number}.py"]\n' if which % 2 else "")
        elif kind == "low":
            confidence = "low" if which % 2 else "medium"
        (folder / "keep.py").write_text("pass\n")
        with_cache = report(folder, confidence=confidence)
        assert with_cache == report(folder, confidence=confidence, cached=False)
