"""Fixing: every fix that may be applied, computed in memory until nothing changes, then written in one transaction.

Edits of several fixes compose if they are disjoint or the same; what overlaps waits for the next round, in which it is
worked out from the changed documents.
"""

from __future__ import annotations

import os
import posixpath
from bisect import bisect_left, insort
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages, transaction
from unspill.app import Collector, Request, baseline, loading, masking
from unspill.app.reporting import Planned, applicable, plans, report
from unspill.app.undo import Undo, undo
from unspill.document import edited
from unspill.fixes import pipelines
from unspill.model import by_path
from unspill.project import write
from unspill.project.paths import relative
from unspill.project.tree import Pinned
from unspill.shapes import Values, mask_shapes
from unspill.transaction import Writes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from unspill.app import ScannedFile
    from unspill.app.report import Report
    from unspill.model import Edit, Fix, Secret, Span
    from unspill.space import Space
    from unspill.space.names import Names

_SPARE_ROUNDS = 8


class Holder(str, Enum):
    """Where the value of a name is set for the program that reads it."""

    ACTIONS = "actions"
    """The secrets of the repository, for workflows."""
    PIPELINE = "pipeline"
    """The variables of another CI service."""
    SPACE = "space"
    DEPLOYMENT = "deployment"
    """Whatever starts the program."""


class Moved(NamedTuple):
    """A finding that was fixed. `line` is 0-based, as before the fix; `names` are those that keep its value."""

    path: str
    line: int
    title: str
    fix: str
    names: tuple[str, ...]
    declared: tuple[str, ...]
    revoke: str
    quoted: tuple[str, ...] = ()
    """Those of `names` that `docker run --env-file` would read otherwise, where an image is built."""
    holder: Holder = Holder.DEPLOYMENT
    """Where the values of `declared` are set for the program that reads them."""
    unloaded: str = ""
    """How to load `.env` into the program that reads them, with `{files}` for its files, if nothing does."""


class Difference(NamedTuple):
    """A changed file, every value masked. `before` is None for a new file."""

    path: str
    before: str | None
    after: str


class Outcome(NamedTuple):
    """The result of `fix`: what it did, or would do, and what is left."""

    moved: tuple[Moved, ...]
    differences: tuple[Difference, ...]
    left: Report
    undo: Undo
    """How to undo what was written."""


def fix(request: Request, *, unsafe: bool = False, dry: bool = False) -> Outcome:
    """Fix what can be fixed; `dry` writes nothing. Raises UserError, with every file of the root as it was."""
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
    left = report(work.collector, work.scanned_files())
    return Outcome(tuple(sorted(moved)), tuple(work.differences()), left, undo([] if dry else written, request.working))


def writes(request: Request) -> list[Writes]:
    """The changes `fix` would make, without making them. Raises UserError."""
    return _worked_out(request).writes()


def _worked_out(request: Request, *, unsafe: bool = False, dry: bool = False) -> _Work:
    work = _Work(Collector(request).walk(Pinned, for_fix=not dry), unsafe=unsafe)
    work.run()
    return work


