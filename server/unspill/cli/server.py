"""`unspill server`: run the language server."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from unspill.cli.arguments import number
from unspill.errors import UserError

if TYPE_CHECKING:
    from argparse import Namespace

    from unspill.cli.arguments import Parser

EXAMPLES = """  unspill server
  unspill server --log-file /tmp/unspill.log -v
  unspill server --tcp 8123
"""
_LOOPBACK = "127.0.0.1"


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--stdio", action="store_true", help="communicate over stdin and stdout (default)")
    group.add_argument("--tcp", metavar="PORT", help="listen on a loopback port, for debugging")
    parser.add_argument("--log-file", metavar="FILE", help="append the log to FILE (default: stderr)")
    parser.add_argument("-v", "--verbose", action="store_true", help="log the method, id and size of each message")


def run(arguments: Namespace) -> NoReturn:
    """Serve one client until it disconnects."""
    tcp = None
    if arguments.tcp is not None:
        port = number(arguments.tcp)
        if port is None or not 0 < port < 65536:
            raise UserError("--tcp: must be a port, from 1 to 65535")
        tcp = (_LOOPBACK, port)
    elif sys.stdin is None or not hasattr(sys.stdout, "buffer"):
        raise UserError("stdin or stdout is closed; clients connect over both, see unspill server --help")
    # The protocol types are many objects and never garbage: collecting them repeatedly would take a tenth of the
    # start-up time, and occasionally delay a keystroke.
    gc.disable()
    from unspill.lsp.server import serve

    gc.freeze()
    gc.enable()
    code = serve(stdio=tcp is None, tcp=tcp, debug=arguments.verbose, log_file=arguments.log_file)
    sys.stderr.flush()
    os._exit(code)  # a normal exit would wait for a running scan, though the client is gone
