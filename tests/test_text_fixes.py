"""Markdown, plain text and the files that no parser knows."""

from __future__ import annotations

import pytest
from unspill import fixes, languages
from unspill.languages import language_of, readme
from unspill.model import Span
from unspill.sites import Comment, FrontMatter, Prose, Site

from tests.helpers import MemoryTree, document_of, finding_at, fixed, project, token

T = token(1)

CASES = {
    "README prose": ("README.md", f"# A\nuse {T}.\n", "# A\nuse <HF_TOKEN>.\n"),
    "README front matter": ("README.md", f"---\ntoken: {T}\n---\n", "---\ntoken: <HF_TOKEN>\n---\n"),
    "README comment": ("README.md", f"<!-- {T} -->\n", "<!-- <HF_TOKEN> -->\n"),
    "log": ("a.log", f"got {T}\n", "got <HF_TOKEN>\n"),
    "comment of an unknown language": ("a.go", f"// {T}\n", "// <HF_TOKEN>\n"),
    "C-6 variable": ("Makefile", f"export HF_TOKEN = {T}\n", "export HF_TOKEN ?= $(error set HF_TOKEN)\n"),
    "C-6 recipe": ("Makefile", f"a:\n\t@x --t {T} $(B)\n", 'a:\n\t@x --t "$${HF_TOKEN:?}" $(B)\n'),
    "C-5 PowerShell": ("a.ps1", f'$env:HF_TOKEN = "{T}"\r\nls\r\n', "ls\r\n"),
    "C-5 batch": ("a.bat", f"@set HF_TOKEN={T}\r\ndir\r\n", "dir\r\n"),
    "C-9 npm": (".npmrc", f"//r/:_authToken={T}\n", "//r/:_authToken=${HF_TOKEN}\n"),
    "C-9 pip": ("requirements.txt", f"git+https://{T}@h/r\n", "git+https://${HF_TOKEN}@h/r\n"),
    "B-14": (
        "supervisord.conf",
        f'[program:a]\nenvironment=HF_TOKEN="{T}"\n',
        '[program:a]\nenvironment=HF_TOKEN="%(ENV_HF_TOKEN)s"\n',
    ),
}

WITHHELD = {
    "code": ("a.go", f'var t = "{T}"\n'),
    "netrc": (".netrc", f"password {T}\n"),
    "browser": ("index.html", f"<script>f('{T}')</script>\n"),
    "single quotes in make": ("Makefile", f"a:\n\tx '$(B) {T}'\n"),
}


@pytest.mark.parametrize(("path", "before", "after"), CASES.values(), ids=CASES)
def test_rows(path: str, before: str, after: str) -> None:
    """What people read is redacted, a known reader gets its own way of writing the variable."""
    document = document_of(before, path, language_of(path).id)
    assert fixed(fixes.plan, document, finding_at(document, T)) == after


@pytest.mark.parametrize(("path", "source"), WITHHELD.values(), ids=WITHHELD)
def test_withheld(path: str, source: str) -> None:
    """A file whose reader is unknown is left alone, and the reason holds no value."""
    document = document_of(source, path, language_of(path).id)
    made = fixes.plan(finding_at(document, T), document, project())
    assert not made.fixes
    assert made.withheld
    assert T not in made.withheld


def test_redacted_is_stored_but_not_declared() -> None:
    """Redacting keeps the value in `.env` and declares nothing, since nothing reads the name."""
    document = document_of(f"use {T}\n", "README.md", "readme")
    made = fixes.plan(finding_at(document, T), document, project())
    assert made.safe is not None
    assert [(stored.name, stored.secret.reveal()) for stored in made.safe.stores] == [("HF_TOKEN", T)]
    assert not made.safe.declares


@pytest.mark.parametrize(("path", "said"), [("requirements.txt", "without secrets"), ("index.html", "every visitor")])
def test_static_and_built_spaces(path: str, said: str) -> None:
    """In a Space, requirements see no secrets, and the browser code of a static one would show them."""
    document = document_of(f"x {T}\n", path, "text")
    tree = MemoryTree({"README.md": b"---\nsdk: static\n---\n"})
    assert said in fixes.plan(finding_at(document, T), document, project(tree)).withheld


def test_readme_parts() -> None:
    """The front matter, HTML comments and prose are told apart, and a fenced block hides comment markers."""
    source = f"---\ntitle: x\ntoken: {T} # {T}\n---\n{T}\n<!--\n{T}\n-->\n```\n<!-- {T}\n```\n"
    document = document_of(source, "README.md", "readme")
    starts = [index for index in range(len(source)) if source.startswith(T, index)]
    sites: list[Site] = [readme.site(document, Span(start, start + len(T))) for start in starts]
    assert sites[:2] == [FrontMatter("token"), Comment()]
    assert [type(site) for site in sites[2:]] == [Prose, Comment, Prose]
    assert len(languages.comments(document)) == 2
