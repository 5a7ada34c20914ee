"""The files of a Python program: a module and what it imports, and the names that they read from the environment."""

from __future__ import annotations

import posixpath
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages, syntax
from unspill.contract.kinds import NameKind, kind_of
from unspill.languages import document_of
from unspill.model import Default

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from unspill.document import Document
    from unspill.model import EnvUse, Span, Tree

MOST_MODULES = 2_000
"""Maximum number of files of a program: nothing waits for more of them."""
MOST_BYTES = 50_000_000


class NeededName(NamedTuple):
    """A name that a program needs and that is not there."""

    name: str
    kind: NameKind
    required: bool
    """Whether the read fails; else it yields nothing (`os.getenv("X")`)."""
    path: str
    """The file that reads it first, POSIX and relative to the tree."""
    document: Document
    span: Span


class Program(NamedTuple):
    """The Python files of a program, the entry first, in the order in which they are reached."""

    documents: tuple[tuple[str, Document], ...]
    """With the path of each, POSIX and relative to the tree."""

    def unset(self, present: Collection[str]) -> list[NeededName]:
        """The names that the program reads without a default, and that neither `present` nor its own code has.

        `present` are the names in the environment that it starts with. Left out are names for which another is
        present (`os.getenv("A") or os.getenv("B")`), what platforms set themselves, and configuration that is read
        without an error. In order of the text; each name once, a read that fails before one that does not.
        """
        uses = [(path, document, languages.env_uses(document)) for path, document in self.documents]
        written = {use.name for _, _, found in uses for use in found.writes if not use.given}
        there = {*present, *written}
        needed: dict[str, NeededName] = {}
        for path, document, found in uses:
            for use in found.reads:
                kind = kind_of(use.name, [use.default])
                is_needed = kind is NameKind.SECRET or (kind is NameKind.CONFIGURATION and use.required)
                if not is_needed or not _lacks(use, there):
                    continue
                if use.name not in needed or (use.required and not needed[use.name].required):
                    needed[use.name] = NeededName(use.name, kind, use.required, path, document, use.span)
        return list(needed.values())


def _lacks(use: EnvUse, there: Collection[str]) -> bool:
    return use.default is Default.NONE and use.name not in there and not any(name in there for name in use.instead)


def program(
    tree: Tree, entry: str, roots: Sequence[str] = (), *, before: Sequence[str] = (), most: int = MOST_BYTES
) -> Program:
    """The Python file at `entry` (POSIX, relative to `tree`), and the files of the tree that it imports at any depth.

    Modules are searched for in `roots`, as Python does in `sys.path`; by default in the folder of `entry`. The files of
    `before` run first: the packages around a module. Nothing is imported or executed; installed packages, imports by
    computed name and files that cannot be parsed are left out. Empty if there is no file at `entry`; at most
    `MOST_MODULES` files, and about `most` bytes.
    """
    search = _ModuleFinder(tree, roots or [posixpath.dirname(entry)])
    found: dict[str, Document] = {}
    waiting = deque([*before, entry])
    while waiting and len(found) < MOST_MODULES and most > 0:
        path = waiting.popleft()
        raw = tree.read(path) if path not in found else None
        if raw is None:
            continue
        document = document_of(raw, path)
        if document.language != "python":
            continue
        found[path] = document
        most -= len(document.data)
        waiting += [other for other in search.imported(document) if other not in found]
    return Program(tuple(found.items()))


class _ModuleFinder:
    """Finds the files of modules; each folder is listed once."""

    def __init__(self, tree: Tree, roots: Iterable[str]) -> None:
        self._tree = tree
        self._roots = list(dict.fromkeys(root.strip("/") for root in roots))
        self._listed: dict[str, frozenset[str]] = {}

    def imported(self, document: Document) -> Iterator[str]:
        """The paths of the modules that a file imports."""
        from unspill.semantics.python import modules

        try:
            names = modules.imported(document)
        except syntax.UnparsedError:
            return
        for name in names:
            relative = name.lstrip(".")
            level = len(name) - len(relative)
            folders = self._roots
            if level:
                folder = posixpath.dirname(document.path)
                for _ in range(level - 1):
                    folder = posixpath.dirname(folder)
                folders = [folder]
            for folder in folders:
                found = list(self._files(folder, relative.split(".") if relative else []))
                if found:
                    yield from found
                    break

    def _files(self, folder: str, parts: list[str]) -> Iterator[str]:
        """The files that importing a dotted name from a folder runs: those of its packages, and its own."""
        for at, part in enumerate(parts):
            names = self._names(folder)
            inner = posixpath.join(folder, part)
            is_package = f"{part}/" in names and "__init__.py" in self._names(inner)
            if f"{part}.py" in names and at == len(parts) - 1 and not is_package:
                yield f"{inner}.py"
            if f"{part}/" not in names:
                return
            folder = inner
            if is_package:
                yield posixpath.join(folder, "__init__.py")
        if not parts and "__init__.py" in self._names(folder):
            yield posixpath.join(folder, "__init__.py")

    def _names(self, folder: str) -> frozenset[str]:
        if folder not in self._listed:
            self._listed[folder] = frozenset(self._tree.list(folder))
        return self._listed[folder]
