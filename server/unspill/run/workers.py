"""Many texts at once: worker processes that say which are worth a look. No value passes between processes."""

from __future__ import annotations

import hashlib
import hmac
import multiprocessing
import signal
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import UTF8, Document, decode
from unspill.languages import language_of
from unspill.model import Confidence
from unspill.project import read
from unspill.scan import Scanner
from unspill.suppress import may_be_unused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from unspill.document import Encoding
    from unspill.model import Secret

_BATCH = 4_000_000
"""Bytes that a worker is given at a time."""
_OVERHEAD = 4096
"""What a text costs beside its bytes, in bytes."""


class Job(NamedTuple):
    """A text to look at."""

    place: str
    """Its path on disk; or its object id, hexadecimal."""
    path: str
    """POSIX, relative to its tree."""
    limit: int
    """The largest size to read, in bytes."""
    size: int = 16_000
    """Bytes, as far as is known."""


class Look(NamedTuple):
    """What was seen of a text: its size in bytes, or why it has none, and whether it holds anything to report."""

    size: int
    refusal: read.Refusal | None = None
    interesting: bool = False
    incomplete: str = ""
    """Why a part of it was not looked at; empty if all was."""
    marks: tuple[bytes, ...] = ()
    """For each finding what is the same for the same rule and value; only if there is a key to make it with."""


class Plan(NamedTuple):
    """What a worker needs to know."""

    rules: tuple[str, ...]
    use_cache: bool
    git: str = ""
    """The git folder that holds the texts; "" if they are files."""
    key: bytes = b""
    """A random key for marks, which cannot be reckoned back to values without it."""
    confidence: Confidence = Confidence.MEDIUM
    """How sure of what is reported one has to be."""


class Looker:
    """Looks at texts. Raises RepositoryError."""

    def __init__(self, plan: Plan, scanner: Scanner) -> None:
        self._key = plan.key
        self._confidence = plan.confidence
        self._scanner = scanner
        self._read: Callable[[str, int], bytes | read.Refusal] = read.text
        if plan.git:
            from unspill.project.repository import Repository

            self._read = Repository(plan.git).text

    def __call__(self, jobs: Iterable[Job]) -> Iterator[Look]:
        """A look at each text, in the order of `jobs`."""
        for batch in _batches(jobs):
            yield from self.batch(batch)

    def batch(self, jobs: Sequence[Job]) -> Iterator[Look]:
        """A look at each of some texts, which are held in memory together."""
        raws = [self._read(job.place, job.limit) for job in jobs]
        texts = [(b"", UTF8) if isinstance(raw, read.Refusal) else decode(raw) for raw in raws]
        # One search over all of them: a call costs as much as some kilobytes of text.
        starts = list(accumulate((len(data) + 1 for data, _ in texts), initial=0))
        hits = self._scanner.hits(b"\n".join(data for data, _ in texts))
        suspects = {bisect_left(starts, end) - 1 for _, end in hits}
        for number, (job, raw, text) in enumerate(zip(jobs, raws, texts, strict=True)):
            if isinstance(raw, read.Refusal):
                yield Look(0, raw)
            elif number in suspects:
                yield self._closer(job, len(raw), *text)
            else:
                yield Look(len(raw))

    def _closer(self, job: Job, size: int, data: bytes, encoding: Encoding) -> Look:
        scan = self._scanner.scan(Document(data, job.path, language_of(job.path).id, encoding=encoding))
        marks = tuple(mark(finding.rule, finding.secret, self._key) for finding in scan.findings) if self._key else ()
        interesting = scan.findings or scan.incomplete or may_be_unused(data, scan.directives, self._confidence)
        return Look(size, None, bool(interesting), scan.incomplete, marks)


def mark(rule: str, secret: Secret | None, key: bytes) -> bytes:
    """What is the same for the same rule and value within a run, and says nothing of the value without the key."""
    value = secret.reveal() if secret is not None else ""
    return hmac.new(key, f"{rule}\0{value}".encode("utf-8", "surrogateescape"), hashlib.sha256).digest()[:16]


_looker: Looker | None = None


def look(jobs: Iterable[Job], processes: int, plan: Plan) -> Iterator[Look]:
    """A look at each text, in the order of `jobs`, which is read by another thread, and no further than needed."""
    # Started anew, not forked: Hyperscan's memory and the threads of a caller would not survive a fork everywhere.
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _start, (plan,)) as pool:
        for looks in pool.imap(_look_at_all, _batches(jobs)):
            yield from looks


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


def _start(plan: Plan) -> None:
    global _looker  # noqa: PLW0603 - each worker process has its own
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the workers
    _looker = Looker(plan, Scanner(plan.rules, use_cache=plan.use_cache))


def _look_at_all(batch: Sequence[Job]) -> list[Look]:
    if _looker is None:
        raise RuntimeError("the worker was not started")
    return list(_looker.batch(batch))
