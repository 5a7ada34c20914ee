"""The scripts of a GitHub workflow, and the secrets that each is given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill import syntax
from unspill.languages import yaml
from unspill.languages.yaml import ScalarStyle
from unspill.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.document import Document

_EXPRESSION = re.compile(rb"\$\{\{(.{0,400}?)\}\}", re.DOTALL)
_SECRET = re.compile(r"\s*secrets\.([A-Za-z_]\w*)\s*(?:\|\|[^&=!<>]*)?\Z")
"""An expression whose value is that of a secret: a comparison is none."""
_HEADER = re.compile(rb"[^\r\n]*")


class WorkflowScript(NamedTuple):
    """What a step runs."""

    data: bytes
    """The commands, with a word of the same length for each expression, and spaces for what only YAML reads."""
    start: int
    """Where `data` is in the document."""
    expressions: tuple[tuple[Span, str], ...]
    """The places in `data` that stand for a secret, and its name there."""
    variables: tuple[tuple[str, str], ...]
    """The variables of the step that have the value of a secret, and its name."""
    shell: str


def scripts(document: Document) -> Iterator[WorkflowScript]:
    """The scripts of a workflow's steps, in order. Raises UnparsedError."""
    for pair in yaml.all_pairs(yaml.tree(document)):
        value = pair.child_by_field_name("value")
        if yaml.key_of(pair) != "run" or value is None:
            continue
        path = syntax.enclosing(yaml.tree(document), syntax.span_of(value))
        scalar = next((node for node in syntax.walk(value) if yaml.style(node) is not None), None)
        if scalar is None or "steps" not in yaml.keys(path):
            continue
        data = _commands(scalar)
        secrets = [
            (Span(*match.span()), secret[1])
            for match in _EXPRESSION.finditer(data)
            if (secret := _SECRET.match(match[1].decode("utf-8", "replace")))
        ]
        plain = _EXPRESSION.sub(lambda match: b"x" * len(match[0]), data)
        above = [node for node in path if yaml.is_mapping(node)]
        variables = {name: secret for mapping in reversed(above) for name, secret in _variables(mapping)}
        shell = next((yaml.value_of(one) for one in yaml.pairs(above[0]) if yaml.key_of(one) == "shell"), "")
        yield WorkflowScript(plain, scalar.start_byte, tuple(secrets), tuple(variables.items()), shell)


def _commands(scalar: Node) -> bytes:
    raw, style = scalar.text or b"", yaml.style(scalar)
    if style is ScalarStyle.BLOCK:
        header = _HEADER.match(raw)
        width = header.end() if header is not None else 0
        return b" " * width + raw[width:]
    return raw if style is ScalarStyle.PLAIN else b" " + raw[1:-1] + b" "


def _variables(mapping: Node) -> Iterator[tuple[str, str]]:
    """The variables of a mapping's `env:` that are secrets, with the names of those."""
    for pair in yaml.pairs(mapping):
        if yaml.key_of(pair) == "env":
            for entry in yaml.all_pairs(pair):
                whole = _EXPRESSION.fullmatch(yaml.value_of(entry).encode())
                secret = _SECRET.match(whole[1].decode()) if whole is not None else None
                if secret is not None:
                    yield yaml.key_of(entry), secret[1]
