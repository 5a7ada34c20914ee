"""The files of a large tree: those that were clean before are not read again, and worker processes share the rest."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from unspill.pipeline import Context
from unspill.project import read
from unspill.project.clean import Clean
from unspill.run import workers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unspill.project.walk import File
    from unspill.run import Survey


def scan_files(survey: Survey, files: Sequence[File]) -> None:
    """Scan files."""
    request = survey.request
    setup = workers.WorkerSetup(Context(survey.settings), use_cache=request.cache)
    clean = remembered(survey, "files", request.working, *request.paths) if request.cache else None
    rest = []
    for file in files:
        if clean is not None and file.size <= file.settings.max_file_size and clean.has(file.disk, _state(file)):
            survey.count(file.size)
        else:
            rest.append(file)
    jobs = (workers.Job(file.disk, file.path, file.settings.max_file_size, file.size) for file in rest)
    with closing(workers.scan_texts(jobs, setup, survey.scanners, request.jobs)) as results:
        for file, result in zip(rest, results, strict=True):
            if result.interesting:
                survey.take(file, read.text(file.disk, file.settings.max_file_size))
            elif result.refusal is not None:
                survey.take(file, result.refusal)
            else:
                survey.count(result.size)
                if clean is not None:
                    clean.add(file.disk, _state(file), max(file.times))
    if clean is not None:
        clean.save()


def remembered(survey: Survey, *subject: str) -> Clean:
    """What was clean when `subject` was last scanned, as the survey would judge it."""
    return Clean("\0".join(subject), f"{survey.scanner.engine.identity}\n{survey.settings.confidence.value}")


def _state(file: File) -> tuple[int, ...]:
    return (file.size, *file.times, file.inode)
