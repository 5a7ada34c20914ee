"""The pipeline as the editor calls it: on the loop or in a thread, for documents that may be too large or excluded."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from unspill.pipeline import Context, Scanners, analyse, known_rules, search
from unspill.pipeline.copies import with_own
from unspill.project.ignore import Excludes
from unspill.shapes import is_unmistakable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from unspill.docs.entries import CatalogEntry
    from unspill.document import Document
    from unspill.model import Finding
    from unspill.settings import Settings

T = TypeVar("T")
_PARSED_INLINE = 1 << 17
"""What parses a document of up to so many bytes is done on the loop, with so many more for each finding to locate."""
_PER_FINDING = 1 << 10


class Looked(NamedTuple):
    """The result of analysing a document."""

    findings: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()
    """Baselined findings: not shown, but they keep their names."""
    values: tuple[bytes, ...] = ()
    """The text of every candidate, whatever became of it, unless it is a word: no name that is shown may be one."""
    note: str = ""
    """Why it was not scanned; empty if it was, or if that is expected."""
    hits: int = 0
    """How many places had to be examined: that, not the size, is what takes time."""


def _too_large(size: int, limit: int) -> str:
    return f"too large to scan: {size:,} bytes; the limit (max-file-size) is {limit:,} bytes"


class Analyser:
    """Analyses documents. Used by several threads."""

    def __init__(self) -> None:
        self._scanners = Scanners()
        self._executor = ThreadPoolExecutor(1, "unspill-scan")
        self._excludes = Excludes()

    def look(self, document: Document, context: Context) -> Looked:
        """The findings of a document, given what it is analysed with."""
        settings = context.settings
        if len(document.data) > settings.max_file_size:
            return Looked(note=_too_large(len(document.data), settings.max_file_size))
        if self._excludes.source(settings.exclude, document.path, document.path):
            return Looked()
        analysis = analyse(document, context, self._scanners)
        kept = with_own(analysis)
        values = tuple(filter(is_unmistakable, (document.data[start:end] for start, end in analysis.scan.candidates)))
        return Looked(kept.findings, kept.known, values, hits=analysis.hits)

    def search(self, document: Document, settings: Settings) -> None:
        """Search a document that will be analysed: which checks are for it is then known without a look at its text."""
        search(document, self._scanners, settings.rules)

    def check(self, settings: Settings) -> None:
        """Raises RuleError or ConfigError if settings name files or rules that cannot be used, or leave no rule."""
        scanner = self._scanners.of(settings.rules)
        if settings.names_rules:
            settings.check_names(known_rules(scanner))

    async def entry(self, rule: str, settings: Settings) -> CatalogEntry | None:
        """The documentation of a rule or check; None if there is no such rule."""
        from unspill.docs.entries import entry_of

        def work() -> CatalogEntry | None:
            return entry_of(rule, self._scanners.of(settings.rules).engine.rules)

        # Only the shipped rules are sure to be loaded on this thread: it scans with them.
        return await self.beside(work) if settings.rules else work()

    async def parsed(self, document: Document, found: Sequence[Finding], work: Callable[[], T]) -> T:
        """The result of `work`, which parses a document and locates findings in it: in a thread if that takes long."""
        if len(document.data) + _PER_FINDING * len(found) <= _PARSED_INLINE:
            return work()
        return await self.beside(work)

    async def beside(self, work: Callable[[], T]) -> T:
        """The result of `work`, which a thread does so that it does not block the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
