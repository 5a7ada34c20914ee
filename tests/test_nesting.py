"""Texts that nest too deeply: no parser is given them, what is in them is found all the same, and a report says so."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill import languages, nesting, syntax
from unspill.document import Document
from unspill.languages import toml
from unspill.lsp.analysis import Analyser
from unspill.model import Span
from unspill.pipeline import Context
from unspill.settings import Settings

from tests.cli import environment, unspill, write
from tests.helpers import document_of, finding_at, token

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# What opens a level, what stands inside the innermost, and what closes a level again.
_NESTED = {
    "yaml": (
        ("- ", "a", ""), ("? ", "a", ""), (": ", "a", ""), ("- ? : ", "a", ""), ("[", "a", "]"), ("[", "", ""),
        ("{a: ", "b", "}"), ("? [", "a", "]"), ("&a ", "b", ""), ("- &a ", "b", ""), ("!t ", "a", ""),
        ("a: ", "b", ""), ("- |\n a\n", "", ""), ("---\n", "", ""), ("*a : ", "b", ""), ("\t- ", "a", "\n"),
        ("@- ", "", "\n"),
    ),
    "python": (
        ("(", "1", ")"), ("(", "", ""), ("[", "1", "]"), ("{1:", "1", "}"), ("f(", "", ")"), ("f'{", "1", "}'"),
        ("f'''{", "", ""), ("f'{a:", "1", "}'"), ("a or ", "b", ""), ("not ", "a", ""), ("-", "1", ""),
        ("a + ", "b", ""), ("2 ** ", "1", ""), ("lambda: ", "1", ""), ("a if b else ", "c", ""),
        ("elif x: pass\n", "", ""), ("'a' ", "", ""), ("@a\n", "def f(): pass", ""), ("a.", "b", ""), ("a", "", "()"),
        ("a", "", "[0]"), ("a = ", "1", ""), ("await ", "a", ""), ("[a for a in ", "b", "]"), ("if x: ", "y", ""),
        ("x[", "int", "]"), ("'''", "", ""),
    ),
    "bash": (
        ("$(", "a", ")"), ("$(", "", ""), ('"$(', "a", ')"'), ("`a ", "", ""), ("${a:-", "b", "}"), ("((", "1", "))"),
        ("$((1+", "1", "))"), ("( ", "a", " )"), ("{ ", "a", "; }"), ("[[ ( ", "a", " ) ]]"),
        ("if a; then\n", "b\n", "fi\n"), ("if a; then\n", "", ""), ("for a in b; do\n", "c\n", "done\n"),
        ("case a in\nb) ", "c", ";; esac\n"), ("f() {\n", "a\n", "}\n"), ("a | ", "b", ""), ("a && ", "b", ""),
        ("! ", "a", ""), ("<(", "a", ")"), ("cat <<A\n", "b\n", "A\n"), ("cat <<A\n$(", "b", ")\nA\n"),
        ("<<A ", "\n", "A\n"), ("${a[", "1", "]}"), ("case a in @(", "b", ") c;; esac"), ("a=(", "1", ")"),
    ),
    "json": (
        ("[", "1", "]"), ("[", "", ""), ('{"a":', "1", "}"), ('[{"a":', "1", "}]"), ("/*", "", "*/"), ('"\\', "", ""),
    ),
    "toml": (
        ("[", "1", "]"), ("[", "", ""), ("{a=", "1", "}"), ("[{a=", "1", "}]"), ("a.", "a=1", ""),
        ('"a".', "a=1", ""), ("[a.", "b", "]"), ('"""', "", ""),
    ),
    "containerfile": (
        ("ONBUILD ", "RUN a", ""), ("HEALTHCHECK CMD ", "a", ""), ("RUN <<A\n", "b\n", "A\n"),
        ("RUN a \\\n", "b", ""), ("ENV a=${a:-", "b", "}"), ("CMD [", '"a"', "]"),
        ("RUN --mount=type=secret ", "a", ""), ("ENV a=b ", "", ""),
    ),
}  # fmt: skip
# Lines that open a level, each further to the right than the one before.
_INDENTED = {
    "yaml": ("a:", "-", "?", "- a:", "- - ? a:", "&a\n- b:", "'a': |", "# c\n- b:", "[\n]: a"),
    "python": (
        "if x:",
        "def f():",
        "class A:",
        "try:",
        "with a:",
        "match x:",
        "if (\n):",
        "if x: # c\n#\n",
        "\\\nif x:",
    ),
}
_TOO_DEEP = "nested too deeply to parse; scanned as plain text"
# Parses what is asked for, and says how many texts were not. A crash of the parser ends it.
_PARSE = """
import json, sys
from unspill import syntax
refused = 0
for grammar, text in json.load(sys.stdin):
    try:
        syntax.parse(text.encode("utf-8", "surrogatepass"), grammar).has_error
    except syntax.UnparsedError:
        refused += 1
print(refused)
"""


