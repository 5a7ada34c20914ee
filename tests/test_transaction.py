"""Two fixes at once, a fix beside a save, a fix that is killed: no value and no edit is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from unspill import transaction
from unspill.app import Request, fixing
from unspill.cli.arguments import loader
from unspill.errors import UserError
from unspill.model import Secret, Stored
from unspill.project import staging, write
from unspill.space import Space

from tests.cli import environment, unspill
from tests.helpers import token
from tests.operations import call_at

if TYPE_CHECKING:
    from pathlib import Path


def code(value: str) -> str:
    """A program that holds a token."""
    return f'from huggingface_hub import login\n\nlogin(token="{value}")\n'


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """A Space with two folders that hold two tokens each."""
    for at, name in enumerate(("a/one.py", "a/two.py", "b/one.py", "b/two.py")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(code(token(at)))
    (tmp_path / "README.md").write_text("---\nsdk: gradio\n---\n")
    return tmp_path


def fix(space: Path, *paths: str) -> fixing.Outcome:
    """Fix files in this process."""
    return fixing.fix(Request(paths or (".",), loader(), str(space)))


def fix_or_note(space: Path, path: str, refused: list[str]) -> None:
    """Fix files, or note why that was refused."""
    try:
        fix(space, path)
    except UserError as error:
        refused.append(str(error))


def everything(space: Path) -> str:
    """The texts of all files."""
    return "\n".join(path.read_text() for path in space.rglob("*") if path.is_file())


def lost(space: Path) -> list[int]:
    """Which of the four tokens are in no file any more."""
    text = everything(space)
    return [at for at in range(4) if token(at) not in text]


def _chdir(monkeypatch: pytest.MonkeyPatch, space: Path) -> None:
    monkeypatch.chdir(space)
    monkeypatch.setattr(staging, "_PATIENCE", 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("quarter", range(4))
def test_two_fixes_interleaved_at_any_operation_lose_nothing(
    space: Path,
    quarter: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wherever in one fix another one runs, all values are in `.env`, or still in the code of the one that waits."""
    _chdir(monkeypatch, space)
    files = {path: path.read_text() for path in space.rglob("*.py")}
    at = quarter
    while True:
        for path in space.rglob("*"):
            if path.is_file() and path not in files and path.name != "README.md":
                path.unlink()
        for path, text in files.items():
            path.write_text(text)
        refused: list[str] = []
        with monkeypatch.context() as patch:
            counter = call_at(patch, at, partial(fix_or_note, space, "b", refused))
            fix(space, "a")
        assert lost(space) == []
        assert [path for path in (space / "a").iterdir() if "hf_" in path.read_text()] == []
        left = [path for path in (space / "b").iterdir() if "hf_" in path.read_text()]
        assert bool(left) == bool(refused) or counter[0] <= at
        assert all("another unspill" in message for message in refused)
        names = (space / ".env.example").read_text().split()
        assert len(names) == (2 if left else 4)
        if counter[0] <= at:
            break
        at += 4


