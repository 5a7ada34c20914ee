"""No value reaches any byte of any report, and the report fits the place it is written to."""

from __future__ import annotations

import json
import random
import string
from base64 import b64encode
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from unspill.output import OUTPUTS

from tests.cli import git, unspill, write
from tests.helpers import token

TOKENS = [token(seed) for seed in range(100, 110)]
PASSWORD = "".join(random.Random(7).choices(string.ascii_letters + string.digits + "#<&%", k=20))
LEVELS = {"plain": [], "quiet": ["-q"], "verbose": ["-v"], "explained": ["-v", "--explain", "--confidence", "low"]}
SHOWN = 8
"""So many characters of a value in a row would be a leak."""


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with values in texts, names, notebooks, addresses, and files that are skipped."""
    folder = tmp_path_factory.mktemp("leaky")
    cells: list[dict[str, Any]] = [
        {"cell_type": kind, "metadata": {}, "source": [f"t = '{TOKENS[2]}'\n"]} for kind in ("markdown", "code")
    ]
    write(
        folder,
        {
            "app.py": f'A = "{TOKENS[0]}"; B = "{TOKENS[1]}"  # {TOKENS[0]}\npassword = "{PASSWORD}"\n',
            "nb.ipynb": json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
            f"{TOKENS[3]}/{TOKENS[4]}.py": f'api_key = "{TOKENS[4]}"\n',
            "db.yaml": f"url: postgres://user:{TOKENS[5]}@db.example.org/x\n",
            f"{TOKENS[6]}.bin": b"\0\0",
            f"{TOKENS[7]}.log": f"{TOKENS[7]}\n" * 100,
            "quiet.py": f'X = "{TOKENS[8]}"  # unspill: ignore is {TOKENS[8]}, not {PASSWORD}\n',
            "idle.py": f"x = 1  # unspill: ignore[pypi-api-token] {TOKENS[0]}\n# unspill: ignore until {TOKENS[1]}\n",
            "split.py": f'Y = "{TOKENS[9][:9]}" + "{TOKENS[9][9:]}"\n',
        },
    )
    return folder


@cache
def _pieces() -> set[str]:
    """Every run of characters that would give a value away, as it is and as formats encode it."""
    found = set()
    for value in (*TOKENS, PASSWORD):
        for text in (value, quote(value), escape(value), b64encode(value.encode()).decode()):
            body = text.removeprefix("hf_")
            found |= {body[at : at + SHOWN] for at in range(len(body) - SHOWN + 1)}
    return found


def _leaks(text: str) -> set[str]:
    """The pieces of values in `text`."""
    pieces = _pieces()
    return {text[at : at + SHOWN] for at in range(len(text) - SHOWN + 1)} & pieces


def test_the_canary_sings(leaky: Path) -> None:
    """What is looked for is what a report would show: each file's own text gives it away."""
    assert all(_leaks(path.read_text()) for path in leaky.glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_no_value_in_any_report(leaky: Path, output: str, level: str, tmp_path: Path) -> None:
    """No piece of a value is in a report, on stderr, or in a job's summary, whatever the format and the level."""
    summary = tmp_path / "summary.md"
    arguments = ["check", "--format", output, "--max-file-size", "2000", *LEVELS[level]]
    ran = unspill(leaky, *arguments, GITHUB_STEP_SUMMARY=str(summary))
    assert ran.code == 1
    assert ran.out
    assert summary.exists() == (output == "github")
    texts = [ran.out, ran.err, summary.read_text() if summary.exists() else ""]
    assert [_leaks(text) for text in texts] == [set()] * len(texts)


@pytest.mark.parametrize("output", OUTPUTS)
def test_no_value_in_a_report_on_the_history(output: str, tmp_path: Path) -> None:
    """A value that is only in the history is not shown either."""
    folder = tmp_path / "repository"
    write(folder, {"app.py": f'A = "{TOKENS[0]}"\n'})
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "one")
    write(folder, {"app.py": "A = None\n"})
    git(folder, "commit", "--quiet", "--all", "--message", "two")
    ran = unspill(folder, "check", "--history", "--format", output)
    assert ran.code == 1
    assert _leaks(ran.out + ran.err) == set()


def test_what_is_silenced_in_a_history_has_its_commits(tmp_path: Path) -> None:
    """A SARIF report on a history lists what a directive silences there, with the commits, and without the value."""
    folder = tmp_path / "repository"
    write(folder, {"app.py": f'A = "{TOKENS[0]}"  # unspill: ignore a sample\n'})
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "one")
    ran = unspill(folder, "check", "--history", "--format", "sarif")
    (result,) = json.loads(ran.out)["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "inSource", "justification": "a sample"}]
    assert len(result["properties"]["commit"]) == 40
    assert (ran.code, _leaks(ran.out + ran.err)) == (0, set())


def test_no_value_in_what_is_silenced(leaky: Path, tmp_path: Path) -> None:
    """A SARIF report lists what a baseline and directives silence, without a value, and no reason quotes one."""
    known = str(tmp_path / "known")
    unspill(leaky, "baseline", "-o", known)
    ran = unspill(leaky, "check", "--format", "sarif", "--baseline", known)
    results = json.loads(ran.out)["runs"][0]["results"]
    kinds = [one["kind"] for result in results for one in result["suppressions"]]
    assert (ran.code, kinds.count("inSource") > 0, kinds.count("external") > 5) == (0, True, True)
    assert "is <hidden>, not <hidden>" in ran.out
    assert _leaks(ran.out + ran.err + Path(known).read_text()) == set()


def test_a_notebooks_cell_is_counted(leaky: Path) -> None:
    """The JSON report says which cell a finding is in, from 0; null for other files."""
    findings = unspill(leaky, "check", "--format", "json", "--max-file-size", "2000").report["findings"]
    assert [found["cell"] for found in findings if found["path"] == "nb.ipynb"] == [0, 1]
    assert {found["cell"] for found in findings if found["path"] != "nb.ipynb"} == {None}


def test_in_a_job_the_log_is_annotated(leaky: Path, tmp_path: Path) -> None:
    """On GitHub, when no format is asked for, the log has annotations and the text, and the job a summary."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    ran = unspill(leaky, "check", "app.py", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    text = unspill(leaky, "check", "app.py").out
    assert ran.out.startswith("::error file=app.py,line=1,endLine=1,col=6,endColumn=42,title=")
    assert ran.out.endswith(text)
    assert summary.read_text().startswith("before\n## unspill\n")


def test_what_is_asked_for_wins_over_the_job(leaky: Path, tmp_path: Path) -> None:
    """A format that is named, and a report in a file, are the same on GitHub as elsewhere."""
    file = tmp_path / "report"
    unspill(leaky, "check", "app.py", "-o", str(file), GITHUB_ACTIONS="true")
    text = unspill(leaky, "check", "app.py", "--format", "text", GITHUB_ACTIONS="true").out
    assert file.read_text() == text
    assert "::error" not in text


def test_a_summary_that_cannot_be_written_is_said(leaky: Path, tmp_path: Path) -> None:
    """A summary's place that is no file ends the run with a message, after the report."""
    ran = unspill(leaky, "check", "app.py", "--format", "github", GITHUB_STEP_SUMMARY=str(tmp_path))
    assert ran.code == 2
    assert "cannot be written" in ran.err
    assert ran.out
