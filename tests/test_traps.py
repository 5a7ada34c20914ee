"""The forty places where a naive fix breaks the program or goes on leaking, one test each."""

from __future__ import annotations

import ast
import io
import json
from typing import TYPE_CHECKING

import dotenv
import pytest
from unspill import fixes
from unspill.document import Document, apply_edits, decode
from unspill.fixes import store
from unspill.languages import language_of
from unspill.model import Plan, Safety, Secret, Span, Stored
from unspill.scan import Scanner
from unspill.space.names import Names, is_usable

from tests.cli import unspill, write
from tests.helpers import MemoryTree, applied, document_of, finding_at, project, token

if TYPE_CHECKING:
    from pathlib import Path

T, U = token(1), token(2)
READ = 'os.environ["HF_TOKEN"]'
GRADIO = MemoryTree({"README.md": b"---\nsdk: gradio\n---\n"})


def planned(source: str, path: str = "app.py", tree: MemoryTree | None = None) -> tuple[Document, Plan]:
    """The document of `source`, whose `§` is a token, and the plan for it."""
    document = document_of(source.replace("§", T), path, language_of(path).id)
    where = project(tree if tree is not None else MemoryTree())
    return document, fixes.plan(finding_at(document, T), document, where)


def after(source: str, path: str = "app.py", tree: MemoryTree | None = None) -> str:
    """The text after the safe fix; what is Python must still be Python."""
    document, plan = planned(source, path, tree)
    assert plan.safe is not None, plan.withheld
    text = applied(document, plan.safe)
    assert T not in text
    if path.endswith(".py"):
        ast.parse(text, feature_version=(3, 10))
    return text


def why_not(source: str, path: str = "app.py", tree: MemoryTree | None = None) -> str:
    """The reason why there is no safe fix."""
    _, plan = planned(source, path, tree)
    assert plan.safe is None
    return plan.withheld


def test_01_no_self_assignment() -> None:
    """A write to the environment goes, and is not written from itself."""
    assert after('import os\nos.environ["HF_TOKEN"] = "§"\nx = 1\n') == "import os\nx = 1\n"


def test_02_no_secret_in_a_user_interface() -> None:
    """What visitors see is emptied, and a constant that they see is named."""
    assert after('import gradio as gr\ngr.Textbox(value="§")\n') == 'import gradio as gr\ngr.Textbox(value="")\n'
    _, plan = planned('import gradio as gr\nK = "§"\ngr.Textbox(value=K)\n')
    assert "shows K to visitors" in plan.fixes[0].reason


@pytest.mark.parametrize("quote", ["'", '"', "'''", '"""'])
def test_03_quotes_within_f_strings(quote: str) -> None:
    """Python 3.10 allows no quote of an f-string inside it: the name gets the other one."""
    inner = "'" if '"' in quote else '"'
    read = f"os.environ[{inner}HF_TOKEN{inner}]"
    assert after(f"import os\nx = f{quote}Bearer §{quote}\n") == f"import os\nx = f{quote}Bearer {{{read}}}{quote}\n"


def test_04_braces_of_a_program_in_a_string() -> None:
    """A program inside a string gets a read of its own, and its braces stay single."""
    made = after('import os\nc = """\nimport os\nx.login("§", a={})\n"""\n')
    assert made == f'import os\nc = """\nimport os\nx.login({READ}, a={{}})\n"""\n'


def test_05_part_of_an_implicit_concatenation() -> None:
    """An expression cannot stand between neighbouring strings: an f-string can."""
    assert after('import os\nx = "a" "§" "b"\n') == 'import os\nx = "a" f"{os.environ[\'HF_TOKEN\']}" "b"\n'


@pytest.mark.parametrize("read", ["os.getenv({})", "os.environ.get({})", "os.environ[{}]"])
def test_06_a_value_where_the_name_should_be(read: str) -> None:
    """`getenv` of a value becomes `getenv` of its name."""
    assert after("import os\nx = " + read.format('"§"')) == "import os\nx = " + read.format('"HF_TOKEN"')


@pytest.mark.parametrize("head", ["if x:", "def f():", "try:", "class C:", "for a in b:", "with a:", "else:"])
def test_07_the_only_statement_of_a_body(head: str) -> None:
    """A body that loses its only statement gets `pass`."""
    before = "if y: pass\n" if head == "else:" else ""
    behind = "except E: pass\n" if head == "try:" else ""
    made = after(f'import os\n{before}{head}\n    os.environ["HF_TOKEN"] = "§"\n{behind}')
    assert made == f"import os\n{before}{head}\n    pass\n{behind}"


def test_08_imports_come_behind_docstring_and_future() -> None:
    """`import os` stands behind the shebang, the docstring and `from __future__`."""
    head = '#!/usr/bin/env python\n# coding: utf-8\n"""Doc."""\nfrom __future__ import annotations\n'
    assert after(f'{head}x = "§"\n') == f"{head}import os\n\nx = {READ}\n"


