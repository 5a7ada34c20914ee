"""Python: the site of a span (`sites`), reads of the environment (`uses`), and comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.languages.python.sites import env_value, site
from unspill.model import Span
from unspill.semantics.python.kinds import Kind, is_a
from unspill.semantics.python.tree import find_all
from unspill.semantics.python.tree import root as tree
from unspill.syntax import enclosing, span_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from unspill.document import Document
    from unspill.model import EnvHelper, EnvUses

__all__ = ["comments", "env_uses", "env_value", "extent", "helped", "program_at", "site", "tree"]


def env_uses(document: Document) -> EnvUses:
    """The environment variables that the document reads and writes; a use's span is the name inside its quotes."""
    from unspill.languages.python import uses  # not loaded for a scan

    return uses.env_uses(document)


def helped(document: Document, helpers: Iterable[EnvHelper]) -> EnvUses:
    """What the document reads by calling functions that other documents define, and it imports."""
    from unspill.languages.python import uses

    return uses.helped(document, helpers)


def comments(document: Document) -> tuple[Span, ...]:
    """The comments, `#` included, line endings excluded."""
    found = []
    for node in find_all(document, Kind.COMMENT):
        # The grammar includes the \r of a \r\n in the comment.
        end = node.end_byte - (document.data[node.end_byte - 1 : node.end_byte] == b"\r")
        found.append(Span(node.start_byte, end))
    return tuple(found)


def program_at(document: Document, offset: int) -> tuple[Document, int, Callable[[Span], Span]]:
    """The document itself."""
    return document, offset, lambda span: span


def extent(document: Document, span: Span) -> Span:
    """The outermost string around `span`."""
    strings = [node for node in enclosing(tree(document), span) if is_a(node, Kind.STRING)]
    return span_of(strings[-1]) if strings else span
