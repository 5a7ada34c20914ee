"""The entry point: runs the command, and turns every outcome into an exit code.

0 clean, 1 findings, 2 a usage error, 3 an incomplete scan, 70 a bug (sysexits.h: EX_SOFTWARE), 130 interrupted and 141
broken pipe, as shells number signals. `run` has the codes of its command, and 125 for any error of its own.
A report that cannot be written to standard output, because it is closed or the disk is full, is a 2, like one to
`-o FILE`. A closed or full standard error changes nothing.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import TYPE_CHECKING

from unspill import __version__
from unspill.cli import limits
from unspill.errors import CommandError, ConfigError, UserError, frames
from unspill.project import streams

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "init": "set up config, a pre-commit hook and a CI job",
    "check": "find hardcoded secrets",
    "fix": "move hardcoded secrets into .env and declare them",
    "baseline": "record existing findings so that only new ones are reported",
    "rotate": "plan the rotation of exposed credentials, and track it",
    "secrets": "list secret names and where their values come from",
    "run": "run a command with the values of .env in its environment",
    "rules": "list the rules, or explain one",
    "server": "run the language server",
    "doctor": "show versions, configuration and paths in use",
    "completions": "print the completion script of a shell",
}
"""Every command: the name of its module in this package, and its description."""

_INTERRUPTED = 130
_CUT_OFF = 141
_BUG = 70
_NOT_THE_COMMANDS = {"run": 125}
"""For commands that exit with the code of another program, the one of all their own errors, as env(1) has it."""
_OBJECTS = 100_000
"""Number of new objects before garbage collection: those of a start are few, and live until exit."""
_HELP = """usage: unspill COMMAND [OPTION ...] [PATH ...]

Find the token while it is being typed, and move it to where secrets live.

commands:
{commands}

options:
  -h, --help  show this help; see also `unspill help COMMAND`
  --version   show the version

examples:
  unspill check            scan this folder
  unspill fix --diff       preview the changes
  unspill fix              apply them
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (without the program's name); the process's own by default. Returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    gc.set_threshold(_OBJECTS)
    limits.no_core_files()
    streams.hold()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # any name can be printed in any locale
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
    except UserError as error:
        for text in error.args if isinstance(error, ConfigError) else (str(error),):
            streams.say(f"unspill: {_safe(str(text))}")
        return error.exit_code if isinstance(error, CommandError) else _failure(arguments, error.exit_code)
    except KeyboardInterrupt:
        streams.say("unspill: interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        os._exit(_CUT_OFF)  # a normal exit would flush stdout again, and fail
    except Exception as error:  # noqa: BLE001 - the last line of defence
        if isinstance(error, OSError) and (reason := streams.unwritable()):
            streams.say(f"unspill: standard output: cannot be written: {reason}")
            os._exit(UserError.exit_code)  # as above
        _report_bug(error, verbose="-v" in arguments or "--verbose" in arguments)
        return _failure(arguments, _BUG)
    return code


def _failure(arguments: list[str], code: int) -> int:
    """The exit code of an error of unspill, which is `code` for most commands."""
    return _NOT_THE_COMMANDS.get(arguments[0], code) if arguments else code


def _dispatch(arguments: list[str]) -> int:
    if arguments[:1] == ["help"] and len(arguments) > 1:
        arguments = [arguments[1], "--help"]
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        width = max(map(len, COMMANDS))
        commands = "\n".join(f"  {name:{width}}  {about}" for name, about in COMMANDS.items())
        print(_HELP.format(commands=commands), end="")
        return 0 if arguments else 2
    name = arguments[0]
    if name in ("--version", "-V"):
        print(f"unspill {__version__}")
        return 0
    if name not in COMMANDS:
        from unspill.settings import suggestion

        kind = "option" if name.startswith("-") else "command"
        close = suggestion(name, [*COMMANDS, "--help", "--version"])
        raise UserError(f"unknown {kind} {name!r}{close}; see unspill --help")
    from unspill.cli.arguments import Parser

    command = importlib.import_module(f"unspill.cli.{name}")
    parser = Parser(name, COMMANDS[name], command.EXAMPLES)
    command.configure(parser)
    try:
        code: int = command.run(parser.parse_args(arguments[1:]))
    except SystemExit as exit_:  # argparse, once it has shown the help
        return exit_.code if isinstance(exit_.code, int) else UserError.exit_code
    return code


def _report_bug(error: Exception, *, verbose: bool) -> None:
    """Report a bug without the text of the exception, which may quote a scanned file."""
    hint = "" if verbose else "; run with -v to see where"
    streams.say(f"unspill: internal error: {type(error).__name__}; please report it{hint}")
    if verbose:
        for file, line, function in frames(error):
            streams.say(f"  {file}:{line}:{function}")


def _safe(text: str) -> str:
    """The text of an error, which may quote the command line, with secrets masked and control characters escaped."""
    from unspill.output.text import printable
    from unspill.shapes import mask_shapes

    try:
        return printable(mask_shapes(text))
    except UserError:  # the shipped rules themselves are broken, so that nothing can be masked
        return printable(text)
