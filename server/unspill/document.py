r"""A document: immutable UTF-8 bytes, with the line index and the encodings that the edges need.

Inside, a place is a byte offset. Lines, columns and UTF-16 exist only in `position` and `offset`.
Lines end at `\n`, `\r\n` and `\r`, and at nothing else (Language Server Protocol 3.17, "Text Documents").
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from unspill.model import Span

T = TypeVar("T")
Unit = Literal["utf-8", "utf-16", "utf-32"]
"""What a column counts: bytes, UTF-16 code units, or code points."""

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = {"utf-16-le": (0, 1), "utf-16-be": (1, 0), "utf-32-le": (0, 1, 2, 3), "utf-32-be": (3, 0, 1, 2)}
"""Where in each unit of mostly Latin text the letter is, and the places that are zero."""
# PEP 263; XML and HTML declare theirs in other ways, and editors open those as UTF-8 all the same.
_DECLARED = re.compile(rb"\A(?:[^\r\n]*(?:\r\n|\n|\r))?[ \t\f]*#[^\r\n]*?coding[:=][ \t]*([-\w.]+)")
_SAMPLE = 4096
_SHIFT_JIS = "cp932"
_JAPANESE_LEADS = (b"\x81", b"\x82", b"\x83")
"""What begins kana and wide punctuation in Shift_JIS, and is no letter in any Latin encoding."""
_KANA = "[\u3000-\u30ff\uff01-\uff5e]"
_JAPANESE = f"{_KANA}[^\x00-\x7f]|[^\x00-\x7f]{_KANA}"
"""Kana and wide forms, beside others or ideographs: one alone may be two broken bytes beside a token."""
_ONLY_JAPANESE = "[\x00-\x7f\u3000-\u30ff\u4e00-\u9fff\uff01-\uff5e]*"
"""ASCII, kana, wide forms and ideographs."""


class Position(NamedTuple):
    """A place as people and protocols count it. `line` and `column` are 0-based."""

    line: int
    column: int


class Encoding(NamedTuple):
    """How the bytes of a file become the UTF-8 of its document, and back."""

    name: str = "utf-8"
    bom: bytes = b""

    def encode(self, data: bytes) -> bytes:
        """The file's bytes for the document's `data`. Raises UnicodeEncodeError if the encoding lacks a character."""
        if self.name == "utf-8":
            return self.bom + data
        return self.bom + data.decode("utf-8").encode(self.name)


UTF8 = Encoding()


def decode(raw: bytes) -> tuple[bytes, Encoding]:
    """The UTF-8 bytes of a file and the encoding to write it back with.

    A byte order mark decides; then a PEP 263 declaration; then zero bytes at the same places of every unit (UTF-16
    and UTF-32 without a mark); then the characters of Japanese in Shift_JIS, whose second bytes may be letters.
    Anything else is taken as UTF-8, valid or not: broken bytes stay in `data` as they are.
    """
    for bom, name in _BOMS:
        if raw.startswith(bom):
            body = raw[len(bom) :]
            if name == "utf-8":
                return body, Encoding("utf-8", bom)
            return body.decode(name, "replace").encode("utf-8", "replace"), Encoding(name, bom)
    sample = raw[:_SAMPLE]
    if b"\0" in sample:
        for name, (letter, *zeros) in _UNMARKED.items():
            width = 1 + len(zeros)
            units = len(sample) // width
            if (
                len(raw) % width == 0
                and all(sample[at::width].count(0) > 0.7 * units for at in zeros)
                and sample[letter::width].count(0) < 0.1 * units
            ):
                return raw.decode(name, "replace").encode("utf-8", "replace"), Encoding(name)
    elif b"coding" in sample and (declared := _DECLARED.match(sample)):
        try:
            codec = codecs.lookup(declared[1].decode("ascii"))
            if codec.name not in {"utf-8", "ascii"} and isinstance(text := raw.decode(codec.name), str):
                return text.encode("utf-8"), Encoding(codec.name)
        except (LookupError, UnicodeError, ValueError):
            pass
    if not raw.isascii() and (japanese := _in_shift_jis(raw)) is not None:
        return japanese.encode("utf-8"), Encoding(_SHIFT_JIS)
    return raw, UTF8


def _in_shift_jis(raw: bytes) -> str | None:
    """The text of bytes that are no UTF-8 and wholly Japanese in Shift_JIS; None if they are not."""
    if not any(lead in raw for lead in _JAPANESE_LEADS):
        return None
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return None
    try:
        text = raw.decode(_SHIFT_JIS)
    except UnicodeDecodeError:
        return None
    is_japanese = re.fullmatch(_ONLY_JAPANESE, text) and re.search(_JAPANESE, text)
    return text if is_japanese and text.encode(_SHIFT_JIS) == raw else None


_FEW = 8
"""How many positions are worked out without an index of the lines."""


class Document:
    """One version of one text: `data` is UTF-8, `path` relative to its tree, `language` a language's id."""

    __slots__ = ("_asked", "_lines", "_memo", "data", "encoding", "language", "path", "version")

    def __init__(
        self, data: bytes, path: str = "", language: str = "text", version: int = 0, encoding: Encoding = UTF8
    ) -> None:
        self.data = data
        self.path = path
        self.language = language
        self.version = version
        self.encoding = encoding
        self._lines: list[int] | None = None
        self._asked = 0
        self._memo: dict[tuple[Hashable, ...], object] = {}

    def __repr__(self) -> str:
        return f"Document({self.language}, version {self.version}, {len(self.data)} bytes)"

    def memo(self, make: Callable[..., T], *arguments: Hashable) -> T:
        """`make(self, *arguments)`, computed once for this document: syntax trees and the like."""
        key = (make, *arguments)
        if key not in self._memo:
            self._memo[key] = make(self, *arguments)
        return self._memo[key]  # type: ignore[return-value]  # the key begins with the function that made the value

    def forget(self, but: Callable[..., object]) -> None:
        """Forget what `memo` computed, but for the results of one function: documents that are kept need no trees."""
        self._memo = {key: value for key, value in self._memo.items() if key[0] is but}

    @property
    def line_starts(self) -> list[int]:
        """The byte offset at which each line starts; the first is 0."""
        if self._lines is None:
            self._lines = [0, *(end.end() for end in _LINE_END.finditer(self.data))]
        return self._lines

    def line_at(self, offset: int) -> int:
        """The 0-based line that holds the byte at `offset`."""
        return bisect_right(self.line_starts, offset) - 1

    def line_span(self, line: int) -> tuple[int, int]:
        """Start and end (without the line end) of a 0-based line, in bytes."""
        starts = self.line_starts
        start = starts[line]
        if line + 1 == len(starts):
            return start, len(self.data)
        end = starts[line + 1]
        return start, end - (2 if self.data[end - 2 : end] == b"\r\n" else 1)

    def position(self, offset: int, unit: Unit = "utf-32") -> Position:
        """The place of a byte offset (0 to len(data)), its column counted in `unit`.

        In broken UTF-8 the column counts what `decode("utf-8", "replace")` gives.
        """
        line, start = self._line_of(offset)
        head = self.data[start:offset]
        if unit == "utf-8" or head.isascii():
            return Position(line, len(head))
        text = head.decode("utf-8", "replace")
        return Position(line, len(text) if unit == "utf-32" else len(text.encode("utf-16-le")) // 2)

    def offset(self, position: Position, unit: Unit = "utf-32") -> int:
        """The byte offset of a place. A line or column behind the end is the end (of the document, of the line)."""
        if position.line >= len(self.line_starts):
            return len(self.data)
        start, end = self.line_span(max(position.line, 0))
        line = self.data[start:end]
        column = max(position.column, 0)
        if unit == "utf-8":
            column = min(column, len(line))
            while column < len(line) and line[column] & 0xC0 == 0x80:
                column += 1
            return start + column
        if line.isascii():
            return start + min(column, len(line))
        text = line.decode("utf-8", "surrogateescape")
        if unit == "utf-32":
            head = text[:column]
        else:
            units = 0
            for index, char in enumerate(text):
                if units >= column:
                    head = text[:index]
                    break
                units += 2 if ord(char) > 0xFFFF else 1
            else:
                head = text
        return start + len(head.encode("utf-8", "surrogateescape"))

    def _line_of(self, offset: int) -> tuple[int, int]:
        """The 0-based line of an offset, and where it starts; without the index if that is not there yet.

        A document has few findings and many lines: counting is then quicker than indexing, for as long as it is asked
        for a few only.
        """
        self._asked += 1
        if self._lines is None and self._asked <= _FEW and b"\r" not in self.data:
            return self.data.count(b"\n", 0, offset), self.data.rfind(b"\n", 0, offset) + 1
        line = self.line_at(offset)
        return line, self.line_starts[line]

    def text(self, span: Span) -> str:
        """The characters of a span."""
        return self.data[span.start : span.end].decode("utf-8", "replace")


def line_end(data: bytes) -> str:
    """The end of the first line of `data`, for lines that are added; a newline if it has only one line."""
    match = _LINE_END.search(data)
    return match[0].decode() if match else "\n"


def apply_edits(data: bytes, edits: Iterable[tuple[Span, str]]) -> bytes:
    """`data` with every span replaced by its text.

    Two inserts at one place keep their order. Raises ValueError if spans overlap.
    """
    out: list[bytes] = []
    at = 0
    for span, text in sorted(edits, key=lambda edit: edit[0]):
        if span.start < at:
            raise ValueError("edits overlap")
        out += [data[at : span.start], text.encode("utf-8")]
        at = span.end
    return b"".join([*out, data[at:]])


def edited(raw: bytes | None, edits: Iterable[tuple[Span, str]]) -> bytes:
    """The bytes of a file (None: of a new one) with spans of its text replaced, in its own encoding.

    Raises ValueError if spans overlap, or the encoding cannot write what they get.
    """
    data, encoding = decode(raw or b"")
    return encoding.encode(apply_edits(data, edits))
