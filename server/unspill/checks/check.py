"""What a check is, and what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.model import USUAL, Confidence, Finding, Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from unspill.document import Document
    from unspill.model import Related, Span, Tree
    from unspill.settings import Settings
    from unspill.sites import Site
    from unspill.space import Space


class Seen(NamedTuple):
    """What a check is told of a document beside its text."""

    found: tuple[Finding, ...]
    """What was found so far, whatever becomes of it: the secrets, and what the checks before this one have found."""
    wanted: tuple[Finding, ...]
    """Those of `found` that the settings want."""
    settings: Settings
    tree: Tree | None
    """The files around the document; None if there are none, or if nothing depends on them in its language."""
    rules: Callable[[], Mapping[str, tuple[str, ...]]] | None
    """What the rules of the scan are called (`Scanner.rules`); None if they were not held against all of the text."""
    directives: bool
    """Whether there are directives in the document, and they are heeded."""


class ProjectIndex(NamedTuple):
    """A Space, as the checks on it see it."""

    tree: Tree
    home: Space
    documents: Callable[[], Iterable[Document]]
    """Its documents by path, read one after the other as they are asked for."""


class Check(NamedTuple):
    """One thing to check. Ids share one namespace with those of rules."""

    id: str
    name: str
    severity: Severity
    docs: str
    """What is wrong, and what to do about it."""
    of_document: Callable[[Document, Seen], Iterable[Finding]] | None = None
    """What is wrong with a document."""
    of_project: Callable[[ProjectIndex], Iterable[Finding]] | None = None
    """What is wrong with a Space. It is asked when a document is looked at that its findings may stand in."""
    words: tuple[bytes, ...] = ()
    """One of these must be in a document that it is for, if it has languages."""
    traits: Traits = USUAL
    """Those of its findings."""
    languages: tuple[str, ...] = ()
    """The languages whose documents it is for, as its line in `CHECKS` has them."""
    gate: Callable[[bytes], bool] | None = None
    """Whether a text in one of them may have what it looks for, told by the bytes alone."""
    examples: tuple[str, ...] = ()
    """Code that it reports, then the same done right."""

    def is_for(self, data: bytes, language: str) -> bool:
        """Whether a document of a language is to be looked at for the sake of this check."""
        if language not in self.languages or (self.words and not any(word in data for word in self.words)):
            return False
        return self.gate is None or self.gate(data)

    def finding(
        self,
        path: str,
        span: Span,
        message: str,
        *,
        confidence: Confidence = Confidence.HIGH,
        site: Site | None = None,
        docs: str = "",
        related: tuple[Related, ...] = (),
    ) -> Finding:
        """A finding of this check, at a place of the document at `path`; `docs` is in place of the check's own."""
        from unspill.sites import Text

        return Finding(
            rule=self.id,
            title=self.name,
            path=path,
            span=span,
            site=site or Text(),
            severity=self.severity,
            confidence=confidence,
            message=message,
            docs=docs or self.docs,
            traits=self.traits,
            related=related,
        )
