"""The site of a span in Python: by the text around it within its string, then the expressions around the string."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from unspill import budget, sites
from unspill.document import Document
from unspill.languages import text as lexical
from unspill.languages.python import environment, readers
from unspill.model import Span
from unspill.semantics.python import calls, classes, folding, statements, strings, tree
from unspill.semantics.python.kinds import CHOICES, COLLECTIONS, DEFAULT_PARAMETERS, FUNCTIONS, TARGET_LISTS, Kind, is_a
from unspill.semantics.python.names import dotted, qualified
from unspill.syntax import span_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from unspill.sites import Site

_HEADERS = frozenset(["authorization", "proxy-authorization", "cookie"])
_TRANSPARENT = (
    *CHOICES, Kind.PARENTHESES, Kind.STRINGS, Kind.BINARY_OPERATOR, Kind.UNARY_OPERATOR, Kind.AWAIT, Kind.INTERPOLATION,
    Kind.STRING, Kind.ATTRIBUTE, Kind.SUBSCRIPT, Kind.CALL, Kind.ARGUMENTS,
)  # fmt: skip
"""Expressions whose value is that of a part."""
_WRAPPERS = frozenset(
    """str bytes SecretStr SecretBytes b64decode urlsafe_b64decode fromhex join decode encode format strip lstrip
    rstrip replace unquote""".split()
)
"""Calls that return their argument, or their object, in another form."""
_UI_ARGUMENTS = frozenset(
    """value placeholder label info choices examples options default help title description article head js css
    html text body""".split()
)
_SECRET_KEEPERS = frozenset(["HuggingFaceDatasetSaver", "OAuthToken", "Request", "connection", "set_page_config"])
"""Functions that look like UI components but are not."""
_SCHEME = re.compile(r"(Bearer|Basic|Token) (?:%s|\{\})?\Z", re.IGNORECASE)
_SCHEME_BYTES = 100
"""Maximum size of the source of one, in bytes."""
_MARK = re.compile(rb"[\\\"'#()\[\]{}]")
"""Opening and closing tokens on a line, and escapes."""
_LONGEST = 1 << 14
"""Maximum length of a half-typed line, in bytes."""
_SERVER_SIDE = ("secrets", "session_state", "cache", "connection")
"""Functions of Streamlit whose values stay on the server."""


class NodeContext(NamedTuple):
    """The site of an expression, and `node`: the whole expression there (a string with the parts it is joined with)."""

    site: Site
    node: Node


def site(document: Document, span: Span) -> Site:
    """The site of `span` in `document`."""
    node = folding.expression_at(document, span)
    if node is None or tree.is_broken(document, node):
        return _lexical(document, span, node)
    string = strings.literal(node)
    if string is not None and string.body != span:
        if strings.is_docstring(node):
            return sites.Docstring()
        inside = lexical.in_string(document, string.body, span)
        if inside is not None:
            return inside
        found = place(document, node).site
        if isinstance(found, (sites.HeaderValue, sites.UiDefault)):
            return found
        return sites.StringPart(name=lexical.site(document, span).name)
    if strings.is_docstring(node):
        return sites.Docstring()
    return place(document, node).site


def env_value(document: Document, span: Span) -> tuple[str, str] | None:
    """The environment variable that the place of `span` sets, or gives a default, and its whole value."""
    node = folding.expression_at(document, span)
    if node is None or tree.is_broken(document, node):
        return None
    where = place(document, node)
    name = _env_name(where.site)
    value = folding.fold(where.node) if name is not None else None
    return (name, value) if name is not None and isinstance(value, str) else None


def _env_name(where: Site) -> str | None:
    """The environment variable that a site sets, or gives a default."""
    if isinstance(where, sites.ClassAttribute) and where.base.endswith("BaseSettings"):
        return where.name.upper() if where.name is not None else None
    return where.name if isinstance(where, (sites.EnvAssignment, sites.EnvDefault)) else None


def place(document: Document, node: Node) -> NodeContext:
    """The place of an expression: by the innermost construct around it that is not just part of its value."""
    item: NodeContext | None = None
    for parent in tree.ancestors(document, node):
        budget.spend(document, 1)
        describe = _PLACES.get(parent.type)
        found = describe(document, node, parent) if describe is not None else None
        if isinstance(found, sites.ListItem) and parent.type in COLLECTIONS:
            item = NodeContext(found, node) if item is None else _in_collection(item, found)
        elif found is not None:
            return _in_collection(item, found) if item is not None else NodeContext(found, node)
        elif parent.type not in _TRANSPARENT:
            break
        node = parent
    return item or NodeContext(sites.StringPart(), node)


def _in_collection(item: NodeContext, outer: Site) -> NodeContext:
    """An item of a collection at `outer`: part of what a UI shows, or under the collection's name."""
    if isinstance(outer, sites.UiDefault):
        return item._replace(site=outer)
    return item if item.site.name is not None else item._replace(site=sites.ListItem(name=outer.name))


