"""A run over the files that a command line names: what is found in them, as a report without values."""

from __future__ import annotations

import os
import posixpath
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from unspill import pipeline
from unspill.app.report import Report
from unspill.errors import ConfigError, internal
from unspill.languages import located
from unspill.model import Skipped
from unspill.pipeline import Context, Kept, Scanners
from unspill.project import read
from unspill.project.paths import relative
from unspill.project.tree import DiskTree, root_of
from unspill.project.walk import File, Walk
from unspill.shapes import mask_shapes
from unspill.suppress import BASELINE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from unspill.app.checked_apps import CheckedApps
    from unspill.app.report import Origin
    from unspill.document import Document
    from unspill.model import Finding, Span, Tree
    from unspill.pipeline import Analysis
    from unspill.pipeline.copies import Copies
    from unspill.project.clean import Clean
    from unspill.scan import Scan, Scanner
    from unspill.settings import Settings
    from unspill.suppress.baseline import Baseline

MANY_FROM = 4_000_000
"""From so many bytes on, a cache of clean files, then worker processes, are worth their start."""
_PROGRESS_EVERY = 64


class Request(NamedTuple):
    """What to do."""

    paths: tuple[str, ...]
    """Files and folders; with git, none means the whole repository around the working folder."""
    load: Callable[[Tree | None, str], Settings]
    """Returns the settings for a folder of a tree; for None, those without a project file. Raises ConfigError."""
    working: str
    """The working folder, absolute."""
    stdin: tuple[str, bytes] | None = None
    """A name and the bytes to scan under it, in addition to the paths."""
    gitignore: bool = True
    suppress: bool = True
    """Whether directives in comments suppress findings."""
    baseline: str | None = None
    """The baseline file, if there is one."""
    jobs: int = 0
    """Number of worker processes; 0: one for each processor if there is enough to do."""
    cache: bool = True
    explain: bool = False
    """Whether to list rejected candidates, too."""
    silenced: bool = False
    """Whether to list the findings that a directive or a baseline suppresses, too."""
    progress: Callable[[int], None] | None = None
    """Called from time to time with the number of files scanned."""
    staged: bool = False
    """Whether to scan what is staged instead of files."""
    since: str = ""
    """A revision, or a range of them: what is new since then is scanned instead of files."""
    history: bool = False
    """Whether to scan all that git holds instead of files; with `since`, the commits since then."""

    @property
    def of_git(self) -> bool:
        """Whether git's objects are scanned, not files."""
        return self.staged or self.history or bool(self.since)

    @property
    def root(self) -> str:
        """The root around all that is scanned, else around the working folder: where a baseline's paths start."""
        working = os.path.realpath(self.working)
        roots = {root_of(os.path.realpath(os.path.join(working, path)), working) for path in self.paths}
        return roots.pop() if len(roots) == 1 else root_of(working, working)

    @property
    def own_baseline(self) -> str:
        """The path of the project's own baseline, whether it exists or not."""
        return os.path.join(self.root, BASELINE)

    def with_own_baseline(self) -> Request:
        """The request with the project's own baseline, if there is one."""
        return self._replace(baseline=self.own_baseline if os.path.lexists(self.own_baseline) else None)


class ScannedFile(NamedTuple):
    """A scanned file with something in it."""

    file: File
    raw: bytes
    """The file as scanned."""
    analysis: Analysis
    changed: tuple[Span, ...] | None = None
    """The parts of the document to report on, if not all of it."""
    origins: Mapping[Span, Origin] = MappingProxyType({})
    """The commits that a finding's text comes from, in a history."""
    old: tuple[Finding, ...] = ()
    """Findings that are not new and so not reported; a baseline still counts them."""

    @property
    def document(self) -> Document:
        """The text of the file."""
        return self.analysis.document

    @property
    def scan(self) -> Scan:
        """What was found in it."""
        return self.analysis.scan


