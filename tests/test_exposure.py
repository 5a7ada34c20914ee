"""Exposure: labelled programs, the ways that are reported, and what an edit of them changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill import checks, syntax, toml
from unspill.checks.check import Seen
from unspill.document import Document
from unspill.exposure import candidates, leaks
from unspill.semantics.python import lowering
from unspill.settings import Settings
from unspill.syntax import text_of

from tests import cli
from tests.helpers import MemoryTree

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet
    from tree_sitter import Node
    from unspill.checks.check import Check
    from unspill.exposure.leaks import Leak
    from unspill.model import Finding
    from unspill.semantics.python.facts import FunctionFacts

DATA = Path(__file__).parent / "exposure"
LABELS = ("leak", "fixed", "near")
WATCHING = {check.id: check for check in checks.known()}
IDS = sorted(path.stem for path in DATA.glob("*.toml"))


class Case(NamedTuple):
    """A labelled program."""

    check: Check
    label: str
    why: str
    shown: str
    files: dict[str, str]

    @property
    def findings(self) -> list[Finding]:
        """What its check says about it."""
        return found(self.check, self.files)


def cases(*labels: str) -> list[ParameterSet]:
    """The programs with these labels."""
    made = []
    for name in IDS:
        data = toml.loads((DATA / f"{name}.toml").read_bytes())
        for label in labels:
            for number, one in enumerate(data[label]):
                files = one.get("files") or {"app.py": one["code"]}
                case = Case(WATCHING[name], label, one.get("why", ""), one.get("shown", ""), files)
                made.append(pytest.param(case, id=f"{name}-{label}-{number}"))
    return made


def found(check: Check, files: dict[str, str]) -> list[Finding]:
    """What a check says about `app.py` among other files."""
    document, tree = in_tree(files)
    if check not in checks.watching(document.data, "python") or check.of_document is None:
        return []
    return list(check.of_document(document, Seen((), (), Settings(), tree, None, directives=False)))


def in_tree(files: dict[str, str]) -> tuple[Document, MemoryTree]:
    """The document and the files around it."""
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    return Document(tree["app.py"], "app.py", "python"), tree


def ways(files: dict[str, str]) -> list[Leak]:
    """The leaks of a program."""
    return list(leaks.of(*in_tree(files)))


def program(*lines: str) -> dict[str, str]:
    """A program of one module."""
    return {"app.py": "\n".join(["import os", *lines, ""])}


def logged(*lines: str) -> list[str]:
    """The texts that a program writes to the log and must not."""
    files = program(*lines)
    return [files["app.py"][leak.at.start : leak.at.end] for leak in ways(files) if leak.audience.value == "logs"]


# The data set


@pytest.mark.parametrize("case", cases("leak"))
def test_a_leak_is_reported_at_what_is_shown(case: Case) -> None:
    """Each labelled leak is found by its check, once, exactly where the value is shown."""
    text = case.files["app.py"].encode()
    assert [text[one.span.start : one.span.end].decode() for one in case.findings] == [case.shown]


@pytest.mark.parametrize("case", cases("fixed", "near"))
def test_what_is_no_leak_is_not_reported(case: Case) -> None:
    """Neither the check of its file says anything about a program without a leak, nor does any other."""
    assert [one for check in WATCHING.values() if check.id in IDS for one in found(check, case.files)] == []


@pytest.mark.parametrize("case", cases("leak"))
def test_each_step_of_a_way_is_needed(case: Case) -> None:
    """Without the line of any step of a reported way, or of its end, nothing is reported."""
    for finding in case.findings:
        places = [("app.py", finding.span), *((one.path, one.span) for one in finding.related)]
        for path, span in places:
            files = case.files | {path: without_line(case.files[path], span.start)}
            assert found(case.check, files) == [], (path, case.files[path][span.start : span.end])


def without_line(text: str, offset: int) -> str:
    """A text whose line at an offset does nothing; it holds the block that it may open."""
    start = text.rfind("\n", 0, offset) + 1
    end = text.index("\n", offset)
    line = text[start:end]
    indent = line[: len(line) - len(line.lstrip())]
    opens = line.rstrip().endswith(":")
    return f"{text[:start]}{indent}{'if True:' if opens else 'pass'}{text[end:]}"


def test_each_check_has_its_programs() -> None:
    """Each check that follows values has leaks, a fixed form, and three programs that it must be silent about."""
    following = {check.id for check in WATCHING.values() if check.traits.is_flow}
    assert following <= set(IDS)
    for name in IDS:
        data = toml.loads((DATA / f"{name}.toml").read_bytes())
        assert data["leak"], name
        assert data["fixed"], name
        assert len(data["near"]) >= 3, name
        assert all(one["why"] for one in (*data["leak"], *data["near"])), name


@pytest.mark.parametrize("name", IDS)
def test_the_examples_of_a_check_are_what_it_says(name: str) -> None:
    """The first example in the documentation of a check is reported, and the second, which is right, is not."""
    imports = ["import gradio as gr", "import requests, subprocess", "import streamlit as st", "base = {}"]
    imports += ["from gradio_client import Client", "from openai import OpenAI"]
    imports += ["from transformers import AutoModel"]
    wrong, right = WATCHING[name].examples
    assert len(found(WATCHING[name], program(*imports, wrong))) == 1
    assert found(WATCHING[name], program(*imports, right)) == []


# Values


@pytest.mark.parametrize(
    "lines",
    [
        ('a = b = os.environ["K_TOKEN"]', "print(a)"),
        ('a, b = 1, os.environ["K_TOKEN"]', "print(b)"),
        ('a = "x" + os.environ["K_TOKEN"] + "y"', "print(a)"),
        ('a = "%s" % os.environ["K_TOKEN"]', "print(a)"),
        ('a = {"x": {"y": os.environ["K_TOKEN"]}}', 'print(a["x"]["y"])'),
        ('a = {}', 'a["x"] = os.environ["K_TOKEN"]', "print(a)"),
        ("env = os.environ", "print(env['K_TOKEN'])"),
        ("get = os.getenv", "print(get('K_TOKEN'))"),
        ("NAME = 'K_TOKEN'", "print(os.environ[NAME])"),
        ("from os import getenv as g", "print(g('K_TOKEN').strip())"),
        ("def f(x=os.environ['K_TOKEN']):", "    print(x)"),
        ("K = os.environ['K_TOKEN']", "def f(x=K):", "    print(x)"),
        ("def f():", "    return os.environ['K_TOKEN']", "def g():", "    return f()", "print(g())"),
        ("def f(x):", "    print(x)", "f(x=os.environ['K_TOKEN'])"),
        ("for x in [os.environ['K_TOKEN']]:", "    print(x)"),
        ("try:", "    k = os.environ['K_TOKEN']", "except KeyError:", "    k = ''", "print(k)"),
        ("k = ''", "if True:", "    k = os.environ['K_TOKEN']", "print(k)"),
        ("async def f():", "    return os.environ['K_TOKEN']", "async def g():", "    print(await f())"),
        ("import json", "print(json.dumps({'a': os.environ['K_TOKEN']}))"),
        ("k = open('/run/secrets/K_TOKEN').read()", "print(k)"),
        ("print(sorted(os.environ.items()))",),
        ("print(', '.join([os.environ['K_TOKEN']]))",),
        ("for value in os.environ.values():", "    print(value)"),
        ("print(f'{dict(os.environ)}')",),
        ("keys = list((1, os.environ['K_TOKEN']))", "print(keys[1])"),
        ("from functools import cache", "@cache", "def f():", "    return os.environ['K_TOKEN']", "print(f())"),
        ("import gradio as gr", "def f(t: gr.OAuthToken):", "    print(t.token)"),
    ],
)  # fmt: skip
def test_a_value_is_followed(lines: tuple[str, ...]) -> None:
    """Assignments, containers, texts, calls and returns pass a value on."""
    assert len(logged(*lines)) == 1


@pytest.mark.parametrize(
    "lines",
    [
        ('a, *b = 1, os.environ["K_TOKEN"]', "print(b)"),
        ('a = {"x": os.environ["K_TOKEN"], **other}', 'print(a["y"])'),
        ('a = {"x": os.environ["K_TOKEN"]}', 'print(a[name])'),
        ('a = {"x": os.environ["K_TOKEN"]}', 'a["x"] = 1', "print(a)"),
        ('a = {"x": os.environ["K_TOKEN"]}', 'del a["x"]', "print(a)"),
        ("a = os.environ['K_TOKEN']", "del a", "print(a)"),
        ("a = os.environ['K_TOKEN']", "a = str(len(a))", "print(a)"),
        ("def f(x):", "    print(x)", "f(*[os.environ['K_TOKEN']])"),
        ("def f(x, **more):", "    print(more)", "f(1, y=os.environ['K_TOKEN'])"),
        ("def f(x, y):", "    print(x)", "f(1, os.environ['K_TOKEN'])"),
        ("def f(x=os.environ['K_TOKEN']):", "    x = 1", "    print(x)"),
        ("print(k)", "k = os.environ['K_TOKEN']"),
        ("def f():", "    k = os.environ['K_TOKEN']", "def g(k):", "    print(k)"),
        ("class A:", "    def f(self):", "        self.k = os.environ['K_TOKEN']", "class B:", "    def f(self):",
         "        print(self.k)"),
        ("print([k for k in [1]], os.environ['K_TOKEN'] in ['x'], not os.environ['K_TOKEN'])",),
        ("for name in os.environ:", "    print(name)"),
        ("print(sorted(os.environ), ', '.join(os.environ), os.environ.keys(), len(os.environ))",),
        ("for name, _ in os.environ.items():", "    print(name)"),
        ("print('%(HOME)s' % os.environ, '{HOME}'.format(**os.environ))",),
        ("print(os.environ['AWS_ACCESS_KEY_ID'], os.environ['SMTP_AUTH'], os.environ['GOOGLE_MAPS_API_KEY'])",),
        ("@mask", "def f():", "    return os.environ['K_TOKEN']", "print(f())"),
        ("print((lambda k: 1)(os.environ['K_TOKEN']))",),
        ("print('set' if os.environ['K_TOKEN'] else 'not set')",),
        ("print(os.environ['K_TOKEN'] and 'set')",),
        ("print(os.getenv('AUTH_BASE', 'https://example.com'), os.environ['TOKENIZER'], os.environ['PUBLIC_KEY'])",),
    ],
)  # fmt: skip
def test_where_a_way_ends(lines: tuple[str, ...]) -> None:
    """What replaces a value, says only whether it is there, or is not known, ends its way."""
    assert logged(*lines) == []


def test_settings_are_called_as_they_are_read() -> None:
    """A field of settings has the name that it reads, its prefix included; a class may hide its fields itself."""
    lines = ["from pydantic_settings import BaseSettings", "class Own(BaseSettings):", "    token: str"]
    lines += ["    model_config = {'env_prefix': 'app_'}", "own = Own()", "print(own, own.token)"]
    assert [leak.way.origin.name for leak in ways(program(*lines))] == ["APP_TOKEN", "APP_TOKEN"]
    lines.insert(4, "    def __repr__(self):")
    lines.insert(5, "        return 'Own()'")
    assert logged(*lines) == ["own.token"]


def test_a_way_is_told_step_by_step() -> None:
    """The steps of a way begin where the value is read, in the order in which it goes on."""
    (leak,) = ways(program("K = os.environ['K_TOKEN']", "def f(x):", "    print(x)", "f(K)"))
    steps = ["K_TOKEN is read here", "assigned to `K`", "passed to `f` as `x`"]
    assert [hop.message for hop in leak.way.hops] == steps


# Other modules


def test_a_module_that_changes_is_read_again() -> None:
    """What a document shows depends on the modules it imports as they are now, not as they were."""
    files = {"app.py": "from config import API_KEY\nprint(API_KEY)\n", "config.py": "API_KEY = 'none'\n"}
    document, tree = in_tree(files)
    assert leaks.of(document, tree) == ()
    tree["config.py"] = b"import os\nAPI_KEY = os.environ['API_KEY']\n"
    assert len(leaks.of(document, tree)) == 1
    del tree["config.py"]
    assert leaks.of(document, tree) == ()
    tree["config.py"] = b"import os\nAPI_KEY = os.environ['API_KEY']\n"
    assert len(leaks.of(document, tree)) == 1


@pytest.mark.parametrize(
    ("path", "statement", "name"),
    [
        ("config.py", "from config import KEY", "KEY"),
        ("config.py", "import config", "config.KEY"),
        ("config.py", "from . import config", "config.KEY"),
        ("core/config.py", "from core.config import KEY as k", "k"),
        ("core/__init__.py", "from core import KEY", "KEY"),
    ],
)
def test_modules_are_found_as_python_does(path: str, statement: str, name: str) -> None:
    """Imports of modules and packages, absolute and relative, and with another name."""
    key = "import os\nKEY = os.environ['API_KEY']\n"
    assert len(ways({"app.py": f"{statement}\nprint({name})\n", path: key})) == 1


# Edits, and work


LINES = (
    "K = os.environ['API_KEY']", "K = 'x'", "def f(a):", "    print(a)", "    return a", "f(K)", "    a = K",
    "print(f(K))", "class C:", "    def g(self):", "        self.k = K", "        print(self.k)", "C().g()", "",
    "if K:",
    "    K = 1", "(",
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(LINES), max_size=12), min_size=2, max_size=4))
def test_after_edits_the_result_is_that_of_a_fresh_start(states: list[list[str]]) -> None:
    """Whatever a document was before, what is kept of its functions changes nothing."""
    for state in states:
        kept = ways(program(*state))
        lowering.forget()
        assert ways(program(*state)) == kept


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_what_is_left_out_by_name_has_nothing(lines: list[str]) -> None:
    """The expressions that are not followed, since no name in them may have a secret, would show none."""
    assert_names_tell(program(*lines))


@pytest.mark.parametrize("case", cases("leak", "fixed", "near"))
def test_no_program_needs_what_is_left_out(case: Case) -> None:
    """The same for each labelled program."""
    assert_names_tell(case.files)


def assert_names_tell(files: dict[str, str]) -> None:
    """Following every expression finds no more."""
    some = ways(files)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(candidates.Candidates, "has", lambda *_: True)
        assert ways(files) == some


def test_an_edit_redoes_one_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an edit in one of a hundred functions, the facts of that one alone are made again."""
    made: list[str] = []
    make = lowering.of_function

    def counted(node: Node, decorators: tuple[Node, ...], base: int) -> FunctionFacts:
        made.append(text_of(node))
        return make(node, decorators, base)

    monkeypatch.setattr(lowering, "of_function", counted)
    lines = [line for n in range(100) for line in (f"def f{n}():", f"    return {n}")]
    ways(program("K = os.environ['K_TOKEN']", *lines))
    assert len(made) == 100
    made.clear()
    lines[101] += " + 1"
    ways(program("# moved", "K = os.environ['K_TOKEN']", *lines))
    assert made == ["def f50():\n    return 50 + 1"]


