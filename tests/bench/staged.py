"""What a commit waits for: a look at the staged files, as by a hook."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.history import stream
from tests.bench.measure import environment, in_turns, seconds_of
from tests.bench.table import Table, ms, ratio
from tests.bench.tools import unspill

if TYPE_CHECKING:
    from tests.bench.measure import Command

_COMMITS = 500
_STAGED = 20
_REFERENCE = '`python -c "import hyperscan, regex, pygit2"`'


def measure(rounds: int) -> Table | None:
    """Check what is staged, beside the start of the libraries that this takes; None where git is not installed."""
    if shutil.which("git") is None:
        return None
    with tempfile.TemporaryDirectory() as name:
        folder, env = Path(name) / "repository", environment(Path(name) / "home")
        _stage(folder)
        commands: dict[str, Command] = {
            _REFERENCE: [sys.executable, "-c", "import hyperscan, regex, pygit2"],
            "unspill check --staged": [*unspill(), "check", "--staged", str(folder)],
        }
        times = in_turns({name: seconds_of(command, env) for name, command in commands.items()}, rounds)
    return Table(
        "Staged",
        f"{_STAGED} staged files of some 60 lines, whole process, median of {rounds}.",
        ("", "time", "of `import`"),
        [(name, ms(time), ratio(time, times[_REFERENCE])) for name, time in times.items()],
    )


def _stage(folder: Path) -> None:
    """Make a repository with changed files in its index."""
    folder.mkdir()
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
    subprocess.run([*git, "fast-import", "--quiet"], input=b"".join(stream(_COMMITS)), check=True)
    subprocess.run([*git, "reset", "--quiet", "--hard", "main"], check=True)
    files = sorted(folder.rglob("*.py"))
    for path in random.Random(1).sample(files, _STAGED):
        path.write_text(path.read_text(encoding="utf-8") + "\nlast_line = 1\n", encoding="utf-8")
    subprocess.run([*git, "add", "--all"], check=True)
