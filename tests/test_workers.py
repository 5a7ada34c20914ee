"""Worker processes: they look as one process does, and whatever becomes of them, everything is looked at once."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from unspill.run import workers
from unspill.scan import Scanner

from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(sys.platform != "linux", reason="the workers must be forks to know of the test's change")
def test_a_killed_worker_leaves_nothing_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a worker is killed, as for want of memory, this process looks at what is left."""
    monkeypatch.setattr(workers, "PARALLEL_FROM", 0)
    monkeypatch.setattr(workers, "_BATCH", 0)
    own = os.getpid()
    call = workers.Looker.__call__

    def killed(looker: workers.Looker, job: workers.Job) -> workers.Look:
        if job.path == "7.py" and os.getpid() != own:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(looker, job)

    monkeypatch.setattr(workers.Looker, "__call__", killed)
    jobs = []
    for number in range(20):
        path = tmp_path / f"{number}.py"
        path.write_text(f'x = "{token(number)}"\n' if number % 9 == 0 else f"x = {number}\n")
        jobs.append(workers.Job(str(path), path.name, 1000))
    looks = list(workers.look(jobs, workers.Plan((), use_cache=True), Scanner(), 2))
    assert [number for number, look in enumerate(looks) if look.interesting] == [0, 9, 18]
    assert len(looks) == 20
