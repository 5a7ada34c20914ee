"""One client's session: its capabilities, folders and open documents, and their findings.

Handlers on the loop change the session and are quick. Work in a thread gets a `Snapshot`, taken before, and its
result counts only if `is_current(snapshot)` still holds afterwards.
"""

from __future__ import annotations

import asyncio
import functools
import posixpath
from typing import TYPE_CHECKING, Any

from unspill import space
from unspill.document import Document
from unspill.lsp import guard, places
from unspill.lsp.buffers import Buffer, Buffers
from unspill.lsp.capabilities import Client
from unspill.lsp.findings import Findings
from unspill.lsp.folders import Folders
from unspill.lsp.naming import Naming
from unspill.lsp.projects import Noted, Projects
from unspill.lsp.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from lsprotocol import types

    from unspill.lsp.analysis import Analyser
    from unspill.lsp.outbox import Outbox
    from unspill.model import Finding
    from unspill.workspace import Workspace

_CLEARED = 2
"""How many answers about the workspace clear a closed document: VS Code drops the first if it is still reading its own
last answer about that document."""


class Session:
    """The state of one client's session. Used only in the loop's thread."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self.client = Client()
        self.buffers = Buffers()
        self.findings = Findings(self.is_current)
        self.folders = Folders(self.buffers, outbox, self.findings.check)
        self.naming = Naming(self.buffers, self.findings, self.snapshot)
        self.projects = Projects()
        self.clean: dict[str, str] = {}
        """Files on disk that had no findings: path to result id."""
        self.published: dict[str, tuple[int, tuple[Finding, ...]]] = {}
        """What was last pushed for each open document: the serial of its state, and the findings."""
        self.changed = asyncio.Event()
        """Set, and replaced, when files that are not open should be scanned again."""
        self.revision = 0
        self._closed: dict[str, int] = {}
        """The documents that were closed, and how many answers about the workspace have to clear each yet."""
        self._awaited: dict[str, list[asyncio.Event]] = {}
        """The documents that requests wait for to be opened."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._follow_up: asyncio.Task[Any] | None = None

    @property
    def analysis(self) -> Analyser:
        """The scanners, and the thread for work that would block the loop."""
        return self.findings.analysis

    @functools.cached_property
    def spaces(self) -> Workspace:
        """The names in the files of the Spaces, loaded when first asked for. Used only in the thread."""
        from unspill.workspace import Workspace

        return Workspace()

    # Documents

    def open(self, item: types.TextDocumentItem, owner: str | None = None) -> None:
        """Open a document. A notebook cell is at the place of its `owner`."""
        self._closed.pop(item.uri, None)
        for awaited in self._awaited.pop(item.uri, ()):
            awaited.set()
        place = self.folders.place_of(owner or item.uri)
        self.buffers.open(item, place, cell=owner is not None)
        self._tell(item.uri, place)

    def change(
        self, identifier: types.VersionedTextDocumentIdentifier, changes: Sequence[types.TextDocumentContentChangeEvent]
    ) -> None:
        """Change an open document; changes of any other are ignored."""
        if (old := self.buffers.change(identifier, changes, self.client.unit)) is not None:
            self._tell(old.uri, old.place)

    def close(self, uri: str) -> None:
        """Close a document."""
        if (old := self.buffers.close(uri)) is not None:
            self._tell(uri, old.place)
        self.naming.close(uri)
        self.projects.close(uri)
        self._closed[uri] = _CLEARED if self.findings.close(uri) else 0
        self._stir()

    def was_closed(self, uri: str) -> bool:
        """Whether a document was open, and is no longer."""
        return uri in self._closed

    async def opens(self, uri: str, seconds: float) -> bool:
        """Whether a document is open, or is opened within so many seconds from now."""
        if uri not in self.buffers:
            awaited = asyncio.Event()
            self._awaited.setdefault(uri, []).append(awaited)
            try:
                await asyncio.wait_for(awaited.wait(), seconds)
            except asyncio.TimeoutError:
                pass
            finally:
                left = [one for one in self._awaited.pop(uri, ()) if one is not awaited]
                if left:
                    self._awaited[uri] = left
        return uri in self.buffers

    def answered_closed(self, uri: str) -> None:
        """The client was told what the file of a document holds: if it has closed it before, that must be cleared."""
        if uri in self._closed:
            self._closed[uri] = _CLEARED
            self._stir()

    def take_closed(self) -> list[str]:
        """The documents that the next answer must clear, sorted: closed with findings, not open again."""
        closed = sorted(uri for uri, answers in self._closed.items() if answers)
        for uri in closed:
            self._closed[uri] -= 1
        return closed

    def replace(self) -> None:
        """The folders have changed: find the places of the open documents again."""
        self.buffers.forget_texts()
        root_of = functools.cache(places.root_of_folder)
        for uri, old, _, disk, _ in self.buffers:
            if disk is not None:
                place = places.place_of(uri, self.folders.paths.values(), root_of)
                self.buffers.put(uri, Document(old.data, place.path, old.language, old.version), place)
                self._tell(uri, place)

    def snapshot(self, uri: str) -> Snapshot | None:
        """The present state of an open document, with its settings."""
        buffer = self.buffers.get(uri)
        return None if buffer is None else self._snapshot(buffer)

    def snapshots(self) -> list[Snapshot]:
        """The present states of all open documents, in the order of place."""
        found = [self._snapshot(buffer) for buffer in self.buffers]
        return sorted(found, key=lambda one: (one.place.root or "", one.place.path, one.uri))

    def unopened(self, uri: str, document: Document, place: places.Place) -> Snapshot:
        """A document as its file has it, in place of what is open."""
        buffer = Buffer(uri, document, place, places.disk_path(uri), 0)
        noted = Noted(0, self.projects.at(place.root or "", place.path))
        return Snapshot(buffer, self.revision, self.client, self.folders, noted, follows=True)

    def _snapshot(self, buffer: Buffer) -> Snapshot:
        is_apart = buffer.disk is None or buffer.place.root is None  # no file that is surveyed
        noted = self.projects.of(buffer)
        return Snapshot(buffer, self.revision, self.client, self.folders, noted, follows=is_apart)

    def is_current(self, snapshot: Snapshot) -> bool:
        """Whether the document is still in this state."""
        return snapshot.revision == self.revision and snapshot.buffer is self.buffers.get(snapshot.uri)

    def invalidate(self) -> None:
        """Discard results: something outside the open documents has changed that findings depend on."""
        self.revision += 1
        self.folders.forget()
        self.outbox.forget()
        self.naming.forget_homes()
        self._stir()

    def _stir(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def _tell(self, uri: str, place: places.Place) -> None:
        """A file is not what it was."""
        if places.disk_path(uri) is not None and space.tells(posixpath.basename(place.path)):
            self.naming.forget_homes()

    # Background work

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` concurrently with the handlers."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def follow_up(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run `work`, which a change of settings or files asks for, in place of that of the change before."""
        if self._follow_up is not None:
            self._follow_up.cancel()
        self._follow_up = self.spawn(work)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            guard.report(error, "a task")
