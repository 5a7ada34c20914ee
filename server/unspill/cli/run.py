"""`unspill run`: run a command with the values of `.env` in its environment.

Standard output is the command's. With `--format json`, one line of JSON goes to standard error before the start; its
version 1 is `schemas/run.json`.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from unspill.cli import limits
from unspill.cli.arguments import add_format, working
from unspill.errors import UserError
from unspill.project import streams

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from unspill.app.run import Launch
    from unspill.cli.arguments import Parser

EXAMPLES = """  unspill run -- python app.py
  unspill run --strict -- uvicorn main:app --reload
  unspill run --env-file .env --env-file .env.local -- streamlit run app.py
"""
_MOST_PROBLEMS = 5
"""So many lines of a file are named: one that is no dotenv file has many."""


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    parser.usage = "%(prog)s [OPTION ...] -- CMD [ARG ...]"
    parser.add_argument(
        "--env-file",
        action="append",
        default=[],
        metavar="FILE",
        help="read FILE, not the nearest .env (repeatable, later files override earlier ones)",
    )
    parser.add_argument("--strict", action="store_true", help="do not start if a name is unset or a line invalid")
    add_format(parser)
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="CMD", help="command to run, and its arguments")


def run(arguments: Namespace) -> int:
    """Print what is missing, never a value, and start the command. Raises UserError."""
    from unspill.app.run import prepare, start

    words = arguments.words[arguments.words[:1] == ["--"] :]
    if not words or not words[0]:
        raise UserError("no command to run; for example: unspill run -- python app.py")
    launch = prepare(words, arguments.env_file, working(), os.environ)
    is_refused = arguments.strict and not launch.is_complete
    if arguments.format == "json":
        import json

        streams.say(json.dumps(_content(launch, starts=not is_refused)))
    else:
        from unspill.output.text import printable
        from unspill.shapes import mask_shapes

        for line in _lines(launch, strict=arguments.strict):
            streams.say(f"unspill: {printable(mask_shapes(line))}")
    if is_refused:
        raise UserError("not started, because of --strict")
    limits.restore()
    return start(words, launch.values)


def _lines(launch: Launch, *, strict: bool) -> Iterator[str]:
    if launch.searched:
        yield f"no .env found in {', '.join(launch.searched)}"
    for file in launch.files:
        for problem in file.problems[:_MOST_PROBLEMS]:
            yield f"{file.path}:{problem.line}: {problem.reason}; line skipped"
        if (more := len(file.problems) - _MOST_PROBLEMS) > 0:
            yield f"{file.path}: {more} more {'line' if more == 1 else 'lines'} skipped"
    if strict and launch.program is None:
        yield "no Python file of this project in the command: names are not checked"
    for name, path, line in launch.unset:
        yield f"{path}:{line}: {name} is not set; add it to {launch.files[-1].path if launch.files else '.env'}"


def _content(launch: Launch, *, starts: bool) -> dict[str, Any]:
    """What is missing, as JSON values."""
    from unspill.shapes import mask_shapes

    return {
        "version": 1,
        "starts": starts,
        "env_files": [
            {
                "path": mask_shapes(file.path),
                "names": list(map(mask_shapes, file.names)),
                "problems": [{"line": line, "reason": reason} for line, reason in file.problems],
            }
            for file in launch.files
        ],
        "program": launch.program and mask_shapes(launch.program),
        "unset": [{"name": name, "path": mask_shapes(path), "line": line} for name, path, line in launch.unset],
    }
