"""`check --staged` and `check --since`: what the next commit, or the commits since a revision, bring."""

from __future__ import annotations

import os
import shutil
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.cli import Ran, git, unspill, write
from tests.helpers import token
from tests.samples import sample

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="repositories are made with git")


def leak(number: int = 0, before: str = "") -> str:
    """A Python file with a made-up token behind other lines."""
    return f'{before}TOKEN = "{token(number)}"\n'


def lines(count: int) -> str:
    """Harmless lines, each another."""
    return "".join(f"value_{number} = {number}\n" for number in range(count))


def repository(root: Path, files: dict[str, str | bytes]) -> Path:
    """A repository with one commit."""
    root.mkdir(parents=True)
    write(root, files)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-f", ".")
    git(root, "commit", "-q", "--allow-empty", "-m", "first")
    return root


def commit(root: Path, files: dict[str, str | bytes]) -> None:
    """Write files and commit everything."""
    write(root, files)
    git(root, "add", "-A", "-f", ".")
    git(root, "commit", "-q", "--allow-empty", "-m", "next")


def places(ran: Ran) -> list[tuple[str, str, int]]:
    """Path, rule and line of each finding of a JSON report."""
    return [(row["path"], row["rule"], row["start"]["line"]) for row in ran.report["findings"]]


def check(root: Path, *arguments: str, **extra: str) -> Ran:
    """Run a check with a JSON report."""
    return unspill(root, "check", *arguments, "--format", "json", stdin=b"", **extra)


RULE = "huggingface-user-token"


def test_the_index_is_what_counts(tmp_path: Path) -> None:
    """What is staged is found though the file on disk is clean, and what is on disk alone is not found."""
    root = repository(tmp_path / "r", {"old.py": leak(9), "a.py": "", "b.py": ""})
    write(root, {"a.py": leak(1)})
    git(root, "add", "a.py")
    write(root, {"a.py": "", "b.py": leak(2), "untracked.py": leak(3)})
    ran = check(root, "--staged")
    assert (ran.code, places(ran)) == (1, [("a.py", RULE, 1)])
    assert ran.report["summary"]["files"] == 1


def test_nothing_staged_is_clean(tmp_path: Path) -> None:
    """With nothing staged, or only a deletion, the check is clean and exits with 0."""
    root = repository(tmp_path / "r", {"a.py": leak(1)})
    assert check(root, "--staged").code == 0
    git(root, "rm", "-q", "--cached", "a.py")
    ran = check(root, "--staged")
    assert (ran.code, ran.report["findings"]) == (0, [])


def test_staged_before_the_first_commit(tmp_path: Path) -> None:
    """In a repository without commits everything in the index is staged."""
    write(tmp_path / "r", {"a.py": leak(1)})
    git(tmp_path / "r", "init", "-q")
    git(tmp_path / "r", "add", ".")
    assert places(check(tmp_path / "r", "--staged")) == [("a.py", RULE, 1)]


def test_staged_from_a_subfolder(tmp_path: Path) -> None:
    """Without paths all of the repository is looked at from wherever; paths limit it, also to what is not on disk."""
    root = repository(tmp_path / "r", {"a/x": "", "b/x": ""})
    write(root, {"a/x.py": leak(1), "b/x.py": leak(2)})
    git(root, "add", ".")
    (root / "b/x.py").unlink()
    assert [path for path, *_ in places(check(root / "a", "--staged"))] == ["b/x.py", "x.py"]
    assert [path for path, *_ in places(check(root / "a", "--staged", "."))] == ["x.py"]
    assert [path for path, *_ in places(check(root, "--staged", "b/x.py"))] == ["b/x.py"]
    assert check(root, "--staged", "c").code == 2


