"""Calls that upload a folder to the Hub, and the `.env` files that they take along."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from unspill import gitignore
from unspill.model import Span
from unspill.semantics.python import calls, folding, tree
from unspill.semantics.python.kinds import Kind
from unspill.space.contexts import stored_in
from unspill.syntax import span_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.document import Document
    from unspill.model import Tree

_UPLOADS = frozenset(["upload_folder", "upload_large_folder", "CommitScheduler"])


class Upload(NamedTuple):
    """A call that uploads files with values."""

    span: Span
    """The name that is called."""
    names: tuple[str, ...]
    """The files, relative to the folder that is uploaded."""
    end: int
    """Where the arguments end, before the bracket."""


def uploads(document: Document, files: Tree, root: str) -> Iterator[Upload]:
    """The calls that upload a folder of `root`, by a constant relative path, with a `.env` in it.

    Raises UnparsedError.
    """
    for call in tree.find_all(document, Kind.CALL):
        function = call.child_by_field_name("function")
        name = text_of(function).rpartition(".")[2]
        if function is None or name not in _UPLOADS:
            continue
        path = folding.string_value(calls.keyword(call, "folder_path"))
        if path is None or posixpath.isabs(path):
            continue
        folder = posixpath.normpath(posixpath.join(root, path))
        taken = _unignored(call, files, "" if folder == "." else folder)
        if taken:
            end = span_of(function).end
            yield Upload(Span(end - len(name.encode()), end), tuple(taken), call.end_byte - 1)


def _unignored(call: Node, files: Tree, folder: str) -> list[str]:
    """The files with values that a call uploads: its patterns, and the `.gitignore` of the folder itself, decide."""
    if calls.keyword(call, "allow_patterns") is not None:
        return []
    given = calls.keyword(call, "ignore_patterns")
    values = [] if given is None else [folding.string_value(node) for node in (given, *given.named_children)]
    patterns = [value for value in values if value is not None]
    if given is not None and not patterns:
        return []
    ignored = gitignore.Patterns((files.read(posixpath.join(folder, ".gitignore")) or b"").splitlines())
    return [
        name
        for name in stored_in(files, folder)
        if not ignored.verdict(name) and not any(fnmatchcase(name, pattern) for pattern in patterns)
    ]
