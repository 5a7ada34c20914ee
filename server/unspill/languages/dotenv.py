"""Dotenv files, read as python-dotenv reads them (`parser.py` of version 1.2.4).

What it rejects is read line by line, for half-typed lines and `NAME: value`; such entries are not `loaded`.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import Document
from unspill.errors import UserError
from unspill.languages import text
from unspill.model import Default, EnvUse, EnvUses, Span
from unspill.sites import Comment, DotenvValue, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_Part = tuple[int, int]
_BLANK = r"[^\S\r\n]*"
_END = r"(?:\r\n|\n|\r|\Z)"
_BEGIN = r"\s*(?:export[^\S\r\n]+|(?!export[^\S\r\n]))"
_NAME = r"'[^']+'|(?!')[^=#\s]+"
_QUOTED = r"'[^'\\]*(?:\\.[^'\\]*)*'|\"[^\"\\]*(?:\\.[^\"\\]*)*\""
# A `#` right after `=` belongs to the value; after a space it starts a comment.
_PLAIN = r"(?=[\r\n]|\Z)|(?<=[^\S\r\n])(?=#)|(?![\s'\"])[^\r\n]+"
_BINDING = (
    rf"(?:{_BEGIN}(?:(?P<name>{_NAME})(?:{_BLANK}={_BLANK}(?P<whole>{_QUOTED}|(?P<plain>{_PLAIN})))?|(?=#))|\s*\Z)"
    rf"{_BLANK}(?P<comment>#[^\r\n]*)?{_END}"
)
# Without a binding, python-dotenv continues after the line of the error.
_REJECTED = (
    rf"{_BEGIN}(?:(?:{_NAME}){_BLANK}(?:={_BLANK}(?:{_QUOTED}|(?P<open_value>['\"]))?)?|(?P<open_name>'(?!')))?"
    rf"[^\r\n]*{_END}"
)
_STATEMENT = re.compile(f"{_BINDING}|(?P<rejected>{_REJECTED})", re.DOTALL)
_LINE = re.compile(
    rf"{_BLANK}(?:(?:export[^\S\r\n]+)?(?P<name>[^=:#\s'\"]+){_BLANK}(?:=|:(?=\s)){_BLANK}"
    rf"(?P<whole>(?:'[^'\r\n]*'|\"[^\"\r\n]*\")(?={_BLANK}(?:[#\r\n]|\Z))|(?P<plain>(?=#)|[^\r\n]*)))?"
    rf"{_BLANK}(?P<comment>#[^\r\n]*)?[^\r\n]*{_END}"
)
_COMMENT_AFTER = re.compile(r"(?<!\s)\s+#")
_LINE_END = re.compile(r"\r\n?")
_ESCAPES = {"'": re.compile(r"\\([\\'])"), '"': re.compile(r"\\([\\'\"abfnrtv])")}
_CONTROLS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_COMMENTED_OUT = re.compile(rb"#+[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=")
_SWITCH = re.compile(r"(?i:true|false|yes|no|on|off)|[0-9][0-9.]{0,8}|sqlite[+a-z]*:.*")
_TEMPLATES = frozenset("example sample template schema dist defaults tpl".split())
"""The words in the names of files that declare."""
_VARIABLE = re.compile(r"\$\{([^}:]*)(?::-([^}]*))?\}")
LARGEST = 8_000_000
"""Maximum number of characters that all variables may expand to: systems take less in a whole environment."""


class DotenvEntry(NamedTuple):
    """One `NAME=value`. `whole` is the value with its quotes, `value` without; `line` excludes the line ending."""

    name: str
    name_span: Span
    value: Span
    whole: Span
    line: Span
    assigned: bool
    """Whether a value follows, possibly empty; python-dotenv reads a lone name as one without a value."""
    loaded: bool
    """Whether python-dotenv reads it."""


class Parsed(NamedTuple):
    """The entries and comments of a dotenv file, in order."""

    entries: tuple[DotenvEntry, ...]
    comments: tuple[Span, ...]
    rejected: tuple[int, ...]
    """The offsets (bytes) of the statements that python-dotenv cannot parse."""
    open_quote: int | None
    """The offset (bytes) of the first unterminated quote, if any."""


def is_template(path: str) -> bool:
    """Whether the file declares names and is meant to be committed (`.env.example`)."""
    return not _TEMPLATES.isdisjoint(re.split(r"[.\-_]", posixpath.basename(path).lower()))


def parse(document: Document) -> Parsed:
    """The entries and comments of a dotenv document."""
    return document.memo(_parse)


@lru_cache(maxsize=4)  # all fixes read the same few files
def document_of(data: bytes) -> Document:
    """A dotenv file with these bytes (UTF-8 or a superset of ASCII); parsed once while unchanged."""
    return Document(data, ".env", "dotenv")


def values(document: Document) -> Mapping[str, str | None]:
    """The values that python-dotenv reads, by name, before it expands `${…}`; None for a lone name.

    The last entry of a duplicate name wins.
    """
    return document.memo(_values)


def _values(document: Document) -> dict[str, str | None]:
    return {entry.name: read(document, entry) for entry in parse(document).entries if entry.loaded}


def expanded(documents: Iterable[Document], environment: Mapping[str, str]) -> dict[str, str | None]:
    """The values that python-dotenv loads from files, one after the other, by name; None for a lone name.

    Of a duplicate name the last entry wins. `${NAME}` and `${NAME:-default}` are looked up in `environment` first, then
    in the entries before. Raises UserError if they make the values grow beyond `LARGEST`.
    """
    found: dict[str, str | None] = {}
    left = LARGEST

    def variable(match: re.Match[str]) -> str:
        nonlocal left
        name, default = match[1], match[2] or ""
        value = environment[name] if name in environment else found.get(name, default) or ""
        left -= len(value)
        if left < 0:
            raise UserError(".env: with their variables expanded, its values are too large for any program")
        return value

    for document in documents:
        for entry in parse(document).entries:
            if entry.loaded:
                value = read(document, entry)
                found[entry.name] = value and _VARIABLE.sub(variable, value)
    return found


def read(document: Document, entry: DotenvEntry) -> str | None:
    r"""The value of an entry: without quotes and escapes, line endings as `\n`; None for a lone name."""
    if not entry.assigned:
        return None
    value = _LINE_END.sub("\n", document.text(entry.value))
    if entry.value == entry.whole:
        return value
    quote = chr(document.data[entry.whole.start])
    return _ESCAPES[quote].sub(lambda match: _CONTROLS.get(match[1], match[1]), value)


def site(document: Document, span: Span) -> Site:
    """The site of `span`: a value, a comment, or by the text around it."""
    parsed = parse(document)
    for entry in parsed.entries:
        if entry.whole.contains(span):
            return DotenvValue(entry.name)
    if any(comment.contains(span) for comment in parsed.comments):
        return Comment()
    return text.site(document, span)


def comments(document: Document) -> tuple[Span, ...]:
    """The comments, `#` included."""
    return parse(document).comments


def extent(document: Document, span: Span) -> Span:
    """The entry around `span`."""
    lines = (entry.line for entry in parse(document).entries)
    return next((line for line in lines if line.contains(span)), span)


def env_uses(document: Document) -> EnvUses:
    """A template declares its names; any other dotenv file writes the names that it assigns."""
    entries = parse(document).entries
    if is_template(document.path):
        declared = (EnvUse(one.name, one.name_span, default=_default(read(document, one) or "")) for one in entries)
        return EnvUses(declared=tuple(declared), optional=tuple(optional(document)))
    return EnvUses(writes=tuple(EnvUse(entry.name, entry.name_span) for entry in entries if entry.assigned))


def comment(document: Document, name: str) -> str:
    """What a template says of a name: the comments right above its first entry, or else the one behind it."""
    entry = next((one for one in parse(document).entries if one.name == name), None)
    if entry is None:
        return ""
    by_line = {document.line_at(span.start): span for span in comments(document)}
    first = line = document.line_at(entry.line.start)
    while line - 1 in by_line and by_line[line - 1].start == document.line_starts[line - 1]:
        line -= 1
    spans = [by_line[at] for at in range(line, first) or (first,) if at in by_line]
    return " ".join(document.text(span).lstrip("#").strip() for span in spans)


def optional(document: Document) -> Iterator[EnvUse]:
    """The names in lines that are commented out: `# NAME=`."""
    for comment in parse(document).comments:
        if match := _COMMENTED_OUT.match(document.data, *comment):
            yield EnvUse(match[1].decode(), Span(*match.span(1)))


def _default(value: str) -> Default:
    """What a template's value says: a number, a switch or a file is configuration; all else may stand for a secret."""
    return Default.SETTING if _SWITCH.fullmatch(value) else Default.TEXT if value else Default.EMPTY