def test_a_save_before_the_writing_is_worked_into_the_fix(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is saved after it was scanned is fixed as it was saved."""
    _chdir(monkeypatch, space)
    apply, once = write.apply, iter([True])

    def late(*arguments: Any) -> None:
        if next(once, False):
            (space / "a" / "two.py").write_text("# mine\n" + code(token(1)))
        apply(*arguments)

    monkeypatch.setattr(write, "apply", late)
    outcome = fix(space)
    assert (space / "a" / "two.py").read_text().startswith("# mine\n")
    assert "hf_" not in "".join(path.read_text() for path in space.rglob("*.py"))
    assert lost(space) == []
    assert len(outcome.moved) == 4


def test_a_file_that_changes_each_time_is_refused_by_name(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fix does not run after a file for ever: it says which one, and leaves it alone."""
    _chdir(monkeypatch, space)
    apply = write.apply

    def late(*arguments: Any) -> None:
        with (space / "b" / "one.py").open("a") as file:
            file.write("# again\n")
        apply(*arguments)

    monkeypatch.setattr(write, "apply", late)
    with pytest.raises(UserError, match=r"b/one\.py: keeps changing"):
        fix(space)
    assert token(2) in (space / "b" / "one.py").read_text()
    assert lost(space) == []


def test_fixes_of_several_processes_at_once_lose_nothing(space: Path) -> None:
    """Processes that fix parts of one Space together end up with all values and all declarations."""
    variables = environment(space.parent / "nobody")
    for _ in range(3):
        command = [sys.executable, "-I", "-m", "unspill", "fix", "-q"]
        runs = [subprocess.Popen([*command, part], cwd=space, env=variables, stdout=-3) for part in ("a", "b")]
        assert [run.wait() for run in runs] == [0, 0]
        assert lost(space) == []
        assert len((space / ".env.example").read_text().split()) == 4
        assert not (space / ".unspill").exists()
        for at, path in enumerate(sorted(space.rglob("*.py"))):
            path.write_text(code(token(at)))
        (space / ".env").unlink()
        (space / ".env.example").unlink()


KILLED = """
import os, sys
from unspill.cli.main import main
from unspill.project import exchange
left = [int(sys.argv[1])]
def dying(module, name):
    real = getattr(module, name)
    def call(*arguments, **options):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), 9)
        return real(*arguments, **options)
    setattr(module, name, call)
for name in ("replace", "link", "unlink", "fsync", "chmod", "rmdir"):
    dying(os, name)
dying(exchange, "swap")
sys.exit(main(["fix", "-q"]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("at", [0, 3, 6, 9, 12, 15, 18, 21, 24, 27])
def test_a_killed_fix_leaves_nothing_that_the_next_one_does_not_complete(space: Path, at: int) -> None:
    """After a kill no value is lost, `check` reports what is left, and a rerun completes the fix."""
    variables = environment(space.parent / "nobody")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(at)], cwd=space, env=variables, capture_output=True)
    assert lost(space) == []
    strays = [path for path in space.rglob("*") if path.is_file() and ".unspill" in path.as_posix()]
    if killed.returncode == -9 and any(path.suffix == ".copy" for path in strays):
        before = sorted(strays)
        seen = unspill(space, "check", "--format", "json").report["summary"]["skipped"]
        assert [one["path"] for one in seen if "interrupted fix" in one["reason"]] == [".unspill/"]
        assert sorted(path for path in space.rglob("*") if ".unspill" in path.as_posix() and path.is_file()) == before
    assert unspill(space, "fix", "-q").code == 0
    assert lost(space) == []
    assert not (space / ".unspill").exists()
    assert (space / ".gitignore").read_text() == ".env\n"
    assert len((space / ".env.example").read_text().split()) == 4
    assert unspill(space, "check").code == 0


@pytest.mark.parametrize("names", [[], ["lock"], [".gitignore", "lock"]])
def test_a_lock_without_copies_is_no_news_and_goes(tmp_path: Path, names: list[str]) -> None:
    """`check` passes over a staging folder that holds nothing; the next `fix` removes it, also from a nested Space."""
    left = tmp_path / "spaces" / "demo" / ".unspill"
    left.mkdir(parents=True)
    for name in names:
        (left / name).write_text("")
    (tmp_path / "app.py").write_text("print()\n")
    checked = unspill(tmp_path, "check", "--format", "json")
    assert (checked.code, checked.report["summary"]["skipped"]) == (0, [])
    assert left.exists()
    assert unspill(tmp_path, "fix", "-q").code == 0
    assert not left.exists()


def test_a_value_is_added_to_what_the_file_holds_by_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `.env` that another program extends while a value is stored keeps both."""
    (tmp_path / ".env").write_text("A=1\n")
    apply, once = write.apply, iter([True])

    def late(*arguments: Any) -> None:
        if next(once, False):
            (tmp_path / ".env").write_text("A=1\nB=2\n")
        apply(*arguments)

    monkeypatch.setattr(write, "apply", late)
    transaction.store(str(tmp_path), Space(), [Stored("C", Secret("3"))], ["C"])
    assert (tmp_path / ".env").read_text() == "A=1\nB=2\nC=3\n"
    assert (tmp_path / ".env.example").read_text() == "C=\n"


def test_a_hard_link_is_withheld(space: Path) -> None:
    """A file with a second name is not fixed, the others are, and the finding says why."""
    os.link(space / "a" / "one.py", space / "twin.txt")
    ran = unspill(space, "fix")
    assert ran.code == 1
    assert "2 hard links" in ran.out
    assert token(0) in (space / "a" / "one.py").read_text()
    assert "hf_" not in (space / "b" / "one.py").read_text()
    assert (space / "a" / "one.py").samefile(space / "twin.txt")


def test_a_link_that_leads_elsewhere_is_not_followed(space: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """`fix *` changes nothing outside of the folder through a link; the target itself may be named."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "app.py").write_text(code(token(7)))
    (space / "linked").symlink_to(outside)
    ran = unspill(space, "fix", "a", "b", "linked")
    assert ran.code == 3
    assert "linked: symbolic link out of the folder" in ran.out
    ran = unspill(space / "a", "fix", str(space / "linked"))
    assert ran.code == 3
    assert "  linked: symbolic link out of the folder" in ran.out
    assert (outside / "app.py").read_text() == code(token(7))
    assert lost(space) == []
    assert "hf_" not in (space / "a" / "one.py").read_text()
    assert unspill(space, "fix", "-q", str(outside)).code == 0
    assert "hf_" not in (outside / "app.py").read_text()
