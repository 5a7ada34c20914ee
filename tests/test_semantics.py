"""What Python programs mean: names, scopes and calls, held against Python itself where it can be asked."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import tree_sitter_python
from hypothesis import example, given, reject
from hypothesis import strategies as st
from tree_sitter import Language
from unspill.semantics.python import calls, scopes, tree
from unspill.semantics.python.kinds import Kind
from unspill.semantics.python.scopes import Visibility
from unspill.syntax import text_of

from tests.helpers import document_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node
    from unspill.document import Document

MARK = "mark(os)"
VALUE = object()
HEADS = (
    *["def f():", "class C:", "if True:", "try:"] * 3,  # what hides nothing
    "def f(os=1):", "def f(*os):", "def f(x=1, *, os: int = 2):", "def f(os=mark(os)):", "def f(x=1) -> mark(os):",
    "def os():", "class os:", "for os in [1]:", "for os in [mark(os)]:", "for x, (os, *y) in [(1, (2, 3))]:",
    "with nothing as os:", "with nothing as n:",
)  # fmt: skip
LINES = (
    "import os", "import sys as os", "from os import environ as os", "import os.path", "os = 1", "os: int = 1",
    "os += 1", "x, [os, *y] = 1, [2]", "x = y = 2", "(os := 3)", "x = [os for os in [1]]", "dict(os=1)", "global os",
    "del os", "del (x, os)", "nonlocal os", "[(os := 3) for x in [1]]", "with nothing as (os): pass",
    "def f(x=(os := 1)): pass", "match 1:\n    case os: pass", "match [1]:\n    case [*os]: pass",
    "match 1:\n    case 1 as os: pass", "match 1:\n    case int(real=os): pass",
    "[mark(os) for os in [1]]", "[mark(os) for x in [1]]", "(lambda os: mark(os))(1)", "(lambda: mark(os))()",
    "[x for x in [mark(os)]]", "[0 for x in [1] for y in [mark(os)]]", "(lambda x=mark(os): x)()", "x: mark(os) = 1",
    "nothing.os = mark(os)", *["import os", "x = 1", "[mark(os) for x in [1]]", MARK, MARK] * 5,
)  # fmt: skip


class _Nothing:
    """A context manager that has any attribute."""

    def __enter__(self) -> int:
        return 1

    def __exit__(self, *_: object) -> None:
        return None


def _blocks(inside: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    line = st.sampled_from(LINES).map(str.splitlines)
    parts = st.lists(line | st.builds(_compound, st.sampled_from(HEADS), inside), min_size=1, max_size=4)
    return parts.map(lambda found: [line for part in found for line in part])


def _compound(head: str, body: list[str]) -> list[str]:
    """A compound statement; a function is called at once."""
    call = [f"run({head[4 : head.index('(')]})"] if head.startswith("def") else []
    last = ["finally:", "    pass"] if head == "try:" else []
    return [head, *(f"    {line}" for line in body), *last, *call]


PROGRAMS = st.recursive(_blocks(st.just([MARK])), _blocks, max_leaves=8).map(lambda lines: "\n".join([*lines, ""]))


def seen(source: str, number: int) -> list[object]:
    """What `os` is at mark `number` of a program (0-based), each time it gets there; None where it has no value.

    Raises SyntaxError.
    """
    parts = source.split(MARK)
    marked = "0".join(parts[: number + 1]) + "see(reach() or os)" + "0".join(parts[number + 1 :])
    program = compile(marked, "program", "exec", dont_inherit=True)
    reached: list[None] = []
    values: list[object] = []

    def run(function: Callable[[], object]) -> None:
        with suppress(Exception):
            function()

    scope = {"see": values.append, "reach": lambda: reached.append(None), "run": run, "nothing": _Nothing()}
    with suppress(Exception):
        exec(program, {**scope, "VALUE": VALUE})
    return values + [None] * (len(reached) - len(values))


def marks(document: Document) -> list[Node]:
    """The marks of a program, in order."""
    return calls.by_name(document).get("mark", [])


@given(PROGRAMS)
@example("import os\nmark(os)\ndel os\nmark(os)\n")
@example("import os\ndef f():\n    global os\n    os = 1\nrun(f)\nmark(os)\n")
@example(
    "def f():\n    import os\n    def g():\n        nonlocal os\n        os = 1\n    run(g)\n    mark(os)\nrun(f)\n"
)
@example("import os\n[(os := 3) for x in [1]]\nmark(os)\n")
@example("import os\nmatch 1:\n    case os: pass\nmark(os)\n")
@example("import os\nmatch 1:\n    case int(real=os): pass\nmark(os)\n")
@example("class C:\n    import os\n    [mark(os) for x in [1]]\n")
@example("class C:\n    os = 1\n    [x for x in [mark(os)]]\n")
def test_a_name_is_what_python_makes_of_it(source: str) -> None:
    """Where `os` is said to be bound it is the module; where it is unbound, an import at the top makes it that."""
    document = document_of(source)
    for number, mark in enumerate(marks(document)):
        said = scopes.visibility(document, mark, "os", "os")
        try:
            if said is Visibility.BOUND:
                assert {*seen(source, number)} <= {os}
            elif said is Visibility.UNBOUND:
                assert {*seen(f"import os\n{source}", number)} <= {os}
        except SyntaxError:
            reject()


@given(PROGRAMS)
@example("os = 1\ndef f(os=2):\n    mark(os)\nrun(f)\nmark(os)\n")
@example("def f():\n    global os\n    os = 1\nrun(f)\nmark(os)\n")
@example("os = 1\nclass C:\n    mark(os)\n    import os\n")
def test_a_value_is_used_where_python_sees_it(source: str) -> None:
    """Wherever a name is seen to have the value of an assignment, that is one of the assignment's uses."""
    document = document_of(source)
    places = [calls.argument(mark, 0) for mark in marks(document)]
    for assignment in tree.find_all(document, Kind.ASSIGNMENT):
        value = assignment.child_by_field_name("right")
        if text_of(assignment) != "os = 1" or value is None:
            continue
        used = {use.start_byte for use in scopes.uses(document, value, "os")}
        program = source[: value.start_byte] + "VALUE" + source[value.end_byte :]
        for number, place in enumerate(places):
            try:
                assert VALUE not in seen(program, number) or (place is not None and place.start_byte in used)
            except SyntaxError:
                reject()


