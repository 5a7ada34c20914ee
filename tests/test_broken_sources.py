"""Fixes of half-typed sources: never an exception, never a value in the words, never a source that parses worse."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill import fixes, languages, syntax
from unspill.document import apply_edits
from unspill.languages import language_of
from unspill.pipeline import Context, Scanners, analyse
from unspill.settings import Settings
from unspill.space.names import Names

from tests import test_config_fixes, test_dockerfile_fixes, test_shell_fixes, test_text_fixes
from tests.helpers import MemoryTree, applied, document_of, finding_at, project, token

T = token(1)
SCANNERS = Scanners()
GRAMMARS = {"dockerfile": "containerfile", "shell": "bash", "yaml": "yaml", "toml": "toml", "json": "json"}
SOURCES = [
    *((path, before) for path, before, _ in test_config_fixes.CASES.values()),
    *((path, before) for path, before, _ in test_config_fixes.REMOVED.values()),
    *((path, before) for path, before, _ in test_text_fixes.CASES.values()),
    *(("Dockerfile", before) for before, _ in test_dockerfile_fixes.CASES.values()),
    *(("start.sh", before) for before, _ in test_shell_fixes.CASES.values()),
]


def errors(source: str, language: str) -> int:
    """How many places the grammar of a language cannot read; 0 for a language that has none."""
    grammar = GRAMMARS.get(language)
    return syntax.errors(syntax.parse(source.encode(), grammar)) if grammar else 0


def test_an_error_is_counted_that_no_node_tells() -> None:
    """Behind a string, the parser takes a control character for a missing line end, which has no node of its own."""
    root = syntax.parse(b'x = "a"\x0b', "python")
    assert root.has_error
    assert syntax.errors(root) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", "//n=§"),
        ("a.toml", "<!--§"),
        ("a.yaml", "a: [ # §"),
        ("Dockerfile", "FROM x\nLABEL a=§"),
        ("a.ipynb", "§'"),
    ],
)
def test_a_placeholder_breaks_nothing(path: str, source: str) -> None:
    """Where the parser takes for a comment what is none, the value gives way to its name only if no error is added."""
    document = document_of(source.replace("§", T), path, language_of(path).id)
    made = fixes.plan(finding_at(document, T), document, project())
    assert made.fixes or "add a syntax error" in made.withheld
    for fix in made.fixes:
        after = document_of(applied(document, fix), path, document.language)
        assert languages.errors(after) <= languages.errors(document)


@pytest.mark.parametrize("name", [token(2), "A" + token(2)])
def test_a_variable_that_is_called_like_a_token(name: str) -> None:
    """No image gets it from a secret: it is the name that has to change first, and the words do without it."""
    document = document_of(f"FROM x\nENV {name}={T}", "Dockerfile", "dockerfile")
    made = fixes.plan(finding_at(document, T), document, project())
    assert (made.fixes, made.withheld) == ((), fixes.AS_NAME)


@pytest.mark.parametrize(("path", "key"), [("a.yaml", "{}: §"), ("a.toml", '{} = "§"'), ("a.json", '{{"{}": "§"}}')])
def test_words_quote_no_key_that_is_a_token(path: str, key: str) -> None:
    """What is said about a value names its key, but not if that is a token, also one that is glued to other text."""
    for name in (token(2), token(2) + "_2"):
        document = document_of(key.format(name).replace("§", T), path, language_of(path).id)
        made = fixes.plan(finding_at(document, T), document, project())
        assert token(2)[3:] not in " ".join((made.withheld, *(fix.title + fix.reason for fix in made.fixes)))


@settings(max_examples=300, deadline=None)
@given(
    source=st.sampled_from(SOURCES),
    cut=st.tuples(st.integers(0, 200), st.integers(0, 12)),
    typed=st.sampled_from(["", '"', "'", "\\", "$(", "{", "\n", " ", "`", "<<E\n", "#", "é"]),
)
def test_half_typed(source: tuple[str, str], cut: tuple[int, int], typed: str) -> None:
    """Whatever is missing or too much around the value, a fix either is sound or says why there is none."""
    path, text = source
    place = text.index(T)
    start = min(cut[0], len(text))
    end = min(start + cut[1], len(text))
    if start < place + len(T) and end > place:
        start = end = place
    document = document_of(text[:start] + typed + text[end:], path, language_of(path).id)
    made = fixes.plan(finding_at(document, T), document, project())
    assert made.fixes or made.withheld
    assert T not in made.withheld
    for fix in made.fixes:
        assert T not in fix.title + fix.reason
        after = applied(document, fix)
        assert after.count(T) < document.data.decode().count(T)
        assert errors(after, document.language) <= errors(document.data.decode(), document.language)


PROGRAMS = [
    *SOURCES,
    (
        "app.py",
        f'import os\nos.environ["A"] = "{T}"\n\ndef f(a="{T}", *, b=f"Bearer {T}"):\n    return {{"a": "{T}"}}\n',
    ),
    ("app.py", f'class A(BaseSettings):\n    token: str = os.getenv("A", "{T}")\nx = "{T[:9]}" + "{T[9:]}"\n'),
    ("app.py", f'gr.Textbox(value="{T}")\nmatch x:\n  case "{T}":\n    a["b"] += "{T}"\n!export A={T}\n'),
    (
        "a.ipynb",
        f'{{"cells": [{{"cell_type": "code", "source": ["t = \'{T}\'\\n", "!export A={T}"], "outputs": []}}]}}',
    ),
    ("README.md", f"---\nsdk: gradio\ntoken: {T}\n---\n```python\nt = '{T}'\n```\n```sh\nexport A={T}\n```\n"),
    (".env", f"HF_TOKEN={T}\nexport A='{T}'\n# {T}\n"),
    ("a.js", f'fetch(u, {{headers: {{Authorization: `Bearer {T}`}}}}); process.env.X = "{T}"; // {T}\n'),
]
TYPED = [
    *'( ) { } [ ] = : , # \\ $ ${ $( ` | && ; < <<EOF > - -- + * \' " f" \'\'\' """ é \0 ? ! % @ ~ a= 1'.split(" "),
    *["\n", "\r\n", " ", "\t", "\u2028", "\\\n", "EOF\n", "- ", "def ", "if ", "lambda ", "export ", "ENV ", "RUN "],
    *["FROM x\n", "for ", "do\n", "done\n", "async ", "class A:\n", "env:\n", "run: |\n", T],
]
CHANGES = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 12), st.sampled_from(TYPED)), max_size=8)


