"""The values that a run has found, looked for in all of its files: each of a large tree is read once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.app import baseline
from unspill.pipeline.copies import Copies
from unspill.project import read

if TYPE_CHECKING:
    from unspill.app import Collector, ScannedFile
    from unspill.pipeline import Kept

_SEARCH = "copies"
"""The subject of the entry in the cache of clean files that says what they were searched for."""


def find(collector: Collector) -> None:
    """Look at all files of a run for the values that were found in some of them; a baseline's are old news.

    A file that was clean before is not read if it was searched for the same values then.
    """
    kept = [(scanned, collector.keep(scanned)) for scanned in collector.scanned_files]
    if collector.baseline is not None:
        kept, _ = baseline.apply_baseline(collector, kept, baseline.fingerprints(collector, kept))
    collector.copies = copies = Copies(one for _, verdict in kept for one in verdict.findings)
    collector.scanned_files = [
        scanned._replace(analysis=copies.added_to(scanned.analysis)) for scanned in collector.scanned_files
    ]
    if copies:
        _search_clean(collector, copies, kept)


def _search_clean(collector: Collector, copies: Copies, kept: list[tuple[ScannedFile, Kept]]) -> None:
    clean = collector.clean
    searched = {scanned.file.disk for scanned in collector.scanned_files}
    values = sorted((one.file.disk, *one.file.state, *finding.span) for one, its in kept for finding in its.findings)
    if clean is not None and clean.has(_SEARCH, values):
        searched |= collector.unread
    for file in collector.listed:
        if file.disk in searched:
            continue
        raw = read.text(file.disk, file.settings.max_file_size)
        scanned = collector.analyse_file(file, raw) if isinstance(raw, bytes) and copies.are_in(raw) else None
        if scanned is not None and scanned.analysis.matters:
            collector.scanned_files.append(scanned)
            if clean is not None:
                clean.forget(file.disk, file.state)
    if clean is not None:
        clean.add(_SEARCH, values, max(max(one.file.times) for one, _ in kept))
