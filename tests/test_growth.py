"""What a check and a fix take grows with a text, and not with the square of the secrets in it."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from unittest.mock import patch

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from unspill import budget, syntax
from unspill.app import Collector, fixing, reporting
from unspill.document import Document, apply_edits
from unspill.fixes import moving, substitution
from unspill.languages import language_of
from unspill.model import Span

from tests.helpers import document_of, token
from tests.proof.proving import quick, request
from tests.shapes import ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Tree

    from tests.shapes import Row

FEW = 30
TOKENS = [token(number) for number in range(2 * FEW)]


def _cell(line: str) -> dict[str, object]:
    return {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": [line]}


def _notebook(tokens: list[str]) -> str:
    cells = [_cell(f'K{at} = "{value}"\n') for at, value in enumerate(tokens)]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def _lines(line: str, head: str = "") -> Callable[[list[str]], str]:
    return lambda tokens: head + "".join(line.format(at, value) for at, value in enumerate(tokens))


TEXTS: dict[str, tuple[str, Callable[[list[str]], str]]] = {
    "assignments": ("app.py", _lines('K{} = "{}"\n')),
    "functions": ("app.py", _lines('def f{}():\n    return get(token="{}")\n\n')),
    "list": ("app.py", lambda tokens: f"KEYS = {json.dumps(tokens, indent=4)}\n"),
    "dictionary": ("app.py", lambda tokens: f"KEYS = {json.dumps(dict(enumerate(tokens)), indent=4)}\n"),
    "shell": ("run.sh", _lines("export K{}={}\n")),
    "Dockerfile": ("Dockerfile", _lines("ENV K{}={}\n", "FROM python:3.12\n")),
    "compose": ("compose.yaml", _lines("  s{0}:\n    environment:\n      K{0}: {1}\n", "services:\n")),
    "cells": ("a.ipynb", _notebook),
    "node": ("server.js", _lines('const k{} = "{}";\n', "require('http');\n")),
}


class _Counted(NamedTuple):
    """What is done: functions called, and bytes parsed from their beginning to their end."""

    calls: int
    parsed: int


@contextmanager
def _parsing(sizes: list[int]) -> Iterator[None]:
    """Note how much is parsed; where a tree is given, only what has changed is parsed anew."""
    run = syntax._run

    def noted(grammar: str, data: bytes, old: Tree | None = None) -> Tree:
        sizes.append(len(data) if old is None else 0)
        return run(grammar, data, old)

    with patch.object(syntax, "_run", noted):
        yield


def _counted(work: Callable[[], object]) -> _Counted:
    calls, sizes = 0, list[int]()

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    with quick(), _parsing(sizes):
        sys.setprofile(count)
        try:
            work()
        finally:
            sys.setprofile(None)
    return _Counted(calls, sum(sizes))


def _folder(path: Path, name: str, text: str) -> str:
    path.mkdir()
    path.joinpath(name).write_text(text, encoding="utf-8")
    return str(path)


def _checked(folder: str) -> Callable[[], object]:
    return lambda: reporting.report(collector := Collector(request(folder)).walk(), collector.scanned_files)


@pytest.mark.slow
@pytest.mark.parametrize("kind", TEXTS)
def test_twice_the_secrets_take_twice_the_work(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check and fix parse, and call, about twice as much for a file with twice the secrets; and fix moves them all."""
    monkeypatch.setattr(moving, "_SMALL", 0)
    name, text = TEXTS[kind]
    few, many = (_folder(tmp_path / str(count), name, text(TOKENS[:count])) for count in (FEW, 2 * FEW))

    fixing.fix(request(_folder(tmp_path / "warm", name, text(TOKENS[:1]))))
    for work in (_checked, lambda folder: lambda: fixing.fix(request(folder))):
        once, twice = _counted(work(few)), _counted(work(many))
        assert twice.calls < 2.2 * once.calls
        assert twice.parsed <= 2.2 * once.parsed
    assert TOKENS[-1] in Path(many, ".env").read_text()
    assert not any(value in Path(many, name).read_text() for value in TOKENS)


def test_what_is_declared_is_read_once(tmp_path: Path) -> None:
    """Twice the secrets beside twice the names in `.env` and `.env.example` take about twice the work to check."""
    done = []
    for count in (1, FEW, 2 * FEW):
        folder = _folder(tmp_path / str(count), "app.py", _lines('K{} = "{}"\n')(TOKENS[:count]))
        for name, value in ((".env", "x"), (".env.example", "")):
            Path(folder, name).write_text("".join(f"N{at}={value}\n" for at in range(20 * count)))
        done.append(_counted(_checked(folder)).calls)
    assert done[2] < 2.2 * done[1]


@pytest.mark.parametrize("count", [4_000, 32_000])
def test_a_scanner_that_looks_ahead_at_each_word_is_stopped(count: int) -> None:
    """Bash's reads on to the end behind each `f()`: it is given so much to read and no more, and that is said."""
    document = Document(b"def f():\n" * count + f"export K={token(1)}\n".encode(), "a.sh", "shell")
    with pytest.raises(syntax.UnparsedError, match=budget.TOO_COMPLEX):
        syntax.tree(document, "bash")
    assert budget.refusal(document) == budget.TOO_COMPLEX


WRITTEN = ["", "x", '"x"', "x(y)", "x[0].y()", '{"a": 1}', "${X}", "*", "a: b"]
CHANGED = [row for row in ROWS if row.path.endswith((".py", ".yml", ".yaml"))]


@given(st.sampled_from(CHANGED), st.sampled_from(WRITTEN), st.data())
def test_what_is_told_from_the_changed_places_is_so_for_the_whole(row: Row, text: str, data: st.DataObject) -> None:
    """Whatever is put wherever into a text that parses: where the places alone say that it still does, it does."""
    document = document_of(row.source, row.path, language_of(row.path).id)
    grammar = document.language
    assume(not syntax.tree(document, grammar).has_error)
    size = len(document.data)
    nodes = [node for node in syntax.walk(syntax.tree(document, grammar)) if node.end_byte <= size]
    node = data.draw(st.sampled_from(nodes))
    changes = [(Span(node.start_byte, node.end_byte), text)]
    if substitution.holds(document, changes, grammar):
        assert not syntax.parse(apply_edits(document.data, changes), grammar).has_error


@given(st.sampled_from(CHANGED), st.sampled_from(["", "x", '"', "x(", "\n", "  ", "import os\n", "# a"]), st.data())
def test_a_tree_that_is_parsed_where_it_changed_is_that_of_the_whole(row: Row, text: str, data: st.DataObject) -> None:
    """Parsed anew only where a text has changed, a text has as many errors as parsed as a whole."""
    document = document_of(row.source, row.path, language_of(row.path).id)
    grammar = document.language
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(document.data))] * 2)))
    changes = [(Span(start, end), text)]
    anew = syntax.tree_after(document, changes, grammar)
    whole = syntax.parse(apply_edits(document.data, changes), grammar)
    assert anew.has_error == whole.has_error
