"""Which names Python code reads and writes, however it does that, and what it does without them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill import languages, rules
from unspill.languages.python.clients import ROWS
from unspill.model import Default, EnvUses

from tests.helpers import document_of


def uses(source: str) -> EnvUses:
    """What a program with these lines reads and writes."""
    return languages.env_uses(document_of(source + "\n"))


def read(source: str) -> list[str]:
    """The names that a program reads, in order of the text."""
    return list(dict.fromkeys(use.name for use in uses(source).reads))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('import os\nos.getenv(key="A", default="x")', ["A"]),
        ('import os\nget = os.environ.get\nget("A")', ["A"]),
        ('import os\nenv = os.environ\nenv["A"]; env.get("B"); "C" in env', ["A", "B", "C"]),
        ('import os\nenv = os.environ.copy()\nenv["A"]', ["A"]),
        ('import os\nenv = dict(os.environ)\nenv["A"]; dict(os.environ)["B"]', ["A", "B"]),
        ('import os as o\nfrom os import environ as e, getenv as g\ne["A"]; g("B"); o.getenv("C")', ["A", "B", "C"]),
        ('import os\nNAME = "A"\nos.getenv(NAME)', ["A"]),
        ('import os\nNAME: str = "A"\nclass C:\n    def f(self): return os.getenv(NAME)', ["A"]),
        ('import os\nos.getenv("A" "B"); os.getenv("A" + "C")', ["AB", "AC"]),
        ('import os\nfor name in ("A", "B"):\n    os.environ[name]', ["A", "B"]),
        ('import os\nNEEDED = ["A", "B"]\nmissing = [n for n in NEEDED if not os.getenv(n)]', ["A", "B"]),
        ('import os\nfor k, v in {"A": 1, "B": 2}.items():\n    os.getenv(k, v)', ["A", "B"]),
        ('import os\nT = {"x": "A"}\nos.getenv(T["x"]); os.getenv(T.get(z))', ["A"]),
        ('import os\nT = {"x": {"env": "A"}}\nfor _, c in T.items():\n    os.getenv(c["env"])', ["A"]),
        ('import os\nfor i, (n, d) in enumerate([("A", 1), ("B", 2)]):\n    os.getenv(n, d)', ["A", "B"]),
        ('import os\nfor n in sorted({"A", "B"} if x else ("C",)):\n    os.getenv(n)', ["A", "B", "C"]),
        (
            'import os\ndef req(name, default=None):\n    return os.getenv(name, default)\nreq("A"); req(name="B")',
            ["A", "B"],
        ),
        (
            'import os\nclass C:\n    def get(self, name): return os.environ[name]\n    x = lambda self: self.get("A")',
            ["A"],
        ),
        ('import os\nclass C:\n    name = "A"\n    def get(self): return os.environ[self.name]', ["A"]),
        ('import os\nfrom enum import Enum\nclass K(Enum):\n    X = "A"\nfor k in K: os.getenv(k.value)\n', ["A"]),
        ('import os\nos.getenv(f"{x}_{y}"); os.getenv(x)', []),
        ("import os\nfor p in ('open', 'x'):\n    os.getenv(f'{p.upper()}_KEY')", ["OPEN_KEY", "X_KEY"]),
        ('import streamlit as st\nst.secrets["A"]; st.secrets.B; st.secrets.get("C"); "D" in st.secrets', list("ABCD")),
        (
            'import streamlit as st\nst.secrets["db"]["pass"]; st.secrets.ai.key; st.secrets["A"].strip()',
            ["db.pass", "ai.key", "A"],
        ),
        ('from google.colab import userdata\nuserdata.get("A")', ["A"]),
        ('from kaggle_secrets import UserSecretsClient\ns = UserSecretsClient()\ns.get_secret("A")', ["A"]),
        ('from decouple import config\nconfig("A"); config("B", default="x")', ["A", "B"]),
        ('from environs import Env\nenv = Env()\nenv.read_env()\nenv("A"); env.str("B", "x")', ["A", "B"]),
        ('from environs import Env\nenv = Env()\nwith env.prefixed("X_"):\n    env.int("A")', ["X_A"]),
        ('from starlette.config import Config\nconfig = Config(".env")\nconfig("A", cast=str, default="")', ["A"]),
        ('from dotenv import dotenv_values\nc = dotenv_values(".env")\nc["A"]; c.get("B")', ["A", "B"]),
        ('import typer\ndef f(a: str = typer.Option("", envvar=["A", "B"])): ...', ["A", "B"]),
        ('from langchain_core.utils import from_env\nx = from_env("A", default=None)', ["A"]),
    ],
)
def test_every_way_to_read_a_name_is_found(source: str, names: list[str]) -> None:
    """Aliases, constants, loops over tables, helpers and the readers of libraries."""
    assert read(source) == names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("class S(BaseSettings):\n    a_b: str", ["A_B"]),
        ('class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="X_")\n    a: str', ["X_A"]),
        ('class S(BaseSettings):\n    model_config = {"env_prefix": "X_"}\n    a: str', ["X_A"]),
        ('class S(BaseSettings):\n    a: str\n    class Config:\n        env_prefix = "X_"', ["X_A"]),
        ('class S(BaseSettings):\n    a: str = Field(..., alias="B")', ["B"]),
        ('class S(BaseSettings):\n    a: str = Field(validation_alias=AliasChoices("B", "C"))', ["B", "C"]),
        ('class S(BaseSettings):\n    a: str = Field(default="", env="B")', ["B"]),
        ("class S(BaseSettings):\n    a: ClassVar[str] = ''\n    _b: str = ''\n    c = 1", []),
        ("class B(BaseSettings): ...\nclass S(B):\n    a: str", ["A"]),
        (
            'class M(BaseModel):\n    a: str\nclass S(BaseSettings):\n    model_config = {"env_nested_delimiter": "__"}\n    m: M',  # noqa: E501
            ["M__A"],
        ),
    ],
)  # fmt: skip
def test_fields_of_settings_read_names(source: str, names: list[str]) -> None:
    """Prefix, alias and nesting, as pydantic-settings has them."""
    assert read(source) == names


@pytest.mark.parametrize(
    ("source", "default"),
    [
        ('os.getenv("A")', Default.NONE),
        ('os.environ["A"]', Default.NONE),
        ('os.getenv("A", "")', Default.EMPTY),
        ('os.getenv("A", "7860")', Default.SETTING),
        ('os.getenv("A", "http://localhost:1")', Default.SETTING),
        ('os.getenv("A", "some words")', Default.TEXT),
        ('os.getenv("A") or "some words"', Default.TEXT),
        ('os.getenv("A") or None', Default.EMPTY),
        ('key or os.getenv("A")', Default.NONE),
        ('if os.getenv("A"): pass', Default.EMPTY),
        ('if not os.getenv("A"): raise ValueError', Default.NONE),
        ('assert os.getenv("A")', Default.NONE),
        ('bool(os.getenv("A"))', Default.EMPTY),
        ('os.getenv("A") == "1"', Default.EMPTY),
        ('x = os.environ["A"] if "A" in os.environ else 1', Default.EMPTY),
        ('if "A" in os.environ:\n    x = os.environ["A"]', Default.EMPTY),
        ('try:\n    x = os.environ["A"]\nexcept KeyError:\n    x = 1', Default.EMPTY),
        ('try:\n    x = os.environ["A"]\nexcept KeyError:\n    sys.exit(1)', Default.NONE),
        ('parser.add_argument("--a", default=os.getenv("A"))', Default.EMPTY),
    ],
)
def test_what_the_code_does_without_a_name(source: str, default: Default) -> None:
    """A default of its own, a fallback, a test, a condition or a `try` around it: the program goes on."""
    assert [use.default for use in uses("import os\n" + source).reads][-1] is default


def test_of_several_names_any_does() -> None:
    """The first of an `or` needs one of the others in its place; those need none."""
    first, second = uses('import os\nos.getenv("A") or os.environ["B"]').reads
    assert (first.default, first.instead, second.default) == (Default.NONE, ("B",), Default.EMPTY)
    first, second = uses('import os\nos.getenv("A", os.getenv("B"))').reads
    assert (first.default, first.instead, second.default) == (Default.NONE, ("B",), Default.EMPTY)


@pytest.mark.parametrize(
    ("value", "is_given"),
    [
        ('"x"', False),
        ("config.key", False),
        ('os.environ["B"]', False),
        ('os.getenv("A")', True),
        ('st.text_input("key")', True),
        ("getpass.getpass()", True),
        ("given", True),
        ("typed", True),
        ("own", True),
    ],
)
def test_a_write_of_what_somebody_gives_is_told_from_the_codes_own(value: str, is_given: bool) -> None:
    """A visitor's input, a caller's argument and the name itself provide nothing."""
    source = (
        "import os, getpass\nimport streamlit as st\nfrom x import config\ntyped = input()\nown = os.getenv('A')\n"
        f"def f(given):\n    os.environ['A'] = {value}"
    )
    (write,) = uses(source).writes
    assert write.given == is_given


@pytest.mark.parametrize(
    ("source", "name", "may_be"),
    [
        ('os.getenv(f"{p}_API_KEY")', "X_API_KEY", True),
        ('os.getenv(f"{p}_API_KEY")', "X_TOKEN", False),
        ('os.getenv("A_" + p)', "A_B", True),
        ('os.getenv("A_%s_B" % p)', "A_X_B", True),
        ('os.getenv("A_{}".format(p))', "A_X", True),
        ("os.getenv(p.upper())", "ANY", True),
        ("for k in os.environ: print(k)", "ANY", True),
        ('os.getenv("A")', "A", False),
    ],
)
def test_names_made_at_run_time_are_patterns(source: str, name: str, may_be: bool) -> None:
    """What they begin and end with is known, so that a name that may be one of them is not called unused."""
    assert any(pattern.may_be(name) for pattern in uses("import os\n" + source).patterns) == may_be


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from openai import OpenAI\nOpenAI()", ["OPENAI_API_KEY"]),
        ("import openai\nopenai.OpenAI(base_url=x)", ["OPENAI_API_KEY"]),
        ("from openai import OpenAI\nOpenAI(api_key=x); OpenAI(**options)", []),
        ("OpenAI()", []),
        ("from google import genai\ngenai.Client()", ["GOOGLE_API_KEY", "GEMINI_API_KEY"]),
        ("from google.cloud import storage\nstorage.Client()", []),
        ("from langchain_openai import ChatOpenAI\nChatOpenAI(model='x')", ["OPENAI_API_KEY"]),
    ],
)
def test_a_client_without_its_secret_reads_it_itself(source: str, names: list[str]) -> None:
    """Known by the import, and only where the code gives it nothing."""
    found = uses(source)
    assert [use.name for use in found.implicit] == names
    assert found.reads == ()


def test_what_clients_read_is_what_the_rules_say() -> None:
    """Each name that a client reads implicitly is one that a rule knows its provider's SDK to read."""
    known = {name for rule in rules.load(rules.shipped()) for name in rule.env}
    assert {name for client, _, _ in ROWS for name in client.names} <= known


@given(st.text(alphabet="abA\"'()[]{}=:., \n#fosenvirgt", max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    """Half-typed code is read as far as it can be."""
    assert isinstance(uses("import os\nfor a in os.environ: os.getenv(" + text), EnvUses)
