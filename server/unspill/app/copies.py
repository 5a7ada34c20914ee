"""Searches all texts of a run for the values it found: each file of a large tree is read once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.app import baseline
from unspill.pipeline.copies import Copies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from unspill.app import Collector, ScannedFile
    from unspill.pipeline import Kept
    from unspill.project.read import Refusal
    from unspill.project.walk import File

_SEARCH = "copies"
"""The key of the entry in the cache of clean files that records what they were searched for."""


def with_copies(
    collector: Collector,
    scanned_files: Sequence[ScannedFile],
    files: Iterable[File],
    read: Callable[[File], bytes | Refusal],
) -> list[ScannedFile]:
    """`scanned_files`, with every place of the values found in them, and those of `files` that hold one as well.

    What a baseline knows is old news, and not looked for. A file that was clean before is not read if it was searched
    for the same values then.
    """
    kept = [(scanned, collector.keep(scanned)) for scanned in scanned_files]
    if collector.baseline is not None:
        kept, _ = baseline.apply_baseline(collector, kept, baseline.fingerprints(collector, kept))
    collector.copies = copies = Copies(one for _, verdict in kept for one in verdict.findings)
    if not copies:
        return list(scanned_files)
    found = [scanned._replace(analysis=copies.added_to(scanned.analysis)) for scanned in scanned_files]
    clean = collector.clean
    searched = {scanned.file.disk for scanned in scanned_files}
    values = _places(kept) if clean is not None else []
    if clean is not None and clean.has(_SEARCH, values):
        searched |= collector.unread
    for file in files:
        if file.disk in searched:
            continue
        raw = read(file)
        scanned = collector.analyse_file(file, raw) if isinstance(raw, bytes) and copies.are_in(raw) else None
        if scanned is not None and scanned.analysis.matters:
            found.append(scanned)
            if clean is not None:
                clean.forget(file.disk, file.state)
    if clean is not None:
        clean.add(_SEARCH, values, max(max(one.file.times) for one, _ in kept))
    return found


def _places(kept: Sequence[tuple[ScannedFile, Kept]]) -> list[tuple[object, ...]]:
    return sorted((one.file.disk, *one.file.state, *finding.span) for one, its in kept for finding in its.findings)
