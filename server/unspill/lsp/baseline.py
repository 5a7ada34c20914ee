"""The project's baseline: findings in it are not shown, and a command adds to it."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcInvalidParams

from unspill.errors import UserError
from unspill.lsp import commands, configuration, diagnostics
from unspill.project import read, write
from unspill.suppress import BASELINE
from unspill.suppress.baseline import can_baseline, parse, text

if TYPE_CHECKING:
    from unspill.lsp.session import Session
    from unspill.lsp.snapshot import Snapshot

ADD = "unspill.addToBaseline"


async def add(session: Session, *arguments: Any) -> None:
    """`unspill.addToBaseline`: add a finding, with all copies of it in its file.

    The arguments are document, version and finding. The server writes the file: no value travels.
    """
    match arguments:
        case [str(uri), int(version), str(identity)]:
            pass
        case _:
            raise JsonRpcInvalidParams(f"{ADD} takes a document, its version and a finding")
    snapshot = commands.checked(session, uri, version)
    if snapshot is None or snapshot.place.root is None:
        return
    looked = [part for part in _parts(session, snapshot) if await session.findings.of(part) is not None]
    parts = {
        part.uri: (part.document, [one for one in session.findings.all(part) if can_baseline(one)]) for part in looked
    }
    _, found = parts.get(uri, (None, []))
    index = next((at for at, one in enumerate(found) if diagnostics.identity(one) == identity), None)
    known = snapshot.known
    if index is None or known is None:
        commands.refuse(session, snapshot, commands.GONE)
        return
    opened = session.snapshot(session.buffers.uri_of(known.root, BASELINE))
    before = read.regular(os.path.join(known.root, BASELINE))
    if opened is not None and opened.document.data != before:
        commands.refuse(session, snapshot, f"{BASELINE} has changes that are not saved; save it first")
        return
    try:
        known = known._replace(baseline=parse(before or b"", BASELINE))  # it may be newer than what is shown
        entry = known.entries(snapshot.document, found)[index]
        copies = sum(known.entries(*part).count(entry) for part in parts.values())
        counts = Counter(dict(known.baseline.counts)) | Counter({entry: copies})
        after = text(known.baseline._replace(counts=counts)).encode()
        change = write.FileChange(BASELINE, before, after)
        await session.analysis.beside(partial(write.apply, known.root, (), [change]))  # it may wait for a lock
    except UserError as error:
        commands.refuse(session, snapshot, str(error))
    else:
        configuration.again(session)


def _parts(session: Session, snapshot: Snapshot) -> list[Snapshot]:
    """The documents that the document's file is open as: a notebook is open as its cells."""
    if snapshot.disk is not None:
        return [snapshot]
    others = (other for other in session.snapshots() if other.place == snapshot.place)
    return [other for other in others if other.disk is None]
