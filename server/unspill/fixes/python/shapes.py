"""Places where more than the literal changes, or something else: one function per kind of place.

Each returns the Change for its place, or None if replacing the literal by a read is right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import languages, sites
from unspill.fixes import AS_NAME
from unspill.fixes.python import declarations, removal
from unspill.fixes.python.context import Change, FixContext
from unspill.languages.python import environment
from unspill.languages.python.sites import place
from unspill.model import Safety, Span
from unspill.semantics.python import calls, conditions, folding, names, scopes, statements, tree
from unspill.semantics.python.kinds import CHOICES, Kind, is_a
from unspill.syntax import span_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from unspill.document import Document

_OUTPUT = re.compile(
    r"""(?:\A|\.)(?:print|pprint|echo|secho)\Z | std(?:out|err)\.write\Z | \A(?:warnings\.)?warn\Z
    | (?:\A|\.)_?(?:log|logger|logging|console)\.(?:debug|info|warn|warning|error|critical|exception|fatal|log|print
    |success|trace)\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_LOGINS = {
    "login": "HF_TOKEN",
    "huggingface_hub.login": "HF_TOKEN",
    "huggingface_hub.HfFolder.save_token": "HF_TOKEN",
    "HfFolder.save_token": "HF_TOKEN",
    "wandb.login": "WANDB_API_KEY",
}
"""Calls that only pass a token to a library that reads the environment itself."""
_SHELLS = ("os.system", "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output")
_DELETED = "Remove the call ({name} comes from the environment)"
_STRING_USERS = (Kind.ATTRIBUTE, Kind.SUBSCRIPT, Kind.BINARY_OPERATOR, Kind.INTERPOLATION, Kind.COMPARISON)


def is_output(callee: str) -> bool:
    """Whether a call prints or logs its arguments."""
    return _OUTPUT.search(callee) is not None


def change(context: FixContext) -> Change | None:
    """The change that the place requires; None if only the literal is replaced."""
    describe = _SHAPES.get(type(context.site))
    found = describe(context) if describe is not None else None
    return found or _fallback(context)


def alternatives(context: FixContext) -> list[Change]:
    """Deletions as an alternative: calls that a library does not need if the environment has the name."""
    call = tree.enclosing(context.document, context.node, Kind.CALL)
    statement = call.parent if call is not None else None
    if call is None or not is_a(statement, Kind.EXPRESSION_STATEMENT):
        return []
    called = calls.callee(context.document, call)
    is_login = context.is_whole and len(calls.arguments(call)) == 1 and _LOGINS.get(called) == context.target.name
    words = text_of(call)
    is_command = called in _SHELLS and context.target.name == "HF_TOKEN" and re.search(r"\blogin\b", words)
    if is_login or is_command:
        return [Change(removal.statement(context.document, statement), title=_DELETED)]
    return []


def _env_assignment(context: FixContext) -> Change | None:
    """The write is deleted, because the environment sets the name already; under another name it stays."""
    document, node, holder = context.document, context.node, context.node.parent
    if holder is None:
        return None
    if context.site.name != context.target.name:
        return None
    if not context.is_whole:
        changes = context.replacement() if is_a(context.node, *CHOICES) else None
        if changes is not None and context.target.part is None:
            return Change(changes, context.imports)
        return Change(withheld="The assignment would read the variable it sets: store the whole value manually.")
    if (line := _other_write(context)) is not None:
        return Change(withheld=f"Line {line} also assigns {context.target.name}: resolve the conflict manually.")
    title = "Remove the assignment ({name} comes from the environment)"
    if is_a(holder, Kind.EXPRESSION_LIST, Kind.TUPLE):
        return Change(_without_element(node, holder), title=title)
    if is_a(holder, Kind.ASSIGNMENT):
        return Change(_without_target(context, holder), context.imports if _has_more(holder) else (), title)
    call = tree.enclosing(document, node, Kind.CALL, Kind.AUGMENTED_ASSIGNMENT)
    if call is None:
        return None
    statement = call.parent
    if is_a(holder, Kind.PAIR, Kind.KEYWORD_ARGUMENT):
        siblings = tree.items(tree.enclosing(document, node, Kind.DICTIONARY, Kind.ARGUMENTS))
        alone = len(siblings) == 1 and (not is_a(call, Kind.CALL) or len(calls.arguments(call)) == 1)
        if not (alone and is_a(statement, Kind.EXPRESSION_STATEMENT)):
            return Change(removal.item(holder), title=title)
    if is_a(statement, Kind.EXPRESSION_STATEMENT):
        return Change(removal.statement(document, statement), title=title)
    if calls.callee(document, call) == "os.environ.setdefault":
        return Change([(span_of(call), context.reader.required(context.target.name))], context.imports)
    return Change(withheld="The assignment is part of an expression: remove it manually.")