def test_the_index_of_a_partial_commit(tmp_path: Path) -> None:
    """A hook of `git commit FILE` sees the index that git made for this commit."""
    root = repository(tmp_path / "r", {"a.py": "", "b.py": ""})
    shutil.copy(root / ".git/index", root / ".git/next-index")
    write(root, {"a.py": leak(1), "b.py": leak(2)})
    git(root, "add", ".")
    ran = check(root, "--staged", GIT_INDEX_FILE=".git/next-index")
    assert (ran.code, ran.report["findings"]) == (0, [])


def test_a_staged_dotenv_is_tracked(tmp_path: Path) -> None:
    """A staged `.env` is no home for values, even if a `.gitignore` names it."""
    root = repository(tmp_path / "r", {".gitignore": ".env\n"})
    write(root, {".env": f"HF_TOKEN={token(1)}\n"})
    git(root, "add", "-f", ".env")
    assert {rule for _, rule, _ in places(check(root, "--staged"))} == {"dotenv-tracked", RULE}


SPACE: dict[str, str | bytes] = {"README.md": "---\nsdk: gradio\n---\n", ".env.example": "A_KEY=\n"}


def read(*names: str) -> str:
    """A program that needs these names."""
    return "".join(["import os\n", *(f"os.environ['{name}']\n" for name in names)])


def test_names_are_checked_as_they_are_staged(tmp_path: Path) -> None:
    """A staged read is undeclared if the staged template lacks it, whatever the disk has; only staged files count."""
    root = repository(tmp_path / "r", {**SPACE, "app.py": read("A_KEY"), "old.py": read("OLD_KEY")})
    write(root, {"app.py": read("A_KEY", "B_KEY")})
    git(root, "add", "app.py")
    write(root, {"app.py": "", ".env.example": "A_KEY=\nB_KEY=\nC_KEY=\n"})
    assert places(check(root, "--staged")) == [("app.py", "undeclared-secret", 3)]
    git(root, "add", ".env.example")
    assert places(check(root, "--staged")) == [(".env.example", "unused-secret", 3)]


def test_a_new_app_is_checked_as_it_is_staged(tmp_path: Path) -> None:
    """The first commit of a Space; no README on the disk alone makes one, and what is quiet there stays so."""
    root = tmp_path / "r"
    quiet = f"{read('C_KEY')[:-1]}  # unspill: ignore[undeclared-secret]"
    write(root, {**SPACE, "app.py": read("B_KEY"), "c.py": quiet})
    git(root, "init", "-q")
    git(root, "add", "app.py", "c.py")
    assert places(check(root, "--staged")) == []
    git(root, "add", ".")
    found = [(".env.example", "unused-secret", 1), ("app.py", "undeclared-secret", 2)]
    assert places(check(root, "--staged")) == found


def test_names_are_checked_on_the_lines_of_a_branch(tmp_path: Path) -> None:
    """What commits read is held against the template of the last one, and told on the lines that they add."""
    root = repository(tmp_path / "r", {**SPACE, "app.py": read("OLD_KEY"), "inner/x.py": ""})
    commit(root, {"app.py": read("OLD_KEY", "A_KEY", "B_KEY"), "inner/x.py": read("B_KEY")})
    write(root, {".env.example": "A_KEY=\nB_KEY=\n"})
    found = [("app.py", "undeclared-secret", 4), ("inner/x.py", "undeclared-secret", 2)]
    assert places(check(root, "--since", "HEAD~1")) == found
    assert places(check(root, "--since", "HEAD~1", "inner")) == found[1:]
    commit(root, {})
    assert places(check(root, "--since", "HEAD~2")) == []


def test_the_names_of_two_repositories(tmp_path: Path) -> None:
    """Each repository is held against its own template."""
    for name in "ab":
        root = repository(tmp_path / name, {**SPACE})
        write(root, {"app.py": read(f"{name.upper()}_KEY")})
        git(root, "add", ".")
    found = [("b/app.py", "undeclared-secret", 2)]
    assert places(check(tmp_path, "--staged", "a", "b")) == places(check(tmp_path, "--staged", "b", "a")) == found


