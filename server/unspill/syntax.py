"""Syntax trees: the tree-sitter parsers, and the tree walks that the languages share.

Every offset of a tree is a byte offset into the parsed data, as everywhere else.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import TYPE_CHECKING

from unspill import budget, nesting
from unspill.document import apply_edits
from unspill.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Language, Node, Parser, Query, Tree

    from unspill.document import Document


_WORD = re.compile(rb"[\w$\x80-\xff]")
_LOOKING_AHEAD = frozenset(["bash"])
"""Grammars whose scanner may read on to the end of the text at each word: that for Bash does after `f()`."""
_SHARED = {"tsx": ("typescript", "language_tsx"), "typescript": ("typescript", "language_typescript")}
"""Grammars of a package with several: the package, and the function of each. That of TSX parses JavaScript, too."""
_SMALL = 1 << 14
"""Bytes of a text that may be read to its end at each word."""
_PIECE = 4096
"""Bytes that a parser is given at a time."""
_FIRST, _EACH = 20_000_000, 50
"""Bytes that a parser may read of any text, and more for each byte of it. Of 16,000 real files none takes a tenth."""
TOO_DEEP = "nested too deeply to parse"


class UnparsedError(Exception):
    """A text is not parsed. The message is a predicate of the text, such as `TOO_DEEP`."""


@cache
def _language(grammar: str) -> Language:
    from tree_sitter import Language

    package, function = _SHARED.get(grammar, (grammar, "language"))
    return Language(getattr(importlib.import_module(f"tree_sitter_{package}"), function)())


@cache
def _parser(grammar: str) -> Parser:
    from tree_sitter import Parser

    return Parser(_language(grammar))


def query(source: str, grammar: str) -> Query:
    """A query in tree-sitter's language, cached since it is slow to create."""
    from tree_sitter import Query

    return Query(_language(grammar), source)


def find_all(root: Node, grammar: str, *types: str) -> list[Node]:
    """The nodes of these types below `root`, in order, parents before children."""
    from tree_sitter import QueryCursor

    found = QueryCursor(_types(grammar, *types)).captures(root).get("it", [])
    return sorted(found, key=lambda node: (node.start_byte, -node.end_byte))


@cache
def _types(grammar: str, *types: str) -> Query:
    return query(" ".join(f"({kind}) @it" for kind in types), grammar)


def parent(document: Document, node: Node, grammar: str) -> Node | None:
    """The parent of a node of the document's tree.

    One descent serves a node and all of its ancestors: `Node.parent` starts at the root each time.
    Raises OverBudgetError.
    """
    known = document.memo(_parents, grammar)
    if node.id not in known:
        above: Node | None = tree(document, grammar)
        levels = 0
        while above is not None and above.id != node.id:
            child = above.child_with_descendant(node)
            if child is not None:
                known[child.id] = above
            above = child
            levels += 1
        budget.spend(document, levels)
    return known.get(node.id)


def _parents(_document: Document, _grammar: str) -> dict[int, Node]:
    """The parents known so far, by the id of the child."""
    return {}


def parse(data: bytes, grammar: str) -> Node:
    """The root of the tree of `data`; `grammar` is the last part of the package's name (`bash`, `containerfile`).

    Raises UnparsedError.
    """
    if nesting.is_deep(data, grammar):
        raise UnparsedError(TOO_DEEP)
    return _run(grammar, data).root_node


def tree(document: Document, grammar: str) -> Node:
    """The root of the tree of a document, parsed once for each grammar. Raises UnparsedError."""
    return _tree(document, grammar).root_node


def tree_after(document: Document, changes: Sequence[tuple[Span, str]], grammar: str) -> Node:
    """The root of the tree of a document with disjoint spans replaced, reparsed incrementally.

    Raises UnparsedError.
    """
    after = apply_edits(document.data, changes)
    old = _tree(document, grammar).copy()
    if nesting.may_become_deep(document.memo(_depth, grammar), [text for _, text in changes]):
        return parse(after, grammar)
    for span, text in sorted(changes, reverse=True):
        new = text.encode()
        start = _point(document.data, span.start)
        old.edit(
            span.start, span.end, span.start + len(new), start, _point(document.data, span.end), _end_point(start, new)
        )
    return _run(grammar, after, old).root_node


