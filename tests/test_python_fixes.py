"""Python fixes: every shape before and after (ids as in `shapes.py`), and traps for naive fixes."""

from __future__ import annotations

import ast
from itertools import product
from unittest.mock import MagicMock

import pytest
from unspill.fixes.python import plan
from unspill.model import Edit, Plan, Safety, Span

from tests.helpers import MemoryTree, applied, document_of, finding_at, fixed, project, token

T = token()
READ = 'os.environ["HF_TOKEN"]'

ROWS: list[tuple[str, str, str]] = [
    ("A-1", 'login(token="§")', f"login(token={READ})"),
    ("A-1", 'huggingface_hub.login("§")', f"huggingface_hub.login({READ})"),
    ("A-1", 'def f():\n    return"§"', f"def f():\n    return {READ}"),
    ("A-1", 'x = a and"§"', 'x = a and os.getenv("HF_TOKEN")'),
    ("A-1", 'def f():\n    return"Bearer §"', "def f():\n    return f\"Bearer {os.environ['HF_TOKEN']}\""),
    ("A-2", '# login(token="§")', '# login(token="<HF_TOKEN>")'),
    ("A-3", 'os.environ["HF_TOKEN"] = "§"\nx = 1', "x = 1"),
    ("A-3", 'if x:\n    os.environ["HF_TOKEN"] = "§"', "if x:\n    pass"),
    ("A-3", 'if x: os.environ["HF_TOKEN"] = "§"', "if x: pass"),
    ("A-3", 'def f():\n    os.environ["HF_TOKEN"] = "§"\n    return 1', "def f():\n    return 1"),
    ("A-3", 'try:\n    os.environ["HF_TOKEN"] = "§"\nexcept E:\n    pass', "try:\n    pass\nexcept E:\n    pass"),
    ("A-3", 'a = os.environ["HF_TOKEN"] = "§"', f"a = {READ}"),
    ("A-3", 'os.environ["HF_TOKEN"] = a = "§"', f"a = {READ}"),
    ("A-3", 'x = 1; os.environ["HF_TOKEN"] = "§"; y = 2', "x = 1; y = 2"),
    ("A-3", 'x = 1; os.environ["HF_TOKEN"] = "§"', "x = 1"),
    ("A-3", 'os.environ["A"], os.environ["HF_TOKEN"] = "x", "§"', 'os.environ["A"] = "x"'),
    ("A-3", 'os.environ.update({"HF_TOKEN": "§", "Y": "z"})', 'os.environ.update({"Y": "z"})'),
    ("A-3", 'os.environ.update({"Y": "z", "HF_TOKEN": "§"})', 'os.environ.update({"Y": "z"})'),
    ("A-3", 'os.environ.update({"HF_TOKEN": "§"})\nx = 1', "x = 1"),
    ("A-3", 'os.environ.update(HF_TOKEN="§", Y="z")', 'os.environ.update(Y="z")'),
    ("A-3", 'os.environ |= {"HF_TOKEN": "§"}\nx = 1', "x = 1"),
    ("A-3", 'os.putenv("HF_TOKEN", "§")\nx = 1', "x = 1"),
    ("A-3", 'os.environ.__setitem__("HF_TOKEN", "§")\nx = 1', "x = 1"),
    ("A-3", 'os.environ["HF_TOKEN"] = token or "§"', f"os.environ[\"HF_TOKEN\"] = token or {READ}"),
    ("A-5", 'os.environ.setdefault("HF_TOKEN", "§")\nx = 1', "x = 1"),
    ("A-5", 'x = os.environ.setdefault("HF_TOKEN", "§")', f"x = {READ}"),
    ("A-6", 'x = os.getenv("HF_TOKEN", "§")', 'x = os.getenv("HF_TOKEN")'),
    ("A-6", 'x = os.getenv("HF_TOKEN", default="§")', 'x = os.getenv("HF_TOKEN")'),
    ("A-6", 'x = os.environ.get("HF_TOKEN", "§")', 'x = os.environ.get("HF_TOKEN")'),
    ("A-6", 'x = os.getenv("HF_TOKEN", "§").strip()', f"x = {READ}.strip()"),
    ("A-6", 'x = os.getenv("HF_TOKEN", "§")\ny = x.split()', f"x = {READ}\ny = x.split()"),
    (
        "A-6",
        'def f():\n    x = os.getenv("HF_TOKEN", "§")\n    return x\ndef g(x):\n    return x.split()',
        'def f():\n    x = os.getenv("HF_TOKEN")\n    return x\ndef g(x):\n    return x.split()',
    ),
    ("A-6", 'x = f"Bearer {os.getenv(\'HF_TOKEN\', \'§\')}"', "x = f\"Bearer {os.environ['HF_TOKEN']}\""),
    ("A-7", 'x = os.getenv("HF_TOKEN") or "§"', 'x = os.getenv("HF_TOKEN")'),
    ("A-7", 'x = (os.getenv("HF_TOKEN") or "§").strip()', f"x = ({READ}).strip()"),
    ("A-7", 'x = token or "§"', 'x = token or os.getenv("HF_TOKEN")'),
    ("A-7", 'x = y if y else "§"', 'x = y if y else os.getenv("HF_TOKEN")'),
    ("A-7", 'x = os.environ["HF_TOKEN"] if "HF_TOKEN" in os.environ else "§"', 'x = os.getenv("HF_TOKEN")'),
    ("A-8", 'x = os.getenv("§")', 'x = os.getenv("HF_TOKEN")'),
    ("A-8", 'x = os.environ["§"]', f"x = {READ}"),
    ("A-9", 'm = f("a/b", use_auth_token="§", n=1)', f'm = f("a/b", use_auth_token={READ}, n=1)'),
    ("A-10", 'c = Client("x", "§")', f'c = Client("x", {READ})'),
    ("A-11", 'h = {"Authorization": "Bearer §"}', 'h = {"Authorization": f"Bearer {os.environ[\'HF_TOKEN\']}"}'),
    ("A-11", "h = {'Authorization': 'Bearer §'}", "h = {'Authorization': f'Bearer {os.environ[\"HF_TOKEN\"]}'}"),
    ("A-12", 'h = f"Bearer §"', 'h = f"Bearer {os.environ[\'HF_TOKEN\']}"'),
    ("A-12", 'h = f"{x!r:>{w}} § {{y}}"', 'h = f"{x!r:>{w}} {os.environ[\'HF_TOKEN\']} {{y}}"'),
    ("A-13", 'h = "Bearer " + "§"', f'h = "Bearer " + {READ}'),
    ("A-13", 'h = "Bearer %s" % "§"', f'h = "Bearer %s" % {READ}'),
    ("A-13", 'h = "Bearer {}".format("§")', f'h = "Bearer {{}}".format({READ})'),
    ("A-14", 'HF_TOKEN = "§"', f"HF_TOKEN = {READ}"),
    ("A-14", "HF_TOKEN = '§'", "HF_TOKEN = os.environ['HF_TOKEN']"),
    ("A-15", 'a, b = "§", "x"', f'a, b = {READ}, "x"'),
    ("A-15", 'a = b = "§"', f"a = b = {READ}"),
    ("A-15", 'x = 1 if (b := "§") else 0', f"x = 1 if (b := {READ}) else 0"),
    ("A-15", 'x: Final[str] = "§"', f"x: Final[str] = {READ}"),
    ("A-15", 'x: Literal["§"] = y', "x: str = y"),
    (
        "A-16",
        'def f(x, t: str = "§"):\n    """Doc."""\n    return t',
        f'def f(x, t: str | None = None):\n    """Doc."""\n    t = t or {READ}\n    return t',
    ),
    ("A-16", 'def f(t="§"):\n\treturn t', f"def f(t=None):\n\tt = t or {READ}\n\treturn t"),
    ("A-16", 'def f(t="§"): return t', f"def f(t=None): t = t or {READ}; return t"),
    ("A-16", 'def f(t="Bearer §"): return t', "def f(t=None): t = t or f\"Bearer {os.environ['HF_TOKEN']}\"; return t"),
    ("A-16", 'f = lambda t="§": t', f"f = lambda t={READ}: t"),
    ("A-17", 'class C:\n    TOKEN = "§"', f"class C:\n    TOKEN = {READ}"),
    ("A-20", 'p.add_argument("--t", default="§")', 'p.add_argument("--t", default=os.getenv("HF_TOKEN"))'),
    (
        "A-21",
        '@click.option("--t", default="§")\ndef f(t): ...',
        '@click.option("--t", envvar="HF_TOKEN", required=True)\ndef f(t): ...',
    ),
    (
        "A-21",
        '@click.option("--t", envvar="HF_TOKEN", default="§")\ndef f(t): ...',
        '@click.option("--t", envvar="HF_TOKEN", required=True)\ndef f(t): ...',
    ),
    (
        "A-21",
        'def f(t: str = typer.Option("§", "--t")): ...',
        'def f(t: str = typer.Option(..., "--t", envvar="HF_TOKEN", show_default=False)): ...',
    ),
    ("A-24", 'x = b"§"', f"x = {READ}.encode()"),
    ("A-24", 'x = b"a § {b"', f'x = b"a " + {READ}.encode() + b" {{b"'),
    ("A-24", 'x = b"a §".hex()', f'x = (b"a " + {READ}.encode()).hex()'),
    ("A-25", 'c = {"hf": {"token": "§"}}', f'c = {{"hf": {{"token": {READ}}}}}'),
    ("A-25", 'c = ["§", "b"]', f'c = [{READ}, "b"]'),
    ("A-26", 'u = "https://u:§@huggingface.co/x"', "u = f\"https://u:{os.environ['HF_TOKEN']}@huggingface.co/x\""),
    ("A-27", 'run(["hf", "--token", "§"])', f'run(["hf", "--token", {READ}])'),
    (
        "A-28",
        'c = """\nimport os\nlogin("§")\n"""',
        f'c = """\nimport os\nlogin({READ})\n"""',
    ),
    (
        "A-28",
        'c = """\nimport x\nx.login("§", a={})\n"""',
        f'c = """\nimport os\n\nimport x\nx.login({READ}, a={{}})\n"""',
    ),
    ("A-29", 'def f():\n    """Doc §."""', 'def f():\n    """Doc <HF_TOKEN>."""'),
    ("A-30", 'print("§")', 'print("<HF_TOKEN>")'),
    ("A-30", 'logger.info("using %s § now", x)', 'logger.info("using %s <HF_TOKEN> now", x)'),
    ("A-30", 'raise ValueError("bad " + "§")', 'raise ValueError("bad " + "<HF_TOKEN>")'),
    ("A-30", 'assert x, "not §"', 'assert x, "not <HF_TOKEN>"'),
    ("A-31", 'if p == "§": ...', f"if p == {READ}: ..."),
    ("A-31", 'ok = compare_digest(p, "§")', f"ok = compare_digest(p, {READ})"),
    ("A-33", '@app.route("/hook/§")\ndef f(): ...', "@app.route(f\"/hook/{os.environ['HF_TOKEN']}\")\ndef f(): ..."),
    ("A-36", 'HfFolder.save_token("§")', f"HfFolder.save_token({READ})"),
    ("A-37", 'x = st.secrets.get("HF_TOKEN", "§")', f"x = {READ}"),
    ("A-38", 't = gr.Textbox(value="§", type="password")', 't = gr.Textbox(value="", type="password")'),
    ("A-38", 't = gr.Textbox(placeholder="like §")', 't = gr.Textbox(placeholder="like <HF_TOKEN>")'),
    ("A-38", 's = gr.State("§")', 's = gr.State("")'),
    ("A-38", 'gr.Interface(f, examples=[["§"]])', 'gr.Interface(f, examples=[[""]])'),
    ("A-38", 'st.text_input("Key", value="§")', 'st.text_input("Key", value="")'),
    ("A-41", 'super().__init__(api_key="§")', f"super().__init__(api_key={READ})"),
    ("A-43", 'openai.api_key = "§"', f"openai.api_key = {READ}"),
    ("A-45", 'boto3.client("s3", aws_secret_access_key="§")', f'boto3.client("s3", aws_secret_access_key={READ})'),
    ("33 raw", 'x = r"a\\d § {2}"', "x = fr\"a\\d {os.environ['HF_TOKEN']} {{2}}\""),
    ("33 named", 'x = "\\N{BULLET} {a} §"', "x = f\"\\N{BULLET} {{a}} {os.environ['HF_TOKEN']}\""),
    ("34", 'x = "%s §" % y', "x = f\"%s {os.environ['HF_TOKEN']}\" % y"),
    ("35", 'x = "{} § {z}".format(1, z=2)', f'x = "{{}} {{HF_TOKEN}} {{z}}".format(1, z=2, HF_TOKEN={READ})'),
    ("36", 'x = u"a §"', "x = f\"a {os.environ['HF_TOKEN']}\""),
    ("37", 'x = Path("a") / "§"', f'x = Path("a") / {READ}'),
    ("nested", "x = f\"{'a §'}\"", "x = f\"{'a ' + os.environ['HF_TOKEN']}\""),
    ("triple", 'x = """a\n§ "b" {c}\n"""', "x = f\"\"\"a\n{os.environ['HF_TOKEN']} \"b\" {{c}}\n\"\"\""),
    ("part of a concatenation", 'x = ("a" "§" "b")', "x = (\"a\" f\"{os.environ['HF_TOKEN']}\" \"b\")"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "before", "after"), ROWS, ids=[f"{row} {before}" for row, before, _ in ROWS])
