"""How Python code at a given place reads a name from the environment: the expression, and the import it needs."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from unspill.semantics.python import scopes, strings
from unspill.semantics.python.scopes import Visibility

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document


class Absent(Enum):
    """What a read yields without the name."""

    ERROR = auto()
    NONE = auto()
    EMPTY = auto()
    """The empty string."""


class EnvReader(NamedTuple):
    """Reads names from the environment: `subscript` and `getter` precede `["X"]` and `("X")`."""

    subscript: str
    getter: str
    quote: str
    imports: tuple[str, ...] = ()
    """Import statements to add."""

    def required(self, name: str, quote: str = "") -> str:
        """An expression that fails without the name; `quote` overrides the file's own."""
        quote = quote or self.quote
        return f"{self.subscript}[{quote}{name}{quote}]"

    def optional(self, name: str) -> str:
        """An expression that is None without the name."""
        return f"{self.getter}({self.quote}{name}{self.quote})"

    def read(self, name: str, absent: Absent) -> str:
        """An expression that without the name is, or does, what `absent` says."""
        if absent is Absent.ERROR:
            return self.required(name)
        return self.optional(name) if absent is Absent.NONE else f"{self.optional(name)[:-1]}, {self.quote * 2})"


def reader(document: Document, at: Node) -> EnvReader | None:
    """How the code at `at` can read the environment; None if every name for it is shadowed there."""
    quote = strings.quote_style(document)
    if local := scopes.local_name(document, at, "os"):
        return EnvReader(f"{local}.environ", f"{local}.getenv", quote)
    if local := scopes.local_name(document, at, "os.environ"):
        return EnvReader(local, scopes.local_name(document, at, "os.getenv") or f"{local}.get", quote)
    if _is_free(document, at, "os", "os"):
        return EnvReader("os.environ", "os.getenv", quote, ("import os",))
    if _is_free(document, at, "environ", "os.environ"):
        return EnvReader("environ", "environ.get", quote, ("from os import environ",))
    return None


def imported(document: Document, at: Node, module: str, name: str) -> tuple[str, tuple[str, ...]] | None:
    """The name of `module.name` at `at`, and the imports that it needs; None if the name is taken."""
    meaning = f"{module}.{name}"
    if local := scopes.local_name(document, at, meaning):
        return local, ()
    if local := scopes.local_name(document, at, module):
        return f"{local}.{name}", ()
    return (name, (f"from {module} import {name}",)) if _is_free(document, at, name, meaning) else None


def _is_free(document: Document, at: Node, name: str, meaning: str) -> bool:
    """Whether an import at the top of the module would bind `name` to `meaning` at `at`, and none does yet."""
    return scopes.visibility(document, at, name, meaning) is Visibility.UNBOUND