def _other_write(context: FixContext) -> int | None:
    """The line (1-based) of a write to the same name that would win if this one were deleted; None if there is none.

    Functions run later than the module, in any order.
    """
    document, here = context.document, _statement_of(context.document, context.node)
    inside = tree.enclosing(context.document, context.node, Kind.FUNCTION) is not None
    for use in languages.env_uses(document).writes:
        node = tree.root(document).descendant_for_byte_range(*use.span)
        if use.name != context.target.name or node is None or tree.same(_statement_of(document, node), here):
            continue
        is_in_function = tree.enclosing(document, node, Kind.FUNCTION) is not None
        is_later = use.span.start > context.node.start_byte or is_in_function
        if (inside or not is_later) and context.target.secret.reveal() not in text_of(_statement_of(document, node)):
            return document.line_at(use.span.start) + 1
    return None


def _statement_of(document: Document, node: Node) -> Node | None:
    return tree.enclosing(document, node, Kind.EXPRESSION_STATEMENT)


def _has_more(assignment: Node) -> bool:
    return is_a(assignment.parent, Kind.ASSIGNMENT) or assignment.child_by_field_name("right") is None


def _without_target(context: FixContext, assignment: Node) -> list[tuple[Span, str]]:
    """Delete `os.environ["X"] = "…"`; of several targets only the environment, which the others then read."""
    statement = _statement_of(context.document, context.node)
    chain = statements.chain(context.document, assignment)
    if len(chain) == 1 and statement is not None:
        return removal.statement(context.document, statement)
    written = next(one for one in chain if _writes(context, one.child_by_field_name("left")))
    value = written.child_by_field_name("right") or written
    read = context.reader.required(context.target.name)
    return [(Span(written.start_byte, value.start_byte), ""), (span_of(context.node), read)]


def _writes(context: FixContext, target: Node | None) -> bool:
    key = environment.key_of(context.document, target)
    return key is not None and folding.string_value(key) == context.site.name


def _without_element(node: Node, values: Node) -> list[tuple[Span, str]]:
    """Delete one target of `a, os.environ["X"] = …, "…"` with its value."""
    assignment = values.parent
    left = assignment.child_by_field_name("left") if assignment is not None else None
    index = next(at for at, child in enumerate(tree.items(values)) if tree.same(child, node))
    return [*removal.item(left.named_children[index] if left is not None else node), *removal.item(node)]


def _env_default(context: FixContext) -> Change | None:
    """The default is deleted; where a str is needed, a missing name is an error."""
    holder, name = context.node.parent, context.target.name
    if holder is None:
        return None
    if context.site.name != name:
        return None
    if not context.is_whole:
        return Change(withheld=f"The default of {name} depends on it: store the whole value manually.")
    if is_a(holder, Kind.ARGUMENTS, Kind.KEYWORD_ARGUMENT):
        call = tree.enclosing(context.document, context.node, Kind.CALL)
        if call is None:
            return None
        called = calls.callee(context.document, call)
        if called not in environment.GETTERS:
            return declarations.option(context, call)
        if _needs_string(context, call) or called.startswith("streamlit."):
            return Change([(span_of(call), context.reader.required(name))], context.imports)
        return Change(removal.item(holder if is_a(holder, Kind.KEYWORD_ARGUMENT) else context.node))
    read = context.reader.required(name) if _needs_string(context, holder) else context.reader.optional(name)
    left = holder.child_by_field_name("left")
    if is_a(holder, Kind.BOOLEAN_OPERATOR) and left is not None and not _needs_string(context, holder):
        return Change([(Span(left.end_byte, holder.end_byte), "")])
    return Change([(span_of(holder), read)], context.imports)


