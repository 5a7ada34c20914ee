"""`unspill secrets`: list secret names and where their values come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.cli.arguments import INCOMPLETE, add_format, loader, print_json, working
from unspill.cli.terminal import print_incomplete

if TYPE_CHECKING:
    from argparse import Namespace

    from unspill.cli.arguments import Parser

EXAMPLES = """  unspill secrets
  unspill secrets spaces/chatbot
  unspill secrets --format json
"""


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (default: this folder)")
    add_format(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="show where internal errors occur")


def run(arguments: Namespace) -> int:
    """Print the names, and never a value: not even one used as a name."""
    from unspill.app import Request
    from unspill.app.secrets import listing
    from unspill.cli.listing import content, table

    found = listing(Request(tuple(arguments.paths or ["."]), loader(), working()))
    if arguments.format == "json":
        print_json(content(found))
    else:
        print("\n".join(table(found)))
        print_incomplete(found.incomplete)
    return INCOMPLETE if found.incomplete else 0
