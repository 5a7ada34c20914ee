"""Shell: a value becomes an expansion, with the quotes that let it expand; a write to the environment is deleted.

`rewrite` is for every language that contains shell commands: the words of a command are the same before and after.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import syntax
from unspill.fixes import moving, prose
from unspill.languages import shell
from unspill.languages.shell import Quoting
from unspill.model import Fix, Plan, Span, Stored
from unspill.sites import Comment

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding

_QUOTABLE = re.compile(rb"[A-Za-z0-9_@%+=:,./?#&-]*\Z")
# Special within `"`; history expansion happens at a prompt only.
_SPECIAL = re.compile(rb'[\\$`"]')
_ESCAPED = re.compile(rb"[\\$`]")


def plan(finding: Finding, document: Document, project: Project) -> Plan:
    """Delete a write to the environment, replace any other value by an expansion."""
    if finding.secret is None:
        return Plan(withheld="No value to move.")
    name = project.names.of(finding)
    path = syntax.enclosing(shell.tree(document), finding.span)
    if isinstance(shell.site(document, finding.span), Comment):
        return prose.plan(finding, document, project)
    stored = Stored(name, finding.secret)
    changes = rewrite(document.data, finding.span, f"${{{name}:?}}", shell.tree(document))
    if default := _default(path, finding.span, name):
        changes = [(default, ":?")]
    fixes = [_fix(document, f"Read {name} from the environment", stored, changes)]
    assignment = shell.assignment_at(path)
    if assignment is not None and _is_whole_value(assignment, document, finding) and _names(assignment, name):
        title = f"Remove the assignment ({name} comes from the environment)"
        fixes = [
            _fix(document, title, stored, _without(document, path, assignment)),
            _fix(document, f"Require {name}", stored, _required(path, assignment, name)),
            *fixes,
        ]
    elif (command := shell.command_at(path)) is not None and is_login(syntax.text_of(command)):
        removed = moving.whole_line(document, syntax.span_of(command))
        if removed != syntax.span_of(command):
            fixes.append(_fix(document, "Remove the login", stored, [(removed, "")]))
    safe = [fix for fix in fixes if fix is not None]
    if not safe:
        return Plan(withheld=f'The shell does not expand variables here: insert "${{{name}:?}}" manually.')
    return Plan(tuple(fix._replace(preferred=index == 0) for index, fix in enumerate(safe)))


def rewrite(data: bytes, secret: Span, reference: str, root: Node | None = None) -> moving.Changes | None:
    """The changes that replace `secret` by `reference` (`${X:?}`, `$(cat …)`) in the script `data`.

    Every word keeps its value: single quotes become double ones, with special characters escaped, and an unquoted
    word gets quotes. None where a shell would not expand, or where the value itself has escapes. `root` is the tree
    of `data`, if already parsed.
    """
    path = syntax.enclosing(root if root is not None else syntax.parse(data, "bash"), secret)
    found = shell.word_at(path)
    if found is None or any(node.is_error for node in path) or shell.is_in_backticks(path):
        return None
    word, quoting = found
    if quoting is Quoting.ANSI:
        return [(secret, f"'\"{reference}\"$'")]
    if quoting is Quoting.SINGLE:
        return _requoted(data, word, secret, reference)
    if _ESCAPED.search(data, secret.start, secret.end):
        return None
    if quoting is Quoting.HEREDOC:
        return [(secret, reference)] if shell.expands(word) else None
    if quoting is Quoting.DOUBLE or shell.expansion_at(path):
        return [(secret, reference)]
    return _quoted(data, word, secret, reference)


def _default(path: list[Node], secret: Span, name: str) -> Span | None:
    """The span between the name and the brace in `${name:-secret}`; None for any other place."""
    expansion = shell.expansion_at(path)
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
    """Delete an exported or prefixed assignment; None if the statement has to stay."""
    if not shell.is_environment_write(path):
        return None
    outer = shell.statement(path)
    if outer is None:
        return None
    others = [child for child in shell.words(outer) if child != assignment]
    if any(not re.match("-[a-z]+", syntax.text_of(child)) for child in others):
        at = outer.children.index(assignment)
        if shell.is_declaration(outer):
            return [(Span(outer.children[at - 1].end_byte, assignment.end_byte), "")]
        return [(Span(assignment.start_byte, others[at].start_byte), "")]
    removed = moving.whole_line(document, syntax.span_of(outer))
    return [(removed, "")] if removed != syntax.span_of(outer) and shell.may_go(outer) else None


def _required(path: list[Node], assignment: Node, name: str) -> moving.Changes | None:
    """`: "${X:?…}"` for a statement that only sets X."""
    message = f': "${{{name}:?Set the {name} secret}}"'
    outer = shell.statement(path)
    if outer is None:
        return [(syntax.span_of(assignment), message)] if shell.is_whole_statement(assignment) else None
    return [(syntax.span_of(outer), message)] if shell.is_export_of_one(outer) else None