def test_a_name_of_another_function_is_no_use() -> None:
    """What another function, a parameter or a comprehension calls by the same name is none of a variable's uses."""
    document = document_of(
        "def f():\n    k = 1\n    use(k)\ndef g(k):\n    use(k)\nuse(k, [k for k in a])\n", path="app.py"
    )
    value = next(node for node in tree.find_all(document, Kind.INTEGER))
    assert [use.start_point.row for use in scopes.uses(document, value, "k")] == [1, 2]


def test_every_kind_of_node_is_one_of_the_grammar() -> None:
    """No kind is misspelt, and none is asked for that the grammar does not have (any more)."""
    language = Language(tree_sitter_python.language())
    known = {language.node_kind_for_id(number) for number in range(language.node_kind_count)}
    assert {value for name, value in vars(Kind).items() if name.isupper()} - known == set()


@pytest.mark.parametrize(
    ("source", "called"),
    [
        ("import os\nos.getenv('X')", "os.getenv"),
        ("import os as o\no.environ.get('X')", "os.environ.get"),
        ("import os.path\nos.path.join('X')", "os.path.join"),
        ("import a.b as c\nc.d()", "a.b.d"),
        ("from os import environ as e, getenv\ne.get('X')", "os.environ.get"),
        ("from a.b import (\n    c,\n    d as e,\n)\ne.f()", "a.b.d.f"),
        ("import os\nE = os.environ\nE.get('X')", "os.environ.get"),
        ("getenv('X')\nfrom os import getenv", "os.getenv"),
        ("gr.Textbox('X')", "gradio.Textbox"),
        ("a().b('X')", "a.b"),
        ("a[0]('X')", ""),
    ],
)
def test_a_call_is_known_by_what_imports_make_of_its_name(source: str, called: str) -> None:
    """Aliases are resolved, wherever in the file the import is; what is called on a result counts as the call's own."""
    assert called in calls.by_name(document_of(source))


def test_an_argument_is_found_by_its_place_or_its_name() -> None:
    """A place behind a name, or behind what is unpacked, tells nothing; comments are no arguments."""
    document = document_of("f(\n    # first\n    1, b=2)\nf(*x, 3, b=4)\nf(b=5)\n")
    first, unpacked, named = calls.by_name(document)["f"]
    assert [text_of(calls.argument(first, index, "b")) for index in (0, 1, 2)] == ["1", "2", "2"]
    assert text_of(calls.argument(unpacked, 1, "b")) == "4"
    assert [text_of(calls.argument(named, 0, name)) for name in ("b", "c")] == ["5", ""]
