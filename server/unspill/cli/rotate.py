"""`unspill rotate`: plan the rotation of exposed credentials, keep track of it, and ask providers on consent."""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING, Any

from unspill.cli.arguments import INCOMPLETE, loader, print_json, working
from unspill.cli.terminal import is_interactive
from unspill.errors import UserError
from unspill.project import streams

if TYPE_CHECKING:
    from argparse import Namespace

    from unspill.app import Request
    from unspill.app.rotation.network import Exchange
    from unspill.app.rotation.plan import OnlineSettings, RotationOptions, RotationPlan
    from unspill.cli.arguments import Parser

EXAMPLES = """  unspill rotate
  unspill rotate --since 2026-07-16         an incident: everything set before
  unspill rotate --done 3f9a2c1b revoke     tick what only you know
  unspill rotate --verify                   ask providers what is live, after a question for each
  unspill rotate --revoke                   revoke what can be, after a question for each
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
    group = parser.add_argument_group("network (without these flags nothing is sent)")
    group.add_argument("--space", metavar="OWNER/NAME", help="ask the Hub which secrets the Space has, since when")
    group.add_argument("--verify", action="store_true", help="ask the providers whether values are live, one by one")
    group.add_argument("--revoke", action="store_true", help="revoke exposed values at their providers, one by one")
    group.add_argument(
        "--yes",
        action="append",
        default=[],
        metavar="RULE",
        help="consent for all values of RULE, to --verify or --revoke (repeatable)",
    )
    group.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST",
        help="HOST may be private, be that of HF_ENDPOINT, and with --yes one that unspill does not know (repeatable)",
    )
    group = parser.add_argument_group("output")
    group.add_argument("--format", choices=("json", "markdown", "text"), default="text", help="default: text")
    group.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="show method, host and status of each request, and where internal errors occur",
    )


def run(arguments: Namespace) -> int:
    """Print the plan, and never a value; return 1 while steps are left. Raises UserError."""
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
    request = Request(tuple(arguments.paths or ["."]), loader(), working())
    if arguments.space is not None:
        options = options._replace(online=_online(arguments, request))
    exchanges: list[Exchange] = []
    if arguments.verify or arguments.revoke:
        plan, exchanges = _ask(arguments, request, options)
    elif arguments.yes or (arguments.allow_host and arguments.space is None):
        raise UserError("--yes and --allow-host are for --verify and --revoke; use one of these")
    else:
        plan = rotate(request, options)
    if arguments.format == "json":
        print_json(rotation.content(plan, _requests(exchanges)))
    else:
        print("\n".join(rotation.markdown(plan) if arguments.format == "markdown" else rotation.text(plan)))
    return _LEFT if plan.left else INCOMPLETE if plan.incomplete else 0


def _online(arguments: Namespace, request: Request) -> OnlineSettings:
    from unspill.app.online import local_app, settings
    from unspill.cli.consent import allowed_hosts
    from unspill.net.hub import connect

    hub = connect(os.environ, allowed_hosts(arguments.allow_host))
    return settings(local_app(request, arguments.space), hub)


def _ask(arguments: Namespace, request: Request, options: RotationOptions) -> tuple[RotationPlan, list[Exchange]]:
    from unspill.app.rotation import known_rules, network
    from unspill.cli import consent
    from unspill.net.client import HttpsClient
    from unspill.net.providers import ProviderApi
    from unspill.output.text import printable
    from unspill.shapes import mask_shapes

    is_terminal = is_interactive()
    known = known_rules(request)
    yes = consent.check(known, arguments.yes, verify=arguments.verify, revoke=arguments.revoke, is_terminal=is_terminal)
    allowed = consent.allowed_hosts(arguments.allow_host)
    client = HttpsClient(os.environ, allowed)

    def trace(method: str, host: str, status: int) -> None:
        if arguments.verbose:
            streams.say(f"  {method} {host} {status}")

    def tell(exchange: Exchange) -> None:
        for line in consent.told(exchange):
            streams.say(printable(mask_shapes(line)))

    inquiry = network.Inquiry(
        arguments.verify,
        arguments.revoke,
        os.environ,
        client,
        ProviderApi(client, trace=trace),
        consent.Consents(yes, allowed, is_terminal=is_terminal),
        tell,
        time.sleep,
    )
    return network.ask(request, known, options, inquiry)


def _requests(exchanges: list[Exchange]) -> list[dict[str, Any]]:
    if not exchanges:
        return []
    from unspill.cli import consent

    return [consent.content(exchange) for exchange in exchanges]


def _day(text: str) -> str:
    from datetime import date

    try:
        if len(text) == len("2026-07-16"):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise argparse.ArgumentTypeError("must be a date, such as 2026-07-16")
