"""The secrets of a Space by name: where each is declared, read and set, and the origin of its value; never a value.

Listed are all environment variables that the code reads, a template declares or `.env` contains, except those of the
process itself (`PATH`), and names that look like a secret.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages
from unspill.shapes import may_be_secret
from unspill.space import names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from unspill.document import Document
    from unspill.model import Span


class ValueSource(str, Enum):
    """The origin of a name's value."""

    STORED = "stored"
    """`.env` contains it."""
    BUILT_IN = "built-in"
    """A Space sets it itself."""
    SET = "set"
    """The code, a script or an image sets it."""
    MISSING = "missing"


class NameLocation(NamedTuple):
    """An occurrence of a name in a document. `source` is the caller's name of the document: a path or a URI."""

    source: str
    document: Document
    span: Span


class SecretName(NamedTuple):
    """One name. Places are in the order of the documents, then of the text."""

    name: str
    origin: ValueSource
    declared: tuple[NameLocation, ...] = ()
    """The places where a template (`.env.example`) lists it."""
    read: tuple[NameLocation, ...] = ()
    written: tuple[NameLocation, ...] = ()

    @property
    def undeclared(self) -> bool:
        """Whether a template should list it and none does."""
        own = self.origin in (ValueSource.STORED, ValueSource.MISSING)
        return own and not self.declared and names.is_usable(self.name)


def entries(documents: Iterable[tuple[str, Document]], stored: Collection[str]) -> list[SecretName]:
    """The names in the documents of one Space, sorted. `stored` are those with a value in its `.env`."""
    declared: dict[str, list[NameLocation]] = {}
    read: dict[str, list[NameLocation]] = {}
    written: dict[str, list[NameLocation]] = {}
    kept = set(stored)
    for source, document in documents:
        found = languages.env_uses(document)
        for uses, places in ((found.declared, declared), (found.reads, read), (found.writes, written)):
            for name, span in sorted({(use.name, use.span) for use in uses}, key=lambda use: use[1]):
                places.setdefault(name, []).append(NameLocation(source, document, span))
        if document.language == "dotenv":
            kept.update(use.name for use in found.writes)
    return [
        SecretName(
            name,
            _origin(name, stored, written.get(name, ())),
            tuple(declared.get(name, ())),
            tuple(read.get(name, ())),
            tuple(written.get(name, ())),
        )
        for name in sorted(kept.union(declared, read))
        if names.VALID.match(name) and name.upper() not in names.PROCESS and not may_be_secret(name)
    ]


def _origin(name: str, stored: Collection[str], written: Iterable[NameLocation]) -> ValueSource:
    if name in stored:
        return ValueSource.STORED
    if name.upper() in names.BUILT_IN:
        return ValueSource.BUILT_IN
    # A dotenv file other than the Space's own `.env` is unused until it is copied.
    return ValueSource.SET if any(place.document.language != "dotenv" for place in written) else ValueSource.MISSING
