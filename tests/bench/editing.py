"""What typing costs: from a keystroke to its diagnostics, and from starting the server to its first reply."""

from __future__ import annotations

import contextlib
import random
import string
import sys
import tempfile
import time
from itertools import chain
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

from tests.bench.client import Client
from tests.bench.measure import environment, in_turns
from tests.bench.table import Table, ms, ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.bench.measure import Command
    from tests.bench.tools import Tool

_EMPTY = "empty pygls server"
_KEYS = 300
_TURN = 20
"""Keystrokes that a server gets before it is the other one's turn."""


def measure(tools: Sequence[Tool], rounds: int) -> Table:
    """Keystrokes in a small and a large document, and the start, beside a pygls server that does nothing."""
    commands = {_EMPTY: [sys.executable, str(Path(__file__).with_name("empty_server.py"))]}
    commands |= {tool.name: tool.server for tool in tools if tool.server is not None}
    with tempfile.TemporaryDirectory() as name:
        env = environment(Path(name))
        starts = in_turns({name: _start(command, env) for name, command in commands.items()}, rounds)
        rows = [_row("start to initialize reply", starts)]
        for lines in (200, 10_000):
            times = _type(commands, env, _program(lines))
            p50 = {name: median(values) for name, values in times.items()}
            p99 = {name: quantiles(values, n=100)[98] for name, values in times.items()}
            rows += [_row(f"keystroke, {lines:,} lines, p50", p50), _row(f"keystroke, {lines:,} lines, p99", p99)]
    return Table(
        "Editing",
        "Over stdio, whole text in each change, up to the diagnostics of that version; "
        f"{_KEYS} keystrokes in a Python file with one made-up token.",
        ("", _EMPTY, *(part for name in commands if name != _EMPTY for part in (name, "ratio"))),
        rows,
    )


def _row(name: str, times: Mapping[str, float]) -> tuple[str, ...]:
    """The time of each server, and behind all but the empty one's how many times as much it is."""
    others = ((ms(time), ratio(time, times[_EMPTY])) for server, time in times.items() if server != _EMPTY)
    return name, ms(times[_EMPTY]), *chain.from_iterable(others)


def _start(command: Command, env: Mapping[str, str]) -> Callable[[], float]:
    def once() -> float:
        began = time.perf_counter()
        with Client(command, env) as client:
            client.initialize()
            return time.perf_counter() - began

    return once


def _type(commands: Mapping[str, Command], env: Mapping[str, str], text: str) -> dict[str, list[float]]:
    """The seconds that each keystroke takes: letters typed, one by one, into a line in the middle."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    middle = text.index("\n", len(text) // 2)
    with contextlib.ExitStack() as running:
        clients = {name: running.enter_context(Client(command, env)) for name, command in commands.items()}
        for client in clients.values():
            client.initialize()
            client.open(text)
            client.change(text)
        for first in range(0, _KEYS, _TURN):
            for name, client in clients.items():
                for typed in range(first, first + _TURN):
                    changed = text[:middle] + "\nname = " + "x" * typed + text[middle:]
                    began = time.perf_counter()
                    found = client.change(changed)
                    times[name].append(time.perf_counter() - began)
                    if name != _EMPTY and found != 1:
                        raise RuntimeError(f"{found} diagnostics where there should be one")
    return times


def _program(lines: int) -> str:
    """A Python program of that many lines with one made-up token."""
    token = "hf_" + "".join(random.Random(0).choices(string.ascii_letters, k=34))
    block = (
        "def step_{0}(items, limit={0}):\n"
        '    """Keep what is below the limit of step {0}."""\n'
        "    kept = [item for item in items if item.size < limit]\n"
        '    print(f"step {0}: {{len(kept)}} of {{len(items)}}")\n'
        "    return kept\n"
    )
    body = "".join(block.format(number) for number in range((lines - 5) // 5))
    return f'from huggingface_hub import login\n\n\nlogin(token="{token}")\n\n{body}'
