"""Phrases of Python: expressions that may be replaced by others, so that their surroundings parse as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill import syntax
from unspill.model import Span
from unspill.semantics.python.kinds import CHOICES, COLLECTIONS, DEFAULT_PARAMETERS, Kind
from unspill.semantics.python.statements import expression

if TYPE_CHECKING:
    from tree_sitter import Node

_PRIMARY = (Kind.STRING, Kind.STRINGS, Kind.CALL, Kind.SUBSCRIPT, Kind.ATTRIBUTE, Kind.PARENTHESES)
"""The expressions that no surrounding operator splits."""
_VALUES = (Kind.STRING, Kind.STRINGS, Kind.CALL)
"""Those of them that are always a value, and never a target."""
_HOLDERS = (
    *COLLECTIONS, *CHOICES, *DEFAULT_PARAMETERS, Kind.ASSIGNMENT, Kind.AUGMENTED_ASSIGNMENT, Kind.ARGUMENTS,
    Kind.KEYWORD_ARGUMENT, Kind.PAIR, Kind.RETURN, Kind.PARENTHESES, Kind.EXPRESSION_LIST, Kind.BINARY_OPERATOR,
    Kind.COMPARISON,
)  # fmt: skip
"""Possible parents of all of them."""
_BRACKETS = (*COLLECTIONS, Kind.DICTIONARY, Kind.ARGUMENTS, Kind.PARAMETERS, Kind.PARENTHESES)


def around(path: list[Node]) -> list[Node]:
    """The phrase in `path` (nodes, the innermost first) and its ancestors.

    Empty if there is none, or if it is within an f-string.
    """
    level = next((level for level, node in enumerate(path) if node.type in _VALUES), len(path))
    if level + 1 < len(path) and path[level + 1].type == Kind.STRINGS:
        level += 1
    if level + 1 >= len(path) or path[level + 1].type not in _HOLDERS:
        return []
    return [] if any(node.type == Kind.INTERPOLATION for node in path[level:]) else path[level:]


def is_in_brackets(path: list[Node]) -> bool:
    """Whether any of the nodes is in brackets, within which a line may end anywhere."""
    return any(node.type in _BRACKETS for node in path)


def is_primary(source: bytes) -> bool:
    """Whether a text is one expression that no surrounding operator splits. Raises UnparsedError."""
    root = syntax.parse(source, "python")
    statement = root.named_children[0] if root.named_child_count == 1 else None
    done = expression(statement) if statement is not None and statement.child_count == 1 else None
    return (
        not root.has_error
        and done is not None
        and done.type in _PRIMARY
        and syntax.span_of(done) == Span(0, len(source))
    )
