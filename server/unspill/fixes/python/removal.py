"""Removing statements, targets and items from Python code so that the rest still parses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.languages.python import environment
from unspill.model import Span
from unspill.semantics.python import tree
from unspill.semantics.python.kinds import Kind, is_a
from unspill.syntax import span_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes.moving import Changes


def statement(document: Document, node: Node) -> Changes:
    """Delete a simple statement: its lines, or its part of a line. `pass` replaces it where a block would be empty."""
    siblings = tree.items(node.parent)
    # Fixes of one file are computed separately and applied together: if a whole block may go, its first becomes `pass`.
    may_all_go = tree.same(siblings[0], node) and all(environment.is_write(document, one) for one in siblings[1:])
    if is_a(node.parent, Kind.BLOCK) and may_all_go:
        return [(span_of(node), "pass")]
    before, after = _neighbours(node, siblings)
    # By the document's lines: a row of the parser may be several, where `\r` ends them.
    if after is not None and document.line_at(after.start_byte) == document.line_at(node.end_byte):
        return [(Span(node.start_byte, after.start_byte), "")]
    if before is not None and document.line_at(before.end_byte) == document.line_at(node.start_byte):
        return [(Span(before.end_byte, node.end_byte), "")]
    return [(_lines(document, node), "")]


def item(node: Node) -> Changes:
    """Delete an element, pair or argument with its comma."""
    before, after = _neighbours(node, tree.items(node.parent))
    if after is not None:
        return [(Span(node.start_byte, after.start_byte), "")]
    if before is not None:
        return [(Span(before.end_byte, node.end_byte), "")]
    comma = tree.comma_after(node)
    return [(Span(node.start_byte, node.end_byte if comma is None else comma.end_byte), "")]


def _neighbours(node: Node, siblings: list[Node]) -> tuple[Node | None, Node | None]:
    """The siblings before and after a node."""
    at = next((index for index, child in enumerate(siblings) if tree.same(child, node)), 0)
    return siblings[at - 1] if at > 0 else None, siblings[at + 1] if at + 1 < len(siblings) else None


def _lines(document: Document, node: Node) -> Span:
    starts = document.line_starts
    last = document.line_at(node.end_byte)
    end = starts[last + 1] if last + 1 < len(starts) else len(document.data)
    return Span(starts[document.line_at(node.start_byte)], end)
