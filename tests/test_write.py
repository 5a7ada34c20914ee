"""Writing: whatever fails, and wherever it stops, a value is in `.env`, in the code or in both."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from unspill.errors import BusyError, StaleError, UserError
from unspill.project import exchange, read, staging, write
from unspill.project.write import FileChange, apply

from tests.operations import call_at, owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

OPERATIONS = ("open", "fdopen", "chmod", "fsync", "replace", "unlink", "close", "link", "mkdir", "rmdir", "swap")
VALUE = b"a value that must not be lost"
CODE, AFTER = b"token = '" + VALUE + b"'\n", b"token = env\n"
STORE = FileChange(".env", b"OLD=1\n", b"OLD=1\nNEW='" + VALUE + b"'\n")
EDITS = (
    FileChange("app.py", CODE, AFTER),
    FileChange("src/b.py", CODE, AFTER),
    FileChange(".env.example", b"OLD=\n", b"OLD=\nNEW=\n"),
    FileChange(".gitignore", None, b".env\n"),
)
FILES = {write.__file__, exchange.__file__}
SIDES = ("before", "after")
ORDER = [".gitignore", ".env", ".env.example", "app.py", "src/b.py"]


class Crash(BaseException):
    """The process dies here."""


@pytest.fixture(params=["swap", "no swap"])
def root(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as it was scanned, where files can be exchanged in one step, and where they cannot."""
    if request.param == "no swap":
        monkeypatch.setattr(exchange, "swap", lambda *_: False)
    elif not _can_swap(tmp_path):
        pytest.skip("this file system cannot exchange two files")
    (tmp_path / "src").mkdir()
    for change in (STORE, *EDITS):
        if change.before is not None:
            (tmp_path / change.path).write_bytes(change.before)
    return tmp_path


def test_a_store_that_stays_as_it_is_becomes_private(tmp_path: Path) -> None:
    """What is said to keep a value is left to its owner, a read-only file included, and not written anew."""
    for mode, after in ((0o644, 0o600), (0o444, 0o400), (0o600, 0o600)):
        path = tmp_path / f"{mode}/.env"
        path.parent.mkdir()
        path.write_bytes(STORE.after)
        path.chmod(mode)
        inode = path.stat().st_ino
        apply(str(path.parent), [FileChange(".env", STORE.after, STORE.after)], ())
        assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_ino) == (after, inode)


