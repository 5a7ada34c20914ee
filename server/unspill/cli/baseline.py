"""`unspill baseline`: note what is known, so that `check` finds only what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.cli.arguments import add_selection, request_of
from unspill.errors import UserError
from unspill.output.text import printable

if TYPE_CHECKING:
    from argparse import Namespace

    from unspill.cli.arguments import Parser

EXAMPLES = """  unspill baseline
  unspill baseline --update
  unspill baseline --prune
  unspill baseline src -o known.txt
"""

_INCOMPLETE = 3


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    add_selection(parser)
    parser.add_argument("--update", action="store_true", help="add what is new, drop what is gone")
    parser.add_argument("--prune", action="store_true", help="drop what is gone, add nothing")
    parser.add_argument("-o", "--output", metavar="FILE", help="the baseline (default: .unspill-baseline at the root)")


def run(arguments: Namespace) -> int:
    """Write the baseline, say what changed, and return the exit code."""
    from unspill.run import Survey, baseline

    if arguments.update and arguments.prune:
        raise UserError("--update adds what is new and --prune does not; name one of them")
    request = request_of(arguments)
    if request.stdin is not None:
        raise UserError("a baseline is of files; what is read from stdin has no place in it")
    path = arguments.output or request.own_baseline
    made = baseline.record(Survey(request).walk(), path, update=arguments.update, prune=arguments.prune)
    if not arguments.quiet:
        count = sum(made.counts.values())
        files = len({entry.path for entry in made.counts})
        changes = f" ({made.added} added, {made.removed} removed)" if arguments.update or arguments.prune else ""
        print(f"{printable(made.path)}: {count:,} known in {files:,} {'file' if files == 1 else 'files'}{changes}.")
        for skipped in made.incomplete:
            print(f"  not looked at: {printable(skipped.path)}: {printable(skipped.reason)}")
    return _INCOMPLETE if made.incomplete and not arguments.exit_zero else 0
