"""From a document to its findings: the scan, what the document itself silences, and what the settings say."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from unspill.scan import Scanner
from unspill.suppress.inline import inline

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.model import Finding
    from unspill.settings import Settings


class Analysis:
    """Scanners, one for each thread that scans and each choice of rule files."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._executor = ThreadPoolExecutor(1, "unspill-scan")

    def findings(self, document: Document, settings: Settings) -> tuple[Finding, ...]:
        """The findings of a document under some settings. Raises RuleError."""
        if len(document.data) > settings.max_file_size:
            return ()
        kept, _ = inline(document, self._scanner(settings.rules).scan(document).findings)
        return tuple(judged for finding in kept if (judged := settings.judge(finding)) is not None)

    async def findings_beside(self, document: Document, settings: Settings) -> tuple[Finding, ...]:
        """The same, without holding up the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self.findings, document, settings)

    def _scanner(self, rules: tuple[str, ...]) -> Scanner:
        scanners: dict[tuple[str, ...], Scanner] = self._local.__dict__.setdefault("scanners", {})
        if rules not in scanners:
            scanners[rules] = Scanner(rules)
        return scanners[rules]
