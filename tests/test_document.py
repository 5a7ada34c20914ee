"""Documents: lines, columns in every unit, encodings, edits."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill.document import Document, Encoding, Position, apply_edits, decode, line_end
from unspill.model import Span

from tests.helpers import token

if TYPE_CHECKING:
    from unspill.document import Unit

TEXT = st.text(st.sampled_from("ab \t\n\r\f\v\x1c\x85\u2028é漢🤖"), max_size=40)


def reference_lines(text: str) -> list[str]:
    """The lines of a text as an editor counts them: line feed, carriage return, or both end one."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@given(TEXT)
def test_only_three_line_ends_count(text: str) -> None:
    """Form feed, NEL, U+2028 and their like do not end a line."""
    document = Document(text.encode())
    assert len(document.line_starts) == len(reference_lines(text))


@given(TEXT)
def test_lines_are_added_with_the_end_of_the_first(text: str) -> None:
    """It is one of the three that count, the text's own where it has one, and else a newline."""
    first, *others = reference_lines(text)
    end = line_end(text.encode())
    assert text[len(first) :].startswith(end) if others else end == "\n"
    assert len(reference_lines(f"a{end}b")) == 2


@given(TEXT, st.sampled_from(["utf-8", "utf-16", "utf-32"]), st.data())
def test_a_position_leads_back_to_its_offset(text: str, unit: Unit, data: st.DataObject) -> None:
    """Offset to position and back is the identity on every boundary of a character outside a line end."""
    document = Document(text.encode())
    index = data.draw(st.integers(0, len(text)))
    if text[index - 1 : index + 1] == "\r\n":
        return
    offset = len(text[:index].encode())
    assert document.offset(document.position(offset, unit), unit) == offset


def test_columns_count_what_the_unit_says() -> None:
    """Behind an emoji and a CJK character a column differs in bytes, UTF-16 units and code points."""
    document = Document("x\n🤖漢k".encode())
    offset = document.data.index(b"k")
    assert [document.position(offset, unit).column for unit in ("utf-8", "utf-16", "utf-32")] == [7, 3, 2]


@pytest.mark.parametrize("position", [Position(0, 999), Position(9, 0), Position(-1, -1), Position(0, 2)])
def test_a_position_outside_is_taken_to_the_nearest_end(position: Position) -> None:
    """Lines and columns that do not exist never raise; they mean the end or the start."""
    document = Document(b"ab")
    assert document.offset(position) == (0 if position.line < 0 else 2)


def test_columns_in_broken_utf8_count_the_replacement() -> None:
    """A broken byte is one column, as `decode("utf-8", "replace")` shows it."""
    assert Document(b"\xff\xfe k").position(3).column == 3


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (codecs.BOM_UTF8 + b"x", "utf-8"),
        (codecs.BOM_UTF16_LE + "xé".encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + "xé".encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF32_LE + "xé".encode("utf-32-le"), "utf-32-le"),
        ("token = 1\n".encode("utf-16-le"), "utf-16-le"),
        ("# -*- coding: shift-jis -*-\n# 漢\n".encode("shift-jis"), "shift_jis"),
        ("鍵：x\n".encode("shift-jis"), "cp932"),
        ("トークンa".encode("shift-jis"), "cp932"),
        ("été: x, naïve".encode("latin-1"), "utf-8"),
        ("你好，世界".encode("gbk"), "utf-8"),
        ("トークン".encode("euc-jp"), "utf-8"),
        ("トークン".encode(), "utf-8"),
        (b"plain", "utf-8"),
    ],
)
def test_a_file_is_written_back_as_it_was(raw: bytes, name: str) -> None:
    """Decoding and encoding give the same bytes, byte order mark included."""
    data, encoding = decode(raw)
    assert encoding.name == name
    assert encoding.encode(data) == raw


@given(st.text(st.sampled_from("ab1 \n：。トークン鍵表"), max_size=20))
def test_japanese_is_read_in_shift_jis_or_as_it_is(text: str) -> None:
    """Whatever is taken for Shift_JIS is the text that it was, and written back to the byte."""
    raw = text.encode("shift-jis")
    data, encoding = decode(raw)
    assert encoding.encode(data) == raw
    assert data in {raw, text.encode()}


def test_broken_bytes_beside_a_token_are_no_japanese() -> None:
    """In Shift_JIS the byte before the token and its first letter were an ideograph."""
    raw = b"x\n\xe2" + token().encode() + b"\x82k"
    assert decode(raw) == (raw, Encoding())


def test_a_declared_codec_that_is_no_text_encoding_is_not_used() -> None:
    """`coding: rot13` and unknown names leave the bytes alone."""
    for declared in (b"rot13", b"zlib", b"no-such"):
        raw = b"# coding: " + declared + b"\nx = 1\n"
        assert decode(raw) == (raw, Encoding())


def test_edits_apply_from_offsets_of_the_old_text() -> None:
    """Spans refer to the text before any edit, and inserts at one place keep their order."""
    edits = [(Span(4, 5), "Z"), (Span(0, 0), "1"), (Span(0, 0), "2"), (Span(1, 2), "")]
    assert apply_edits(b"abcde", edits) == b"12acdZ"


def test_overlapping_edits_are_refused() -> None:
    """Two edits of the same byte raise rather than produce something half right."""
    with pytest.raises(ValueError, match="overlap"):
        apply_edits(b"abcde", [(Span(0, 3), ""), (Span(2, 4), "")])