def test_row(row: str, before: str, after: str) -> None:
    """Each shape is fixed as expected, and the result is Python."""
    document = document_of(f"import os\n{before}\n".replace("§", T))
    made = fixed(plan, document, finding_at(document, T))
    assert made == f"import os\n{after}\n"
    ast.parse(made)


FIELDS = [
    (
        "from dataclasses import dataclass, field\n@dataclass\nclass C:\n    t: str = {}\n",
        'field(default_factory=lambda: os.environ["HF_TOKEN"], repr=False)',
    ),
    (
        "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass C:\n    t: str = {}\n",
        'dataclasses.field(default_factory=lambda: os.environ["HF_TOKEN"], repr=False)',
    ),
    (
        "from pydantic import BaseModel, Field\nclass C(BaseModel):\n    t: str = {}\n",
        'Field(default_factory=lambda: os.environ["HF_TOKEN"], repr=False)',
    ),
    (
        "from pydantic import Field\nclass C(BaseSettings):\n    t: str = {}\n",
        'Field(default_factory=lambda: os.environ["HF_TOKEN"], repr=False)',
    ),
]


@pytest.mark.parametrize(("source", "field"), FIELDS)
def test_fields_are_made_with_their_object(source: str, field: str) -> None:
    """A-18, A-19: a field's default becomes a factory that no repr shows."""
    document = document_of("import os\n" + source.format(f'"{T}"'))
    assert fixed(plan, document, finding_at(document, T)) == "import os\n" + source.format(field)


