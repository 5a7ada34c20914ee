"""The command line as a process of its own on a terminal, where somebody types (POSIX only)."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

from tests.cli import Ran, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

HANG = 120
"""Seconds after which a process that does not end is killed, so that its test fails."""
_RUN = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests that run in the background inherit that it is ignored
from unspill.cli import main
sys.exit(main(sys.argv[1:]))
"""


def terminal(
    folder: Path,
    said: str,
    *arguments: str,
    extra: Mapping[str, str],
    prelude: str = "",
    started: Callable[[subprocess.Popen[bytes]], object] = lambda _: None,
) -> Ran:
    """Run in `folder`, with `said` typed ahead, and the Python of `prelude` run first.

    `extra` is added to the environment. Gives the code, standard output, and what the terminal shows.
    """
    import pty  # not on Windows

    controller, line = pty.openpty()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            [sys.executable, "-c", prelude + _RUN, *arguments],
            cwd=folder,
            env=environment(folder.parent / "nobody", **extra),
            stdin=line,
            stdout=out,
            stderr=line,
        )
        os.close(line)
        os.write(controller, said.encode())
        started(process)
        shown = b""
        with contextlib.suppress(OSError):  # the end, as Linux has it
            while part := os.read(controller, 65536):
                shown += part
        os.close(controller)
        code = process.wait(HANG)
        out.seek(0)
        text = shown.decode().replace("\r\n", "\n")
        return Ran(code, out.read().decode(), text)
