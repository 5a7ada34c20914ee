"""Defaults that Python evaluates when it reads the code, or that a tool shows: parameters, fields, options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.fixes.python import reads, removal
from unspill.fixes.python.context import Change, Context
from unspill.languages.python import environment, folding, syntax
from unspill.model import Span
from unspill.syntax import span_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_OPTIONAL = ("str", "bytes")
"""The annotations that get `| None`; others may mean something to a library."""
_FACTORIES = {
    "dataclasses.field": "default_factory", "pydantic.Field": "default_factory",
    "attrs.field": "factory", "attr.ib": "factory", "attr.field": "factory",
}  # fmt: skip
_PUBLISHED = frozenset(["Query", "Header", "Cookie", "Form", "Body", "Path", "File"])


def parameter(context: Context) -> Change | None:
    """A-16: `None` in the signature, the read in the first line of the body: help and schemas stay clear of it."""
    parameter = context.node.parent
    function = syntax.enclosing(context.document, context.node, "function_definition", "lambda")
    body = function.child_by_field_name("body") if function is not None else None
    name = parameter.child_by_field_name("name") if parameter is not None else None
    if parameter is None or function is None or function.type == "lambda" or body is None or name is None:
        return None
    statements = [child for child in body.named_children if child.type != "comment"]
    reader = reads.reader(context.document, statements[0]) if statements else None
    if reader is None:
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
    return Change([*changes, _first_line(context, statements, line)], inside.imports)


def _first_line(context: Context, statements: list[Node], line: str) -> tuple[Span, str]:
    """The edit that makes `line` the first statement of a body, behind its docstring."""
    document, first = context.document, statements[0]
    newline = reads.line_end(document)
    start = document.line_starts[document.line_at(first.start_byte)]
    indent = document.text(Span(start, first.start_byte))
    if indent.strip():
        return Span(first.start_byte, first.start_byte), f"{line}; "
    is_docstring = first.type == "expression_statement" and first.named_children[0].type == "string"
    if is_docstring:
        return Span(first.end_byte, first.end_byte), f"{newline}{indent}{line}"
    return Span(first.start_byte, first.start_byte), f"{line}{newline}{indent}"


def field(context: Context) -> Change | None:
    """A-17 to A-19: a field's value is made with its object, and kept out of its repr; settings read it themselves."""
    assignment, owner = context.node.parent, syntax.enclosing(context.document, context.node, "class_definition")
    if assignment is None or owner is None or assignment.type != "assignment":
        return None
    kind = assignment.child_by_field_name("type")
    if kind is None or "ClassVar" in text_of(kind):
        return None
    bases = owner.child_by_field_name("superclasses")
    names = [syntax.qualified(context.document, base) for base in bases.named_children] if bases is not None else []
    name = (context.site.name or "").upper()
    if any(base.endswith("BaseSettings") for base in names):
        if context.is_whole and name == context.target.name and "env_prefix" not in text_of(owner):
            return Change([(Span(kind.end_byte, context.node.end_byte), "")])
        return _factory(context, "pydantic", "Field")
    if any(base in ("BaseModel", "pydantic.BaseModel") for base in names):
        return _factory(context, "pydantic", "Field")
    return _factory(context, "dataclasses", "field") if _is_dataclass(context, owner) else None


def _is_dataclass(context: Context, owner: Node) -> bool:
    decorated = owner.parent
    if decorated is None or decorated.type != "decorated_definition":
        return False
    decorators = [child for child in decorated.named_children if child.type == "decorator"]
    return any(
        syntax.qualified(context.document, decorator.named_children[0]) in ("dataclass", "dataclasses.dataclass")
        for decorator in decorators
        if decorator.named_children
    )


def _factory(context: Context, module: str, name: str) -> Change | None:
    value = context.rewritten()
    found = reads.imported(context.document, context.node, module, name)
    if value is None or found is None:
        return None
    function, imports = found
    text = f"{function}(default_factory=lambda: {value}, repr=False)"
    return Change([(span_of(context.node), text)], (*context.imports, *imports))


def argument(context: Context) -> Change | None:
    """Arguments that declare a field or an option; any other argument takes the read in its place."""
    call, holder = syntax.enclosing(context.document, context.node, "call"), context.node.parent
    if call is None or holder is None:
        return None
    called = environment.callee(context.document, call)
    last = called.rsplit(".", 1)[-1]
    keyword = text_of(holder.child_by_field_name("name")) if holder.type == "keyword_argument" else ""
    is_default = keyword == "default" or (not keyword and syntax.same(environment.argument(call, 0), context.node))
    if not is_default:
        return None
    factory = _FACTORIES.get(called) or {"Field": "default_factory", "field": "default_factory"}.get(called)
    value = context.rewritten()
    if factory is not None and value is not None:
        node = holder if keyword else context.node
        hidden = "" if _has(call, "repr") else ", repr=False"
        return Change([(span_of(node), f"{factory}=lambda: {value}{hidden}")], context.imports)
    if last in _PUBLISHED and _is_parameter(call):
        return Change(withheld="The default is published with the API's schema: make it None and read it in the body.")
    if last == "add_argument" and keyword and context.is_whole:
        # None shows nothing in --help, and the parser's own checks still hold.
        return Change([(span_of(context.node), context.reader.optional(context.target.name))], context.imports)
    if last in ("option", "Option", "argument", "Argument") and context.is_whole:
        return option(context, call)
    return None


def _is_parameter(call: Node) -> bool:
    return call.parent is not None and call.parent.type in ("default_parameter", "typed_default_parameter")


def _has(call: Node, keyword: str) -> bool:
    return environment.argument(call, len(environment.arguments(call)), keyword) is not None


def option(context: Context, call: Node) -> Change | None:
    """A-21: click and typer read the environment themselves, and show no default of it in their help."""
    holder, name = context.node.parent, context.target.name
    if holder is None:
        return None
    quote = context.reader.quote
    is_typer = environment.callee(context.document, call).rsplit(".", 1)[-1][0].isupper()
    envvar = environment.argument(call, len(environment.arguments(call)), "envvar")
    if envvar is not None and folding.string_value(envvar) != name:
        return None
    added = [] if envvar is not None else [f"envvar={quote}{name}{quote}"]
    if is_typer and not _has(call, "show_default"):
        added.append("show_default=False")
    if not is_typer and not _has(call, "required"):
        added.append("required=True")
    if holder.type != "keyword_argument":
        last = environment.arguments(call)[-1]
        text = "".join(f", {one}" for one in added)
        if syntax.same(last, context.node):
            return Change([(span_of(context.node), f"...{text}")])
        return Change([(span_of(context.node), "..."), (Span(last.end_byte, last.end_byte), text)])
    if is_typer:
        added.insert(0, "default=...")
    return Change([(span_of(holder), ", ".join(added))] if added else removal.item(holder))
