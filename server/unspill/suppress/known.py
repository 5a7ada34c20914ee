"""Which findings a baseline contains: of one state of one document, or of all files of a run."""

from __future__ import annotations

import os
import posixpath
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from unspill.shapes import mask_shapes
from unspill.suppress import baseline
from unspill.suppress.baseline import Baseline, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from unspill.document import Document
    from unspill.model import Finding, Span

FindingKey = tuple["Document", str, "Span"]
"""A finding by its document, rule and span."""
Fingerprints = dict[FindingKey, str]


class State(NamedTuple):
    """What was found in one document."""

    path: str
    """POSIX, relative to the folder that the baseline's paths start from."""
    document: Document
    findings: Sequence[Finding]
    old: Sequence[Finding] = ()
    """Findings that are not new and so not reported; they still count."""


class Match(NamedTuple):
    """Findings compared with a baseline."""

    counts: Mapping[Entry, int]
    """The baseline, with the present ids of the rules."""
    entries: Sequence[tuple[FindingKey, Entry]]
    """The findings that a baseline may contain; those that are not new come first."""
    known: Sequence[bool]
    """Which of them it contains."""
    left: Counter[Entry]
    """What else it contains."""

    def places(self) -> set[FindingKey]:
        """The baselined findings."""
        return {place for (place, _), is_known in zip(self.entries, self.known, strict=True) if is_known}


class Known(NamedTuple):
    """What a baseline contains for the file at `path`, relative to the folder `root` (absolute) of the baseline."""

    baseline: Baseline
    root: str
    path: str

    def split(self, document: Document, findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """The findings of a state of the file that are new, and those that are baselined."""
        states = [State(self.path, document, findings)]
        found = match(self.baseline, states, fingerprints(states, self.baseline.key), self._is_there).places()
        return (
            tuple(one for one in findings if (document, one.rule, one.span) not in found),
            tuple(one for one in findings if (document, one.rule, one.span) in found),
        )

    def entries(self, document: Document, findings: Sequence[Finding]) -> list[Entry]:
        """Findings of a state of the file, all of which a baseline may contain, as entries."""
        states = [State(self.path, document, findings)]
        return [entry for _, entry in _entries(states, fingerprints(states, self.baseline.key))]

    def _is_there(self, path: str) -> bool:
        return is_there(self.root, path)


def is_there(root: str, path: str) -> bool:
    """Whether there is something at the path of a baseline's entry; `root` is the folder that it starts from."""
    return os.path.lexists(os.path.join(root, *path.split("/")))


def fingerprints(states: Iterable[State], key: bytes) -> Fingerprints:
    """The fingerprint of every finding, for each id that its rule has or had."""
    ordinals: Counter[tuple[str, str, str, str | None]] = Counter()
    found: Fingerprints = {}
    for path, document, findings, old in states:
        every = [*old, *findings]
        every += baseline.under_former_ids(every)
        own = baseline.fingerprints(document, every, path, key, ordinals)
        found.update({(document, rule, span): name for (rule, span), name in own.items()})
    return found


def match(
    known: Baseline,
    states: Sequence[State],
    named: Fingerprints,
    exists: Callable[[str], bool],
    vacated: Callable[[str], bool] | None = None,
) -> Match:
    """Compare the findings, whose fingerprints are `named`, with a baseline.

    `exists` tells whether there is something at a path today, and `vacated` whether all that it still holds is in
    `states`, by default if there is nothing.
    """
    known = _renamed(known, states, named)
    entries = _entries(states, named)
    followed = _followed(known, states, entries, exists)
    verdicts, left = baseline.match(known.counts, followed, vacated or (lambda path: not exists(path)))
    return Match(known.counts, entries, verdicts, left)


def _entries(states: Sequence[State], named: Fingerprints) -> list[tuple[FindingKey, Entry]]:
    masked = [(mask_shapes(state.path), state) for state in states]
    found = [(path, state.document, one) for path, state in masked for one in state.old]
    found += [(path, state.document, one) for path, state in masked for one in state.findings]
    entries = []
    for path, document, one in found:
        if baseline.can_baseline(one):
            place = (document, one.rule, one.span)
            entries.append((place, Entry(path, one.rule, named[place])))
    return entries


def _renamed(known: Baseline, states: Iterable[State], named: Fingerprints) -> Baseline:
    """The baseline with the ids that the rules of the findings have today."""
    present = {
        (name, named[state.document, name, one.span]): (one.rule, named[state.document, one.rule, one.span])
        for state in states
        for one in (*state.old, *state.findings)
        for name in one.formerly
    }
    return baseline.renamed(known, present)


def _followed(
    known: Baseline, states: Iterable[State], entries: Sequence[tuple[FindingKey, Entry]], exists: Callable[[str], bool]
) -> list[Entry]:
    """The entries as the baseline would have them: a fingerprint that is made of a path is made of that before a move.

    A file at a path that is not in the baseline may have been moved there from one where nothing is now.
    """
    found = [entry for _, entry in entries]
    if known.counts.keys() >= set(found):
        return found
    paths = {entry.path for entry in known.counts}
    gone = _Gone(paths, exists)
    former: Fingerprints = {}
    for path, document, findings, old in states:
        if mask_shapes(path) in paths:
            continue
        moved = baseline.before_move(known, document, [*old, *findings], gone.similar_paths(path))
        if moved is not None:
            before, names = moved
            gone.taken.add(before)  # one file only has taken its place
            former.update({(document, rule, span): made for (rule, span), made in names.items()})
    return [entry._replace(fingerprint=former.get(place, entry.fingerprint)) for place, entry in entries]


class _Gone:
    """Those of some paths where no file is today, each looked up at most once."""

    def __init__(self, paths: Iterable[str], exists: Callable[[str], bool]) -> None:
        self.taken: set[str] = set()
        """Those known to have moved."""
        self._exists = exists
        self._alike: dict[tuple[int, str], list[str]] = {}
        self._gone: dict[tuple[int, str], list[str]] = {}
        for path in paths:
            for key in enumerate(posixpath.split(path)):
                self._alike.setdefault(key, []).append(path)

    def similar_paths(self, path: str) -> list[str]:
        """The former paths that the file at `path` may have had: same name, or same folder. Sorted."""
        found: set[str] = set()
        for key in enumerate(posixpath.split(path)):
            if key not in self._gone:
                self._gone[key] = [one for one in self._alike.get(key, ()) if not self._exists(one)]
            found.update(self._gone[key])
        return sorted(found - self.taken)
