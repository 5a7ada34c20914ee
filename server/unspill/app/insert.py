"""Additions to other programs' configuration that leave every byte that was there as it is."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING

from unspill import syntax
from unspill.document import line_end
from unspill.languages import yaml

if TYPE_CHECKING:
    from tree_sitter import Node

_INDENT = 2
"""Columns of the first entry of a list."""


def table(data: bytes, addition: bytes) -> bytes:
    """A TOML file with the tables of `addition` appended."""
    return _joined(data, addition)


def job(data: bytes, addition: bytes) -> bytes | None:
    """A YAML file with the keys of the mapping `addition` appended; None if it is not a mapping."""
    before, after = _keys(data), _joined(data, addition)
    return after if before is not None and _keys(after) == [*before, *(_keys(addition) or ())] else None


def repository(data: bytes, addition: bytes) -> bytes | None:
    """A `.pre-commit-config.yaml` with the entries under `repos` of `addition`, another one, appended.

    None if it is no such file, or writes its `repos` in brackets.
    """
    if _keys(data) == []:
        return job(data, addition)
    repos = _repos(data)
    if repos is None:
        return None
    value = repos.child_by_field_name("value")
    entries = _entries(data)
    if entries:
        end = yaml.end(entries[-1])
        before, column = data[:end], entries[0].start_point.column
    elif value is None or value.text == b"[]":
        end, column = repos.end_byte, _INDENT
        before = data[: end if value is None else value.start_byte].rstrip(b" ")
    else:
        return None
    next_line = data.find(b"\n", end) + 1 or len(data)
    entry = indent(dedent(addition.partition(b"\n")[2].decode()), " " * column)
    after = _ended(before + data[end:next_line], data) + _like(data, entry.encode()) + data[next_line:]
    return after if len(_entries(after)) == len(entries) + 1 and _keys(after) == _keys(data) else None


def _joined(data: bytes, addition: bytes) -> bytes:
    return _like(data, addition) if not data.strip() else _ended(data, data) + _like(data, b"\n" + addition)


def _ended(part: bytes, data: bytes) -> bytes:
    """The first part of `data`, with an end of line."""
    return part if part.endswith(b"\n") else part + _like(data, b"\n")


def _like(data: bytes, addition: bytes) -> bytes:
    """The addition with the line ends of `data`."""
    return addition.replace(b"\n", line_end(data).encode())


def _pairs(data: bytes) -> list[Node] | None:
    """The pairs of the mapping that a YAML text is; [] if it holds nothing, None if it is another or unparsed."""
    try:
        root = syntax.parse(data, "yaml")
    except syntax.UnparsedError:
        return None
    return None if syntax.errors(root) else yaml.top_pairs(root)


def _keys(data: bytes) -> list[str] | None:
    pairs = _pairs(data)
    return None if pairs is None else [yaml.key_of(pair) for pair in pairs]


def _repos(data: bytes) -> Node | None:
    return next((pair for pair in _pairs(data) or () if yaml.key_of(pair) == "repos"), None)


def _entries(data: bytes) -> list[Node]:
    """The entries of the `repos` of a `.pre-commit-config.yaml` that are on lines of their own."""
    repos = _repos(data)
    return [] if repos is None else yaml.items(repos)
