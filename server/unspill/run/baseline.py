"""What a run makes of a baseline: which findings it knows, which of its entries are stale, and how it is written."""

from __future__ import annotations

import os
import posixpath
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from unspill.errors import UserError
from unspill.fingerprint import key
from unspill.project import read, write
from unspill.project.paths import relative
from unspill.shapes import mask_shapes
from unspill.suppress import baseline
from unspill.suppress.baseline import Baseline, Entry, akin, before_move, match, new, parse, takes, text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from unspill.document import Document
    from unspill.model import Skipped, Span
    from unspill.project.walk import File
    from unspill.run import Hit, Survey
    from unspill.suppress import Kept

Place = tuple["Document", str, "Span"]
"""A finding by its document, rule and span."""
Fingerprints = dict[Place, str]


class Sifted(NamedTuple):
    """Findings that a baseline has gone through: what it knows is told apart."""

    kept: list[tuple[Hit, Kept]]
    stale: Mapping[Entry, int]
    """Entries that nothing was found for, though their files were looked at or are gone, and how many each."""


class Recorded(NamedTuple):
    """A baseline that was written."""

    path: str
    counts: Mapping[Entry, int]
    added: int
    removed: int
    moved: int
    """How many are known at another path than before; they are neither added nor removed."""
    incomplete: tuple[Skipped, ...]


def load(path: str) -> Baseline:
    """The baseline at `path`. Raises UserError."""
    data = read.regular(path)
    if data is None:
        raise UserError(f"{path}: no such baseline, or not readable; create one with `unspill baseline`")
    return parse(data, path)


def fingerprints(survey: Survey, kept: Sequence[tuple[Hit, Kept]]) -> Fingerprints:
    """The fingerprint of every finding, under each id that its rule has or had."""
    secret_key = key() if survey.baseline is None else survey.baseline.key
    place_of = places(survey)
    ordinals: Counter[tuple[str, str, str, str | None]] = Counter()
    found: Fingerprints = {}
    for hit, verdict in kept:
        findings = [*hit.old, *verdict.findings]
        findings += baseline.under_former_ids(findings)
        own = baseline.fingerprints(hit.document, findings, place_of(hit.file), secret_key, ordinals)
        found.update({(hit.document, rule, span): name for (rule, span), name in own.items()})
    return found


def sift(survey: Survey, kept: list[tuple[Hit, Kept]], named: Fingerprints) -> Sifted:
    """Tell the findings apart that the run's baseline knows, if it has one."""
    if survey.baseline is None:
        return Sifted(kept, {})
    old = _renamed(survey.baseline, kept, named)
    entries = _entries(survey, kept, named)
    vacated = _vacated(survey)
    known, left = match(old.counts, _followed(survey, old, kept, entries), vacated)
    settled = {place for (place, _), is_known in zip(entries, known, strict=True) if is_known}
    sifted = []
    for hit, verdict in kept:
        silent = tuple(one for one in verdict.findings if (hit.document, one.rule, one.span) in settled)
        findings = tuple(one for one in verdict.findings if one not in silent)
        sifted.append((hit, verdict._replace(findings=findings, known=silent)))
    if survey.request.of_git:  # what did not change was not looked at
        return Sifted(sifted, {})
    return Sifted(sifted, {entry: count for entry, count in left.items() if vacated(entry.path)})


def record(survey: Survey, path: str, *, update: bool = False, prune: bool = False) -> Recorded:
    """Write what was found to the baseline at `path`.

    It is a new one unless `update` or `prune`, which drop what is stale; `prune` adds nothing. What is known of files
    that were not looked at stays. Raises UserError.
    """
    before = read.regular(path)
    old = new()
    if update or prune:
        old = load(path)
    elif before is not None:
        raise UserError(f"{path}: already exists; use --update or --prune")
    survey.baseline = old
    kept = [(hit, survey.keep(hit)) for hit in survey.hits]
    named = fingerprints(survey, kept)
    old = _renamed(old, kept, named)
    entries = _entries(survey, kept, named)
    vacated = _vacated(survey)
    known, _ = match(old.counts, _followed(survey, old, kept, entries), vacated)
    counts = Counter(entry for (_, entry), is_known in zip(entries, known, strict=True) if is_known or not prune)
    for entry, count in old.counts.items():
        if not vacated(entry.path):
            counts[entry] = max(counts[entry], count)
    settled = Counter(entry for (_, entry), is_known in zip(entries, known, strict=True) if is_known)
    moved = (settled - Counter(dict(old.counts))).total()
    return _write(survey, path, before, old, counts, moved=moved)


