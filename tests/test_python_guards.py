"""Python code that tests whether a value is there keeps its own answer to a missing one."""

from __future__ import annotations

import ast

import pytest
from unspill.fixes.python import plan

from tests.helpers import document_of, finding_at, fixed, project, token

T = token()
REQUIRED, OPTIONAL, EMPTY = 'os.environ["HF_TOKEN"]', 'os.getenv("HF_TOKEN")', 'os.getenv("HF_TOKEN", "")'

ROWS = [
    (OPTIONAL, 'key = "§"\nif not key:\n    raise SystemExit("HF_TOKEN is not set")'),
    (OPTIONAL, 'key = "§"\nif key:\n    pass'),
    (OPTIONAL, 'key = "§"\nif other and (not key or key == "x"):\n    pass'),
    (OPTIONAL, 'key = "§"\nassert key, "HF_TOKEN is not set"'),
    (OPTIONAL, 'key = "§"\nif key is None:\n    pass'),
    (OPTIONAL, 'key = "§"\nif key != "":\n    pass'),
    (OPTIONAL, 'key = "§"\nx = key or ask()'),
    (OPTIONAL, 'key = "§"\nprint("set" if key else "not set")'),
    (OPTIONAL, 'key = "§"\nready = bool(key)'),
    (OPTIONAL, 'key = "§"\nready = all([key, other])'),
    (OPTIONAL, 'KEY = "§"\ndef f():\n    if not KEY:\n        return "not set"\n    return "Bearer " + KEY'),
    (OPTIONAL, 'def f():\n    key = "§"\n    while not key:\n        key = ask()'),
    (OPTIONAL, 'ready = bool("§")'),
    (OPTIONAL, 'class A:\n    def __init__(self):\n        self.key = "§"\n    def f(self):\n        assert self.key'),
    (OPTIONAL, 'class A:\n    key = "§"\n    def f(self):\n        return self.key or 1'),
    (OPTIONAL, 'key: str | None = "§"\nif not key:\n    pass'),
    (OPTIONAL, 'key: Optional[str] = "§"\nif not key:\n    pass'),
    (EMPTY, 'key: str = "§"\nif not key:\n    pass'),
    (REQUIRED, 'key: str = "§"\nif key is None:\n    pass'),
    (REQUIRED, 'key: bytes = "§"\nif not key:\n    pass'),
    (REQUIRED, 'key: str = "§"\nheader = "Bearer " + key'),
    (REQUIRED, 'key = "§"\nheader = f"Bearer {key}"'),
    (REQUIRED, 'key = "§"\nif key == given:\n    pass'),
    (REQUIRED, 'key = "§"\ndef f(key):\n    if not key:\n        pass'),
    (REQUIRED, 'class A:\n    key = "§"\nclass B:\n    def f(self):\n        return self.key or 1'),
]


@pytest.mark.parametrize(("read", "source"), ROWS)
def test_a_tested_value_may_be_absent(read: str, source: str) -> None:
    """The read fails without the name only where no code tests the value, and has the type that the code declares."""
    document = document_of(f"import os\n{source}\n".replace("§", T))
    made = fixed(plan, document, finding_at(document, T))
    assert made == f"import os\n{source}\n".replace('"§"', read)
    ast.parse(made)


def test_a_tested_parameter_may_be_absent() -> None:
    """A parameter that its function tests stays None without the name."""
    document = document_of(f'import os\ndef f(key="{T}"):\n    if not key:\n        return "not set"\n')
    expected = f'import os\ndef f(key=None):\n    key = key or {OPTIONAL}\n    if not key:\n        return "not set"\n'
    assert fixed(plan, document, finding_at(document, T)) == expected


def test_a_tested_default_may_be_absent() -> None:
    """The default of a read is deleted, and the read stays, if a test precedes the use as text."""
    document = document_of(f'import os\nkey = os.getenv("HF_TOKEN", "{T}")\nif not key:\n    exit()\nx = key.split()\n')
    assert fixed(plan, document, finding_at(document, T)).splitlines()[1] == f"key = {OPTIONAL}"


def test_a_default_under_another_name_may_be_absent() -> None:
    """A default is evaluated even if the name is set: it must not fail then."""
    document = document_of(f'import os\nkey = os.getenv("OTHER", "{T}")\n')
    read = fixed(plan, document, finding_at(document, T), project(OTHER="x"))
    assert read.splitlines()[1] == 'key = os.getenv("OTHER", os.getenv("OTHER_2"))'