class _Work:
    """The state of the files between the rounds."""

    def __init__(self, collector: Collector, *, unsafe: bool) -> None:
        self.collector = collector
        self.moved: dict[str, list[Moved]] = {}
        """What was fixed, by root."""
        self._unsafe = unsafe
        self._scanned: dict[tuple[str, str], ScannedFile] = {
            _key(scanned): scanned for scanned in collector.scanned_files
        }
        self._first_scanned = dict(self._scanned)
        self._lines = _lines(collector.scanned_files)
        self._trees: dict[str, Pinned] = {}
        self._stores: set[tuple[str, str]] = set()
        """The `.env` files, by root and path, that hold what was moved."""
        self._values: set[bytes] = set()
        """What was moved."""
        self._redactions = masking.redactions(collector)
        self._names: dict[tuple[str, str], Names] = {}
        self._loaded: dict[str, bool] = {}
        """Whether anything loads `.env`, by the folder of the Space on disk."""
        for scanned in collector.scanned_files:
            self._tree(scanned).pin(scanned.file.path, scanned.raw)

    def scanned_files(self) -> list[ScannedFile]:
        """The files with findings now."""
        return list(self._scanned.values())

    def run(self) -> None:
        """Rounds, until one changes nothing."""
        rounds = _SPARE_ROUNDS + sum(
            len(scanned.scan.findings) + len(scanned.scan.directives) + len(scanned.analysis.context.noted)
            for scanned in self.scanned_files()
        )
        while rounds and self._round():
            rounds -= 1
            self.collector.scanned_files = self.scanned_files()
            self.collector.note_projects()
            self._scanned = {_key(scanned): scanned for scanned in self.collector.scanned_files}

    def writes(self) -> list[Writes]:
        """Every change, tree by tree; and each `.env` that a moved value was in already, as it is."""
        from unspill.fixes import declare

        found = []
        for root, tree in self._trees.items():
            changes = [write.FileChange(path, tree.base(path), data) for path, data in tree.changes.items()]
            stores = [change for change in changes if posixpath.basename(change.path) == declare.STORE]
            edits = tuple(change for change in changes if change not in stores)
            kept = sorted(path for home, path in self._stores if home == root and path not in tree.changes)
            stores += [
                write.FileChange(path, before, before) for path in kept if (before := tree.base(path)) is not None
            ]
            if stores or edits:
                found.append(Writes(root, tuple(stores), edits))
        return found

    def differences(self) -> Iterable[Difference]:
        """Every changed file, masked."""
        moved = Values(self._values)
        for root, tree in self._trees.items():
            for path in sorted(tree.changes):
                before, after = tree.base(path), tree.changes[path]
                old, new = self._first_scanned.get((root, path)), self._scanned.get((root, path))
                yield Difference(
                    mask_shapes(self._shown(tree, path)),
                    None if before is None else masking.shown(path, before, old and old.scan, self._redactions, moved),
                    masking.shown(path, after, new and new.scan, self._redactions, moved),
                )

    def _round(self) -> bool:
        kept = [(scanned, self.collector.keep(scanned)) for scanned in self.scanned_files()]
        if self.collector.baseline is not None:
            kept, _ = baseline.apply_baseline(self.collector, kept, baseline.fingerprints(self.collector, kept))
        batch: dict[tuple[str, str], list[Edit]] = {}
        chosen: list[tuple[Planned, Fix]] = []
        for planned in plans(kept, self._redactions.values, self._names):
            fix = applicable(planned.plan, unsafe=self._unsafe)
            if fix is not None and self._writable(planned.scanned) and _compose(batch, planned, fix):
                chosen.append((planned, fix))
        # The edits first: they are worked out on the files as they are, a `.env` that a value goes into among them.
        changed = [
            self._edit(root, path, [(edit.span, edit.text) for edit in edits]) for (root, path), edits in batch.items()
        ]
        if not any([*changed, *self._keep(chosen)]):
            return False
        for planned, fix in chosen:
            self._note(planned, fix)
        return True

    def _keep(self, chosen: Iterable[tuple[Planned, Fix]]) -> Iterator[bool]:
        """Declare the names of fixes and store their values, Space by Space; whether each file has changed."""
        from unspill.fixes import declare, store

        kept: dict[tuple[str, Space], list[Fix]] = {}
        for planned, fix in chosen:
            if fix.stores or fix.declares:
                kept.setdefault((self._tree(planned.scanned).root, planned.space), []).append(fix)
        for (root, home), fixes in kept.items():
            tree, path = self._trees[root], home.path(declare.STORE)
            names = dict.fromkeys(name for fix in fixes for name in fix.declares)
            for file, edits in by_path(declare.Home(tree, home).edits(names)).items():
                yield self._edit(root, file, edits)
            stores = [stored for fix in fixes for stored in fix.stores]
            if stores:
                self._stores.add((root, path))
                yield self._write(root, path, store.env_edit(tree.read(path), stores))

    def _edit(self, root: str, path: str, edits: Sequence[tuple[Span, str]]) -> bool:
        return self._write(root, path, edited(self._trees[root].read(path), edits))

    def _write(self, root: str, path: str, after: bytes) -> bool:
        tree = self._trees[root]
        before = tree.read(path)
        if after == before:
            return False
        tree.change(path, after)
        if before is None:
            self.collector.note_created(tree, path)
        self._look_again(tree, path)
        return True

    def _look_again(self, tree: Pinned, path: str) -> None:
        old = self._scanned.get((tree.root, path))
        if old is None:
            return
        new = self.collector.analyse_file(old.file, tree.changes[path])
        if new is None:
            del self._scanned[tree.root, path]
        else:
            self._scanned[tree.root, path] = new

    def _note(self, planned: Planned, fix: Fix) -> None:
        finding, secrets = planned.finding, self._redactions.values
        moved = [stored.secret for stored in fix.stores] + ([finding.secret] if finding.secret is not None else [])
        self._values.update(secret.reveal().encode("utf-8", "surrogateescape") for secret in moved)
        lines = self._lines.get((_key(planned.scanned), finding.rule, finding.secret))
        self.moved.setdefault(planned.scanned.file.tree.root, []).append(
            Moved(
                mask_shapes(planned.scanned.file.shown),
                lines.pop(0) if lines else planned.scanned.document.position(finding.span.start).line,
                mask_shapes(finding.title),
                fix.title,
                tuple(mask_shapes(stored.name, secrets) for stored in fix.stores),
                tuple(mask_shapes(name, secrets) for name in fix.declares),
                mask_shapes(finding.revoke),
                self._quoted(planned, fix),
                _holder(planned),
                self._unloaded(planned, fix),
            )
        )

    def _unloaded(self, planned: Planned, fix: Fix) -> str:
        how = languages.by_id(planned.scanned.document.language).loading
        if not how or not fix.declares:
            return ""
        home = self._tree(planned.scanned).disk(planned.space.root)
        if home not in self._loaded:
            self._loaded[home] = loading.is_loaded(self.collector.request, home)
        if self._loaded[home]:
            return ""
        start = loading.start(self._tree(planned.scanned), planned.space, self.collector.request.working)
        return how.replace("{start}", mask_shapes(start))

    def _quoted(self, planned: Planned, fix: Fix) -> tuple[str, ...]:
        from unspill.fixes import declare, store

        if not declare.builds_images(planned.space, self._tree(planned.scanned)):
            return ()
        return tuple(stored.name for stored in fix.stores if store.differs_for_docker(stored.secret.reveal()))

    def _tree(self, scanned: ScannedFile) -> Pinned:
        tree = scanned.file.tree
        if not isinstance(tree, Pinned):
            raise TypeError("fixing works on pinned trees")
        return self._trees.setdefault(tree.root, tree)

    def _writable(self, scanned: ScannedFile) -> bool:
        """Whether the file's text can be written back with every other byte as it was."""
        self._tree(scanned)
        document = scanned.document
        try:
            return document.encoding.encode(document.data) == scanned.raw
        except UnicodeError:
            return False

    def _shown(self, tree: Pinned, path: str) -> str:
        """A path as the report names it."""
        disk = tree.disk(path)
        working = self.collector.request.working
        return relative(disk, working) if disk.startswith(os.path.join(working, "")) else path