def refusal(document: Document, grammar: str) -> str:
    """Why a document is not parsed, as in `UnparsedError`; "" if it may be. Does not parse."""
    return TOO_DEEP if document.memo(_depth, grammar) > nesting.LIMIT else ""


def _tree(document: Document, grammar: str) -> Tree:
    if reason := refusal(document, grammar):
        raise UnparsedError(reason)
    found = document.memo(_parsed, grammar)
    if found is None:
        raise UnparsedError(budget.TOO_COMPLEX)
    return found


def _parsed(document: Document, grammar: str) -> Tree | None:
    try:
        return _run(grammar, document.data)
    except UnparsedError:
        budget.exhaust(document)
        return None


def _run(grammar: str, data: bytes, old: Tree | None = None) -> Tree:
    """The tree of `data`; of the `old` one, which has been edited, what is as it was is taken over.

    Raises UnparsedError for a text that the scanner of the grammar reads again and again.
    """
    if old is not None:
        return _parser(grammar).parse(data, old)
    if grammar in _LOOKING_AHEAD and len(data) > _SMALL and not _is_read_once(grammar, data):
        raise UnparsedError(budget.TOO_COMPLEX)
    return _parser(grammar).parse(data)


def _is_read_once(grammar: str, data: bytes) -> bool:
    """Whether parsing reads about as much as `data` has, told by the pieces that the parser asks for.

    The tree of such a parse is of no use: a node's text would be read from the pieces, too.
    """
    left = _FIRST + _EACH * len(data)

    def read(offset: int, _point: object) -> bytes:
        nonlocal left
        left -= _PIECE
        return data[offset : offset + _PIECE] if left >= 0 else b""

    _parser(grammar).parse(read)
    return left >= 0


def _depth(document: Document, grammar: str) -> int:
    return nesting.depth(document.data, grammar)


def _point(data: bytes, offset: int) -> tuple[int, int]:
    """The 0-based row of a byte offset and its column in bytes, as in the parsers."""
    return data.count(b"\n", 0, offset), offset - data.rfind(b"\n", 0, offset) - 1


def _end_point(start: tuple[int, int], text: bytes) -> tuple[int, int]:
    """The end of a text that starts at a point."""
    row, column = _point(text, len(text))
    return start[0] + row, column if row else start[1] + column


def follows_word(data: bytes, offset: int) -> bool:
    """Whether a name inserted at a byte offset would touch a word before it."""
    return _WORD.match(data, max(0, offset - 1), offset) is not None


def span_of(node: Node) -> Span:
    """The bytes of a node."""
    return Span(node.start_byte, node.end_byte)


def text_of(node: Node | None) -> str:
    """The characters of a node; "" for None."""
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""


def enclosing(root: Node, span: Span) -> list[Node]:
    """The nodes that contain `span`, the innermost first; empty if outside of the tree.

    One descent with a cursor: `Node.parent` starts at the root each time.
    """
    if not span_of(root).contains(span):
        return []
    path, cursor = [root], root.walk()
    while cursor.goto_first_child_for_byte(span.start) is not None and cursor.node is not None:
        while cursor.node.end_byte <= span.start and cursor.goto_next_sibling():
            pass
        if not span_of(cursor.node).contains(span):
            break
        path.append(cursor.node)
    return path[::-1]


def first(path: list[Node], *types: str) -> Node | None:
    """The first node of `path` that has one of the types."""
    return next((node for node in path if node.type in types), None)


def walk(root: Node) -> Iterator[Node]:
    """Every node, parents before children, in the order of the text."""
    cursor = root.walk()
    while True:
        if cursor.node is not None:
            yield cursor.node
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def spans(root: Node, *types: str) -> tuple[Span, ...]:
    """The bytes of every node that has one of the types, in the order of the text."""
    return tuple(span_of(node) for node in walk(root) if node.type in types)


def errors(root: Node) -> int:
    """The number of syntax errors in the tree; a missing line end is one, though no node of the walk tells it."""
    return max(1, sum(node.is_error or node.is_missing for node in walk(root))) if root.has_error else 0
