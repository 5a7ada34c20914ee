"""Ctrl-C, and a job that is cancelled: what was found until then is reported, and that it is not all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from unspill.output import OUTPUTS

from tests.cli import Ran, environment
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")

# Runs a command line that gets a signal from itself once it has counted in so many texts, and prints its children.
_RUN = """
import multiprocessing, os, signal, sys, time
from unspill import app
from unspill.cli import main
from unspill.app import many, workers
sign, texts, enough = map(int, sys.argv[1:4])
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests that run in the background inherit that it is ignored
count, main_process = app.Collector.count, os.getpid()
def interrupted(collector, size):
    count(collector, size)
    if collector.files == texts:
        print(len(multiprocessing.active_children()), "workers", file=sys.stderr)
        os.kill(main_process, sign)
        while os.getpid() != main_process:  # git is read in a process of its own, which it is passed on to
            time.sleep(0.01)
app.Collector.count = interrupted
if enough:
    app.MANY_FROM = workers.PARALLEL_FROM = 1
    workers._BATCH = 1
code = main(sys.argv[4:])
for worker in multiprocessing.active_children():
    worker.join(10)
print(len(multiprocessing.active_children()), "left", file=sys.stderr)
sys.exit(code)
"""


def interrupted(
    folder: Path, *arguments: str, sign: int = signal.SIGINT, after: int = 5, parallel: bool = False
) -> Ran:
    """A command line that is interrupted after some texts."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(int(sign)), str(after), str(int(parallel)), *arguments],
        cwd=folder,
        env=environment(folder.parent / "nobody"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Twenty files: all clean but the second and the last."""
    folder = tmp_path / "tree"
    folder.mkdir()
    for number in range(20):
        leak = number in (1, 19)
        (folder / f"{number:02}.py").write_text(f'x = "{token(number)}"\n' if leak else f"x = {number}\n")
    return folder


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_says_how_many_files_are_left(tree: Path, sign: int) -> None:
    """An interrupted run reports what it found, and how many files it did not look at."""
    done = interrupted(tree, "check", "--format", "json", sign=sign)
    assert done.code == 1
    assert [row["path"] for row in done.report["findings"]] == ["01.py"]
    assert done.report["summary"]["files"] == 5
    assert done.report["summary"]["skipped"] == [{"path": ".", "reason": "interrupted; files not checked: 15"}]


def test_is_incomplete_without_findings(tree: Path) -> None:
    """An interrupted run that found nothing ends with 3."""
    (tree / "01.py").unlink()
    assert interrupted(tree, "check").code == 3


@pytest.mark.slow
@pytest.mark.parametrize("output", sorted(OUTPUTS))
def test_every_format_says_so(tree: Path, output: str) -> None:
    """Every format says that the run was interrupted."""
    done = interrupted(tree, "check", "--format", output)
    assert done.code == 1
    assert "interrupted" in done.out
    assert "Traceback" not in done.err


def test_ends_its_workers(tree: Path) -> None:
    """Worker processes end with an interrupted run, which reports what they found."""
    done = interrupted(tree, "check", "-j2", "--format", "json", parallel=True)
    assert done.code == 1
    assert [row["path"] for row in done.report["findings"]] == ["01.py"]
    assert done.err.split() == ["2", "workers", "0", "left"]


def test_writes_the_report_whole(tree: Path, tmp_path: Path) -> None:
    """The report's file is replaced in one step: it holds the old report or a whole new one."""
    place = tmp_path / "report.json"
    place.write_text("{}")
    assert interrupted(tree, "check", "--format", "json", "-o", str(place)).code == 1
    assert json.loads(place.read_bytes())["summary"]["files"] == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.json", "tree"]


def test_knows_no_stale_entries(tree: Path) -> None:
    """An interrupted run does not take a baseline's entries for stale that it has not looked for."""
    assert subprocess.run(
        [sys.executable, "-m", "unspill", "baseline"], cwd=tree, env=environment(tree.parent), check=True
    )
    done = interrupted(tree, "check", "--format", "json")
    assert done.code == 3
    assert done.report["summary"].get("stale", []) == []


def test_fixes_nothing(tree: Path) -> None:
    """An interrupted `fix` changes nothing, and ends as shells count signals."""
    before = {path.name: path.read_bytes() for path in tree.iterdir()}
    assert interrupted(tree, "fix").code == 130
    assert {path.name: path.read_bytes() for path in tree.iterdir()} == before


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_history(tree: Path, sign: int) -> None:
    """An interrupted look at a history reports what it found with the commits that hold it."""
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=tree, check=True)
    done = interrupted(tree, "check", "--history", "--format", "json", sign=sign)
    assert done.code == 1
    assert [row["path"] for row in done.report["findings"]] == ["01.py"]
    assert done.report["summary"]["skipped"] == [{"path": ".", "reason": "interrupted; not everything was checked"}]
