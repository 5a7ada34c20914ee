"""`check --history`: every blob that a repository's references reach."""

from __future__ import annotations

import random
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from unspill.project.history import History
from unspill.project.repository import Repository, as_path

from tests.cli import environment, git, unspill, write
from tests.helpers import token
from tests.test_git_staged import RULE, check, commit, leak, lines, places, repository

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="repositories are made with git")


def out(root: Path, *arguments: str) -> str:
    """What git prints."""
    return subprocess.run(
        ["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def origins(report: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Path, first and last commit, and whether it is at HEAD, of each finding."""
    return [(row["path"], row["commit"], row["last_commit"], row["at_head"]) for row in report["findings"]]


def test_where_a_value_was(tmp_path: Path) -> None:
    """A value in many versions of a file is one finding, with its first and last commit and its place in the last."""
    root = repository(tmp_path / "r", {"x": ""})
    commit(root, {"a.py": leak(1), "b.py": leak(2)})
    first = out(root, "rev-parse", "HEAD")
    commit(root, {"a.py": leak(1, lines(3))})
    last = out(root, "rev-parse", "HEAD")
    commit(root, {"a.py": "", "b.py": leak(2, lines(7))})
    head = out(root, "rev-parse", "HEAD")
    ran = check(root, "--history")
    assert origins(ran.report) == [("a.py", first, last, False), ("b.py", first, head, True)]
    assert places(ran) == [("a.py", RULE, 4), ("b.py", RULE, 8)]
    assert ran.report["findings"][0]["author_date"] == out(root, "show", "-s", "--format=%aI", first).replace(
        "Z", "+00:00"
    )
    text = " ".join(unspill(root, "check", "--history").out.split())
    assert f"added in commit {first[:12]}" in text
    assert f"last seen in {last[:12]}, not at HEAD" in text
    assert "still at HEAD" in text
    assert token(1) not in text


def test_every_reference_counts(tmp_path: Path) -> None:
    """Branches, tags, tags on trees and blobs, stashes and merged side branches are all reached, deleted ones not."""
    root = repository(tmp_path / "r", {"x": ""})
    for number, name in enumerate(["branch", "tagged", "merged", "deleted"]):
        git(root, "checkout", "-q", "-b", name, "main")
        commit(root, {f"{name}.py": leak(number)})
        git(root, "checkout", "-q", "main")
    git(root, "tag", "-a", "-m", "x", "v1", "tagged")
    git(root, "merge", "-q", "--no-ff", "-m", "merge", "merged")
    git(root, "branch", "-q", "-D", "tagged", "merged", "deleted")
    write(root, {"stashed.py": leak(5)})
    git(root, "stash", "-q", "-u")
    for number, kind in ((6, "blob"), (7, "tree")):
        write(root, {f"{kind}.py": leak(number)})
        git(root, "add", ".")
        name = ":blob.py" if kind == "blob" else out(root, "write-tree")
        git(root, "tag", "-a", "-m", "x", f"on-{kind}", out(root, "rev-parse", name))
        git(root, "reset", "-q", "--hard")
    found = {row["path"] for row in check(root, "--history").report["findings"]}
    assert found == {"branch.py", "tagged.py", "merged.py", "stashed.py", "on-blob", "tree.py"}


def test_a_dotenv_of_old(tmp_path: Path) -> None:
    """Values of a `.env` that was committed once are findings, though it is ignored and untracked by now."""
    root = repository(tmp_path / "r", {".env": f"HF_TOKEN={token(1)}\n"})
    git(root, "rm", "-q", "--cached", ".env")
    write(root, {".gitignore": ".env\n"})
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "out")
    assert places(check(root, "--history")) == [(".env", RULE, 1)]


def test_a_part_of_the_history(tmp_path: Path) -> None:
    """With `--since` only what the commits since then brought is looked at, be it gone again or not."""
    root = repository(tmp_path / "r", {"old.py": leak(1), "same.py": leak(2)})
    commit(root, {"a.py": leak(3)})
    commit(root, {"a.py": ""})
    assert places(check(root, "--history", "--since", "HEAD~2")) == [("a.py", RULE, 1)]
    assert places(check(root, "--since", "HEAD~2")) == []
    assert check(root, "--history", "--since", "HEAD").report["summary"]["files"] == 0


def test_bare_and_empty_repositories(tmp_path: Path) -> None:
    """A bare repository has a history and nothing staged; one without commits is clean."""
    root = repository(tmp_path / "r", {"a.py": leak(1)})
    git(tmp_path, "clone", "-q", "--bare", str(root), "bare.git")
    assert places(check(tmp_path / "bare.git", "--history")) == [("a.py", RULE, 1)]
    git(tmp_path, "init", "-q", "empty")
    assert check(tmp_path / "empty", "--history").code == 0


def test_a_shallow_clone_is_incomplete(tmp_path: Path) -> None:
    """A shallow clone is scanned as far as it goes, and said to be incomplete."""
    root = repository(tmp_path / "r", {"a.py": leak(1)})
    commit(root, {"a.py": ""})
    git(tmp_path, "clone", "-q", "--depth=1", root.as_uri(), "shallow")
    ran = check(tmp_path / "shallow", "--history")
    assert (ran.code, ran.report["findings"]) == (3, [])
    assert "shallow" in ran.report["summary"]["skipped"][0]["reason"]


@pytest.mark.slow
@pytest.mark.parametrize("flags", [["--staged"], ["--history"], ["--since", "HEAD"]], ids=" ".join)
@pytest.mark.parametrize("kind", ["partial", "sha256", "broken"])
def test_what_libgit2_refuses(tmp_path: Path, kind: str, flags: list[str]) -> None:
    """Where the repository cannot be read its files are scanned with a notice, and a history counts as incomplete.

    So does what is staged where git itself has no repository.
    """
    code = 0 if flags == ["--staged"] and kind != "broken" else 3
    root = tmp_path / "r"
    git(tmp_path, "init", "-q", f"--object-format={'sha256' if kind == 'sha256' else 'sha1'}", "r")
    if kind == "partial":
        git(root, "config", "core.repositoryformatversion", "1")
        git(root, "config", "extensions.partialclone", "origin")
    elif kind == "broken":
        shutil.rmtree(root / ".git")
        write(root, {".git": "nonsense"})
    write(root, {"a.py": "pass\n"})
    ran = check(root, *flags)
    notice = ran.report["summary"]["skipped"][0]
    assert (ran.code, notice["path"]) == (code, ".git")
    assert "its files were scanned instead" in notice["reason"]
    write(root, {"a.py": leak(1)})
    assert check(root, *flags).code == 1


def test_missing_objects_are_reported(tmp_path: Path) -> None:
    """A blob that is not in the clone is skipped as not scanned, and everything else is scanned."""
    root = repository(tmp_path / "r", {"a.py": leak(1), "b.py": leak(2)})
    missing = out(root, "rev-parse", "HEAD:a.py")
    (root / ".git/objects" / missing[:2] / missing[2:]).unlink()
    ran = check(root, "--history")
    assert (ran.code, places(ran)) == (1, [("b.py", RULE, 1)])
    assert ran.report["summary"]["skipped"] == [{"path": "a.py", "reason": "missing from this clone"}]


def test_every_blob_is_seen_once(tmp_path: Path) -> None:
    """In a history with branches, merges and moved files the blobs are those that git lists, each once."""
    root = repository(tmp_path / "r", {"x": "x"})
    chance = random.Random(1)
    for number in range(40):
        if chance.random() < 0.2:
            git(root, "checkout", "-q", "-b", f"b{number}")
        names = [f"{chance.choice('abc')}/{chance.choice('de')}/{chance.randrange(9)}.py" for _ in range(3)]
        commit(root, {name: lines(chance.randrange(30)) for name in names})
        if chance.random() < 0.2:
            git(root, "merge", "-q", "-X", "ours", "-m", "m", "main")
    history = History(Repository(str(root / ".git")))
    seen = [id_.hex() for id_, _, _ in history.blobs(str)]
    listed = [line.split()[0] for line in out(root, "rev-list", "--objects", "--all").splitlines()]
    kinds = [out(root, "cat-file", "-t", id_) for id_ in listed]
    assert sorted(seen) == sorted(id_ for id_, kind in zip(listed, kinds, strict=True) if kind == "blob")


def test_excluded_folders_hide_no_twin(tmp_path: Path) -> None:
    """What is excluded at one path is found at another, even if a whole folder is the same there."""
    root = repository(tmp_path / "r", {"out/deep/a.py": leak(1), "src/deep/a.py": leak(1)})
    assert [path for path, *_ in places(check(root, "--history", "--exclude", "/out/"))] == ["src/deep/a.py"]
    assert [path for path, *_ in places(check(root, "--history", "--exclude", "/src/"))] == ["out/deep/a.py"]


def test_a_left_out_folder_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many commits a folder lives through that is left out, it is read once in each of its places."""
    root = repository(tmp_path / "r", {f"{top}/node_modules/p/x.js": "x" for top in "ab"})
    for number in range(5):
        commit(root, {"c.py": lines(number)})
    trees = []
    content = Repository.content

    def noted(repository: Repository, oid: Any) -> bytes:
        trees.append(str(oid))
        return content(repository, oid)

    monkeypatch.setattr(Repository, "content", noted)
    history = History(Repository(str(root / ".git")))
    paths = [path for _, path, _ in history.blobs(lambda path: None if "node_modules" in path else path)]
    assert paths == ["c.py"] * 5
    assert trees.count(out(root, "rev-parse", "HEAD:a/node_modules/p")) == 2


def test_worker_processes_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes give the report that one process gives."""
    from unspill import app, settings
    from unspill.app import workers

    root = repository(tmp_path / "r", {"x": ""})
    for number in range(12):
        commit(root, {f"{number % 5}.py": leak(number // 3, lines(number)), f"c{number}": lines(number)})
    request = app.Request((), settings.load, str(root), history=True, jobs=1)
    alone = app.check(request)
    assert len(alone.rows) > 4
    monkeypatch.setattr(workers, "PARALLEL_FROM", 2)
    assert app.check(request._replace(jobs=2)) == alone


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"a/b.py", "a/b.py"),
        (b"..", "?.."),
        (b"a/../../etc", "a/?../?../etc"),
        (b"/etc", "?/etc"),
        (b"a//b", "a/?/b"),
        (b"./.a/..b", "?./.a/..b"),
        (b"\xff", "\udcff"),
    ],
)
def test_no_path_leads_out(raw: bytes, path: str) -> None:
    """A name in a tree that would lead elsewhere on disk is written so that it does not."""
    assert as_path(raw) == path


def test_hostile_trees(tmp_path: Path) -> None:
    """Trees whose entries are named `..` or lie a thousand folders deep lead nowhere and end the scan in 3."""
    root = repository(tmp_path / "r", {"x": ""})
    write(tmp_path, {"unspill.toml": 'exclude = ["*.py"]\n'})
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"], cwd=root, input=leak(1).encode(), capture_output=True, check=True
    ).stdout.strip()
    import pygit2

    objects = pygit2.Repository(str(root)).odb
    tree = objects.write(pygit2.enums.ObjectType.TREE, b"100644 a.py\0" + bytes.fromhex(blob.decode()))
    outer = objects.write(pygit2.enums.ObjectType.TREE, b"40000 ..\0" + tree.raw)
    for _ in range(1200):
        tree = objects.write(pygit2.enums.ObjectType.TREE, b"40000 d\0" + tree.raw)
    for name, id_ in (("up", outer), ("deep", tree)):
        git(root, "update-ref", f"refs/heads/{name}", out(root, "-c", "user.name=x", "-c", "user.email=x@example.org",
            "commit-tree", "-m", "x", str(id_)))  # fmt: skip
    ran = check(root, "--history")
    assert places(ran) == [("?../a.py", RULE, 1)]
    assert any("too deep" in one["reason"] for one in ran.report["summary"]["skipped"])


