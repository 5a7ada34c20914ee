"""Generated projects are fixed, and nothing breaks (`python -m tests.proof` runs as many as one likes)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.cli import ROOT
from tests.proof import shapes
from tests.proof.crashing import examine

CASES = 1000


@pytest.mark.parametrize("seed", [50, 100])
def test_a_project_and_its_crashes(seed: int) -> None:
    """A project, fixed and made to crash at every file operation, loses and breaks nothing."""
    verdicts = examine(seed)
    assert [verdict.note for verdict in verdicts if verdict.outcome == "failed"] == []
    assert any("crash" in verdict.shape for verdict in verdicts)


@pytest.mark.slow
def test_a_thousand_projects() -> None:
    """Every shape is fixed or explained in generated projects, and no project breaks."""
    arguments = ["--cases", str(CASES), "--jobs", str(min(2, os.cpu_count() or 1))]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.proof", *arguments], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert ran.returncode == 0, ran.stdout[:5000] + ran.stderr[-5000:]
    rows = {line[:45].strip(): line[45:].split() for line in ran.stdout.splitlines()}
    tables = (value for value in vars(shapes).values() if isinstance(value, tuple))
    for shape in (shape for table in tables for shape in table):
        fixed, explained, _ = map(int, rows[shape.name])
        assert (explained if shape.explained else fixed) > 0, shape.name
        assert not (shape.explained and fixed), shape.name
