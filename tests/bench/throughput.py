"""How fast a large tree is scanned, and with how much memory."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.bench import corpus
from tests.bench.measure import environment, forget, peak_memory, run
from tests.bench.table import Table, megabytes, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.measure import Run
    from tests.bench.tools import Tool

_BARE = "read and scan, nothing else"
_AGAIN = "unspill, a second run"


def measure(tools: Sequence[Tool], rounds: int, tree: Path) -> Table:
    """Every tool over the tree, and a loop that only reads it and runs unspill's own Hyperscan database over it."""
    files, size = corpus.size(tree)
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder)
        homes = {tool.name: temporary / tool.name for tool in tools}
        ours = tools[0].name
        homes |= {_AGAIN: homes[ours], _BARE: temporary}
        commands = {ours: tools[0].command(tree), _AGAIN: tools[0].command(tree)}
        commands |= {tool.name: tool.command(tree) for tool in tools[1:]}
        database = temporary / "database"
        bare = Path(__file__).with_name("bare.py")
        if run([sys.executable, str(bare), "--compile", str(database)], environment(temporary)).code == 0:
            commands[_BARE] = [sys.executable, str(bare), str(database), str(tree)]
        slow = {tool.name for tool in tools if tool.slow}
        runs: dict[str, list[Run]] = {name: [] for name in commands}
        for number in range(rounds + 1):
            for name, command in commands.items():
                if name != _AGAIN:
                    forget(homes[name])
                if name not in slow or number == 1:
                    runs[name].append(run(command, environment(homes[name])))
        forget(homes[ours])
        quick = {name: command for name, command in commands.items() if name not in slow}
        memory = {name: peak_memory(command, environment(homes[name])) for name, command in quick.items()}
    seconds = {name: median(one.seconds for one in done[1:] or done) for name, done in runs.items()}
    rows = []
    for tool in tools:
        done = runs[tool.name][-1]
        rows.append((
            f"{tool.name} {tool.version}", tool.rules, f"{seconds[tool.name]:.2f} s",
            f"{size / seconds[tool.name] / 1e6:,.0f} MB/s", ratio(seconds[tool.name], seconds[ours]),
            f"{done.cpu:.1f} s", megabytes(memory.get(tool.name)), tool.account(done.output) or f"exit {done.code}",
        ))  # fmt: skip
    for name, scanned in ((_AGAIN, tools[0].account), (_BARE, str.strip)):
        if name in runs:
            rows.append((
                name, "–", f"{seconds[name]:.2f} s", f"{size / seconds[name] / 1e6:,.0f} MB/s",
                ratio(seconds[name], seconds[ours]), f"{runs[name][-1].cpu:.1f} s", megabytes(memory[name]),
                scanned(runs[name][-1].output),
            ))  # fmt: skip
    return Table(
        "Throughput",
        f"{size / 1e6:,.0f} MB in {files:,} text files, page cache warm, {os.cpu_count()} processors, median of "
        f"{rounds}" + (f" ({', '.join(sorted(slow))}: one run)." if slow else "."),
        ("", "rules", "time", "speed", f"of {ours}", "processor", "memory", "scanned, as it says"),
        rows,
    )
