"""Shell scripts, parsed as bash: a superset of what `sh` understands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import syntax
from unspill.languages import text
from unspill.model import EnvUse, EnvUses, Span
from unspill.sites import Assignment, Comment, EnvDefault, ShellArgument, ShellAssignment, Site

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document

_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_DEFAULT = re.compile(r"\$\{([A-Za-z_]\w*):?[-=]")
_COMMANDS = (
    "command", "pipeline", "list", "redirected_statement", "declaration_command", "variable_assignment",
    "variable_assignments", "test_command", "negated_command",
)  # fmt: skip
_BODIES = (
    "program", "compound_statement", "do_group", "if_statement", "while_statement", "for_statement", "case_item",
    "function_definition", "subshell",
)  # fmt: skip
_STRINGS = ("string", "raw_string", "ansi_c_string", "word", "concatenation")


def tree(document: Document) -> Node:
    """The root of the document's syntax tree."""
    return syntax.tree(document, "bash")


def site(document: Document, span: Span) -> Site:
    """Where `span` sits: an assignment, a word of a command, a URL or header inside one, a comment."""
    path = syntax.enclosing(tree(document), span)
    if syntax.first(path, "comment"):
        return Comment()
    if (expansion := syntax.first(path, "expansion")) and (default := _DEFAULT.match(syntax.text_of(expansion))):
        return EnvDefault(default[1])
    assignment = syntax.first(path, "variable_assignment")
    string = next((node for node in reversed(path) if node.type in _STRINGS), None)
    if assignment is not None and not syntax.first(path, "command_substitution"):
        name = syntax.text_of(assignment.child_by_field_name("name"))
        return ShellAssignment(name) if is_environment_write(path) else Assignment(name)
    if string is not None and (inner := text.in_string(document, syntax.span_of(string), span)):
        return inner
    command = syntax.first(path, "command")
    if command is not None:
        return ShellArgument(option(command, span), syntax.text_of(command.child_by_field_name("name")))
    return text.site(document, span)


def comments(document: Document) -> tuple[Span, ...]:
    """The comments, `#` included."""
    return syntax.spans(tree(document), "comment")


def extent(document: Document, span: Span) -> Span:
    """The whole command around `span`, with its here-documents: a comment would cut it in two."""
    found = span
    for node in syntax.enclosing(tree(document), span):
        if node.type in _BODIES:
            break
        if node.type in _COMMANDS:
            found = syntax.span_of(node)
    return found


def env_uses(document: Document) -> EnvUses:
    """`$X`, `${X:?}` and the like read, unless the script has set X itself; `export X=` and `X=… command` write."""
    reads, writes, own = [], [], set()
    for node in syntax.walk(tree(document)):
        if node.type in ("simple_expansion", "expansion"):
            name = next((child for child in node.children if child.type == "variable_name"), None)
            required = any(child.type in (":?", "?") for child in node.children)
            if name is not None and _NAME.match(syntax.text_of(name)) and (required or syntax.text_of(name) not in own):
                reads.append(EnvUse(syntax.text_of(name), syntax.span_of(name), required))
        elif node.type == "variable_assignment":
            name = node.child_by_field_name("name")
            if name is None or name.type != "variable_name":
                continue
            if is_environment_write(syntax.enclosing(tree(document), syntax.span_of(node))):
                writes.append(EnvUse(syntax.text_of(name), syntax.span_of(name)))
            if f"{{{syntax.text_of(name)}" not in syntax.text_of(node):
                own.add(syntax.text_of(name))
        elif node.type == "for_statement":
            own.add(syntax.text_of(node.child_by_field_name("variable")))
        elif node.type == "command" and syntax.text_of(node.child_by_field_name("name")) == "read":
            own.update(syntax.text_of(word) for word in node.children if word.type == "word")
    return EnvUses(reads=tuple(reads), writes=tuple(writes))


def statement(path: list[Node]) -> Node | None:
    """The command or declaration that the innermost assignment of `path` (nodes, the innermost first) is a word of.

    None for an assignment that stands alone, whatever is around it.
    """
    above = iter(path)
    if not any(node.type == "variable_assignment" for node in above):
        return None
    outer = next(above, None)
    return outer if outer is not None and outer.type in ("declaration_command", "command") else None


def is_environment_write(path: list[Node]) -> bool:
    """Whether the assignment in `path` (nodes, the innermost first) is exported or in front of a command."""
    outer = statement(path)
    if outer is None:
        return False
    if outer.type == "command":
        return True
    words = [syntax.text_of(child) for child in outer.children]
    return words[0] == "export" or (words[0] in ("declare", "typeset") and any(re.match("-[a-z]*x", w) for w in words))


def option(command: Node, span: Span) -> str | None:
    """The option that the word at `span` is the value of: `--token X` and `--token=X` give `token`."""
    before = ""
    for child in command.children:
        if syntax.span_of(child).contains(span):
            own = re.match(r"--?([\w-]+)=", syntax.text_of(child))
            long = re.match(r"--([\w-]+)\Z", before)
            return own[1] if own else long[1] if long else None
        before = syntax.text_of(child)
    return None