@pytest.mark.parametrize("call", ['field(default="§")', "field(default='§')"])
def test_an_explicit_field_gets_a_factory(call: str) -> None:
    """A-18: `field(default=…)` becomes `field(default_factory=…)`."""
    document = document_of(f"import os\n@dataclass\nclass C:\n    t: str = {call}\n".replace("§", T))
    assert "field(default_factory=lambda: os.environ[" in fixed(plan, document, finding_at(document, T))


def test_settings_read_their_own_name() -> None:
    """A-19: a settings field under the secret's own name just loses its default."""
    document = document_of(f'class S(BaseSettings):\n    hf_token: str = "{T}"\n')
    assert fixed(plan, document, finding_at(document, T)) == "class S(BaseSettings):\n    hf_token: str\n"


WITHHELD = [
    ('match t:\n    case "§": ...', "case"),
    ("x = \"<script>const t = '§'</script>\"", "public page"),
    ("MY_§ = 1", "name"),
    ('def f(t: str = Query("§")): ...', "schema"),
    ('x: Literal["a", "§"] = y', "Literal"),
    ('client = OpenAI(api_key="§"', "parse"),
    ('T = "§"\nuse(T)\nload_dotenv()', "load_dotenv"),
    ('def f(os, environ):\n    return "§"', "os"),
]


