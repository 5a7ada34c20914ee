"""Fixing: every fix that may be applied, worked out in memory until nothing changes, then written in one go.

Edits of several fixes compose if they are disjoint or the same; what overlaps waits for the next round, in which it is
worked out from the changed documents.
"""

from __future__ import annotations

import os
import posixpath
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from unspill import transaction
from unspill.document import edited
from unspill.project import write
from unspill.project.paths import relative
from unspill.project.tree import Pinned
from unspill.run import Request, Survey, baseline, masking
from unspill.run.rows import Planned, applicable, plans, report
from unspill.run.undo import Undo, undo
from unspill.transaction import Writes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from unspill.fixes import Project
    from unspill.model import Edit, Fix, Secret
    from unspill.run import Hit
    from unspill.run.report import Report

_SPARE_ROUNDS = 8


class Moved(NamedTuple):
    """A finding that was mended. `line` is 0-based, as before the fix; `names` are those that keep its value."""

    path: str
    line: int
    title: str
    fix: str
    names: tuple[str, ...]
    declared: tuple[str, ...]
    revoke: str
    quoted: tuple[str, ...] = ()
    """Those of `names` that `docker run --env-file` would read otherwise, where an image is built."""


class Difference(NamedTuple):
    """A changed file, every value masked. `before` is None for a new file."""

    path: str
    before: str | None
    after: str


class Outcome(NamedTuple):
    """What `fix` did, or would do, and what is left."""

    moved: tuple[Moved, ...]
    differences: tuple[Difference, ...]
    left: Report
    undo: Undo
    """What takes back what was written."""


def fix(request: Request, *, unsafe: bool = False, dry: bool = False) -> Outcome:
    """Mend what can be mended; `dry` writes nothing. Raises UserError, with every file of the root as it was."""
    moved: list[Moved] = []
    written: list[Writes] = []
    attempts: list[_Work] = []

    def work_out() -> Iterator[Writes]:
        work = _worked_out(request, unsafe=unsafe, dry=dry)
        attempts.append(work)
        for writes in work.writes():
            yield writes
            moved.extend(work.moved[writes.root])  # whoever asks for the next has written this one
            written.append(writes)

    if dry:
        deque(work_out(), maxlen=0)
    else:
        transaction.apply(work_out)
    work = attempts[-1]
    left = report(work.survey, work.hits())
    return Outcome(tuple(sorted(moved)), tuple(work.differences()), left, undo([] if dry else written, request.working))


def writes(request: Request) -> list[Writes]:
    """What `fix` would write, not written. Raises UserError."""
    return _worked_out(request).writes()


def _worked_out(request: Request, *, unsafe: bool = False, dry: bool = False) -> _Work:
    work = _Work(Survey(request).walk(Pinned, for_fix=not dry), unsafe=unsafe)
    work.run()
    return work