def _parse(document: Document) -> Parsed:
    # As text, not bytes: python-dotenv uses Unicode whitespace.
    source = document.data.decode("utf-8", "surrogateescape")
    start = 1 if source.startswith("\ufeff") else 0
    at = _size(source[:start])
    entries: list[DotenvEntry] = []
    found: list[Span] = []
    rejected: list[int] = []
    open_quote: int | None = None
    for statement in _STATEMENT.finditer(source, start):
        loaded = statement["rejected"] is None
        if not loaded:
            blanks = len(statement[0]) - len(statement[0].lstrip())
            rejected.append(at + _size(statement[0][:blanks]))
        quote = max(statement.start("open_value"), statement.start("open_name"))
        if open_quote is None and quote >= 0:
            open_quote = at + _size(source[statement.start() : quote])
        for match in [statement] if loaded else _LINE.finditer(source, *statement.span()):
            byte = _byte(match, at)
            whole, value, comment = _value(match)
            if match["name"] is not None:
                entries.append(_entry(document, match, byte, (whole, value), loaded=loaded))
            if comment[0] >= 0:
                found.append(Span(byte(comment[0]), byte(comment[1])))
            at += _size(match[0])
    return Parsed(tuple(entries), tuple(found), tuple(rejected), open_quote)


def _entry(
    document: Document, match: re.Match[str], byte: Callable[[int], int], value: tuple[_Part, _Part], *, loaded: bool
) -> DotenvEntry:
    first, last = match.span("name")
    quotes = int(match["name"].startswith("'"))
    name = Span(byte(first + quotes), byte(last - quotes))
    # Empty lines before the name belong to the match.
    before = match.string[match.start() : first]
    start = match.start() + max(before.rfind("\n"), before.rfind("\r")) + 1
    end = match.start() + len(match[0].rstrip("\r\n"))
    return DotenvEntry(
        _LINE_END.sub("\n", document.text(name)),
        name,
        value=Span(byte(value[1][0]), byte(value[1][1])),
        whole=Span(byte(value[0][0]), byte(value[0][1])),
        line=Span(byte(start), byte(end)),
        assigned=match["whole"] is not None,
        loaded=loaded,
    )


def _value(match: re.Match[str]) -> tuple[_Part, _Part, _Part]:
    """The spans of a match's value with and without quotes, and of its comment (-1 if none), in code points."""
    comment = match.span("comment")
    if match["whole"] is None:
        end = match.end("name")
        return (end, end), (end, end), comment
    start, end = match.span("whole")
    if match["plain"] is None:
        return (start, end), (start + 1, end - 1), comment
    if hash_sign := _COMMENT_AFTER.search(match.string, start, end):
        comment = hash_sign.end() - 1, end
        end = hash_sign.start()
    end = start + len(match.string[start:end].rstrip())
    return (start, end), (start, end), comment


def _byte(match: re.Match[str], at: int) -> Callable[[int], int]:
    """A function from code point indices of a match, which starts at byte `at`, to byte offsets."""
    start = match.start()
    if match[0].isascii():
        return (at - start).__add__
    return lambda index: at + _size(match.string[start:index])


def _size(source: str) -> int:
    return len(source.encode("utf-8", "surrogateescape"))
