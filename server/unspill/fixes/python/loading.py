"""Code that runs before `load_dotenv()`: there the environment does not yet have what `.env` holds (§6.8, 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.document import apply_edits
from unspill.fixes.python import removal
from unspill.fixes.python.reads import line_end
from unspill.languages.python import environment, syntax
from unspill.model import Span
from unspill.sites import EnvAssignment
from unspill.syntax import span_of, text_of, walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes.python.context import Change, Context

_IMPORTS = ("import_statement", "import_from_statement", "future_import_statement", "comment")


def in_order(context: Context, change: Change) -> Change:
    """`change`, with a module's assignment moved behind `load_dotenv()`, or withheld if that cannot be done."""
    document = context.document
    statement = _module_statement(document, context.node)
    if statement is None or not change.changes or not change.declared:
        return change
    load = document.memo(_first_load)
    if load is None or load.start_byte <= statement.start_byte:
        return change
    between = [
        node
        for node in syntax.root(document).named_children
        if statement.end_byte <= node.start_byte < load.start_byte and node.type not in _IMPORTS
    ]
    if isinstance(context.site, EnvAssignment) and not between:
        return change
    name = _constant(statement)
    if name is None or not _is_text(statement) or any(_mentions(node, name) for node in (*between, load)):
        line = document.position(load.start_byte).line + 1
        return change._replace(
            withheld=f"load_dotenv() runs later, on line {line}: move it above this statement first."
        )
    return change._replace(changes=_moved(document, statement, load, change))


def _module_statement(document: Document, node: Node) -> Node | None:
    """The statement of the module that evaluates `node` when it runs; None inside a function's body."""
    child = node
    for parent in syntax.ancestors(document, node):
        if parent.type in ("function_definition", "lambda") and syntax.same(parent.child_by_field_name("body"), child):
            return None
        if parent.type == "module":
            return child
        child = parent
    return None


def _first_load(document: Document) -> Node | None:
    """The first statement of the module that calls `load_dotenv`."""
    return next((node for node in syntax.root(document).named_children if _is_load(document, node)), None)


def _is_load(document: Document, node: Node) -> bool:
    call = node.named_children[0] if node.type == "expression_statement" and node.named_children else None
    if call is not None and call.type == "assignment":
        call = call.child_by_field_name("right")
    return (
        call is not None
        and call.type == "call"
        and environment.callee(document, call).rsplit(".", 1)[-1] == "load_dotenv"
    )


def _constant(statement: Node) -> str | None:
    """The name that a statement binds, if it does nothing else."""
    inner = statement.named_children[0] if statement.type == "expression_statement" else None
    left = inner.child_by_field_name("left") if inner is not None and inner.type == "assignment" else None
    return text_of(left) if left is not None and left.type == "identifier" else None


def _is_text(node: Node) -> bool:
    """Whether a node's bytes are UTF-8, so that an edit can hold them."""
    return (node.text or b"").decode("utf-8", "replace").encode() == node.text


def _mentions(node: Node, name: str) -> bool:
    return any(child.type == "identifier" and text_of(child) == name for child in walk(node))


def _moved(document: Document, statement: Node, load: Node, change: Change) -> list[tuple[Span, str]]:
    start = statement.start_byte
    inside = [(Span(span.start - start, span.end - start), text) for span, text in change.changes]
    text = apply_edits(document.data[slice(*span_of(statement))], inside).decode()
    end = load.end_byte
    return [*removal.statement(document, statement), (Span(end, end), line_end(document) + text)]