class Collector:
    """Collects the findings of the texts of a request, each scanned once."""

    def __init__(self, request: Request) -> None:
        """Nothing is scanned yet. Raises UserError for settings or a baseline that cannot be used."""
        self.request = request
        self.settings = request.load(None, "")
        self.scanners = Scanners(use_cache=request.cache)
        self.scanner: Scanner = self.scanners.of(self.settings.rules)
        self.scanned_files: list[ScannedFile] = []
        self.listed: list[File] = []
        """The files that were scanned in full, or skipped."""
        self.marks: Mapping[tuple[str, str], Sequence[str]] = {}
        """As in `Walk`."""
        self.given: dict[tuple[str, str], tuple[File, bytes]] = {}
        """By root and path the files whose bytes are not those on disk: from stdin."""
        self.baseline: Baseline | None = None
        """The baseline: what it contains is neither reported nor fixed."""
        if request.baseline is not None:
            from unspill.app import baseline

            self.baseline = baseline.load(request.baseline)
        self.clean: Clean | None = None
        """The clean files of earlier runs, of a large tree."""
        self.unread: set[str] = set()
        """The files that were clean before and have not changed since."""
        self.copies: Copies | None = None
        """The values that were found, to be found wherever else they occur."""
        self.skipped: list[Skipped] = []
        self.files = self.bytes = 0
        self._broken: set[str] = set()
        """Files on which a bug of unspill occurred."""
        self._refused = 0
        self._expected: int | None = None
        self._projects: CheckedApps | None = None
        self._check_names(self.settings)

    def walk(self, tree: type[DiskTree] = DiskTree, *, for_fix: bool = False) -> Collector:
        """Scan the files that the request names. Raises UserError for those that cannot be used.

        `for_fix`: they will be written, as in `Walk`.
        """
        walk = Walk(self.load, self.request.working, gitignore=self.request.gitignore, tree=tree, for_fix=for_fix)
        listed = list(walk.files(self.request.paths))
        self.marks = walk.marks
        if self.request.stdin is not None:
            self._scan_stdin(walk, *self.request.stdin)
        self._scan(listed)
        if self.scanned_files:
            from unspill.app.copies import with_copies

            self.scanned_files = with_copies(
                self, self.scanned_files, self.listed, lambda file: read.text(file.disk, file.settings.max_file_size)
            )
        self.note_projects()
        if self.clean is not None:
            self.clean.save()
        if not self.files and (source := next(iter(walk.excluded_by), "")):
            raise ConfigError(f"{source}: exclude: excludes every file; exclude fewer, or run with --isolated")
        return self

    def note_projects(self) -> None:
        """Have the checks on apps say what they find in the files as these are now, if there is an app to check."""
        from unspill.app.checked_apps import CheckedApps

        if self._projects is None:
            self._projects = CheckedApps(self, [*(file for file, _ in self.given.values()), *self.listed])
        self.scanned_files = self._projects.noted(self.scanned_files)

    def note_created(self, tree: DiskTree, path: str) -> None:
        """Take note of a file that there was not before: which apps there are to check may depend on it."""
        folder, name = posixpath.split(path)
        key = tree.root, folder
        if key in self.marks:
            self.marks = {**self.marks, key: [*self.marks[key], name]}
        self._projects = None

    def analyse_file(self, file: File, raw: bytes) -> ScannedFile | None:
        """The analysis of the bytes of a file; None if there is nothing, or after a bug, which is reported."""
        context = Context(file.settings, file.tree, directives=self.request.suppress)
        try:
            analysis = pipeline.analyse_file(raw, file.path, context, self.scanners)
            if self.copies is not None and self.copies.are_in(raw):
                analysis = analysis or pipeline.nothing_in(raw, file.path, context, self.scanners)
                analysis = self.copies.added_to(analysis)
        except Exception as error:  # noqa: BLE001 - one file must not end the run
            self._failed(file, error)
            return None
        return None if analysis is None else ScannedFile(file, raw, analysis)

    def without_secrets(self, file: File, raw: bytes) -> ScannedFile:
        """The bytes of a file in which no rule has found anything."""
        context = Context(file.settings, file.tree, directives=self.request.suppress)
        return ScannedFile(file, raw, pipeline.nothing_in(raw, file.path, context, self.scanners))

    def analyse(self, document: Document) -> Analysis:
        """The findings of a text that is not a file of the run."""
        return pipeline.analyse(document, Context(self.settings), self.scanners)

    def keep(self, scanned: ScannedFile) -> Kept:
        """The findings of a file that remain, located; none after a bug, which is reported."""
        try:
            kept = scanned.analysis.kept()
            findings = kept.findings
            if scanned.changed is not None:
                findings = tuple(one for one in findings if any(map(one.span.overlaps, scanned.changed)))
            return kept._replace(findings=located(scanned.document, findings))
        except Exception as error:  # noqa: BLE001 - one file must not end the run
            self._failed(scanned.file, error)
            return Kept(())

    def ingest(self, file: File, raw: bytes | read.Refusal) -> None:
        """Count a file, scan it, and record what it contains or why it was skipped."""
        if isinstance(raw, read.Refusal):
            self._refused += 1
            self.skip(Skipped(file.shown, raw.reason, raw.incomplete))
            return
        self.count(len(raw))
        scanned = self.analyse_file(file, raw)
        if scanned is None:
            return
        if scanned.scan.incomplete:
            self.skip(Skipped(file.shown, scanned.scan.incomplete, incomplete=True))
        if scanned.analysis.matters or (self.request.explain and scanned.scan.rejected):
            self.scanned_files.append(scanned)

    def _failed(self, file: File, error: Exception) -> None:
        if file.shown not in self._broken:
            self._broken.add(file.shown)
            self.skip(Skipped(file.shown, internal(error), incomplete=True))

    def skip(self, skipped: Skipped) -> None:
        """Record what is not scanned, and why."""
        self.skipped.append(Skipped(mask_shapes(skipped.path), mask_shapes(skipped.reason), skipped.incomplete))

    def set_total(self, texts: int) -> None:
        """Set how many texts are about to be scanned."""
        self._expected = self.files + self._refused + texts

    def interrupt(self) -> None:
        """Stop with what was found so far, and record that."""
        self.listed.clear()
        left = "not everything was checked"
        if self._expected is not None:
            left = f"files not checked: {self._expected - self.files - self._refused:,}"
        self.skip(Skipped(".", f"interrupted; {left}", incomplete=True))

    def count(self, size: int) -> None:
        """Count a text of so many bytes."""
        self.files += 1
        self.bytes += size
        if self.request.progress is not None and self.files % _PROGRESS_EVERY == 0:
            self.request.progress(self.files)

    def load(self, tree: Tree, folder: str) -> Settings:
        """The settings for a folder of a tree. Raises ConfigError."""
        settings = self.request.load(tree, folder)
        if settings.source:
            self._check_names(settings)
        return settings

    def _scan_stdin(self, walk: Walk, name: str, raw: bytes) -> None:
        place = os.path.join(self.request.working, name)
        tree = walk.tree_of(place)
        path = relative(place, tree.root)
        file = File(tree, path, name, len(raw), self.load(tree, os.path.dirname(path)))
        self.given[tree.root, path] = file, raw
        self.ingest(file, raw)

    def _scan(self, listed: Sequence[File | Skipped]) -> None:
        files = [item for item in listed if isinstance(item, File)]
        self.listed += files
        for item in listed:
            if isinstance(item, Skipped):
                self.skip(item)
        self.set_total(len(files))
        if sum(file.size for file in files) >= MANY_FROM and not self.request.explain:
            from unspill.app import many

            many.scan_files(self, files)
            return
        for file in files:
            self.ingest(file, read.text(file.disk, file.settings.max_file_size))

    def _check_names(self, settings: Settings) -> None:
        if settings.names_rules:
            settings.check_names(pipeline.known_rules(self.scanner))


def check(request: Request) -> Report:
    """What is in the files; after an interruption, in those scanned until then. Raises UserError."""
    if not request.of_git:
        return _check(request, Collector.walk)
    from unspill.app import git
    from unspill.app.isolation import isolated

    return isolated(
        lambda: _check(request, git.scan_repositories), lambda end: _check(request, partial(git.give_up, reason=end))
    )


def _check(request: Request, scan: Callable[[Collector], object]) -> Report:
    collector = Collector(request)
    try:
        scan(collector)
    except KeyboardInterrupt:  # once more, and there is no report
        collector.interrupt()
    if not collector.scanned_files and collector.baseline is None:
        return Report(files=collector.files, bytes=collector.bytes, skipped=tuple(collector.skipped))
    from unspill.app.reporting import report

    return report(collector, collector.scanned_files)
