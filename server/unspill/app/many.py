"""The files of a large tree: those that were clean before are not read again, and worker processes share the rest."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from unspill.app import workers
from unspill.pipeline import Context
from unspill.project import read
from unspill.project.clean import Clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unspill.app import Collector
    from unspill.project.walk import File


def scan_files(collector: Collector, files: Sequence[File]) -> None:
    """Scan files."""
    request = collector.request
    setup = workers.WorkerSetup(Context(collector.settings), use_cache=request.cache)
    clean = remembered(collector, "files", request.working, *request.paths) if request.cache else None
    collector.clean = clean
    rest = []
    for file in files:
        if clean is not None and file.size <= file.settings.max_file_size and clean.has(file.disk, file.state):
            collector.unread.add(file.disk)
            collector.count(file.size)
        else:
            rest.append(file)
    jobs = (workers.Job(file.disk, file.path, file.settings.max_file_size, file.size) for file in rest)
    with closing(workers.scan_texts(jobs, setup, collector.scanners, request.jobs)) as results:
        for file, result in zip(rest, results, strict=True):
            if result.interesting:
                collector.ingest(file, read.text(file.disk, file.settings.max_file_size))
            elif result.refusal is not None:
                collector.ingest(file, result.refusal)
            else:
                collector.count(result.size)
                if clean is not None:
                    clean.add(file.disk, file.state, max(file.times))


def remembered(collector: Collector, *subject: str) -> Clean:
    """The files that were clean when `subject` was last scanned under the same settings."""
    return Clean("\0".join(subject), f"{collector.scanner.engine.identity}\n{collector.settings.confidence.value}")
