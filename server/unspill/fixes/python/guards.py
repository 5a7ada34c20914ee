"""Code that tests whether a value is there (`if not key`, `key is None`, `key or …`): it expects none, not an error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.fixes.python.reads import Absent
from unspill.semantics.python import conditions, scopes, tree
from unspill.semantics.python.kinds import DEFAULT_PARAMETERS, Kind, is_a
from unspill.sites import EnvDefault
from unspill.syntax import span_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes.python.context import FixContext

_OPTIONAL = re.compile(r"(?:typing\.)?Optional\b|(?:.*\|\s*)?None\b(?:\s*\|.*)?\Z")
_TEXT = re.compile(r"(?:(?:typing\.)?Final\[)?str\]?\Z")


def expected(context: FixContext) -> Absent:
    """What the code expects of a value that is not there: tested, it may be absent; without a test, never."""
    document, node = context.document, context.node
    if not context.is_whole or context.target.template != "{}":
        return Absent.ERROR
    holder = node.parent
    # The default of another name is evaluated even if that name is set.
    is_default = isinstance(context.site, EnvDefault) and is_a(holder, Kind.ARGUMENTS, Kind.KEYWORD_ARGUMENT)
    if conditions.is_test(document, node) or is_default:
        return Absent.NONE
    if is_a(holder, *DEFAULT_PARAMETERS):
        used = _uses_of_parameter(document, holder)
        return Absent.NONE if any(conditions.is_test(document, use) for use in used) else Absent.ERROR
    return _expected_of(document, holder) if is_a(holder, Kind.ASSIGNMENT) else Absent.ERROR


def _expected_of(document: Document, assignment: Node) -> Absent:
    """What the code expects of the variable that is assigned."""
    target = assignment.child_by_field_name("left")
    uses = [] if target is None else _uses(document, target)
    tests = [use for use in uses if conditions.is_test(document, use)]
    kind = text_of(assignment.child_by_field_name("type"))
    if not tests or not kind or _OPTIONAL.match(kind):
        return Absent.NONE if tests else Absent.ERROR
    is_truth = all(not is_a(use.parent, Kind.COMPARISON) for use in tests)
    return Absent.EMPTY if is_truth and _TEXT.match(kind) else Absent.ERROR


def _uses_of_parameter(document: Document, parameter: Node) -> list[Node]:
    """The uses of a parameter with a default in the body of its function."""
    function = tree.enclosing(document, parameter, Kind.FUNCTION)
    body = function.child_by_field_name("body") if function is not None else None
    if body is None or not body.named_children:
        return []
    return scopes.uses(document, body.named_children[0], text_of(parameter.child_by_field_name("name")))


def _uses(document: Document, target: Node) -> list[Node]:
    """The uses of the variable, or of the attribute, that is assigned."""
    if is_a(target, Kind.IDENTIFIER):
        name = text_of(target)
        found = scopes.uses(document, target, name)
        owner = tree.enclosing(document, target, Kind.CLASS, Kind.FUNCTION)
        return found + _attributes(document, f"self.{name}", owner) if is_a(owner, Kind.CLASS) else found
    owner = tree.enclosing(document, target, Kind.CLASS, Kind.MODULE)
    return _attributes(document, text_of(target), owner) if is_a(target, Kind.ATTRIBUTE) else []


def _attributes(document: Document, dotted: str, owner: Node | None) -> list[Node]:
    named = document.memo(_by_text).get(dotted, [])
    return [node for node in named if owner is not None and span_of(owner).contains(span_of(node))]


def _by_text(document: Document) -> dict[str, list[Node]]:
    """The attributes of the document by what is written."""
    found: dict[str, list[Node]] = {}
    for node in tree.find_all(document, Kind.ATTRIBUTE):
        found.setdefault(text_of(node), []).append(node)
    return found
