"""`unspill server --log-file`: when sessions begin and end, what went wrong, and nothing of what they are about."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli import environment
from tests.faults.common import HANG, UNSPILL, Started, leak, posix, shown
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path


def session(root: Path, *arguments: str) -> str:
    """What a session with a token in a document writes to standard error."""
    with Started(root, command=(*UNSPILL, "server", *arguments), values=[token(1)]) as editor:
        uri = (root / "app.py").as_uri()
        editor.open(uri, leak(1))
        assert len(editor.diagnostics(uri)) == 1
    return editor.log


@posix
def test_sessions_are_added_to_a_file_that_is_the_users_own(root: Path, tmp_path: Path) -> None:
    """Each begins and ends in it, nothing goes to standard error, and with -v no message's content is in it either."""
    log = tmp_path / "unspill.log"
    assert session(root, "--log-file", str(log)) == ""
    first = log.read_text()
    assert [line.split()[2] for line in first.splitlines()] == ["INFO", "INFO"]
    assert first.endswith("ends, exit code 0\n")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert session(root, "-v", "--log-file", str(log)) == ""
    both = log.read_text()
    assert both.startswith(first)
    assert "received textDocument/didOpen" in both
    assert shown(both, [token(1)]) == []
    assert "app.py" not in both


@posix
@pytest.mark.parametrize("kind", ["folder", "fifo", "missing folder", "zero"])
def test_a_file_that_cannot_be_written_is_a_mistake(root: Path, tmp_path: Path, kind: str) -> None:
    """The server does not start without the log that was asked for: one line names the file, and nobody waits."""
    log = tmp_path / "log"
    if kind == "folder":
        log.mkdir()
    elif kind == "fifo":
        os.mkfifo(log)
    elif kind == "missing folder":
        log /= "x"
    code = "import sys; from unspill.cli import main; sys.exit(main(['server', '--log-file', sys.argv[1] + %r]))"
    ran = subprocess.run(
        [sys.executable, "-c", code % ("\0" if kind == "zero" else ""), str(log)],
        cwd=root, env=environment(tmp_path), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG,
    )  # fmt: skip
    assert ran.returncode == 2
    (line,) = ran.stderr.splitlines()
    assert line.startswith("unspill: ")
    assert "cannot be written: " in line


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_ends_no_session(root: Path) -> None:
    """What cannot be logged is lost, and nobody hears a traceback of it."""
    assert session(root, "-v", "--log-file", "/dev/full") == ""
