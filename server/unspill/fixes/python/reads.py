"""How Python code reads a name from the environment at a given place: the expression, and the import it needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill.languages.python import syntax
from unspill.model import Span
from unspill.syntax import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.document import Document

_SCOPES = ("function_definition", "lambda", "class_definition", "module")
_COMPREHENSIONS = (
    "list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression",
)  # fmt: skip
_PATTERNS = ("pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "dictionary_splat_pattern")
_PARAMETERS = ("parameters", "lambda_parameters")
_NAMED_PARAMETERS = ("default_parameter", "typed_default_parameter", "typed_parameter")


class Reader(NamedTuple):
    """Reads names from the environment: `subscript` and `getter` go in front of `["X"]` and `("X")`."""

    subscript: str
    getter: str
    quote: str
    imports: tuple[str, ...] = ()
    """Import statements to add."""

    def required(self, name: str, quote: str = "") -> str:
        """An expression that fails without the name; `quote` is the one to use when the file's own would not do."""
        quote = quote or self.quote
        return f"{self.subscript}[{quote}{name}{quote}]"

    def optional(self, name: str) -> str:
        """An expression that gives None without the name."""
        return f"{self.getter}({self.quote}{name}{self.quote})"


def reader(document: Document, at: Node) -> Reader | None:
    """How the code at `at` can read the environment; None if every name for it means something else there."""
    quote = quote_style(document)
    names = syntax.imports(document)
    for local, meaning in names.items():
        if meaning == "os" and visibility(document, at, local, "os") == "bound":
            return Reader(f"{local}.environ", f"{local}.getenv", quote)
    for local, meaning in names.items():
        if meaning == "os.environ" and visibility(document, at, local, meaning) == "bound":
            getenv = next(
                (
                    name
                    for name, what in names.items()
                    if what == "os.getenv" and visibility(document, at, name, what) == "bound"
                ),
                f"{local}.get",
            )
            return Reader(local, getenv, quote)
    if visibility(document, at, "os", "os") == "unbound":
        return Reader("os.environ", "os.getenv", quote, ("import os",))
    if visibility(document, at, "environ", "os.environ") == "unbound":
        return Reader("environ", "environ.get", quote, ("from os import environ",))
    return None


def imported(document: Document, at: Node, module: str, name: str) -> tuple[str, tuple[str, ...]] | None:
    """What `module.name` is called at `at`, and the import statements that it needs; None if the name is taken."""
    names = syntax.imports(document)
    for local, meaning in names.items():
        if meaning == f"{module}.{name}" and visibility(document, at, local, meaning) == "bound":
            return local, ()
    for local, meaning in names.items():
        if meaning == module and visibility(document, at, local, meaning) == "bound":
            return f"{local}.{name}", ()
    if visibility(document, at, name, f"{module}.{name}") == "unbound":
        return name, (f"from {module} import {name}",)
    return None


def quote_style(document: Document) -> str:
    """The quote that the file plainly prefers for its short strings; `"` in doubt."""
    return document.memo(_quote_style)


def _quote_style(document: Document) -> str:
    starts = [text_of(node) for node in syntax.find_all(document, "string_start")]
    single = sum(start.endswith("'") and not start.endswith("'''") for start in starts)
    double = sum(start.endswith('"') and not start.endswith('"""') for start in starts)
    return "'" if single > 3 * double else '"'


def visibility(document: Document, at: Node, name: str, meaning: str) -> str:
    """Whether `name` stands for `meaning` where `at` is evaluated: `bound`, `unbound` or `shadowed`.

    `unbound` is a name that a new import at the top of the module would bind.
    """
    bindings = document.memo(_by_scope, name)
    for scope in _scopes(document, at):
        here = bindings.get(scope.id, ())
        if not here:
            continue
        if any(what != meaning for _, what in here):
            return "shadowed"
        before = any(node.start_byte < at.start_byte and _block_holds(node, at) for node, _ in here)
        if before:
            return "bound"
        return "unbound" if scope.type == "module" else "shadowed"
    return "unbound"


def _by_scope(document: Document, name: str) -> dict[int, list[tuple[Node, str]]]:
    """What binds `name` in each scope, by the scope's id."""
    found: dict[int, list[tuple[Node, str]]] = {}
    for node, what in _bindings(document, name):
        scope = _scope_of(document, node)
        if scope is not None:
            found.setdefault(scope.id, []).append((node, what))
    return found


