"""Every shape of docs/fixes.md is fixed, or explains the manual fix."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from tests import shapes
from tests.shapes import EXPLAINED, FIXED, ROWS, VALUES, Row

NUMBERS = [
    *(f"A-{number}" for number in range(1, 46)),
    *(f"B-{number}" for number in range(1, 16)),
    *(f"C-{number}" for number in range(1, 11)),
    *(f"E-{number}" for number in range(1, 9)),
]


def test_no_row_is_missing() -> None:
    """The table has all numbered shapes, and files and front ends."""
    there = {row.number for row in ROWS}
    assert set(NUMBERS) <= there
    assert len([number for number in there if number.startswith("D ")]) >= 15
    assert len([number for number in there if number.startswith("F ")]) >= 6


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.number} {index}" for index, row in enumerate(ROWS)])
def test_rows(row: Row, tmp_path: Path) -> None:
    """A row becomes what the table says: fixed without a value left and still a program, or explained and untouched."""
    found = shapes.fate(row, tmp_path)
    assert found.outcome == row.outcome, found.words
    assert found.words
    assert not any(value in found.words for value in VALUES.values() if len(value) > 9)
    if row.outcome != FIXED:
        assert found.after == row.source
    elif not Path(row.path).name.startswith(".env") or row.path.endswith(".example"):
        assert not any(mark in found.after for mark in VALUES)
    if row.outcome == EXPLAINED:
        assert len(found.words) > 40
    if row.path.endswith(".py") and "case" not in row.source:
        ast.parse(found.after)
    if row.path.endswith((".json", ".ipynb")):
        json.loads(found.after)


def test_the_page_of_fixes_is_true() -> None:
    """docs/fixes.md says what a fix makes of each row today; `python -m tests.shapes` writes it anew."""
    assert shapes.PAGE.read_text(encoding="utf-8") == shapes.page(list(shapes.table()))
