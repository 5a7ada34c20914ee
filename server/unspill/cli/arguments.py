"""The command line's arguments: the parser, and those that `check` and `fix` share."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from unspill.cli.terminal import progress, width
from unspill.errors import ConfigError, UserError
from unspill.settings import CONFIDENCES, FAIL_ON, ConfigFile, load, suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from unspill.app import Request
    from unspill.model import Tree
    from unspill.settings import Settings

_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")
_WIDEST = 100
_DIGITS = 6
_RENAMED = {"--no-ignore": "--no-suppressions"}
"""Former names of options, with the current ones."""
_FLAGS = ("confidence", "fail_on", "select", "ignore", "exclude", "rules", "max_file_size")

INCOMPLETE = 3
"""The exit code when something could not be scanned, or must be done manually."""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, without the import of `shutil` that argparse makes for every argument."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=min(width(sys.stdout), _WIDEST))


class Parser(argparse.ArgumentParser):
    """An argument parser that suggests corrections."""

    def __init__(self, command: str, about: str, examples: str) -> None:
        super().__init__(
            prog=f"unspill {command}",
            description=about[0].upper() + about[1:] + ".",
            epilog=f"examples:\n{examples}",
            formatter_class=_Help,
            allow_abbrev=False,
        )

    @property
    def actions(self) -> Sequence[argparse.Action]:
        """The options and arguments that were declared, in order."""
        return self._actions

    def parse_args(self, args: Sequence[str], namespace: None = None) -> argparse.Namespace:  # type: ignore[override]  # fewer overloads
        """The arguments. Raises UserError for an unknown option, with a suggestion."""
        parsed, extra = self.parse_known_args(args, namespace)
        for word in extra:
            name = word.partition("=")[0]
            if name in _RENAMED:
                raise UserError(f"{name} was renamed to {_RENAMED[name]}")
            close = suggestion(name, self._option_string_actions) if name.startswith("-") else ""
            raise UserError(f"unknown option {name!r}{close}; see {self.prog} --help")
        return parsed

    def error(self, message: str) -> NoReturn:
        """Raise UserError: `main` prints it, and decides on the exit code."""
        close = ""
        if choice := _CHOICE.search(message):
            close = suggestion(choice[1], re.findall(r"[\w-]+", choice[2]))
        raise UserError(f"{message}{close}; see {self.prog} --help")


def add_selection(parser: Parser) -> None:
    """Add the options of files, detection and output."""
    group = parser.add_argument_group("files")
    group.add_argument(
        "paths", nargs="*", metavar="PATH", help="files and folders (default: this folder); - reads stdin"
    )
    group.add_argument("--stdin-filename", metavar="NAME", help="treat stdin as a file of this name")
    group.add_argument(
        "--exclude", action="append", metavar="GLOB", help="exclude files that match GLOB (.gitignore syntax)"
    )
    group.add_argument("--no-gitignore", action="store_true", help="also scan git-ignored files")
    group.add_argument("--max-file-size", metavar="SIZE", help="skip files larger than SIZE (default: 20MB)")
    group = parser.add_argument_group("detection")
    group.add_argument("--confidence", choices=CONFIDENCES, help="minimum confidence (default: medium)")
    group.add_argument("--select", action="append", metavar="RULE", help="run only RULE (repeatable, * matches)")
    group.add_argument("--ignore", action="append", metavar="RULE", help="skip RULE (repeatable, * matches)")
    group.add_argument("--rules", action="append", metavar="FILE", help="also load rules from FILE (repeatable)")
    group.add_argument("--config", metavar="FILE", help="read settings from FILE, not from the project")
    group.add_argument("--isolated", action="store_true", help="ignore project configuration")
    group.add_argument("--no-suppressions", action="store_true", help="disable ignore comments and baselines")
    group.add_argument("--fail-on", choices=FAIL_ON, help="lowest severity that fails (default: error)")
    group.add_argument("--exit-zero", action="store_true", help="exit 0 even if there are findings")
    group = parser.add_argument_group("output")
    group.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="use colors (default: auto)"
    )
    group.add_argument("-q", "--quiet", action="store_true", help="print findings only")
    group.add_argument("-v", "--verbose", action="store_true", help="print more about files and findings")
    group.add_argument("--no-cache", action="store_true", help="do not use the cache")
    group.add_argument("-j", "--jobs", type=_jobs, default=0, metavar="N", help="worker processes (default: automatic)")


def add_baseline(parser: Parser) -> None:
    """Add `--baseline`."""
    parser.add_argument("--baseline", metavar="FILE", help="baseline file (default: .unspill-baseline at the root)")


def add_format(parser: Parser) -> None:
    """Add `--format`, for text or JSON. Each command that has it has a schema in `schemas/`."""
    parser.add_argument("--format", choices=("json", "text"), default="text", help="output format (default: text)")


def print_json(content: dict[str, Any]) -> None:
    """Print a command's JSON: ASCII only, so that it works in any terminal and locale, and with any name."""
    import json

    print(json.dumps(content, indent=2))


