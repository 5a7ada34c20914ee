"""Shell: a value becomes an expansion, with the quotes that let it expand; a write to the environment is deleted.

`rewrite` serves every language that holds shell commands: the words of a command are the same before and after.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import syntax
from unspill.fixes import moving, prose
from unspill.languages import shell
from unspill.model import Fix, Plan, Span, Stored
from unspill.sites import Comment

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding

_PLACES = ("raw_string", "string", "ansi_c_string", "heredoc_body", "word", "number")
_BARRIERS = ("comment", "concatenation", "command", "command_substitution", "program")
_QUOTABLE = re.compile(rb"[A-Za-z0-9_@%+=:,./?#&-]*\Z")
# What `"` leaves special; a history expansion happens at a prompt only.
_SPECIAL = re.compile(rb'[\\$`"]')
_ESCAPED = re.compile(rb"[\\$`]")


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """Delete a write to the environment, replace any other value by an expansion."""
    if finding.secret is None:
        return Plan(withheld="There is no value to move.")
    name = project.names.of(finding)
    path = syntax.enclosing(shell.tree(document), finding.span)
    if isinstance(shell.site(document, finding.span), Comment):
        return prose.plan(finding, document, project)
    stored = Stored(name, finding.secret)
    changes = rewrite(document.data, finding.span, f"${{{name}:?}}", shell.tree(document))
    if default := _default(path, finding.span, name):
        changes = [(default, ":?")]
    fixes = [_fix(document, f"Read {name} from the environment", stored, changes)]
    assignment = syntax.first(path, "variable_assignment")
    if assignment is not None and _is_whole_value(assignment, document, finding) and _names(assignment, name):
        fixes = [
            _fix(document, f"Leave {name} to the environment", stored, _without(document, path, assignment)),
            _fix(document, f"Require {name}", stored, _required(path, assignment, name)),
            *fixes,
        ]
    elif (command := syntax.first(path, "command")) is not None and is_login(syntax.text_of(command)):
        removed = moving.whole_line(document, syntax.span_of(command))
        if removed != syntax.span_of(command):
            fixes.append(_fix(document, "Delete the login", stored, [(removed, "")]))
    safe = [fix for fix in fixes if fix is not None]
    if not safe:
        return Plan(withheld=f'The value stands where the shell expands nothing: write "${{{name}:?}}" there by hand.')
    return Plan(tuple(fix._replace(preferred=index == 0) for index, fix in enumerate(safe)))


def rewrite(data: bytes, secret: Span, reference: str, root: Node | None = None) -> moving.Changes | None:
    """The changes that put `reference` (`${X:?}`, `$(cat …)`) in the place of `secret` in the script `data`.

    Every word keeps its value: single quotes become double ones and what those leave special is escaped, an
    unquoted word gets quotes. None where a shell would not expand, or where the value is itself written with escapes.
    `root` is the tree of `data`, if there is one already.
    """
    path = syntax.enclosing(root if root is not None else syntax.parse(data, "bash"), secret)
    backtick = (data[node.start_byte] == ord("`") for node in path if node.type == "command_substitution")
    if not path or any(node.is_error for node in path) or any(backtick):
        return None
    place = next((node for node in path if node.type in _PLACES or node.type in _BARRIERS), None)
    if place is None or place.type in _BARRIERS:
        return None
    if place.type == "ansi_c_string":
        return [(secret, f"'\"{reference}\"$'")]
    if place.type == "raw_string":
        return _requoted(data, place, secret, reference)
    if _ESCAPED.search(data, secret.start, secret.end):
        return None
    if place.type == "heredoc_body":
        return [(secret, reference)] if _expands(place) else None
    if place.type == "string" or syntax.first(path, "expansion"):
        return [(secret, reference)]
    return _quoted(data, place, secret, reference)


def _default(path: list[Node], secret: Span, name: str) -> Span | None:
    """What stands between the name and the brace in `${name:-secret}`, if that is the place."""
    expansion = syntax.first(path, "expansion")
    if expansion is None or not re.fullmatch(rf"\$\{{{name}:?[-=].*\}}", syntax.text_of(expansion)):
        return None
    operator, word = expansion.children[-3], expansion.children[-2]
    return Span(operator.start_byte, word.end_byte) if syntax.span_of(word) == secret else None


def is_login(command: str) -> bool:
    """Whether a command stores a Hugging Face token on disk."""
    return re.match(r"(?:huggingface-cli|hf auth|hf)\s+login\b", command) is not None


def _requoted(data: bytes, place: Node, secret: Span, reference: str) -> moving.Changes:
    inner = Span(place.start_byte + 1, place.end_byte - 1)
    around = (Span(inner.start, secret.start), Span(secret.end, inner.end))
    escapes = [(Span(at, at), "\\") for part in around for at in _specials(data, part)]
    quotes = [(Span(place.start_byte, inner.start), '"'), (Span(inner.end, place.end_byte), '"')]
    return sorted([*quotes, *escapes, (secret, reference)])


def _specials(data: bytes, span: Span) -> list[int]:
    return [match.start() for match in _SPECIAL.finditer(data, span.start, span.end)]


def _quoted(data: bytes, place: Node, secret: Span, reference: str) -> moving.Changes:
    before, after = data[place.start_byte : secret.start], data[secret.end : place.end_byte]
    alone = (not before or before.endswith(b"=")) and not after
    if alone or not _QUOTABLE.match(before) or not _QUOTABLE.match(after):
        return [(secret, f'"{reference}"')]
    start, end = place.start_byte, place.end_byte
    return [(Span(start, start), '"'), (secret, reference), (Span(end, end), '"')]


def _expands(body: Node) -> bool:
    start = next((node for node in body.parent.children if node.type == "heredoc_start"), None) if body.parent else None
    return start is not None and not re.search(r"['\"\\]", syntax.text_of(start))


def _fix(document: Document, title: str, stored: Stored, changes: moving.Changes | None) -> Fix | None:
    if changes is None or not moving.still_parses(document, changes, "bash"):
        return None
    return moving.move(document, title, stored, changes)


def _is_whole_value(assignment: Node, document: Document, finding: Finding) -> bool:
    value = assignment.child_by_field_name("value")
    return value is not None and document.text(syntax.span_of(value)).strip("'\"") == document.text(finding.span)


def _names(assignment: Node, name: str) -> bool:
    return syntax.text_of(assignment.child_by_field_name("name")) == name


def _without(document: Document, path: list[Node], assignment: Node) -> moving.Changes | None:
    """Delete an exported or prefixed assignment; None where the statement has to stay."""
    if not shell.is_environment_write(path):
        return None
    outer = shell.statement(path)
    if outer is None:
        return None
    others = [child for child in outer.children[outer.type == "declaration_command" :] if child != assignment]
    if any(not re.match("-[a-z]+", syntax.text_of(child)) for child in others):
        if outer.type == "command":
            following = others[outer.children.index(assignment)]
            return [(Span(assignment.start_byte, following.start_byte), "")]
        before = outer.children[outer.children.index(assignment) - 1]
        return [(Span(before.end_byte, assignment.end_byte), "")]
    statements = [child for child in outer.parent.children if child.is_named] if outer.parent else []
    removed = moving.whole_line(document, syntax.span_of(outer))
    if removed == syntax.span_of(outer) or outer.parent is None or not _is_body(outer.parent, statements):
        return None
    return [(removed, "")]


def _is_body(parent: Node, statements: list[Node]) -> bool:
    """Whether one of the statements of `parent` may go: never the only one, which no shell allows to be missing."""
    return parent.type == "program" or (
        parent.type in ("do_group", "compound_statement", "subshell") and len(statements) > 1
    )


def _required(path: list[Node], assignment: Node, name: str) -> moving.Changes | None:
    """`: "${X:?…}"` for a statement that does nothing but set X."""
    message = f': "${{{name}:?Set the {name} secret}}"'
    outer = shell.statement(path)
    if outer is None:
        is_statement = assignment.parent is not None and assignment.parent.type not in (
            "variable_assignments",
            "command",
        )
        return [(syntax.span_of(assignment), message)] if is_statement else None
    if outer.type == "declaration_command" and outer.children[0].type == "export" and outer.child_count == 2:
        return [(syntax.span_of(outer), message)]
    return None
