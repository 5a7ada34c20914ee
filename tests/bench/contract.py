"""What the checks on apps cost an editor: in keystrokes, until declarations are shown, and for an app of many files."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

from tests.bench.client import Client
from tests.bench.measure import environment
from tests.bench.table import Table, megabytes, ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.bench.measure import Command
    from tests.bench.tools import Tool

_KEYS = 200
_PAUSE = 0.1
"""Seconds between keystrokes: the checks on the app are asked after each, and run while the next one comes."""
_BODY = "".join(
    f"def step_{n}(items):\n    return [item for item in items if item.size < {n} and item.name != 'x']\n\n"
    for n in range(40)
)


def measure(tools: Sequence[Tool]) -> Table:
    """Keystrokes in an app of 500 files, with and without the checks, and the first look at one of 5,000."""
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as name:
        env = environment(Path(name))
        for tool in tools:
            if tool.server is None:
                continue
            plain, space = (_app(Path(name) / f"{kind}-{tool.name}", 500, kind) for kind in ("plain", "space"))
            large = _app(Path(name) / f"large-{tool.name}", 5_000, "space")
            for kind, folder in (("no Space, no .env", plain), ("a Space", space)):
                times = _type(tool.server, env, folder)
                figures = (ms(median(times)), ms(quantiles(times, n=100)[98]))
                rows.append((f"{tool.name}: keystroke, {kind}, p50 and p99", *figures))
            shown = _declare(tool.server, env, space)
            rows.append((f"{tool.name}: last key to declarations, p50 and longest", ms(median(shown)), ms(max(shown))))
            seconds, peak = _open(tool.server, env, large)
            rows.append((f"{tool.name}: 5,000 files, time and memory", ms(seconds), megabytes(peak)))
    about = f"Over stdio, in a Python file of an app of 500 files; {_KEYS} keystrokes, {_PAUSE:.1f} s apart."
    return Table("Declarations", about, ("", "", ""), rows)


def _app(folder: Path, files: int, kind: str) -> Path:
    """An app in which every fifth file reads a name, which is declared if it is a Space."""
    names = [f"SERVICE_{number}_KEY" for number in range(files)]
    folder.mkdir()
    for number, name in enumerate(names):
        key = f"os.environ['{name}']" if number % 5 == 0 else "None"
        below = folder / f"part{number % 20}"
        below.mkdir(exist_ok=True)
        (below / f"m{number}.py").write_text(f"import os\n\nkey = {key}\n\n{_BODY}")
    (folder / "app.py").write_text(_program())
    if kind == "space":
        (folder / "README.md").write_text("---\nsdk: gradio\n---\n")
        (folder / ".env.example").write_text("".join(f"{name}=\n" for name in names[::5]))
    return folder


def _program(typed: str = "") -> str:
    return f"import os\n\nkey = os.environ['APP_KEY']\n{typed}\n{_BODY}"


def _type(command: Command, env: Mapping[str, str], folder: Path) -> list[float]:
    """The seconds from each keystroke to the diagnostics of its version."""
    times = []
    with Client(command, env, (folder / "app.py").as_uri()) as client:
        _settle(client, 1 if (folder / ".env.example").exists() else 0)
        for typed in range(_KEYS):
            time.sleep(_PAUSE)
            began = time.perf_counter()
            client.change(_program(f"name = {'x' * typed}"))
            times.append(time.perf_counter() - began)
    return times


def _declare(command: Command, env: Mapping[str, str], folder: Path) -> list[float]:
    """The seconds from a key that makes a name an undeclared one to the diagnostics that say so."""
    times = []
    with Client(command, env, (folder / "app.py").as_uri()) as client:
        _settle(client, 1)
        for _ in range(20):
            client.change(_program().replace("APP_KEY", "SERVICE_0_KEY"))
            time.sleep(5 * _PAUSE)
            began = time.perf_counter()
            client.change(_program())
            while client.published() != 1:
                pass
            times.append(time.perf_counter() - began)
    return times


def _open(command: Command, env: Mapping[str, str], folder: Path) -> tuple[float, int]:
    """The seconds until an app was looked at for the first time, and the most memory that the server has used."""
    with Client(command, env, (folder / "app.py").as_uri()) as client:
        began = time.perf_counter()
        _settle(client, 1)
        return time.perf_counter() - began, client.peak if sys.platform == "linux" else 0


def _settle(client: Client, expected: int) -> None:
    """Open the document, and wait until as much is found in it as there is."""
    client.initialize()
    client.open(_program())
    while client.published() != expected:
        pass