def test_the_projects_settings_hold(tmp_path: Path) -> None:
    """The settings on disk exclude files and folders of the index, and what is excluded is counted."""
    root = repository(tmp_path / "r", {"unspill.toml": 'exclude = ["gen/", "*.txt"]\n'})
    write(root, {"gen/deep/a.py": leak(1), "gen/b.py": leak(2), "c.txt": leak(3), "d.py": leak(4)})
    git(root, "add", ".")
    ran = check(root, "--staged")
    assert places(ran) == [("d.py", RULE, 1)]
    assert [one["path"] for one in ran.report["summary"]["skipped"]] == ["c.txt", "gen/"]


def test_what_is_no_text_is_skipped(tmp_path: Path) -> None:
    """Binaries, Git LFS pointers and what is too large are skipped with the reasons that files have."""
    root = repository(tmp_path / "r", {"x": ""})
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    write(root, {"a.bin": b"\0" + leak(1).encode(), "b.psd": pointer, "c.py": leak(2, lines(100))})
    git(root, "add", ".")
    ran = check(root, "--staged", "--max-file-size", "500")
    reasons = [one["reason"] for one in ran.report["summary"]["skipped"]]
    assert (ran.code, reasons) == (3, ["binary", "Git LFS pointer", "larger than 500 bytes"])


def test_a_conflict_is_reported(tmp_path: Path) -> None:
    """A file with several versions in the index cannot be committed, and is reported as not scanned."""
    root = repository(tmp_path / "r", {"a.py": "1\n"})
    git(root, "checkout", "-q", "-b", "other")
    commit(root, {"a.py": "2\n"})
    git(root, "checkout", "-q", "main")
    commit(root, {"a.py": "3\n"})
    with pytest.raises(Exception, match="merge"):
        git(root, "merge", "-q", "other")
    ran = check(root, "--staged")
    assert (ran.code, [one["path"] for one in ran.report["summary"]["skipped"]]) == (3, ["a.py"])


def test_worktrees_and_submodules(tmp_path: Path) -> None:
    """A worktree has its own index; a submodule is a repository of its own, and no file of the outer one."""
    inner = repository(tmp_path / "inner", {"x": ""})
    root = repository(tmp_path / "r", {"y": ""})
    git(root, "worktree", "add", "-q", "../tree")
    write(tmp_path / "tree", {"a.py": leak(1)})
    git(tmp_path / "tree", "add", ".")
    assert places(check(tmp_path / "tree", "--staged")) == [("a.py", RULE, 1)]
    assert places(check(root, "--staged")) == []
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "sub")
    write(root / "sub", {"b.py": leak(2)})
    git(root / "sub", "add", ".")
    assert places(check(root / "sub", "--staged")) == [("b.py", RULE, 1)]
    assert places(check(root, "--staged")) == []


def test_outside_a_repository(tmp_path: Path) -> None:
    """Where there is no repository the flags are a mistake, not a clean run."""
    (tmp_path / "r").mkdir()
    for flags in (["--staged"], ["--since", "HEAD"], ["--history"]):
        assert check(tmp_path / "r", *flags).code == 2


@pytest.mark.parametrize(
    "flags", [["--staged", "--history"], ["--staged", "--since", "x"], ["--since", ""], ["--history", "-"]]
)
def test_flags_that_make_no_sense(tmp_path: Path, flags: list[str]) -> None:
    """Flags that contradict each other, and an empty revision, are usage errors."""
    assert check(repository(tmp_path / "r", {}), *flags).code == 2


