"""Where spans sit in Python, what Python reads from the environment, and its comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill import languages, sites
from unspill.document import Document
from unspill.model import Span
from unspill.sites import Site

from tests.helpers import document_of, token

if TYPE_CHECKING:
    from unspill.document import Document

T = token()
HEADER = sites.HeaderValue(scheme="Bearer")

SITES: list[tuple[str, Site]] = [
    ('x = "§"', sites.Assignment("x")),
    ('x: str = "§"', sites.Assignment("x")),
    ('a, b = "q", "§"', sites.Assignment("b")),
    ('(a, b) = ("§", "q")', sites.Assignment("a")),
    ('a = b = "§"', sites.Assignment("b")),
    ('(y := "§")', sites.Assignment("y")),
    ('x += "§"', sites.Assignment("x")),
    ('x = b"§"', sites.Assignment("x")),
    ('x = ("§")', sites.Assignment("x")),
    ('x = "§".strip()', sites.Assignment("x")),
    ('x = SecretStr("§")', sites.Assignment("x")),
    ('x = token or "§"', sites.Assignment("x")),
    ('openai.api_key = "§"', sites.AttributeAssignment("api_key", "openai.api_key")),
    ('os.environ["X"] = "§"', sites.EnvAssignment("X")),
    ('a = os.environ["X"] = "§"', sites.EnvAssignment("X")),
    ('os.environ["X"] = a = "§"', sites.EnvAssignment("X")),
    ('os.environ.setdefault("X", "§")', sites.EnvAssignment("X")),
    ('os.putenv("X", "§")', sites.EnvAssignment("X")),
    ('os.environ.update({"X": "§"})', sites.EnvAssignment("X")),
    ('os.environ.update(X="§")', sites.EnvAssignment("X")),
    ('os.environ |= {"X": "§"}', sites.EnvAssignment("X")),
    ('from os import environ as E\nE["X"] = "§"', sites.EnvAssignment("X")),
    ('import os as o\no.environ["X"] = "§"', sites.EnvAssignment("X")),
    ('env = os.environ\nenv["X"] = "§"', sites.EnvAssignment("X")),
    ('os.getenv("X", "§")', sites.EnvDefault("X")),
    ('os.getenv("X", default="§")', sites.EnvDefault("X")),
    ('os.environ.get("X", "§")', sites.EnvDefault("X")),
    ('from os import getenv as g\ng("X", "§")', sites.EnvDefault("X")),
    ('os.getenv("X") or "§"', sites.EnvDefault("X")),
    ('os.environ["X"] if "X" in os.environ else "§"', sites.EnvDefault("X")),
    ('@click.option("--t", envvar="X", default="§")\ndef f(): ...', sites.EnvDefault("X")),
    ('os.getenv("§")', sites.EnvName()),
    ('os.environ["§"]', sites.EnvName()),
    ('st.secrets["§"]', sites.EnvName()),
    ('login(token="§")', sites.KeywordArgument("token", "login")),
    ('p.add_argument("--hf-token", default="§")', sites.KeywordArgument("hf-token", "p.add_argument")),
    ('hub.login("§")', sites.PositionalArgument(None, "hub.login", 0)),
    ('Client("x", "§")', sites.PositionalArgument(None, "Client", 1)),
    ('def f(a, t="§"): ...', sites.FunctionDefault("t", "f")),
    ('def f(a, t: str = "§"): ...', sites.FunctionDefault("t", "f")),
    ('class A(B):\n    t: str = "§"', sites.ClassAttribute("t", "B")),
    ('class A:\n    def f(self):\n        t = "§"', sites.Assignment("t")),
    ('d = {"token": "§"}', sites.DictEntry("token")),
    ('d["token"] = "§"', sites.DictEntry("token")),
    ('K = ["a", "§"]', sites.ListItem("K")),
    ('run(["--token", "§"])', sites.ListItem("--token")),
    ('h = {"Authorization": "Bearer §"}', HEADER),
    ('h = {"Authorization": f"Bearer §"}', HEADER),
    ('h = "Bearer " + "§"', HEADER),
    ('h = "Bearer %s" % "§"', HEADER),
    ('h = {"X-Api-Key": "§"}', sites.HeaderValue("X-Api-Key")),
    ('u = "https://me:§@huggingface.co/x"', sites.UrlUserinfo(scheme="https")),
    ('u = "https://x.test/?key=§&b=1"', sites.UrlQuery("key")),
    ('gr.Textbox(value="§")', sites.UiDefault("value", "gradio.Textbox")),
    ('from gradio import Textbox\nTextbox("§")', sites.UiDefault(None, "gradio.Textbox")),
    ('gr.Interface(f, examples=[["§"]])', sites.UiDefault("examples", "gradio.Interface")),
    ('gr.load("m", token="§")', sites.KeywordArgument("token", "gr.load")),
    ('st.text_input("Key", value="§")', sites.UiDefault("value", "streamlit.text_input")),
    ('st.session_state.setdefault("k", "§")', sites.PositionalArgument(None, "st.session_state.setdefault", 1)),
    ('if p == "§": ...', sites.Comparison("p")),
    ('compare_digest(p, "§")', sites.Comparison("p")),
    ('match p:\n    case "§": ...', sites.Comparison("p")),
    ('# t = "§"', sites.Comment("t")),
    ('x = 1  # §', sites.Comment()),
    ('def f():\n    """Doc §."""', sites.Docstring()),
    ('"""§"""', sites.Docstring()),
    ('def f():\n    return "§"', sites.StringPart("f")),
]  # fmt: skip
BROKEN: list[tuple[str, Site]] = [
    ('client = OpenAI(api_key="§', sites.KeywordArgument("api_key", "OpenAI")),
    ('foo(\nx = "§"\n', sites.Assignment("x")),
    ('def f(:\n    os.environ["X"] = "§', sites.EnvAssignment("X")),
    ('x = {\n  "a": "§\ndef f():\n    pass\n', sites.DictEntry("a")),
]


def at(source: str) -> tuple[Document, Span]:
    """A document with a token where `§` stands, and the token's span."""
    document = document_of(source.replace("§", T))
    start = document.data.index(T.encode())
    return document, Span(start, start + len(T))


