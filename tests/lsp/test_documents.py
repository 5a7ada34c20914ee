"""Document sync, held against a plain model that goes a character at a time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill.document import Document
from unspill.lsp import convert, documents
from unspill.model import Span

from tests.lsp.harness import Editor, edited, position, token

UNITS = ("utf-8", "utf-16", "utf-32")
# Line ends, what Python takes for line ends and the protocol does not, and characters of every width.
TEXTS = st.text(st.sampled_from("a\n\r\f\v\x1c\x85\u2028é日😀\u0301"), max_size=12)
POSITIONS = st.fixed_dictionaries({"line": st.integers(0, 6), "character": st.integers(0, 9)})
CHANGES = st.lists(
    st.tuples(st.none() | st.fixed_dictionaries({"start": POSITIONS, "end": POSITIONS}), TEXTS), max_size=5
)


def key(place: dict[str, int]) -> tuple[int, int]:
    """The order of positions."""
    return place["line"], place["character"]


def event(span: dict[str, Any] | None, text: str) -> Any:
    """A content change as pygls gives it."""
    if span is None:
        return SimpleNamespace(text=text)
    ends = {name: SimpleNamespace(**place) for name, place in span.items()}
    return SimpleNamespace(text=text, range=SimpleNamespace(**ends))


def ordered(span: dict[str, Any]) -> dict[str, Any]:
    """A range with its ends in order."""
    return dict(zip(("start", "end"), sorted((span["start"], span["end"]), key=key), strict=True))


@pytest.mark.parametrize("unit", ["utf-16", "utf-32"])
@settings(deadline=None)
@given(start=TEXTS, changes=CHANGES)
def test_a_document_follows_its_editor(unit: Any, start: str, changes: list[tuple[Any, str]]) -> None:
    """Whole and partial changes, in any order and reaching beyond the end, give what the editor has."""
    text = start
    changes = [(span and ordered(span), new) for span, new in changes]
    for span, new in changes:
        text = new if span is None else edited(text, [{"range": span, "newText": new}], unit)
    document = documents.apply(Document(start.encode()), 2, [event(*change) for change in changes], unit)
    assert document.data.decode() == text
    assert document.version == 2


@pytest.mark.parametrize("unit", UNITS)
@settings(deadline=None)
@given(text=TEXTS, data=st.data())
def test_ranges_count_as_the_client_does(unit: Any, text: str, data: st.DataObject) -> None:
    """A span becomes the range that the editor would give it, and comes back as the same span."""
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    # No client has a place within a line end.
    if text[:start].endswith("\r") and text[start:].startswith("\n"):
        start -= 1
    if text[:end].endswith("\r") and text[end:].startswith("\n"):
        end -= 1
    document = Document(text.encode())
    span = Span(len(text[:start].encode()), len(text[:end].encode()))
    found = convert.range_of(document, span, unit)
    places = [{"line": place.line, "character": place.character} for place in (found.start, found.end)]
    assert places == [position(text, start, unit), position(text, end, unit)]
    assert documents.span_of(document, found, unit) == span


def test_a_position_within_a_pair_of_surrogates_stays_whole() -> None:
    """A UTF-16 range that cuts a character in two takes all of it or none, so that the text stays text."""
    cut = {"start": {"line": 0, "character": 1}, "end": {"line": 0, "character": 2}}
    after = documents.apply(Document("😀b".encode()), 1, [event(cut, "x")], "utf-16")
    assert after.data.decode() == "😀xb"


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    """Text that JSON can carry and UTF-8 cannot keeps its columns in UTF-16."""
    assert documents.encode("a\ud83db") == b"a?b"


@pytest.mark.parametrize("separator", ["\f", "\v", "\x1c", "\x85", "\u2028", "\u2029"])
def test_edits_behind_strange_separators_land_where_they_should(root: Any, separator: str) -> None:
    """Characters that end lines for Python and not for the protocol do not shift later edits."""
    secret = token(1)
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"# a{separator}b\nx = 1\nHF_TOKEN = ''\n")
        place = {"line": 2, "character": 12}
        editor.change(uri, ({"start": place, "end": place}, secret))
        (found,) = editor.diagnostics(uri)
    assert found["range"] == {"start": place, "end": {"line": 2, "character": 12 + len(secret)}}


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(st.lists(CHANGES.filter(bool), max_size=4))
def test_edit_sequences_through_the_server_keep_the_documents_equal(batches: list[list[tuple[Any, str]]]) -> None:
    """After any edits over the wire, the server holds the editor's text."""
    uri = "untitled:Untitled-1"
    with Editor(None) as editor:
        editor.open(uri, "a\r\nb")
        for batch in batches:
            editor.change(uri, *((span and ordered(span), new) for span, new in batch))
        editor.pull(uri)
        # The session is the registered handlers' own; the last request has gone through it on the server's thread.
        session = editor.session
        snapshot = session.snapshot(uri)
        assert snapshot is not None
        assert snapshot.document.data.decode() == editor.buffers[uri]
        assert snapshot.document.version == editor.versions[uri]