def test_no_value_is_shown(tmp_path: Path) -> None:
    """No value of the history stands in any output, though a name and a message hold it too."""
    root = repository(tmp_path / "r", {f"{token(1)}.py": leak(1), "b.py": leak(1) + leak(2)})
    commit(root, {"b.py": ""})
    git(root, "tag", f"v-{token(2)}")
    for flags in (["--format", "json"], ["-v"], ["-v", "--explain"], ["--since", f"{token(3)}"]):
        ran = unspill(root, "check", "--history", *flags)
        assert not any(token(number) in ran.out + ran.err for number in (1, 2, 3))


def test_without_git_on_the_path(tmp_path: Path) -> None:
    """Everything works where there is no `git` command."""
    root = repository(tmp_path / "r", {"a.py": leak(1)})
    write(root, {"b.py": leak(2)})
    git(root, "add", ".")
    assert environment(tmp_path, PATH="")["PATH"] == ""
    assert [path for path, *_ in places(check(root, "--history", PATH=""))] == ["a.py"]
    assert [path for path, *_ in places(check(root, "--staged", PATH=""))] == ["b.py"]


@pytest.mark.slow
def test_clean_blobs_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second look at a history reads only the blobs that were not clean, and reports the same."""
    from unspill import app, settings
    from unspill.app import isolation
    from unspill.engine import cache
    from unspill.project import clean

    monkeypatch.setattr(isolation, "isolated", lambda work, _: work())  # what is read is noted in this process
    monkeypatch.setattr(clean, "_FEW", 0)
    monkeypatch.setattr(cache, "folder", lambda: str(tmp_path / "cache"))
    root = repository(tmp_path / "r", {"x": "1\n"})
    for number in range(5):
        commit(root, {"a.py": leak(number // 3, lines(number)), f"c{number}": lines(number)})
    request = app.Request((), settings.load, str(root), history=True, jobs=1)
    first = app.check(request)
    read = []
    text = Repository.text

    def noted(repository: Repository, id_: str, limit: int) -> Any:
        read.append(id_)
        return text(repository, id_, limit)

    monkeypatch.setattr(Repository, "text", noted)
    assert app.check(request) == first
    assert len(set(read)) == 5
    assert app.check(request._replace(cache=False)) == first
    assert len(set(read)) == first.files
