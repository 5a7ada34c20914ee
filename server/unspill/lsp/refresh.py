"""Diagnostics that depend on other files: asked for again once typing pauses, and shown where they have changed."""

from __future__ import annotations

import asyncio
import posixpath
from typing import TYPE_CHECKING

from unspill.languages import language_of
from unspill.space.apps import marks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from unspill.lsp.places import Place
    from unspill.lsp.session import Session

_QUIET = 0.08
"""Seconds without a change after which the checks on apps are asked: of the 150 ms, the rest is for their answer."""

_PATIENCE = 0.3
"""Seconds that a request for diagnostics waits for the first answer."""


def soon(session: Session, place: Place, show: Callable[[Session, Sequence[str]], None]) -> None:
    """The file at a place is not what it was: ask the checks on its app, once nothing changes for a moment.

    `show` is called with the URIs of the open documents for which they have something new to say.
    """
    if place.root is None:
        return
    paths = session.projects.pending.setdefault(place.root, set())
    paths.add(place.path)
    paths.update(_dependents(session, place))
    if session.projects.timer is not None:
        session.projects.timer.cancel()
    session.projects.timer = asyncio.get_running_loop().call_later(_QUIET, lambda: session.spawn(_now(session, show)))


def _dependents(session: Session, place: Place) -> Iterator[str]:
    """The open files that may have other diagnostics once that at a place is another."""
    # What a mark of an app decides, all others depend on; what a module reads, those that import it may show.
    is_mark = marks(posixpath.basename(place.path))
    if is_mark or language_of(place.path).id == "python":
        for one in session.snapshots():
            if one.place.root == place.root and (is_mark or one.document.language == "python"):
                yield one.place.path


async def _now(session: Session, show: Callable[[Session, Sequence[str]], None]) -> None:
    projects = session.projects
    projects.running += 1
    try:
        changed: list[str] = []
        while projects.pending:
            root, paths = projects.pending.popitem()
            for surveyed in await projects.survey(session.buffers.tree(root), paths, session.buffers.cells(root)):
                if surveyed.problem:
                    session.outbox.say_once(surveyed.problem, "info")
                changed += projects.take(session.buffers, root, surveyed)
        if changed:
            show(session, changed)
    finally:
        projects.running -= 1


async def ready(session: Session, uri: str, show: Callable[[Session, Sequence[str]], None]) -> None:
    """Have the checks asked about an open document for the first time; not for long: secrets are not to wait for it."""
    snapshot = session.snapshot(uri)
    if snapshot is not None and snapshot.disk is not None and not session.projects.knows(uri):
        await asyncio.wait([session.spawn(_now(session, show))], timeout=_PATIENCE)
