"""Terminal output of the commands: colours, widths, progress."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, TextIO

from unspill.output import Style
from unspill.project import streams

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from unspill.app.fixing import Difference
    from unspill.model import Secret, Skipped

_PATIENCE = 0.5
"""Seconds after which a run shows progress."""
_DEFAULT_WIDTH = 80


def style(arguments: argparse.Namespace, stream: TextIO) -> Style:
    """How to write to `stream`: `--color` decides, then NO_COLOR (no-color.org), then whether it is a terminal."""
    terminal = stream.isatty()
    color = arguments.color == "always" or (arguments.color == "auto" and terminal and not os.environ.get("NO_COLOR"))
    return Style(color, width(stream), arguments.quiet, arguments.verbose)


def is_interactive() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def confirms(question: str) -> bool | None:
    """Whether the user answers yes; everything else is a no, and None the end of input.

    Asked on standard error, so that standard output is the command's alone. What was typed before is no answer.
    """
    _forget_typed()
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        return False
    if not line.endswith("\n"):
        streams.say("")
        return None
    return line.strip().lower() in ("y", "yes")


def _forget_typed() -> None:
    """Drop what waits to be read from the terminal, as far as the system can."""
    try:
        import termios

        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    except (ImportError, OSError, ValueError, termios.error):
        pass


def hidden(prompt: str) -> Secret | None:
    """What the user types without seeing it, without blanks around it; None if nothing was, or it is no text."""
    import getpass

    from unspill.model import Secret

    try:
        text = getpass.getpass(prompt).strip()
    except (EOFError, UnicodeDecodeError):
        return None
    return Secret(text) if text else None


def print_incomplete(incomplete: Iterable[Skipped]) -> None:
    """Print what should have been scanned but was not."""
    from unspill.output.text import printable
    from unspill.shapes import mask_shapes

    for skipped in incomplete:
        print(f"  not scanned: {printable(mask_shapes(skipped.path))}: {printable(skipped.reason)}")


def print_diff(differences: Iterable[Difference]) -> None:
    """Print what changes, as `diff -u` does."""
    from difflib import unified_diff

    from unspill.output.text import printable

    for path, before, after in differences:
        name = printable(path)
        lines = unified_diff(
            [] if before is None else before.splitlines(),
            after.splitlines(),
            "/dev/null" if before is None else f"a/{name}",
            f"b/{name}",
            lineterm="",
        )
        for line in lines:
            print(printable(line.replace("\t", "    ")))


def progress() -> Callable[[int], None] | None:
    """A function that shows the number of files if the run takes long; None if stderr is not a terminal."""
    if not sys.stderr.isatty():
        return None
    began = time.monotonic()

    def show(files: int) -> None:
        if time.monotonic() - began > _PATIENCE:
            print(f"\r{files:,} files", end="\r", file=sys.stderr, flush=True)

    return show


def width(stream: TextIO) -> int:
    """The columns of the terminal that `stream` writes to; 80 if it is not a terminal."""
    if not stream.isatty():
        return _DEFAULT_WIDTH
    try:
        return int(os.environ.get("COLUMNS", "")) or _DEFAULT_WIDTH
    except ValueError:
        try:
            return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_WIDTH
        except (OSError, ValueError):
            return _DEFAULT_WIDTH
