"""The whole history of a repository: every blob once, and for each finding the commits that hold it."""

from __future__ import annotations

import secrets
from collections import deque
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from unspill.model import Skipped
from unspill.pipeline import Context
from unspill.project.history import History
from unspill.project.read import Refusal
from unspill.run import workers
from unspill.run.many import remembered
from unspill.run.report import Origin

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from unspill.project.walk import File
    from unspill.run import Hit, Survey
    from unspill.run.part import Part


class _Seen(NamedTuple):
    """A version of a file: its blob's id and the newest commit that holds it, as an index of the history's."""

    id: bytes
    file: File
    commit: int


_Looks: TypeAlias = "Generator[tuple[_Seen, workers.Look], None, None]"
_Key = tuple[str, bytes, int]
"""A finding in a history: path, mark, and the how-manieth of them in the file, from 0."""


def look(survey: Survey, part: Part) -> None:
    """Look at every blob; a value that many versions of a file hold is one finding, in the newest of them."""
    since = survey.request.since
    history = History(part.repository, part.repository.since(since) if since else None)
    key = secrets.token_bytes(32)
    versions: dict[_Key, list[_Seen]] = {}
    try:
        with closing(_looks(survey, part, history, key)) as looks:
            for seen, look in looks:
                if look.refusal is not None:
                    part.skip(seen.file, look.refusal.reason, incomplete=look.refusal.incomplete)
                    continue
                survey.count(look.size)
                if look.incomplete:
                    part.skip(seen.file, look.incomplete, incomplete=True)
                for number, mark in _numbered(look.marks):
                    versions.setdefault((seen.file.path, mark, number), []).append(seen)
    finally:  # an interrupted survey, too, has found something
        for path, reason in history.incomplete.items():
            survey.skip(Skipped(path, reason, incomplete=True))
        if versions:
            survey.hits += _hits(survey, part, history, versions, key)


def _looks(survey: Survey, part: Part, history: History, key: bytes) -> _Looks:
    """A look at every blob that was not clean before."""
    request = survey.request
    plan = workers.Plan(Context(survey.settings), part.git, key, use_cache=request.cache)
    clean = remembered(survey, "history", part.git, request.since) if request.cache else None
    waiting: deque[_Seen] = deque()

    def jobs() -> Iterator[workers.Job]:
        for seen in map(_Seen._make, history.blobs(part.file)):
            id_, path, limit = seen.id.hex(), seen.file.path, seen.file.settings.max_file_size
            if clean is not None and clean.has(path, id_) and 0 <= (size := part.repository.size(id_)) <= limit:
                survey.count(size)
                continue
            waiting.append(seen)
            yield workers.Job(id_, path, limit)

    with closing(workers.look(jobs(), plan, survey.scanners, request.jobs)) as looks:
        for look in looks:
            seen = waiting.popleft()
            if clean is not None and look.is_clean:
                clean.add(seen.file.path, seen.id.hex())
            yield seen, look
    if clean is not None:
        clean.save()


def _hits(
    survey: Survey, part: Part, history: History, versions: Mapping[_Key, Sequence[_Seen]], key: bytes
) -> Iterator[Hit]:
    """The newest version of each finding, with the commits that hold it."""
    oldest = history.oldest({place: (place[0], {seen.id for seen in group}) for place, group in versions.items()})
    newest = {group[0].id: group[0] for group in versions.values()}
    for seen in newest.values():
        raw = part.text(seen.file, seen.id.hex())
        hit = None if isinstance(raw, Refusal) else survey.examine(seen.file, raw)
        if hit is None:
            continue
        path, at_head = seen.file.path, seen.commit == history.head
        part.tree.held[path] = at_head or part.tree.held.get(path, False)
        origins = {}
        marks = [workers.mark(finding.rule, finding.secret, key) for finding in hit.scan.findings]
        for finding, (number, mark) in zip(hit.scan.findings, _numbered(marks), strict=True):
            group = versions.get((path, mark, number), ())
            if group and group[0].id == seen.id:
                first = oldest.get((path, mark, number), max(version.commit for version in group))
                last = history.commits[seen.commit].id.hex()
                origins[finding.span] = Origin(
                    history.commits[first].id.hex(), last, history.author_date(first), at_head
                )
        findings = [finding for finding in hit.scan.findings if finding.span in origins]
        yield hit._replace(analysis=hit.analysis.only(findings), origins=origins)


def _numbered(marks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each mark with the how-manieth of its like it is."""
    counts: dict[bytes, int] = {}
    for mark in marks:
        number = counts[mark] = counts.get(mark, -1) + 1
        yield number, mark
