"""`load_dotenv()`: code that runs before it does not have the values of `.env` yet; and a call of it where none is."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from unspill.document import apply_edits, line_end
from unspill.fixes import declare, moving
from unspill.fixes.python import imports, removal
from unspill.model import Safety, Span, Stored
from unspill.semantics.python import calls, names, statements, tree
from unspill.semantics.python.kinds import IMPORTS, Kind, is_a
from unspill.sites import EnvAssignment
from unspill.syntax import span_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.fixes.moving import Changes
    from unspill.fixes.python.context import Change, FixContext
    from unspill.model import Fix

_REQUIREMENTS = "requirements.txt"


def in_order(context: FixContext, change: Change) -> Change:
    """`change`, with a module's assignment moved after `load_dotenv()`, or withheld if that is not possible."""
    document = context.document
    statement = statements.of_module(document, context.node)
    if statement is None or not change.changes or not change.declared:
        return change
    load = document.memo(_first_load)
    if load is None or load.start_byte <= statement.start_byte:
        return change
    between = [
        node
        for node in tree.items(tree.root(document))
        if statement.end_byte <= node.start_byte < load.start_byte and not is_a(node, *IMPORTS, Kind.IMPORT_FUTURE)
    ]
    if isinstance(context.site, EnvAssignment) and not between:
        return change
    name = statements.assigned_name(statements.expression(statement))
    if name is None or not _is_text(statement) or any(names.mentions(node, name) for node in (*between, load)):
        line = document.position(load.start_byte).line + 1
        return change._replace(
            withheld=f"load_dotenv() runs later, on line {line}: move it above this statement first."
        )
    return change._replace(changes=_moved(document, statement, load, change))


def loaded(context: FixContext, change: Change, project: Project) -> Fix | None:
    """The fix that also has a program at the top of its Space load `.env`; None for others, or where one does."""
    document, tree_ = context.document, project.tree
    home = project.home(document.path).space
    if posixpath.dirname(document.path) != home.root or not change.declared or project.loads_env(document.path):
        return None
    changes = _with_load(document, change)
    if changes is None or not moving.still_parses(document, changes, "python"):
        return None
    name, path = context.target.name, home.path(_REQUIREMENTS)
    title = f"Read {name} from the environment, and load .env"
    reason = "Install python-dotenv, and add it to the dependencies."
    stored = Stored(name, context.target.secret)
    fix = moving.move(document, title, stored, changes, safety=Safety.UNSAFE, reason=reason)
    listed = tree_.read(path)
    is_listed = listed is not None and b"dotenv" in listed
    added = [] if is_listed or (listed is None and not home.sdk) else declare.append(tree_, path, ["python-dotenv"])
    return fix._replace(edits=(*fix.edits, *added))


def _with_load(document: Document, change: Change) -> Changes | None:
    """The changes, with `load_dotenv()` after the imports at the top."""
    added = imports.edits(document, (*change.imports, "from dotenv import load_dotenv"))
    newline, at = line_end(document.data), imports.end(document)
    if added is None:
        return None
    changes, call = sorted([*change.changes, *added]), f"load_dotenv(){newline}"
    if at is None:  # there were none: the call comes after those that are added
        span, text = added[0]
        return sorted([*change.changes, (span, f"{text}{call}{newline}")])
    for index, (span, text) in enumerate(changes):
        if span.start == at:
            is_import = span.end == at
            changes[index] = (span, f"{text}{newline}{call}" if is_import else f"{newline}{call}{text}")
            return changes
    return sorted([*changes, (Span(at, at), f"{newline}{call}")])


def _first_load(document: Document) -> Node | None:
    """The first statement of the module that calls `load_dotenv`."""
    return next((node for node in tree.root(document).named_children if _is_load(document, node)), None)


def _is_load(document: Document, node: Node) -> bool:
    call = statements.call_of(node)
    return call is not None and calls.last_name(calls.callee(document, call)) == "load_dotenv"


def _is_text(node: Node) -> bool:
    """Whether a node's bytes are UTF-8, so that an edit can hold them."""
    return (node.text or b"").decode("utf-8", "replace").encode() == node.text


def _moved(document: Document, statement: Node, load: Node, change: Change) -> list[tuple[Span, str]]:
    start = statement.start_byte
    inside = [(Span(span.start - start, span.end - start), text) for span, text in change.changes]
    text = apply_edits(document.data[slice(*span_of(statement))], inside).decode()
    end = load.end_byte
    return [*removal.statement(document, statement), (Span(end, end), line_end(document.data) + text)]
