"""A declared secret that leaks: what shows it is removed where nothing else is needed. The rest is for the author."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.fixes.python import removal
from unspill.model import Edit, Fix, Plan, Safety
from unspill.semantics.python import tree
from unspill.semantics.python.kinds import Kind, is_a
from unspill.semantics.python.names import dotted
from unspill.syntax import span_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.fixes.moving import Changes
    from unspill.model import Finding

_FIELDS = frozenset("Textbox Text TextArea text_input text_area".split())
"""What a visitor may fill in: it may be empty at first."""
_EMPTY = "A visitor must enter a key: where none is entered, read the secret in the function that makes the request."
_SILENT = "What it says is lost: print whether the secret is set if that is of use."


def plan(finding: Finding, document: Document, _project: Project) -> Plan:
    """Remove `value=secret` of a field, or a `print` of nothing but the secret and texts."""
    node = tree.root(document).named_descendant_for_byte_range(*finding.span)
    if node is None or span_of(node) != finding.span or tree.is_broken(document, node):
        return Plan(withheld=finding.docs)
    fix = _without_value(document, node) or _without_print(document, node)
    return Plan((fix,)) if fix is not None else Plan(withheld=finding.docs)


def _without_value(document: Document, node: Node) -> Fix | None:
    given = tree.parent(document, node)
    call = tree.enclosing(document, node, Kind.CALL) if is_a(given, Kind.KEYWORD_ARGUMENT) else None
    if call is None or not is_a(given, Kind.KEYWORD_ARGUMENT):
        return None
    name = text_of(given.child_by_field_name("name"))
    field = dotted(call.child_by_field_name("function")).rpartition(".")[2]
    if name != "value" or field not in _FIELDS:
        return None
    return _fix(document, "Let the field start empty", removal.item(given), _EMPTY)


def _without_print(document: Document, node: Node) -> Fix | None:
    call = tree.enclosing(document, node, Kind.CALL)
    if call is not None and span_of(call) == span_of(node):
        call = tree.enclosing(document, call, Kind.CALL)
    statement = tree.parent(document, call) if call is not None else None
    if call is None or not is_a(statement, Kind.EXPRESSION_STATEMENT) or not _is_print(statement):
        return None
    arguments = tree.items(call.child_by_field_name("arguments"))
    if not all(_insertions(one) <= tree.same(one, node) and _is_shown(one, node) for one in arguments):
        return None
    block = tree.items(statement.parent)
    changes = removal.statement(document, statement)
    # Fixes of one file are computed separately and applied together: all of these may go.
    if is_a(statement.parent, Kind.BLOCK) and tree.same(block[0], statement) and all(map(_is_print, block)):
        changes = [(span_of(statement), "pass")]
    return _fix(document, "Remove the line that prints it", changes, _SILENT)


def _is_shown(argument: Node, node: Node) -> bool:
    return tree.same(argument, node) or is_a(argument, Kind.STRING)


def _insertions(argument: Node) -> int:
    """How many values are put into a text."""
    return sum(is_a(child, Kind.INTERPOLATION) for child in argument.named_children)


def _is_print(statement: Node) -> bool:
    call = statement.named_children[0] if statement.named_child_count == 1 else None
    is_alone = is_a(statement, Kind.EXPRESSION_STATEMENT) and is_a(call, Kind.CALL)
    return is_alone and call is not None and text_of(call.child_by_field_name("function")) == "print"


def _fix(document: Document, title: str, changes: Changes, reason: str) -> Fix:
    edits = tuple(Edit(document.path, span, text) for span, text in changes)
    return Fix(title, Safety.UNSAFE, edits, reason=reason)
