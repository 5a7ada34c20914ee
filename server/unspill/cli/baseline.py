"""`unspill baseline`: note what is known, so that `check` finds only what is new."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from unspill.cli.arguments import INCOMPLETE, add_selection, request_of
from unspill.errors import UserError
from unspill.output.text import printable
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from argparse import Namespace

    from unspill.cli.arguments import Parser
    from unspill.run import Request
    from unspill.run.baseline import Recorded

EXAMPLES = """  unspill baseline
  unspill baseline --update
  unspill baseline --prune
  unspill baseline --import .gitleaksignore
  unspill baseline src -o known.txt
"""


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    add_selection(parser)
    parser.add_argument("--update", action="store_true", help="add what is new, drop what is gone")
    parser.add_argument("--prune", action="store_true", help="drop what is gone, add nothing")
    parser.add_argument(
        "--import",
        dest="imports",
        action="append",
        metavar="FILE",
        help="add what another tool's ignore file silences, and nothing else (again for more): .gitleaksignore, "
        ".secrets.baseline, .gitguardian.yaml, .secretlintignore",
    )
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
    if arguments.imports:
        made = _import(arguments, request, path)
    else:
        made = baseline.record(Survey(request).walk(), path, update=arguments.update, prune=arguments.prune)
    if not arguments.quiet:
        count = sum(made.counts.values())
        files = len({entry.path for entry in made.counts})
        changed = arguments.update or arguments.prune or arguments.imports
        moved = f", {made.moved} moved" if made.moved else ""
        changes = f" ({made.added} added, {made.removed} removed{moved})" if changed else ""
        if count or not arguments.imports:
            print(f"{printable(made.path)}: {count:,} known in {files:,} {'file' if files == 1 else 'files'}{changes}.")
        for skipped in made.incomplete:
            print(f"  not looked at: {printable(skipped.path)}: {printable(skipped.reason)}")
    return INCOMPLETE if made.incomplete and not arguments.exit_zero else 0


def _import(arguments: Namespace, request: Request, path: str) -> Recorded:
    """Add to the baseline what ignore files of other tools silence, and say what they hold besides."""
    from unspill.run import Survey, imports

    if arguments.update or arguments.prune:
        raise UserError("--import adds what other tools' files silence; --update and --prune do not go with it")
    files = imports.load(arguments.imports)
    survey = Survey(request).walk()
    made = imports.adopt(survey, path, files)
    if arguments.quiet:
        return made.recorded
    for file, idle in zip(files, made.idle, strict=True):
        count = len(file.content.ignored)
        if count:
            rest = f"; {idle:,} match nothing that unspill finds" if idle else ""
            print(f"{printable(file.path)}: {count:,} {'entry' if count == 1 else 'entries'}{rest}.")
    excludes = list(dict.fromkeys(pattern for file in files for pattern in file.content.excludes))
    if excludes:
        print("To leave out the files that these leave out, write in unspill.toml:\n\nexclude = [")
        for pattern in excludes:
            shown = json.dumps(mask_shapes(pattern))
            # Pasted without them, the others leave out more than they did: whoever pastes has to know.
            print(f"  # {shown}: `exclude` knows no exceptions" if pattern.startswith("!") else f"  {shown},")
        print("]\n")
    return made.recorded