@pytest.mark.parametrize(("source", "reason"), WITHHELD)
def test_withheld(source: str, reason: str) -> None:
    """Where nothing is safe, nothing is offered and the reason says what to do, without the value."""
    document = document_of(source.replace("§", T))
    made = plan(finding_at(document, T), document, project())
    assert made.fixes == ()
    assert reason in made.withheld
    assert T not in made.withheld


def test_a_value_with_an_interpolation_is_withheld() -> None:
    """A value that is only partly constant has no known text to store."""
    document = document_of('x = f"hf_{y}abcdef"')
    finding = finding_at(document, "hf_{y}abcdef")
    assert plan(finding, document, project()).withheld


def test_a_dictionary_key_needs_a_look() -> None:
    """A-25: a key is only replaced when somebody asks for it."""
    document = document_of(f'd = {{"{T}": 1}}')
    (fix,) = plan(finding_at(document, T), document, project()).fixes
    assert fix.safety is Safety.UNSAFE
    assert not fix.preferred
    assert applied(document, fix).endswith(f"d = {{{READ}: 1}}")


@pytest.mark.parametrize(
    ("source", "declared"),
    [
        ('x = "§"', True),
        ('os.environ["HF_TOKEN"] = "§"', True),
        ("# §", False),
        ('print("§")', False),
        ('gr.Textbox(value="§")', False),
    ],
)
def test_a_name_is_declared_if_something_reads_it(source: str, declared: bool) -> None:
    """What is redacted is stored all the same, and declares nothing."""
    document = document_of(source.replace("§", T))
    fix = plan(finding_at(document, T), document, project()).fixes[0]
    assert fix.safety is Safety.SAFE
    assert [stored.secret.reveal() for stored in fix.stores] == [T]
    assert fix.declares == (("HF_TOKEN",) if declared else ())


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ('login(token="§")\nx = 1', "x = 1"),
        ('if x:\n    login("§")', "if x:\n    pass"),
        ('os.system("huggingface-cli login --token §")\nx = 1', "x = 1"),
        ('subprocess.run(["hf", "auth", "login", "--token", "§"])\nx = 1', "x = 1"),
    ],
)
def test_a_login_may_be_deleted(source: str, after: str) -> None:
    """A-1, A-27, A-36: the second action deletes a call that the library does not need."""
    document = document_of(source.replace("§", T))
    _, second, _ = plan(finding_at(document, T), document, project()).fixes
    assert not second.preferred
    assert applied(document, second) == after


