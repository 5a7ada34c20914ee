"""Shell scripts, parsed as bash, a superset of `sh`."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from unspill import syntax
from unspill.languages import _environments, text
from unspill.model import Default, EnvUse, EnvUses, Span
from unspill.sites import Assignment, Comment, EnvDefault, ShellArgument, ShellAssignment, Site

if TYPE_CHECKING:
    from collections.abc import Container

    from tree_sitter import Node

    from unspill.document import Document

_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_FALLBACK = re.compile(r"\$\{\w+:?[-=+]([^}]*)")
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
_RUNS_WITH = ("command", "declaration_command")
"""Commands with their own status, whatever that of the assignments in them."""


class Quoting(Enum):
    """The quoting of a word, which determines what a shell expands in it."""

    NONE = auto()
    SINGLE = auto()
    DOUBLE = auto()
    ANSI = auto()
    """`$'…'`."""
    HEREDOC = auto()
    """The body of a here-document, with or without expansions."""


_QUOTINGS = {
    "raw_string": Quoting.SINGLE, "string": Quoting.DOUBLE, "ansi_c_string": Quoting.ANSI,
    "heredoc_body": Quoting.HEREDOC, "word": Quoting.NONE, "number": Quoting.NONE,
}  # fmt: skip
_TIES = ("&&", ";")
_QUOTED = ("string", "raw_string", "ansi_c_string", "heredoc_body")
_TELLING = ("echo", "printf")
_NO_WORDS = ("comment", "concatenation", "command", "command_substitution", "program")


def tree(document: Document) -> Node:
    """The root of the document's syntax tree."""
    return syntax.tree(document, "bash")


def site(document: Document, span: Span) -> Site:
    """The site of `span`: an assignment, a word of a command, a URL or header inside one, a comment."""
    path = syntax.enclosing(tree(document), span)
    if syntax.first(path, "comment"):
        return Comment()
    if (expansion := expansion_at(path)) and (default := _DEFAULT.match(syntax.text_of(expansion))):
        return EnvDefault(default[1])
    assignment = assignment_at(path)
    string = next((node for node in reversed(path) if node.type in _STRINGS), None)
    if assignment is not None and not syntax.first(path, "command_substitution"):
        name = syntax.text_of(assignment.child_by_field_name("name"))
        return ShellAssignment(name) if is_environment_write(path) else Assignment(name)
    if string is not None and (inner := text.in_string(document, syntax.span_of(string), span)):
        return inner
    command = command_at(path)
    if command is not None:
        return ShellArgument(option(command, span), syntax.text_of(command.child_by_field_name("name")))
    return text.site(document, span)


def comments(document: Document) -> tuple[Span, ...]:
    """The comments, `#` included."""
    return syntax.spans(tree(document), "comment")


def extent(document: Document, span: Span) -> Span:
    """The whole command around `span`, with its here-documents: a comment would split it."""
    found = span
    for node in syntax.enclosing(tree(document), span):
        if node.type in _BODIES:
            break
        if node.type in _COMMANDS:
            found = syntax.span_of(node)
    return found


def env_uses(document: Document) -> EnvUses:
    """`$X`, `${X:?}` and the like read, unless the script has set X itself; `export X=` and `X=… command` write."""
    reads, writes, own = [], [], set[str]()
    for node in syntax.walk(tree(document)):
        if node.type in ("simple_expansion", "expansion"):
            if (read := _read(node, own)) is not None:
                reads.append(read)
        elif node.type == "variable_assignment":
            name = node.child_by_field_name("name")
            if name is None or name.type != "variable_name":
                continue
            if is_environment_write(syntax.enclosing(tree(document), syntax.span_of(node))):
                value = syntax.text_of(node.child_by_field_name("value"))
                writes.append(EnvUse(syntax.text_of(name), syntax.span_of(name), given=_has_no_value(value)))
            if f"{{{syntax.text_of(name)}" not in syntax.text_of(node):
                own.add(syntax.text_of(name))
        elif node.type == "for_statement":
            own.add(syntax.text_of(node.child_by_field_name("variable")))
        elif node.type == "command" and syntax.text_of(node.child_by_field_name("name")) == "read":
            own.update(syntax.text_of(word) for word in node.children if word.type == "word")
    return EnvUses(reads=tuple(reads), writes=tuple(writes))


def _read(expansion: Node, own: Container[str]) -> EnvUse | None:
    """The read of a variable; None of one of the script's `own`, unless it is required, and of what is no variable."""
    name = next((child for child in expansion.children if child.type == "variable_name"), None)
    required = any(child.type in (":?", "?") for child in expansion.children)
    if name is None or not _NAME.match(syntax.text_of(name)) or (not required and syntax.text_of(name) in own):
        return None
    fallback = _FALLBACK.match(syntax.text_of(expansion))
    default = _environments.default_of(fallback[1]) if fallback is not None else Default.NONE
    return EnvUse(syntax.text_of(name), syntax.span_of(name), required, default)


def _has_no_value(value: str) -> bool:
    """Whether what is assigned is nothing, an argument of the script, or a placeholder that a person replaces."""
    plain = value.strip("'\"")
    return not plain or re.search(r"\$\{?[1-9@*]|<[^>]*>|\byour[-_]", plain, re.IGNORECASE) is not None


def statement(path: list[Node]) -> Node | None:
    """The command or declaration that the innermost assignment of `path` (nodes, the innermost first) is a word of.

    None for an assignment that is a statement, whatever is around it.
    """
    above = iter(path)
    if not any(node.type == "variable_assignment" for node in above):
        return None
    outer = next(above, None)
    return outer if outer is not None and outer.type in ("declaration_command", "command") else None


