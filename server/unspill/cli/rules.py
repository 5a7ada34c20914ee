"""`unspill rules`: list the rules, explain one, or write their pages."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from unspill.cli.arguments import add_format
from unspill.cli.terminal import width
from unspill.errors import UserError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from unspill.cli.arguments import Parser
    from unspill.docs.entries import CatalogEntry
    from unspill.pipeline import Context, Scanners

EXAMPLES = """  unspill rules
  unspill rules --category ai --search "hugging oauth"
  unspill rules huggingface-user-token
  unspill rules --html rules-html
  unspill rules huggingface-user-token --html rules-html
"""


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    parser.add_argument("id", nargs="?", metavar="ID", help="rule to explain")
    parser.add_argument(
        "--category", metavar="NAME", help="list only rules of this category, such as ai, cloud or checks"
    )
    parser.add_argument("--search", metavar="WORDS", help="list only rules that contain all WORDS in a name")
    parser.add_argument(
        "--rules", action="append", default=[], metavar="FILE", help="also load rules from FILE (repeatable)"
    )
    add_format(parser)
    parser.add_argument("--html", metavar="DIR", help="write an index and a page for each of these rules to DIR")
    parser.add_argument("-v", "--verbose", action="store_true", help="show where internal errors occur")


def run(arguments: Namespace) -> int:
    """Print the rules, or one of them, or write their pages. No output contains a secret, not even a fake one."""
    from unspill.docs import text
    from unspill.docs.entries import matching
    from unspill.settings import suggestion

    found = _entries(arguments.rules)
    if arguments.category not in (None, *(entry.category for entry in found)):
        close = suggestion(arguments.category, {entry.category for entry in found})
        raise UserError(f"unknown category {arguments.category!r}{close}; see unspill rules")
    if arguments.id is not None:
        shown = [entry for entry in found if arguments.id in (entry.id, *entry.formerly)]
        if not shown:
            close = suggestion(arguments.id, [entry.id for entry in found])
            raise UserError(f"unknown rule {arguments.id!r}{close}; see unspill rules")
    else:
        shown = matching(found, arguments.category or "", arguments.search or "")
    if arguments.html is not None and shown:
        return _write_html(arguments.html, shown)
    if arguments.format == "json":
        from unspill.docs import json

        print(json.text(shown), end="")
    elif arguments.id is not None:
        print("\n".join(text.page(shown[0], width(sys.stdout))))
    else:
        print("\n".join(text.table(shown, width(sys.stdout) if sys.stdout.isatty() else None)))
    return 0


def _entries(files: Sequence[str]) -> list[CatalogEntry]:
    """The entries of the shipped rules and of those in `files`."""
    from unspill import rules
    from unspill.docs.entries import entries, redacted

    known = rules.load([*rules.shipped(), *files])
    if not files:
        return entries(known)
    from unspill.pipeline import Context, Scanners
    from unspill.settings import Settings

    context = Context(Settings(rules=tuple(files)))
    # The shipped rules are tested to compile and to show no secret; those of the user are not.
    redact = partial(_masked, context, Scanners())
    own = {rule.id for rule in known if rule.file in files}
    return [redacted(entry, redact) if entry.id in own else entry for entry in entries(known)]


def _masked(context: Context, scanners: Scanners, text: str) -> str:
    """A text of a rule file, with everything that any rule finds in it masked: a user's file may quote secrets."""
    from unspill.document import Document
    from unspill.pipeline import analyse
    from unspill.shapes import mask, prefixed_runs

    data = text.encode("utf-8", "surrogateescape")
    analysis = analyse(Document(data), context, scanners)
    scan = analysis.scan
    found = [(finding.rule, finding.span) for finding in scan.findings]
    found += [(rule, span) for span, rule, _ in scan.rejected]
    # Generic rules match on the words around a value: they would find `acme-key` in "credential acme-key".
    spans = [span for rule, span in found if not rule.startswith("generic-")]
    return mask(data, [*spans, *prefixed_runs(data, analysis.scanner.engine.prefixes)])


def _write_html(folder: str, shown: Sequence[CatalogEntry]) -> int:
    from unspill.docs import html
    from unspill.project import write

    first = shown[0].page if len(shown) == 1 else html.INDEX
    count = write.create_all(folder, html.pages(shown), html.INDEX, html.GENERATOR)
    print(f"Wrote {count:,} files to {folder}; open {first}.")
    return 0