@pytest.mark.parametrize("source", ['a = ""\rmatch t:\r case"§":a', 'a = ""\rmatch t:\r case "§" : a'])
def test_what_python_alone_can_read_stays_python(source: str) -> None:
    """Where the grammar loses its way in sound code, as at old line ends, Python says whether the result is sound."""
    document = document_of(source.replace("§", T))
    ast.parse(document.data)
    made = plan(finding_at(document, T), document, project())
    assert made.fixes or made.withheld
    for fix in made.fixes:
        ast.parse(applied(document, fix))


def test_a_login_with_more_arguments_stays() -> None:
    """A-1: a call that does more than hand the token over is not deleted."""
    document = document_of(f'login(token="{T}", add_to_git_credential=True)', "lib/hub.py")
    assert len(plan(finding_at(document, T), document, project()).fixes) == 1


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ('x = "§"', 'import os\n\nx = os.environ["HF_TOKEN"]'),
        ('import a\nx = "§"', 'import os\n\nimport a\nx = os.environ["HF_TOKEN"]'),
        ('import json\nimport sys\n\nx = "§"', 'import json\nimport os\nimport sys\n\nx = os.environ["HF_TOKEN"]'),
        ('import json\n\nimport a\nx = "§"', 'import json\nimport os\n\nimport a\nx = os.environ["HF_TOKEN"]'),
        ('from typing import Any\nx: Any = "§"', 'import os\nfrom typing import Any\nx: Any = os.environ["HF_TOKEN"]'),
        ('import abc  # a\nx = "§"', 'import abc  # a\nimport os\nx = os.environ["HF_TOKEN"]'),
        ('import b; import a\nx = "§"', 'import os\nimport b; import a\nx = os.environ["HF_TOKEN"]'),
        ('from . import a\nx = "§"', 'import os\n\nfrom . import a\nx = os.environ["HF_TOKEN"]'),
        ('from.a import b\nx = "§"', 'import os\n\nfrom.a import b\nx = os.environ["HF_TOKEN"]'),
        ('import%b\nx = "§"', 'import os\n\nimport%b\nx = os.environ["HF_TOKEN"]'),
        ('"""Doc."""\nx = "§"', '"""Doc."""\nimport os\n\nx = os.environ["HF_TOKEN"]'),
        (
            '"""Doc."""\nfrom __future__ import annotations\nx = "§"',
            '"""Doc."""\nfrom __future__ import annotations\nimport os\n\nx = os.environ["HF_TOKEN"]',
        ),
        ("f\"{login('§')}\"", "import os\n\nf\"{login(os.environ['HF_TOKEN'])}\""),
        ('"""Doc."""; x = "§"', '"""Doc."""; import os; x = os.environ["HF_TOKEN"]'),
        (
            '#!/usr/bin/env python\n# coding: utf-8\nx = "§"',
            '#!/usr/bin/env python\n# coding: utf-8\nimport os\n\nx = os.environ["HF_TOKEN"]',
        ),
        ('"""Doc."""\n\n# Mine.\nx = "§"', '"""Doc."""\n\nimport os\n\n# Mine.\nx = os.environ["HF_TOKEN"]'),
        ('import os.path\nx = "§"', 'import os.path\nx = os.environ["HF_TOKEN"]'),
        ('import os as o\nx = "§"', 'import os as o\nx = o.environ["HF_TOKEN"]'),
        ('from os import environ as E\nx = "§"', 'from os import environ as E\nx = E["HF_TOKEN"]'),
        (
            'from os import environ, getenv\nx = y or "§"',
            'from os import environ, getenv\nx = y or getenv("HF_TOKEN")',
        ),
        (
            'def f():\n    import os\ndef g():\n    return "§"',
            'import os\n\ndef f():\n    import os\ndef g():\n    return os.environ["HF_TOKEN"]',
        ),
        (
            'def f():\n    import os\n    return "§"',
            'def f():\n    import os\n    return os.environ["HF_TOKEN"]',
        ),
        (
            'def f():\n    x = "§"\n    import os',
            'from os import environ\n\ndef f():\n    x = environ["HF_TOKEN"]\n    import os',
        ),
        ('def f(os):\n    return "§"', 'from os import environ\n\ndef f(os):\n    return environ["HF_TOKEN"]'),
        ('from x import os\ny = "§"', 'from os import environ\n\nfrom x import os\ny = environ["HF_TOKEN"]'),
        (
            'class C:\n    import os\n    x = [f("§") for y in z]',
            'import os\n\nclass C:\n    import os\n    x = [f(os.environ["HF_TOKEN"]) for y in z]',
        ),
        ('import os\nx = "§"\ndel os', 'import os\nfrom os import environ\nx = environ["HF_TOKEN"]\ndel os'),
        ('x = "§"\nimport os', 'import os\n\nx = os.environ["HF_TOKEN"]\nimport os'),
        (
            'try:\n    import os\nexcept E: ...\nx = "§"',
            'import os\n\ntry:\n    import os\nexcept E: ...\nx = os.environ["HF_TOKEN"]',
        ),
    ],
)  # fmt: skip
def test_imports(source: str, after: str) -> None:
    """`os` is imported where it must be, reused where it is, and avoided where it means something else."""
    document = document_of(source.replace("§", T))
    assert fixed(plan, document, finding_at(document, T)) == after


