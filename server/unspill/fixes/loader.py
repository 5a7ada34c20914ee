"""Configuration without variable expansion: the value is removed, and set where a program loads the file."""

from __future__ import annotations

import posixpath
import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import Document, decode, line_end
from unspill.fixes import moving
from unspill.fixes.python import imports as python_imports
from unspill.fixes.python import reads
from unspill.model import Edit, Span
from unspill.semantics.python import calls, folding, statements, tree
from unspill.semantics.python.kinds import Kind, is_a
from unspill.space.files import files
from unspill.syntax import refusal, span_of, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from unspill.fixes import Project
    from unspill.model import Tree

_LOADS = frozenset(
    f"{module}.{function}"
    for module in ("json", "yaml", "toml", "tomli", "tomllib")
    for function in ("load", "loads", "safe_load", "full_load")
)
_MOST_FILES = 500
_KEY = re.compile(r"[\w. -]+\Z")


class Loader(NamedTuple):
    """Where a program loads a file, and the edits that set one of the values that it loads."""

    path: str
    line: int
    """0-based."""
    edits: tuple[Edit, ...]


def find(document: Document, project: Project, keys: Sequence[str], name: str) -> Loader | None:
    """The only place where the Space's programs load `document` into a variable; None if there are none or several.

    Its edits set the value under `keys`, as if read from the file, from the environment variable `name`.
    """
    base = posixpath.basename(document.path)
    said = [
        (program, string)
        for program in programs(project.tree, project.home(document.path).space.root)
        if base.encode() in program.data and not refusal(program, "python")
        for string in tree.find_all(program, Kind.STRING)
        if posixpath.basename(folding.string_value(string) or "") == base
    ]
    if len(said) != 1 or not keys or not all(map(_KEY.match, keys)):
        return None
    program, string = said[0]
    assignment = _load(program, string)
    reader = reads.reader(program, assignment) if assignment is not None else None
    if assignment is None or reader is None:
        return None
    line = program.line_at(assignment.start_byte)
    start, _ = program.line_span(line)
    _, end = program.line_span(program.line_at(assignment.end_byte))
    indent = program.text(Span(start, assignment.start_byte))
    if indent.strip() or program.data[assignment.end_byte : end].strip():
        return None
    target = text_of(assignment.child_by_field_name("left")) + "".join(
        f"[{reader.quote}{key}{reader.quote}]" for key in keys
    )
    added = f"{line_end(program.data)}{indent}{target} = {reader.required(name)}"
    imports = python_imports.edits(program, reader.imports)
    if imports is None:
        return None
    changes = [(Span(end, end), added), *imports]
    if not moving.still_parses(program, changes, "python"):
        return None
    return Loader(program.path, line, tuple(Edit(program.path, span, text) for span, text in changes))


def programs(tree: Tree, folder: str, most: int = _MOST_FILES) -> Iterator[Document]:
    """The Python files of the app in a folder: the first `most`, those nearest to its root first."""
    for path in islice((path for path in files(tree, folder) if path.endswith(".py")), most):
        yield Document(decode(tree.read(path) or b"")[0], path, "python")


def _load(program: Document, string: Node) -> Node | None:
    """The assignment of what is loaded from the file that `string` names: directly, or in a `with` that opens it."""
    for parent in tree.ancestors(program, string):
        if is_a(parent, Kind.CALL) and calls.callee(program, parent) in _LOADS:
            return _assignment(parent)
        if is_a(parent, Kind.WITH_CLAUSE):
            return _load_in(program, parent)
        if statements.is_statement(parent):
            return None
    return None


def _load_in(program: Document, clause: Node) -> Node | None:
    """The assignment of what is loaded from the file that a `with` opens."""
    targets = (node for node in walk(clause) if is_a(node, Kind.AS_TARGET))
    opened = text_of(next(targets, None))
    if not opened or clause.parent is None:
        return None
    whole, known = span_of(clause.parent), calls.by_name(program)
    loads = [
        call
        for call in (call for name in _LOADS for call in known.get(name, ()))
        if whole.contains(span_of(call)) and text_of(calls.argument(call, 0)) in (opened, f"{opened}.read()")
    ]
    return _assignment(loads[0]) if len(loads) == 1 else None


def _assignment(call: Node) -> Node | None:
    assignment = call.parent
    if assignment is None or statements.assigned_name(assignment) is None:
        return None
    is_value = tree.same(assignment.child_by_field_name("right"), call)
    return assignment if is_value and is_a(assignment.parent, Kind.EXPRESSION_STATEMENT) else None
