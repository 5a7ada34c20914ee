"""What the open documents want their secrets to be named, worked out once for each of their states.

A name is given with an eye to all documents of a Space, and asked for at each look at one of them.
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
        """What the findings of a document want to be named."""
        known = self.known(uri, document, found)
        if known is None:
            known = wishes_of(document, found)
            self.keep(uri, document, found, known)
        return known

    def known(self, uri: str, document: Document, found: tuple[Finding, ...]) -> tuple[Wish, ...] | None:
        """The same, if this state of the document was looked at before."""
        known = self._known.get(uri)
        return known.wishes if known is not None and known.document is document and known.found == found else None

    def keep(self, uri: str, document: Document, found: tuple[Finding, ...], wishes: tuple[Wish, ...]) -> None:
        """Note what a state of a document wants."""
        self._known[uri] = _Remembered(document, found, wishes)

    def close(self, uri: str) -> None:
        """The document is no longer open."""
        self._known.pop(uri, None)

    def home(self, root: str, tree: Tree, path: str) -> str:
        """The folder of the Space that the file at `path` belongs to, below `root`; `tree` has the files there."""
        key = (root, posixpath.dirname(path))
        if key not in self._homes:
            self._homes[key] = space.find(tree, path).root
        return self._homes[key]

    def forget_homes(self) -> None:
        """Files have come or gone that tell what a folder is."""
        self._homes.clear()


def wishes_of(document: Document, found: tuple[Finding, ...]) -> tuple[Wish, ...]:
    """What the findings of a document want to be named. Parses it."""
    located = languages.located(document, found)
    return tuple(wish for finding in located if (wish := wish_of(document, finding)) is not None)
