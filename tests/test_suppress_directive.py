"""The edit that writes `unspill: ignore` for a finding: in a comment, silencing it, changing nothing else."""

from __future__ import annotations

import ast

import pytest
import yaml
from unspill import fixes
from unspill.document import Document, apply_edits
from unspill.model import Span
from unspill.suppress import directive
from unspill.suppress.inline import inline

from tests.helpers import document_of, finding_at, project, token

T = token(1)
NOTE = "unspill: ignore[huggingface-user-token] not a secret"


def _ignored(source: str, path: str, language: str) -> str:
    """The text after the edit, in which the finding must be silent."""
    document = document_of(source, path, language)
    finding = finding_at(document, T)
    edit = directive.edit(document, finding)
    assert edit is not None
    assert T not in edit.text
    data = apply_edits(document.data, [(edit.span, edit.text)])
    after = Document(data, path, language)
    start = data.index(T.encode())
    moved = finding._replace(span=Span(start, start + len(T)))
    assert inline(after, [moved]) == ((), (moved,))
    return data.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"t = '{T}'\n", f"t = '{T}'  # {NOTE}\n"),
        (f"t = '{T}'", f"t = '{T}'  # {NOTE}"),
        (f"t = '{T}'  # noqa: S105\r\nx = 1\r\n", f"t = '{T}'  # noqa: S105  # {NOTE}\r\nx = 1\r\n"),
        (f'if x:\n    t = """\n{T}\n"""\n', f'if x:\n    # {NOTE}\n    t = """\n{T}\n"""\n'),
        (f"t = f(1, \\\n  '{T}')\n", f"t = f(1, \\\n  '{T}')  # {NOTE}\n"),
        (f"t = f('{T}', \\\n  1)\n", f"# {NOTE}\nt = f('{T}', \\\n  1)\n"),
        (f"# {T}\n", f"# {T}  # {NOTE}\n"),
    ],
)
def test_python(before: str, after: str) -> None:
    """Behind the line; before a string of several lines or a continued line; the rest parses as it did."""
    got = _ignored(before, "app.py", "python")
    assert got == after
    assert ast.dump(ast.parse(got)) == ast.dump(ast.parse(before))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"a:\n  t: {T}\n", f"a:\n  t: {T}  # {NOTE}\n"),
        (f"a:\n  t: |\n    x\n    {T}\n", f"a:\n  # {NOTE}\n  t: |\n    x\n    {T}\n"),
        (f"a:\n  - x\n    {T}\n    y\n  - b\n", f"a:\n  # {NOTE}\n  - x\n    {T}\n    y\n  - b\n"),
    ],
)
def test_yaml(before: str, after: str) -> None:
    """Behind the line; before a scalar of several lines, whose part a comment would become; the data is the same."""
    got = _ignored(before, "a.yaml", "yaml")
    assert got == after
    assert yaml.safe_load(got) == yaml.safe_load(before)


@pytest.mark.parametrize(
    ("path", "language", "before", "after"),
    [
        ("a.toml", "toml", f"t = '{T}'\n", f"t = '{T}'  # {NOTE}\n"),
        ("a.toml", "toml", f"t = '''\n{T}\n'''\n", f"# {NOTE}\nt = '''\n{T}\n'''\n"),
        ("Dockerfile", "dockerfile", f"FROM x\nENV T={T}\n", f"FROM x\n# {NOTE}\nENV T={T}\n"),
        ("Dockerfile", "dockerfile", f"FROM x\nRUN a \\\n  b={T}\n", f"FROM x\n# {NOTE}\nRUN a \\\n  b={T}\n"),
        ("a.sh", "shell", f"export T={T}\n", f"export T={T}  # {NOTE}\n"),
        (
            "a.sh",
            "shell",
            f"f() {{\n  x \\\n    {T} \\\n    y\n}}\n",
            f"f() {{\n  # {NOTE}\n  x \\\n    {T} \\\n    y\n}}\n",
        ),
        ("a.sh", "shell", f"cat <<EOF\n{T}\nEOF\n", f"# {NOTE}\ncat <<EOF\n{T}\nEOF\n"),
        (".env", "dotenv", f"A=1\nT={T}\n", f"A=1\n# {NOTE}\nT={T}\n"),
        ("a.js", "javascript", f'const t = "{T}";\n', f'const t = "{T}";  // {NOTE}\n'),
        ("a.html", "html", f"<p>{T}</p>\n", f"<p>{T}</p>  <!-- {NOTE} -->\n"),
        ("a.html", "html", f"<script>\nt='{T}'\n</script>\n", f"<script>\nt='{T}'  // {NOTE}\n</script>\n"),
        ("a.tf", "configuration-hashes", f't = "{T}"\n', f't = "{T}"  # {NOTE}\n'),
        ("a.kts", "code-slashes", f'val t = "{T}"\n', f'val t = "{T}"  // {NOTE}\n'),
        ("a.sql", "code-dashes", f"SELECT '{T}';\n", f"SELECT '{T}';  -- {NOTE}\n"),
        ("setup.cfg", "ini", f"t = {T}\n", f"# {NOTE}\nt = {T}\n"),
        ("README.md", "readme", f"Use {T}.\n", f"Use {T}.  <!-- {NOTE} -->\n"),
        ("README.md", "readme", f"---\nt: {T}\n---\n", f"---\nt: {T}  # {NOTE}\n---\n"),
        ("README.md", "readme", f"a\n```\nx\n{T}\n```\n", f"a\n<!-- {NOTE} -->\n```\nx\n{T}\n```\n"),
    ],
)
def test_each_language_has_its_own_comments(path: str, language: str, before: str, after: str) -> None:
    """In the syntax of the file, alone on the line before where its readers know no comment behind a value."""
    assert _ignored(before, path, language) == after


@pytest.mark.parametrize(
    ("path", "language", "source"),
    [
        ("a.json", "json", f'{{"t": "{T}"}}\n'),
        ("a.ipynb", "notebook", f'{{"cells": [{{"cell_type": "code", "source": "t = \'{T}\'"}}]}}\n'),
        ("a.txt", "text", f"{T}\n"),
    ],
)
def test_where_there_are_no_comments_there_is_no_edit(path: str, language: str, source: str) -> None:
    """JSON and notebooks have none, and of plain text nobody knows."""
    document = document_of(source, path, language)
    assert directive.edit(document, finding_at(document, T)) is None


def test_other_findings_keep_their_fixes() -> None:
    """What another finding's fix makes of its line is the same with the directive in the file."""
    other = token(2)
    source = f"import os\n\na = '{T}'\nOTHER = '{other}'\n"
    document = document_of(source)
    edit = directive.edit(document, finding_at(document, T))
    assert edit is not None
    after = document_of(apply_edits(document.data, [(edit.span, edit.text)]).decode())
    assert inline(after, [finding_at(after, other)])[1] == ()
    texts = [
        [one.text for one in fixes.plan(finding_at(which, other), which, project()).fixes[0].edits]
        for which in (document, after)
    ]
    assert texts[0] == texts[1]


def test_a_check_is_accepted() -> None:
    """A directive for what is no pattern gives another reason."""
    document = document_of("A=1\nB=2\n", ".env", "dotenv")
    finding = finding_at(document, "B=2", rule="dotenv-tracked")._replace(secret=None)
    edit = directive.edit(document, finding)
    assert edit is not None
    assert edit.text == "# unspill: ignore[dotenv-tracked] accepted\n"
