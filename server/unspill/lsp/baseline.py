"""The project's baseline: what it knows is not shown, and a command adds to it what is to be known from now on."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pygls.exceptions import JsonRpcInvalidParams

from unspill.errors import UserError
from unspill.lsp import configuration, diagnostics, move, places
from unspill.project import read, write
from unspill.shapes import mask_shapes
from unspill.suppress import BASELINE
from unspill.suppress.baseline import (
    Baseline,
    Entry,
    akin,
    before_move,
    fingerprints,
    match,
    parse,
    renamed,
    takes,
    text,
    under_former_ids,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unspill.document import Document
    from unspill.lsp.session import Session, Snapshot
    from unspill.model import Finding

ADD = "unspill.addToBaseline"


class Known(NamedTuple):
    """What a baseline knows of the file at `path`, relative to the folder `root` that the baseline stands in."""

    baseline: Baseline
    root: str
    path: str

    def sift(self, document: Document, findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """The findings of a state of the file that are new, and those that are known."""
        asked = [one for one in findings if takes(one)]
        known = self.under_present_ids(document, asked).knows(document, asked)
        old = tuple(one for one, is_known in zip(asked, known, strict=True) if is_known)
        return tuple(one for one in findings if one not in old), old

    def knows(self, document: Document, findings: Sequence[Finding]) -> list[bool]:
        """Which of the findings of a state of the file are known."""
        entries = self.entries(document, findings)
        if not self.baseline.counts.keys() >= set(entries):
            entries = self._followed(document, findings, entries)
        known, _ = match(self.baseline.counts, entries, self._is_gone)
        return known

    def entries(self, document: Document, findings: Sequence[Finding]) -> list[Entry]:
        """The findings of a state of the file as entries."""
        names = fingerprints(document, findings, self.path, self.baseline.key)
        path = mask_shapes(self.path)
        return [Entry(path, one.rule, names[one.rule, one.span]) for one in findings]

    def under_present_ids(self, document: Document, findings: Sequence[Finding]) -> Known:
        """This with the ids that the rules of the findings have today."""
        former = under_former_ids(findings)
        if not former:
            return self
        names = fingerprints(document, [*findings, *former], self.path, self.baseline.key)
        present = {
            (name, names[name, one.span]): (one.rule, names[one.rule, one.span])
            for one in findings
            for name in one.formerly
        }
        return self._replace(baseline=renamed(self.baseline, present))

    def _followed(self, document: Document, findings: Sequence[Finding], entries: Sequence[Entry]) -> list[Entry]:
        """The entries as the baseline would have them if the file was moved."""
        paths = {entry.path for entry in self.baseline.counts}
        if mask_shapes(self.path) in paths:
            return list(entries)
        gone = filter(self._is_gone, akin(self.path, sorted(paths)))
        moved = before_move(self.baseline, document, findings, gone)
        if moved is None:
            return list(entries)
        pairs = zip(findings, entries, strict=True)
        return [entry._replace(fingerprint=moved[1][one.rule, one.span]) for one, entry in pairs]

    def _is_gone(self, path: str) -> bool:
        return not os.path.lexists(places.file_path(self.root, path))


def load(root: str) -> Baseline | None:
    """The baseline of a root; None if it has none. Raises UserError."""
    data = read.regular(os.path.join(root, BASELINE))
    return None if data is None else parse(data, BASELINE)


async def add(session: Session, *arguments: Any) -> None:
    """`unspill.addToBaseline`: know a finding, with all copies of it in its file.

    The arguments are document, version and finding. The server writes the file: no value travels.
    """
    match arguments:
        case [str(uri), int(version), str(identity)]:
            pass
        case _:
            raise JsonRpcInvalidParams(f"{ADD} takes a document, its version and a finding")
    snapshot = move.checked(session, uri, version)
    if snapshot is None or snapshot.place.root is None:
        return
    looked = [part for part in _parts(session, snapshot) if await session.findings(part) is not None]
    parts = {part.uri: (part.document, session.all_findings(part)) for part in looked}
    _, found = parts.get(uri, (None, ()))
    index = next((at for at, one in enumerate(found) if takes(one) and diagnostics.identity(one) == identity), None)
    known = session.known(snapshot.place)
    if index is None or known is None:
        move.refuse(session, snapshot, "what it was offered for is no longer there")
        return
    opened = session.snapshot(session.uri_of(known.root, BASELINE))
    before = read.regular(os.path.join(known.root, BASELINE))
    if opened is not None and opened.document.data != before:
        move.refuse(session, snapshot, f"{BASELINE} has changes that are not saved; save it first")
        return
    try:
        known = known._replace(baseline=parse(before or b"", BASELINE))  # it may be newer than what is shown
        entry = known.entries(snapshot.document, found)[index]
        copies = sum(known.entries(*part).count(entry) for part in parts.values())
        counts = Counter(dict(known.baseline.counts)) | Counter({entry: copies})
        after = text(known.baseline._replace(counts=counts)).encode()
        change = write.Change(BASELINE, before, after)
        await session.analysis.beside(partial(write.apply, known.root, (), [change]))  # it may wait for a lock
    except UserError as error:
        move.refuse(session, snapshot, str(error))
    else:
        configuration.again(session)


def _parts(session: Session, snapshot: Snapshot) -> list[Snapshot]:
    """The documents that the document's file is open as: a notebook is open as its cells."""
    if snapshot.disk is not None:
        return [snapshot]
    others = (other for other in session.snapshots() if other.place == snapshot.place)
    return [other for other in others if other.disk is None]