def nested(opening: str, inside: str, closing: str, depth: int) -> str:
    """A construct in itself so many times."""
    return opening * depth + inside + closing * depth


def indented(line: str, depth: int) -> str:
    """Lines in one another, so many."""
    return "".join(" " * level + line.replace("\n", "\n" + " " * level) + "\n" for level in range(depth))


def constructs(depth: int) -> list[tuple[str, str]]:
    """The grammar, and a text that nests so deeply, for everything that can be nested."""
    brackets = [(grammar, nested(*one, depth)) for grammar, some in _NESTED.items() for one in some]
    prefixed = [("toml", "a=" + text) for grammar, text in brackets if grammar == "toml"]
    lines = [(grammar, indented(one, depth)) for grammar, some in _INDENTED.items() for one in some]
    return brackets + prefixed + lines


def parsed_elsewhere(texts: Sequence[tuple[str, str]], home: Path) -> int:
    """How many of the texts are not parsed by a process of its own; fails if a parser crashes or hangs."""
    done = subprocess.run(
        [sys.executable, "-c", _PARSE],
        input=json.dumps(texts),
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"the parser ended with {done.returncode}"
    return int(done.stdout)


def deep(grammar: str, secret: str) -> str:
    """A text with a token that its parser would not survive."""
    if grammar == "yaml":
        return "- " * 254 + f"\ntoken: {secret}\n"
    return indented("if x:", 900) + " " * 900 + f't = "{secret}"\n'


def test_no_parser_crashes_at_ten_times_the_limit(tmp_path: Path) -> None:
    """Whatever can be nested is nested ten times as deep as is allowed, and no parser is hurt."""
    assert parsed_elsewhere(constructs(10 * nesting.LIMIT), tmp_path) > 0


def test_no_parser_crashes_at_the_limit(tmp_path: Path) -> None:
    """What is just not refused any more, or just not yet, hurts no parser."""
    for depth in (nesting.LIMIT // 2 - 1, nesting.LIMIT - 1, nesting.LIMIT + 1):
        parsed_elsewhere(constructs(depth), tmp_path)


def test_what_people_write_is_parsed() -> None:
    """Thirty levels of whatever can be nested are not too deep for any grammar."""
    assert [one for one in constructs(30) if nesting.is_deep(one[1].encode(), one[0])] == []


def pumped(grammar: str) -> st.SearchStrategy[tuple[str, str]]:
    """A text of pieces of a grammar, each line of which may be further to the right than the one before."""
    pieces = sorted({piece for one in _NESTED[grammar] for piece in one} | {"\n", " ", "#", "'", '"', "\\", "\t", "\r"})
    pieces += _INDENTED.get(grammar, ())
    some = st.lists(st.sampled_from(pieces), min_size=1, max_size=5).map("".join)
    depth = st.integers(1, 10 * nesting.LIMIT)
    return st.one_of(
        st.builds(lambda line, many: (grammar, indented(line, many // 4)), some, depth),
        st.builds(lambda start, row, end, many: (grammar, start + row * many + end * many), some, some, some, depth),
    )


@given(st.lists(st.sampled_from(sorted(_NESTED)).flatmap(pumped), min_size=10, max_size=20))
@settings(max_examples=12, deadline=None)
def test_no_parser_crashes_on_what_is_repeated(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str]]
) -> None:
    """Any row of pieces of a grammar, repeated up to ten times as often as is allowed, leaves the parser alive."""
    parsed_elsewhere(texts, tmp_path_factory.getbasetemp())


@pytest.mark.parametrize("grammar", ["yaml", "python"])
def test_indentation_counts_whatever_it_is_made_of(grammar: str) -> None:
    """Blocks are counted behind carriage returns, comments and blank lines, with lists at the column of their key."""
    line = {"yaml": "a:{end}{indent}# c{end}{end}", "python": "if x:{end}# c{end}{end}"}[grammar]
    for end in ("\n", "\r\n", "\r"):
        rows = [" " * level + line.format(end=end, indent=" " * level) for level in range(nesting.LIMIT + 1)]
        assert nesting.is_deep("".join(rows).encode(), grammar), repr(end)


def test_tabs_form_feeds_and_continued_lines_indent_python() -> None:
    """The scanner adds up what stands on continued lines, takes a tab for eight columns, and begins at a form feed."""
    continued = "".join(" \\\n" * level + "if x:\n" for level in range(nesting.LIMIT + 1))
    tabs = "".join("\t" * (level // 8) + " " * (level % 8) + "if x:\n" for level in range(nesting.LIMIT + 1))
    fed = "".join("\f" + " " * level + "if x:\n" for level in range(nesting.LIMIT + 1))
    assert all(nesting.is_deep(text.encode(), "python") for text in (continued, tabs, fed))


@pytest.mark.parametrize(
    "text", ['x = "' + "(" * 1000 + '"', "# " + "[" * 1000, "'''\n" + "{\n" * 1000 + "'''", "()" * 9999]
)
def test_brackets_in_strings_and_comments_do_not_nest(text: str) -> None:
    """Only brackets that are open at once count, and none of those in strings and comments."""
    assert not nesting.is_deep(text.encode(), "python")


def test_asking_whether_it_may_be_parsed_parses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document is refused before any parser sees it, and a good one not parsed for the question."""
    monkeypatch.setattr(syntax, "_parser", lambda _: pytest.fail("a parser was asked for"))
    assert syntax.refusal(Document(b"a: 1\n", "a.yaml", "yaml"), "yaml") == ""
    document = Document(b"- " * 300, "a.yaml", "yaml")
    assert syntax.refusal(document, "yaml") == "nested too deeply to parse"
    with pytest.raises(syntax.UnparsedError, match="nested too deeply to parse"):
        syntax.tree(document, "yaml")


def test_what_an_editor_shows_after_a_key_parses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The findings of a document are known without its tree, nor is it asked whether there may be one."""
    monkeypatch.setattr(syntax, "_parser", lambda _: pytest.fail("a parser was asked for"))
    monkeypatch.setattr(nesting, "depth", lambda *_: pytest.fail("the nesting was measured"))
    text = f'import gradio, os\nHF_TOKEN = "{token(1)}"\nprint(os.environ["OPENAI_API_KEY"])\n'
    document = Document(text.encode(), "app.py", "python")
    assert len(Analyser().look(document, Context(Settings(), follows=False)).findings) == 1


@pytest.mark.parametrize("name", ["a.yaml", "a.py"])
def test_a_token_in_a_text_that_is_too_deep_is_reported(name: str, tmp_path: Path) -> None:
    """It is found by its text, the file is named as scanned in part, nothing in it is changed, and `fix` says why."""
    (root := tmp_path / "app").mkdir()
    text = deep("yaml" if name.endswith("yaml") else "python", token(1))
    write(root, {name: text, "b.py": f'HF_TOKEN = "{token(2)}"\n'})
    ran = unspill(root, "check", "--format", "json")
    assert ran.code == 1, ran.err
    assert [one["path"] for one in ran.report["findings"]] == [name, "b.py"]
    assert [(one["path"], one["reason"]) for one in ran.report["summary"]["skipped"]] == [(name, _TOO_DEEP)]
    fixed = unspill(root, "fix")
    assert fixed.code == 1, fixed.err
    assert "The file is nested too deeply to parse: move the value manually." in fixed.out
    assert (root / name).read_text() == text
    assert token(2) not in (root / "b.py").read_text()


def test_the_url_of_a_database_in_a_text_that_is_too_deep_is_reported(tmp_path: Path) -> None:
    """Whether its password is a part of a longer expression is not asked there."""
    (root := tmp_path / "app").mkdir()
    write(root, {"a.py": deep("python", f"postgres://me:{token(1)}@db.acme.org/app")})
    ran = unspill(root, "check", "--format", "json")
    assert (ran.code, len(ran.report["findings"])) == (1, 1), ran.err


@pytest.mark.parametrize("grammar", ["yaml", "python"])
def test_a_text_that_is_too_deep_and_holds_nothing_is_clean(grammar: str, tmp_path: Path) -> None:
    """Where nothing has to be parsed, how deep it nests does not matter; nor for a directive that silences nothing."""
    (root := tmp_path / "app").mkdir()
    text = deep(grammar, "nothing")
    write(root, {"a.yaml" if grammar == "yaml" else "a.py": text, "c.yaml": "x: 1  # unspill: ignore\n" + "- " * 254})
    ran = unspill(root, "check")
    assert ran.code == 0, ran.out + ran.err


def test_a_directive_in_a_text_that_is_too_deep_counts(tmp_path: Path) -> None:
    """What looks like a comment silences a finding, and what was not parsed is said all the same."""
    (root := tmp_path / "app").mkdir()
    write(root, {"a.yaml": "- " * 254 + f"\ntoken: {token(1)}  # unspill: ignore\n"})
    ran = unspill(root, "check", "--format", "json")
    assert ran.code == 3, ran.err
    assert ran.report["findings"] == []
    assert [one["reason"] for one in ran.report["summary"]["skipped"]] == [_TOO_DEEP]


def test_a_notebook_that_is_too_deep_is_scanned(tmp_path: Path) -> None:
    """Lists in lists of an output, 20,000 deep, hide no token."""
    (root := tmp_path / "app").mkdir()
    cell = {"cell_type": "code", "metadata": {}, "source": [f'HF_TOKEN = "{token(1)}"'], "outputs": []}
    text = json.dumps({"cells": [cell], "metadata": {"x": 1}}).replace('"x": 1', '"x": ' + "[" * 20_000 + "]" * 20_000)
    write(root, {"a.ipynb": text})
    ran = unspill(root, "check", "--format", "json")
    assert (ran.code, len(ran.report["findings"])) == (1, 1), ran.err


def test_other_programs_configuration_that_is_too_deep_is_left_alone(tmp_path: Path) -> None:
    """`init` does not parse a `.pre-commit-config.yaml` that would crash it, and writes nothing into it."""
    (root := tmp_path / "app").mkdir()
    text = "repos:\n" + "- " * 300 + "a\n"
    write(root, {".pre-commit-config.yaml": text, "app.py": "x = 1\n"})
    ran = unspill(root, "init")
    assert ran.code in (0, 1), ran.err
    assert (root / ".pre-commit-config.yaml").read_text() == text


def test_names_of_many_parts_are_told() -> None:
    """A dotted key of thousands of parts, which no bracket nests, is read without recursion."""
    document = Document(b"a." * 3000 + b'token = "' + token(1).encode() + b'"\n', "a.toml", "toml")
    site = finding_at(document, token(1)).site
    assert len(getattr(site, "path", ())) == 3001
    assert toml.keys([]) == ()


def test_lists_in_lists_are_told_without_a_recursion_error() -> None:
    """Where the walk over a tree would go too deep although the text was parsed, plain text stands in."""
    document = document_of("x = " + "[' \\\n' and " * 3000 + f'"{token(1)}"')
    start = document.data.index(token(1).encode())
    assert languages.site(document, Span(start, start + len(token(1)))) is not None


def test_an_editor_keeps_its_server(tmp_path: Path) -> None:
    """Diagnostics and code actions on a text that is too deep come from a server that lives on."""
    from tests.lsp.harness import Editor

    uri = (tmp_path / "a.yaml").as_uri()
    with Editor(tmp_path) as editor:
        editor.open(uri, deep("yaml", token(1)), language="yaml")
        (found,) = editor.diagnostics(uri)
        actions = editor.actions(uri, found["range"], [found])
        assert not any(one.get("isPreferred") for one in actions)
        other = (tmp_path / "b.py").as_uri()
        editor.open(other, f'HF_TOKEN = "{token(2)}"\n')
        assert len(editor.diagnostics(other)) == 1
