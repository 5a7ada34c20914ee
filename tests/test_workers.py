"""Worker processes: they scan as one process does, and whatever becomes of them, everything is scanned once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from unspill.app import workers
from unspill.pipeline import Context, Scanners
from unspill.project import read
from unspill.settings import Settings

from tests.cli import Ran, environment
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the workers must be forks to know of the test's change"
)


def test_a_file_that_kills_its_worker_is_the_only_one_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file on which the scanner crashes is refused with a reason, and everything else is scanned."""
    monkeypatch.setattr(workers, "PARALLEL_FROM", 0)
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # pytest has more
    own = os.getpid()
    call = workers.Worker.__call__

    def killed(worker: workers.Worker, job: workers.Job) -> workers.ScanResult:
        if job.path == "7.py" and os.getpid() != own:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(worker, job)

    monkeypatch.setattr(workers.Worker, "__call__", killed)
    jobs = []
    for number in range(20):
        path = tmp_path / f"{number}.py"
        path.write_text(f'x = "{token(number)}"\n' if number % 9 == 0 else f"x = {number}\n")
        jobs.append(workers.Job(str(path), path.name, 1000))
    results = list(workers.scan_texts(jobs, workers.WorkerSetup(Context(Settings())), Scanners(), 2))
    assert [number for number, result in enumerate(results) if result.interesting] == [0, 9, 18]
    assert [(number, result.refusal) for number, result in enumerate(results) if result.refusal is not None] == [
        (7, read.Refusal("the scanner crashed on it (signal 9)", incomplete=True))
    ]
    assert len(results) == 20


# Runs a command line whose workers are killed by one of the files.
_RUN = """
import os, signal, sys
from unspill import app
from unspill.cli import main
from unspill.project import read
from unspill.app import workers
app.MANY_FROM = workers.PARALLEL_FROM = 1
call = workers.Worker.__call__
def killed(worker, job):
    if job.path == "07.py":
        os.kill(os.getpid(), signal.SIGKILL)
    return call(worker, job)
workers.Worker.__call__ = killed
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("leak", [False, True])
def test_a_crash_is_reported(tmp_path: Path, leak: bool) -> None:
    """A file that crashes the scanner is named in the report; that ends with 3, or with 1 if there are findings."""
    (root := tmp_path / "app").mkdir()
    for number in range(20):
        (root / f"{number:02}.py").write_text(f'x = "{token(1)}"\n' if leak and number == 19 else f"x = {number}\n")
    done = subprocess.run(
        [sys.executable, "-c", _RUN, "check", "-j2", "--format", "json"],
        cwd=root,
        env=environment(tmp_path / "nobody"),
        capture_output=True,
        text=True,
        timeout=120,
    )
    report = Ran(done.returncode, done.stdout, done.stderr).report
    assert done.returncode == (1 if leak else 3), done.stderr
    assert [row["path"] for row in report["findings"]] == (["19.py"] if leak else [])
    assert report["summary"]["skipped"] == [{"path": "07.py", "reason": "the scanner crashed on it (signal 9)"}]
    assert report["summary"]["files"] == 19
