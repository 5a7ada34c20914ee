"""Adding values to `.env`: each reads back exactly, and every other name reads as before.

A value is written in a form that python-dotenv, `node --env-file` (Node.js 20) and Docker Compose (compose-go's
`dotenv/parser.go`) read alike. They have no escape in common, and expand `$` in different places.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from unspill.document import apply_edits, line_end
from unspill.errors import UserError
from unspill.languages import dotenv
from unspill.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.document import Document
    from unspill.languages.dotenv import DotenvEntry
    from unspill.model import Stored

DOCKER_STEP = "`docker run --env-file` does not strip the quotes of {names}: use `docker run -e` or Docker Compose."
"""The next step where there is a Dockerfile, for the names whose values `differs_for_docker`."""

_FORMS = (
    ("", re.compile(r"[A-Za-z0-9_./+=:@%-]+")),
    # python-dotenv alone decodes `\\` and `\'`; any other backslash is literal.
    ("'", re.compile(r"[^'\\]*(?:\\(?=[^'\\])[^'\\]*)*")),
    ('"', re.compile(r'[^"\\$`]*')),
    ("", re.compile(r"(?![\s'\"`])[^\0-\x1f#$]+(?<!\s)")),
)
"""Each quote and the values that it preserves, the simplest form first."""
# Universal newlines change a carriage return; no environment contains a NUL, and no UTF-8 a surrogate.
_NOWHERE = re.compile("[\r\0\ud800-\udfff]")
_EXPANDED = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")


class UnstorableError(UserError):
    """`.env` cannot store a value; the text has the reason and the remedy, without the file's path or any value."""


class TakenError(UnstorableError):
    """The name already has another value in `.env`."""


def env_line(stored: Stored) -> str:
    """The line that stores a value in `.env`, without its line ending. Raises UnstorableError."""
    return f"{stored.name}={_written(stored.secret.reveal())}"


def env_edit(current: bytes | None, stores: Iterable[Stored]) -> bytes:
    """The new bytes of a `.env` that is `current` (None if there is none), with every stored value under its name.

    A name that has its value is unchanged, an empty one is filled, any other gets a line at the end. Every other byte
    is unchanged. Raises TakenError if a name has another value, and UnstorableError if the file cannot be
    extended, or a value cannot be written so that it reads back.
    """
    document = dotenv.document_of(current or b"")
    edits, lines, values = _changes(document, stores)
    after = _with_lines(apply_edits(document.data, edits), lines)
    if dotenv.values(dotenv.document_of(after)) != values:
        raise UnstorableError("the result would not read back exactly; store the value manually")
    return after


def refusal(current: bytes | None, stores: Iterable[Stored]) -> str | None:
    """Why a `.env` that is `current` cannot store these values, without its path or any value; None if it can."""
    try:
        _changes(dotenv.document_of(current or b""), stores)
    except UnstorableError as error:
        return str(error)
    return None


def differs_for_docker(value: str) -> bool:
    """Whether `docker run --env-file`, which does not strip quotes, reads another value from the line of `value`.

    Raises UnstorableError if no line can store it.
    """
    return _written(value) != value


def _changes(
    document: Document, stores: Iterable[Stored]
) -> tuple[list[tuple[Span, str]], list[str], dict[str, str | None]]:
    """The edits that fill empty entries, the lines to add at the end, and all values afterwards."""
    _check_extensible(document)
    values = dict(dotenv.values(document))
    entries, expanded = document.memo(_entries), document.memo(_last_expansions)
    edits: list[tuple[Span, str]] = []
    lines: list[str] = []
    for stored in stores:
        name, value = stored.name, stored.secret.reveal()
        if values.get(name) == value:
            continue
        if values.get(name):
            raise TakenError(f"{name} already has another value; store this one under another name")
        entry = entries.get(name)
        if entry is not None and _can_fill(document, entry) and expanded.get(name, -1) < entry.name_span.start:
            edits.append(_filling(document, entry, _written(value)))
        else:
            lines.append(env_line(stored))
        values[name] = value
    return edits, lines, values


def _written(value: str) -> str:
    """The value as written after `NAME=`."""
    if _NOWHERE.search(value):
        raise UnstorableError(
            "a carriage return, NUL or lone surrogate cannot be stored in .env; store the value elsewhere"
        )
    if "${" in value:
        raise UnstorableError("dotenv loaders expand the `${` in the value; store it manually")
    for quote, values in _FORMS:
        if values.fullmatch(value):
            return f"{quote}{value}{quote}"
    raise UnstorableError("dotenv loaders disagree on the quotes, `$` and `\\` in the value; store it manually")


def _check_extensible(document: Document) -> None:
    """Raise UnstorableError if python-dotenv cannot read the file, or appended text would become part of a value."""
    if b"\0" in document.data or not _is_utf8(document.data):
        raise UnstorableError("not UTF-8, as dotenv loaders expect; convert it first")
    quote = dotenv.parse(document).open_quote
    if quote is not None:
        raise UnstorableError(f"line {document.line_at(quote) + 1} has an unterminated quote; fix it first")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _entries(document: Document) -> dict[str, DotenvEntry]:
    """The entries that loaders read, by name: the last one of a duplicate."""
    return {entry.name: entry for entry in dotenv.parse(document).entries if entry.loaded}


def _last_expansions(document: Document) -> dict[str, int]:
    """Where (byte offset) each name is last expanded in another value, which would change with it."""
    return {
        name: entry.name_span.start
        for entry in dotenv.parse(document).entries
        for name in _EXPANDED.findall(document.text(entry.value))
    }


def _can_fill(document: Document, entry: DotenvEntry) -> bool:
    """Whether every loader sees the name: some take a byte order mark as part of it."""
    return not (document.data.startswith(codecs.BOM_UTF8) and entry.name_span.start == len(codecs.BOM_UTF8))


def _filling(document: Document, entry: DotenvEntry, written: str) -> tuple[Span, str]:
    """The edit that fills an empty entry. A comment after it stays a comment, separated by a space."""
    start, end = entry.whole
    space = " " if document.data[end : end + 1] == b"#" else ""
    return Span(start, end), f"{'' if entry.assigned else '='}{written}{space}"


def _with_lines(data: bytes, lines: list[str]) -> bytes:
    """`data` with lines appended, with its own line endings."""
    if not lines:
        return data
    end = line_end(data)
    start = end if data and not data.endswith((b"\n", b"\r")) else ""
    return data + (start + "".join(line + end for line in lines)).encode()
