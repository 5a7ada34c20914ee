"""Values by position: columns of CSV, Markdown and SQL, and `user, password = "…", "…"`.

A row of names comes first, and then one row of values or more; the value of a name is at the same place in its row.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from unspill.engine import windows
from unspill.engine.named import PREFIX, QUOTE, TELLING, Named, anchors, anchors_behind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_VARIABLE = r"[$@]?[A-Za-z_][A-Za-z0-9_.]{0,40}"
_ASSIGN = r"[ ]?[\])]?[ ]?:?=[ ]?[\[(]?[ ]?"
_STRING = rf"{PREFIX}{QUOTE}[^\"'\x60\r\n]{{1,200}}{QUOTE}"
_INSERT = r"(?i:insert[ ]{1,4}into)[^()]{1,80}\("
_STDIN = r"\)[ ]{1,4}(?i:from[ ]{1,4}stdin)"
_TABLE = r"""(?P<table>[A-Za-z_"\x60\[][\w."\x60\[\]]{0,120})"""
_NAME = "tables"
ANCHORS = (
    *anchors_behind(_NAME, rf"{TELLING}(?:[ ]?,[ ]?{_VARIABLE}){{0,7}}{_ASSIGN}{_STRING}[ ]?,[ ]?{PREFIX}[\"'\x60]"),
    *anchors(
        _NAME,
        # Without names: both are rare, and with them Hyperscan takes long to compile.
        _INSERT,
        _STDIN,
        rf"[\n,;\t][\"']?[A-Za-z0-9_]{{0,24}}{TELLING}[\"']?(?:[,;\t][\"'A-Za-z]|\r?\n)",
        rf"\|[ \t*\x60]{{0,8}}[A-Za-z0-9_. \-]{{0,24}}{TELLING}[*\x60]{{0,3}}[ \t]{{0,40}}\|",
    ),
)
_ROWS = 200
"""How many rows of a table are looked at."""
_AHEAD = 2048
"""How many bytes of it."""
_BEHIND = 600
"""How many bytes may be between the names and the values of SQL."""
_SHORTEST = 4
_AROUND = b" \t*"
_TELLING = re.compile(rf"(?:[A-Za-z0-9_. \-]*(?:[_. \-]|(?=_(?i:pw)))|[a-z0-9]*(?=[A-Z])|){TELLING}\Z".encode())
_LIKELY = re.compile(rb"(?=[^0-9]*[0-9])[^\s|]{8,}\Z")
"""A cell that may be a secret: a description has blanks, a type no digits."""
_TUPLE = re.compile(
    (
        rf"(?P<names>{_VARIABLE}(?:[ ]?,[ ]?{_VARIABLE}){{1,7}}){_ASSIGN}"
        rf"(?P<values>{_STRING}(?:[ ]?,[ ]?{_STRING}){{1,7}})"
    ).encode()
)
_STRINGS = re.compile(rf"{PREFIX}(?P<quote>[\"'\x60])(?P<quoted>[^\"'\x60\r\n]*)[\"'\x60]".encode())
_SQL = re.compile(rf"{_INSERT}(?P<names>[^()]{{1,600}})\)\s{{0,40}}(?i:values)\s{{0,40}}(?=\()".encode())
_SQL_VALUE = re.compile(
    rb"""[(,]\s{0,40}(?:[NEb]?'(?P<quoted>(?:''|\\.|[^'\\])*)'|(?P<bare>[^,()'\s]*(?:\([^()']*\))?))\s{0,40}(?=[,)])"""
)
_SQL_NEXT = re.compile(rb"\)\s*,\s*(?=\()")
_COPY = re.compile(rf"(?i:copy)[ ]{{1,4}}{_TABLE}[ ]{{0,4}}\((?P<names>[^()]{{1,600}}){_STDIN}[^\r\n]{{0,80}}".encode())
"""The rows of a dump of PostgreSQL follow, with tabs, up to a line `\\.`."""
_CELL = re.compile(rb"(?:(?<=\t)|(?<=\n))[^\t\r\n]*")
_NAMELESS = re.compile(rf"(?i:insert[ ]{{1,4}}into)[ ]{{1,4}}{_TABLE}\s{{1,40}}(?i:values)\s{{0,40}}(?=\()".encode())
_CREATED = re.compile(rf"(?i:create[ ]{{1,4}}table)[ ]{{1,4}}(?:(?i:if not exists)[ ])?{_TABLE}\s{{0,40}}\(".encode())
_COLUMN = re.compile(rb"""\s*["\x60\[]?(?P<name>[A-Za-z_]\w*)""")
_DEFINED = re.compile(rb"'(?:[^'\\]|\\.|'')*'|[(),]")
"""What separates the definitions of columns, or does not because it is inside of one."""
_CONSTRAINTS = frozenset("primary key unique constraint foreign index check fulltext exclude spatial".split())
"""Words that begin a definition which is no column's."""
_RULE = re.compile(rb"[ \t:\-|]*\Z")
"""The line below the names in a table of Markdown."""
_HEADER = re.compile(
    r"{0}(?P<separator>[,;\t])(?:{0}(?:(?P=separator)|\Z))+\Z".format(
        r"[\"']?[A-Za-z_][A-Za-z0-9_ .\-]{0,40}[\"']?"
    ).encode()
)
"""The names of the columns of CSV."""
_SPLIT = {
    one: re.compile(
        rb"""(?P<cell>[ \t]{0,9}"(?:[^"\r\n]|""){0,400}"[ \t]{0,9}|[^%b\r\n]*)(?:%b|\Z|(?=[\r\n]))"""
        % (re.escape(one), re.escape(one))
    )
    for one in (b",", b";", b"\t", b"|")
}


class _TableCell(NamedTuple):
    """A cell's text without quotation marks, and where it is in the document (bytes, end exclusive)."""

    text: bytes
    start: int
    end: int
    quote: str = ""


def values(data: bytes, ends: Iterable[int], timeout: float) -> Iterator[Named]:  # noqa: ARG001  # bounded without
    """The values under telling names, around the ends of the anchors' hits."""
    done = 0
    elsewhere: list[int] = []
    columns: dict[bytes, list[bytes]] | None = None
    for hit in sorted(set(ends)):
        if hit <= done:
            continue
        header = windows.line(data, hit)
        if separator := _separator(data[slice(*header)]):
            done, found = _table(data, header, separator)
            yield from found
        else:
            elsewhere.append(hit)
    for begin, end in windows.around(data, elsewhere, _BEHIND):
        yield from _in_statements(data, begin, end)
        last = min(end + _BEHIND, len(data))
        for match in _NAMELESS.finditer(data, begin, last):
            columns = _columns(data) if columns is None else columns
            yield from _placed(match, columns.get(_plain(match["table"]), ()), _rows_after(data, match.end()))
        for match in _COPY.finditer(data, begin, last):
            names = [name.strip(b' "') for name in match["names"].split(b",")]
            yield from _placed(match, names, _copied(data, match.end()))


def _in_statements(data: bytes, begin: int, end: int) -> Iterator[Named]:
    """The values of SQL, and of assignments to several variables."""
    for match in _TUPLE.finditer(data, begin, end):
        strings = _STRINGS.finditer(data, *match.span("values"))
        row = [_TableCell(one["quoted"], *one.span("quoted"), one["quote"].decode()) for one in strings]
        yield from _row(_cells(data, *match.span("names"), b","), row, "=")
    for match in _SQL.finditer(data, begin, min(end + _BEHIND, len(data))):
        names = _cells(data, *match.span("names"), b",")
        for row in _rows_after(data, match.end()):
            yield from _row(names, row, "=")


def _row(names: Sequence[_TableCell], row: Sequence[_TableCell], operator: str) -> Iterator[Named]:
    """The values under telling names; none if the row does not have a value for each name."""
    if len(names) != len(row):
        return
    for name, cell in zip(names, row, strict=True):
        if _TELLING.match(name.text) and len(cell.text) >= _SHORTEST:
            yield Named(name.text.decode("utf-8", "replace"), operator, cell.quote, name.start, cell.start, cell.end)


def _placed(match: re.Match[bytes], names: Sequence[bytes], rows: Iterable[Sequence[_TableCell]]) -> Iterator[Named]:
    """The values under telling names that stand elsewhere, as far from the statement's beginning as they are."""
    heads = [_TableCell(name, *match.span("table")) for name in names]
    for row in rows:
        yield from _row(heads, row, "=")


def _columns(data: bytes) -> dict[bytes, list[bytes]]:
    """The names of the columns of each table that the document creates."""
    found: dict[bytes, list[bytes]] = {}
    for match in islice(_CREATED.finditer(data), _ROWS):
        depth, begin, definitions = 0, match.end(), []
        for mark in _DEFINED.finditer(data, match.end(), match.end() + _AHEAD):
            if mark[0] in b"()":
                depth += 1 if mark[0] == b"(" else -1
            if depth < 0 or (depth == 0 and mark[0] == b","):
                definitions.append(_COLUMN.match(data, begin, mark.start()))
                begin = mark.end()
            if depth < 0:
                break
        names = [column["name"] for column in definitions if column is not None]
        found[_plain(match["table"])] = [one for one in names if one.decode().lower() not in _CONSTRAINTS]
    return found


def _plain(table: bytes) -> bytes:
    """A table's name without its schema and quotation marks."""
    return table.rsplit(b".", 1)[-1].strip(b'"`[]').lower()


def _rows_after(data: bytes, at: int) -> Iterator[list[_TableCell]]:
    return islice(_sql_rows(data, at, min(at + _AHEAD, len(data))), _ROWS)


def _copied(data: bytes, at: int) -> Iterator[list[_TableCell]]:
    """The rows behind the statement that ends at `at`: lines of cells with tabs."""
    for begin, end in islice(_lines(data, at, min(at + _AHEAD, len(data))), _ROWS):
        if data.startswith(rb"\.", begin):
            return
        yield [_TableCell(cell[0], *cell.span()) for cell in _CELL.finditer(data, begin, end)]


def _sql_rows(data: bytes, start: int, end: int) -> Iterator[list[_TableCell]]:
    """The rows of an INSERT: `('a', 1), ('b', 2)`."""
    at = start
    while True:
        row = []
        while value := _SQL_VALUE.match(data, at, end):
            group, quote = ("bare", "") if value["quoted"] is None else ("quoted", "'")
            row.append(_TableCell(value[group], *value.span(group), quote))
            at = value.end()
        yield row
        following = _SQL_NEXT.match(data, at, end)
        if following is None:
            return
        at = following.end()


def _table(data: bytes, header: tuple[int, int], separator: bytes) -> tuple[int, list[Named]]:
    """The end and the values of the table of CSV or Markdown whose first line is `header`, or of that row alone."""
    names = _cells(data, *header, separator)
    lines = _lines(data, header[1], min(header[1] + _AHEAD, len(data)))
    if separator == b"|":
        rule = next(lines, header)
        if b"--" not in data[slice(*rule)] or not _RULE.match(data[slice(*rule)]):
            return header[1], list(_labelled(names))
    found: list[Named] = []
    done = header[1]
    for line in islice(lines, _ROWS):
        row = _cells(data, *line, separator)
        if len(row) != len(names):
            break
        found += _row(names, row, ":")
        found += _labelled(row)
        done = line[1]
    return done, found


def _labelled(row: Sequence[_TableCell]) -> Iterator[Named]:
    """The values of a row that begins with a telling name: `| API_KEY | … |`."""
    for place, name in enumerate(row):
        if _TELLING.match(name.text):
            for cell in row[place + 1 :]:
                if _LIKELY.match(cell.text):
                    yield Named(name.text.decode("utf-8", "replace"), ":", cell.quote, name.start, cell.start, cell.end)
            return


def _lines(data: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Start and end of each line after the line end at `at`."""
    while (at := data.find(b"\n", at, end)) >= 0:
        begin, at = at + 1, data.find(b"\n", at + 1, end)
        stop = end if at < 0 else at
        yield begin, stop - (data[stop - 1 : stop] == b"\r")
        at = stop


def _separator(line: bytes) -> bytes:
    """What separates the cells of a line that may be the first of a table; empty if it is none."""
    if line.count(b"|") > 1 and (line.lstrip().startswith(b"|") or b" | " in line):
        return b"|"
    found = _HEADER.match(line)
    return found["separator"] if found else b""


def _cells(data: bytes, start: int, end: int, separator: bytes) -> list[_TableCell]:
    """The cells of a row."""
    if separator == b"|":
        inner = data[start:end].strip()
        start = data.find(inner, start, end) + inner.startswith(b"|")
        end = start + len(inner) - inner.startswith(b"|") - inner.endswith(b"|")
    cells: list[_TableCell] = []
    for match in _SPLIT[separator].finditer(data, start, end):
        if not match[0] and cells and match.start() == end and data[end - 1 : end] != separator:
            break
        cells.append(_cell(data, *match.span("cell")))
    return cells


def _cell(data: bytes, start: int, end: int) -> _TableCell:
    """A cell without blanks, emphasis and quotation marks around its text."""
    text = data[start:end]
    start += len(text) - len(text.lstrip(_AROUND))
    text = text.strip(_AROUND)
    quote = text[:1] if len(text) > 1 and text[:1] in b"\"'`" and text[-1:] == text[:1] else b""
    text = text[len(quote) : len(text) - len(quote)]
    return _TableCell(text, start + len(quote), start + len(quote) + len(text), quote.decode())
