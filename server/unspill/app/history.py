"""The whole history of a repository: every blob once, and for each finding the commits that hold it."""

from __future__ import annotations

import secrets
from collections import deque
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from unspill.app import workers
from unspill.app.many import remembered
from unspill.app.report import Origin
from unspill.model import Skipped
from unspill.pipeline import Context
from unspill.project.history import History
from unspill.project.read import Refusal

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from unspill.app import Collector, ScannedFile
    from unspill.app.part import Part
    from unspill.project.walk import File


class _FileVersion(NamedTuple):
    """A version of a file: its blob's id and the newest commit that holds it, as an index of the history's."""

    id: bytes
    file: File
    commit: int


_Results: TypeAlias = "Generator[tuple[_FileVersion, workers.ScanResult], None, None]"
_Key = tuple[str, bytes, int]
"""A finding in a history: path, mark, and its number among equal ones in the file, from 0."""


def scan_blobs(collector: Collector, part: Part) -> None:
    """Scan every blob; a value that many versions of a file hold is one finding, in the newest of them."""
    since = collector.request.since
    history = History(part.repository, part.repository.since(since) if since else None)
    key = secrets.token_bytes(32)
    versions: dict[_Key, list[_FileVersion]] = {}
    try:
        with closing(_results(collector, part, history, key)) as results:
            for seen, result in results:
                if result.refusal is not None:
                    part.skip(seen.file, result.refusal.reason, incomplete=result.refusal.incomplete)
                    continue
                collector.count(result.size)
                if result.incomplete:
                    part.skip(seen.file, result.incomplete, incomplete=True)
                for number, mark in _numbered(result.marks):
                    versions.setdefault((seen.file.path, mark, number), []).append(seen)
    finally:  # an interrupted run, too, has found something
        for path, reason in history.incomplete.items():
            collector.skip(Skipped(path, reason, incomplete=True))
        if versions:
            collector.scanned_files += _newest_versions(collector, part, history, versions, key)


def _results(collector: Collector, part: Part, history: History, key: bytes) -> _Results:
    """The result for every blob that was not clean before."""
    request = collector.request
    setup = workers.WorkerSetup(Context(collector.settings), part.git, key, use_cache=request.cache)
    clean = remembered(collector, "history", part.git, request.since) if request.cache else None
    waiting: deque[_FileVersion] = deque()

    def jobs() -> Iterator[workers.Job]:
        for seen in map(_FileVersion._make, history.blobs(part.file)):
            id_, path, limit = seen.id.hex(), seen.file.path, seen.file.settings.max_file_size
            if clean is not None and clean.has(path, id_) and 0 <= (size := part.repository.size(id_)) <= limit:
                collector.count(size)
                continue
            waiting.append(seen)
            yield workers.Job(id_, path, limit)

    with closing(workers.scan_texts(jobs(), setup, collector.scanners, request.jobs)) as results:
        for result in results:
            seen = waiting.popleft()
            if clean is not None and result.is_clean:
                clean.add(seen.file.path, seen.id.hex())
            yield seen, result
    if clean is not None:
        clean.save()


def _newest_versions(
    collector: Collector, part: Part, history: History, versions: Mapping[_Key, Sequence[_FileVersion]], key: bytes
) -> Iterator[ScannedFile]:
    """The newest version of each finding, with the commits that hold it."""
    oldest = history.oldest({place: (place[0], {seen.id for seen in group}) for place, group in versions.items()})
    newest = {group[0].id: group[0] for group in versions.values()}
    for seen in newest.values():
        raw = part.text(seen.file, seen.id.hex())
        scanned = None if isinstance(raw, Refusal) else collector.analyse_file(seen.file, raw)
        if scanned is None:
            continue
        path, at_head = seen.file.path, seen.commit == history.head
        part.tree.held[path] = at_head or part.tree.held.get(path, False)
        origins = {}
        marks = [workers.mark(finding.rule, finding.secret, key) for finding in scanned.scan.findings]
        for finding, (number, mark) in zip(scanned.scan.findings, _numbered(marks), strict=True):
            group = versions.get((path, mark, number), ())
            if group and group[0].id == seen.id:
                first = oldest.get((path, mark, number), max(version.commit for version in group))
                last = history.commits[seen.commit].id.hex()
                origins[finding.span] = Origin(
                    history.commits[first].id.hex(), last, history.author_date(first), at_head
                )
        findings = [finding for finding in scanned.scan.findings if finding.span in origins]
        yield scanned._replace(analysis=scanned.analysis.only(findings), origins=origins)


def _numbered(marks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each mark with its number among equal ones."""
    counts: dict[bytes, int] = {}
    for mark in marks:
        number = counts[mark] = counts.get(mark, -1) + 1
        yield number, mark
