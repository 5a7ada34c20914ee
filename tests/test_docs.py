"""The README, and what runs in CI: short, and true."""

from __future__ import annotations

import re

from tests.cli import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_is_short_before_its_reference() -> None:
    """What unspill is and does and promises fits one screen and a half; tables of figures are elsewhere."""
    beginning = README.split("\n# Reference\n")[0]
    assert len(beginning.splitlines()) <= 75
    assert all(page in beginning for page in ("docs/fixes.md", "SECURITY.md", "unspill init", "unspill doctor"))
    assert "docs/speed.md" in README
    assert "MB/s" not in README


def test_ci_runs_what_the_readme_says() -> None:
    """`.ci/run` runs the linters and the tests that the README names, and nothing else."""
    commands = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line.startswith("make ")]
    assert commands == ["make lint", "make test-all"]
    assert all(f"`{command}`" in README for command in commands)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert lint is not None
    assert [line.split()[0] for line in lint[1].splitlines()].count("$(BIN)/unspill") == 1
    assert "$(BIN)/mypy\n" in lint[1]
