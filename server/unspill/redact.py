"""The one redactor: no text leaves a run with a value in it, be it a message, a name or a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.document import Document
from unspill.shapes import MASK, mask, prefixed_runs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.scan import Scanner

_LEAST = 8
"""Shorter values are words: to mask them everywhere would tear up paths and sentences without hiding anything."""


class Redactor:
    """Masks the values that a run knows, and whatever has the shape of a provider's secret."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._values: dict[str, set[str]] = {}
        """The values by what they begin with: whether a text holds any is then told without a search for each."""
        self._masked: dict[str, str] = {}
        """What was masked already: titles and advice come up again and again."""

    def learn(self, values: Iterable[str]) -> None:
        """Mask these values from now on."""
        for value in values:
            if len(value) >= _LEAST:
                self._values.setdefault(value[:_LEAST], set()).add(value)
        self._masked.clear()

    def forget(self, values: Iterable[str]) -> None:
        """Mask these values no more."""
        for value in values:
            alike = self._values.get(value[:_LEAST], set())
            alike.discard(value)
            if not alike:
                self._values.pop(value[:_LEAST], None)
        self._masked.clear()

    def __call__(self, text: str) -> str:
        """`text` with every value masked."""
        if text not in self._masked:
            self._masked[text] = self._mask(text)
        return self._masked[text]

    def _mask(self, text: str) -> str:
        beginnings = {text[at : at + _LEAST] for at in range(len(text) - _LEAST + 1)} & self._values.keys()
        for value in sorted((value for some in beginnings for value in self._values[some]), key=len, reverse=True):
            text = text.replace(value, MASK)
        data = text.encode("utf-8", "surrogateescape")
        scan = self._scanner.scan(Document(data))
        # Generic rules go by the words around a value: they would find `acme-key` in "credential acme-key".
        found = [(finding.rule, finding.span) for finding in scan.findings]
        found += [(rule, span) for span, rule, _ in scan.rejected]
        spans = [span for rule, span in found if not rule.startswith("generic-")]
        return mask(data, [*spans, *prefixed_runs(data, self._scanner.engine.prefixes)])
