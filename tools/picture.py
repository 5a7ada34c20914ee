"""Draw docs/check.svg, the picture in the README: what `unspill` really prints. `python -m tools.picture`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.spaces import build

_TARGET = Path(__file__).resolve().parent.parent / "docs" / "check.svg"
_WIDTH = 96
_FILES = "chat/client.py start.sh"
_COMMANDS = (f"unspill check {_FILES}", f"unspill fix {_FILES}")
_WEB_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> int:
    """Run the commands on a Space with made-up tokens, and write the picture."""
    console = Console(record=True, width=_WIDTH, file=StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as folder:
        build("chatbot", Path(folder))
        for command in _COMMANDS:
            console.print(f"[bold green]$[/] [bold]{command}[/]", highlight=False)
            console.print(Text.from_ansi(_run(command, folder)))
    svg = console.export_svg(title="a Space with made-up tokens", unique_id="unspill")
    _TARGET.parent.mkdir(exist_ok=True)
    # Without its fonts from the web: a picture that loads something is not shown everywhere.
    _TARGET.write_text(_WEB_FONT.sub("", svg), encoding="utf-8")
    return 0


def _run(command: str, folder: str) -> str:
    arguments = [sys.executable, "-m", "unspill", *command.split()[1:]]
    if "check" in arguments:
        arguments += ["--color", "always"]
    environment = {**os.environ, "COLUMNS": str(_WIDTH)}
    return subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
