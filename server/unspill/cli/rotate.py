"""`unspill rotate`: plan the rotation of exposed credentials, and keep track of it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from unspill.cli.arguments import INCOMPLETE, loader, print_json, working

if TYPE_CHECKING:
    from argparse import Namespace

    from unspill.cli.arguments import Parser

EXAMPLES = """  unspill rotate
  unspill rotate --since 2026-07-16         an incident: everything set before
  unspill rotate --done 3f9a2c1b revoke     tick what only you know
  unspill rotate --format markdown > plan.md
"""
_LEFT = 1


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="project to rotate (default: around this folder)")
    group = parser.add_argument_group("plan")
    group.add_argument(
        "--since",
        type=_day,
        metavar="DATE",
        help="rotate every secret set up to DATE, exposed or not (YYYY-MM-DD; unknown dates count)",
    )
    group.add_argument("--public", action="store_true", help="the repository is or was public: revoke first if cheap")
    group.add_argument("--abuse", action="store_true", help="abuse is under way: revoke first, despite the outage")
    group = parser.add_argument_group("progress")
    for flag, text in (
        ("--done", "mark a step as done: create, set, restart, verify, revoke, prove, purge or all"),
        ("--not-done", "mark a step as not done"),
    ):
        group.add_argument(
            flag, nargs=2, action="append", default=[], metavar=("ID", "STEP"), help=f"{text} (repeatable)"
        )
    group = parser.add_argument_group("output")
    group.add_argument("--format", choices=("json", "markdown", "text"), default="text", help="default: text")
    group.add_argument("-v", "--verbose", action="store_true", help="show where internal errors occur")


def run(arguments: Namespace) -> int:
    """Print the plan, and never a value; return 1 while steps are left."""
    from datetime import date

    from unspill.app import Request
    from unspill.app.rotation import rotate
    from unspill.app.rotation.plan import RotationOptions
    from unspill.cli import rotation

    options = RotationOptions(
        today=date.today().isoformat(),
        since=arguments.since or "",
        abuse=arguments.abuse,
        public=arguments.public,
        done=tuple(map(tuple, arguments.done)),
        undone=tuple(map(tuple, arguments.not_done)),
    )
    plan = rotate(Request(tuple(arguments.paths or ["."]), loader(), working()), options)
    if arguments.format == "json":
        print_json(rotation.content(plan))
    else:
        print("\n".join(rotation.markdown(plan) if arguments.format == "markdown" else rotation.text(plan)))
    return _LEFT if plan.left else INCOMPLETE if plan.incomplete else 0


def _day(text: str) -> str:
    from datetime import date

    try:
        if len(text) == len("2026-07-16"):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise argparse.ArgumentTypeError("must be a date, such as 2026-07-16")