def _lexical(document: Document, span: Span, node: Node | None) -> Site:
    """The site of a span that is not in a parsed string: a comment, a name, or half-typed code."""
    at = tree.root(document).descendant_for_byte_range(span.start, span.end)
    if is_a(at, Kind.COMMENT):
        found = lexical.site(document, span)
        return found if isinstance(found, sites.Comment) else sites.Comment(name=found.name)
    repaired = _repaired_line(document, span) if tree.root(document).has_error else None
    if repaired is not None:
        return site(*repaired)
    if node is not None and strings.literal(node) is not None:
        inside = lexical.in_string(document, span_of(node), span)
        return inside or sites.StringPart(name=lexical.site(document, span).name)
    return lexical.site(document, span)


def _repaired_line(document: Document, span: Span) -> tuple[Document, Span] | None:
    """The line of a span as a separate document, its quote and brackets closed; None if that does not parse either."""
    start, end = document.line_span(document.line_at(span.start))
    line = document.data[start:end]
    begin = len(line) - len(line.lstrip())
    if span.end > end or begin > span.start - start or len(line) > _LONGEST:
        return None
    for opening in (b"", b"{"):
        source = opening + line[begin:]
        source += _closers(source)
        repaired = Document(source, document.path, document.language)
        if not tree.root(repaired).has_error:
            shift = len(opening) - begin - start
            return repaired, Span(span.start + shift, span.end + shift)
    return None


def _closers(line: bytes) -> bytes:
    """The closing quote and brackets that a line lacks."""
    brackets, quote, at = bytearray(), b"", 0
    while mark := _MARK.search(line, at):
        at, char = mark.start(), mark[0]
        if quote:
            if char == b"\\":
                at += 1
            elif line.startswith(quote, at):
                at += len(quote) - 1
                quote = b""
        elif char in b"\"'":
            quote = char * 3 if line.startswith(char * 3, at) else char
            at += len(quote) - 1
        elif char == b"#":
            return b"\n" + brackets[::-1] if brackets else b""
        elif char in b"([{":
            brackets += {b"(": b")", b"[": b"]", b"{": b"}"}[char]
        elif char in b")]}":
            del brackets[-1:]
        at += 1
    return quote + brackets[::-1]


def _assignment(document: Document, node: Node, parent: Node) -> Site | None:
    left = parent.child_by_field_name("left")
    if left is None or not tree.same(parent.child_by_field_name("right"), node):
        return None
    for assignment in statements.chain(document, parent):
        target = assignment.child_by_field_name("left")
        if (key := environment.key_of(document, target)) is not None:
            return sites.EnvAssignment(name=folding.string_value(key))
    return _target(document, left)


def _target(document: Document, target: Node) -> Site:
    if is_a(target, Kind.ATTRIBUTE):
        return sites.AttributeAssignment(
            name=text_of(target.child_by_field_name("attribute") or target), target=dotted(target)
        )
    if is_a(target, Kind.SUBSCRIPT):
        key = folding.string_value(target.child_by_field_name("subscript"))
        return _entry(key) if environment.key_of(document, target) is None else sites.EnvAssignment(name=key)
    name = text_of(target) if is_a(target, Kind.IDENTIFIER) else None
    owner = classes.owner(document, target)
    if owner is None:
        return sites.Assignment(name=name)
    base = next(iter(classes.superclasses(owner)), None)
    return sites.ClassAttribute(name=name, base=dotted(base))