def is_environment_write(path: list[Node]) -> bool:
    """Whether the assignment in `path` (nodes, the innermost first) is exported or precedes a command."""
    outer = statement(path)
    if outer is None:
        return False
    if outer.type == "command":
        return True
    keyword, *rest = map(syntax.text_of, outer.children)
    return keyword == "export" or (keyword in ("declare", "typeset") and any(re.match("-[a-z]*x", one) for one in rest))


def assignment_at(path: list[Node]) -> Node | None:
    """The innermost assignment of `path` (nodes, the innermost first)."""
    return syntax.first(path, "variable_assignment")


def command_at(path: list[Node]) -> Node | None:
    """The innermost command of `path` (nodes, the innermost first)."""
    return syntax.first(path, "command")


def expansion_at(path: list[Node]) -> Node | None:
    """The innermost `${…}` of `path` (nodes, the innermost first)."""
    return syntax.first(path, "expansion")


def word_at(path: list[Node]) -> tuple[Node, Quoting] | None:
    """The part of a word that `path` (nodes, the innermost first) ends in, and its quoting; None if there is none."""
    word = next((node for node in path if node.type in _QUOTINGS or node.type in _NO_WORDS), None)
    quoting = _QUOTINGS.get(word.type) if word is not None else None
    return (word, quoting) if word is not None and quoting is not None else None


def is_in_backticks(path: list[Node]) -> bool:
    """Whether `path` (nodes, the innermost first) is in a command substitution with backticks."""
    return any(node.type == "command_substitution" and node.children[0].type == "`" for node in path)


def is_redirected(path: list[Node]) -> bool:
    """Whether the output of a command of `path` (nodes, the innermost first) goes to a file or another command."""
    return syntax.first(path, "redirected_statement", "pipeline") is not None


def is_tested(document: Document, span: Span) -> bool:
    """Whether `span` is in a test (`[ -n "$X" ]`), whose outcome the script goes on with."""
    return syntax.first(syntax.enclosing(tree(document), span), "test_command") is not None


def is_run(document: Document, span: Span) -> bool:
    """Whether `span` is in a word of a command that the script runs: not in text that is only passed on."""
    for node in syntax.enclosing(tree(document), span):
        if node.type in ("command_substitution", "command", "file_redirect"):
            return syntax.text_of(node.child_by_field_name("name")) not in _TELLING
        if node.type in (*_QUOTED, "test_command", "comment"):
            return False
    return False


def commands(document: Document) -> list[Node]:
    """The simple commands of a script, in order."""
    return syntax.find_all(tree(document), "bash", "command")


def statements(document: Document) -> list[Node]:
    """The simple commands of a script, with its declarations (`export -p`), in order."""
    return syntax.find_all(tree(document), "bash", "command", "declaration_command")


def is_shown(document: Document, command: Node) -> bool:
    """Whether the output of a command is that of the script: not that of a pipeline, a substitution or a file."""
    path = syntax.enclosing(tree(document), syntax.span_of(command))
    return syntax.first(path, "pipeline", "command_substitution", "process_substitution") is None and not written_file(
        document, command
    )


def written_file(document: Document, command: Node) -> str:
    """The file that the output of a command goes to, as it is written; "" if to none, or to a device."""
    for node in syntax.enclosing(tree(document), syntax.span_of(command)):
        if node.type in ("pipeline", "command_substitution"):
            return ""
        if node.type == "redirected_statement":
            files = [child for child in node.children if child.type == "file_redirect"]
            targets = [syntax.text_of(file.child_by_field_name("destination")) for file in files if _is_output(file)]
            return next((target for target in targets if not target.startswith("/dev/")), "")
    return ""


def _is_output(redirect: Node) -> bool:
    return redirect.children[0].type in (">", ">>", "&>", ">|")


def expands(heredoc: Node) -> bool:
    """Whether variables are expanded in the body of a here-document: not if its delimiter is quoted."""
    siblings = heredoc.parent.children if heredoc.parent is not None else []
    start = next((node for node in siblings if node.type == "heredoc_start"), None)
    return start is not None and not re.search(r"['\"\\]", syntax.text_of(start))


def words(statement: Node) -> list[Node]:
    """The words of a command, or of a declaration after its first word."""
    return statement.children[is_declaration(statement) :]


def is_declaration(statement: Node) -> bool:
    """Whether a statement is an `export`, `declare`, `readonly` and the like."""
    return statement.type == "declaration_command"


def is_export_of_one(statement: Node) -> bool:
    """Whether a statement only exports one name."""
    return is_declaration(statement) and statement.children[0].type == "export" and statement.child_count == 2


def is_whole_statement(assignment: Node) -> bool:
    """Whether an assignment is a whole statement: not one of several, and not before a command."""
    return assignment.parent is not None and assignment.parent.type not in ("variable_assignments", "command")


def gives_status(assignment: Node) -> bool:
    """Whether the status of a command substitution in an assignment becomes that of the statement."""
    return assignment.parent is not None and assignment.parent.type not in _RUNS_WITH


def may_go(statement: Node) -> bool:
    """Whether a statement may be deleted: not the only one of a body, which must not be empty."""
    body = statement.parent
    if body is None or body.type == "program":
        return body is not None
    return body.type in ("do_group", "compound_statement", "subshell") and body.named_child_count > 1


def tied(command: Node) -> Span | None:
    """A command with the `&&` or `;` between it and its neighbour; None if it has no neighbour."""
    following, before = command.next_sibling, command.prev_sibling
    if following is not None and following.type in _TIES and following.next_sibling is not None:
        return Span(command.start_byte, following.next_sibling.start_byte)
    if before is not None and before.type in _TIES and before.prev_sibling is not None:
        return Span(before.prev_sibling.end_byte, command.end_byte)
    return None


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
