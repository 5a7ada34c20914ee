"""A crash writes no memory: core files are off in every process that the command line starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli import environment
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no core files")

# Runs a command line that was allowed core files, and does something when it has counted in its first text.
_RUN = """
import multiprocessing, os, resource, signal, sys
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
from unspill import app
from unspill.cli import limits, main
from unspill.app import workers
count = app.Collector.count
def counted(collector, size):
    {then}
    count(collector, size)
app.Collector.count = counted
app.MANY_FROM = workers.PARALLEL_FROM = 1
workers._BATCH = 1
sys.exit(main(sys.argv[1:]))
"""
_CRASH = "os.kill(os.getpid(), signal.SIGSEGV)"
_TELL = """
    pids = [os.getpid(), *(worker.pid for worker in multiprocessing.active_children())]
    here = [resource.prlimit(pid, resource.RLIMIT_CORE) if hasattr(resource, "prlimit") else (0, hard) for pid in pids]
    print(len(pids), set(here) == {(0, hard)}, limits.previous == (hard or None), file=sys.stderr)
"""


def run(folder: Path, then: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command line over two files with a token, with `then` done as each is counted in."""
    for name in ("a.py", "b.py"):
        (folder / name).write_text(f'x = "{token()}"\n')
    return subprocess.run(
        [sys.executable, "-c", _RUN.replace("{then}", then), *arguments],
        cwd=folder,
        env=environment(folder.parent / "nobody"),
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_crash_leaves_no_core_file(tmp_path: Path) -> None:
    """A process that dies of a signal which dumps core leaves the folder as it was."""
    done = run(tmp_path, _CRASH, "check", "-j1")
    assert done.returncode == -signal.SIGSEGV
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py", "b.py"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the limits of other processes")
def test_workers_inherit_the_limit(tmp_path: Path) -> None:
    """The limit is 0 in the process and in its workers, the hard one is as it was, and the old one is known."""
    done = run(tmp_path, _TELL, "check", "-j2")
    assert done.returncode == 1
    assert set(done.stderr.splitlines()) == {"3 True True"}


def test_the_limit_is_lowered_once() -> None:
    """A second call does not take the lowered limit for the one to give back; a limit of 0 needs no lowering."""
    code = """
import resource
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
soft = min(hard, 4096) if hard != resource.RLIM_INFINITY else 4096
resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
from unspill.cli import limits
limits.no_core_files()
limits.no_core_files()
assert (limits.previous or 0) == soft
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, hard)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
