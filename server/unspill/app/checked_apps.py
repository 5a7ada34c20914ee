"""What the checks on apps find in the files of a run. A file in which nothing else was found is read again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from unspill.errors import internal
from unspill.model import Skipped
from unspill.project import read
from unspill.space.apps import Apps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unspill.app import Collector, ScannedFile
    from unspill.model import Finding
    from unspill.pipeline.project import AppTexts
    from unspill.project.tree import DiskTree
    from unspill.project.walk import File
    from unspill.space import Space


class CheckedApps:
    """The apps of a run. What they are is decided once; what is found in them depends on their files as they are."""

    def __init__(self, collector: Collector, files: Sequence[File], tree: DiskTree | None = None) -> None:
        """For the files that were scanned, or skipped; `tree` is in place of theirs, if it is another."""
        self._collector = collector
        self._listed = {(file.tree.root, file.path): file for file in files}
        self._given = {key: raw for key, (_, raw) in collector.given.items()}
        self._apps = _apps(collector, files, tree)
        self._texts: dict[str, AppTexts] = {}

    def noted(self, scanned_files: Sequence[ScannedFile]) -> list[ScannedFile]:
        """`scanned_files` with what the checks on their apps find now, and the files with only such findings."""
        if not self._apps:
            return [*scanned_files]
        scanned = {(one.file.tree.root, one.file.path): one for one in scanned_files}
        found: dict[tuple[str, str], tuple[Finding, ...]] = {}
        more: list[ScannedFile | None] = []
        for (tree, app), paths in self._apps.items():
            for path, some in self._found_in(tree, app, paths).items():
                key = tree.root, path
                found[key] = some
                more += [self._read(tree, self._listed[key])] if key not in scanned else []
        every = [*scanned_files, *(one for one in more if one is not None)]
        return [_noted(one, found.get((one.file.tree.root, one.file.path), ())) for one in every]

    def _found_in(self, tree: DiskTree, app: Space, paths: Iterable[str]) -> dict[str, tuple[Finding, ...]]:
        from unspill.pipeline import project  # a run without apps to check does without it

        given = {path: self._given[tree.root, path] for path in paths if (tree.root, path) in self._given}
        texts = self._texts.setdefault(tree.root, project.AppTexts())
        try:
            documents = texts.of(tree, app, given)
            if documents is not None:
                found = project.findings(tree, app, documents, self._collector.scanners.of(()).env_names)
                return {path: found[path] for path in paths if path in found}
            self._collector.skip(Skipped(app.root or ".", project.TOO_MANY))
        except Exception as error:  # noqa: BLE001 - a check must not end the run
            self._collector.skip(Skipped(app.root or ".", internal(error), incomplete=True))
        self._apps = {}  # it would be said again
        return {}

    def _read(self, tree: DiskTree, file: File) -> ScannedFile | None:
        """A file in which no rule has found anything to report; there may be directives in it."""
        raw = self._given.get((tree.root, file.path)) or tree.read(file.path)
        if raw is None or not isinstance(read.accepted(raw, len(raw), file.settings.max_file_size), bytes):
            return None
        return self._collector.analyse_file(file, raw) or self._collector.without_secrets(file, raw)


def _noted(scanned: ScannedFile, found: tuple[Finding, ...]) -> ScannedFile:
    """A file with what the checks on its app find in it."""
    analysis = scanned.analysis
    if analysis.context.noted == found:
        return scanned
    return scanned._replace(analysis=analysis._replace(context=analysis.context._replace(noted=found)))


def _apps(
    collector: Collector, files: Iterable[File], only: DiskTree | None
) -> dict[tuple[DiskTree, Space], list[str]]:
    """The apps that checks are asked about, with the files of each; in the tree `only`, if it is in place of theirs."""
    by_tree: dict[DiskTree, list[str]] = {}
    for file in files:
        by_tree.setdefault(only or file.tree, []).append(file.path)
    found: dict[tuple[DiskTree, Space], list[str]] = {}
    for tree, paths in by_tree.items():
        apps = Apps(tree, partial(_names, collector, tree))
        for path in paths:
            if (app := apps.at(path)) is not None:
                found.setdefault((tree, app), []).append(path)
    return found


def _names(collector: Collector, tree: DiskTree, folder: str) -> Iterable[str]:
    """The names in a folder that decide: as the walk saw them where it went, else as on disk."""
    walked = collector.marks.get((tree.root, folder))
    return tree.list(folder) if walked is None else walked
