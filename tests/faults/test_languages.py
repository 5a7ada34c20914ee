"""Files of a language that are broken, nested without end or strange: found, and fixed soundly or not at all."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

import pytest
from unspill import syntax

from tests.cli import unspill, write
from tests.faults.common import check, found, held
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

T = token(1)


def cell(source: Any, **more: Any) -> dict[str, Any]:
    """A code cell."""
    return {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source, **more}


def notebook(*cells: dict[str, Any], **more: Any) -> str:
    """A notebook of these cells."""
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more})


LINE = f'login("{T}")\n'
IMAGE = {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo" * 20_000}, "metadata": {}}
STREAM = {"output_type": "stream", "name": "stdout", "text": [LINE]}
NOTEBOOKS = {
    "text.ipynb": notebook(cell(LINE)),
    "list.ipynb": notebook(cell(["import x\n", LINE])),
    "outputs.ipynb": notebook(cell(LINE, outputs=[IMAGE, STREAM])),
    "twice.ipynb": notebook(cell(LINE, id="a"), cell(LINE, id="a")),
    "three.ipynb": json.dumps({"worksheets": [{"cells": [cell(None, input=[LINE])]}], "nbformat": 3, "metadata": {}}),
    "numbers.ipynb": notebook(cell([LINE, 3, None]), {"cell_type": 7, "source": {"a": LINE}}, nbformat="x"),
    "no-cells.ipynb": json.dumps([LINE]),
    "cut.ipynb": notebook(cell(LINE))[:-20],
    "words.ipynb": f"not a notebook, {LINE}",
    "deep.ipynb": notebook(cell(LINE))[:-1] + ', "x": ' + "[" * 20_000 + "]" * 20_000 + "}",
    "deep-open.ipynb": notebook(cell(LINE))[:-1] + ', "x": ' + '{"a":' * 20_000,
}


def test_notebooks(tmp_path: Path) -> None:
    """In every shape of a source, and in no notebook at all, the token is found; what was JSON is JSON after a fix."""
    folder = tmp_path / "r"
    write(folder, NOTEBOOKS)
    ran = check(folder, values=[T])
    assert ran.code == 1
    assert sorted(set(found(ran))) == sorted(NOTEBOOKS)
    held(unspill(folder, "fix"), T)
    for name, before in NOTEBOOKS.items():
        after = (folder / name).read_text()
        if name.startswith(("text", "list", "outputs", "twice")):
            assert T not in after
            assert all(ast.parse("".join(one["source"])) for one in json.loads(after)["cells"])
        elif name.startswith(("three", "numbers", "no-cells")):
            json.loads(after)
        elif name.startswith("deep"):
            assert after == before


SOURCES = {
    "half.py": f'def f(:\n    x = "{T}"\n',
    "two.py": f'print "hello"\nexec "x"\nx = ur"{T}"\n',
    "open.py": f'x = "{T}\ny = 1\n',
    "open-long.py": f'x = """{T}\ny = 1\n',
    "zero.py": "#" * 8192 + f'\n\0\nx = "{T}"\n',
    "late-open.py": f'x = "{T}"\ny = (\n',
    "merge.py": f'<<<<<<< HEAD\nx = "{T}"\n=======\nx = 1\n>>>>>>> other\n',
    "tabs.py": f'if a:\n\tx = 1\n        y = "{T}"\n',
    "parentheses.py": f'x = "{T}"\ny = {"(" * 100_000}{")" * 100_000}\n',
    "unclosed.py": f'x = "{T}"\ny = {"[" * 100_000}\n',
    "blocks.py": "".join(f"{' ' * level}if x:\n" for level in range(900)) + " " * 900 + f'y = "{T}"\n',
    "chain.py": f'{"a=" * 3000}"{T}"\n',
    "operators.py": f'x = {"-" * 50_000}1; y = "{T}"\n',
}
# Python 3.12 and later: the same quote, and comments, inside a replacement field (PEP 701).
FIELDS = {
    "nested.py": f"""x = f"{{f'{{f"{T}"}}'}}"\n""",
    "quotes.py": f'x = f"{{"{T}"}}"\n',
    "comment.py": f'x = f"""{{\n    y  # a comment\n}} {T}"""\n',
    "format.py": f'x = f"{{y:{{z}}}} {T} {{{{}}}}"\n',
}


