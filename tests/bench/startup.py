"""How long a small Space takes, from starting the program to its end."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import corpus
from tests.bench.measure import environment, in_turns, seconds_of
from tests.bench.table import Table, ms, ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.bench.measure import Command
    from tests.bench.tools import Tool

_COLD_ROUNDS = 3


def measure(tools: Sequence[Tool], rounds: int) -> Table:
    """Start-up of every tool and of bare Python: warm, with and without findings, and the very first run."""
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        leaky, clean = corpus.spaces(temporary, environment(temporary))
        references: dict[str, Command] = {
            "`python -c pass`": [sys.executable, "-c", "pass"],
            '`python -c "import hyperscan, regex"`': [sys.executable, "-c", "import hyperscan, regex"],
        }
        warm = {name: seconds_of(command, environment(temporary)) for name, command in references.items()}
        for tool in tools:
            env = environment(temporary / tool.name)
            warm[f"{tool.name} clean"] = seconds_of(tool.command(clean), env)
            warm[f"{tool.name} leaky"] = seconds_of(tool.command(leaky), env)
        times = in_turns(warm, rounds)
        first = in_turns(
            {tool.name: _cold(tool.command(clean), temporary / f"first-{tool.name}") for tool in tools}, _COLD_ROUNDS
        )
        files, size = corpus.size(clean)
    base = times['`python -c "import hyperscan, regex"`']
    ours = tools[0].name
    rows = [(name, ms(times[name]), ratio(times[name], base), "–", "–", "–", "–") for name in references]
    for tool in tools:
        quiet, found = times[f"{tool.name} clean"], times[f"{tool.name} leaky"]
        rows.append((
            f"{tool.name} {tool.version}", ms(quiet), ratio(quiet, base), ratio(quiet, times[f"{ours} clean"]),
            ms(found), ratio(found, times[f"{ours} leaky"]), ms(first[tool.name]),
        ))  # fmt: skip
    return Table(
        "Start-up",
        f"A Space of {files} files ({size / 1000:.0f} kB), whole process, median of {rounds}; "
        f"the first run has an empty cache (median of {_COLD_ROUNDS}).",
        ("", "clean", "of `import`", f"of {ours}", "with findings", f"of {ours}", "first run"),
        rows,
    )


def _cold(command: Command, home: Path) -> Callable[[], float]:
    """What runs a program that has never run before, as far as it can tell."""

    def once() -> float:
        shutil.rmtree(home, ignore_errors=True)
        return seconds_of(command, environment(home))()

    return once
