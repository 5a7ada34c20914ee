"""Fixed Python programs: they run, and do what they did; and what holds for any string anywhere."""

from __future__ import annotations

import ast
import os
import sys
from random import Random
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill.fixes.python import plan

from tests.helpers import applied, document_of, finding_at, fixed, project, token

T = token()

RUNS = [
    'out = "§"',
    'out = "Bearer §"',
    "out = 'a {b} \"c\" § \\n \\x41'",
    'out = r"a\\n{b} §"',
    'out = """a\n"§" {b}\n"""',
    'out = b"a § {b}"',
    'out = b"§"',
    'out = "%s § %s" % (1, 2)',
    'out = "{} § {a} {{b}}".format(1, a=2)',
    'out = "x" "§" "y{z}"',
    'out = f"{1 + 1} § {{a}}"',
    "out = f\"{'§'}\"",
    'out = "https://u:§@h.test/?a={b}"',
    'out = {"a": ["§", ("b",)]}',
    'import os\nos.environ["HF_TOKEN"] = "§"\nout = os.environ["HF_TOKEN"]',
    'import os\na = os.environ["HF_TOKEN"] = "§"\nout = a',
    'import os\nout = os.getenv("HF_TOKEN", "§")',
    'import os\nout = (os.getenv("HF_TOKEN") or "§").upper()',
    'out = None or "§"',
    'def f(a, t="§"):\n    "doc"\n    return t\nout = f(1), f(1, "x")',
    'def f(a, t="Bearer §"): return t\nout = f(1)',
    'out = (lambda t="§": t)()',
    'class C:\n    t = "§"\nout = C.t',
    'from dataclasses import dataclass\n@dataclass\nclass C:\n    t: str = "§"\nout = C().t',
    'out = "x" == "§"',
    'out = [x for x in ["§"]]',
    'out = "§".encode()',
    'def f(os):\n    return "§"\nout = f(1)',
    'import argparse\np = argparse.ArgumentParser()\np.add_argument("--t", default="§")\nout = p.parse_args([]).t',
]


@pytest.mark.parametrize("source", RUNS)
def test_the_same_value_reaches_the_same_place(source: str) -> None:
    """With the stored value in the environment, the program computes what it computed before."""
    document = document_of(source.replace("§", T))
    fix = plan(finding_at(document, T), document, project()).fixes[0]
    stored = {one.name: one.secret.reveal() for one in fix.stores}
    with patch.dict(os.environ, {}):
        os.environ.pop("HF_TOKEN", None)
        before = run(document.data.decode())
    with patch.dict(os.environ, stored):
        assert run(applied(document, fix)) == before


def run(source: str) -> Any:
    """What the program binds to `out`. Dataclasses look their module up, so it has one."""
    space: dict[str, Any] = {"__name__": "made_up"}
    with patch.dict(sys.modules, {"made_up": ModuleType("made_up")}):
        exec(compile(source, "app.py", "exec"), space)
    return space["out"]


TEMPLATES = [
    "{}", "x = {}", "f({})", "f(1, token={})", "d = {{'a': {}, 'b': 1}}", "x = [1, {}]", "class C:\n    t = {}",
    "def f(a={}): return a", "def f():\n    return {}", "x = y or {}", "if x == {}: pass", "h = 'Bearer ' + {}",
    "os.environ['HF_TOKEN'] = {}", "os.environ.update({{'HF_TOKEN': {}, 'B': '1'}})", "os.getenv('HF_TOKEN', {})",
    "x = {} if y else z", "with a({}) as b: pass", "x: str = {}", "a = b = {}", "print({})", "openai.api_key = {}",
    "lambda: {}", "x = ({}, 1)", "@dec({})\ndef f(): pass", "for a in [{}]: pass", "x = {}.strip()",
    "x = f'''{{{}}}'''",
]  # fmt: skip
TEXTS = ["§", "Bearer §", "a § b", "{} §", "§ {a}", "https://u:§@h.test/x", "%s §", "§\\n"]


PROGRAMS = st.tuples(
    st.sampled_from(TEMPLATES),
    st.sampled_from(TEXTS),
    st.sampled_from(["'", '"', "'''", '"""']),
    st.sampled_from(["", "b", "r", "u", "f", "rb", "F", "R"]),
    st.sampled_from(["", "import os\n", '"""Doc."""\n', "# 日本 🙂\n", "from os import environ\n"]),
    st.sampled_from(["\n", "\r\n"]),
)


@given(PROGRAMS, st.integers(0, 2**32))
def test_any_string_anywhere(program: tuple[str, str, str, str, str, str], seed: int) -> None:
    """A fix gives Python, takes the value out, and leaves all other text in its order."""
    template, text, quote, prefix, head, newline = program
    value = "hf_" + "".join(Random(seed).choices("abcdefghijklmnopqrstuvwxyz", k=34))
    body = text.replace("{", "{{").replace("}", "}}") if prefix.lower() == "f" else text
    string = prefix + quote + body.replace("§", value) + quote
    source = (head + template.format(string) + "\n").replace("\n", newline)
    try:
        ast.parse(source)
    except SyntaxError:
        return
    document = document_of(source)
    made = plan(finding_at(document, value), document, project())
    if not made.fixes:
        assert made.withheld
        return
    for fix in made.fixes:
        after = applied(document, fix)
        ast.parse(after)
        assert value not in after
        assert value not in fix.title + fix.reason
        assert kept(source, fix.edits, after)


def kept(before: str, edits: Any, after: str) -> bool:
    """Whether the text between the edits stands in the result, in order."""
    data, at, start = before.encode(), 0, 0
    spans = [edit.span for edit in sorted(edits, key=lambda edit: edit.span)]
    for end, begin in zip(
        [*(span.start for span in spans), len(data)], [*(span.end for span in spans), 0], strict=True
    ):
        piece = data[start:end]
        found = after.encode().find(piece, at)
        if found < 0:
            return False
        at, start = found + len(piece), begin
    return True


@given(st.permutations(range(4)), st.sampled_from(["\n", "; "]))
def test_fixes_of_one_file_compose(order: list[int], joint: str) -> None:
    """Fixing one finding after another, in any order, ends in the same file."""
    values = [token(seed) for seed in range(4)]
    lines = ["a = '{}'", "b = 'Bearer {}'", "c(k='{}')", "d = {{'x': '{}'}}"]
    source = joint.join(line.format(value) for line, value in zip(lines, values, strict=True)) + "\n"
    where = project(None, **{f"T{index}": value for index, value in enumerate(values)})
    results = []
    for sequence in (order, range(4)):
        text = source
        for index in sequence:
            document = document_of(text)
            text = fixed(plan, document, finding_at(document, values[index]), where)
        results.append(text)
    assert results[0] == results[1]
    assert results[0].count("import os") == 1
