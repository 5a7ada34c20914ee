"""Markdown, plain text and the files that no parser knows."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill import fixes, languages
from unspill.languages import language_of, readme
from unspill.model import Safety, Span
from unspill.sites import Comment, FrontMatter, Prose, Site

from tests.helpers import MemoryTree, applied, document_of, finding_at, fixed, project, token

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
    "C-5 PowerShell variable": ("a.ps1", f"$t = '{T}'\n", "$t = $env:HF_TOKEN\n"),
    "C-5 PowerShell word": ("a.ps1", f"x --t {T} -y\n", "x --t $env:HF_TOKEN -y\n"),
    "C-5 PowerShell string": ("a.ps1", f'x "a $b {T}:c"\n', 'x "a $b ${env:HF_TOKEN}:c"\n'),
    "C-5 PowerShell, single quotes": ("a.ps1", f"x 'a $b \"it''s\" {T}'\n", 'x "a `$b `"it\'s`" ${env:HF_TOKEN}"\n'),
    "C-5 PowerShell comment": ("a.ps1", f"x # {T}\n", "x # <HF_TOKEN>\n"),
    "C-5 PowerShell, behind the options": ("a.ps1", f"x -- {T}\n", "x -- $env:HF_TOKEN\n"),
    "comment of several lines": ("a.go", f"/*\n * {T}\n */\n", "/*\n * <HF_TOKEN>\n */\n"),
    "comment of SQL": ("a.sql", f"select 1 -- {T}\n", "select 1 -- <HF_TOKEN>\n"),
    "C-5 batch argument": ("a.cmd", f'x "a {T}"\r\n', 'x "a %HF_TOKEN%"\r\n'),
    "C-6 other variable": (
        "Makefile",
        f"export URL := https://u:{T}@h # c\n",
        "export URL := https://u:$(HF_TOKEN)@h # c\n",
    ),
    "F behind a word": (
        "a.js",
        f"require('x'); f(() => {{ return'{T}' }})\n",
        "require('x'); f(() => { return process.env.HF_TOKEN })\n",
    ),
    "F Node": ("a.js", f"require('x'); f('{T}')\n", "require('x'); f(process.env.HF_TOKEN)\n"),
    "F Node, in a string": (
        "a.mjs",
        f"import x from 'node:fs'; f(\"a 'b' {T}\")\n",
        "import x from 'node:fs'; f(`a 'b' ${process.env.HF_TOKEN}`)\n",
    ),
    "F Node, in a template": (
        "a.ts",
        f"process.exit(); f(`a\n{T}`)\n",
        "process.exit(); f(`a\n${process.env.HF_TOKEN}`)\n",
    ),
    "F Node, behind other quotes": (
        "a.cjs",
        f"// it's\n/* \" */ require('x'); y = /['\"`]/; z = a / b / '{T}';\n",
        "// it's\n/* \" */ require('x'); y = /['\"`]/; z = a / b / process.env.HF_TOKEN;\n",
    ),
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
    "a file that is the value": ("token.txt", f"{T}\n"),
    "browser code": ("a.js", f"window.t = '{T}'\n"),
    "code of either": ("a.ts", f"export const t = '{T}'\n"),
    "a public folder": ("static/a.js", f"require('x')('{T}')\n"),
    "a client component": ("a.ts", f"'use client'; process.env.X; f('{T}')\n"),
    "a component": ("a.tsx", f"process.env.X; f('{T}')\n"),
    "a key": ("a.js", f"require('x')({{'{T}': 1}})\n"),
    "an expression in a template": ("a.js", f"require('x')(`${{f('{T}')}}`)\n"),
    "a template in a template": ("a.js", f"require('x')(`${{a ? `b` : '{T}'}}`)\n"),
    "a string with an escape": ("a.js", f"require('x')('\\n {T}')\n"),
    "a PowerShell text of several lines": ("a.ps1", f"$a = @'\n{T} 'x\n'@\n"),
    "a PowerShell word with more": ("a.ps1", f"x --t={T}.y\n"),
    "make, part of its own variable": ("Makefile", f"HF_TOKEN = Bearer {T}\n"),
    "cron": ("crontab", f"* * * * * x {T}\n"),
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


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        (".gitmodules", f"[submodule]\n\turl = https://u:{T}@h/r\n", "[submodule]\n\turl = https://h/r\n"),
        ("pip.conf", f"[global]\nindex-url = https://{T}@h/simple\n", "[global]\nindex-url = https://h/simple\n"),
    ],
)
def test_credentials_are_taken_out_of_a_url_on_demand(path: str, before: str, after: str) -> None:
    """Readers that ask for the credentials of a URL may get none: the fix is offered, and not safe."""
    document = document_of(before, path, "text")
    made = fixes.plan(finding_at(document, T), document, project())
    assert (made.safe, made.fixes[0].safety, made.fixes[0].declares) == (None, Safety.UNSAFE, ())
    assert applied(document, made.fixes[0]) == after


AROUND = st.text(st.sampled_from("ab=: \t\n\r'\"`$%#/*{}()\\@é"), max_size=12)
PATHS = (
    "a.ps1",
    "a.bat",
    "Makefile",
    "a.js",
    "a.go",
    ".gitmodules",
    "pip.conf",
    ".npmrc",
    "supervisord.conf",
    "crontab",
)


@given(path=st.sampled_from(PATHS), before=AROUND, after=AROUND)
def test_any_text_around_the_value(path: str, before: str, after: str) -> None:
    """Whatever stands around a value, it is moved whole or the reason is said; the lines beside it stay."""
    document = document_of(f"require('x')\n{before}{T}{after}", path, "text")
    made = fixes.plan(finding_at(document, T), document, project())
    assert made.fixes or made.withheld
    for fix in made.fixes:
        text = applied(document, fix)
        assert T not in text
        assert text.startswith("require('x')\n")
        assert [stored.secret.reveal() for stored in fix.stores] == [T]
        behind = re.search(r"[\r\n][^\r\n]*\Z", after)
        if behind is not None and path != "a.js":  # its strings may have several lines
            assert text.endswith(behind[0])


def test_redacted_is_stored_but_not_declared() -> None:
    """Redacting keeps the value in `.env` and declares nothing, since nothing reads the name."""
    document = document_of(f"use {T}\n", "README.md", "readme")
    made = fixes.plan(finding_at(document, T), document, project())
    assert made.safe is not None
    assert [(stored.name, stored.secret.reveal()) for stored in made.safe.stores] == [("HF_TOKEN", T)]
    assert not made.safe.declares


@pytest.mark.parametrize(("path", "said"), [("requirements.txt", "without secrets"), ("index.html", "to visitors")])
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
