"""Defaults that Python evaluates at definition time, or that a tool shows: parameters, fields, options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.document import line_end
from unspill.fixes.python import reads, removal
from unspill.fixes.python.context import Change, FixContext
from unspill.languages.python import readers, settings
from unspill.model import Span
from unspill.semantics.python import calls, classes, folding, statements, tree
from unspill.semantics.python.kinds import DEFAULT_PARAMETERS, FUNCTIONS, Kind, is_a
from unspill.syntax import span_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_OPTIONAL = ("str", "bytes")
"""The annotations that get `| None`; a library may interpret others."""
_FACTORIES = {
    "dataclasses.field": "default_factory", "pydantic.Field": "default_factory",
    "attrs.field": "factory", "attr.ib": "factory", "attr.field": "factory",
}  # fmt: skip
_MODELS = frozenset(["BaseModel", "pydantic.BaseModel"])
_DATACLASSES = frozenset(["dataclass", "dataclasses.dataclass"])
_PUBLISHED = frozenset(["Query", "Header", "Cookie", "Form", "Body", "Path", "File"])


def parameter(context: FixContext) -> Change | None:
    """`None` in the signature, the read in the first line of the body: help and schemas do not show the value."""
    parameter = context.node.parent
    function = tree.enclosing(context.document, context.node, *FUNCTIONS)
    body = function.child_by_field_name("body") if function is not None else None
    name = parameter.child_by_field_name("name") if parameter is not None else None
    if parameter is None or not is_a(function, Kind.FUNCTION) or body is None or name is None:
        return None
    first = next(iter(tree.items(body)), None)
    reader = reads.reader(context.document, first) if first is not None else None
    if first is None or reader is None:
        return None
    inside = context._replace(reader=reader)
    value = inside.rewritten()
    if value is None:
        return None
    changes = [(span_of(context.node), "None")]
    kind = parameter.child_by_field_name("type")
    if kind is not None and text_of(kind) in _OPTIONAL and context.python >= (3, 10):
        changes.append((Span(kind.end_byte, kind.end_byte), " | None"))
    line = f"{text_of(name)} = {text_of(name)} or {value}"
    return Change([*changes, _first_line(context, first, line)], inside.imports)


def _first_line(context: FixContext, first: Node, line: str) -> tuple[Span, str]:
    """The edit that puts `line` before the first statement of a body, or after it if that is a docstring."""
    document = context.document
    newline = line_end(document.data)
    start = document.line_starts[document.line_at(first.start_byte)]
    indent = document.text(Span(start, first.start_byte))
    if indent.strip():
        return Span(first.start_byte, first.start_byte), f"{line}; "
    if statements.is_docstring(first):
        return Span(first.end_byte, first.end_byte), f"{newline}{indent}{line}"
    return Span(first.start_byte, first.start_byte), f"{line}{newline}{indent}"


def field(context: FixContext) -> Change | None:
    """A field is read when its object is created, and excluded from the repr; settings classes read it themselves."""
    document, assignment = context.document, context.node.parent
    owner = tree.enclosing(document, context.node, Kind.CLASS)
    if owner is None or not is_a(assignment, Kind.ASSIGNMENT):
        return None
    kind = assignment.child_by_field_name("type")
    if kind is None or "ClassVar" in text_of(kind):
        return None
    name = (context.site.name or "").upper()
    if settings.is_settings(document, owner):
        if context.is_whole and name == context.target.name and "env_prefix" not in text_of(owner):
            return Change([(Span(kind.end_byte, context.node.end_byte), "")])
        return _factory(context, "pydantic", "Field")
    if not _MODELS.isdisjoint(classes.bases(document, owner)):
        return _factory(context, "pydantic", "Field")
    is_dataclass = not _DATACLASSES.isdisjoint(classes.decorators(document, owner))
    return _factory(context, "dataclasses", "field") if is_dataclass else None


def _factory(context: FixContext, module: str, name: str) -> Change | None:
    value = context.rewritten()
    found = reads.imported(context.document, context.node, module, name)
    if value is None or found is None:
        return None
    function, imports = found
    text = f"{function}(default_factory=lambda: {value}, repr=False)"
    return Change([(span_of(context.node), text)], (*context.imports, *imports))


def argument(context: FixContext) -> Change | None:
    """Arguments that declare a field or an option; any other argument is replaced by the read."""
    call, holder = tree.enclosing(context.document, context.node, Kind.CALL), context.node.parent
    if call is None or holder is None:
        return None
    called = calls.callee(context.document, call)
    last = calls.last_name(called)
    keyword = calls.keyword_of(holder)
    is_default = keyword == "default" or (keyword is None and tree.same(calls.argument(call, 0), context.node))
    if not is_default:
        return None
    factory = _FACTORIES.get(called) or {"Field": "default_factory", "field": "default_factory"}.get(called)
    value = context.rewritten()
    if factory is not None and value is not None:
        node = holder if keyword is not None else context.node
        hidden = "" if calls.keyword(call, "repr") is not None else ", repr=False"
        return Change([(span_of(node), f"{factory}=lambda: {value}{hidden}")], context.imports)
    if last in _PUBLISHED and is_a(call.parent, *DEFAULT_PARAMETERS):
        return Change(
            withheld="The API schema publishes the default: set it to None, and read the environment in the body."
        )
    if last == "add_argument" and keyword is not None and context.is_whole:
        # None is not shown in --help, and the parser's own checks still apply.
        return Change([(span_of(context.node), context.reader.optional(context.target.name))], context.imports)
    if last in readers.OPTIONS and context.is_whole:
        return option(context, call)
    return None


def option(context: FixContext, call: Node) -> Change | None:
    """Options of click and typer read the environment themselves, and do not show the value in their help."""
    holder, name = context.node.parent, context.target.name
    if holder is None:
        return None
    quote = context.reader.quote
    is_typer = calls.last_name(calls.callee(context.document, call))[0].isupper()
    envvar = calls.keyword(call, "envvar")
    if envvar is not None and folding.string_value(envvar) != name:
        return None
    added = [] if envvar is not None else [f"envvar={quote}{name}{quote}"]
    if is_typer and calls.keyword(call, "show_default") is None:
        added.append("show_default=False")
    if not is_typer and calls.keyword(call, "required") is None:
        added.append("required=True")
    if not is_a(holder, Kind.KEYWORD_ARGUMENT):
        last = calls.arguments(call)[-1]
        text = "".join(f", {one}" for one in added)
        if tree.same(last, context.node):
            return Change([(span_of(context.node), f"...{text}")])
        return Change([(span_of(context.node), "..."), (Span(last.end_byte, last.end_byte), text)])
    if is_typer:
        added.insert(0, "default=...")
    return Change([(span_of(holder), ", ".join(added))] if added else removal.item(holder))
