"""Dockerfiles, parsed with tree-sitter-containerfile (supports legacy ENV, CRLF, heredocs, the escape directive)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill import syntax
from unspill.languages import _environments, text
from unspill.model import Default, EnvUse, EnvUses, Span
from unspill.sites import Comment, DockerArg, DockerEnv, DockerInstruction, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.document import Document

_EXPANSION = re.compile(rb"(?<![\\$])\$(?:\{([A-Za-z_]\w*)(:?[?+-])?([^}]*)|([A-Za-z_]\w*))")
_OWN = re.compile(rb"(?:^|[\s;&|(])([A-Za-z_]\w*)=|\b(?:for|read)\s+([A-Za-z_]\w*)", re.MULTILINE)
"""What a shell command sets itself."""
_SECRET_ID = re.compile(rb"\bid=([A-Za-z_]\w*)")
_WHOLE_HEREDOC = re.compile(r"<<-?[\"']?\w+[\"']?\Z")
_SHEBANG = re.compile(rb"#!(?![^\r\n]*\b(?:ba|da|a)?sh\b)")
_POSIX_SHELL = re.compile(r'\[\s*"(?:/bin/|/usr/bin/)?(?:ba|da|a)?sh"')
_INSTRUCTION = "_instruction"
_PAIRS = ("env_pair", "arg_pair")
_COMMAND, _HEREDOC, _MOUNT = "shell_command", "heredoc_content", "mount_param"
_REMOVED = ("line_continuation", "comment")


def tree(document: Document) -> Node:
    """The root of the document's syntax tree."""
    return syntax.tree(document, "containerfile")


def site(document: Document, span: Span) -> Site:
    """The site of `span`: a pair of an ENV, the default of an ARG, another instruction, a comment."""
    path = syntax.enclosing(tree(document), span)
    if syntax.first(path, "comment"):
        return Comment()
    pair = pair_at(path)
    if pair is not None and pair.child_count > 1 and pair.children[0].end_byte <= span.start:
        name = pair_name(pair)
        return DockerArg(name) if is_build_argument(pair) else DockerEnv(name)
    instruction = innermost_instruction(path)
    lexical = text.site(document, span)
    if instruction is None:
        return lexical
    return DockerInstruction(lexical.name, keyword(instruction))


def env_value(document: Document, span: Span) -> tuple[str, str] | None:
    """The name and the whole value of the ENV or ARG pair around `span`; None if Docker computes the value."""
    pair = pair_at(syntax.enclosing(tree(document), span))
    if pair is None or pair.children[0].end_byte > span.start:
        return None
    value = document.text(pair_value(pair))
    return None if re.search(r"[\\$]", value) else (pair_name(pair), re.sub(r"[\"']", "", value))


def comments(document: Document) -> tuple[Span, ...]:
    """The comments, `#` included, without the line ending that the grammar includes."""
    return tuple(
        Span(node.start_byte, node.start_byte + len((node.text or b"").rstrip()))
        for node in syntax.walk(tree(document))
        if node.type == "comment"
    )


def extent(document: Document, span: Span) -> Span:
    """The outermost instruction around `span`."""
    path = syntax.enclosing(tree(document), span)
    outermost = innermost_instruction(path[::-1])
    return syntax.span_of(outermost) if outermost is not None else span


def env_uses(document: Document) -> EnvUses:
    """`$X` and secret mounts read, `ENV` and an `ARG` with a default write; an `ARG` without one reads.

    Docker expands a name without a value to nothing, so that only `${X:?}` and a required mount need one.
    """
    reads: list[EnvUse] = []
    writes: list[EnvUse] = []
    for instruction in instructions(document):
        for node in syntax.walk(instruction):
            if node.type in _PAIRS:
                name, value = syntax.text_of(node.children[0]), syntax.text_of(node.children[-1]).strip("'\"")
                use = EnvUse(name, syntax.span_of(node.children[0]), default=Default.EMPTY)
                is_own = node.child_count < 3 or value in ("", f"${name}", f"${{{name}}}")
                if node.child_count > 1:
                    writes.append(use._replace(given=is_own))
                else:
                    reads.append(use._replace(declares=True))
            elif node.type == _MOUNT and b"type=secret" in (node.text or b""):
                reads += _mounted(node)
        reads += _expanded(instruction)
    return EnvUses(reads=tuple(reads), writes=tuple(writes))


def _mounted(mount: Node) -> Iterator[EnvUse]:
    """The secret that a mount reads, which the platform stores."""
    text = mount.text or b""
    required = b"required=true" in text or text.endswith(b"required")
    default = Default.NONE if required else Default.EMPTY
    for match in _SECRET_ID.finditer(text):
        yield EnvUse(match[1].decode(), _shift(match.span(1), mount), required, default, declares=True)


def _expanded(instruction: Node) -> Iterator[EnvUse]:
    """The names that Docker, or the shell of a command, expands; those that a command sets itself are its own."""
    text = instruction.text or b""
    own = {name for names in _OWN.findall(text) for name in names} if keyword(instruction) == "RUN" else set()
    for match in _EXPANSION.finditer(text):
        group = 1 if match[1] else 4
        if match[group] not in own:
            required = (match[2] or b"").endswith(b"?")
            default = (
                Default.NONE if required else _environments.default_of((match[3] or b"").decode("utf-8", "replace"))
            )
            yield EnvUse(match[group].decode(), _shift(match.span(group), instruction), required, default)