def steps(size: int) -> int:
    """The steps that a program of chained functions takes."""
    lines = [line for n in range(size) for line in (f"def f{n}(x):", f"    print(x, f{n + 1}(x))", f"k{n} = k{n - 1}")]
    document, tree = in_tree(program("k = k_1 = os.environ['K_TOKEN']", *lines, "f0(k)", "print(k5)"))
    return leaks.work(document, tree)


def test_work_grows_with_the_text() -> None:
    """Twice the functions take about twice the steps."""
    assert steps(400) < 3 * steps(200)


def test_a_text_without_secrets_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that reads no secret and imports none costs a few searches in its bytes."""
    monkeypatch.setattr(syntax, "tree", lambda *_: pytest.fail("parsed"))
    assert [check.id for check in WATCHING.values() if found(check, {"app.py": "import json\nprint('Error')\n"})] == []


# Reports


def test_a_way_is_in_every_report(tmp_path: Path) -> None:
    """Text and JSON list the steps, SARIF has them as a code flow; a comment, a setting and a flag switch it off."""
    source = "import os\ntoken = os.environ['HF_TOKEN']\nprint(token)\n"
    cli.write(tmp_path, {"app.py": source})
    text = cli.unspill(tmp_path, "check")
    assert text.code == 0  # a warning
    assert "app.py:3:7: warning [secret-logged]" in text.out
    assert "note: app.py:2:9: HF_TOKEN is read here" in text.out
    (row,) = cli.unspill(tmp_path, "check", "--format", "json").report["findings"]
    assert [one["start"]["line"] for one in row["related"]] == [2, 2]
    (result,) = cli.unspill(tmp_path, "check", "--format", "sarif").report["runs"][0]["results"]
    (flow,) = result["codeFlows"][0]["threadFlows"]
    lines = [one["location"]["physicalLocation"]["region"]["startLine"] for one in flow["locations"]]
    assert lines == [2, 2, 3]
    assert "secret-logged" not in cli.unspill(tmp_path, "check", "--ignore", "secret-logged").out
    cli.write(tmp_path, {"app.py": source.replace("(token)", "(token)  # unspill: ignore[secret-logged] a demo")})
    assert "secret-logged" not in cli.unspill(tmp_path, "check").out


def test_a_secret_shown_to_visitors_is_an_error(tmp_path: Path) -> None:
    """Only what visitors see of the server's own secrets fails a check by default."""
    cli.write(tmp_path, {"app.py": "import os\nimport streamlit as st\nst.write(os.environ['HF_TOKEN'])\n"})
    assert cli.unspill(tmp_path, "check").code == 1
