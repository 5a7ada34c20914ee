"""The findings of the open documents: analysed once for each state, on the loop if that is quick, else in a thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from unspill.shapes import Values, may_be_secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from unspill.lsp.analysis import Analyser, Looked
    from unspill.lsp.snapshot import Snapshot
    from unspill.model import Finding
    from unspill.settings import Settings

INLINE_LIMIT = 1 << 20
"""Documents of up to so many bytes are scanned on the loop, where waiting for a thread takes longer than the scan …"""
_SMALL = 1 << 15
_FEW = 200
"""… but those of more than `_SMALL` bytes only if the last analysis had no more than so many hits."""


class Findings:
    """The findings of each open document. Used only in the loop's thread."""

    def __init__(self, is_current: Callable[[Snapshot], bool]) -> None:
        """`is_current` tells whether a document is still in a state."""
        self._is_current = is_current
        self._looked: dict[str, tuple[str, Looked]] = {}
        self._turn = asyncio.Lock()
        self._analysis: Analyser | None = None

    @property
    def analysis(self) -> Analyser:
        """The scanners, loaded when the first document needs them: the answer to `initialize` does not wait."""
        if self._analysis is None:
            from unspill.lsp.analysis import Analyser

            self._analysis = Analyser()
        return self._analysis

    def check(self, settings: Settings) -> None:
        """Raises RuleError or ConfigError for settings that no document can be analysed with."""
        self.analysis.check(settings)

    def now(self, snapshot: Snapshot) -> tuple[Finding, ...] | None:
        """The findings of a document; None if it is so large that its analysis would block the loop."""
        if self.has(snapshot):
            return self._looked[snapshot.uri][1].findings
        return self._keep(snapshot, self._look(snapshot)()) if self._is_quick(snapshot) else None

    async def of(self, snapshot: Snapshot) -> tuple[Finding, ...] | None:
        """The findings of a document of any size; None if it changed in the meantime."""
        if (found := self.now(snapshot)) is not None:
            return found
        async with self._turn:  # what has changed while it waited is not analysed any more
            if not self._is_current(snapshot) or (found := self.now(snapshot)) is not None:
                return found
            looked = await self.analysis.beside(self._look(snapshot))
            return self._keep(snapshot, looked) if self._is_current(snapshot) else None

    async def look(self, snapshot: Snapshot) -> Looked:
        """The analysis of a document that is not open, in a thread. It is not kept."""
        return await self.analysis.beside(self._look(snapshot))

    def all(self, snapshot: Snapshot) -> tuple[Finding, ...]:
        """The findings of a document, baselined ones included; none if it is large and was not analysed yet."""
        found = self.now(snapshot)
        return () if found is None else found + self._looked[snapshot.uri][1].known

    def has(self, snapshot: Snapshot) -> bool:
        """Whether this state of the document was analysed."""
        return self._looked.get(snapshot.uri, ("",))[0] == snapshot.result_id

    def note(self, uri: str) -> str:
        """Why the last analysis of a document did not scan it; empty if it did."""
        return self._looked[uri][1].note if uri in self._looked else ""

    def values(self) -> Values:
        """The values in the open documents that no text may quote: their names and keys may be secrets elsewhere."""
        return Values(value for _, looked in self._looked.values() for value in looked.values)

    def is_secret(self, name: str) -> bool:
        """Whether a name has the shape of a secret, or is one in an open document."""
        return may_be_secret(name, self.values())

    def close(self, uri: str) -> bool:
        """Close a document. Returns whether its last analysis had findings."""
        _, looked = self._looked.pop(uri, ("", None))
        return looked is not None and bool(looked.findings)

    def _is_quick(self, snapshot: Snapshot) -> bool:
        """Whether analysing a document takes hardly any time; with the user's own rules that is unknown."""
        from unspill import pipeline

        if snapshot.settings.rules:
            return False
        size, before = len(snapshot.document.data), self._looked.get(snapshot.uri)
        if size <= _SMALL:
            return True
        if size > INLINE_LIMIT or before is None or before[1].hits > _FEW:
            return False
        self.analysis.search(snapshot.document, snapshot.settings)
        return not pipeline.has_checks(snapshot.document, follows=_follows(snapshot))

    def _look(self, snapshot: Snapshot) -> Callable[[], Looked]:
        """The work of analysing a document; what it needs of the session is taken now."""
        from unspill import pipeline

        tree = snapshot.tree if pipeline.needs_tree(snapshot.document, follows=_follows(snapshot)) else None
        context = pipeline.Context(
            snapshot.settings, tree, known=snapshot.known, noted=snapshot.noted.findings, follows=snapshot.follows
        )
        return lambda: self.analysis.look(snapshot.document, context)

    def _keep(self, snapshot: Snapshot, looked: Looked) -> tuple[Finding, ...]:
        self._looked[snapshot.uri] = (snapshot.result_id, looked)
        return looked.findings


def _follows(snapshot: Snapshot) -> bool | None:
    """Which checks are asked when a document is analysed, as `checks.asked` has it."""
    return None if snapshot.follows else False
