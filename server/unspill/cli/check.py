"""`unspill check`: find hardcoded secrets."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from unspill.cli.arguments import INCOMPLETE, add_baseline, add_selection, request_of, with_baseline
from unspill.cli.terminal import style
from unspill.errors import UserError
from unspill.output import LIST_SILENCED, OUTPUTS, write

if TYPE_CHECKING:
    from argparse import Namespace

    from unspill.app import Request
    from unspill.app.report import Report
    from unspill.cli.arguments import Parser
    from unspill.model import Severity
    from unspill.output import Style
    from unspill.settings import Settings

EXAMPLES = """  unspill check
  unspill check app.py Dockerfile --confidence low
  unspill check --staged
  unspill check --since origin/main
  unspill check --history
  unspill check --baseline known.txt
  unspill check --format json -o report.json
  git show HEAD:app.py | unspill check - --stdin-filename app.py
"""

_FOUND = 1
_REPORTS = frozenset(["html", "json", "xml"])
"""The languages of reports."""


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    add_selection(parser)
    add_baseline(parser)
    group = parser.add_argument_group("git (in place of files)")
    group.add_argument("--staged", action="store_true", help="scan staged changes")
    group.add_argument("--since", metavar="REF", help="scan changes since REF (or in A..B)")
    group.add_argument("--history", action="store_true", help="scan the history (with --since: only that part)")
    parser.add_argument(
        "--explain", action="store_true", help="list rejected candidates, and those of low confidence, with the reasons"
    )
    parser.add_argument(
        "--format",
        choices=sorted(OUTPUTS),
        help="report format (default: text; in a GitHub Actions log: github, which adds annotations and a job summary)",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write the report to FILE (default: stdout)")


def run(arguments: Namespace) -> int:
    """Check, report, and return the exit code."""
    import signal

    from unspill.app import check

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a cancelled job ends like Ctrl-C
    request = _request(arguments)._replace(silenced=arguments.format in LIST_SILENCED)
    settings = request.load(None, "")
    if arguments.output is not None:
        _refuse_source(arguments.output)
    report = check(request)
    output = arguments.format or _usual_output(arguments)
    if arguments.output is None:
        write(output, report, sys.stdout, style(arguments, sys.stdout))
    else:
        from io import StringIO

        from unspill.project.write import create

        _refuse_finding(arguments.output, report, request.working)
        text = StringIO()
        write(output, report, text, style(arguments, text))
        create(arguments.output, text.getvalue())
        if not arguments.quiet:
            _conclude(report, arguments.output, style(arguments, sys.stderr))
    if output == "github":
        _summarise(report, style(arguments, sys.stdout))
    named = request.stdin is not None or request.of_git
    return verdict(report, settings, exit_zero=arguments.exit_zero, named=named)


def _refuse_source(path: str) -> None:
    """Raise UserError for the file of a report that exists and is code or configuration, such as a `.env`."""
    from unspill.languages import FileKind, language_of

    place = os.path.realpath(path)
    stem, ending = os.path.splitext(os.path.basename(place))
    kind = language_of(place.replace(os.sep, "/"))
    is_source = kind.kind in (FileKind.CODE, FileKind.COMMANDS, FileKind.CONFIGURATION) or kind.id == "notebook"
    is_settings = stem.startswith(".") and not ending  # such as .netrc
    if (is_source or is_settings) and kind.id not in _REPORTS and os.path.isfile(path) and os.path.getsize(path):
        raise UserError(f"{path}: exists and is no report; nothing was changed, name another file for -o")


def _refuse_finding(path: str, report: Report, folder: str) -> None:
    """Raise UserError for the file of a report in which a secret was found: it may be the only copy."""
    if not os.path.exists(path):
        return
    for found in {row.path for row in report.rows}:
        place = os.path.join(folder, found)
        if os.path.exists(place) and os.path.samefile(place, path):
            raise UserError(f"{path}: contains a finding; nothing was changed, name another file for -o")


def _conclude(report: Report, path: str, how: Style) -> None:
    """Say on stderr what the report in a file comes to: a job that fails must not do so without a word."""
    from unspill.output.text import printable, summary
    from unspill.shapes import mask_shapes

    sys.stderr.writelines(f"{line}\n" for line in (*summary(report, how), f"Report: {printable(mask_shapes(path))}"))


def _usual_output(arguments: Namespace) -> str:
    """The default format, which depends on where stdout goes."""
    in_log = os.environ.get("GITHUB_ACTIONS") == "true" and arguments.output is None and not sys.stdout.isatty()
    return "github" if in_log else "text"


def _summarise(report: Report, how: Style) -> None:
    """Append to the job summary, in a GitHub Actions job."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        from unspill.output.github import summary
        from unspill.project.write import append

        append(path, summary(report, how))


def _request(arguments: Namespace) -> Request:
    request = with_baseline(arguments, request_of(arguments, explain=arguments.explain))
    staged, since, history = arguments.staged, arguments.since, arguments.history
    if not staged and since is None and not history:
        return request
    if staged and (since is not None or history):
        raise UserError("--staged cannot be combined with --since or --history")
    if since == "":
        raise UserError("--since needs a revision, such as a branch or a commit")
    if request.stdin is not None:
        raise UserError("stdin cannot be combined with --staged, --since or --history")
    return request._replace(paths=tuple(arguments.paths), staged=staged, since=since or "", history=history)


def verdict(report: Report, settings: Settings, *, exit_zero: bool, named: bool = False) -> int:
    """The exit code: findings win over an incomplete scan. `named`: no files to scan is not an error."""
    if any(counts(row.severity, settings) for row in report.rows) and not exit_zero:
        return _FOUND
    nothing = not (report.files or report.skipped or named)
    return INCOMPLETE if report.incomplete or nothing else 0


def counts(severity: Severity, settings: Settings) -> bool:
    """Whether a finding of this severity is a failure."""
    return severity.rank <= settings.fail_on.rank
