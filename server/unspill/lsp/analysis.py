"""From a document to its findings: the scan, what the settings say, where a `.env` stands, what comments silence."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from unspill.project.ignore import Excludes
from unspill.run import known_rules
from unspill.scan import Scanner
from unspill.shapes import is_random
from unspill.suppress import keep

if TYPE_CHECKING:
    from collections.abc import Callable

    from unspill.document import Document
    from unspill.lsp.baseline import Known
    from unspill.model import Finding, Tree
    from unspill.scan import Scan
    from unspill.settings import Settings

T = TypeVar("T")


class Looked(NamedTuple):
    """What a look at a document gave."""

    findings: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()
    """What a baseline knows: it is not shown, and keeps its name."""
    values: tuple[bytes, ...] = ()
    """The text of every candidate, whatever became of it, unless it is a word: no name that is shown may be one."""
    note: str = ""
    """Why it was not scanned, if that is worth a word."""
    hits: int = 0
    """At how many places something had to be looked at: that, and not the size, is what takes time."""


def _too_large(size: int, limit: int) -> str:
    return f"too large to scan: {size:,} bytes; the limit (max-file-size) is {limit:,} bytes"


class Analysis:
    """Scanners, one for each thread that scans and each choice of rule files."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._executor = ThreadPoolExecutor(1, "unspill-scan")
        self._excludes = Excludes()

    def look(self, document: Document, settings: Settings, tree: Tree | None, known: Known | None = None) -> Looked:
        """What is in a document, given the files around it and what is known of it. The settings have been checked."""
        if len(document.data) > settings.max_file_size:
            return Looked(note=_too_large(len(document.data), settings.max_file_size))
        if self._excludes.source(settings.exclude, document.path, document.path):
            return Looked()
        scanner = self._scanner(settings.rules)
        scan, hits = document.memo(self._scan, *settings.rules)
        rules = None if scan.incomplete else lambda: scanner.rules
        kept = keep(document, scan.findings, settings, tree, directives=bool(scan.directives), rules=rules)
        values = tuple(filter(is_random, (document.data[start:end] for start, end in scan.candidates)))
        if known is None or not kept.findings:
            return Looked(kept.findings, values=values, hits=hits)
        return Looked(*known.sift(document, kept.findings), values, hits=hits)

    def check(self, settings: Settings) -> None:
        """Raises RuleError or ConfigError if settings name files or rules that cannot be used, or leave no rule."""
        scanner = self._scanner(settings.rules)
        if settings.names_rules:
            settings.check_names(known_rules(scanner))

    async def beside(self, work: Callable[[], T]) -> T:
        """What `work` gives, done on a thread of its own so that it does not hold up the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def _scan(self, document: Document, *rules: str) -> tuple[Scan, int]:
        """What is in a document, and the number of hits."""
        scanner = self._scanner(rules)
        hits = scanner.hits(document.data)
        return scanner.scan(document, hits), len(hits)

    def _scanner(self, rules: tuple[str, ...]) -> Scanner:
        scanners: dict[tuple[str, ...], Scanner] = self._local.__dict__.setdefault("scanners", {})
        if rules not in scanners:
            scanners[rules] = Scanner(rules)
        return scanners[rules]