def _element(document: Document, node: Node, parent: Node) -> Site | None:
    """An element of a tuple or list: one of several targets, or an item, named by the option before it."""
    holder = tree.parent(document, parent)
    if is_a(holder, Kind.ASSIGNMENT) and tree.same(holder.child_by_field_name("right"), parent):
        left = holder.child_by_field_name("left")
        if is_a(left, *TARGET_LISTS):
            values = tree.items(parent)
            index = next((at for at, value in enumerate(values) if tree.same(value, node)), 0)
            targets = left.named_children
            if len(targets) == len(values):
                return _target(document, targets[index])
    if is_a(parent, Kind.EXPRESSION_LIST):
        return sites.ListItem()
    call = _call_with(document, holder)
    if call is not None and folding.is_constant(document, call):
        return None
    before = node.prev_named_sibling
    flag = folding.string_value(before) if before is not None else None
    return sites.ListItem(name=flag if flag is not None and flag.startswith("-") else None)


def _operand(document: Document, node: Node, parent: Node) -> Site | None:  # noqa: ARG001
    """`"Bearer " + "…"`: the text before marks a header."""
    before = parent.named_children[0]
    if tree.same(before, node) or before.end_byte - before.start_byte > _SCHEME_BYTES:
        return None
    scheme = _SCHEME.match(folding.string_value(before) or "")
    return sites.HeaderValue(scheme=scheme[1]) if scheme is not None else None


def _named(document: Document, node: Node, parent: Node) -> Site | None:  # noqa: ARG001
    name = parent.child_by_field_name("name")
    return sites.Assignment(name=text_of(name)) if name is not None and not tree.same(name, node) else None


def _pair(document: Document, node: Node, parent: Node) -> Site | None:
    if not tree.same(parent.child_by_field_name("value"), node):
        return sites.StringPart()
    key = folding.string_value(parent.child_by_field_name("key"))
    dictionary = tree.parent(document, parent)
    holder = tree.parent(document, dictionary) if dictionary is not None else None
    call = _call_with(document, holder)
    if call is not None and calls.callee(document, call) == environment.UPDATE:
        return sites.EnvAssignment(name=key)
    target = holder.child_by_field_name("left") if is_a(holder, Kind.AUGMENTED_ASSIGNMENT) else None
    return sites.EnvAssignment(name=key) if qualified(document, target) == readers.ENVIRON else _entry(key)


def _call_with(document: Document, arguments: Node | None) -> Node | None:
    """The call that has these arguments; else None."""
    call = tree.parent(document, arguments) if is_a(arguments, Kind.ARGUMENTS) else None
    return call if is_a(call, Kind.CALL) else None


def _entry(key: str | None) -> Site:
    lower = (key or "").lower()
    if lower in _HEADERS or lower.startswith("x-"):
        return sites.HeaderValue(name=key)
    return sites.DictEntry(name=key)


def _keyword(document: Document, node: Node, parent: Node) -> Site | None:
    call = next(islice(tree.ancestors(document, parent), 1, None), None)
    if not is_a(call, Kind.CALL) or not tree.same(parent.child_by_field_name("value"), node):
        return None
    name = text_of(parent.child_by_field_name("name") or parent)
    called = calls.callee(document, call)
    if called == environment.UPDATE:
        return sites.EnvAssignment(name=name)
    if called in environment.GETTERS and name == "default":
        return sites.EnvDefault(name=folding.string_value(calls.argument(call, 0, "key")))
    if calls.last_name(called) in readers.OPTIONS and name == "default":
        envvar = folding.string_value(calls.keyword(call, "envvar"))
        if envvar is not None:
            return sites.EnvDefault(name=envvar)
    if _is_component(called) and name in _UI_ARGUMENTS:
        return sites.UiDefault(name=name, component=called)
    if name == "default":
        name = _option(call) or name
    return sites.KeywordArgument(name=name, callee=dotted(call.child_by_field_name("function")))


def _option(call: Node) -> str | None:
    """The option that a parser's `default=` belongs to: `--hf-token` gives `hf-token`."""
    names = [folding.string_value(node) or "" for node in calls.arguments(call) if is_a(node, Kind.STRING)]
    return next((name.lstrip("-") for name in names if name.startswith("--")), None)