def adopt(survey: Survey, path: str, silenced: Collection[Place]) -> Recorded:
    """Add the findings in `silenced` to the baseline at `path`, which is made for the first. Raises UserError.

    What it knows stays, whether it is still there or not.
    """
    before = read.regular(path)
    old = load(path) if os.path.lexists(path) else new()
    survey.baseline = old
    kept = [(hit, survey.keep(hit)) for hit in survey.hits]
    named = fingerprints(survey, kept)
    old = _renamed(old, kept, named)
    entries = _entries(survey, kept, named)
    known, _ = match(old.counts, _followed(survey, old, kept, entries), _vacated(survey))
    counts = Counter(dict(old.counts))
    counts.update(
        entry for (place, entry), is_known in zip(entries, known, strict=True) if not is_known and place in silenced
    )
    if before is None and not counts:
        return Recorded(path, counts, 0, 0, 0, _incomplete(survey))
    return _write(survey, path, before, old, counts)


def _write(
    survey: Survey, path: str, before: bytes | None, old: Baseline, counts: Mapping[Entry, int], *, moved: int = 0
) -> Recorded:
    folder, name = os.path.split(os.path.abspath(path))
    after = text(old._replace(counts=counts)).encode()
    if after != before:
        write.apply(folder, (), [write.Change(name, before, after)])
    now, then = Counter(counts), Counter(dict(old.counts))
    added, removed = (now - then).total() - moved, (then - now).total() - moved
    return Recorded(path, counts, added, removed, moved, _incomplete(survey))


def _incomplete(survey: Survey) -> tuple[Skipped, ...]:
    return tuple(skipped for skipped in survey.skipped if skipped.incomplete)


def _entries(survey: Survey, kept: Sequence[tuple[Hit, Kept]], named: Fingerprints) -> list[tuple[Place, Entry]]:
    """Every finding that may be known as an entry; those that are not asked for come first: they were there before."""
    place_of = places(survey)
    found = [(hit, finding) for hit, _ in kept for finding in hit.old]
    found += [(hit, finding) for hit, verdict in kept for finding in verdict.findings]
    entries = []
    for hit, finding in found:
        if not takes(finding):
            continue
        place = (hit.document, finding.rule, finding.span)
        entries.append((place, Entry(mask_shapes(place_of(hit.file)), finding.rule, named[place])))
    return entries


def _renamed(old: Baseline, kept: Sequence[tuple[Hit, Kept]], named: Fingerprints) -> Baseline:
    """The baseline with the ids that the rules of the findings have today."""
    present = {
        (name, named[hit.document, name, one.span]): (one.rule, named[hit.document, one.rule, one.span])
        for hit, verdict in kept
        for one in (*hit.old, *verdict.findings)
        for name in one.formerly
    }
    return baseline.renamed(old, present)


def _followed(
    survey: Survey, old: Baseline, kept: Sequence[tuple[Hit, Kept]], entries: Sequence[tuple[Place, Entry]]
) -> list[Entry]:
    """The entries as `old` would have them: a fingerprint that is made of a path is made of the one before the move."""
    paths = {entry.path for entry in old.counts}
    gone = sorted(path for path in paths if not _exists(survey, path))
    former: Fingerprints = {}
    place_of = places(survey)
    for hit, verdict in kept if gone else ():
        path = place_of(hit.file)
        if mask_shapes(path) in paths:
            continue
        moved = before_move(old, hit.document, [*hit.old, *verdict.findings], akin(path, gone))
        if moved is not None:
            before, names = moved
            gone.remove(before)  # one file only has taken its place
            former.update({(hit.document, rule, span): made for (rule, span), made in names.items()})
    return [entry._replace(fingerprint=former.get(place, entry.fingerprint)) for place, entry in entries]


def _exists(survey: Survey, path: str) -> bool:
    """Whether there is something at a path from the root."""
    return os.path.lexists(os.path.join(survey.request.root, *path.split("/")))


def places(survey: Survey) -> Callable[[File], str]:
    """What paths are called from the root."""
    start = survey.request.root
    folders: dict[str, str] = {}

    def place(file: File) -> str:
        if file.tree.root not in folders:
            folders[file.tree.root] = relative(os.path.realpath(file.tree.root), start)
        return posixpath.normpath(posixpath.join(folders[file.tree.root], file.path))

    return place


def _vacated(survey: Survey) -> Callable[[str], bool]:
    """Whether all that a path still holds was seen: it was looked at as a whole, or is gone."""
    place_of = places(survey)
    unread = {skipped.path for skipped in survey.skipped if skipped.incomplete}
    seen = {mask_shapes(place_of(file)) for file in survey.listed if mask_shapes(file.shown) not in unread}
    return lambda path: path in seen or not _exists(survey, path)