def _fallback(context: FixContext) -> Change | None:
    """`token or "…"` may be None if both are missing."""
    holder = context.target.node.parent
    while is_a(holder, Kind.PARENTHESES):
        holder = holder.parent
    if holder is None or context.target.part is not None or context.target.template != "{}":
        return None
    if not is_a(holder, *CHOICES) or _needs_string(context, holder):
        return None
    if not tree.same(holder.named_children[-1], context.target.node):
        return None
    read = context.reader.optional(context.target.name)
    return Change([(span_of(context.target.node), read)], context.imports)


def _needs_string(context: FixContext, node: Node) -> bool:
    """Whether the result of an expression is used as a str, directly or through the variable it is bound to."""
    parent = node.parent
    while is_a(parent, Kind.PARENTHESES, Kind.BOOLEAN_OPERATOR):
        node, parent = parent, parent.parent
    if is_a(parent, *_STRING_USERS):
        return True
    name = statements.assigned_name(parent)
    if name is None:
        return False
    uses = scopes.uses(context.document, node, name)
    is_text = any(is_a(use.parent, *_STRING_USERS) for use in uses)
    return is_text and not any(conditions.is_test(context.document, use) for use in uses)


def _env_name(context: FixContext) -> Change | None:
    """The value is in the place of the name."""
    if not context.is_whole:
        return None
    call = context.node.parent.parent if context.node.parent is not None else None
    if is_a(call, Kind.CALL) and len(calls.arguments(call)) > 1:
        return Change(withheld=AS_NAME)  # the call sets the name: the value is not meant
    quote = context.reader.quote
    title = "Replace the value with its name, {name}"
    return Change([(span_of(context.target.node), f"{quote}{context.target.name}{quote}")], title=title)


def _assignment(context: FixContext) -> Change | None:
    """A constant that is shown to visitors is still public: the fix is right, but not sufficient."""
    changes = context.replacement()
    name = context.site.name or ""
    places = (place(context.document, use).site for use in scopes.uses(context.document, context.node, name))
    shown = next((site for site in places if isinstance(site, sites.UiDefault)), None)
    if shown is None or changes is None:
        return None
    reason = f"{shown.component}(…) shows {name} to visitors: remove it there, and read it in the handler."
    return Change(changes, context.imports, reason=reason)


def _ui_default(context: FixContext) -> Change | None:
    """The value is removed: a read of the environment would send it to every visitor."""
    text, span = context.reader.quote * 2, span_of(context.target.node)
    if context.target.part is not None:
        text, span = f"<{context.target.name}>", context.target.part
    return Change(
        [(span, text)],
        title="Remove it from the UI and store it in .env as {name}",
        declared=False,
        reason="Visitors see this field: if it is empty, read the environment in the handler.",
    )


def _string(context: FixContext) -> Change | None:
    holder = context.node.parent
    if holder is None:
        return None
    if is_a(holder, Kind.PAIR):
        changes = context.replacement()
        if changes is None:
            return None
        return Change(changes, context.imports, safety=Safety.UNSAFE, reason="The value is a dictionary key.")
    types = (Kind.GENERIC_TYPE, Kind.SUBSCRIPT)
    literal = tree.enclosing(context.document, context.node, *types, Kind.EXPRESSION_STATEMENT, Kind.ASSIGNMENT)
    if is_a(literal, *types):
        # A type cannot be read from the environment.
        name = literal.child_by_field_name("value") or literal.named_children[0]
        if names.dotted(name).endswith("Literal"):
            only = "," not in text_of(literal)
            if only and context.target.part is None:
                return Change([(span_of(literal), "str")], declared=False)
            return Change(withheld="A `Literal` type cannot contain an expression: change the type manually.")
    return None


_SHAPES: dict[type[sites.Site], Callable[[FixContext], Change | None]] = {
    sites.Assignment: _assignment,
    sites.EnvAssignment: _env_assignment,
    sites.EnvDefault: _env_default,
    sites.EnvName: _env_name,
    sites.UiDefault: _ui_default,
    sites.StringPart: _string,
    sites.FunctionDefault: declarations.parameter,
    sites.ClassAttribute: declarations.field,
    sites.KeywordArgument: declarations.argument,
    sites.PositionalArgument: declarations.argument,
}