@settings(max_examples=400, deadline=None)
@given(source=st.sampled_from(PROGRAMS), other=st.sampled_from(PROGRAMS), changes=CHANGES)
def test_whatever_was_typed(
    source: tuple[str, str], other: tuple[str, str], changes: list[tuple[int, int, str]]
) -> None:
    """However a program is mangled, all that is found in it can be located, judged, planned for, and edited."""
    path, text = source
    for at, length, typed in changes:
        text = text[:at] + typed + text[at + length :] if length else text + typed + other[1]
    document = document_of(text[:4000], path, language_of(path).id)
    tree = MemoryTree({path: document.data})
    kept = analyse(document, Context(Settings(), tree), SCANNERS).kept()
    where = fixes.Project(tree, Names({}))
    found = languages.located(document, kept.findings)
    where.names.assign([(document, finding) for finding in found])
    languages.env_uses(document)
    for finding in found:
        for fix in fixes.plan(finding, document, where).fixes:
            apply_edits(document.data, [(edit.span, edit.text) for edit in fix.edits if edit.path == path])


def test_an_entry_of_a_list_without_a_value() -> None:
    """A dash alone in a compose file's environment reads nothing."""
    for text in ("services:\n a:\n  environment:\n   -\n   - X\n", "services:\n a:\n  environment:\n   -"):
        assert "X" not in [use.name for use in languages.env_uses(document_of(text, "compose.yml", "yaml")).writes]


@pytest.mark.parametrize(
    ("path", "before"), SOURCES, ids=[f"{path} {number}" for number, (path, _) in enumerate(SOURCES)]
)
def test_nothing_is_left_to_fix(path: str, before: str) -> None:
    """After a fix the value stands nowhere in its document any more."""
    document = document_of(before, path, language_of(path).id)
    assert all(
        T not in applied(document, fix) for fix in fixes.plan(finding_at(document, T), document, project()).fixes
    )