def test_09_os_is_something_else() -> None:
    """Where `os` is a local name, the environment is imported by its own."""
    made = after('def f(os):\n    return "§"\n')
    assert made == 'from os import environ\n\ndef f(os):\n    return environ["HF_TOKEN"]\n'


def test_10_load_dotenv_comes_first() -> None:
    """A constant above `load_dotenv()` moves below it, or stays if something uses it before."""
    head = "import os\nfrom dotenv import load_dotenv\n"
    assert after(f'{head}K = "§"\nload_dotenv()\n') == f"{head}load_dotenv()\nK = {READ}\n"
    assert "load_dotenv() runs later" in why_not(f'{head}K = "§"\nuse(K)\nload_dotenv()\n')


def test_11_a_default_that_a_string_method_needs() -> None:
    """Without its default a read may be None: where a text is needed, it is required."""
    assert after('import os\nx = os.getenv("HF_TOKEN", "§").strip()\n') == f"import os\nx = {READ}.strip()\n"
    assert after('import os\nx = os.getenv("HF_TOKEN", "§")\n') == 'import os\nx = os.getenv("HF_TOKEN")\n'


@pytest.mark.parametrize("gate", ['p == "§"', 'p == os.getenv("HF_TOKEN", "§")', 'p == (os.getenv("HF_TOKEN") or "§")'])
def test_12_no_gate_opens_for_none(gate: str) -> None:
    """A comparison requires its secret, so that None never equals None."""
    assert "getenv" not in after(f"import os\nok = {gate}\n")


def test_13_a_line_end_behind_the_value() -> None:
    """A value that ends a line is stored with the line end, and read back with it."""
    document, plan = planned('import os\nos.environ["HF_TOKEN"] = "§\\n"\n')
    assert plan.safe is not None
    env = store.env_edit(None, plan.safe.stores).decode()
    assert dotenv.dotenv_values(stream=io.StringIO(env)) == {"HF_TOKEN": T + "\n"}
    assert applied(document, plan.safe) == "import os\n"


def test_14_names_that_are_taken() -> None:
    """What a Space sets itself names no secret, and a name that has another value gets a number."""
    assert not any(map(is_usable, ["SPACE_ID", "PORT", "PATH", "1A", "A-B"]))
    names = Names({"HF_TOKEN": U})
    assert names.name(Secret(T), "SPACE_ID", "HF_TOKEN") == "HF_TOKEN_2"


@pytest.mark.parametrize(("path", "source"), [("config.json", '{"token": "§"}'), ("config.yaml", "token: §\n")])
def test_15_formats_that_expand_nothing(path: str, source: str) -> None:
    """Where nobody expands `${X}`, the file stays, and the loader is named as the place to change."""
    assert "where the file is loaded" in why_not(source, path)


def test_16_the_exec_form_expands_nothing() -> None:
    """A CMD in exec form becomes one that a shell expands."""
    made = after('FROM a\nCMD ["python", "app.py", "--token", "§"]\n', "Dockerfile")
    assert made == 'FROM a\nCMD exec python app.py --token "${HF_TOKEN:?}"\n'


def test_17_single_quotes_expand_nothing() -> None:
    """Single quotes become double ones, and what those leave special is escaped."""
    made = after("curl -H 'Authorization: Bearer §' -d '$x `y` \"z\"'\n", "a.sh")
    assert made == 'curl -H "Authorization: Bearer ${HF_TOKEN:?}" -d \'$x `y` "z"\'\n'
    assert after("echo '$x \"§\"'\n", "a.sh") == 'echo "\\$x \\"${HF_TOKEN:?}\\""\n'


def test_18_gradio_builds_without_secrets() -> None:
    """The requirements of a Gradio Space are installed without secrets: nothing there can read one."""
    assert "without secrets" in why_not("git+https://§@github.com/o/r\n", "requirements.txt", GRADIO)


def test_19_static_spaces_show_their_secrets() -> None:
    """A static Space has no place for a secret."""
    tree = MemoryTree({"README.md": b"---\nsdk: static\n---\n"})
    assert "exposes its secrets to visitors" in why_not('<script>const t = "§"</script>\n', "index.html", tree)


def test_20_a_duplicate_still_builds() -> None:
    """A duplicate has no secrets yet: the mount does not require one."""
    made = after('FROM a\nRUN curl -H "Authorization: Bearer §" https://h.test\n', "Dockerfile")
    assert "RUN --mount=type=secret,id=HF_TOKEN,mode=0444 curl " in made