def instructions(document: Document) -> list[Node]:
    """The instructions in order; that of an ONBUILD or HEALTHCHECK is inside it."""
    return document.memo(_instructions)


def _instructions(document: Document) -> list[Node]:
    return [node for node in tree(document).children if node.type.endswith(_INSTRUCTION)]


def innermost_instruction(path: list[Node]) -> Node | None:
    """The innermost instruction of a path of nodes."""
    return next((node for node in path if node.type.endswith(_INSTRUCTION)), None)


def keyword(instruction: Node) -> str:
    """The keyword of an instruction, in upper case: `RUN`."""
    return instruction.type.removesuffix(_INSTRUCTION).upper()


def image(instruction: Node) -> str:
    """The image that a FROM builds on."""
    return syntax.text_of(_child(instruction, "image_spec"))


def stage(instruction: Node) -> str:
    """The name that a FROM gives its stage; "" if none."""
    return syntax.text_of(_child(instruction, "image_alias"))


def command(instruction: Node) -> Node | None:
    """The command of an instruction in its shell form, or the text before its here-documents."""
    return _child(instruction, _COMMAND)


def exec_form(instruction: Node) -> Node | None:
    """The JSON array of an instruction in its exec form."""
    return next((node for node in syntax.walk(instruction) if node.type == "json_string_array"), None)


def mounts(run: Node) -> list[Node]:
    """The `--mount=` options of a RUN."""
    return [node for node in run.children if node.type == _MOUNT]


def script_at(path: list[Node]) -> Node | None:
    """The shell command, or the body of a here-document, that is in `path` (nodes, the innermost first)."""
    return syntax.first(path, _COMMAND, _HEREDOC)


def is_heredoc(script: Node) -> bool:
    """Whether a script is the body of a here-document."""
    return script.type == _HEREDOC


def is_in_heredoc(path: list[Node]) -> bool:
    """Whether `path` (nodes, the innermost first) is in the body of a here-document."""
    return syntax.first(path, _HEREDOC) is not None


class Script(NamedTuple):
    """The shell commands of an instruction. `data` is the text at `start`, with spaces for what Docker removes."""

    data: bytes
    start: int


def script(document: Document, instruction: Node, place: Node | None = None) -> Script | None:
    """The shell commands of an instruction (at `place`, if there are several); None if no POSIX shell runs them."""
    place = place or next((node for node in syntax.walk(instruction) if node.type == _HEREDOC), command(instruction))
    if place is None or not has_posix_shell(document):
        return None
    data = bytearray(place.text or b"")
    if is_heredoc(place):
        is_all = _WHOLE_HEREDOC.match(syntax.text_of(command(instruction)).strip())
        return None if is_all is None or _SHEBANG.match(data) else Script(bytes(data), place.start_byte)
    for part in removed(place):
        start, end = part.start - place.start_byte, part.end - place.start_byte
        data[start:end] = b" " * (end - start)
    return Script(bytes(data).replace(b"\r", b" "), place.start_byte)


def has_posix_shell(document: Document) -> bool:
    """Whether every SHELL of a Dockerfile is a POSIX shell."""
    return document.memo(_has_posix_shell)


def _has_posix_shell(document: Document) -> bool:
    shells = [node for node in instructions(document) if keyword(node) == "SHELL"]
    return all(_POSIX_SHELL.search(syntax.text_of(node)) for node in shells)


def argument(instruction: Node) -> str:
    """The text after the keyword of an instruction."""
    return syntax.text_of(instruction).partition(" ")[2].strip()


def removed(script: Node) -> list[Span]:
    """The parts of a command that Docker removes before a shell runs it: line continuations, comments in between."""
    return [syntax.span_of(node) for node in script.children if node.type in _REMOVED]


def pair_at(path: list[Node]) -> Node | None:
    """The pair of an ENV or ARG that is in `path` (nodes, the innermost first)."""
    return syntax.first(path, *_PAIRS)


def pairs(instruction: Node) -> list[Node]:
    """The pairs of an ENV or ARG, also within an ONBUILD."""
    return [node for node in syntax.walk(instruction) if node.type in _PAIRS]


def is_build_argument(pair: Node) -> bool:
    """Whether a pair is one of an ARG, which only exists at build time."""
    return pair.type == "arg_pair"


def pair_name(pair: Node) -> str:
    """The name of an ENV or ARG pair."""
    return syntax.text_of(pair.children[0])


def name_span(pair: Node) -> Span:
    """The name of an ENV or ARG pair in the text."""
    return syntax.span_of(pair.children[0])


def pair_value(pair: Node) -> Span:
    """The value of an ENV or ARG pair, quotes included; empty at its end if it has none."""
    parts = [child for child in pair.children[1:] if child.type != "="]
    return Span(parts[0].start_byte, pair.end_byte) if parts else Span(pair.end_byte, pair.end_byte)


def _child(instruction: Node, kind: str) -> Node | None:
    return next((node for node in instruction.children if node.type == kind), None)


def _shift(span: tuple[int, int], node: Node) -> Span:
    return Span(node.start_byte + span[0], node.start_byte + span[1])
