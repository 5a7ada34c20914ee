"""Python fixes: a read of the environment replaces the literal, in the form that its place requires.

target    which expression, or part of a string, is replaced
reads     how code at a place reads the environment, and the import that it needs
imports   where added imports go
guards    code that tests whether a value is there
parts     f-strings and concatenations for parts of strings
shapes    places where more than the literal changes: environment writes and defaults, user interfaces
declarations   the same for parameters, fields and options
removal   deleting a statement or an item
loading   code that runs before `load_dotenv()`
embedded  programs inside strings
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from unspill import sites
from unspill.fixes import moving, prose
from unspill.fixes.python import embedded, guards, imports, loading, reads, shapes, target
from unspill.fixes.python.context import Change, FixContext
from unspill.languages.python.sites import place
from unspill.model import Plan, Stored
from unspill.semantics.python import folding, strings, tree
from unspill.semantics.python.kinds import CASES, Kind, is_a
from unspill.syntax import follows_word

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.fixes.python.target import Target
    from unspill.model import Finding, Fix, Span
    from unspill.sites import Site

_NOT_PARSED = "the surrounding code does not parse; fix the syntax error first"
_MARKUP = (b"<script", b"<html", b"<body", b"<iframe")


def plan(finding: Finding, document: Document, project: Project, *, is_file: bool = True) -> Plan:
    """The fixes of a finding in Python code; `is_file` says that the document is all of a file."""
    if finding.secret is None:
        return Plan(withheld="No value to move.")
    node = folding.expression_at(document, finding.span)
    if isinstance(finding.site, sites.Comment) or (node is not None and strings.is_docstring(node)):
        return prose.plan(finding, document, project)
    if tree.root(document).has_error and (node is None or tree.is_broken(document, node)):
        return Plan(withheld=f"Not moved: {_NOT_PARSED}.")
    if node is None:
        return Plan(withheld="The token is part of a name, not of a string: rename it manually.")
    if _is_message(document, node):
        return prose.plan(finding, document, project)
    inner = embedded.plan(finding, document, project, node, partial(plan, is_file=False))
    if inner is not None:
        return inner
    found = target.find(document, finding, project)
    if found is None:
        return Plan(withheld="The value is computed at run time: move it manually.")
    return _move(document, project, found, is_file=is_file)


def _move(document: Document, project: Project, found: Target, *, is_file: bool) -> Plan:
    where = place(document, found.node)
    reason = _unfixable(document, found, where.node)
    if reason:
        return Plan(withheld=reason)
    reader = reads.reader(document, found.node)
    if reader is None:
        return Plan(withheld="`os` and `environ` are shadowed here: import them under another name manually.")
    string = strings.literal(found.node)
    if string is not None and strings.is_nested(document, found.node):
        # Before Python 3.12, the expressions of an f-string cannot contain its quote; the literal's own quote differs.
        reader = reader._replace(quote=string.quote[0])
    python = project.home(document.path).space.python
    context = FixContext(document, found, where.site, where.node, reader, python)
    context = context._replace(absent=guards.expected(context))
    change = shapes.change(context)
    if change is None:
        changes = context.replacement()
        if changes is None:
            return Plan(withheld="The value is part of a larger string: move it manually.")
        change = Change(changes, context.imports)
    change = loading.in_order(context, _apart(document, change))
    if change.withheld:
        return Plan(withheld=change.withheld)
    main = _fix(document, found, change)
    if main is None:
        return Plan(withheld="The result would not parse: move the value manually.")
    others = [_fix(document, found, _apart(document, one), preferred=False) for one in shapes.alternatives(context)]
    if is_file and document.path.endswith(".py") and main.preferred:
        others.append(loading.loaded(context, change, project))
    return Plan((main, *(fix for fix in others if fix is not None)))


def _fix(document: Document, found: Target, change: Change, *, preferred: bool = True) -> Fix | None:
    added = imports.edits(document, change.imports)
    if added is None or not moving.still_parses(document, [*change.changes, *added], "python"):
        return None
    fix = moving.move(
        document,
        change.title.format(name=found.name),
        Stored(found.name, found.secret),
        [*change.changes, *added],
        declared=change.declared,
        safety=change.safety,
        reason=change.reason,
    )
    return fix if preferred else fix._replace(preferred=False)


def _apart(document: Document, change: Change) -> Change:
    """`change`, with a space where the replacement of a string would touch the word before it: `return"…"`."""
    return change._replace(
        changes=[(span, f" {text}" if _is_glued(document, span, text) else text) for span, text in change.changes]
    )


def _is_glued(document: Document, span: Span, text: str) -> bool:
    is_word = text[:1].isidentifier() and follows_word(document.data, span.start)
    return is_word and strings.starts_at(document, span.start)


def _is_message(document: Document, node: Node) -> bool:
    """Whether a string is printed, logged or raised."""
    where = place(document, node)
    site: Site = where.site
    if isinstance(site, (sites.PositionalArgument, sites.KeywordArgument)):
        if shapes.is_output(site.callee):
            return True
        call = tree.enclosing(document, where.node, Kind.CALL)
        return call is not None and is_a(call.parent, Kind.RAISE)
    return is_a(where.node.parent, Kind.ASSERT, Kind.PRINT, Kind.RAISE)


def _unfixable(document: Document, found: Target, node: Node) -> str:
    """Why the value cannot be read from the environment at its place; "" if it can."""
    if is_a(node.parent, *CASES):
        return "A `case` cannot contain an expression: write `case _ if subject == os.environ[…]` manually."
    body = document.data[found.node.start_byte : found.node.end_byte].lower()
    if found.part is not None and any(tag in body for tag in _MARKUP):
        return "The string is part of a public page: make the request on the server instead."
    if found.part is not None and "%" in found.secret.reveal() and strings.is_percent_template(found.node):
        return "The value contains `%` and its string is a template: move it manually."
    return ""