def _positional(document: Document, node: Node, parent: Node) -> Site | None:
    call = _call_with(document, parent)
    if call is None:
        return None
    called = calls.callee(document, call)
    given = calls.arguments(call)
    index = next((at for at, value in enumerate(given) if tree.same(value, node)), 0)
    if calls.last_name(called) in _WRAPPERS or folding.is_constant(document, call):
        return None
    if called in environment.GETTERS:
        key = folding.string_value(given[0])
        return sites.EnvName() if index == 0 else sites.EnvDefault(name=key)
    if called in environment.SETTERS or called == "os.environ.pop":
        key = folding.string_value(given[0])
        return sites.EnvName() if index == 0 else sites.EnvAssignment(name=key)
    if called in environment.NAME_TAKERS:
        return sites.EnvName()
    if _is_component(called):
        return sites.UiDefault(component=called)
    if called.endswith("compare_digest"):
        other = next((value for at, value in enumerate(given) if at != index), None)
        return sites.Comparison(name=dotted(other) or None)
    return sites.PositionalArgument(callee=dotted(call.child_by_field_name("function")), index=index)


def _is_component(called: str) -> bool:
    """Whether a call creates something that visitors see: a Gradio component, or any Streamlit widget."""
    package, _, rest = called.partition(".")
    last = calls.last_name(rest)
    if last in _SECRET_KEEPERS or not last:
        return False
    return (package == "gradio" and last[0].isupper()) or (package == "streamlit" and not rest.startswith(_SERVER_SIDE))


def _parameter(document: Document, node: Node, parent: Node) -> Site | None:
    if not tree.same(parent.child_by_field_name("value"), node):
        return None
    function = tree.enclosing(document, parent, *FUNCTIONS)
    owner = function.child_by_field_name("name") if function is not None else None
    name = parent.child_by_field_name("name")
    return sites.FunctionDefault(
        name=text_of(name) if name is not None else None, function=text_of(owner) if owner is not None else ""
    )


def _comparison(document: Document, node: Node, parent: Node) -> Site | None:  # noqa: ARG001
    other = next((child for child in parent.named_children if not tree.same(child, node)), None)
    return sites.Comparison(name=dotted(other) or None)


def _case(document: Document, node: Node, parent: Node) -> Site | None:  # noqa: ARG001
    statement = tree.enclosing(document, parent, Kind.MATCH)
    subject = statement.child_by_field_name("subject") if statement is not None else None
    return sites.Comparison(name=dotted(subject) or None)


def _subscript(document: Document, node: Node, parent: Node) -> Site | None:
    if not tree.same(parent.child_by_field_name("subscript"), node):
        return None
    if qualified(document, parent.child_by_field_name("value")) in environment.MAPPINGS:
        return sites.EnvName()
    return sites.StringPart()


def _fallback(document: Document, node: Node, parent: Node) -> Site | None:
    """`read or "…"` and `read if … else "…"` are defaults of the read; else the outer expression decides."""
    other = parent.named_children[0]
    if any(is_a(child, Kind.AND) for child in parent.children) or tree.same(other, node):
        return None
    name = environment.read_name(document, other)
    return sites.EnvDefault(name=name) if name is not None else None


def _return(document: Document, node: Node, parent: Node) -> Site | None:  # noqa: ARG001
    function = tree.enclosing(document, parent, Kind.FUNCTION)
    name = function.child_by_field_name("name") if function is not None else None
    return sites.StringPart(name=text_of(name) if name is not None else None)


_PLACES: dict[str, Callable[[Document, Node, Node], Site | None]] = {
    Kind.ASSIGNMENT: _assignment,
    Kind.AUGMENTED_ASSIGNMENT: _assignment,
    Kind.NAMED_EXPRESSION: _named,
    Kind.EXPRESSION_LIST: _element,
    **dict.fromkeys(COLLECTIONS, _element),
    Kind.PAIR: _pair,
    Kind.KEYWORD_ARGUMENT: _keyword,
    Kind.ARGUMENTS: _positional,
    **dict.fromkeys(DEFAULT_PARAMETERS, _parameter),
    Kind.COMPARISON: _comparison,
    Kind.CASE_PATTERN: _case,
    Kind.SUBSCRIPT: _subscript,
    **dict.fromkeys(CHOICES, _fallback),
    Kind.RETURN: _return,
    Kind.BINARY_OPERATOR: _operand,
}