@pytest.mark.parametrize(
    ("head", "after"),
    [
        ("dataclass", "dataclass, field"),
        ("asdict, dataclass", "asdict, dataclass, field"),
        ("dataclass, replace", "dataclass, field, replace"),
        ("MISSING, InitVar, dataclass", "MISSING, InitVar, dataclass, field"),
    ],
)
def test_an_import_joins_another_of_its_module(head: str, after: str) -> None:
    """A name is added to the module's own import, in order; isort and ruff find nothing to sort."""
    document = document_of(f'import os\nfrom dataclasses import {head}\n\n\n@dataclass\nclass C:\n    t: str = "{T}"\n')
    made = fixed(plan, document, finding_at(document, T))
    assert made.splitlines()[1] == f"from dataclasses import {after}"


def test_line_ends_and_wide_characters_stay() -> None:
    """Inserted lines end as the file's do, and nothing else changes."""
    document = document_of(f'# 日本\r\nx = "🙂 {T}"\r\n')
    made = fixed(plan, document, finding_at(document, T))
    assert made == "# 日本\r\nimport os\r\n\r\nx = f\"🙂 {os.environ['HF_TOKEN']}\"\r\n"


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ('T = "§"\nload_dotenv()\nuse(T)', 'load_dotenv()\nT = os.environ["HF_TOKEN"]\nuse(T)'),
        ('load_dotenv()\nT = "§"', 'load_dotenv()\nT = os.environ["HF_TOKEN"]'),
        ('def f():\n    return "§"\nload_dotenv()', 'def f():\n    return os.environ["HF_TOKEN"]\nload_dotenv()'),
    ],
)
def test_load_dotenv_comes_first(source: str, after: str) -> None:
    """Reads at module level move after `load_dotenv()`: before it the environment lacks the values of `.env`."""
    document = document_of("import os\nfrom dotenv import load_dotenv\n" + source.replace("§", T) + "\n")
    made = fixed(plan, document, finding_at(document, T))
    assert made == "import os\nfrom dotenv import load_dotenv\n" + after + "\n"


