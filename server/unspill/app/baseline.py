"""Applies and writes a baseline: which findings it contains, and which of its entries are stale."""

from __future__ import annotations

import os
import posixpath
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from unspill.errors import UserError
from unspill.fingerprint import key
from unspill.project import read, write
from unspill.project.paths import relative
from unspill.shapes import mask_shapes
from unspill.suppress import known
from unspill.suppress.baseline import Baseline, Entry, new, parse, text
from unspill.suppress.known import State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from unspill.app import Collector, ScannedFile
    from unspill.model import Skipped
    from unspill.pipeline import Kept
    from unspill.project.walk import File
    from unspill.suppress.known import FindingKey, Fingerprints, Match


class Filtered(NamedTuple):
    """Findings with the baselined ones split off."""

    kept: list[tuple[ScannedFile, Kept]]
    stale: Mapping[Entry, int]
    """Entries without a finding although their files were scanned or are gone, with their counts."""


class Recorded(NamedTuple):
    """A baseline that was written."""

    path: str
    counts: Mapping[Entry, int]
    added: int
    removed: int
    moved: int
    """How many have moved to another path; they are neither added nor removed."""
    incomplete: tuple[Skipped, ...]


def load(path: str) -> Baseline:
    """The baseline at `path`. Raises UserError."""
    data = read.regular(path)
    if data is None:
        raise UserError(f"{path}: no such baseline, or not readable; create one with `unspill baseline`")
    return parse(data, path)


def fingerprints(collector: Collector, kept: Sequence[tuple[ScannedFile, Kept]]) -> Fingerprints:
    """The fingerprint of every finding, for each id that its rule has or had."""
    return known.fingerprints(_states(collector, kept), key() if collector.baseline is None else collector.baseline.key)


def apply_baseline(collector: Collector, kept: list[tuple[ScannedFile, Kept]], named: Fingerprints) -> Filtered:
    """Split off the findings that are in the run's baseline, if it has one."""
    if collector.baseline is None:
        return Filtered(kept, {})
    match = _match(collector, collector.baseline, kept, named)
    settled = match.places()
    filtered = []
    for scanned, verdict in kept:
        findings = tuple(one for one in verdict.findings if (scanned.document, one.rule, one.span) not in settled)
        silent = tuple(one for one in verdict.findings if (scanned.document, one.rule, one.span) in settled)
        filtered.append((scanned, verdict._replace(findings=findings, known=silent)))
    if collector.request.of_git:  # what did not change was not scanned
        return Filtered(filtered, {})
    vacated = _vacated(collector)
    return Filtered(filtered, {entry: count for entry, count in match.left.items() if vacated(entry.path)})


def record(collector: Collector, path: str, *, update: bool = False, prune: bool = False) -> Recorded:
    """Write what was found to the baseline at `path`.

    It is a new one unless `update` or `prune`, which drop what is stale; `prune` adds nothing. What is known of files
    that were not scanned stays. Raises UserError.
    """
    before = read.regular(path)
    old = new()
    if update or prune:
        old = load(path)
    elif before is not None:
        raise UserError(f"{path}: already exists; use --update or --prune")
    old, match = _held_against(collector, old)
    found = [(entry, is_known) for (_, entry), is_known in zip(match.entries, match.known, strict=True)]
    counts = Counter(entry for entry, is_known in found if is_known or not prune)
    vacated = _vacated(collector)
    for entry, count in old.counts.items():
        if not vacated(entry.path):
            counts[entry] = max(counts[entry], count)
    settled = Counter(entry for entry, is_known in found if is_known)
    moved = (settled - Counter(dict(old.counts))).total()
    return _write(collector, path, before, old, counts, moved=moved)


def adopt(collector: Collector, path: str, silenced: Collection[FindingKey]) -> Recorded:
    """Add the findings in `silenced` to the baseline at `path`, creating it if needed. Raises UserError.

    What it knows stays, whether it is still there or not.
    """
    before = read.regular(path)
    old = load(path) if os.path.lexists(path) else new()
    old, match = _held_against(collector, old)
    counts = Counter(dict(old.counts))
    settled = match.places()
    counts.update(entry for place, entry in match.entries if place in silenced and place not in settled)
    if before is None and not counts:
        return Recorded(path, counts, 0, 0, 0, _incomplete(collector))
    return _write(collector, path, before, old, counts)


def _write(
    collector: Collector, path: str, before: bytes | None, old: Baseline, counts: Mapping[Entry, int], *, moved: int = 0
) -> Recorded:
    folder, name = os.path.split(os.path.abspath(path))
    after = text(old._replace(counts=counts)).encode()
    if after != before:
        write.apply(folder, (), [write.FileChange(name, before, after)])
    now, then = Counter(counts), Counter(dict(old.counts))
    added, removed = (now - then).total() - moved, (then - now).total() - moved
    return Recorded(path, counts, added, removed, moved, _incomplete(collector))


def _incomplete(collector: Collector) -> tuple[Skipped, ...]:
    return tuple(skipped for skipped in collector.skipped if skipped.incomplete)


def _held_against(collector: Collector, old: Baseline) -> tuple[Baseline, Match]:
    """The baseline with the present ids of rules, which the run uses from now on, and the findings compared with it."""
    collector.baseline = old
    kept = [(scanned, collector.keep(scanned)) for scanned in collector.scanned_files]
    match = _match(collector, old, kept, fingerprints(collector, kept))
    return old._replace(counts=match.counts), match


def _match(collector: Collector, old: Baseline, kept: Sequence[tuple[ScannedFile, Kept]], named: Fingerprints) -> Match:
    """All findings compared with a baseline: what is left of one file's entries may match in another."""
    return known.match(
        old, _states(collector, kept), named, partial(known.is_there, collector.request.root), _vacated(collector)
    )


def _states(collector: Collector, kept: Sequence[tuple[ScannedFile, Kept]]) -> list[State]:
    place_of = places(collector)
    return [State(place_of(scanned.file), scanned.document, verdict.findings, scanned.old) for scanned, verdict in kept]


def places(collector: Collector) -> Callable[[File], str]:
    """Paths relative to the root."""
    start = collector.request.root
    folders: dict[str, str] = {}

    def place(file: File) -> str:
        if file.tree.root not in folders:
            folders[file.tree.root] = relative(os.path.realpath(file.tree.root), start)
        return posixpath.normpath(posixpath.join(folders[file.tree.root], file.path))

    return place


def _vacated(collector: Collector) -> Callable[[str], bool]:
    """Whether all that a path still holds was seen: it was scanned in full, or is gone."""
    place_of = places(collector)
    unread = {skipped.path for skipped in collector.skipped if skipped.incomplete}
    seen = {mask_shapes(place_of(file)) for file in collector.listed if mask_shapes(file.shown) not in unread}
    root = collector.request.root
    return lambda path: path in seen or not known.is_there(root, path)
