"""Measure, print, and write docs/speed.md if asked: `python -m tests.bench --help`."""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import contract, corpus, editing, history, rules_cost, staged, startup, throughput, tools

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.table import Table

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "speed.md"
_PART = re.compile(r"(?<=<!-- bench -->\n).*?(?=<!-- /bench -->)", re.DOTALL)
_SUBJECTS = ("startup", "throughput", "staged", "history", "editing", "contract", "cost")


def main() -> int:
    """Run the benchmarks that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Speed, side by side.")
    parser.add_argument("--tree", type=Path, help="the folder to scan (default: the text files of some wheels)")
    parser.add_argument("--rounds", type=int, default=10, help="measured runs of what is short (default: 10)")
    parser.add_argument("--only", action="append", choices=_SUBJECTS, help="only this subject (again for more)")
    parser.add_argument("--against", type=Path, metavar="UNSPILL", help="another unspill to compare with")
    parser.add_argument("--write-docs", action="store_true", help="put the tables into docs/speed.md")
    arguments = parser.parse_args()
    subjects = arguments.only or _SUBJECTS
    if arguments.write_docs and arguments.only:
        parser.error("--write-docs needs all subjects")
    versions = [tools.ours(), *([tools.another(arguments.against)] if arguments.against else [])]
    scanners = [*versions, *tools.peers()] if {"startup", "throughput", "history"} & {*subjects} else []
    tree: Path = arguments.tree or corpus.tree() if {"throughput", "cost"} & {*subjects} else Path()
    long = max(3, arguments.rounds // 3)
    parts: dict[str, Callable[[], Table | None]] = {
        "startup": lambda: startup.measure(scanners, arguments.rounds),
        "throughput": lambda: throughput.measure(scanners, long, tree),
        "staged": lambda: staged.measure(arguments.rounds),
        "history": lambda: history.measure(scanners, arguments.rounds),
        "editing": lambda: editing.measure(versions, arguments.rounds),
        "contract": lambda: contract.measure(versions),
        "cost": lambda: rules_cost.measure(long, tree),
    }
    done = []
    for subject in subjects:
        print(f"{subject} …", file=sys.stderr, flush=True)
        if table := parts[subject]():
            done.append(table.markdown())
            print(done[-1], flush=True)
    if arguments.write_docs:
        text = "\n".join([_machine(), *done])
        _PAGE.write_text(_PART.sub(lambda _: text, _PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def _machine() -> str:
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, "
        f"{platform.python_implementation()} {platform.python_version()}.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
