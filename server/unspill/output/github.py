"""Output for a GitHub Actions log: annotations on the most severe findings, then the text report; and a job summary.

A file name may contain a workflow command, and the runner executes any line that starts like one: all are escaped.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, TextIO

from unspill.model import Severity
from unspill.output import loudest_first, text
from unspill.output.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.app.report import Report, ReportedFinding
    from unspill.output import Style

ANNOTATIONS = 10
"""GitHub shows this many per step."""
SUMMARY_ROWS = 500
"""Findings in a job summary, which is limited to 1 MiB."""
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice", Severity.HINT: "notice"}
_MARKUP = re.compile(r"[^A-Za-z0-9 /-]")


def write(report: Report, stream: TextIO, style: Style) -> None:
    """Write annotations, most severe first, the number of findings without one, and the text report."""
    rows = loudest_first(report.rows)
    stream.writelines(f"{_annotation(row)}\n" for row in rows[:ANNOTATIONS])
    if more := len(rows[ANNOTATIONS:]):
        stream.write(
            f"Annotated the {ANNOTATIONS} most severe of {len(rows):,} findings; {more:,} more are listed below.\n"
        )
    people = io.StringIO()
    text.write(report, people, style)
    stream.writelines(map(_defused, people.getvalue().splitlines(keepends=True)))


def summary(report: Report, style: Style) -> str:
    """The job summary: Markdown in which file names are escaped."""
    return "".join(f"{line}\n" for line in _summary(report, style))


def _summary(report: Report, style: Style) -> Iterator[str]:
    rows = loudest_first(report.rows)
    yield "## unspill\n"
    for line in text.summary(report, style._replace(color=False)):
        yield f"{_escaped(line.strip())}\n"
    if not rows:
        return
    yield "| Severity | Location | Finding | Rule |"
    yield "| --- | --- | --- | --- |"
    for row in rows[:SUMMARY_ROWS]:
        place = f"{printable(row.path)}:{row.start.line + 1}:{row.start.column + 1}"
        title = row.title if row.kind == "secret" else row.message
        cells = (row.severity.value, place, title, row.rule)
        yield f"| {' | '.join(map(_escaped, cells))} |"
    if more := len(rows[SUMMARY_ROWS:]):
        yield f"\n{more:,} more in the log."


def _annotation(row: ReportedFinding) -> str:
    """A workflow command. Its end column is inclusive; columns are for one line only."""
    place = {"file": printable(row.path), "line": row.start.line + 1, "endLine": row.end.line + 1}
    if row.start.line == row.end.line:
        place |= {"col": row.start.column + 1, "endColumn": row.end.column}
    place["title"] = f"{printable(row.title)} [{row.rule}]"
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items())
    message = printable(" ".join(part for part in (row.message, row.advice) if part))
    return f"::{_COMMANDS[row.severity]} {properties}::{_data(message)}"


def _data(value: str) -> str:
    """A command's message, escaped as in `toCommandValue` and `escapeData` of GitHub's toolkit."""
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def _defused(line: str) -> str:
    """A log line with commands escaped: `::` is one at the start of a line, the older `##[` anywhere."""
    return line.replace("::", ":\\x3a").replace("##[", "#\\x23[")


def _escaped(value: str) -> str:
    """Text with markup escaped as entities (CommonMark, section 2.5)."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", printable(value))
