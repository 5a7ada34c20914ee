"""The modules of a project: the facts of each, and which one an import means."""

from __future__ import annotations

import hashlib
import posixpath
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from unspill import syntax
from unspill.document import Document, decode
from unspill.semantics.python import lowering, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from unspill.model import Tree
    from unspill.semantics.python.facts import FunctionFacts
    from unspill.semantics.python.lowering import ModuleFacts, PlacedClass

UnitId: TypeAlias = "tuple[str, int, str]"
"""What tells a unit from all others: its path, where it starts, and its name."""
_HIGHEST = 6
"""How many folders above a module others are looked for in."""
_LARGEST = 200_000
"""Bytes of a module that is followed into."""


class Module(NamedTuple):
    """A module of the project."""

    path: str
    facts: ModuleFacts
    imports: Mapping[str, str]
    """What imported names mean."""

    @property
    def top(self) -> Unit:
        """Its own statements."""
        return Unit(self, self.facts.body, 0)

    def units(self) -> Iterator[Unit]:
        """Its statements, and all functions and methods in it."""
        yield self.top
        for name in self.facts.functions:
            yield from _within(self.function(name))
        for owner in self.facts.classes.values():
            for name in owner.methods:
                yield from _within(self.method(owner, name))

    def function(self, name: str) -> Unit:
        """A function of the module. Raises KeyError."""
        facts, base = self.facts.functions[name]
        return Unit(self, facts, base, self.top)

    def method(self, owner: PlacedClass, name: str) -> Unit:
        """A method of a class of the module. Raises KeyError."""
        facts, base = owner.methods[name]
        return Unit(self, facts, base, self.top, owner)


class Unit(NamedTuple):
    """A function in its place, or the statements of a module."""

    module: Module
    facts: FunctionFacts
    base: int
    """What its spans count from."""
    parent: Unit | None = None
    """What it is defined in."""
    owner: PlacedClass | None = None
    """The class that it is a method of."""

    @property
    def id(self) -> UnitId:
        """What tells it from all others."""
        return self.module.path, self.base + self.facts.at.start, self.facts.name

    def inner(self, name: str) -> Unit:
        """A function that is defined in it. Raises KeyError."""
        return Unit(self.module, self.facts.functions[name], self.base, self)


def _within(unit: Unit) -> Iterator[Unit]:
    yield unit
    for name in unit.facts.functions:
        yield from _within(unit.inner(name))


def of(document: Document) -> Module:
    """A document as a module, made once; its tree is not kept. Raises UnparsedError."""
    return document.memo(_made)


def _made(document: Document) -> Module:
    # Another document, which nobody keeps, and so neither its tree.
    apart = Document(document.data, document.path, document.language)
    return Module(document.path, lowering.facts(apart), names.imports(apart))


class Modules:
    """The modules that those of a document import."""

    def __init__(self, tree: Tree | None) -> None:
        self._tree = tree
        self._found: dict[tuple[str, str], Module | None] = {}
        self._exist: dict[tuple[str, str], bool] = {}
        self._read_files: dict[str, FileBytes | None] = {}
        """What was read or looked for, by path: None if there is no such file."""

    def are_those_of(self, tree: Tree | None) -> bool:
        """Whether the same modules would be found in a tree: nothing that was read has changed."""
        if tree is None or self._tree is None:
            return tree is self._tree
        return all(_bytes_of(tree, path) == was for path, was in self._read_files.items())

    def imported(self, near: str, name: str) -> tuple[Module, str] | None:
        """The module that a qualified name begins with, as the module at `near` has it, and the rest of the name."""
        parts = name.split(".")
        dots = len(name) - len(name.lstrip("."))
        if dots:
            parts = name[dots:].split(".")
        for length in range(len(parts) - 1, 0, -1):
            found = self._module(near, "." * dots + ".".join(parts[:length]))
            if found is not None:
                return found, ".".join(parts[length:])
        return None

    def exists(self, near: str, name: str) -> bool:
        """Whether there is a module of a name, as the module at `near` has it."""
        key = posixpath.dirname(near), name
        if key not in self._exist:
            self._exist[key] = self.has(near, name, lambda _raw: True)
        return self._exist[key]

    def has(self, near: str, name: str, test: Callable[[bytes], bool]) -> bool:
        """Whether there is a module of a name whose bytes pass a test; it is not parsed."""
        contents = (self._bytes(path) for path in _places(near, name))
        return any(raw is not None and test(raw.take()) for raw in contents)

    def _module(self, near: str, name: str) -> Module | None:
        key = posixpath.dirname(near), name
        if key not in self._found:
            found = (self._read(path) for path in _places(near, name))
            self._found[key] = next((module for module in found if module is not None), None)
        return self._found[key]

    def _read(self, path: str) -> Module | None:
        raw = self._bytes(path)
        return _kept(path, raw) if raw is not None else None

    def _bytes(self, path: str) -> FileBytes | None:
        raw = _bytes_of(self._tree, path) if self._tree is not None else None
        self._read_files[path] = raw
        return raw


def is_installed(path: str, tree: Tree) -> bool:
    """Whether a file is in a folder that an installer has filled: a `.dist-info` is beside the package."""
    folders = path.split("/")[:-1]
    return any(
        name.rstrip("/").endswith(".dist-info")
        for depth in range(len(folders))
        for name in tree.list("/".join(folders[:depth]))
    )


def _places(near: str, name: str) -> Iterator[str]:
    """Where a module of a name may be that the module at `near` imports, the nearest place first."""
    folder = posixpath.dirname(near)
    parts = folder.split("/") if folder else []
    dots = len(name) - len(name.lstrip("."))
    inner = name[dots:].replace(".", "/")
    # `from . import name` and `from ..name import …` look alike once they are qualified.
    for up in range(max(dots - 2, 0), dots or _HIGHEST):
        if up <= len(parts):
            above = "/".join(parts[: len(parts) - up])
            yield posixpath.join(above, f"{inner}.py")
            yield posixpath.join(above, inner, "__init__.py")


class FileBytes:
    """The bytes of a file, equal if their hashes are: what is kept of a file does not hold its text."""

    def __init__(self, raw: bytes) -> None:
        self._raw: bytes | None = raw
        self._digest = hashlib.blake2b(raw, digest_size=16).digest()

    def take(self) -> bytes:
        """The bytes, which are forgotten."""
        raw, self._raw = self._raw, None
        return raw or b""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FileBytes) and other._digest == self._digest

    def __hash__(self) -> int:
        return hash(self._digest)


def _bytes_of(tree: Tree, path: str) -> FileBytes | None:
    raw = tree.read(path)
    return FileBytes(raw) if raw is not None and len(raw) <= _LARGEST else None


@lru_cache(maxsize=64)
def _kept(path: str, content: FileBytes) -> Module | None:
    """The module in a file, made once for each content of it."""
    data, encoding = decode(content.take())
    try:
        return of(Document(data, path, "python", encoding=encoding))
    except (syntax.UnparsedError, RecursionError):
        return None
