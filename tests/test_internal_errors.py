"""A bug that shows in one file: it is reported, without a word of the file's, and every other file is scanned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from unspill import app
from unspill.app import workers
from unspill.cli import main
from unspill.errors import internal
from unspill.fixes import shell as shell_fixes
from unspill.languages import shell
from unspill.pipeline import Context, Scanners
from unspill.scan import Scanner
from unspill.settings import Settings

from tests.cli import git, write
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

T, OTHER = token(1), token(2)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a script and a program that hold a token each; it is the working folder."""
    root = tmp_path / "r"
    write(root, {"run.sh": f"export HF_TOKEN={T}\n", "app.py": f't = "{OTHER}"\n'})
    git(root, "init", "-q")
    git(root, "add", ".")
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    return root


def boom(*_: object, **__: object) -> Any:
    """A bug whose words are a secret."""
    raise LookupError(T)


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the scan of every script fail."""
    scan = Scanner.scan

    def scanned(self: Scanner, document: Any, *rest: Any) -> Any:
        return boom() if document.path.endswith(".sh") else scan(self, document, *rest)

    monkeypatch.setattr(Scanner, "scan", scanned)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [[], ["--history"], ["--staged"], ["--format", "sarif"]], ids=" ".join)
@pytest.mark.parametrize("many", [False, True])
def test_a_scan_that_fails(
    tree: Path, arguments: list[str], many: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is incomplete, with the place of the bug; the findings of the others win."""
    if many:
        monkeypatch.setattr(app, "MANY_FROM", 1)
    if "--history" in arguments:
        git(tree, "commit", "-qm", "all")
    broken(monkeypatch)
    assert main(["check", "--no-cache", "-j", "1", *arguments]) == 1
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "internal error: LookupError at " in shown.out
    assert "app.py" in shown.out
    assert T not in shown.out


def test_nothing_else_is_found(tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a finding the run is incomplete."""
    broken(monkeypatch)
    (tree / "app.py").write_text("x = 1\n")
    assert main(["check"]) == 3
    assert (
        "Incomplete: 1 file could not be scanned in full:\n  run.sh: internal error: LookupError"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize("name", ["site", "comments"])
def test_a_place_that_cannot_be_told(
    tree: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in which it fails to tell where its findings are, or what silences them, is incomplete and left alone."""
    monkeypatch.setattr(shell, name, boom)
    write(tree, {"run.sh": f"export HF_TOKEN={T}" + "  # unspill: ignore" * (name == "comments") + "\n"})
    for command in ("check", "fix"):
        main([command])
        shown = capsys.readouterr().out
        assert "  run.sh: internal error: LookupError at languages/" in shown
        assert "app.py:1:" in shown
        assert T not in shown
    assert (tree / "run.sh").read_text().startswith(f"export HF_TOKEN={T}")
    assert OTHER not in (tree / "app.py").read_text()


def test_a_fix_that_cannot_be_planned(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The finding is reported, with the bug for a reason; the other is fixed."""
    monkeypatch.setattr(shell_fixes, "plan", boom)
    assert main(["fix"]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "run.sh:1:17: error" in shown
    assert "Internal error: LookupError at fixes/__init__.py:" in shown
    assert T not in shown
    assert (tree / "run.sh").read_text().startswith(f"export HF_TOKEN={T}")
    assert OTHER not in (tree / "app.py").read_text()


def test_a_worker_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker process says that a text has shown a bug, and scans the next."""
    write(tmp_path, {"a.sh": f"x {T}\n", "b.py": f"x = '{T}'\n"})
    broken(monkeypatch)
    jobs = [workers.Job(str(tmp_path / name), name, 1000) for name in ("a.sh", "b.py")]
    results = list(workers.scan_texts(jobs, workers.WorkerSetup(Context(Settings())), Scanners(), 1))
    assert [(result.interesting, bool(result.incomplete)) for result in results] == [(True, True), (True, False)]


def test_the_words_of_a_bug() -> None:
    """They are its type, and the innermost place in this package."""
    assert internal(LookupError(T)) == "internal error: LookupError; please report it"
    with pytest.raises(TypeError) as caught:
        shell.statement(3)  # type: ignore[arg-type]  # that is the bug
    assert internal(caught.value).startswith("internal error: TypeError at languages/shell.py:")
    assert internal(caught.value).endswith(" in statement; please report it")
