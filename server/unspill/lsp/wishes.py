"""The names that the open documents suggest for their secrets, computed once for each of their states.

A name depends on all documents of a Space, and is needed whenever one of them is analysed.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages, space
from unspill.space.names import wish_of

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.model import Finding, Tree
    from unspill.space.names import Wish


class _Remembered(NamedTuple):
    """The wishes of one state of a document."""

    document: Document
    found: tuple[Finding, ...]
    wishes: tuple[Wish, ...]


class Wishes:
    """The wishes by URI, and the Spaces by folder, as far as they were asked for."""

    def __init__(self) -> None:
        self._known: dict[str, _Remembered] = {}
        self._homes: dict[tuple[str, str], str] = {}

    def of(self, uri: str, document: Document, found: tuple[Finding, ...]) -> tuple[Wish, ...]:
        """The names that the findings of a document suggest."""
        known = self.known(uri, document, found)
        if known is None:
            known = wishes_of(document, found)
            self.keep(uri, document, found, known)
        return known

    def known(self, uri: str, document: Document, found: tuple[Finding, ...]) -> tuple[Wish, ...] | None:
        """The same, if this state of the document was analysed before."""
        known = self._known.get(uri)
        return known.wishes if known is not None and known.document is document and known.found == found else None

    def keep(self, uri: str, document: Document, found: tuple[Finding, ...], wishes: tuple[Wish, ...]) -> None:
        """Record the names that a state of a document suggests."""
        self._known[uri] = _Remembered(document, found, wishes)

    def close(self, uri: str) -> None:
        """Forget a closed document."""
        self._known.pop(uri, None)

    def home(self, root: str, tree: Tree, path: str) -> str:
        """The folder of the Space that the file at `path` belongs to, below `root`; `tree` has the files there."""
        key = (root, posixpath.dirname(path))
        if key not in self._homes:
            self._homes[key] = space.find(tree, path).root
        return self._homes[key]

    def forget_homes(self) -> None:
        """Forget which folders are Spaces: files that decide this were added or removed."""
        self._homes.clear()


def wishes_of(document: Document, found: tuple[Finding, ...]) -> tuple[Wish, ...]:
    """The names that the findings of a document suggest. Parses it."""
    located = languages.located(document, found)
    return tuple(wish for finding in located if (wish := wish_of(document, finding)) is not None)
