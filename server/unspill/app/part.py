"""A repository scanned instead of files: shared by `git` and `history`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from unspill.errors import MissingPathError
from unspill.model import Skipped
from unspill.project import read
from unspill.project.paths import relative
from unspill.project.repository import Repository
from unspill.project.tree import CommittedTree, GitTree
from unspill.project.walk import File, Walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from unspill.app import Collector
    from unspill.project.read import Refusal
    from unspill.project.repository import RepositoryPaths


class Part:
    """One repository, and which part of it is requested. Files are read by one thread at a time."""

    def __init__(self, collector: Collector, place: RepositoryPaths, paths: Iterable[str]) -> None:
        """Raises RepositoryError."""
        self.git = place.git
        self.repository = Repository(place.git)
        self.tree = GitTree(place.root)
        self._collector = collector
        self._walk = Walk(collector.load, collector.request.working, tree=GitTree)
        self._wanted = {relative(path, place.root): path for path in paths}
        self._missing = {name for name, path in self._wanted.items() if not os.path.lexists(path)}
        self._skipped: dict[Skipped, None] = {}
        self._files: dict[str, File | None] = {}

    def file(self, path: str) -> File | None:
        """The file at `path`, None if it is not wanted."""
        if path not in self._files:
            self._files[path] = self._look_up(path)
        return self._files[path]

    def _look_up(self, path: str) -> File | None:
        if "." not in self._wanted:
            name = next((name for name in self._wanted if path == name or path.startswith(f"{name}/")), None)
            if name is None:
                return None
            self._missing.discard(name)
        item = self._walk.held(self.tree, path)
        if isinstance(item, Skipped):
            self._skipped[item] = None
            return None
        return item

    def text(self, file: File, id_: str) -> bytes | Refusal:
        """The content of a blob as that of a file."""
        return self.repository.text(id_, file.settings.max_file_size)

    def committed(self, ids: Mapping[str, str]) -> CommittedTree:
        """The work tree with the blobs of `ids` (by path), and nothing else."""

        def load(path: str) -> bytes | None:
            text = self.repository.text(ids[path], read.LARGEST)
            return text if isinstance(text, bytes) else None

        return CommittedTree(self.tree.root, ids, load)

    def skip(self, file: File, reason: str, *, incomplete: bool) -> None:
        """Note what is not scanned; the versions of one file count once."""
        self._skipped[Skipped(file.shown, reason, incomplete)] = None

    def finish(self) -> None:
        """Pass on what was skipped. Raises MissingPathError for a path that is neither on disk nor in git."""
        for name in self._missing:
            raise MissingPathError(f"{self._wanted[name]}: no such file or folder, and git holds none here")
        for skipped in self._skipped:
            self._collector.skip(skipped)