def test_since_reports_new_findings_on_changed_lines(tmp_path: Path) -> None:
    """Of a branch what it added is reported: not what was there, not what only moved, not what main did since."""
    root = repository(tmp_path / "r", {"a.py": leak(1, lines(5)), "b.py": leak(2), "c.py": leak(3) + lines(2000)})
    git(root, "checkout", "-q", "-b", "work")
    commit(
        root,
        {
            "a.py": leak(1, lines(9)) + leak(4),  # one more line before the known token, and a new one behind it
            "c.py": "",
            "moved/c.py": lines(2000) + leak(3),
            "b.py": leak(2) + leak(2),  # one copy more is new
        },
    )
    commit(root, {"d.py": leak(5), "unstaged.py": ""})
    write(root, {"unstaged.py": leak(6)})
    ran = check(root, "--since", "main")
    assert (ran.code, places(ran)) == (1, [("a.py", RULE, 11), ("b.py", RULE, 2), ("d.py", RULE, 1)])
    assert places(check(root, "--since", "main..work")) == places(check(root, "--since", "main...")) == places(ran)
    git(root, "stash", "-q")
    git(root, "checkout", "-q", "main")
    commit(root, {"b.py": "", "e.py": leak(7)})
    assert places(check(root, "--since", "main...work")) == places(ran)
    assert check(root, "--since", "HEAD").code == 0


def test_attributes_hide_no_line(tmp_path: Path) -> None:
    """A `.gitattributes` that calls a file binary does not hide what was added to it."""
    root = repository(tmp_path / "r", {"a.py": lines(3), ".gitattributes": "*.py -diff -text binary\n"})
    commit(root, {"a.py": leak(1, lines(3))})
    assert places(check(root, "--since", "HEAD~1")) == [("a.py", RULE, 4)]


def test_a_tracked_dotenv_is_news_once(tmp_path: Path) -> None:
    """Only the change that brings a `.env` says that git tracks it; a later one has its values alone."""
    root = repository(tmp_path / "r", {"x": ""})
    commit(root, {".env": f"# mine\nHF_TOKEN={token(1)}\n"})
    assert {rule for _, rule, _ in places(check(root, "--since", "HEAD~1"))} == {"dotenv-tracked", RULE}
    commit(root, {".env": f"# mine\nHF_TOKEN={token(1)}\nOTHER={token(2)}\n"})
    assert places(check(root, "--since", "HEAD~1")) == [(".env", RULE, 3)]


def test_an_unknown_revision(tmp_path: Path) -> None:
    """A revision that is none is a usage error that names it."""
    ran = check(repository(tmp_path / "r", {}), "--since", "nowhere")
    assert (ran.code, ran.out) == (2, "")
    assert "unknown revision 'nowhere'" in ran.err


def test_a_link_on_disk_is_not_followed(tmp_path: Path) -> None:
    """Where a staged folder is a link on disk, no settings are read from behind it."""
    root = repository(tmp_path / "r", {"sub/x": ""})
    write(root, {"sub/a.py": leak(1)})
    git(root, "add", ".")
    shutil.rmtree(root / "sub")
    write(tmp_path / "outside", {"unspill.toml": 'exclude = ["*.py"]\n'})
    os.symlink(tmp_path / "outside", root / "sub")
    assert places(check(root, "--staged")) == [("sub/a.py", RULE, 1)]


def test_a_value_found_in_a_change_is_found_in_all_of_it(tmp_path: Path) -> None:
    """A line that holds the value of a finding on an old line of the change, in a place that says nothing, is news."""
    value = sample("[a-f0-9]{32}", Random(7))
    code = f'CONVERT_API_KEY = "{value}"\n'
    root = repository(tmp_path / "app", {"app.py": code, "notes.txt": "nothing yet\n"})
    commit(root, {"app.py": f"{code}more = 1\n", "notes.txt": f"nothing but {value}\n"})
    assert places(check(root, "--since", "HEAD~1")) == [("notes.txt", "generic-api-key", 1)]
    (root / "app.py").write_text(f"{code}more = 2\n")
    (root / "notes.txt").write_text(f"staged, {value}\n")
    git(root, "add", ".")
    (root / "notes.txt").write_text("not staged\n")
    assert [(path, line) for path, _, line in places(check(root, "--staged"))] == [("app.py", 1), ("notes.txt", 1)]
