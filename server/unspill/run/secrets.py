"""The names of the secrets in the files that a command line names, Space by Space."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from unspill import space
from unspill.languages import document_of
from unspill.model import Skipped
from unspill.project import read
from unspill.project.paths import relative
from unspill.project.tree import DiskTree
from unspill.project.walk import Walk
from unspill.space import secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.document import Document
    from unspill.model import Tree
    from unspill.run import Request
    from unspill.space.secrets import SecretName


class Listing(NamedTuple):
    """What a walk has found."""

    spaces: dict[str, list[SecretName]]
    """The names by Space: its folder, POSIX and relative to the working folder. Sources are paths as in reports."""
    incomplete: tuple[Skipped, ...]
    """Files that could not be looked at."""


def listing(request: Request) -> Listing:
    """The names in the files of a request. Raises UserError."""
    found: dict[tuple[DiskTree, space.Space], list[tuple[str, Document]]] = {}
    skipped: list[Skipped] = []
    for item in Walk(request.load, request.working, tree=DiskTree).files(request.paths):
        if isinstance(item, Skipped):
            skipped.append(item)
            continue
        raw = read.text(item.disk, item.settings.max_file_size)
        if isinstance(raw, read.Refusal):
            skipped.append(Skipped(item.shown, raw.reason, raw.incomplete))
            continue
        document = document_of(raw, item.path)
        found.setdefault((item.tree, space.find(item.tree, item.path)), []).append((item.shown, document))
    spaces = {
        _shown(tree, place, request.working): entries_of(tree, place, documents)
        for (tree, place), documents in found.items()
    }
    return Listing(dict(sorted(spaces.items())), tuple(one for one in skipped if one.incomplete))


def entries_of(tree: Tree, place: space.Space, documents: Iterable[tuple[str, Document]]) -> list[SecretName]:
    """The names in the documents of a Space, given what its `.env` keeps."""
    stored = {name for name, value in space.stored(tree, place).items() if value}
    return secrets.entries(documents, stored)


def _shown(tree: DiskTree, place: space.Space, working: str) -> str:
    return relative(tree.disk(place.root), os.path.realpath(working))
