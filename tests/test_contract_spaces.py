"""What `unspill secrets` says of small Spaces as people write them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli import unspill
from tests.spaces import build

GOLDEN = Path(__file__).parent / "golden" / "secrets"
SPACES = {
    "chatbot": "Gradio, with a package, a compose file and a notebook",
    "stages": "Docker with stages, build arguments and a mount",
    "static": "a static page, and what builds it",
    "streamlit": "Streamlit on Docker: what a visitor types is no value",
    "monorepo": "two Spaces and a package of helpers",
    "study": "notebooks",
    "chain": "LangChain: clients that read by themselves, and a table of names",
    "oauth": "a sign-in, and settings with a prefix, an alias and nesting",
    "webapp": "Next.js, a Python API and compose",
    "broken": "code and front matter that do not parse",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SPACES, ids=SPACES)
def test_the_names_of_a_space(name: str, tmp_path: Path) -> None:
    """The whole table is as its golden file has it (UNSPILL_GOLDEN=write rewrites them)."""
    built = build(name, tmp_path / "space")
    (built.root / ".git").mkdir()
    ran = unspill(built.root, "secrets", "--all")
    assert (ran.code, ran.err) == (0, "")
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("UNSPILL_GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(ran.out, encoding="utf-8")
    assert ran.out == golden.read_text(encoding="utf-8")
