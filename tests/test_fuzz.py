"""The fuzzer: inputs that once failed do not fail any more, and what fails is caught, told apart and made small."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli import ROOT
from tests.shapes import VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

if not hasattr(os, "fork"):
    pytest.skip("inputs are tried in forks", allow_module_level=True)

from tests.fuzz import cases, targets
from tests.fuzz.running import Child, ddmin, minimised
from tests.fuzz.targets import Target


def _toy(case: bytes) -> None:
    """A check that fails in a way of its own for some letters."""
    assert b"a" not in case, "no a"
    if b"s" in case:
        os.kill(os.getpid(), signal.SIGSEGV)
    while b"h" in case:
        pass


TARGETS = {"toy": Target(lambda random: random.randbytes(9), _toy)}


@pytest.fixture
def child() -> Iterator[Child]:
    """A process that tries the toy, with half a second for each input."""
    started = Child(__name__, patience=0.5)
    yield started
    started.close()


@pytest.mark.slow
def test_inputs_that_once_failed() -> None:
    """No input that was kept fails again."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--executions", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "failure"),
    [
        (b"", ""),
        (b"a", "AssertionError: no a in test_fuzz.py:_toy"),
        (b"s", "dies of SIGSEGV in test_fuzz.py:_toy"),
        (b"h", "takes too long in test_fuzz.py:_toy"),
    ],
)
def test_every_way_to_fail_is_told(child: Child, case: bytes, failure: str) -> None:
    """An exception, a crash and a hang are failures with a name and a place, and the next input is tried as ever."""
    assert child.run("toy", case).failure == failure
    assert child.run("toy", b"fine").failure == ""


def test_an_input_is_made_small(child: Child) -> None:
    """What a failure does not need is left out of its input, as long as it fails in the same way."""
    case = b"one\ntwo s three\nfour s\n"
    assert minimised(child, "toy", case, child.run("toy", case)) == b"s"


@given(needed=st.sets(st.integers(0, 30)), size=st.integers(0, 40))
def test_ddmin_leaves_what_is_needed(needed: set[int], size: int) -> None:
    """With tries enough, exactly the parts remain without which nothing fails."""
    parts = [b"%d" % number for number in range(size)]
    wanted = [part for part in parts if int(part) in needed]
    assert ddmin(parts, lambda fewer: set(wanted) <= set(fewer), 10_000) == wanted


@pytest.mark.parametrize("name", targets.TARGETS)
def test_inputs_are_the_same_under_the_same_seed(name: str) -> None:
    """A number gives the same input in every run, and no token stands in it."""
    make = targets.TARGETS[name].make
    for seed in range(20):
        made = make(Random(seed))
        assert made == make(Random(seed))
        assert not any(value.encode() in made for value in VALUES.values())


def test_files_of_an_input() -> None:
    """Headers part an input into files, marks become tokens, and nothing stands outside of the folder."""
    case = "-- a/b.py --\nx = '§'\n-- c.txt utf-16-le --\n⟦3×ab⟧\n-- /d --\n-- ../e --\nno\n".encode()
    assert cases.files_of(case) == {
        "a/b.py": f"x = '{VALUES['§']}'\n".encode(),
        "c.txt": "ababab\n".encode("utf-16-le"),
        "d": b"",
    }
