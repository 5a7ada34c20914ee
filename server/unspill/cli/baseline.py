"""`unspill baseline`: record existing findings so that only new ones are reported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from unspill.cli.arguments import INCOMPLETE, add_format, add_selection, print_json, request_of
from unspill.cli.terminal import print_incomplete
from unspill.errors import UserError
from unspill.output.text import printable
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from unspill.app import Collector
    from unspill.app.baseline import Recorded
    from unspill.app.imports import IgnoreFile
    from unspill.cli.arguments import Parser

EXAMPLES = """  unspill baseline
  unspill baseline --update
  unspill baseline --prune
  unspill baseline --import .gitleaksignore
  unspill baseline src -o known.txt
"""


class ImportedFile(NamedTuple):
    """An ignore file of another tool: its path as given, and what it suppresses."""

    path: str
    entries: int
    idle: int
    """Number of entries that match no finding."""
    excludes: tuple[str, ...]
    """Patterns of the files that it excludes."""


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    add_selection(parser)
    add_format(parser)
    parser.add_argument("--update", action="store_true", help="add new findings and remove stale entries")
    parser.add_argument("--prune", action="store_true", help="remove stale entries only")
    parser.add_argument(
        "--import",
        dest="imports",
        action="append",
        metavar="FILE",
        help="only add what another scanner's ignore file suppresses (repeatable): .gitleaksignore, .secrets.baseline, "
        ".gitguardian.yaml, .secretlintignore",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write the baseline to FILE (default: .unspill-baseline at the root)"
    )


def run(arguments: Namespace) -> int:
    """Write the baseline, print what changed, and return the exit code."""
    from unspill.app import Collector, baseline, imports

    if arguments.update and arguments.prune:
        raise UserError("--update and --prune cannot be combined")
    request = request_of(arguments)
    if request.stdin is not None:
        raise UserError("stdin cannot be added to a baseline; name files or folders")
    path = arguments.output or request.own_baseline
    if arguments.imports and (arguments.update or arguments.prune):
        raise UserError("--import cannot be combined with --update or --prune")
    files = imports.load(arguments.imports or ())
    collector = Collector(request).walk()
    imported: list[ImportedFile] = []
    if files:
        made, imported = _import(files, collector, path)
    else:
        made = baseline.record(collector, path, update=arguments.update, prune=arguments.prune)
    if arguments.format == "json":
        print_json(_content(made, imported))
    elif not arguments.quiet:
        _print_imported(imported)
        _print(made, arguments)
    return INCOMPLETE if made.incomplete and not arguments.exit_zero else 0


def _import(files: Sequence[IgnoreFile], collector: Collector, path: str) -> tuple[Recorded, list[ImportedFile]]:
    """Add the findings that ignore files of other tools suppress."""
    from unspill.app import imports

    made = imports.adopt(collector, path, files)
    found = [
        ImportedFile(file.path, len(file.content.ignored), idle, tuple(file.content.excludes))
        for file, idle in zip(files, made.idle, strict=True)
    ]
    return made.recorded, found


def _print(made: Recorded, arguments: Namespace) -> None:
    count = sum(made.counts.values())
    found = f"{count:,} {'finding' if count == 1 else 'findings'}"
    files = len({entry.path for entry in made.counts})
    changed = arguments.update or arguments.prune or arguments.imports
    moved = f", {made.moved} moved" if made.moved else ""
    changes = f" ({made.added} added, {made.removed} removed{moved})" if changed else ""
    if count or not arguments.imports:
        print(f"{printable(made.path)}: {found} in {files:,} {'file' if files == 1 else 'files'}{changes}.")
    print_incomplete(made.incomplete)


def _print_imported(files: Sequence[ImportedFile]) -> None:
    """Print what was found in ignore files of other tools."""
    for file in files:
        if file.entries:
            rest = f"; {file.idle:,} match no finding" if file.idle else ""
            print(f"{printable(file.path)}: {file.entries:,} {'entry' if file.entries == 1 else 'entries'}{rest}.")
    excludes = list(dict.fromkeys(pattern for file in files for pattern in file.excludes))
    if excludes:
        print("To exclude the same files, add to unspill.toml:\n\nexclude = [")
        for pattern in excludes:
            shown = json.dumps(mask_shapes(pattern))
            # Without the exceptions, the other patterns exclude more than before: the user has to know.
            print(f"  # {shown}: exceptions are not supported" if pattern.startswith("!") else f"  {shown},")
        print("]\n")


def _content(made: Recorded, files: Sequence[ImportedFile]) -> dict[str, Any]:
    """The result as JSON values, version 1; see `schemas/baseline.json`."""
    return {
        "version": 1,
        "path": made.path,
        "known": sum(made.counts.values()),
        "files": len({entry.path for entry in made.counts}),
        "added": made.added,
        "removed": made.removed,
        "moved": made.moved,
        "imported": [
            {
                "path": mask_shapes(path),
                "entries": entries,
                "unmatched": idle,
                "excludes": list(map(mask_shapes, excludes)),
            }
            for path, entries, idle, excludes in files
        ],
        "incomplete": [{"path": skipped.path, "reason": skipped.reason} for skipped in made.incomplete],
    }
