"""What the checks on apps have found in files, as of the last time they were asked: the state, and the work of asking.

Asking reads and parses files, which takes a separate thread. Until it is done, what was found in an open document
before moves with the text around it.
"""

from __future__ import annotations

import asyncio
import itertools
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import Document
from unspill.model import Span
from unspill.project import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from unspill.lsp.buffers import Buffer, OpenCell
    from unspill.model import Finding
    from unspill.pipeline.project import AppTexts
    from unspill.project.tree import Overlay
    from unspill.space import Space


class Noted(NamedTuple):
    """What a survey has found in an open document; the number differs whenever that does."""

    number: int = 0
    findings: tuple[Finding, ...] = ()


class Surveyed(NamedTuple):
    """What the checks on one app have found, or those that follow values in files that are in none."""

    documents: Mapping[str, Document]
    """Those of the app, by path."""
    found: Mapping[str, tuple[Finding, ...]]
    followed: Mapping[str, tuple[Finding, ...]] = {}
    """What following values has shown, by path: of the files whose texts are new."""
    cells: Mapping[str, tuple[Document, tuple[Finding, ...]]] = {}
    """The open cells of the app, by URI, and what the checks have found in each."""
    problem: str = ""
    """Why they were not asked; empty if they were, or if there is no app to check."""


class Projects:
    """What was found. Used only in the loop's thread, except for the work of `survey`."""

    def __init__(self) -> None:
        self.pending: dict[str, set[str]] = {}
        """The paths, by root, of which the apps are to be surveyed."""
        self.timer: asyncio.TimerHandle | None = None
        self.running = 0
        """How many times what is due is being asked."""
        self._numbers = itertools.count(1)
        self._open: dict[str, tuple[Document, Noted]] = {}
        self._closed: dict[str, dict[str, tuple[Finding, ...]]] = {}
        """What was found in files, by root and path, without what following values has shown."""
        self._followed: dict[str, tuple[Document, tuple[Finding, ...]]] = {}
        """What following values has shown last in an open document, and its text then."""
        self._known: set[str] = set()
        """The open documents whose apps were surveyed."""
        self._texts: dict[str, AppTexts] = {}
        self._alone: dict[str, dict[str, Document]] = {}
        """The last files that were in no app, by root and path."""
        self._executor = ThreadPoolExecutor(1, "unspill-names")

    @property
    def is_busy(self) -> bool:
        """Whether a survey is due or under way."""
        return bool(self.pending or self.running)

    def of(self, buffer: Buffer) -> Noted:
        """What was found in an open document."""
        document, noted = self._open.get(buffer.uri, (buffer.document, Noted()))
        if document is not buffer.document:
            if noted.findings:
                noted = Noted(next(self._numbers), tuple(_moved(noted.findings, document.data, buffer.document.data)))
            self._open[buffer.uri] = buffer.document, noted
        return noted

    def at(self, root: str, path: str) -> tuple[Finding, ...]:
        """What was found in a file."""
        return self._closed.get(root, {}).get(path, ())

    def knows(self, uri: str) -> bool:
        """Whether the app of an open document was surveyed."""
        return uri in self._known

    def close(self, uri: str) -> None:
        """Forget a closed document."""
        self._open.pop(uri, None)
        self._followed.pop(uri, None)
        self._known.discard(uri)

    async def survey(self, tree: Overlay, paths: Iterable[str], cells: Sequence[OpenCell] = ()) -> list[Surveyed]:
        """What the checks find in the apps of the files at `paths` now; open `cells` are in place of their notebook."""
        work = partial(self._survey, tree, sorted(paths), cells)
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def take(self, buffers: Iterable[Buffer], root: str, surveyed: Surveyed) -> list[str]:
        """Remember what was found in an app below a root. Returns the open documents for which that is news."""
        documents, found, followed, cells, _ = surveyed
        files = self._closed.setdefault(root, {})
        for path in documents:
            files.pop(path, None)
        files.update(found)
        changed = []
        for buffer in buffers:
            path, text = buffer.place.path, buffer.document.data
            if buffer.uri in cells:
                document, its = cells[buffer.uri]
            elif buffer.place.root == root and buffer.disk and path in documents:
                document, its = documents[path], found.get(path, ())
                if path in followed:
                    self._followed[buffer.uri] = document, followed[path]
            else:
                continue
            self._known.add(buffer.uri)
            was, shown = self._followed.get(buffer.uri, (document, ()))
            findings = (*_moved(its, document.data, text), *_moved(shown, was.data, text))
            if findings != self.of(buffer).findings:
                self._open[buffer.uri] = buffer.document, Noted(next(self._numbers), findings)
                changed.append(buffer.uri)
        return changed

    def _survey(self, tree: Overlay, paths: Sequence[str], cells: Sequence[OpenCell]) -> list[Surveyed]:
        from unspill.languages import document_of
        from unspill.pipeline import project
        from unspill.space.apps import Apps

        texts = self._texts.setdefault(tree.root, project.AppTexts())
        texts.state = lambda path: "" if path in tree.changes else read.state(tree.disk(path))
        where = Apps(tree)
        apps = {path: where.at(path) for path in paths}
        alone = {path: document_of(tree.read(path) or b"", path) for path, app in apps.items() if app is None}
        for path, kept in self._alone.get(tree.root, {}).items():
            if path in alone and alone[path].data == kept.data:
                alone[path] = kept  # what was followed in it is kept with it
        self._alone[tree.root] = alone
        done = [Surveyed(alone, {}, _followed(alone.values(), tree))]
        for app in dict.fromkeys(app for app in apps.values() if app is not None):
            documents = texts.of(tree, app, {})
            if documents is None:
                done.append(Surveyed({}, {}, problem=project.TOO_MANY))
                continue
            found, in_cells = _found(tree, app, documents, [one for one in cells if where.at(one.document.path) == app])
            found = {path: some for path, some in found.items() if where.at(path) == app}
            followed = _followed((one for one in documents if apps.get(one.path) == app), tree)
            by_path = {document.path: document for document in documents}
            done.append(Surveyed(by_path, found, followed, cells=in_cells))
        return done


