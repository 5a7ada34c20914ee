"""Taking statements, targets and items out of Python code so that what is left still parses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.languages.python import environment, syntax
from unspill.model import Span
from unspill.syntax import span_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes.moving import Changes


def statement(document: Document, node: Node) -> Changes:
    """Deletes a simple statement: its lines, or its part of a line. `pass` stays where a block would be empty."""
    parent = node.parent
    siblings = [child for child in parent.named_children if child.type != "comment"] if parent is not None else [node]
    # Fixes of one file are computed apart and applied together: if all of a block may go, `pass` stays for its first.
    may_all_go = syntax.same(siblings[0], node) and all(_is_env_write(document, other) for other in siblings[1:])
    if parent is not None and parent.type == "block" and may_all_go:
        return [(span_of(node), "pass")]
    at = next((index for index, child in enumerate(siblings) if syntax.same(child, node)), 0)
    before = siblings[at - 1] if at > 0 else None
    after = siblings[at + 1] if at + 1 < len(siblings) else None
    if after is not None and after.start_point.row == node.end_point.row:
        return [(Span(node.start_byte, after.start_byte), "")]
    if before is not None and before.end_point.row == node.start_point.row:
        return [(Span(before.end_byte, node.end_byte), "")]
    return [(_lines(document, node), "")]


def item(node: Node) -> Changes:
    """Deletes an element, pair or argument with the comma that goes with it."""
    parent = node.parent
    siblings = [child for child in parent.named_children if child.type != "comment"] if parent is not None else [node]
    at = next((index for index, child in enumerate(siblings) if syntax.same(child, node)), 0)
    if at + 1 < len(siblings):
        return [(Span(node.start_byte, siblings[at + 1].start_byte), "")]
    if at > 0:
        return [(Span(siblings[at - 1].end_byte, node.end_byte), "")]
    comma = node.next_sibling
    end = comma.end_byte if comma is not None and comma.type == "," else node.end_byte
    return [(Span(node.start_byte, end), "")]


def _lines(document: Document, node: Node) -> Span:
    starts = document.line_starts
    last = document.line_at(node.end_byte)
    end = starts[last + 1] if last + 1 < len(starts) else len(document.data)
    return Span(starts[document.line_at(node.start_byte)], end)


def _is_env_write(document: Document, node: Node) -> bool:
    """Whether a statement does nothing but write constants to the environment."""
    inner = node.named_children[0] if node.type == "expression_statement" and node.named_children else None
    if inner is None:
        return False
    if inner.type == "assignment":
        target = inner.child_by_field_name("left")
        value = target.child_by_field_name("value") if target is not None and target.type == "subscript" else None
        return syntax.qualified(document, value) == "os.environ"
    if inner.type == "call":
        return environment.callee(document, inner) in environment.SETTERS | {"os.environ.update"}
    return inner.type == "augmented_assignment"
