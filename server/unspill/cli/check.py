"""`unspill check`: find secrets in files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from unspill.cli.arguments import add_selection, request_of
from unspill.cli.terminal import style
from unspill.output import OUTPUTS, write

if TYPE_CHECKING:
    from argparse import Namespace

    from unspill.cli.arguments import Parser
    from unspill.model import Severity
    from unspill.run.report import Report
    from unspill.settings import Settings

EXAMPLES = """  unspill check
  unspill check app.py Dockerfile --confidence low
  unspill check --format json -o report.json
  git show HEAD:app.py | unspill check - --stdin-filename app.py
"""

_FOUND = 1
_INCOMPLETE = 3


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    add_selection(parser)
    parser.add_argument("--explain", action="store_true", help="also say why a candidate is no secret")
    parser.add_argument("--format", choices=sorted(OUTPUTS), default="text", help="how to report (default: text)")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to report (default: stdout)")


def run(arguments: Namespace) -> int:
    """Check, report, and return the exit code."""
    from unspill.run import check

    request = request_of(arguments, explain=arguments.explain)
    settings = request.load(None, "")
    report = check(request)
    if arguments.output is None:
        write(arguments.format, report, sys.stdout, style(arguments, sys.stdout))
    else:
        from io import StringIO

        from unspill.project.write import create

        text = StringIO()
        write(arguments.format, report, text, style(arguments, text))
        create(arguments.output, text.getvalue())
    return verdict(report, settings, exit_zero=arguments.exit_zero, named=request.stdin is not None)


def verdict(report: Report, settings: Settings, *, exit_zero: bool, named: bool = False) -> int:
    """The exit code: findings win over an incomplete scan. `named`: something was scanned that is no file."""
    if any(counts(row.severity, settings) for row in report.rows) and not exit_zero:
        return _FOUND
    nothing = not (report.files or report.skipped or named)
    return _INCOMPLETE if report.incomplete or nothing else 0


def counts(severity: Severity, settings: Settings) -> bool:
    """Whether a finding of this severity is a failure."""
    return severity.rank <= settings.fail_on.rank
