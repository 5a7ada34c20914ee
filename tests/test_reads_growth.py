"""What reading the names of a text takes grows with the text, and not with its square."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from unspill import languages
from unspill.languages import language_of
from unspill.model import EnvUses

from tests.helpers import document_of

if TYPE_CHECKING:
    from collections.abc import Callable

FEW = 100


def _many(line: str, head: str = "") -> Callable[[int], str]:
    return lambda count: head + "".join(line.format(at) for at in range(count))


TEXTS: dict[str, tuple[str, Callable[[int], str]]] = {
    "calls of a helper": ("a.py", _many("f('K{}')\n", "import os\ndef f(a): return os.getenv(a)\n")),
    "fields": ("a.py", _many("    a{}: str\n", "class S(BaseSettings):\n")),
    "subscripts": ("a.py", _many("os.environ['K{}']\n", "import os\n")),
    "calls of an arrow function": ("a.ts", _many("f('K{}');\n", "const f = (a) => process.env[a];\n")),
    "members": ("a.ts", _many("use(process.env.K{});\n")),
}


def _calls(path: str, text: str) -> int:
    """How many functions are called for a text."""
    document = document_of(text, path, language_of(path).id)
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        languages.env_uses(document)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", TEXTS)
def test_reads_take_linear_time(name: str) -> None:
    """Twice as many take about twice as many steps."""
    path, text = TEXTS[name]
    _calls(path, text(1))  # what is loaded and compiled once
    assert _calls(path, text(2 * FEW)) < 2.5 * _calls(path, text(FEW))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "import os\nx = " + " or ".join(f"os.getenv('K{at}')" for at in range(3000))),
        ("a.py", f"import os\nT = {[f'K{at}' for at in range(999)]}\nfor k in T:\n" + "    os.getenv(k)\n" * 999),
        ("a.ts", "x = " + " || ".join(f"process.env.K{at}" for at in range(3000))),
        ("a.ts", "".join(f"const k = process.env.K{at}; if (!k) f();\n" for at in range(3000))),
        ("a.ts", f"const T = {[f'K{at}' for at in range(999)]};\nfor (const k of T) {{{'process.env[k];' * 999}}}"),
    ],
)  # fmt: skip
def test_hostile_texts_have_an_end(path: str, text: str) -> None:
    """Chains, loops and variables without number: the budget ends what would take their square."""
    assert isinstance(languages.env_uses(document_of(text, path, language_of(path).id)), EnvUses)
