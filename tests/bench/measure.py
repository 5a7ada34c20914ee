"""Running things and measuring them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Command = list[str]
_SAMPLE_SECONDS = 0.02
_CODES = (0, 1, 200)
"""Nothing found, something found, and kingfisher's way of saying the latter."""


class Run(NamedTuple):
    """One run of a program, its worker processes included."""

    seconds: float
    """Wall clock."""
    cpu: float
    """Seconds of processor time, user and system."""
    code: int
    output: str
    """Standard output and standard error."""


def environment(home: Path) -> dict[str, str]:
    """An environment in which a program keeps its caches below `home`, and knows of no settings."""
    home.mkdir(parents=True, exist_ok=True)
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "NO_COLOR": "1"}


def forget(home: Path) -> None:
    """Make unspill forget what was clean; its cache is below `home`: what is measured is a first run."""
    for place in home.rglob("unspill/clean"):
        shutil.rmtree(place)


def run(command: Command, env: Mapping[str, str]) -> Run:
    """Run a program to its end."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    return Run(seconds, usage.ru_utime + usage.ru_stime, process.returncode, output.decode("utf-8", "replace"))


def in_turns(things: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of what each thing gives, all of them called in turns, after one call that is not counted."""
    results: dict[str, list[float]] = {name: [] for name in things}
    for number in range(rounds + 1):
        for name, thing in things.items():
            result = thing()
            if number:
                results[name].append(result)
    return {name: median(values) for name, values in results.items()}


def seconds_of(command: Command, env: Mapping[str, str]) -> Callable[[], float]:
    """What runs a scanner and gives its wall-clock time. Raises RuntimeError if the scanner fails."""

    def once() -> float:
        done = run(command, env)
        if done.code not in _CODES:
            raise RuntimeError(f"{command[0]} ended with {done.code}: {done.output[-500:]}")
        return done.seconds

    return once


def peak_memory(command: Command, env: Mapping[str, str]) -> int | None:
    """The most bytes that a program and its children held at once; None where there is no /proc.

    Shared pages are counted once (proportional set size, proc_pid_smaps_rollup(5)), looked up fifty times a second.
    """
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(_proportional_set_size(pid) for pid in _session(process.pid)))
        time.sleep(_SAMPLE_SECONDS)
    return peak


def _session(leader: int) -> list[int]:
    """The processes of a session."""
    members = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader:
                members.append(int(pid))
    return members


def _proportional_set_size(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
