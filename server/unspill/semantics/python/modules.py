"""The modules that a Python program imports, as far as they are files of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.semantics.python.kinds import IMPORTS, Kind, is_a
from unspill.semantics.python.tree import find_all
from unspill.syntax import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.document import Document


def imported(document: Document) -> list[str]:
    """The names of modules that import statements anywhere may load, relative ones with their dots.

    `from a import b` may load `a` and `a.b`. Raises UnparsedError.
    """
    return list(dict.fromkeys(_imported(document)))


def _imported(document: Document) -> Iterator[str]:
    for statement in find_all(document, *IMPORTS):
        names = [
            text_of(node.child_by_field_name("name") if is_a(node, Kind.IMPORT_ALIAS) else node)
            for node in statement.children_by_field_name("name")
        ]
        module = statement.child_by_field_name("module_name")
        if module is None:
            yield from names
            continue
        base = "".join(text_of(module).split())
        yield base
        yield from (f"{base}{'' if base.endswith('.') else '.'}{name}" for name in names)