SPLIT = [
    ('("hf_" "{}")', f"({READ})"),
    ('"hf_" + "{}"', READ),
    ('("hf_"\n     + "{}")', f"({READ})"),
    ('"".join(["hf_", "{}"])', READ),
    ('"hf_\\\n{}"', READ),
]


@pytest.mark.parametrize(("expression", "after"), SPLIT)
def test_a_split_literal_is_replaced_whole(expression: str, after: str) -> None:
    """A-22, A-23: the parts of a value go together."""
    document = document_of(f"import os\nx = {expression.format(T[3:])}\n")
    span = Span(document.data.index(b"hf_"), document.data.index(T[3:].encode()) + len(T) - 3)
    assert fixed(plan, document, finding_at(document, T, span=span)) == f"import os\nx = {after}\n"


def test_a_split_literal_behind_text() -> None:
    """A-23: text around a split value stays."""
    document = document_of(f'import os\nx = "a\\n{{" + "hf_" + "{T[3:]}"\n')
    span = Span(document.data.index(b"hf_"), document.data.index(T[3:].encode()) + len(T) - 3)
    made = fixed(plan, document, finding_at(document, T, span=span))
    assert made == "import os\nx = f\"a\\n{{{os.environ['HF_TOKEN']}\"\n"


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("base64.b64decode('{b64}').decode()", "os.environ['HF_TOKEN']"),
        ("base64.b64decode('{b64}')", "os.environ['HF_TOKEN'].encode()"),
        ("bytes.fromhex('{hex}').decode()", "os.environ['HF_TOKEN']"),
        ("'{reversed}'[::-1]", "os.environ['HF_TOKEN']"),
        ("codecs.decode('{rot13}', 'rot13')", "os.environ['HF_TOKEN']"),
    ],
)
def test_a_disguised_literal_is_replaced_with_what_undoes_it(source: str, after: str) -> None:
    """A-23: encoded values are stored plain, and the decoding goes."""
    import base64
    import codecs

    forms = {
        "b64": base64.b64encode(T.encode()).decode(),
        "hex": T.encode().hex(),
        "reversed": T[::-1],
        "rot13": codecs.encode(T, "rot13"),
    }
    document = document_of("import os\nx = " + source.format(**forms) + "\n")
    shown = next(form for form in forms.values() if form.encode() in document.data)
    finding = finding_at(document, shown)
    finding = finding._replace(secret=type(finding.secret)(T))  # type: ignore[misc]  # it has a secret
    assert fixed(plan, document, finding) == f"import os\nx = {after}\n"


def test_a_database_url_is_one_secret() -> None:
    """A-26: the whole URL is stored, so that no password has to be encoded again."""
    document = document_of(f'import os\nengine = create("postgresql://me:{T}@host/db")\n')
    finding = finding_at(document, T, "postgresql-url", ())
    fix = plan(finding, document, project()).fixes[0]
    assert applied(document, fix) == 'import os\nengine = create(os.environ["DATABASE_URL"])\n'
    assert fix.stores[0].secret.reveal() == f"postgresql://me:{T}@host/db"


@pytest.mark.parametrize("name", ["MONGO_URI", "mongo_uri"])
def test_a_database_url_keeps_the_name_that_the_code_gives_it(name: str) -> None:
    """A-26: a constant that is named like a URL names the secret."""
    document = document_of(f'import os\n{name} = "mongodb+srv://me:{T}@host"\n')
    finding = finding_at(document, T, "mongodb-url", ())
    assert fixed(plan, document, finding) == f'import os\n{name} = os.environ["MONGO_URI"]\n'


