"""Output formats. One module per format, each with `write(report, stream, style)`; a line here registers it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.app.report import Report, ReportedFinding

OUTPUTS = {
    "text": "text",
    "json": "json",
    "jsonl": "jsonl",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
    "gitlab-secrets": "gitlab_secrets",
    "junit": "junit",
    "html": "html",
}
"""The module of each format, by its name for `--format`."""
LIST_SILENCED = frozenset(["sarif"])
"""The formats that also list suppressed findings."""


class Style(NamedTuple):
    """The style of a text report; other formats ignore it."""

    color: bool = False
    width: int = 80
    """Columns."""
    quiet: bool = False
    """Findings only."""
    verbose: bool = False
    """Every file that was skipped, and why."""


def write(output: str, report: Report, stream: TextIO, style: Style) -> None:
    """Write `report` to `stream` in the format called `output`."""
    importlib.import_module(f"unspill.output.{OUTPUTS[output]}").write(report, stream, style)


def loudest_first(rows: Iterable[ReportedFinding]) -> list[ReportedFinding]:
    """The rows for a reader that may stop early: by severity, then confidence, otherwise in their order."""
    return sorted(rows, key=lambda row: (row.severity.rank, -row.confidence))