@pytest.mark.slow
def test_python_that_does_not_parse(tmp_path: Path) -> None:
    """Old, half-typed, broken or nested without end: the token is found, and a fix breaks nothing more."""
    folder = tmp_path / "r"
    write(folder, {**SOURCES, **FIELDS})
    ran = check(folder, values=[T])
    assert (ran.code, found(ran)) == (1, sorted([*SOURCES, *FIELDS]))
    assert held(unspill(folder, "fix"), T).code in (0, 1)
    for name, before in {**SOURCES, **FIELDS}.items():
        after = (folder / name).read_text()
        assert after == before or (T not in after and errors(after) <= errors(before))
    for name in ("open.py", "open-long.py", "parentheses.py", "unclosed.py", "blocks.py"):
        assert (folder / name).read_text() == SOURCES[name]


def errors(source: str) -> int:
    """How many places of a program its grammar cannot read."""
    return syntax.errors(syntax.parse(source.encode(), "python"))


DOCKERFILES = {
    "heredoc": f"FROM a\nRUN <<EOF\nset -e\nexport HF_TOKEN={T}\nEOF\nCMD x\n",
    "heredoc-file": f"FROM a\nCOPY <<-'E' /x\n\ttoken = {T}\n\tE\nUSER b\n",
    "continued": f"FROM a\nENV A=1 \\\n# a comment\n\n    HF_TOKEN={T} \\\n    B=2\n",
    "escape": f"# escape=`\nFROM a\nRUN set HF_TOKEN={T}& `\n    python app.py\n",
    "before": f"ARG HF_TOKEN={T}\nFROM a:$HF_TOKEN AS b\nFROM b\n",
    "unknown": f"FROM a\nTELEPORT {T} x\nFROBNICATE HF_TOKEN={T}\n",
    "old": f"FROM a\nENV HF_TOKEN {T}\n",
    "exec": f'FROM a\nCMD ["python", "app.py", "--token", "{T}"]\n',
    "crlf": f"FROM a\r\nENV HF_TOKEN={T}\r\nCMD x\r\n",
    "empty": f"HF_TOKEN={T}\n",
    "open": f'FROM a\nENV HF_TOKEN="{T}\nRUN <<E\n',
}


def test_dockerfiles(tmp_path: Path) -> None:
    """Every form of an instruction, and none: the range is the token's, and other instructions stay as they are."""
    folder = tmp_path / "r"
    write(folder, {f"{name}/Dockerfile": text for name, text in DOCKERFILES.items()})
    ran = check(folder, values=[T])
    assert {path.rpartition("/")[0] for path in found(ran)} == set(DOCKERFILES)
    for row in ran.report["findings"]:
        line = DOCKERFILES[row["path"].rpartition("/")[0]].split("\n")[row["start"]["line"] - 1]
        assert line[row["start"]["column"] - 1 : row["end"]["column"] - 1] == T
    held(unspill(folder, "fix"), T)
    for name, before in DOCKERFILES.items():
        after = (folder / name / "Dockerfile").read_bytes().decode()
        kept = [line for line in before.split("\n") if line.startswith(("FROM", "COPY", "USER", "CMD x", "#", "EOF"))]
        assert [line for line in kept if line not in after.split("\n")] == []
        assert after.count("\r") == after.count("\n") * (name == "crlf")


