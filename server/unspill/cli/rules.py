"""`unspill rules`: list the rules, or explain one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.errors import UserError

if TYPE_CHECKING:
    from argparse import Namespace

    from unspill.cli.arguments import Parser
    from unspill.rules import Rule

EXAMPLES = """  unspill rules
  unspill rules huggingface-user-token
"""


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    parser.add_argument("id", nargs="?", metavar="ID", help="the rule to explain")
    parser.add_argument("--rules", action="append", default=[], metavar="FILE", help="rules of your own as well")
    parser.add_argument("-v", "--verbose", action="store_true", help="where an internal error is from")


def run(arguments: Namespace) -> int:
    """Print the rules, or one of them."""
    from unspill import rules
    from unspill.checks import dotenv

    found = {rule.id: rule for rule in rules.load([*rules.files(rules.folder()), *arguments.rules])}
    if arguments.id is None:
        width = max(map(len, [*found, *dotenv.RULES]))
        for rule in sorted(found.values(), key=lambda rule: rule.id):
            print(f"{rule.id:{width}}  {rule.name}")
        print(f"{dotenv.TRACKED:{width}}  Dotenv file tracked by git")
        return 0
    if arguments.id not in found:
        from unspill.settings import suggestion

        raise UserError(f"there is no rule {arguments.id!r}{suggestion(arguments.id, found)}; see unspill rules")
    _print(found[arguments.id])
    return 0


def _print(rule: Rule) -> None:
    print(f"{rule.id}\n{rule.name} ({rule.provider})\n\n{rule.docs}\n")
    facts = {
        "Environment": ", ".join(rule.env),
        "Revoke at": rule.revoke,
        "Pattern": rule.pattern,
        "Near one of": ", ".join(rule.keywords),
        "Checksum": rule.checksum,
        "Severity": rule.severity or ("info" if rule.public else "error"),
    }
    for name, value in facts.items():
        if value:
            print(f"{name}: {value}")
