"""What Docker Compose reads from a `.env`: a model of compose-go's `dotenv/parser.go`, as far as tests need it."""

from __future__ import annotations

import re

_SPACE = "\t\v\f\r \x85\xa0"
_WHITESPACE = (
    _SPACE + "\n\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_EXPORT = re.compile(r"export[\t\n\f\r ]+")
_ESCAPE = re.compile(r'\\(?:[abcfnrtv$"\\]|0\d{0,3})')


class Unreadable(Exception):  # noqa: N818
    """Compose refuses the whole file."""


def read(source: str) -> dict[str, str | None]:
    """The values by name; None for one that holds a `$` or an escape that Compose would look at. Raises Unreadable."""
    values: dict[str, str | None] = {}
    rest = source.removeprefix("\ufeff")
    while rest := _statement(rest):
        name, rest, inherited = _name(rest)
        if " " in name:
            raise Unreadable
        if not inherited:
            values[name], rest = _value(rest)
    return values


def _statement(rest: str) -> str:
    """The text from the next statement on: white space and whole comments are passed over."""
    rest = rest.lstrip(_WHITESPACE)
    while rest.startswith("#"):
        rest = rest[rest.index("\n") :].lstrip(_WHITESPACE) if "\n" in rest else ""
    return rest


def _name(rest: str) -> tuple[str, str, bool]:
    """The name, the text after it, and whether it stands alone."""
    if _EXPORT.match(rest):
        rest = rest.removeprefix("export").lstrip(_SPACE)
    for at, char in enumerate(rest):
        if char in "=:\n":
            return rest[:at].rstrip(_WHITESPACE), rest[at + 1 :].lstrip(_SPACE), char == "\n"
        if char not in _SPACE + "_.-[]" and not char.isalpha() and not char.isnumeric():
            raise Unreadable
    return "", rest.lstrip(_SPACE), False


def _value(rest: str) -> tuple[str | None, str]:
    """The value, and the text after it."""
    quote = rest[:1]
    if quote not in ("'", '"'):
        line, _, rest = rest.partition("\n")
        value = line.partition(" #")[0].rstrip(_WHITESPACE)
        return None if "$" in value else value, rest
    chars: list[str] = []
    escaped = False
    for at, char in enumerate(rest[1:], 1):
        if char == quote and not escaped:
            value = "".join(chars)
            changes = quote == '"' and ("$" in value or _ESCAPE.search(value))
            return None if changes else value, rest[at + 1 :]
        if char == "\\" and not escaped:
            escaped = True
            continue
        if escaped and char != quote:
            chars.append("\\")
        escaped = False
        chars.append(char)
    raise Unreadable