def test_an_environment_write_is_deleted_with_the_text_around_the_secret() -> None:
    """A-3: what the code writes is what the environment must have, header and all."""
    document = document_of(f'import os\nos.environ["AUTH"] = "Bearer {T}"\n')
    fix = plan(finding_at(document, T), document, project()).fixes[0]
    assert applied(document, fix) == "import os\n"
    assert [(stored.name, stored.secret.reveal()) for stored in fix.stores] == [("AUTH", f"Bearer {T}")]


def test_an_environment_write_under_another_name_is_a_mapping() -> None:
    """A-4: where the value is known under another name, the write stays as one line."""
    document = document_of(f'import os\nos.environ["HUGGINGFACEHUB_API_TOKEN"] = "{T}"\n')
    made = fixed(plan, document, finding_at(document, T), project(HF_TOKEN=T))
    assert made == f'import os\nos.environ["HUGGINGFACEHUB_API_TOKEN"] = {READ}\n'


def test_writes_that_fill_a_block_leave_a_statement() -> None:
    """Fixes that are computed separately do not empty a block together."""
    other = token(2)
    document = document_of(f'def f():\n    os.environ["A"] = "{T}"\n    os.environ["B"] = "{other}"\n')
    where = project()
    edits: list[Edit] = []
    for value in (T, other):
        edits += plan(finding_at(document, value), document, where).fixes[0].edits
    fix = plan(finding_at(document, T), document, where).fixes[0]._replace(edits=tuple(edits))
    assert applied(document, fix) == "def f():\n    pass\n"


def test_a_service_account_is_one_secret() -> None:
    """A-34: the whole dictionary becomes one JSON value."""
    import json

    account = {"type": "service_account", "private_key": T, "client_email": "a@b"}
    document = document_of(f"import os\nc = from_info({account})\n")
    fix = plan(finding_at(document, T), document, project()).fixes[0]
    assert "c = from_info(json.loads(os.environ['GOOGLE_SERVICE_ACCOUNT_JSON']))" in applied(document, fix)
    assert json.loads(fix.stores[0].secret.reveal()) == account


def test_a_key_keeps_its_line_ends() -> None:
    """A-34: a key in several lines is read back with line ends, however the settings page kept them."""
    key = "\n".join(["-----BEGIN TEST KEY-----", T, "-----END TEST KEY-----"])
    document = document_of(f'import os\nk = """{key}"""\n')
    made = fixed(plan, document, finding_at(document, key, "private-key", ("PRIVATE_KEY",)))
    assert made == 'import os\nk = os.environ["PRIVATE_KEY"].replace("\\\\n", "\\n")\n'


def test_a_constant_that_visitors_see_is_named() -> None:
    """The fix of a constant says that a user interface shows it."""
    document = document_of(f'K = "{T}"\ngr.Textbox(value=K)\n')
    assert "gradio.Textbox" in plan(finding_at(document, T), document, project()).fixes[0].reason


def test_old_python_keeps_its_annotations() -> None:
    """A-16: `| None` is not written for a Space whose Python lacks it."""
    tree = MemoryTree({"README.md": b"---\nsdk: gradio\npython_version: 3.9\n---\n", "app.py": b""})
    document = document_of(f'import os\ndef f(t: str = "{T}"): return t\n')
    made = fixed(plan, document, finding_at(document, T), project(tree))
    assert made == f"import os\ndef f(t: str = None): t = t or {READ}; return t\n"


@pytest.mark.parametrize("length", [3, 4])
def test_a_value_with_a_percent_sign_stays_out_of_templates(length: int) -> None:
    """A `%` in a value would be taken for a field."""
    value = "pw%" + "d" * length
    document = document_of(f'x = "%s {value}" % y')
    assert plan(finding_at(document, value), document, project()).withheld


def test_every_plan_says_something() -> None:
    """Each site gives fixes or a reason, never nothing."""
    for (_, before, _), tail in product(ROWS, ["", "\n)"]):
        document = document_of(before.replace("§", T) + tail)
        made: Plan = plan(finding_at(document, T), document, project())
        assert made.fixes or made.withheld


def test_a_check_has_nothing_to_move() -> None:
    """A finding without a value is no business of these fixes."""
    document = document_of(f'x = "{T}"')
    assert plan(finding_at(document, T)._replace(secret=None), document, MagicMock()).withheld
