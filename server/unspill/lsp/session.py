"""What one client's session knows: its capabilities, folders, open documents, settings, and what was found.

Handlers on the loop change the session and are quick. Work beside the loop gets a `Snapshot`, taken before, and its
result counts only if `is_current(snapshot)` still holds afterwards.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from unspill import space
from unspill.document import Document
from unspill.errors import UserError
from unspill.languages import language_of
from unspill.lsp import convert, documents, guard, places
from unspill.lsp.capabilities import Client
from unspill.lsp.wishes import Wishes, wishes_of
from unspill.project import staging
from unspill.shapes import Values, mask_shapes, may_be_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from lsprotocol import types

    from unspill.fixes import Project
    from unspill.lsp.analysis import Analyser, Looked
    from unspill.lsp.guard import Server
    from unspill.model import Finding
    from unspill.project.tree import Overlay
    from unspill.settings import Settings
    from unspill.suppress.baseline import Baseline
    from unspill.suppress.known import Known

T = TypeVar("T")

INLINE_LIMIT = 1 << 20
"""Documents of up to so many bytes are scanned on the loop: there, waiting for a thread takes longer than the scan …"""
_SMALL = 1 << 15
_FEW = 200
"""… but those of more than `_SMALL` bytes only if they had no more than so many hits when they were looked at last."""
_PARSED_INLINE = 1 << 17
"""The same for what parses a document, with so many bytes more for each finding that is located."""
_PER_FINDING = 1 << 10


class Snapshot(NamedTuple):
    """One state of one open document."""

    uri: str
    document: Document
    place: places.Place
    disk: str | None
    """Its file system path; None for what is no file, as the cell of a notebook."""
    serial: int
    """Differs for every state of every document of the session."""
    revision: int
    """Changes with the settings, the rules, and the files that decide about findings."""

    @property
    def result_id(self) -> str:
        """What the diagnostics of this state are called; it is made of nothing in the document."""
        return f"{self.serial}.{self.revision}"


class Session:
    """The state of one client's session. Used from the loop's thread alone."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client = Client()
        self.folders: dict[str, str] = {}
        """The workspace's folders on disk: URI to path."""
        self.editor: dict[str | None, Mapping[str, object]] = {None: {}}
        """The client's settings by folder URI; those under None hold outside all folders."""
        self.clean: dict[str, str] = {}
        """Files on disk that had no findings: path to result id."""
        self.published: dict[str, tuple[int, tuple[Finding, ...]]] = {}
        """What was pushed last about each open document: the serial of its state, and what was found."""
        self.changed = asyncio.Event()
        """Set, and replaced, when files that are not open are worth another look."""
        self.revision = 0
        self._serials = itertools.count(1)
        self._open: dict[str, Snapshot] = {}
        self._closed: set[str] = set()
        self._texts: dict[str, dict[str, bytes]] = {}
        """The open files, by root and path."""
        self._looked: dict[str, tuple[str, Looked]] = {}
        self._wishes = Wishes()
        self._settings: dict[tuple[str | None, str], Settings] = {}
        self._baselines: dict[str, Baseline | None] = {}
        self._edited: dict[str, dict[str, tuple[bytes | None, bytes]]] = {}
        self._said: set[str] = set()
        self._cleared: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._follow_up: asyncio.Task[Any] | None = None
        self._turn = asyncio.Lock()
        self._analysis: Analyser | None = None

    # Documents

    def open(self, item: types.TextDocumentItem, owner: str | None = None) -> None:
        """A document is open from now on. The cell of a notebook lives where its `owner` is."""
        place = places.place_of(owner or item.uri, self.folders.values())
        # A cell is no notebook: what it is written in, the client alone knows.
        language = language_of("" if owner else place.path, item.language_id).id
        self._put(item.uri, Document(documents.encode(item.text), place.path, language, item.version), place)

    def change(
        self, identifier: types.VersionedTextDocumentIdentifier, changes: Sequence[types.TextDocumentContentChangeEvent]
    ) -> None:
        """An open document has changed; changes of any other are ignored."""
        if (old := self._open.get(identifier.uri)) is not None:
            document = documents.apply(old.document, identifier.version, changes, self.client.unit)
            self._put(identifier.uri, document, old.place)

    def close(self, uri: str) -> None:
        """A document is no longer open."""
        state = self._open.pop(uri, None)
        if state is not None and state.place.root is not None and state.disk is not None:
            del self._texts[state.place.root][state.place.path]
            for other in self._open.values():  # the client may spell one file in two ways
                if other.disk == state.disk:
                    self._texts[state.place.root][state.place.path] = other.document.data
            self._tell(state.place)
        self._wishes.close(uri)
        _, looked = self._looked.pop(uri, ("", None))
        if looked is not None and looked.findings:
            self._closed.add(uri)
        self._stir()

    def take_closed(self) -> list[str]:
        """The documents with findings that were closed since this was asked last, and are not open again; sorted."""
        closed = sorted(self._closed.difference(self._open))
        self._closed.clear()
        return closed

    def _stir(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def _put(self, uri: str, document: Document, place: places.Place) -> None:
        disk = places.disk_path(uri)
        self._open[uri] = Snapshot(uri, document, place, disk, next(self._serials), self.revision)
        if place.root is not None and disk is not None:
            self._texts.setdefault(place.root, {})[place.path] = document.data
            self._tell(place)

    def _tell(self, place: places.Place) -> None:
        """A file is not what it was."""
        if space.tells(posixpath.basename(place.path)):
            self._wishes.forget_homes()

    def replace(self) -> None:
        """The folders have changed: find the places of the open documents again."""
        self._texts.clear()
        root_of = functools.cache(places.root_of_folder)
        for uri, state in list(self._open.items()):
            if state.disk is not None:
                place = places.place_of(uri, self.folders.values(), root_of)
                old = state.document
                self._put(uri, Document(old.data, place.path, old.language, old.version), place)

    def snapshot(self, uri: str) -> Snapshot | None:
        """The present state of an open document."""
        state = self._open.get(uri)
        if state is not None and state.revision != self.revision:
            state = self._open[uri] = state._replace(revision=self.revision)
        return state

    def snapshots(self) -> list[Snapshot]:
        """The present states of all open documents, in the order of place."""
        states = [state for uri in self._open if (state := self.snapshot(uri)) is not None]
        return sorted(states, key=lambda state: (state.place.root or "", state.place.path, state.uri))

    def is_current(self, snapshot: Snapshot) -> bool:
        """Whether the document is still in this state."""
        return snapshot == self.snapshot(snapshot.uri)

    # Findings

    @property
    def analysis(self) -> Analyser:
        """The scanners, loaded when the first document needs them: the answer to `initialize` does not wait."""
        if self._analysis is None:
            from unspill.lsp.analysis import Analyser

            self._analysis = Analyser()
        return self._analysis

    def findings_now(self, snapshot: Snapshot) -> tuple[Finding, ...] | None:
        """What is in a document; None if it is so large that finding out must not hold up the loop."""
        if self._has_looked(snapshot):
            return self._looked[snapshot.uri][1].findings
        return self._keep(snapshot, self._look(snapshot)()) if self._is_quick(snapshot) else None

    def _is_quick(self, snapshot: Snapshot) -> bool:
        """Whether to look at a document takes no time to speak of; with the user's own rules nobody knows."""
        from unspill import pipeline

        if self.settings(snapshot.place).rules or pipeline.needs_project(snapshot.document):
            return False
        size, before = len(snapshot.document.data), self._looked.get(snapshot.uri)
        return size <= _SMALL or (size <= INLINE_LIMIT and before is not None and before[1].hits <= _FEW)

    def _has_looked(self, snapshot: Snapshot) -> bool:
        return self._looked.get(snapshot.uri, ("",))[0] == snapshot.result_id

    async def findings(self, snapshot: Snapshot) -> tuple[Finding, ...] | None:
        """What is in a document of any size; None if it changed in the meantime."""
        if (found := self.findings_now(snapshot)) is not None:
            return found
        async with self._turn:  # what has changed while it waited is not looked at any more
            if not self.is_current(snapshot) or (found := self.findings_now(snapshot)) is not None:
                return found
            looked = await self.analysis.beside(self._look(snapshot))
            return self._keep(snapshot, looked) if self.is_current(snapshot) else None

    def all_findings(self, snapshot: Snapshot) -> tuple[Finding, ...]:
        """What is in a document, whatever a baseline knows; nothing if it is large and was not looked at."""
        found = self.findings_now(snapshot)
        return () if found is None else found + self._looked[snapshot.uri][1].known

    def _look(self, snapshot: Snapshot) -> Callable[[], Looked]:
        """The work of looking at a document; what it needs of the session is taken now."""
        from unspill import pipeline

        place = snapshot.place
        tree = None
        if place.root is not None and pipeline.needs_tree(snapshot.document):
            tree = self.tree(place.root)
        context = pipeline.Context(self.settings(place), tree, known=self.known(place))
        return lambda: self.analysis.look(snapshot.document, context)

    def note(self, uri: str) -> str:
        """Why a document was not scanned when it was looked at last; empty if it was."""
        return self._looked[uri][1].note if uri in self._looked else ""

    def _keep(self, snapshot: Snapshot, looked: Looked) -> tuple[Finding, ...]:
        self._looked[snapshot.uri] = (snapshot.result_id, looked)
        return looked.findings

    def secrets(self) -> Values:
        """What the open documents hold now that nobody may quote: names and keys in them may be secrets elsewhere."""
        return Values(value for _, looked in self._looked.values() for value in looked.values)

    def is_secret(self, name: str) -> bool:
        """Whether a name has the shape of a secret, or is one in an open document."""
        return may_be_secret(name, self.secrets())

    def invalidate(self) -> None:
        """Something outside the open documents has changed that findings depend on."""
        self.revision += 1
        self._settings.clear()
        self._baselines.clear()
        self._said.clear()
        self._wishes.forget_homes()
        self._stir()

    # The project around a document

    def tree(self, root: str) -> Overlay:
        """The files below a root as the client has them: what is open, or edited and not saved, over the disk."""
        from unspill.project.tree import Overlay

        texts = self._texts.get(root, {})
        tree = Overlay(root, texts)
        for path, (before, after) in list(self._edited.get(root, {}).items()):
            # A client may make the file first and write its text when it is saved.
            if tree.base(path) not in (before, b""):
                del self._edited[root][path]
            elif path not in texts:
                tree.change(path, after)
        return tree

    def edited(self, root: str, path: str, before: bytes | None, after: bytes) -> None:
        """The client has edited a file that is not open, and may not have saved it."""
        self._edited.setdefault(root, {})[path] = (before, after)

    def forget_edits(self, root: str) -> None:
        """What the client has edited and not saved may be gone."""
        self._edited.pop(root, None)

    def settings(self, place: places.Place) -> Settings:
        """The settings for a document. If they cannot be used, the client is told, and the defaults hold."""
        key = (place.root, place.path.rpartition("/")[0])
        if key not in self._settings:
            from unspill.lsp import configuration

            try:
                editor = configuration.of_place(self, place)
                tree = None if place.root is None else self.tree(place.root)
                settings = configuration.load(tree, key[1], editor)
                self.analysis.check(settings)
                self._settings[key] = settings
            except UserError as error:
                from unspill.settings import Settings

                self.say_once(str(error), "error")
                self._settings[key] = Settings()
        return self._settings[key]

    def known(self, place: places.Place) -> Known | None:
        """What the baseline of a document's root knows; None if it has none, or one that cannot be used."""
        from unspill.lsp import baseline
        from unspill.suppress.known import Known

        if place.root is None:
            return None
        if place.root not in self._baselines:
            self._baselines[place.root] = None
            try:
                self._baselines[place.root] = baseline.load(place.root)
            except UserError as error:
                self.say_once(str(error), "error")
        found = self._baselines[place.root]
        return None if found is None else Known(found, place.root, place.path)

    def project(self, root: str, path: str) -> Project:
        """What the fixes of a document need to know: the files, and one name for each secret of the project.

        Names are given in the order of path to what was found in the open documents of the same Space.
        """
        from unspill.fixes import Project
        from unspill.space.names import Names

        tree = self.tree(root)
        home = space.find(tree, path)
        names = Names(space.stored(tree, home))
        names.grant(
            wish
            for other in self.snapshots()
            if other.place.root == root and self._wishes.home(root, tree, other.place.path) == home.root
            for wish in self._wishes.of(other.uri, other.document, self.all_findings(other))
        )
        return Project(tree, names, self.secrets())

    async def prepare(self, root: str) -> None:
        """Look at what `project` needs of the open documents of a root, in steps that the loop has the time for."""
        tree = self.tree(root)
        for uri in [state.uri for state in self._open.values() if state.place.root == root]:
            state = self.snapshot(uri)
            if state is None:
                continue
            is_known = self._has_looked(state)
            await self.findings(state)
            document, found = state.document, self.all_findings(state)
            if self._wishes.known(uri, document, found) is None:
                is_known = False
                wishes = await self.parsed(document, found, functools.partial(wishes_of, document, found))
                self._wishes.keep(uri, document, found, wishes)
            self._clear_up(places.file_path(root, self._wishes.home(root, tree, state.place.path)))
            if not is_known:
                await asyncio.sleep(0)

    def _clear_up(self, home: str) -> None:
        """The folder of a Space is known: what an interrupted fix has left in it goes, once in a session."""
        if home not in self._cleared:
            self._cleared.add(home)
            staging.clear(home)

    async def parsed(self, document: Document, found: Sequence[Finding], work: Callable[[], T]) -> T:
        """What `work` gives, which parses a document and locates findings in it: beside the loop if that takes long."""
        if len(document.data) + _PER_FINDING * len(found) <= _PARSED_INLINE:
            return work()
        return await self.analysis.beside(work)

    def uri_of(self, root: str, path: str) -> str:
        """The URI of a file: as the client spells it if it is open."""
        for state in self._open.values():
            if state.place == (root, path) and state.disk is not None:
                return state.uri
        return places.file_uri(root, path)

    # The client

    def say(self, text: str, level: str = "warning") -> None:
        """Show a message to the user."""
        self.server.window_show_message(convert.message(f"unspill: {mask_shapes(text)}", level))

    async def ask(self, text: str, answers: Sequence[str]) -> str | None:
        """Show a message with buttons. Gives the one that was pressed; None if the message was closed."""
        request = convert.question(f"unspill: {text}", answers)
        pressed = await self.server.window_show_message_request_async(request)
        return pressed.title if pressed is not None else None

    def say_once(self, text: str, level: str) -> None:
        """Show a message, unless it was shown since the last change of the settings."""
        if text not in self._said:
            self._said.add(text)
            self.say(text, level)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` beside the handlers."""
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