@pytest.mark.parametrize(("source", "site"), SITES, ids=[source for source, _ in SITES])
def test_site(source: str, site: Site) -> None:
    """Every place that Python has for a value is told by its own name."""
    assert languages.site(*at(source)) == site


@pytest.mark.parametrize(("source", "site"), SITES, ids=[source for source, _ in SITES])
def test_site_between_other_text(source: str, site: Site) -> None:
    """Line ends of two characters and wide characters before and behind change no site."""
    text = f"# 日本 🙂\n{source}\nz = '🙂'\n".replace("\n", "\r\n")
    assert languages.site(*at(text)) == site


@pytest.mark.parametrize(("source", "site"), BROKEN, ids=[source for source, _ in BROKEN])
def test_site_of_half_typed_code(source: str, site: Site) -> None:
    """Code that does not parse yet has the site that its line will have."""
    assert languages.site(*at(source)) == site


@pytest.mark.parametrize(
    "source",
    ['x = "hf_" + "{}"', 'x = ("hf_"\n     "{}")', 'x = "".join(["hf_", "{}"])', 'x = "" + ("hf_" "{}")'],
)
def test_site_of_a_split_literal(source: str) -> None:
    """A value split over several strings sits where the expression that joins them sits."""
    document = document_of(source.format(T[3:]))
    span = Span(document.data.index(b"hf_"), document.data.index(T[3:].encode()) + len(T) - 3)
    assert languages.site(document, span) == sites.Assignment("x")


@given(st.text(max_size=80), st.text(max_size=80))
def test_site_never_raises(before: str, after: str) -> None:
    """Any text around a span gives a site."""
    document = document_of(before + T + after)
    start = len(before.encode("utf-8", "surrogatepass"))
    assert isinstance(languages.site(document, Span(start, start + len(T))), Site)


@given(st.lists(st.sampled_from('os.environ [ ] ( ) { } = , : " \' """ \n f" # def \\ | match case §'.split(" "))))
def test_no_soup_of_tokens_raises(tokens: list[str]) -> None:
    """Sites, environment uses and comments survive any sequence of Python's own tokens."""
    document = document_of(" ".join(tokens).replace("§", T) + T)
    start = document.data.rindex(T.encode())
    assert isinstance(languages.site(document, Span(start, start + len(T))), Site)
    assert isinstance(languages.env_uses(document).reads, tuple)
    assert isinstance(languages.comments(document), tuple)


def uses(source: str) -> tuple[list[tuple[str, bool]], list[str]]:
    """The names read, with whether they are required, and the names written."""
    document = document_of(source)
    found = languages.env_uses(document)
    for use in (*found.reads, *found.writes):
        assert document.text(use.span).upper() == use.name
    return [(use.name, use.required) for use in found.reads], [use.name for use in found.writes]


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ('os.environ["A"]', [("A", True)]),
        ('os.environ.get("A")', [("A", False)]),
        ('os.environ.pop("A")', [("A", True)]),
        ('os.environ.pop("A", None)', [("A", False)]),
        ('os.getenv("A", "x")', [("A", False)]),
        ('from os import environ, getenv as g\nenviron["A"]; g("B")', [("A", True), ("B", False)]),
        ('import os as o\no.environ["A"]', [("A", True)]),
        ('"A" in os.environ', [("A", False)]),
        ('"A" not in os.environ', [("A", False)]),
        ('class S(BaseSettings):\n    a: str\n    b: str = "x"', [("A", True), ("B", False)]),
        ('@click.option("--a", envvar="A")\ndef f(a): ...', [("A", False)]),
        ('environ["A"]', []),
        ("os.environ[name]", []),
        ('# os.environ["A"]', []),
    ],
)
def test_env_reads(source: str, reads: list[tuple[str, bool]]) -> None:
    """Every way to read a name is found, with whether the code fails without it."""
    assert uses(source) == (reads, [])


@pytest.mark.parametrize(
    "source",
    [
        'os.environ["A"] = x',
        'os.putenv("A", x)',
        'os.environ.update({"A": x})',
        "os.environ.update(A=x)",
        'os.environ |= {"A": x}',
        'a, os.environ["A"] = x',
    ],
)
def test_env_writes(source: str) -> None:
    """Every way to write a name is found, and is no read."""
    assert uses(source) == ([], ["A"])


def test_setdefault_reads_and_writes() -> None:
    """`setdefault` does both."""
    assert uses('os.environ.setdefault("A", x)') == ([("A", False)], ["A"])


def test_comments() -> None:
    """Comments are comments, `#` in strings is not, and no line end belongs to one."""
    document = document_of('# a\r\nx = "# no"  # b\r\n')
    assert [document.text(span) for span in languages.comments(document)] == ["# a", "# b"]


def test_a_site_is_a_value() -> None:
    """Sites are equal if their class and fields are, and say both."""
    one, same = sites.ConfigValue("TOKEN", ("env", "TOKEN")), sites.ConfigValue("TOKEN", path=("env", "TOKEN"))
    assert one == same
    assert hash(one) == hash(same)
    assert one != sites.ConfigValue("TOKEN")
    assert sites.Text("TOKEN") != sites.Comment("TOKEN")
    assert repr(one) == "ConfigValue(name='TOKEN', path=('env', 'TOKEN'), consumer='')"
