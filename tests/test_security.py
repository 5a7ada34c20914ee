"""SECURITY.md: each promise names a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROMISE = re.compile(r"^\| (?!Guarantee|---)(?P<text>.+?) \| (?P<tests>.+) \|$", re.MULTILINE)
FILE = re.compile(r"\[[^\]]+\]\((?P<path>[^)]+)\): (?P<names>`test_\w+`(?:, `test_\w+`)*)")


def test_each_promise_is_held_by_tests_that_exist() -> None:
    """Every line of the tables links files of this repository, and names functions that are in them."""
    promises = list(PROMISE.finditer((ROOT / "SECURITY.md").read_text(encoding="utf-8")))
    assert len(promises) > 10
    for promise in promises:
        held = list(FILE.finditer(promise["tests"]))
        assert held, promise["text"]
        for file in held:
            source = (ROOT / file["path"]).read_text(encoding="utf-8")
            for name in re.findall(r"test_\w+", file["names"]):
                assert f"def {name}(" in source, f"{file['path']}: {name}"
