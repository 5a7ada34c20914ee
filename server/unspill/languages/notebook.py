"""Jupyter notebooks: JSON with code cells in Python, or the language of their first line, and prose in other cells.

A cell's source is a string or a list of strings; IPython's `%` and `!` lines are between Python's.
"""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_left, bisect_right
from json import loads
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages, sites, syntax
from unspill.document import Document
from unspill.languages import json
from unspill.model import EnvPattern, EnvUse, EnvUses, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Node

    from unspill.sites import Site

_PIECE = re.compile(rb"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\u\w{4}|\\.|[^\\]+", re.DOTALL)
_CELL_MAGIC = re.compile(rb"[ \t]*%%(\w+)[ \t]*(\S*)[^\n]*\n?")
_SHELLS = ("bash", "sh", "script", "shell")
_FOREIGN = ("html", "javascript", "js", "latex", "markdown", "svg", "perl", "ruby", "sql", "R")
_MAGIC_LINE = re.compile(rb"^([ \t]*)[!%]", re.MULTILINE)
ENV_MAGIC = re.compile(rb"[ \t]*%(?:set_)?env[ \t]+([A-Za-z_]\w*)(?:[ \t]*=[ \t]*|[ \t]+)")
COMMAND = re.compile(rb"[ \t]*(?:!!?|%(?:pip|conda|sx|system)(?=[ \t]))[ \t]*")


class Cell(NamedTuple):
    """One cell. `document` is its decoded source, `raw[i]` the offset in the file of the source's byte `i`."""

    number: int
    """0-based."""
    kind: str
    """`code`, `markdown` or `raw`."""
    document: Document
    raw: list[int]
    separator: str
    """The text between two strings of the source, quotes included; "" if the source is one string."""

    def to_file(self, span: Span) -> Span:
        """Convert a span of the source to one of the file, in bytes."""
        return Span(self.raw[span.start], self.raw[span.end])

    def to_source(self, span: Span) -> Span | None:
        """Convert a span of the file to one of the source, in bytes; None if it is not in the source."""
        if not self.raw[0] <= span.start < span.end <= self.raw[-1]:
            return None
        return Span(bisect_left(self.raw, span.start), bisect_left(self.raw, span.end))


def cells(document: Document) -> tuple[Cell, ...]:
    """The cells of a notebook, in order; none if it is not parsed."""
    return () if languages.refusal(document) else document.memo(_cells)


def cell_at(document: Document, span: Span) -> tuple[Cell, Span] | None:
    """The cell whose source contains `span`, and the span in that source."""
    found = cells(document)
    at = bisect_right(found, span.start, key=lambda cell: cell.raw[0]) - 1
    inner = found[at].to_source(span) if at >= 0 else None
    return (found[at], inner) if inner is not None else None


def site(document: Document, span: Span) -> Site:
    """The site of `span`: that of its cell's language, an output, or other JSON."""
    found = cell_at(document, span)
    if found is None:
        path = syntax.enclosing(json.tree(document), span)
        keys = json.keys(path)
        return sites.CellOutput() if "outputs" in keys or "widgets" in keys else json.site(document, span)
    cell, inner = found
    return sites.Prose() if cell.kind != "code" else _site(cell, inner)


def _site(cell: Cell, span: Span) -> Site:
    line = magic_line(cell, span)
    if line is None:
        part, inner = program(cell, span)
        return languages.site(part, inner)
    source = cell.document.data[line.start : line.end]
    if match := ENV_MAGIC.match(source):
        return sites.EnvAssignment(name=match[1].decode())
    if match := COMMAND.match(source):
        shell = Document(source[match.end() :], cell.document.path, "shell")
        shift = line.start + match.end()
        return languages.site(shell, Span(span.start - shift, span.end - shift))
    return sites.Text()


def env_value(document: Document, span: Span) -> tuple[str, str] | None:
    """The environment variable that a code cell sets, or gives a default, at `span`, and its whole value."""
    found = cell_at(document, span)
    if found is None or found[0].kind != "code":
        return None
    cell, inner = found
    if magic_line(cell, inner) is None:
        return languages.env_value(*program(cell, inner))
    at = _site(cell, inner)
    return (at.name, document.text(span)) if isinstance(at, sites.EnvAssignment) and at.name else None


def env_uses(document: Document) -> EnvUses:
    """The environment variables that the code cells read and write."""
    reads: list[EnvUse] = []
    writes: list[EnvUse] = []
    implicit: list[EnvUse] = []
    patterns: list[EnvPattern] = []
    for cell in cells(document):
        if cell.kind != "code":
            continue
        part, _ = program(cell, Span(0, 0))
        found = languages.env_uses(part)
        shift = len(cell.document.data) - len(part.data)
        for uses, into in ((found.reads, reads), (found.writes, writes), (found.implicit, implicit)):
            into += [use._replace(span=cell.to_file(_shifted(use.span, shift))) for use in uses]
        patterns += [one._replace(span=cell.to_file(_shifted(one.span, shift))) for one in found.patterns]
        writes += [
            EnvUse(match[1].decode(), cell.to_file(Span(*match.span(1))))
            for match in re.finditer(rb"^" + ENV_MAGIC.pattern, cell.document.data, re.MULTILINE)
        ]
    return EnvUses(tuple(reads), tuple(writes), implicit=tuple(implicit), patterns=tuple(patterns))


