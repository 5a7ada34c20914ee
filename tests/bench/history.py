"""The history of a repository: how long it takes to look at every blob that it holds."""

from __future__ import annotations

import random
import shutil
import string
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.measure import environment, forget, in_turns, peak_memory, run, seconds_of
from tests.bench.table import Table, megabytes, ratio
from tests.bench.tools import BUILD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.bench.tools import Tool

_AGAIN = "unspill, a second run"
_COMMITS = 10_000
_FILES = 600
_LINES = 60
_PLANTED_EVERY = 200
"""Every so many commits put a made-up token into a file."""
_START = 1_600_000_000


def measure(tools: Sequence[Tool], rounds: int) -> Table | None:
    """Every tool that looks at histories, over one made-up repository; None where git is not installed."""
    if shutil.which("git") is None:
        return None
    tree = repository()
    tools = [tool for tool in tools if tool.history is not None]
    with tempfile.TemporaryDirectory() as name:
        homes = {tool.name: Path(name) / tool.name for tool in tools}
        ours = tools[0].name
        commands = {tool.name: tool.history(tree) for tool in tools if tool.history is not None}
        scans = {name: seconds_of(command, environment(homes[name])) for name, command in commands.items()}

        def first(name: str) -> float:
            forget(homes[name])
            return scans[name]()

        turns: dict[str, Callable[[], float]] = {ours: partial(first, ours), _AGAIN: scans[ours]}
        times = in_turns(turns | {name: partial(first, name) for name in scans if name != ours}, rounds)
        output = {name: run(command, environment(homes[name])).output for name, command in commands.items()}
        forget(homes[ours])
        memory = {name: peak_memory(command, environment(homes[name])) for name, command in commands.items()}
    return Table(
        "History",
        f"A made-up repository of {_COMMITS:,} commits to {_FILES} files of some {_LINES} lines, two files a commit; "
        f"whole process, median of {rounds}. What it says it scanned differs: versions of files, or changed lines.",
        ("", "seconds", f"of {ours}", "memory", "scanned"),
        [
            (
                f"{tool.name} {tool.version}",
                f"{times[tool.name]:.2f}",
                ratio(times[tool.name], times[ours]),
                megabytes(memory[tool.name]),
                tool.account(output[tool.name]) or "–",
            )
            for tool in tools
        ]
        + [(_AGAIN, f"{times[_AGAIN]:.2f}", ratio(times[_AGAIN], times[ours]), "–", "–")],
    )


def repository() -> Path:
    """A repository with a long history, packed; made once."""
    folder = BUILD / "history"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        git = ["git", "-C", str(folder)]
        subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
        with subprocess.Popen([*git, "fast-import", "--quiet"], stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            for part in stream(_COMMITS):
                process.stdin.write(part)
        if process.returncode:
            raise RuntimeError(f"git fast-import ended with {process.returncode}")
        subprocess.run([*git, "repack", "-adq"], check=True)
        subprocess.run([*git, "reset", "--quiet", "--hard", "main"], check=True)
        (folder / "complete").touch()
    return folder


def stream(commits: int, seed: int = 1) -> Iterator[bytes]:
    """A history in the format of git-fast-import(1): each commit changes a line in each of two Python files."""
    chance = random.Random(seed)
    words = ["".join(chance.choices(string.ascii_lowercase, k=chance.randint(3, 9))) for _ in range(3000)]
    names = [f"pkg{number % 12}/mod{number % 40}/file{number}.py" for number in range(_FILES)]
    files: dict[str, list[str]] = {}

    def line() -> str:
        first, second, third, fourth = chance.choices(words, k=4)
        return f"{first}_{second} = {third}({fourth}, {chance.randrange(1000)})"

    for number in range(commits):
        yield b"commit refs/heads/main\ncommitter x <x@example.org> %d +0000\ndata 1\nx\n" % (_START + 600 * number)
        for name in chance.sample(names, 2):
            lines = files.setdefault(name, [line() for _ in range(_LINES)])
            at = chance.randrange(len(lines))
            lines[at] = line()
            if number % _PLANTED_EVERY == 7:
                lines[at] = f'{chance.choice(words)} = "hf_{"".join(chance.choices(string.ascii_letters, k=34))}"'
            data = "\n".join(lines).encode()
            yield b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(data), data)
