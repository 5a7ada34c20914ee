"""Many texts at once: worker processes that report which have findings. No value passes between processes."""

from __future__ import annotations

import hashlib
import hmac
import multiprocessing
import os
import sys
import threading
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from unspill import pipeline
from unspill.app import supervisor
from unspill.errors import internal
from unspill.pipeline import Scanners
from unspill.project import read

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from unspill.model import Secret
    from unspill.pipeline import Context

PARALLEL_FROM = 16_000_000
"""Bytes from which on worker processes pay for their start."""
_BATCH = 2_000_000
"""Bytes that a worker is given at a time."""
_OVERHEAD = 4096
"""The fixed cost of a text, in bytes."""
_MOST = 61
"""Worker processes: Windows waits for no more at a time."""


class Job(NamedTuple):
    """A text to scan."""

    place: str
    """Its path on disk; or its object id, hexadecimal."""
    path: str
    """POSIX, relative to its tree."""
    limit: int
    """The largest size to read, in bytes."""
    size: int = 4096
    """Bytes, as far as is known."""


class ScanResult(NamedTuple):
    """What was seen of a text: its size in bytes, or why it has none, and whether it holds anything to report."""

    size: int
    refusal: read.Refusal | None = None
    interesting: bool = False
    incomplete: str = ""
    """Why a part of it was not scanned; empty if all was."""
    marks: tuple[bytes, ...] = ()
    """For each finding what is the same for the same rule and value; only if there is a key to make it with."""

    @property
    def is_clean(self) -> bool:
        """Whether all of it was scanned, and nothing found."""
        return not self.interesting and self.refusal is None


class WorkerSetup(NamedTuple):
    """What a worker needs to know."""

    context: Context
    """What all texts have in common: no verdict on them is asked for, only whether there is anything to judge."""
    git: str = ""
    """The git folder that holds the texts; "" if they are files."""
    key: bytes = b""
    """A random key for marks, which cannot be reckoned back to values without it."""
    use_cache: bool = True
    """Whether compiled rules are kept on the disk."""


class Worker:
    """Scans texts. Raises RepositoryError."""

    def __init__(self, setup: WorkerSetup, scanners: Scanners) -> None:
        self._key = setup.key
        self._context = setup.context
        self._scanners = scanners
        self._read: Callable[[str, int], bytes | read.Refusal] = read.text
        if setup.git:
            from unspill.project.repository import Repository

            self._read = Repository(setup.git).text

    def __call__(self, job: Job) -> ScanResult:
        """The result for a text."""
        raw = self._read(job.place, job.limit)
        if isinstance(raw, read.Refusal):
            return ScanResult(0, raw)
        try:
            analysis = pipeline.analyse_file(raw, job.path, self._context, self._scanners)
        except Exception as error:  # noqa: BLE001 - one text must not end the run
            return ScanResult(len(raw), None, interesting=True, incomplete=internal(error))
        if analysis is None:
            return ScanResult(len(raw))
        scan = analysis.scan
        marks = tuple(mark(finding.rule, finding.secret, self._key) for finding in scan.findings) if self._key else ()
        return ScanResult(len(raw), None, analysis.matters or bool(scan.incomplete), scan.incomplete, marks)


def mark(rule: str, secret: Secret | None, key: bytes) -> bytes:
    """Equal for the same rule and value within a run; without the key it reveals nothing of the value."""
    value = secret.reveal() if secret is not None else ""
    return hmac.new(key, f"{rule}\0{value}".encode("utf-8", "surrogateescape"), hashlib.sha256).digest()[:16]


def scan_texts(
    jobs: Iterable[Job], setup: WorkerSetup, scanners: Scanners, processes: int = 0
) -> Generator[ScanResult, None, None]:
    """The result for each text, in the order of `jobs`, which is read no further than needed.

    Worker processes scan if there is enough to do: so many of them, or one for each processor if that is 0. They end
    with the iteration, however it ends.
    """
    processes = min(processes or processors(), _MOST)
    batches = _batches(jobs)
    few: list[list[Job]] = []
    size = 0
    if processes > 1:
        for batch in batches:
            few.append(batch)
            size += sum(job.size + _OVERHEAD for job in batch)
            if size >= PARALLEL_FROM:
                yield from _scan_in_parallel(chain(few, batches), setup, scanners, processes)
                return
    yield from map(Worker(setup, scanners), chain.from_iterable(chain(few, batches)))


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _scan_in_parallel(
    batches: Iterator[list[Job]], setup: WorkerSetup, scanners: Scanners, processes: int
) -> Iterator[ScanResult]:
    # A fork has everything loaded, and shares its memory; but not every platform's libraries survive one, and no
    # thread does: then the workers start again.
    forks = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if forks else "spawn")
    staff = supervisor.Staff(_worker, (setup, scanners if forks else None), _crashed, processes, context)
    return supervisor.answers(batches, staff)


def _worker(setup: WorkerSetup, scanners: Scanners | None) -> Worker:
    return Worker(setup, scanners or Scanners(use_cache=setup.use_cache))


def _crashed(_job: Job, end: str) -> ScanResult:
    return ScanResult(0, read.Refusal(f"the scanner crashed on it ({end})", incomplete=True))


def _batches(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    batch: list[Job] = []
    size = 0
    for job in jobs:
        batch.append(job)
        size += job.size + _OVERHEAD
        if size > _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
