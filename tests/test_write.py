"""Writing: whatever fails, and wherever it stops, a value is in `.env`, in the code or in both."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import pytest
from unspill.errors import UserError
from unspill.project import write
from unspill.project.write import Change, apply

if TYPE_CHECKING:
    from pathlib import Path

OPERATIONS = ("open", "fdopen", "chmod", "fsync", "replace", "unlink", "close")
VALUE = b"a value that must not be lost"
CODE, AFTER = b"token = '" + VALUE + b"'\n", b"token = env\n"
STORE = Change(".env", b"OLD=1\n", b"OLD=1\nNEW='" + VALUE + b"'\n")
EDITS = (Change("app.py", CODE, AFTER), Change("src/b.py", CODE, AFTER), Change(".gitignore", None, b".env\n"))


class Crash(BaseException):
    """The process dies here."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder as it was scanned."""
    (tmp_path / "src").mkdir()
    for change in (STORE, *EDITS):
        if change.before is not None:
            (tmp_path / change.path).write_bytes(change.before)
    return tmp_path


def test_writes_everything(root: Path) -> None:
    """Without a failure every file has its new bytes, `.env` is private, the others keep their modes."""
    (root / "app.py").chmod(0o750)
    apply(str(root), [STORE], EDITS)
    assert {change.path: (root / change.path).read_bytes() for change in (STORE, *EDITS)} == {
        change.path: change.after for change in (STORE, *EDITS)
    }
    assert stat.S_IMODE((root / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE((root / "app.py").stat().st_mode) == 0o750
    assert _leftovers(root) == []


def test_order(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` comes first, the ignore files next, and each copy is synced before it takes the file's place."""
    seen: list[str] = []
    replace, fsync = os.replace, os.fsync

    def replaced(source: str, target: str) -> None:
        seen.append(os.path.relpath(target, root))
        replace(source, target)

    def synced(descriptor: int) -> None:
        seen.append("sync")
        fsync(descriptor)

    monkeypatch.setattr(write.os, "replace", replaced)
    monkeypatch.setattr(write.os, "fsync", synced)
    apply(str(root), [STORE], EDITS)
    paths = [".env", ".gitignore", "app.py", os.path.join("src", "b.py")]
    assert seen == [word for path in paths for word in ("sync", path, "sync")]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_crash_at_any_operation_loses_no_value(root: Path, operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the process dies at any file operation, each file is whole, and the value is in `.env`, the code, or both."""
    for at in range(200):
        _reset(root)
        with monkeypatch.context() as patch:
            counter = _fail_from(patch, operation, at, Crash)
            try:
                apply(str(root), [STORE], EDITS)
            except Crash:
                pass
            else:
                assert counter[0] <= at
                break
        _assert_nothing_lost(root)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_one_error_at_any_operation_puts_everything_back(
    root: Path, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If one operation fails, every file is as it was, or as it should be, and the error is one for the user."""
    for at in range(200):
        _reset(root)
        with monkeypatch.context() as patch:
            counter = _fail_from(patch, operation, at, lambda: OSError(28, "No space left on device"), times=1)
            message = _refusal(root)
        if message is None:
            assert _state(root) == {change.path: change.after for change in (STORE, *EDITS)}
            if counter[0] <= at:
                break
        else:
            assert "nothing was changed" in message
            assert VALUE.decode() not in message
            assert _state(root) == {change.path: change.before for change in (STORE, *EDITS)}
            assert _leftovers(root) == []
        _assert_nothing_lost(root)


def test_missing_folders_are_made_and_taken_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file gets its folders; if a later file fails, those that were made go again, and no others."""
    deep, other = Change("src/new/deep/c.yml", None, b"c\n"), Change("src/other/d.yml", None, b"d\n")
    with monkeypatch.context() as patch:
        _fail_from(patch, "replace", 1, lambda: OSError(28, "No space left on device"), times=1)
        with pytest.raises(UserError, match="nothing was changed"):
            apply(str(root), [], [deep, other])
    assert sorted(path.name for path in (root / "src").iterdir()) == ["b.py"]
    apply(str(root), [], [deep, other])
    assert (root / deep.path).read_bytes() == deep.after


def test_a_stale_file_is_refused(root: Path) -> None:
    """A file that changed since it was scanned is refused, and so is one that appeared or went away."""
    for path, now in (("app.py", b"other\n"), (".gitignore", b"x\n"), ("src/b.py", None)):
        _reset(root)
        if now is None:
            (root / path).unlink()
        else:
            (root / path).write_bytes(now)
        before = _state(root)
        with pytest.raises(UserError, match=path):
            apply(str(root), [STORE], EDITS)
        assert _state(root) == before


def test_links_are_refused(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither a linked file nor a file behind a linked folder is written."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "app.py").write_bytes(CODE)
    (outside / "b.py").write_bytes(CODE)
    (root / "app.py").unlink()
    (root / "app.py").symlink_to(outside / "app.py")
    with pytest.raises(UserError, match="symbolic link"):
        apply(str(root), [STORE], EDITS[:1])
    (root / "linked").symlink_to(outside)
    with pytest.raises(UserError, match="symbolic link"):
        apply(str(root), [STORE], [Change("linked/b.py", CODE, AFTER)])
    assert (outside / "app.py").read_bytes() == (outside / "b.py").read_bytes() == CODE
    assert (root / ".env").read_bytes() == STORE.before


def _refusal(root: Path) -> str | None:
    try:
        apply(str(root), [STORE], EDITS)
    except UserError as error:
        return str(error)
    return None


def _fail_from(patch: pytest.MonkeyPatch, operation: str, at: int, error: Any, times: int = 10**9) -> list[int]:
    """Let calls of `os.operation` fail from call number `at` on (0-based), as often as `times` says."""
    real, counter = getattr(os, operation), [0]

    def failing(*arguments: Any, **options: Any) -> Any:
        counter[0] += 1
        if at < counter[0] <= at + times:
            raise error()
        return real(*arguments, **options)

    patch.setattr(os, operation, failing)
    return counter


def _reset(root: Path) -> None:
    for path in _leftovers(root):
        path.unlink()
    for change in (STORE, *EDITS):
        if change.before is None:
            (root / change.path).unlink(missing_ok=True)
        else:
            (root / change.path).write_bytes(change.before)


def _state(root: Path) -> dict[str, bytes | None]:
    paths = ((change.path, root / change.path) for change in (STORE, *EDITS))
    return {name: path.read_bytes() if path.exists() else None for name, path in paths}


def _assert_nothing_lost(root: Path) -> None:
    state = _state(root)
    for change in (STORE, *EDITS):
        assert state[change.path] in (change.before, change.after)
    stored = VALUE in (state[".env"] or b"")
    assert stored or (VALUE in (state["app.py"] or b"") and VALUE in (state["src/b.py"] or b""))


def _leftovers(root: Path) -> list[Path]:
    return sorted(root.rglob(".env.unspill-*"))


def test_a_report_keeps_what_its_file_is(tmp_path: Path) -> None:
    """A report replaces its file in one step: links are followed, modes stay, and a pipe is written to."""
    place, link = tmp_path / "report", tmp_path / "link"
    place.write_text("old")
    place.chmod(0o640)
    link.symlink_to(place)
    before = place.stat().st_ino
    write.create(str(link), "new\udc80")
    assert link.is_symlink()
    assert place.read_text() == "new\\udc80"
    assert stat.S_IMODE(place.stat().st_mode) == 0o640
    assert place.stat().st_ino != before
    write.create(os.devnull, "gone")
    with pytest.raises(UserError, match="cannot be written"):
        write.create(str(tmp_path / "nowhere" / "report"), "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "report"]
