"""Imports what the ignore files of other tools suppress into the baseline. No value is kept or written."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, NamedTuple

from unspill.app import baseline
from unspill.app.isolation import isolated
from unspill.errors import UserError
from unspill.model import Skipped
from unspill.project import read
from unspill.project.paths import relative
from unspill.project.repository import Repository, RepositoryError, find
from unspill.suppress.importers import Suppressions, digests, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from unspill.app import Collector, ScannedFile
    from unspill.app.baseline import Recorded
    from unspill.document import Document
    from unspill.model import Finding, Secret
    from unspill.suppress.importers import Ignored
    from unspill.suppress.known import FindingKey


class IgnoreFile(NamedTuple):
    """An ignore file of another tool."""

    path: str
    """As it was named on the command line."""
    content: Suppressions


class Imported(NamedTuple):
    """The result of importing ignore files."""

    recorded: Recorded
    idle: tuple[int, ...]
    """For each file, how many of its entries suppress nothing that was found."""


def load(paths: Iterable[str]) -> list[IgnoreFile]:
    """The ignore files at `paths`. Raises UserError."""
    files = []
    for path in paths:
        data = read.regular(path)
        if data is None:
            raise UserError(f"--import: {path}: file not found or not readable")
        files.append(IgnoreFile(path, parse(data, path)))
    return files


def adopt(collector: Collector, path: str, files: Sequence[IgnoreFile]) -> Imported:
    """Add what `files` suppress of a run to the baseline at `path`. Raises UserError."""
    index = _Index(collector)
    entries = [(os.path.dirname(os.path.realpath(file.path)), file.content.ignored) for file in files]
    index.load((folder, ignored) for folder, listed in entries for ignored in listed)
    silenced: set[FindingKey] = set()
    idle = []
    for folder, listed in entries:
        found = [index.silenced(ignored, folder) for ignored in listed]
        silenced.update(*found)
        idle.append(sum(not places for places in found))
    return Imported(baseline.adopt(collector, path, silenced), tuple(idle))


class _Located(NamedTuple):
    """A secret that was found, in the file at `path` (POSIX, relative to the root of the run)."""

    scanned: ScannedFile
    finding: Finding
    path: str

    @property
    def place(self) -> FindingKey:
        """Its entry in the baseline."""
        return self.scanned.document, self.finding.rule, self.finding.span


class _CommittedFile(NamedTuple):
    """A file in a commit, as an entry of an ignore file names it."""

    folder: str
    """The folder of the ignore file, absolute."""
    commit: str
    path: str


class _Index:
    """The secrets of a run, by every way in which ignore files name them."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._versions: Mapping[_CommittedFile, bytes] = {}
        self._by_path: dict[str, list[_Located]] = {}
        self._by_digest: dict[str, list[_Located]] = {}
        place_of = baseline.places(collector)
        for scanned in collector.scanned_files:
            path = place_of(scanned.file)
            for finding in collector.keep(scanned).findings:
                if finding.secret is not None:
                    found = _Located(scanned, finding, path)
                    self._by_path.setdefault(path, []).append(found)
                    for digest in digests(finding.secret.reveal()):
                        self._by_digest.setdefault(digest, []).append(found)

    def load(self, entries: Iterable[tuple[str, Ignored]]) -> None:
        """Read what entries name in commits, given the folders (absolute) of their files: where secrets are today."""
        wanted = {
            _CommittedFile(folder, ignored.commit, ignored.path): here[0].scanned.file.settings.max_file_size
            for folder, ignored in entries
            if ignored.commit and (here := self._here(ignored, folder))
        }
        self._versions = _versions(self._collector, wanted) if wanted else {}

    def _here(self, ignored: Ignored, folder: str) -> list[_Located]:
        return self._by_path.get(_below(self._collector.request.root, folder, ignored.path), [])

    def silenced(self, ignored: Ignored, folder: str) -> set[FindingKey]:
        """The secrets that an entry of a file in `folder` (absolute) suppresses."""
        if ignored.digest:
            path = _below(self._collector.request.root, folder, ignored.path) if ignored.path else ""
            return {found.place for found in self._by_digest.get(ignored.digest, ()) if path in ("", found.path)}
        here = self._here(ignored, folder)
        if ignored.commit:
            values = self._values(ignored, folder, here[0].scanned) if here else set()
            return {found.place for found in here if found.finding.secret in values}
        return {found.place for found in here if ignored.line in _lines(found.scanned.document, found.finding)}

    def _values(self, ignored: Ignored, folder: str, now: ScannedFile) -> set[Secret | None]:
        """The text of a line in a commit of the repository around `folder`; `now` is the present file."""
        raw = self._versions.get(_CommittedFile(folder, ignored.commit, ignored.path))
        then = None if raw is None else self._collector.analyse_file(now.file, raw)
        return set() if then is None else set(_on_line(then, ignored.line))


def _versions(collector: Collector, wanted: Mapping[_CommittedFile, int]) -> dict[_CommittedFile, bytes]:
    """The files of commits, as far as they exist and are within their limits (bytes)."""

    def crashed(end: str) -> dict[_CommittedFile, bytes]:
        reason = f"commits cannot be read (libgit2 crashed: {end}); entries that name them match nothing"
        collector.skip(Skipped(".git", reason, incomplete=True))
        return {}

    return isolated(lambda: dict(_read(wanted)), crashed)


def _read(wanted: Mapping[_CommittedFile, int]) -> Iterator[tuple[_CommittedFile, bytes]]:
    repositories: dict[str, Repository | None] = {}
    for version, limit in wanted.items():
        place = find(version.folder)
        if place is None:
            continue
        if place.git not in repositories:
            try:
                repositories[place.git] = Repository(place.git)
            except RepositoryError:
                repositories[place.git] = None
        repository = repositories[place.git]
        id_ = repository and repository.blob(version.commit, _below(place.root, version.folder, version.path))
        raw = repository.text(id_, limit) if repository and id_ else None
        if isinstance(raw, bytes):
            yield version, raw


def _below(root: str, folder: str, path: str) -> str:
    """A path relative to `folder` as one relative to `root`, POSIX; it begins with `..` if it is not below that."""
    return posixpath.normpath(posixpath.join(relative(folder, root), path))


def _on_line(scanned: ScannedFile, line: int) -> Iterator[Secret | None]:
    return (finding.secret for finding in scanned.scan.findings if line in _lines(scanned.document, finding))


def _lines(document: Document, finding: Finding) -> range:
    """The lines of a finding, from 1."""
    last = document.line_at(max(finding.span.end - 1, finding.span.start))
    return range(document.line_at(finding.span.start) + 1, last + 2)
