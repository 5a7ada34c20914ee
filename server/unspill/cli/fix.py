"""`unspill fix`: move hardcoded secrets into .env and declare them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from unspill.cli.arguments import add_baseline, add_format, add_selection, print_json, request_of, with_baseline
from unspill.cli.check import verdict
from unspill.cli.terminal import print_diff, style
from unspill.output.text import printable

if TYPE_CHECKING:
    from argparse import Namespace

    from unspill.app.fixing import Outcome
    from unspill.app.undo import Undo
    from unspill.cli.arguments import Parser

EXAMPLES = """  unspill fix --diff
  unspill fix
  unspill fix app.py --unsafe
"""


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    add_selection(parser)
    add_baseline(parser)
    add_format(parser)
    parser.add_argument("--diff", action="store_true", help="show what would change, values masked; write nothing")
    parser.add_argument("--unsafe", action="store_true", help="also apply fixes that may change program behaviour")


def run(arguments: Namespace) -> int:
    """Fix, print what was done and what remains, and return the exit code."""
    from unspill.app.fixing import fix

    request = with_baseline(arguments, request_of(arguments))
    settings = request.load(None, "")
    outcome = fix(request, unsafe=arguments.unsafe, dry=arguments.diff)
    if arguments.format == "json":
        print_json(_content(outcome, dry=arguments.diff))
    else:
        _print(outcome, arguments)
    waiting = arguments.diff and outcome.differences and not arguments.exit_zero
    return 1 if waiting else verdict(outcome.left, settings, exit_zero=arguments.exit_zero)


def _print(outcome: Outcome, arguments: Namespace) -> None:
    from unspill.output.text import write

    if arguments.diff:
        if outcome.differences:
            print("# Preview with masked values; cannot be applied as a patch.")
            print_diff(outcome.differences)
            count = len(outcome.differences)
            print(f"\n{count} {'file' if count == 1 else 'files'} would change; nothing was written. After the fix:")
    elif not arguments.quiet:
        _print_moved(outcome)
    write(outcome.left, sys.stdout, style(arguments, sys.stdout))
    if not arguments.quiet:
        _print_undo(outcome.undo)


def _content(outcome: Outcome, *, dry: bool) -> dict[str, Any]:
    """What was done (or would be) as JSON values, version 1; see `schemas/fix.json`."""
    from unspill.cli.steps import steps
    from unspill.output.json import content

    return {
        "version": 1,
        "dry_run": dry,
        "moved": [
            {
                "path": moved.path,
                "line": moved.line + 1,
                "name": moved.title,
                "fix": moved.fix,
                "stored": list(moved.names),
                "declared": list(moved.declared),
                "revoke": moved.revoke or None,
            }
            for moved in outcome.moved
        ],
        "changed": [difference.path for difference in outcome.differences],
        "next": steps(outcome.moved),
        "undo": {"commands": list(outcome.undo.commands), "manually": list(outcome.undo.manually)},
        "left": content(outcome.left),
    }


def _print_moved(outcome: Outcome) -> None:
    from unspill.cli.steps import steps

    for moved in outcome.moved:
        print(f"{printable(moved.path)}:{moved.line + 1}: {printable(moved.title)}: {printable(moved.fix)}")
    names = sorted({name for moved in outcome.moved for name in moved.names})
    declared = sorted({name for moved in outcome.moved for name in moved.declared})
    if names:
        print(f"\nMoved into .env: {', '.join(names)}")
    if declared:
        print(f"Declared in .env.example: {', '.join(declared)}")
    remaining = steps(outcome.moved)
    if remaining:
        print("\nNext:")
    for number, step in enumerate(remaining, 1):
        print(f"  {number}. {step}")
    if outcome.moved:
        print()


def _print_undo(undo: Undo) -> None:
    if undo.commands:
        print("\nTo undo the edits (.env keeps the values):")
    for command in undo.commands:
        print(f"  {command}")
    if undo.manually:
        print(
            f"\nUndo manually, since `git restore` would lose other changes: {', '.join(map(printable, undo.manually))}"
        )