def comments(document: Document) -> tuple[Span, ...]:
    """The comments of the code cells."""
    found = []
    for cell in cells(document):
        if cell.kind == "code":
            part, _ = program(cell, Span(0, 0))
            shift = len(cell.document.data) - len(part.data)
            spans = (_shifted(span, shift) for span in languages.comments(part))
            # A magic line parses as a comment, because `program` converts it to one.
            found += [cell.to_file(span) for span in spans if cell.document.data[span.start : span.start + 1] == b"#"]
    return tuple(found)


def program(cell: Cell, span: Span) -> tuple[Document, Span]:
    """A code cell in its own language (Python, or that of `%%bash`, `%%writefile app.py`), and `span` in it.

    Magic lines become comments of the same length, so that the rest parses.
    """
    whole, part, start = cell.document.memo(_programs)
    return (whole, span) if part is None or span.start < start else (part, _shifted(span, -start))


def _programs(source: Document) -> tuple[Document, Document | None, int]:
    """A code cell as Python; its part in another language, if any; and the start of that part."""
    data = source.data
    magic = _CELL_MAGIC.match(data)
    name = magic[1].decode() if magic is not None else ""
    language = ""
    if magic is not None and name in _SHELLS:
        language = "shell"
    elif magic is not None and name in ("writefile", "file"):
        language = languages.language_of(magic[2].decode("utf-8", "replace")).id
    elif name in _FOREIGN:
        language = "text"
    whole = Document(_MAGIC_LINE.sub(rb"\1#", data), source.path, "python")
    if magic is None or not language:
        return whole, None, 0
    return whole, Document(data[magic.end() :], source.path, language), magic.end()


def program_at(document: Document, offset: int) -> tuple[Document, int, Callable[[Span], Span]] | None:
    """The Python cell that contains the byte at `offset`, the offset in it, and a mapping back to the file."""
    found = cell_at(document, Span(offset, offset + 1))
    if found is None or found[0].kind != "code":
        return None
    cell, inner = found
    part, span = program(cell, inner)
    shift = inner.start - span.start
    if part.language != "python":
        return None
    return part, span.start, lambda one: cell.to_file(_shifted(one, shift))


def magic_line(cell: Cell, span: Span) -> Span | None:
    """The line of `span` if it is one of IPython's in a Python cell."""
    part, _ = program(cell, Span(len(cell.document.data), len(cell.document.data)))
    line = Span(*cell.document.line_span(cell.document.line_at(span.start)))
    is_magic = part.language == "python" and _MAGIC_LINE.match(cell.document.data[line.start : line.end])
    return line if is_magic else None


def _shifted(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def _cells(document: Document) -> tuple[Cell, ...]:
    found = []
    top = next((node for node in json.tree(document).named_children if node.type == "object"), None)
    for pair in json.pairs(top):
        if json.key_of(pair) != "cells":
            continue
        cells = pair.child_by_field_name("value")
        for index, node in enumerate(cells.named_children if cells is not None else []):
            fields = {json.key_of(field): field.child_by_field_name("value") for field in json.pairs(node)}
            source = fields.get("source")
            if source is not None:
                kind = syntax.text_of(fields.get("cell_type")).strip('"')
                found.append(_cell(document, index, kind, source))
    return tuple(cell for cell in found if len(cell.raw) > 1)


def _cell(document: Document, index: int, kind: str, source: Node) -> Cell:
    strings = [source] if source.type == "string" else [node for node in source.named_children if node.type == "string"]
    text, raw, end = bytearray(), [], 0
    for string in strings:
        for piece, start, width in _decoded(document.data, string.start_byte + 1, string.end_byte - 1):
            text += piece
            raw += [start + at if width == len(piece) else start for at in range(len(piece))]
        end = string.end_byte - 1
    separator = ""
    if source.type == "array" and strings:
        before = document.data[source.start_byte + 1 : strings[0].start_byte].decode("utf-8", "replace")
        separator = f'",{before}"'
    return Cell(index, kind, Document(bytes(text), document.path, "python"), [*raw, end], separator)


def _decoded(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The pieces of a JSON string's content: decoded, with their offset and width in the file."""
    for match in _PIECE.finditer(data, start, end):
        text = match[0]
        if text.startswith(b"\\"):
            # An invalid escape is literal.
            with contextlib.suppress(ValueError):
                text = loads(b'"' + text + b'"').encode("utf-8", "replace")
        yield text, match.start(), len(match[0])
