"""The text report: each finding in four lines that fit a narrow terminal, and a pipe."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, TextIO

from unspill.model import Severity
from unspill.shapes import MASK, mask_shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from unspill.app.report import Origin, Other, Rejected, Report, ReportedFinding
    from unspill.output import Style

_COLORS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36", Severity.HINT: "36"}
_INDENT = "  "
_NARROWEST = 30
_WIDEST = 100
_SHORT_ID = 12
"""Length of an abbreviated commit id."""
# Control characters act on the terminal; bidirectional ones change how a line reads (CVE-2021-42574).
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def write(report: Report, stream: TextIO, style: Style) -> None:
    """Write the report: findings, then a summary unless `--quiet`."""
    for row in report.rows:
        stream.writelines(f"{line}\n" for line in [*_finding(row, style), ""])
    stream.writelines(
        f"{printable(place(rejected))}: rejected [{rejected.rule}]: {printable(rejected.reason)}\n"
        for rejected in report.rejected
    )
    if not style.quiet:
        stream.writelines(f"{line}\n" for line in summary(report, style))


def printable(text: str) -> str:
    """`text` on one line, with control characters escaped as in Python."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def place(of: ReportedFinding | Rejected | Other) -> str:
    """Where something starts: `path:line:column`, both from 1. Not yet `printable`."""
    return f"{of.path}:{of.start.line + 1}:{of.start.column + 1}"


def summary(report: Report, style: Style) -> Iterator[str]:
    """What was found, suppressed and skipped, in short lines."""
    counts = Counter(row.severity for row in report.rows)
    found = ", ".join(_count(counts[severity], severity.value) for severity in Severity if counts[severity])
    files = f"{_count(report.files, 'file')} ({_size(report.bytes)})"
    if report.files or report.rows:
        yield _bold(f"Found {found} in {files}." if found else f"No secrets found in {files}.", style)
    elif not report.skipped:
        yield _bold("No text files to scan.", style)
    if fixable := sum(row.fixable for row in report.rows):
        yield f"{fixable:,} can be fixed with `unspill fix`."
    yield from _unreported(report, style)
    yield from _unscanned(report, style)


def _unreported(report: Report, style: Style) -> Iterator[str]:
    """What is in the files and no finding: values where they belong, what is suppressed, stale baseline entries."""
    if report.env_values:
        yield f"{_count(report.env_values, 'value')} in a git-ignored .env (not reported)."
    silenced = {key: count for key, count in report.suppressed.items() if count}
    if silenced:
        parts = ", ".join(f"{count} {key}" for key, count in silenced.items())
        yield f"{_count(sum(silenced.values()), 'finding')} suppressed: {parts}."
    if report.stale:
        stale = sum(report.stale.values())
        entries = "baseline entry no longer matches" if stale == 1 else "baseline entries no longer match"
        yield f"{stale:,} {entries}; remove with `unspill baseline --prune`."
        if style.verbose:
            yield from (f"{_INDENT}{printable(mask_shapes(one.path))}: {mask_shapes(one.rule)}" for one in report.stale)


def _unscanned(report: Report, style: Style) -> Iterator[str]:
    """What was skipped, and what could not be scanned in full."""
    passed = [skipped for skipped in report.skipped if not skipped.incomplete]
    if passed:
        reasons = Counter(skipped.reason for skipped in passed)
        parts = ", ".join(f"{count} {printable(reason)}" for reason, count in reasons.most_common())
        yield f"Skipped: {parts}."
    if style.verbose:
        yield from (f"{_INDENT}{printable(skipped.path)}: {printable(skipped.reason)}" for skipped in passed)
    if report.incomplete:
        yield _bold(f"Incomplete: {_count(len(report.incomplete), 'file')} could not be scanned in full:", style)
        yield from (f"{_INDENT}{printable(one.path)}: {printable(one.reason)}" for one in report.incomplete)


def _finding(row: ReportedFinding, style: Style) -> Iterator[str]:
    where = printable(place(row))
    severity = _paint(row.severity.value, _COLORS[row.severity], style)
    yield f"{_bold(where, style)}: {severity} [{row.rule}]"
    yield from _wrapped(row.title if row.kind == "secret" else row.message, style)
    if row.kind == "secret":
        yield _INDENT + _line(row, style)
    if row.origin is not None:
        yield from _wrapped(_history(row.origin), style)
    for other in row.related:
        yield from _wrapped(f"note: {place(other)}: {other.message}", style)
    yield from _wrapped(row.advice, style)
    if style.verbose and row.reason:
        yield from _wrapped(f"{row.confidence.label} confidence: {row.reason}", style)


def _history(origin: Origin) -> str:
    date = f" on {origin.author_date[:10]}" if origin.author_date else ""
    end = "still at HEAD" if origin.at_head else f"last seen in {origin.last[:_SHORT_ID]}, not at HEAD"
    return f"added in commit {origin.first[:_SHORT_ID]}{date}, {end}"


def _line(row: ReportedFinding, style: Style) -> str:
    """The line of the finding, cut to the width around its masked value."""
    number = f"{row.start.line + 1} | "
    room = max(min(style.width, _WIDEST), _NARROWEST) - len(_INDENT) - len(number) - len(MASK)
    before, after = printable(row.excerpt.before), printable(row.excerpt.after)
    left = max(room - len(after), room * 2 // 3)
    before = before if len(before) <= left else "..." + before[len(before) - left + 3 :]
    right = room - len(before)
    after = after if len(after) <= right else after[: max(right - 3, 0)] + "..."
    return number + before + _paint(MASK, _COLORS[row.severity], style) + after


def _wrapped(text: str, style: Style) -> Iterable[str]:
    from textwrap import wrap

    return wrap(
        printable(text),
        max(min(style.width, _WIDEST), _NARROWEST),
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 or noun == "info" else f"{number:,} {noun}s"


def _size(size: int) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000 or unit == "MB":
            break
        size = round(size / 1000)
    return f"{size:,} {unit}"


def _bold(text: str, style: Style) -> str:
    return _paint(text, "1", style)


def _paint(text: str, code: str, style: Style) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if style.color else text