def request_of(arguments: argparse.Namespace, *, explain: bool = False) -> Request:
    """The request that the arguments describe. Raises UserError."""
    from unspill.app import Request

    flags = {name: value for name in _FLAGS if (value := getattr(arguments, name)) is not None}
    paths = list(arguments.paths)
    stdin = None
    if "-" in paths:
        paths = [path for path in paths if path != "-"]
        if sys.stdin is None:
            raise UserError("-: stdin is closed; pipe something into it")
        stdin = (arguments.stdin_filename or "-", sys.stdin.buffer.read())
    elif arguments.stdin_filename is not None:
        raise UserError("--stdin-filename requires -, which reads stdin")
    return Request(
        paths=tuple(paths or ([] if stdin else ["."])),
        load=loader(flags, arguments.config, isolated=arguments.isolated),
        working=working(),
        stdin=stdin,
        gitignore=not arguments.no_gitignore,
        suppress=not arguments.no_suppressions,
        jobs=arguments.jobs,
        cache=not arguments.no_cache,
        explain=explain,
        progress=None if arguments.quiet else progress(),
    )


def loader(
    flags: Mapping[str, object] = {}, config: str | None = None, *, isolated: bool = False
) -> Callable[[Tree | None, str], Settings]:
    """The `load` of a `Request`: user settings, then those of the file `config` or else the project's, then flags.

    Raises ConfigError if there is no `config`.
    """
    from unspill.project.read import regular, user_config

    own = user_config()
    user = [ConfigFile(*own)] if own else []
    if config is not None:
        data = regular(config)
        if data is None:
            raise ConfigError(f"--config: {config}: no such file, or not readable")
        user.append(ConfigFile(config, data))

    def settings(tree: Tree | None, folder: str) -> Settings:
        return load(tree, folder, user=user, flags=flags, isolated=isolated or config is not None)

    return settings


def with_baseline(arguments: argparse.Namespace, request: Request) -> Request:
    """The request with the given baseline, or with the project's own unless `--isolated` or `--no-suppressions`."""
    if arguments.no_suppressions:
        return request
    if arguments.baseline is not None or arguments.isolated:
        return request._replace(baseline=arguments.baseline)
    return request.with_own_baseline()


def number(text: str) -> int | None:
    """The value of a few ASCII digits; None for anything else, such as `²` or thousands of digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def working() -> str:
    """The working folder, absolute. Raises UserError if it was deleted."""
    try:
        return os.getcwd()
    except OSError:
        raise UserError("the working folder no longer exists; change to another") from None


def _jobs(text: str) -> int:
    jobs = number(text)
    if not jobs:
        raise argparse.ArgumentTypeError("must be a number, 1 or more")
    return jobs
