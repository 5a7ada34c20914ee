"""`unspill secrets`: list the secrets that an app reads, where they are declared and set; `init` declares them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.cli.arguments import INCOMPLETE, add_format, loader, print_json, working
from unspill.cli.terminal import print_incomplete

if TYPE_CHECKING:
    from argparse import Namespace

    from unspill.app.secrets import Declared, Listing
    from unspill.cli.arguments import Parser

EXAMPLES = """  unspill secrets
  unspill secrets spaces/chatbot
  unspill secrets --check
  unspill secrets init
"""
_UNDECLARED = 1
_INIT = "init"


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and folders (default: this folder); a first `init` declares what is undeclared in .env.example",
    )
    parser.add_argument("--all", action="store_true", help="also list configuration and platform variables")
    parser.add_argument("--check", action="store_true", help="exit 1 if a name is undeclared")
    add_format(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="show where internal errors occur")


def run(arguments: Namespace) -> int:
    """Print the names, and never a value: not even one used as a name."""
    from unspill.app import Request
    from unspill.app.secrets import declare, listing
    from unspill.contract.names import NameState

    is_init = arguments.paths[:1] == [_INIT]
    paths = arguments.paths[is_init:]
    found = listing(Request(tuple(paths or ["."]), loader(), working()))
    if is_init:
        _print_declared(declare(found), found, arguments.format)
    else:
        _print_listing(found, arguments.format, every=arguments.all)
    names = [name for app in found.apps for name in app.names]
    if arguments.check and not is_init and any(name.state is NameState.UNDECLARED for name in names):
        return _UNDECLARED
    return INCOMPLETE if found.incomplete else 0


def _print_listing(found: Listing, form: str, *, every: bool) -> None:
    from unspill.cli.listing import content, table

    if form == "json":
        print_json(content(found, every=every))
    else:
        print("\n".join(table(found, every=every)))
        print_incomplete(found.incomplete)


def _print_declared(done: list[Declared], found: Listing, form: str) -> None:
    from unspill.output.text import printable
    from unspill.shapes import mask_shapes

    files = [(mask_shapes(one.path), one.names) for one in done]
    if form == "json":
        print_json({"version": 1, "files": [{"path": path, "added": list(names)} for path, names in files]})
        return
    for path, names in files:
        print(f"{printable(path)}: {len(names)} {'name' if len(names) == 1 else 'names'} added: {', '.join(names)}")
    if not files:
        print("Nothing to declare.")
    print_incomplete(found.incomplete)
