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
    from collections.abc import Callable, Iterable, Mapping
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
    said: Iterable[str],
    *arguments: str,
    extra: Mapping[str, str],
    early: str = "",
    prelude: str = "",
    started: Callable[[subprocess.Popen[bytes]], object] = lambda _: None,
) -> Ran:
    """Run in `folder`; what is `said` answers the questions. Gives the code, standard output, and what is shown.

    `extra` is added to the environment, `early` is typed before anything is asked, and the Python of `prelude` run.
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
        os.write(controller, early.encode())
        started(process)
        shown, answers = b"", iter(said)
        with contextlib.suppress(OSError):  # the end, as Linux has it
            while part := os.read(controller, 65536):
                shown += part
                if shown.endswith(b"[y/N] "):
                    os.write(controller, next(answers, "").encode("utf-8", "surrogateescape"))
        os.close(controller)
        code = process.wait(HANG)
        out.seek(0)
        text = shown.decode(errors="replace").replace("\r\n", "\n")
        return Ran(code, out.read().decode(), text)
