"""What the fixes need of the project around a document: its files, and one name for each secret of its Space.

A name depends on all open documents of the Space, and is needed whenever one of them is analysed.
"""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING

from unspill import space
from unspill.lsp import places
from unspill.lsp.wishes import Wishes, wishes_of
from unspill.project import staging

if TYPE_CHECKING:
    from collections.abc import Callable

    from unspill.fixes import Project
    from unspill.lsp.buffers import Buffer, Buffers
    from unspill.lsp.findings import Findings
    from unspill.lsp.snapshot import Snapshot
    from unspill.space.names import Wish


class Naming:
    """The names of the secrets in the open documents. Used only in the loop's thread."""

    def __init__(self, buffers: Buffers, findings: Findings, snapshot: Callable[[str], Snapshot | None]) -> None:
        """`snapshot` returns the present state of an open document."""
        self._buffers = buffers
        self._findings = findings
        self._snapshot = snapshot
        self._wishes = Wishes()
        self._cleared: set[str] = set()

    async def ready(self, snapshot: Snapshot) -> Project:
        """What the fixes of a document need. Raises ValueError for one without a folder."""
        root = snapshot.place.root
        if root is None:
            raise ValueError("a document without a folder has no fixes")
        await self.prepare(root)
        return self.project(root, snapshot.place.path)

    def project(self, root: str, path: str) -> Project:
        """What the fixes of a document need, from the present state.

        Names are given in the order of path to what was found in the open documents of the same Space.
        """
        from unspill.fixes import Project
        from unspill.space.names import around

        tree = self._buffers.tree(root)
        home = space.find(tree, path)
        project = Project(tree, around(tree, home), self._findings.values())
        wishes: list[Wish] = []
        for buffer in sorted(self._of(root), key=lambda buffer: (buffer.place.path, buffer.uri)):
            other = self._snapshot(buffer.uri)
            if other is None or self._wishes.home(root, tree, buffer.place.path) != home.root:
                continue
            found = self._findings.all(other)
            wishes += self._wishes.of(other.uri, other.document, found)
            project.found.setdefault(other.document.path, set()).update(one.span for one in found)
        project.names.grant(wishes)
        return project

    async def prepare(self, root: str) -> None:
        """Analyse what `project` needs of the open documents of a root, in steps short enough for the loop."""
        tree = self._buffers.tree(root)
        findings = self._findings
        for buffer in self._of(root):
            snapshot = self._snapshot(buffer.uri)  # it may have changed since, or been closed
            if snapshot is None:
                continue
            is_known = findings.has(snapshot)
            if await findings.of(snapshot) is None:
                continue
            uri, document, found = snapshot.uri, snapshot.document, findings.all(snapshot)
            if self._wishes.known(uri, document, found) is None:
                is_known = False
                work = functools.partial(wishes_of, document, found)
                self._wishes.keep(uri, document, found, await findings.analysis.parsed(document, found, work))
            self._clear_up(places.file_path(root, self._wishes.home(root, tree, snapshot.place.path)))
            if not is_known:
                await asyncio.sleep(0)

    def close(self, uri: str) -> None:
        """Forget a closed document."""
        self._wishes.close(uri)

    def forget_homes(self) -> None:
        """Forget which folders are Spaces: files that decide this were added or removed."""
        self._wishes.forget_homes()

    def _of(self, root: str) -> list[Buffer]:
        return [buffer for buffer in self._buffers if buffer.place.root == root]

    def _clear_up(self, home: str) -> None:
        """The folder of a Space is known: what an interrupted fix has left in it goes, once in a session."""
        if home not in self._cleared:
            self._cleared.add(home)
            staging.clear(home)
