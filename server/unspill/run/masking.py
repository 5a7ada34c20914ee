"""What a diff may show of a changed file: masked by place, so that short values are hidden, and words are not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.document import Document, decode
from unspill.languages import dotenv, language_of
from unspill.model import Span
from unspill.shapes import MASK, is_readable, mask

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from unspill.scan import Scan

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_BEFORE_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?'?\Z")
_LINE = re.compile(r"(?<!#)(?<![^\S\r\n])((?:#|[^\S\r\n])*)[^\s#][^\r\n]*")
_TOKEN = re.compile(rb"[A-Za-z0-9]")


def shown(path: str, raw: bytes, scan: Scan | None, values: Collection[str]) -> str:
    """The text of the file at `path` as a diff may show it; `scan` is what is in it, if anything.

    Of a dotenv file that keeps values only the names are seen. Elsewhere what has a secret's shape is hidden, what was
    found, and wherever one of `values`, those that the fix moves, stands by itself.
    """
    data = decode(raw)[0]
    if language_of(path).id == "dotenv" and not dotenv.is_template(path):
        return masked_dotenv(data.decode("utf-8", "replace"))
    spans = [] if scan is None else [*scan.candidates, *(finding.span for finding in scan.findings if finding.secret)]
    return mask(data, [*spans, *_standing(data, values)])


def masked_dotenv(text: str) -> str:
    """A dotenv file of which nothing is left but the names of its entries, and what tells them apart.

    That is `=`, `export`, the `#` of a comment, blanks and line ends. Comments may quote values, as may lines that are
    no entries, or names without a value; and what passes for a name may be the next line of a key.
    """
    data = text.encode("utf-8", "surrogateescape")
    parts, at = [], 0
    for entry in dotenv.parse(Document(data, ".env", "dotenv")).entries:
        before = data[entry.line.start : entry.name_span.start].decode("utf-8", "replace")
        parts += [
            _masked_lines(data[at : entry.line.start]),
            before if _BEFORE_NAME.match(before) else MASK,
            entry.name if entry.assigned and _NAME.match(entry.name) and is_readable(entry.name) else MASK,
            data[entry.name_span.end : entry.whole.start].decode(),
            MASK if entry.whole.end > entry.whole.start else "",
            _masked_lines(data[entry.whole.end : entry.line.end]),
        ]
        at = entry.line.end
    return "".join([*parts, _masked_lines(data[at:])])


def _masked_lines(data: bytes) -> str:
    """Lines, or the rest of one, with all but the mark of a comment masked."""
    return _LINE.sub(rf"\1{MASK}", data.decode("utf-8", "replace"))


def _standing(data: bytes, values: Iterable[str]) -> list[Span]:
    """Where values stand in `data` that are not part of a longer word or number."""
    found = []
    for value in (value.encode("utf-8", "surrogateescape") for value in values if value):
        before = rb"(?<![A-Za-z0-9])" if _TOKEN.match(value[:1]) else b""
        after = rb"(?![A-Za-z0-9])" if _TOKEN.match(value[-1:]) else b""
        found += [Span(*match.span()) for match in re.finditer(before + re.escape(value) + after, data)]
    return found
