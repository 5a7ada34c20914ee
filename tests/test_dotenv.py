"""Dotenv files: read as python-dotenv reads them, ignored or blanked by their fixes."""

from __future__ import annotations

import io
from itertools import pairwise

import dotenv as reference
import pytest
from dotenv.main import resolve_variables
from dotenv.parser import parse_stream
from hypothesis import given
from hypothesis import strategies as st
from unspill import fixes, languages
from unspill.document import Document
from unspill.errors import UserError
from unspill.fixes import dotenv as fixer
from unspill.languages import dotenv
from unspill.model import Safety, Span
from unspill.sites import Comment, DotenvValue

from tests.helpers import MemoryTree, applied, document_of, finding_at, project, token

T = token(1)

ENTRIES = {
    "A=b": [("A", "b")],
    "export A=b": [("A", "b")],
    "A = b # c": [("A", "b")],
    "A='b # c' # d": [("A", "b # c")],
    'A="b\nc"\nD=e': [("A", "b\nc"), ("D", "e")],
    "A=b#c": [("A", "b#c")],
    "A=\r\nB=c\r\n": [("A", ""), ("B", "c")],
    "A: b": [("A", "b")],
    "A='half\nB=c": [("A", "'half"), ("B", "c")],
    "# A=b\n\n  # c": [],
    "'A'=b": [("A", "b")],
    "no entry\nA=b": [("A", "b")],
    "A\nB=c": [("A", ""), ("B", "c")],
    "A='b\nC: d # e\n' f\nE=g": [("A", "'b"), ("C", "d"), ("E", "g")],
    "A: 'b # c' # d": [("A", "b # c")],
    "\ufeffA=b\u2003# c\n\u2003é = \xa0d": [("A", "b"), ("é", "d")],
    "A=b c  ": [("A", "b c")],
}


def entries(document: Document) -> list[tuple[str, str]]:
    """Names and values, as text."""
    return [(entry.name, document.text(entry.value)) for entry in dotenv.parse(document).entries]


@pytest.mark.parametrize(("source", "expected"), ENTRIES.items(), ids=[repr(source) for source in ENTRIES])
def test_entries(source: str, expected: list[tuple[str, str]]) -> None:
    """Names and values come without `export`, quotes, comments and line ends; what no loader reads is read by line."""
    assert entries(document_of(source, ".env", "dotenv")) == expected


LINES = st.one_of(
    st.builds(
        "{}{}{}={}{}{}".format,
        st.sampled_from(["", "export ", "  "]),
        st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_.-]{0,5}\Z"),
        st.sampled_from(["", " "]),
        st.sampled_from(["", " "]),
        st.one_of(
            st.from_regex(r"\A[a-z0-9#:/=@é -]{0,10}\Z"),
            st.from_regex(r"\A'[a-z0-9#\"\n é=]{0,10}'\Z"),
            st.from_regex(r"\A\"[a-z0-9#'\n é=]{0,10}\"\Z"),
        ),
        st.sampled_from(["", " ", " # c", "\t#c"]),
    ),
    st.sampled_from(["", "# comment", "  # A=b", "\t"]),
)


@given(lines=st.lists(LINES, max_size=6), end=st.sampled_from(["\n", "\r\n"]))
def test_well_formed_files_read_as_in_python_dotenv(lines: list[str], end: str) -> None:
    """Well-formed files give the names and raw values that python-dotenv gives."""
    source = end.join(lines)
    expected = reference.dotenv_values(stream=io.StringIO(source, newline=""), interpolate=False)
    assert dict(entries(document_of(source, ".env", "dotenv"))) == expected


PIECES = """A B = ' " # \\ $ { } ${A} ${B:-x} ${C:- :- \\n é b : \\' B=' C=" ${SET}""".split()
ANYTHING = st.lists(
    st.sampled_from([*PIECES, "export ", "A=1\n", "SET=2\n", *" \n\r\t\v\0\u2003\x85", "\n\n"]), max_size=25
).map("".join)