@pytest.mark.parametrize("command", ["pip config set global.index-url https://u:§@h.test", "git config a.b §"])
def test_21_no_layer_keeps_the_token(command: str) -> None:
    """What writes the token to a file of the image is not given it by another way; a login and a clone leave none."""
    assert "layer" in why_not(f"FROM a\nRUN {command}\n", "Dockerfile")
    assert after("FROM a\nRUN huggingface-cli login --token §\n", "Dockerfile") == "FROM a\n"
    clone = after("FROM a\nRUN git clone https://me:§@huggingface.co/o/r\n", "Dockerfile")
    assert clone.endswith("clone https://huggingface.co/o/r\n")


def test_22_local_builds_copy_everything() -> None:
    """Beside a Dockerfile, `.env` is kept out of images as well as out of git."""
    _, plan = planned('x = "§"\n', tree=MemoryTree({"Dockerfile": b"FROM a\nCOPY . .\n"}))
    assert {edit.path for edit in plan.fixes[0].edits} >= {".gitignore", ".dockerignore"}


def test_23_the_same_value_elsewhere_in_the_file() -> None:
    """Code, comment, docstring and message of one file all lose the value, each in its way."""
    source = '"""Doc §."""\nimport os\nx = "§"  # §\nprint("§")\n'.replace("§", T)
    scanner, text = Scanner(), source
    for _ in range(4):
        document = document_of(text)
        finding = finding_at(document, T)
        assert len(scanner.scan(document).findings) == text.count(T)
        fix = fixes.plan(finding, document, project()).safe
        assert fix is not None
        text = applied(document, fix)
    assert text == f'"""Doc <HF_TOKEN>."""\nimport os\nx = {READ}  # <HF_TOKEN>\nprint("<HF_TOKEN>")\n'