def _holder(planned: Planned) -> Holder:
    consumer = pipelines.consumer(planned.scanned.document)
    if consumer:
        return Holder.ACTIONS if consumer == "github-actions" else Holder.PIPELINE
    return Holder.SPACE if planned.space.sdk else Holder.DEPLOYMENT


def _compose(batch: dict[tuple[str, str], list[Edit]], planned: Planned, fix: Fix) -> bool:
    """Add the edits of a fix to the round's, all or none: an edit may be there already, but not overlap another.

    What goes with a declared name or a stored value is left out: it is made once for all fixes of a Space.
    """
    from unspill.fixes import declare

    own, root = planned.scanned.file.path, planned.scanned.file.tree.root
    made_later = map(planned.space.path, declare.FILES) if fix.stores or fix.declares else ()
    declaring = [path for path in made_later if path != own]
    new = []
    for edit in fix.edits:
        others = batch.get((root, edit.path), [])
        at = bisect_left(others, edit)
        if edit.path in declaring or others[at : at + 1] == [edit]:
            continue
        if any(edit.span.overlaps(other.span) for other in others[max(0, at - 1) : at + 1]):
            return False
        new.append(edit)
    for edit in new:
        insort(batch.setdefault((root, edit.path), []), edit)
    return True


def _lines(scanned_files: Iterable[ScannedFile]) -> dict[tuple[tuple[str, str], str, Secret | None], list[int]]:
    """The lines (0-based) with each value in each file before anything is changed."""
    lines: dict[tuple[tuple[str, str], str, Secret | None], list[int]] = {}
    for scanned in scanned_files:
        for finding in scanned.scan.findings:
            line = scanned.document.line_at(finding.span.start)
            lines.setdefault((_key(scanned), finding.rule, finding.secret), []).append(line)
    return lines


def _key(scanned: ScannedFile) -> tuple[str, str]:
    return scanned.file.tree.root, scanned.file.path
