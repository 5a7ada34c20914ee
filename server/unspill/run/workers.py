"""Many files at once: worker processes that say which files are worth a look. No value passes between processes."""

from __future__ import annotations

import multiprocessing
import signal
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import Document, decode
from unspill.languages import language_of
from unspill.project import read
from unspill.scan import Scanner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unspill.project.walk import File

_BATCH = 4_000_000
"""Bytes that a worker is given at a time."""


class Look(NamedTuple):
    """What a worker saw of a file: its size in bytes, or why it has none, and whether it holds anything to report."""

    size: int
    refusal: read.Refusal | None = None
    interesting: bool = False


class _Job(NamedTuple):
    disk: str
    path: str
    limit: int


_scanner: Scanner | None = None


def look(files: Sequence[File], jobs: int, rules: tuple[str, ...], *, use_cache: bool) -> Iterator[Look]:
    """A look at each of `files`, in their order, by `jobs` processes."""
    # Started anew, not forked: Hyperscan's memory and the threads of a caller would not survive a fork everywhere.
    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs, _start, (rules, use_cache)) as pool:
        for looks in pool.imap(_look_at_all, _batches(files)):
            yield from looks


def _batches(files: Sequence[File]) -> Iterator[list[_Job]]:
    batch: list[_Job] = []
    size = 0
    for file in files:
        batch.append(_Job(file.disk, file.path, file.settings.max_file_size))
        size += file.size + 4096
        if size > _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _start(rules: tuple[str, ...], use_cache: bool) -> None:
    global _scanner  # noqa: PLW0603 - each worker process has its own
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the workers
    _scanner = Scanner(rules, use_cache=use_cache)


def _look_at_all(batch: Sequence[_Job]) -> list[Look]:
    return [_look_at(job) for job in batch]


def _look_at(job: _Job) -> Look:
    if _scanner is None:
        raise RuntimeError("the worker was not started")
    raw = read.text(job.disk, job.limit)
    if isinstance(raw, read.Refusal):
        return Look(0, raw)
    data, encoding = decode(raw)
    hits = _scanner.hits(data)
    if not hits:
        return Look(len(raw))
    scan = _scanner.scan(Document(data, job.path, language_of(job.path).id, encoding=encoding), hits)
    return Look(len(raw), interesting=bool(scan.findings or scan.incomplete))
