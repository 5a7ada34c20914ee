"""What a check is, and what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.model import USUAL, Confidence, Finding, Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set

    from unspill.contract.names import AppName
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

    def adding(self, made: tuple[Finding, ...]) -> Seen:
        """This, with what another check has found."""
        if not made:
            return self
        return self._replace(found=(*self.found, *made), wanted=(*self.wanted, *self.settings.judged(made)))


class ProjectIndex(NamedTuple):
    """An app, as the checks on it see it: a Space, or all of a tree that is in none."""

    tree: Tree
    home: Space
    documents: Sequence[Document]
    """Its documents, by path."""
    names: Callable[[], Sequence[AppName]]
    """The names of the environment in them, whatever a local `.env` has; worked out once."""
    known: Collection[str]
    """The names that rules know to be of secrets."""


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
    """What is wrong with an app. It is asked about Spaces; elsewhere only where a `.env` or a template of one is."""
    traits: Traits = USUAL
    """Those of its findings."""
    gate: Callable[[bytes, Set[bytes] | None], bool] | None = None
    """Whether a text that it is for may have what it looks for, told by its bytes, and the words known to be in it."""
    examples: tuple[str, ...] = ()
    """Code that it reports, then the same done right."""

    def finding(
        self,
        path: str,
        span: Span,
        message: str,
        *,
        confidence: Confidence = Confidence.HIGH,
        site: Site | None = None,
        docs: str = "",
        env: tuple[str, ...] = (),
        related: tuple[Related, ...] = (),
    ) -> Finding:
        """A finding of this check, at a place of the document at `path`; `docs` is in place of the check's own.

        `env` are names for a fix to use, the best first.
        """
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
            env=env,
            docs=docs or self.docs,
            traits=self.traits,
            related=related,
        )