def _scopes(document: Document, at: Node) -> Iterator[Node]:
    """The scopes whose names `at` sees, innermost first. A class's names are seen in its own body alone."""
    inner, child = True, at
    for node in syntax.ancestors(document, at):
        if node.type == "module" or node.type in _COMPREHENSIONS:
            yield node
        elif node.type in _SCOPES and syntax.same(node.child_by_field_name("body"), child):
            if inner or node.type != "class_definition":
                yield node
            inner = False
        child = node


def _bindings(document: Document, name: str) -> Iterator[tuple[Node, str]]:
    """Where `name` is bound, and to what: the dotted name of an import, "" for anything else."""
    for node in syntax.names(document, name):
        statement = syntax.enclosing(document, node, "import_statement", "import_from_statement")
        if statement is not None:
            bound = syntax.bound_by_import(statement)
            if name in bound:
                yield statement, bound[name]
        elif _is_bound_here(node):
            yield node, ""


def _is_bound_here(node: Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type in _PATTERNS:
        node, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type in (*_PARAMETERS, "as_pattern_target", "global_statement", "typed_parameter"):
        return True
    field = {"named_expression": "name", "function_definition": "name", "class_definition": "name"}.get(parent.type)
    if parent.type in _NAMED_PARAMETERS:
        field = "name"
    elif parent.type in ("assignment", "augmented_assignment", "for_statement", "for_in_clause"):
        field = "left"
    return field is not None and syntax.same(parent.child_by_field_name(field), node)


def _scope_of(document: Document, node: Node) -> Node | None:
    """The scope in which a binding holds."""
    child = node
    for parent in syntax.ancestors(document, node):
        own_name = parent.type in ("function_definition", "class_definition") and syntax.same(
            parent.child_by_field_name("name"), child
        )
        if (parent.type in _SCOPES or parent.type in _COMPREHENSIONS) and not own_name:
            return parent
        child = parent
    return None


def _block_holds(statement: Node, at: Node) -> bool:
    """Whether `at` lies in the block of an import, so that the import has run before."""
    parent = statement.parent
    return parent is not None and parent.start_byte <= at.start_byte and at.end_byte <= parent.end_byte


def import_edit(document: Document, imports: tuple[str, ...]) -> list[tuple[Span, str]] | None:
    """The edit that adds import statements: behind the docstring and `from __future__`, before everything else.

    None if there is nothing else, as in a document too broken to tell its statements.
    """
    if not imports:
        return []
    newline = line_end(document)
    before, target = document.memo(_first_statement)
    if target is None:
        return None
    start = document.line_starts[document.line_at(target.start_byte)]
    if before is not None and before.end_byte > start:
        return [(Span(target.start_byte, target.start_byte), "; ".join(imports) + "; ")]
    text = newline.join(imports) + newline
    if target.type not in ("import_statement", "import_from_statement"):
        text += newline
        start = _above_comments(document, target, start)
    return [(Span(start, start), text)]


def _first_statement(document: Document) -> tuple[Node | None, Node | None]:
    """The first statement of the module behind its docstring and `from __future__`, and the one before it."""
    before = None
    for node in syntax.root(document).children:
        if not node.is_named or node.type == "comment":
            continue
        if node.type != "future_import_statement" and (before is not None or not _is_docstring(node)):
            return before, node
        before = node
    return before, None


def _is_docstring(statement: Node) -> bool:
    """Whether a statement is a string; one with expressions in it is code."""
    strings = statement.named_children if statement.named_child_count == 1 else []
    return any(one.type == "string" and all(part.type != "interpolation" for part in one.children) for one in strings)


def _above_comments(document: Document, target: Node, start: int) -> int:
    """Where the comments that belong to a statement begin; `start` if they are the head of the file."""
    line = document.line_at(start)
    top = line
    while top > 0 and document.data[slice(*document.line_span(top - 1))].startswith(b"#"):
        top -= 1
    return start if top == 0 or target.parent is None else document.line_starts[top]


def line_end(document: Document) -> str:
    """What the document's first line ends with; a newline if it has one line."""
    match = re.search(rb"\r\n|\n|\r", document.data)
    return match[0].decode() if match else "\n"