def test_24_the_same_value_in_other_files(tmp_path: Path) -> None:
    """A fix of one file says what is left in the others; a fix of all leaves nothing, under one name."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": [f"t = '{T}'"]}
    notebook = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    write(tmp_path, {"app.py": f'x = "{T}"\n', "b.py": f'y = f("{T}")\n', "n.ipynb": notebook})
    assert unspill(tmp_path, "fix", "app.py").code == 0
    left = unspill(tmp_path, "check", "--format", "json").report["findings"]
    assert [(row["path"], row["secret_name"]) for row in left] == [("b.py", "HF_TOKEN"), ("n.ipynb", "HF_TOKEN")]
    assert unspill(tmp_path, "fix").code == 0
    assert (tmp_path / ".env").read_text() == f"HF_TOKEN={T}\n"


@pytest.mark.parametrize(
    ("raw", "fixed"),
    [
        (
            b"\xef\xbb\xbfx = '\xf0\x9f\x99\x82 %b'\r\n",
            b"\xef\xbb\xbfimport os\r\n\r\nx = f'\xf0\x9f\x99\x82 {%b}'\r\n",
        ),
        (b"if x:\r\n\ty = '%b'\r\n", b"import os\r\n\r\nif x:\r\n\ty = %b\r\n"),
        (b"# coding: latin-1\nx = '\xe9 %b'\n", b"# coding: latin-1\nimport os\n\nx = f'\xe9 {%b}'\n"),
    ],
)
def test_25_bytes_that_are_not_the_secret(raw: bytes, fixed: bytes) -> None:
    """Byte order marks, line ends, tabs and declared encodings stay, and columns count what the editor counts."""
    data, encoding = decode(raw % T.encode())
    document = Document(data, "app.py", "python")
    finding = finding_at(document, T)
    fix = fixes.plan(finding, document, project()).safe
    assert fix is not None
    quote = b'"' if b"f'" in fixed else b"'"
    read = b"os.environ[" + quote + b"HF_TOKEN" + quote + b"]"
    assert encoding.encode(applied(document, fix).encode()) == fixed % read
    if "🙂".encode() in data:
        place = document.position(finding.span.start, "utf-16")
        assert (place.column, document.offset(place, "utf-16")) == (8, finding.span.start)


def test_26_half_typed_files() -> None:
    """In code that does not parse yet the token is found, and nothing is moved before it does."""
    source = f'client = OpenAI(api_key="{T}"'
    assert len(Scanner().scan(document_of(source)).findings) == 1
    assert "does not parse" in why_not(source)


def test_27_a_case_takes_no_expression() -> None:
    """A `case` is left, with the guard to write instead."""
    assert "case _ if" in why_not('match x:\n    case "§":\n        pass\n')


def test_28_a_literal_type_takes_no_expression() -> None:
    """A `Literal` type of the value alone becomes `str`, one of several is left."""
    assert after('x: Literal["§"] = y\n') == "x: str = y\n"
    assert "Literal" in why_not('x: Literal["a", "§"] = y\n')


def test_29_optional_text() -> None:
    """A parameter whose default was the value is annotated as one that may be None."""
    made = after('import os\ndef f(t: str = "§"):\n    return t\n')
    assert made == f"import os\ndef f(t: str | None = None):\n    t = t or {READ}\n    return t\n"


def test_30_keys_and_names() -> None:
    """A key of a dictionary is changed only when asked for, a name that holds the value never."""
    _, plan = planned('d = {"§": 1}\n')
    assert [fix.safety for fix in plan.fixes] == [Safety.UNSAFE]
    document = document_of(f"{T} = 1\n")
    plan = fixes.plan(finding_at(document, T, span=Span(0, len(T))), document, project())
    assert plan.fixes == ()
    assert "rename" in plan.withheld


def test_31_compiled_files(tmp_path: Path) -> None:
    """A compiled module is no text to edit: it is left out with a word when named, and its bytes stay."""
    compiled = b"\xa7\r\r\n\0\0\0\0" + T.encode()
    write(tmp_path, {"app.pyc": compiled})
    ran = unspill(tmp_path, "check", "-v", "app.pyc")
    assert "binary" in ran.out + ran.err
    assert (tmp_path / "app.pyc").read_bytes() == compiled


def test_32_several_secrets_in_one_line() -> None:
    """Fixes of one line do not overlap, and make the line that each of them wants."""
    document = document_of(f'import os\nf("{T}", k="{U}")\n')
    where, edits = project(), []
    for value in (T, U):
        fix = fixes.plan(finding_at(document, value), document, where).safe
        assert fix is not None
        edits += [(edit.span, edit.text) for edit in fix.edits if edit.path == "app.py"]
    made = apply_edits(document.data, edits).decode()
    assert made == f'import os\nf({READ}, k=os.environ["HF_TOKEN_2"])\n'


@pytest.mark.parametrize(
    ("literal", "expression"),
    [
        ('"token=§&x={1}"', "f\"token={os.environ['HF_TOKEN']}&x={{1}}\""),
        ('r"\\d §"', "fr\"\\d {os.environ['HF_TOKEN']}\""),
        ('b"Bearer §"', f'b"Bearer " + {READ}.encode()'),
    ],
)
def test_33_text_around_the_value(literal: str, expression: str) -> None:
    """Text around a value stays: braces are doubled, raw strings stay raw, bytes are concatenated."""
    assert after(f"import os\nx = {literal}\n") == f"import os\nx = {expression}\n"


def test_34_percent_templates() -> None:
    """A template keeps its other fields; a value with a `%` stays out of it."""
    assert after('import os\nx = "%s §" % y\n') == "import os\nx = f\"%s {os.environ['HF_TOKEN']}\" % y\n"
    document = document_of('x = "%s pw%dabc" % y\n')
    assert "%" in fixes.plan(finding_at(document, "pw%dabc"), document, project()).withheld


def test_35_format_templates() -> None:
    """A template keeps its fields, and gets the value as one more of them."""
    made = after('import os\nx = "{} §".format(y)\n')
    assert made == f'import os\nx = "{{}} {{HF_TOKEN}}".format(y, HF_TOKEN={READ})\n'


def test_36_old_prefixes() -> None:
    """`u` and `f` do not go together: the `u` gives way."""
    assert after('import os\nx = u"a §"\n') == "import os\nx = f\"a {os.environ['HF_TOKEN']}\"\n"


def test_37_operators_on_the_value() -> None:
    """What is done with the literal is done with the read."""
    assert after('import os\nx = Path("a") / "§"\n') == f'import os\nx = Path("a") / {READ}\n'


@pytest.mark.parametrize("line", ["set HF_TOKEN=§", 'set "HF_TOKEN=§"', "@set HF_TOKEN=§"])
def test_38_windows_quoting(line: str) -> None:
    """A `set` goes whole, with its quotes, and nothing else of the script."""
    assert after(f"{line}\r\ndir\r\n", "run.bat") == "dir\r\n"


def test_39_a_column_behind_ten_thousand() -> None:
    """A value far into a minified line is found to the character and replaced there alone."""
    padding = '"a": 1, ' * 2000
    made = after("import os\nd = {" + padding + '"k": "§"}\n')
    assert made == "import os\nd = {" + padding + f'"k": {READ}}}\n'


def test_40_unsaved_text_and_tracked_files() -> None:
    """The text of the editor is what is fixed, what git tracks on disk is what decides."""
    tree = MemoryTree({"app.py": b"x = 1\n", ".env": b""})
    tree.in_git = frozenset([".env"])
    document, plan = planned('import os\nx = "§"\n', tree=tree)
    fix = plan.fixes[0]
    assert fix.safety is Safety.UNSAFE
    assert "git rm --cached .env" in fix.reason
    assert applied(document, fix) == f"import os\nx = {READ}\n"
    assert fix.stores == (Stored("HF_TOKEN", Secret(T)),)
