"""The whole history of a repository: every blob once, and for each finding the commits that hold it."""

from __future__ import annotations

import os
import secrets
from collections import Counter, deque
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from unspill.model import Skipped
from unspill.project.history import History
from unspill.project.read import Refusal
from unspill.run import workers
from unspill.run.report import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from unspill.project.walk import File
    from unspill.run import Hit, Survey
    from unspill.run.git import Part

_PARALLEL_FROM = 2000
"""Blobs from which on worker processes pay for their start."""


class _Seen(NamedTuple):
    """A version of a file: its blob's id and the newest commit that holds it, as an index of the history's."""

    id: bytes
    file: File
    commit: int


_Key = tuple[str, bytes, int]
"""A finding in a history: path, mark, and the how-manieth of them in the file, from 0."""


def look(survey: Survey, part: Part) -> None:
    """Look at every blob; a value that many versions of a file hold is one finding, in the newest of them."""
    since = survey.request.since
    history = History(part.repository, part.repository.since(since) if since else None)
    key = secrets.token_bytes(32)
    versions: dict[_Key, list[_Seen]] = {}
    for seen, look in _looks(survey, part, history, key):
        if look.refusal is not None:
            part.skip(seen.file, look.refusal.reason, incomplete=look.refusal.incomplete)
            continue
        survey.count(look.size)
        if look.incomplete:
            part.skip(seen.file, look.incomplete, incomplete=True)
        for number, mark in _numbered(look.marks):
            versions.setdefault((seen.file.path, mark, number), []).append(seen)
    for path, reason in history.incomplete.items():
        survey.skip(Skipped(path, reason, incomplete=True))
    if versions:
        survey.hits += _hits(survey, part, history, versions, key)


def _looks(survey: Survey, part: Part, history: History, key: bytes) -> Iterator[tuple[_Seen, workers.Look]]:
    """A look at every blob, by worker processes if there are many."""
    request = survey.request
    plan = workers.Plan(survey.settings.rules, request.cache, part.git, key)
    waiting: deque[_Seen] = deque()

    def jobs() -> Iterator[workers.Job]:
        for seen in map(_Seen._make, history.blobs(part.file)):
            waiting.append(seen)
            yield workers.Job(seen.id.hex(), seen.file.path, seen.file.settings.max_file_size)

    work = jobs()
    few = list(islice(work, _PARALLEL_FROM))
    processes = request.jobs or os.cpu_count() or 1
    if len(few) < _PARALLEL_FROM or processes == 1:
        looks: Iterable[workers.Look] = workers.Looker(plan, survey.scanner)(chain(few, work))
    else:
        looks = workers.look(chain(few, work), processes, plan)
    for look in looks:
        yield waiting.popleft(), look


def _hits(
    survey: Survey, part: Part, history: History, versions: Mapping[_Key, Sequence[_Seen]], key: bytes
) -> Iterator[Hit]:
    """The newest version of each finding, with the commits that hold it."""
    oldest = history.oldest({seen.id: seen.file.path for group in versions.values() for seen in group})
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
                first = max(oldest.get(version.id, version.commit) for version in group)
                last = history.commits[seen.commit].id.hex()
                origins[finding.span] = Origin(
                    history.commits[first].id.hex(), last, history.author_date(first), at_head
                )
        findings = tuple(finding for finding in hit.scan.findings if finding.span in origins)
        yield hit._replace(scan=hit.scan._replace(findings=findings), origins=origins)


def _numbered(marks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each mark with the how-manieth of its like it is."""
    counts: Counter[bytes] = Counter()
    for mark in marks:
        yield counts[mark], mark
        counts[mark] += 1