def _found(
    tree: Overlay, app: Space, documents: Iterable[Document], cells: Iterable[OpenCell]
) -> tuple[dict[str, tuple[Finding, ...]], dict[str, tuple[Document, tuple[Finding, ...]]]]:
    """What the checks find in an app, by path; and in its open cells, by URI: they are in place of their notebooks."""
    from unspill.contract.names import known_names
    from unspill.pipeline import project

    parts = {_part(number, cell): cell for number, cell in enumerate(cells)}
    notebooks = {cell.document.path for cell in parts.values()}
    whole = [one for one in documents if one.path not in notebooks]
    found = project.findings(tree, app, [*whole, *parts], known_names())
    in_cells = {cell.uri: (cell.document, _within(cell, found.pop(one.path, ()))) for one, cell in parts.items()}
    return found, in_cells


def _part(number: int, cell: OpenCell) -> Document:
    """A cell as a document at another path, by which the checks tell it from the others of its notebook."""
    return Document(cell.document.data, f"{cell.document.path}#{number}", cell.document.language)


def _within(cell: OpenCell, found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(one._replace(path=cell.document.path) for one in found)


def _followed(documents: Iterable[Document], tree: Overlay) -> dict[str, tuple[Finding, ...]]:
    """What following values shows in documents; the settings judge it later, with all findings of each."""
    from unspill import pipeline
    from unspill.settings import Settings

    context = pipeline.Context(Settings(), tree)
    return {document.path: pipeline.following(document, context) for document in documents}


def _moved(findings: Iterable[Finding], before: bytes, after: bytes) -> Iterable[Finding]:
    """Findings where their text is after an edit; without those that the edit touches."""
    if before == after:
        return findings
    most = min(len(before), len(after))
    head = _shared(lambda start, end: before[start:end] == after[start:end], most)
    size, new = len(before), len(after)
    tail = _shared(lambda start, end: before[size - end : size - start] == after[new - end : new - start], most - head)
    by = new - size
    moved = []
    for one in findings:
        start, end = one.span
        if end <= head:
            moved.append(one)
        elif start >= size - tail:
            moved.append(one._replace(span=Span(start + by, end + by)))
    return moved


def _shared(is_same: Callable[[int, int], bool], most: int) -> int:
    """How many bytes two texts share at an end, given whether they are the same from one to another."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_same(low, middle) else (low, middle - 1)
    return low
