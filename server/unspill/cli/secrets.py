"""`unspill secrets`: list the secrets that an app reads, where they are declared and set; `init` declares them.

`status` compares them with the settings of the Space, and `push` sets them there: nothing else here uses the network.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from unspill.cli.arguments import INCOMPLETE, add_format, loader, number, print_json, working
from unspill.cli.terminal import print_incomplete
from unspill.errors import UserError

if TYPE_CHECKING:
    from argparse import Namespace

    from unspill.app.push import Pushed, PushPlan
    from unspill.app.secrets import Declared, Listing
    from unspill.cli.arguments import Parser

EXAMPLES = """  unspill secrets
  unspill secrets spaces/chatbot
  unspill secrets --check
  unspill secrets init                             # declare what is undeclared in .env.example
  unspill secrets status --space owner/name        # compare with the Space's settings
  unspill secrets push HF_TOKEN --space owner/name # set it there, after asking
"""
_FOUND = 1
_INIT, _STATUS, _PUSH = "init", "status", "push"
_PATIENCE = 600


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and folders (default: this folder); a first `init` declares what is undeclared in .env.example, "
        "`status` compares with the settings of a Space, `push` sets the secrets named after it there",
    )
    parser.add_argument("--all", action="store_true", help="also list configuration and platform variables")
    parser.add_argument(
        "--check",
        action="store_true",
        help="exit 1 if a name is undeclared; with status, if it is not set as it should",
    )
    group = parser.add_argument_group("status and push, which need unspill[hub]")
    group.add_argument("--space", metavar="OWNER/NAME", help="the Space (default: that of a git remote)")
    group.add_argument("--yes", action="store_true", help="push without asking")
    group.add_argument(
        "--wait",
        type=_seconds,
        metavar="SECONDS",
        help=f"wait so long for the new container (default: {_PATIENCE})",
    )
    group.add_argument(
        "--allow-host",
        action="append",
        metavar="HOST",
        help="allow HF_ENDPOINT to be at HOST, which gets your token and the values (repeatable)",
    )
    add_format(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="show where internal errors occur")


def run(arguments: Namespace) -> int:
    """Print the names, and never a value: not even one used as a name."""
    from unspill.app import Request
    from unspill.app.secrets import declare, listing
    from unspill.contract.names import NameState

    word = arguments.paths[0] if arguments.paths else ""
    if word == _STATUS:
        return _status(arguments)
    if word == _PUSH:
        return _push(arguments)
    for option in ("space", "yes", "wait", "allow_host"):
        if getattr(arguments, option) not in (None, False):
            raise UserError(f"--{option.replace('_', '-')} is for `unspill secrets status` and `unspill secrets push`")
    is_init = word == _INIT
    paths = arguments.paths[is_init:]
    found = listing(Request(tuple(paths or ["."]), loader(), working()))
    if is_init:
        _print_declared(declare(found), found, arguments.format)
    else:
        _print_listing(found, arguments.format, every=arguments.all)
    names = [name for app in found.apps for name in app.names]
    if arguments.check and not is_init and any(name.state is NameState.UNDECLARED for name in names):
        return _FOUND
    return INCOMPLETE if found.incomplete else 0


def _seconds(text: str) -> int:
    found = number(text)
    if found is None:
        raise argparse.ArgumentTypeError("must be a number of seconds")
    return found


def _status(arguments: Namespace) -> int:
    """Compare with the settings of a Space."""
    import os

    from unspill.app import Request
    from unspill.app.online import OnlineState, local_app, status
    from unspill.app.push import interrupted
    from unspill.cli import online
    from unspill.cli.consent import allowed_hosts
    from unspill.net.hub import connect

    if arguments.yes or arguments.wait is not None:
        raise UserError("--yes and --wait are for `unspill secrets push`")
    request = Request(tuple(arguments.paths[1:] or ["."]), loader(), working())
    local = local_app(request, arguments.space or "")
    found = status(local, connect(os.environ, allowed_hosts(arguments.allow_host or ())))
    before = interrupted(local.folder)
    if arguments.format == "json":
        print_json(online.status_content(found, before))
    else:
        print("\n".join(online.status_lines(found, before)))
        print_incomplete(found.incomplete)
    fine = (OnlineState.OK, OnlineState.UNUSED)
    if arguments.check and any(one.state not in fine for one in found.entries):
        return _FOUND
    return INCOMPLETE if found.incomplete else 0


def _push(arguments: Namespace) -> int:
    """Set secrets of a Space, after asking."""
    import os
    import time

    from unspill.app import Request
    from unspill.app.online import local_app
    from unspill.app.push import plan, push
    from unspill.cli import online
    from unspill.cli.consent import allowed_hosts
    from unspill.net.hub import connect

    if arguments.check or arguments.all:
        raise UserError("--check and --all are for `unspill secrets` and `unspill secrets status`")
    request = Request((".",), loader(), working())
    root, local = request.root, local_app(request, arguments.space or "")
    hub = connect(os.environ, allowed_hosts(arguments.allow_host or ()))
    todo = _agreed(plan(local, hub, arguments.paths[1:], os.environ), hub.host, yes=arguments.yes)
    if todo is None:
        print("Nothing was set.")
        return INCOMPLETE
    patience = _PATIENCE if arguments.wait is None else arguments.wait
    done = push(todo, hub, time.sleep, patience)
    noted = _noted(todo, done, root)
    if arguments.format == "json":
        print_json(online.pushed_content(done))
    else:
        print("\n".join(online.pushed_lines(done, noted)))
    if done.is_interrupted:
        raise KeyboardInterrupt
    return _outcome(done)


def _noted(todo: PushPlan, done: Pushed, root: str) -> int:
    """For how many credentials of a rotation it was noted that the Space has other values."""
    from unspill.app.rotation.online import note
    from unspill.net.hub import RUNNING
    from unspill.project import streams

    if done.stage != RUNNING or not done.is_started or not done.updated:
        return 0
    values = {item.name: item.value for item in todo.items if item.value is not None and item.name in done.set_names}
    try:
        return note(root, todo.space, values, done.updated)
    except UserError as error:
        streams.say(f"unspill: the rotation was not updated: {error}")
        return 0


def _outcome(done: Pushed) -> int:
    from unspill.net.hub import RUNNING

    if done.problem:
        return done.exit_code
    return INCOMPLETE if done.left or (done.is_started and done.stage not in ("", RUNNING)) else 0


def _agreed(todo: PushPlan, host: str, *, yes: bool) -> PushPlan | None:
    """The plan with the values that the user has typed; None without a yes, or without any. Raises UserError."""
    from unspill.cli import online
    from unspill.cli.terminal import confirms, hidden, is_interactive
    from unspill.project import streams

    missing = [item.name for item in todo.items if item.value is None]
    if missing and not is_interactive():
        raise UserError(f"no value in .env for {', '.join(missing)}; add it there, or run in a terminal to be asked")
    if not yes:
        if not is_interactive():
            raise UserError("push asks first, and there is no terminal; use --yes if you are sure")
        for line in online.question(todo, host):
            streams.say(line)
        if not confirms("Set them?"):
            return None
    typed = {name: hidden(f"{name}: ") for name in missing}
    items = tuple(item if item.value is not None else item._replace(value=typed[item.name]) for item in todo.items)
    return todo._replace(items=items) if any(item.value is not None for item in items) else None


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