@given(sources=st.lists(ANYTHING, max_size=3))
def test_any_files_are_loaded_as_python_dotenv_loads_them(sources: list[str]) -> None:
    """Whatever the text, names, values and `${…}` are those of python-dotenv, for files one after the other."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("A", "B", "C"):
            patch.delenv(name, raising=False)
        patch.setenv("SET", "set")
        bindings = [binding for source in sources for binding in parse_stream(io.StringIO(source, newline=""))]
        named = [(binding.key, _in_text_mode(binding.value)) for binding in bindings if binding.key is not None]
        expected = resolve_variables([(_in_text_mode(key) or "", value) for key, value in named], override=False)
    documents = [document_of(source, ".env", "dotenv") for source in sources]
    assert dotenv.expanded(documents, {"SET": "set"}) == expected


def _in_text_mode(text: str | None) -> str | None:
    """A text as a file opened for reading gives it: with one kind of line end."""
    return text and text.replace("\r\n", "\n").replace("\r", "\n")


def test_values_do_not_grow_without_end() -> None:
    """A few lines that double a value again and again are an error, not gigabytes."""
    doubling = "".join(f"A{number + 1}=${{A{number}}}${{A{number}}}\n" for number in range(60))
    with pytest.raises(UserError, match="too large"):
        dotenv.expanded([document_of(f"A0=xx\n{doubling}", ".env", "dotenv")], {})


@given(source=ANYTHING)
def test_what_python_dotenv_cannot_parse_is_told_by_place(source: str) -> None:
    """Each statement that it warns of has the place where it begins, after the empty lines before it."""
    bindings = parse_stream(io.StringIO(source, newline=""))
    expected, at = [], 0
    for binding in bindings:
        text = binding.original.string
        if binding.error:
            expected.append(at + len(text[: len(text) - len(text.lstrip())].encode()))
        at += len(text.encode())
    assert list(dotenv.parse(document_of(source, ".env", "dotenv")).rejected) == expected


@given(data=st.binary(max_size=60), at=st.integers(0, 60))
def test_never_fails(data: bytes, at: int) -> None:
    """Any bytes at all have sites, comments and uses."""
    for language in languages.LANGUAGES:
        if language.id != "python":
            document = Document(data, "a", language.id)
            start = min(at, max(len(data) - 1, 0))
            languages.site(document, Span(start, min(start + 3, len(data))))
            languages.comments(document)
            languages.env_uses(document)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("A", None),
        ("A=", ""),
        ("A= b # c", "b"),
        (r"A=b\nc", r"b\nc"),
        (r"A='b\n\\\'c'", r"b\n\'c"),
        (r'A="b\n\t\"\$c"', 'b\n\t"\\$c'),
        ("A='b\r\nc\rd'", "b\nc\nd"),
    ],
)
def test_values(source: str, value: str | None) -> None:
    """A value comes with its escapes decoded, as far as its quotes decode them, and one kind of line end."""
    assert dotenv.values(document_of(source, ".env", "dotenv")) == {"A": value}


def test_what_no_loader_reads_is_no_value() -> None:
    """`NAME: value` and what has an open quote have a place in the text, and no value."""
    document = document_of("A: b\nB='c\n", ".env", "dotenv")
    assert entries(document) == [("A", "b"), ("B", "'c")]
    assert dotenv.values(document) == {}


@given(data=st.binary(max_size=60) | st.text("A=b'\"# \n\r\\é:\u2003\ufeff", max_size=30).map(str.encode))
def test_spans_follow_each_other(data: bytes) -> None:
    """In any bytes, entries and comments are whole characters, in order and apart."""
    parsed = dotenv.parse(Document(data, ".env", "dotenv"))
    spans = sorted([*(entry.whole for entry in parsed.entries), *parsed.comments])
    assert all(one.end <= other.start for one, other in pairwise([Span(0, 0), *spans, Span(len(data), len(data))]))
    for entry in parsed.entries:
        assert entry.line.start <= entry.name_span.start <= entry.name_span.end <= entry.whole.start
        assert entry.whole.contains(entry.value)
        assert entry.whole.end <= entry.line.end


def test_sites() -> None:
    """A value knows its name; what is commented out is a comment."""
    document = document_of(f"A='{T}' # {T}\n#B={T}\n", ".env", "dotenv")
    starts = [index for index in range(len(document.data)) if document.data.startswith(T.encode(), index)]
    sites = [dotenv.site(document, Span(start, start + len(T))) for start in starts]
    assert sites == [DotenvValue("A"), Comment(), Comment()]


def test_example_declares() -> None:
    """A template declares its names, any other file writes them."""
    assert [use.name for use in dotenv.env_uses(document_of("A=\nB\n", ".env.example", "dotenv")).declared] == [
        "A",
        "B",
    ]
    assert [use.name for use in dotenv.env_uses(document_of("A=b\nB\n", ".env", "dotenv")).writes] == ["A"]


def test_env_is_ignored() -> None:
    """A `.env` that git does not see yet keeps its value and gets ignored."""
    document = document_of(f"HF_TOKEN={T}\n", ".env", "dotenv")
    made = fixes.plan(finding_at(document, T), document, project(MemoryTree({".env": document.data})))
    assert made.safe is not None
    assert applied(document, made.safe) == document.data.decode()
    assert not made.safe.stores
    assert (".gitignore", ".env\n") in [(edit.path, edit.text) for edit in made.safe.edits]


def test_other_env_files_are_ignored_beside_themselves() -> None:
    """A dotenv file of another name gets its own line, in the folder where it stands."""
    document = document_of(f"HF_TOKEN={T}\n", "conf/.env.local", "dotenv")
    tree = MemoryTree({"conf/.env.local": document.data, "conf/.gitignore": b"x"})
    made = fixes.plan(finding_at(document, T), document, project(tree))
    assert made.safe is not None
    assert [(edit.path, edit.text) for edit in made.safe.edits] == [("conf/.gitignore", "\n.env.local\n")]


def test_tracked_env_is_withheld() -> None:
    """A tracked `.env` needs git's index changed, which is said; the ignore entry is there as an unsafe fix."""
    document = document_of(f"HF_TOKEN={T}\n", ".env", "dotenv")
    tree = MemoryTree({".env": document.data})
    tree.in_git = frozenset([".env"])
    made = fixes.plan(finding_at(document, T), document, project(tree))
    assert "git rm --cached .env" in made.withheld
    assert made.safe is None
    assert [fix.safety for fix in made.fixes] == [Safety.UNSAFE]
    assert ".gitignore" in [edit.path for edit in made.fixes[0].edits]


@pytest.mark.parametrize("name", [".env.example", ".env.sample", ".env.template", ".env.schema"])
def test_template_is_blanked(name: str) -> None:
    """A template loses the whole value, quotes included, and the value is stored."""
    document = document_of(f"# c\nexport DB_URL='p://u:{T}@h' # d\r\nX=1\n", name, "dotenv")
    made = fixer.plan(finding_at(document, T), document, project())
    assert made.safe is not None
    assert applied(document, made.safe) == "# c\nexport DB_URL= # d\r\nX=1\n"
    assert [(s.name, s.secret.reveal()) for s in made.safe.stores] == [("DB_URL", f"p://u:{T}@h")]


def test_a_template_gives_the_value_that_programs_read() -> None:
    """What is stored has no escapes: it is what the template's entry means, not how it is written."""
    document = document_of(f'PEM="-----\\n{T}\\n-----"\n', ".env.example", "dotenv")
    made = fixer.plan(finding_at(document, T), document, project())
    assert made.safe is not None
    assert [stored.secret.reveal() for stored in made.safe.stores] == [f"-----\n{T}\n-----"]