class _Work:
    """The state of the files between the rounds."""

    def __init__(self, survey: Survey, *, unsafe: bool) -> None:
        self.survey = survey
        self.moved: dict[str, list[Moved]] = {}
        """What was mended, by root."""
        self._unsafe = unsafe
        self._hits: dict[tuple[str, str], Hit] = {_key(hit): hit for hit in survey.hits}
        self._scanned = dict(self._hits)
        self._lines = _lines(survey.hits)
        self._trees: dict[str, Pinned] = {}
        self._stores: set[tuple[str, str]] = set()
        """The `.env` files, by root and path, that hold what was moved."""
        self._values: set[str] = set()
        """What was moved."""
        self._projects: dict[tuple[str, str], Project] = {}
        for hit in survey.hits:
            self._tree(hit).pin(hit.file.path, hit.raw)

    def hits(self) -> list[Hit]:
        """The files that hold something now."""
        return list(self._hits.values())

    def run(self) -> None:
        """Rounds, until one changes nothing."""
        rounds = _SPARE_ROUNDS + sum(len(hit.scan.findings) for hit in self.hits())
        while rounds and self._round():
            rounds -= 1

    def writes(self) -> list[Writes]:
        """Every change, tree by tree; and each `.env` that a moved value was in already, as it is."""
        from unspill.fixes import declare

        found = []
        for root, tree in self._trees.items():
            changes = [write.Change(path, tree.base(path), data) for path, data in tree.changes.items()]
            stores = [change for change in changes if posixpath.basename(change.path) == declare.STORE]
            edits = tuple(change for change in changes if change not in stores)
            kept = sorted(path for home, path in self._stores if home == root and path not in tree.changes)
            stores += [write.Change(path, before, before) for path in kept if (before := tree.base(path)) is not None]
            if stores or edits:
                found.append(Writes(root, tuple(stores), edits))
        return found

    def differences(self) -> Iterable[Difference]:
        """Every changed file, masked."""
        redact = self.survey.redact
        for root, tree in self._trees.items():
            for path in sorted(tree.changes):
                before, after = tree.base(path), tree.changes[path]
                old, new = self._scanned.get((root, path)), self._hits.get((root, path))
                yield Difference(
                    redact(self._shown(tree, path)),
                    None if before is None else redact(masking.shown(path, before, old and old.scan, self._values)),
                    redact(masking.shown(path, after, new and new.scan, self._values)),
                )

    def _round(self) -> bool:
        kept = [(hit, self.survey.keep(hit)) for hit in self.hits()]
        if self.survey.baseline is not None:
            kept, _ = baseline.sift(self.survey, kept, baseline.fingerprints(self.survey, kept))
        batch: dict[tuple[str, str], list[Edit]] = {}
        chosen: list[tuple[Planned, Fix]] = []
        for planned in plans(kept, self._projects):
            fix = applicable(planned.plan, unsafe=self._unsafe)
            if fix is not None and self._writable(planned.hit) and _compose(batch, planned.hit.file.tree.root, fix):
                chosen.append((planned, fix))
        # The edits first: they are worked out on the files as they are, a `.env` that a value goes into among them.
        changed = [self._edit(place, edits) for place, edits in batch.items()]
        changed += [self._store(planned, fix) for planned, fix in chosen]
        if not any(changed):
            return False
        for planned, fix in chosen:
            self._note(planned, fix)
        return True

    def _store(self, planned: Planned, fix: Fix) -> bool:
        from unspill.fixes import declare, store

        tree = self._tree(planned.hit)
        path = planned.space.path(declare.STORE)
        if not fix.stores:
            return False
        before = tree.read(path)
        after = store.env_edit(before, fix.stores)
        self._stores.add((tree.root, path))
        if after == before:
            return False
        tree.change(path, after)
        self._look_again(tree, path)
        return True

    def _edit(self, place: tuple[str, str], edits: Sequence[Edit]) -> bool:
        root, path = place
        tree = self._trees[root]
        before = tree.read(path)
        after = edited(before, [(edit.span, edit.text) for edit in edits])
        if after == before:
            return False
        tree.change(path, after)
        self._look_again(tree, path)
        return True

    def _look_again(self, tree: Pinned, path: str) -> None:
        old = self._hits.get((tree.root, path))
        if old is None:
            return
        new = self.survey.examine(old.file, tree.changes[path])
        if new is None:
            del self._hits[tree.root, path]
        else:
            self._hits[tree.root, path] = new

    def _note(self, planned: Planned, fix: Fix) -> None:
        redact, finding = self.survey.redact, planned.finding
        self._values.update(stored.secret.reveal() for stored in fix.stores)
        if finding.secret is not None:
            self._values.add(finding.secret.reveal())
        lines = self._lines.get((_key(planned.hit), finding.rule, finding.secret))
        self.moved.setdefault(planned.hit.file.tree.root, []).append(
            Moved(
                redact(planned.hit.file.shown),
                lines.pop(0) if lines else planned.hit.document.position(finding.span.start).line,
                redact(finding.title),
                redact(fix.title),
                tuple(redact(stored.name) for stored in fix.stores),
                tuple(map(redact, fix.declares)),
                finding.revoke,
                self._quoted(planned, fix),
            )
        )

    def _quoted(self, planned: Planned, fix: Fix) -> tuple[str, ...]:
        from unspill.fixes import declare, store

        if not declare.builds_images(planned.space, self._tree(planned.hit)):
            return ()
        return tuple(stored.name for stored in fix.stores if store.differs_for_docker(stored.secret.reveal()))

    def _tree(self, hit: Hit) -> Pinned:
        tree = hit.file.tree
        if not isinstance(tree, Pinned):
            raise TypeError("fixing works on pinned trees")
        return self._trees.setdefault(tree.root, tree)

    def _writable(self, hit: Hit) -> bool:
        """Whether the file's text can be written back with every other byte as it was."""
        self._tree(hit)
        document = hit.document
        try:
            return document.encoding.encode(document.data) == hit.raw
        except UnicodeError:
            return False

    def _shown(self, tree: Pinned, path: str) -> str:
        """A path as the report names it."""
        disk = tree.disk(path)
        working = self.survey.request.working
        return relative(disk, working) if disk.startswith(os.path.join(working, "")) else path


def _compose(batch: dict[tuple[str, str], list[Edit]], root: str, fix: Fix) -> bool:
    """Add the edits of a fix to the round's, all or none: an edit may be there already, but not overlap another."""
    new = []
    for edit in fix.edits:
        others = batch.get((root, edit.path), [])
        if edit in others:
            continue
        if any(edit.span.overlaps(other.span) for other in others):
            return False
        new.append(edit)
    for edit in new:
        batch.setdefault((root, edit.path), []).append(edit)
    return True


def _lines(hits: Iterable[Hit]) -> dict[tuple[tuple[str, str], str, Secret | None], list[int]]:
    """The lines (0-based) on which each value stands in each file before anything is changed."""
    lines: dict[tuple[tuple[str, str], str, Secret | None], list[int]] = {}
    for hit in hits:
        for finding in hit.scan.findings:
            line = hit.document.line_at(finding.span.start)
            lines.setdefault((_key(hit), finding.rule, finding.secret), []).append(line)
    return lines


def _key(hit: Hit) -> tuple[str, str]:
    return hit.file.tree.root, hit.file.path