def test_a_store_is_relied_on_under_its_lock_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may take back what it has written to `.env`: nobody counts on it until that one is done."""
    monkeypatch.setattr(staging, "_PATIENCE", 0.0)
    (tmp_path / ".env").write_bytes(STORE.after)
    kept = FileChange(".env", STORE.after, STORE.after)
    with staging.locked([str(tmp_path)]), pytest.raises(BusyError):
        apply(str(tmp_path), [kept], ())
    (tmp_path / ".env").write_bytes(b"OLD=1\n")
    with pytest.raises(StaleError):
        apply(str(tmp_path), [kept], ())


def test_a_huge_file_that_was_not_read_is_named(tmp_path: Path) -> None:
    """A file too large to be read is no new one: it is named, and nothing is changed."""
    (tmp_path / ".gitignore").write_bytes(b"")
    os.truncate(tmp_path / ".gitignore", read.LARGEST + 1)
    assert read.regular(str(tmp_path / ".gitignore")) is None
    with pytest.raises(UserError, match=r"^\.gitignore: is larger than 20,000,000 bytes; nothing was changed$"):
        apply(str(tmp_path), [STORE._replace(before=None)], EDITS[3:])
    assert [path.name for path in tmp_path.iterdir()] == [".gitignore"]


def test_writes_everything(root: Path) -> None:
    """Without a failure every file has its new bytes, `.env` is private, the others keep their modes."""
    (root / "app.py").chmod(0o750)
    apply(str(root), [STORE], EDITS)
    assert _state(root) == {change.path: change.after for change in (STORE, *EDITS)}
    assert stat.S_IMODE((root / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE((root / "app.py").stat().st_mode) == 0o750
    assert not (root / ".unspill").exists()


def test_order(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ignores `.env` comes first, then `.env`, the declarations and the code, each synced before it is seen."""
    seen: list[str] = []

    def noting(module: Any, name: str, word: Callable[..., str]) -> None:
        real = getattr(module, name)

        def noted(*arguments: Any) -> Any:
            seen.append(word(*arguments))
            return real(*arguments)

        monkeypatch.setattr(module, name, noted)

    for module, name in ((os, "replace"), (os, "link"), (exchange, "swap")):
        noting(module, name, lambda *names: os.path.relpath(names[-1], root))
    noting(os, "fsync", lambda *_: "sync")
    apply(str(root), [STORE], EDITS)
    for at, path in enumerate(ORDER):
        assert seen.index(path) > at
        assert seen[seen.index(path) - 1] == "sync"
    assert [word for word in dict.fromkeys(seen) if word != "sync"] == ORDER


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_crash_at_any_operation_loses_no_value(root: Path, operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the process dies at any file operation, each file is whole, and the value is in `.env`, the code, or both."""
    for _ in _crashes(root, operation, monkeypatch):
        _assert_nothing_lost(root)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_after_a_crash_the_next_fix_clears_up(root: Path, operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies that a dead process has left are in `.unspill/` alone, are reported, and go with the next writing."""
    for _ in _crashes(root, operation, monkeypatch):
        known = {change.path for change in (STORE, *EDITS)}
        strays = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
        strays = [path for path in strays if path.as_posix() not in known]
        assert {path.parts[0] for path in strays} <= {".unspill"}
        assert staging.leftovers(str(root)) == sum(path.suffix == ".copy" for path in strays)
        with staging.locked([str(root)]):
            assert staging.leftovers(str(root)) == 0
        assert not (root / ".unspill").exists()


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
        _assert_nothing_lost(root)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a file that is not closed yet
def test_an_interruption_at_any_line_loses_no_value(root: Path) -> None:
    """Ctrl-C at any line, also directly after a file was replaced, takes everything back or leaves it finished."""
    for at in range(2_000):
        _reset(root)
        try:
            _interrupted_at(at, lambda: apply(str(root), [STORE], EDITS))
        except KeyboardInterrupt:
            _close_locks()
        else:
            break
        state = _state(root)
        assert any(state == {change.path: getattr(change, side) for change in (STORE, *EDITS)} for side in SIDES)
    assert at > 100


def test_missing_folders_are_made_and_taken_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file gets its folders; if a later file fails, those that were made go again, and no others."""
    deep, other = FileChange("src/new/deep/c.yml", None, b"c\n"), FileChange("src/other/d.yml", None, b"d\n")
    with monkeypatch.context() as patch:
        _fail_from(patch, "link", 1, lambda: OSError(28, "No space left on device"), times=1)
        _fail_from(patch, "replace", 0, lambda: OSError(28, "No space left on device"), times=1)
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
        with pytest.raises(StaleError, match=path):
            apply(str(root), [STORE], EDITS)
        assert _state(root) == before


SAVES: dict[str, Callable[[Path, bytes], object]] = {
    "in place": lambda path, data: path.write_bytes(data),
    "by rename": lambda path, data: (path.with_name("~").write_bytes(data), path.with_name("~").rename(path)),
}


@pytest.mark.slow
@pytest.mark.parametrize("how", SAVES)
@pytest.mark.parametrize("path", ORDER)
def test_a_save_at_any_operation_is_kept(root: Path, path: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an editor saves between two operations of a fix is there afterwards, and no value is lost.

    Where files cannot be exchanged, a save directly before the rename is not noticed: the one window that is left.
    """
    saved = b"# what the user has just saved\n"
    but = () if _can_swap(root) else ("close", "swap", "replace")  # between the look at a file and its rename
    for at in range(200):
        _reset(root)
        with monkeypatch.context() as patch:
            counter = call_at(patch, at, lambda: SAVES[how](root / path, saved), but=but)
            with contextlib.suppress(StaleError):
                apply(str(root), [STORE], EDITS)
        if counter[0] <= at:
            break
        state = _state(root)
        assert state[path] == saved
        whole = {change.path: (change.before, change.after) for change in (STORE, *EDITS)}
        assert all(data in whole[name] for name, data in state.items() if name != path)
        if path != ".env":
            stored = VALUE in (state[".env"] or b"")
            assert stored or all(VALUE in (state[name] or b"") for name in ("app.py", "src/b.py") if name != path)


def test_an_editor_that_has_the_file_open_keeps_its_text(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written to the old file after it was replaced comes back, as long as the fix is not over."""
    if not _can_swap(root):
        pytest.skip("the old file is gone once it is replaced")
    with (root / "app.py").open("ab", buffering=0) as editor:
        once = iter([True])

        def swapping(one: str, other: str) -> bool:
            done = swap(one, other)
            if other.endswith("b.py") and next(once, False):
                editor.write(b"# typed\n")
            return done

        swap = exchange.swap
        monkeypatch.setattr(exchange, "swap", swapping)
        with pytest.raises(StaleError, match=r"app\.py"):
            apply(str(root), [STORE], EDITS)
    assert (root / "app.py").read_bytes() == CODE + b"# typed\n"
    assert (root / "src" / "b.py").read_bytes() == CODE
    assert VALUE in (root / ".env").read_bytes()
    assert (root / ".gitignore").read_bytes() == b".env\n"


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
        apply(str(root), [STORE], [FileChange("linked/b.py", CODE, AFTER)])
    assert (outside / "app.py").read_bytes() == (outside / "b.py").read_bytes() == CODE
    assert (root / ".env").read_bytes() == STORE.before


def test_a_linked_staging_folder_is_refused(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Copies with values never go where a link named `.unspill` leads."""
    outside = tmp_path_factory.mktemp("outside")
    (root / ".unspill").symlink_to(outside)
    with pytest.raises(UserError, match=r"\.unspill: cannot be written"):
        apply(str(root), [STORE], EDITS)
    assert list(outside.iterdir()) == []
    assert _state(root) == {change.path: change.before for change in (STORE, *EDITS)}


@pytest.mark.parametrize("name", [".unspill", ".unspill/lock", ".unspill/.gitignore"])
@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_in_the_way_of_the_lock_is_to_be_removed(root: Path, name: str, kind: str) -> None:
    """Where something else has a name of ours, nothing is changed, and the message says what to do."""
    place = root / name
    if (kind, name) in (("folder", ".unspill"), ("file", ".unspill/lock"), ("file", ".unspill/.gitignore")):
        return  # as it should be
    place.parent.mkdir(exist_ok=True)
    if kind == "file":
        place.write_text("mine")
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to(root / "nowhere")
    with pytest.raises(
        UserError, match=r"\.unspill: cannot be written: .*; rename or delete what is there; nothing was"
    ):
        apply(str(root), [STORE], EDITS)
    assert os.path.lexists(place)
    assert not (root / "nowhere").exists()
    assert _state(root) == {change.path: change.before for change in (STORE, *EDITS)}


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EBUSY, "unmount"),
        (errno.ENOSPC, "free some space"),
        (errno.EACCES, "writable"),
        (errno.EROFS, "writable"),
    ],
)
def test_a_file_that_cannot_be_replaced_is_said_how_to_mend(
    root: Path, number: int, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mounted `.env`, a full or read-only disk: the message names the file and the remedy."""
    _fail_from(monkeypatch, "fsync", 0, lambda: OSError(number, os.strerror(number)))
    message = _refusal(root) or ""
    assert message.startswith(".gitignore: cannot be written: ")
    assert remedy in message
    assert "nothing was changed" in message


def test_hard_links_are_refused(root: Path) -> None:
    """A file with a second name is left alone: replacing it would part the two."""
    os.link(root / "app.py", root / "twin.py")
    with pytest.raises(UserError, match=r"app\.py: the file has 2 hard links"):
        apply(str(root), [STORE], EDITS)
    assert (root / "app.py").samefile(root / "twin.py")


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="extended attributes are copied on Linux only")
def test_the_users_attributes_stay(root: Path) -> None:
    """An extended attribute that the user has set is on the file after a fix."""
    try:
        os.setxattr(root / "app.py", "user.origin", b"here")
    except OSError as error:
        pytest.skip(f"this file system has no extended attributes: {error.strerror}")
    apply(str(root), [STORE], EDITS)
    assert os.getxattr(root / "app.py", "user.origin") == b"here"


@pytest.mark.skipif(os.name == "nt", reason="groups as POSIX has them")
def test_the_group_stays(root: Path) -> None:
    """What a service reads by its group, it can read after a fix; other files get no other group."""
    may = [1234] if os.geteuid() == 0 else [group for group in os.getgroups() if group != os.getegid()]
    if not may:
        pytest.skip("this user may give a file to no other group")
    for name in ("app.py", ".env"):
        os.chown(root / name, -1, may[0])
    apply(str(root), [STORE], EDITS)
    groups = {name: (root / name).stat().st_gid == may[0] for name in ("app.py", ".env", "src/b.py")}
    assert groups == {"app.py": True, ".env": True, "src/b.py": False}


def test_another_file_system_below_gets_its_own_staging_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be renamed to from the folder of `.env` is staged beside itself, and nothing is left there."""
    beside = os.path.join(str(root / "src"), ".unspill", "")

    def mounted(real: Callable[..., Any]) -> Callable[..., Any]:
        def renaming(source: str, target: str) -> Any:
            if target.endswith("b.py") and not source.startswith(beside):
                raise OSError(18, "Invalid cross-device link")
            return real(source, target)

        return renaming

    monkeypatch.setattr(exchange, "swap", mounted(exchange.swap))
    monkeypatch.setattr(os, "replace", mounted(os.replace))
    apply(str(root), [STORE], EDITS)
    assert _state(root) == {change.path: change.after for change in (STORE, *EDITS)}
    assert not (root / "src" / ".unspill").exists()


HOLDER = """
import sys, time
from unspill.project import staging
with staging.locked([sys.argv[1]]):
    print("locked", flush=True)
    time.sleep(600)
"""


def test_a_lock_names_its_process_and_ends_with_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fix waits for another process no longer than it should, says which one it is, and goes on once it is killed."""
    monkeypatch.setattr(staging, "_PATIENCE", 0.0)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(root)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        with pytest.raises(BusyError, match=rf"process {holder.pid}\)") as raised:
            apply(str(root), [STORE], EDITS)
        assert raised.value.exit_code == 3
        assert _state(root) == {change.path: change.before for change in (STORE, *EDITS)}
        holder.kill()
        holder.wait()
        apply(str(root), [STORE], EDITS)
    assert _state(root) == {change.path: change.after for change in (STORE, *EDITS)}


@pytest.mark.parametrize(
    "names", [[], ["lock"], [".gitignore"], [".gitignore", "lock"], ["1.copy"], [".gitignore", "1.copy", "lock"]]
)
def test_what_a_dead_process_leaves_is_cleared(root: Path, names: list[str]) -> None:
    """The staging folder goes at whatever point its process died."""
    _left(root, names)
    staging.clear(str(root))
    assert not (root / ".unspill").exists()


def test_only_what_nobody_owns_is_cleared(root: Path) -> None:
    """Clearing up leaves what a running process holds, what others keep, a link, and a file of that name."""
    with staging.locked([str(root)]):
        _left(root, ["1.copy"])
        staging.clear(str(root))
        assert staging.leftovers(str(root)) == 0
        assert sorted(path.name for path in (root / ".unspill").iterdir()) == [".gitignore", "1.copy", "lock"]
    _left(root, ["ledger.json"])
    staging.clear(str(root))
    assert [path.name for path in (root / ".unspill").iterdir()] == ["ledger.json"]
    other = root / "other"
    other.mkdir()
    (other / ".unspill").symlink_to(root / ".unspill")
    staging.clear(str(other))
    (root / ".unspill" / "ledger.json").unlink()
    (root / ".unspill").rmdir()
    (root / ".unspill").write_text("mine")
    staging.clear(str(root))
    assert (root / ".unspill").read_text() == "mine"


def _left(folder: Path, names: list[str]) -> None:
    (folder / ".unspill").mkdir(exist_ok=True)
    for name in names:
        (folder / ".unspill" / name).write_text("")


def test_the_staging_folder_ignores_itself_and_keeps_what_others_put_there(root: Path) -> None:
    """While a fix runs the folder is private and ignored; what is no copy of ours stays in it."""
    with staging.locked([str(root)]):
        assert (root / ".unspill" / ".gitignore").read_text() == "*\n"
        assert stat.S_IMODE((root / ".unspill").stat().st_mode) == 0o700
        (root / ".unspill" / "ledger.json").write_text("{}")
    assert sorted(path.name for path in (root / ".unspill").iterdir()) == [".gitignore", "ledger.json", "lock"]


def test_windows_waits_for_a_file_that_is_open_elsewhere(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There, replacing an open file fails for a moment: it is tried again, and in the end refused."""
    monkeypatch.setattr(exchange, "swap", lambda *_: False)
    monkeypatch.setattr(os, "name", "nt")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with monkeypatch.context() as patch:
        _fail_from(patch, "replace", 0, lambda: PermissionError(13, "Permission denied"), times=3)
        apply(str(root), [STORE], EDITS)
    assert _state(root) == {change.path: change.after for change in (STORE, *EDITS)}
    _reset(root)
    with monkeypatch.context() as patch:
        _fail_from(patch, "replace", 0, lambda: PermissionError(13, "Permission denied"))
        assert "cannot be written: Permission denied" in (_refusal(root) or "")
    assert _state(root) == {change.path: change.before for change in (STORE, *EDITS)}


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


def _can_swap(folder: Path) -> bool:
    one, other = folder / "one", folder / "other"
    one.write_bytes(b"1")
    other.write_bytes(b"2")
    done = exchange.swap(str(one), str(other))
    one.unlink()
    other.unlink()
    return done


def _refusal(root: Path) -> str | None:
    try:
        apply(str(root), [STORE], EDITS)
    except UserError as error:
        return str(error)
    return None


def _crashes(root: Path, operation: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the process die at each of the file operations of a kind, from a fresh folder; a turn for each death."""
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
                return
            finally:
                _close_locks()
        yield


def _fail_from(patch: pytest.MonkeyPatch, operation: str, at: int, error: Any, times: int = 10**9) -> list[int]:
    """Let calls of an operation fail from call number `at` on (0-based), as often as `times` says."""
    module = owner(operation)
    real, counter = getattr(module, operation), [0]

    def failing(*arguments: Any, **options: Any) -> Any:
        counter[0] += 1
        if at < counter[0] <= at + times:
            raise error()
        return real(*arguments, **options)

    patch.setattr(module, operation, failing)
    return counter


def _interrupted_at(at: int, work: Callable[[], object]) -> None:
    """Do `work`, with Ctrl-C before line number `at` (0-based) that is run of what writes files."""
    lines = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal lines
        if event == "line":
            lines += 1
            if lines > at:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace if frame.f_code.co_filename in FILES else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)


_LOCKS: list[int] = []
_CLOSE = os.close


@pytest.fixture(autouse=True)
def _locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Note the locks, which a process that dies gives back."""
    take = staging._lock

    def taking(descriptor: int) -> bool:
        _LOCKS.append(descriptor)
        return take(descriptor)

    monkeypatch.setattr(staging, "_lock", taking)


def _close_locks() -> None:
    while _LOCKS:
        try:
            _CLOSE(_LOCKS.pop())
        except OSError:
            continue


def _reset(root: Path) -> None:
    staging_folder = root / ".unspill"
    if staging_folder.exists():
        for path in staging_folder.iterdir():
            path.unlink()
        staging_folder.rmdir()
    for change in (STORE, *EDITS):
        (root / change.path).unlink(missing_ok=True)
        if change.before is not None:
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