def test_names_that_are_taken(tmp_path: Path) -> None:
    """One value has one name, another value another; no name is a platform's own or one that no shell takes."""
    folder = tmp_path / "r"
    values = [token(seed) for seed in range(1, 7)]
    write(
        folder,
        {
            "README.md": "---\nsdk: gradio\n---\n",
            "twice.py": f'a = login(token="{values[0]}")\nb = login(token="{values[0]}")\n',
            "other.py": f'login(token="{values[1]}")\n',
            "declared.py": f'import os\n\nos.environ["HF_TOKEN"]\nOTHER_KEY = "{values[2]}"\n',
            "space.py": f'SPACE_ID = "{values[3]}"\n',
            "name.py": f'config["my-key 1"] = "{values[4]}"\n',
            "path.py": f'PATH = "{values[5]}"\n',
            ".env": "HF_TOKEN=something-else\n",
            ".env.example": "HF_TOKEN=\n",
            ".gitignore": ".env\n",
        },
    )
    held(unspill(folder, "fix"), *values)
    stored = dict(line.split("=", 1) for line in (folder / ".env").read_text().splitlines())
    assert stored["HF_TOKEN"] == "something-else"
    named = {value: name for name, value in stored.items() if value in values}
    assert len(named) == len(values) == len(stored) - 1
    assert not {"SPACE_ID", "PATH"} & set(stored)
    assert all(name.isidentifier() and name.isascii() for name in stored)
    assert (folder / "twice.py").read_text().count(f'os.environ["{named[values[0]]}"]') == 2
    declared = [line.partition("=")[0] for line in (folder / ".env.example").read_text().splitlines() if "=" in line]
    assert sorted(declared) == sorted(stored)


PLACES = {
    "docstring.py": f'"""Use {T} to log in."""\n',
    "function.py": f'def f():\n    """Use {T}."""\n',
    "field.py": f'x = f"Bearer {{a}} {T} {{b!r:>{{c}}}}"\n',
    "bytes.py": f'x = b"{T}"\n',
    "default.py": f'def f(token: str = "{T}") -> str:\n    return token\n',
    "lambda.py": f'f = lambda t="{T}": t\n',
    "key.py": f'x = {{"{T}": 1}}\n',
    "decorator.py": f'@app.task(token="{T}")\ndef f():\n    pass\n',
    "literal.py": f'from typing import Literal\n\nx: Literal["{T}", "b"] = "b"\n',
    "case.py": f'match x:\n    case "{T}":\n        pass\n',
    "class.py": f'class A:\n    token = "{T}"\n    b: str = "{T}"\n',
    "stub.pyi": f'TOKEN = "{T}"\ndef f(x: str = "{T}") -> str: ...\n',
    "walrus.py": f'if (x := "{T}"):\n    pass\n',
    "global.py": f'def f():\n    global T\n    T = "{T}"\n',
    "assert.py": f'assert x != "{T}", "not {T}"\n',
    "del.py": f'del x["{T}"]\n',
    "joined.py": f'x = ("a" "{T}"\n     "b")\n',
    "percent.py": f'x = "{T} %s" % y\n',
    "raw.py": f'x = r"\\.{T}"\n',
    "one-line.py": f'if a: x = "{T}"; y = 1\n',
    "comment.py": f"x = 1  # {T}\n",
    "magic.ipynb": notebook(cell([f"%env HF_TOKEN={T}\n", f"!curl -H 'Authorization: Bearer {T}' x\n"])),
}


@pytest.mark.parametrize("flags", [[], ["--unsafe"]], ids=["safe", "unsafe"])
def test_places_where_a_value_cannot_simply_go(tmp_path: Path, flags: list[str]) -> None:
    """Wherever in the grammar a token stands, a fix makes what parses, or leaves the file as it is and says why."""
    folder = tmp_path / "r"
    write(folder, PLACES)
    ran = check(folder, values=[T])
    assert sorted(set(found(ran))) == sorted(PLACES)
    said = held(unspill(folder, "fix", *flags), T).out
    for name in PLACES:
        after = (folder / name).read_text()
        if name.endswith(".ipynb"):
            json.loads(after)
        else:
            ast.parse(after, feature_version=(3, 10))
        if T in after:
            assert name in said
            assert name != "default.py"
    left = [name for name in PLACES if T in (folder / name).read_text()]
    assert sorted(set(found(check(folder, values=[T])))) == sorted(left)
    assert (folder / ".env").read_text().count(T) == 1
