"""GitLab's Secret Detection report (security report schema 15), for the artifact `reports: secret_detection`.

GitLab's own analyzers put the value into `raw_source_code_extract`; it is optional, and not here.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TextIO

from unspill import __version__
from unspill.model import Severity
from unspill.output.gitlab import places
from unspill.output.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.app.report import Report, ReportedFinding
    from unspill.output import Style

VERSION = "15.0.7"
"""Of the schema: gitlab.com/gitlab-org/security-products/security-report-schemas."""
_NO_COMMIT = "0000000"
"""As written by GitLab's analyzers for a scan of files."""
_LONGEST_NAME = 255
_SEVERITIES = {Severity.ERROR: "Critical", Severity.WARNING: "Medium", Severity.INFO: "Low", Severity.HINT: "Info"}
_TOOL = {"id": "unspill", "name": "unspill", "version": __version__, "vendor": {"name": "unspill"}}


def write(report: Report, stream: TextIO, _style: Style) -> None:
    """Write the report as ASCII JSON, with the current time as the time of the scan."""
    json.dump(content(report, datetime.now(timezone.utc)), stream, indent=2)
    stream.write("\n")


def content(report: Report, now: datetime) -> dict[str, Any]:
    """The report as JSON values."""
    time = now.strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "version": VERSION,
        "vulnerabilities": [
            _vulnerability(row, name) for name, row in zip(places(report.rows), report.rows, strict=True)
        ],
        "scan": {
            "analyzer": _TOOL,
            "scanner": _TOOL,
            "type": "secret_detection",
            "start_time": time,
            "end_time": time,
            "status": "success",
            "messages": list(_messages(report)),
        },
    }


def _vulnerability(row: ReportedFinding, name: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": printable(row.title)[:_LONGEST_NAME],
        "description": printable(row.message),
        "severity": _SEVERITIES[row.severity],
        "solution": printable(row.advice),
        "identifiers": [
            {"type": "unspill_rule_id", "name": f"unspill rule {row.rule}", "value": row.rule},
            {"type": "cwe", "name": "CWE-798", "value": "798"},
        ],
        "location": {
            "file": row.path,
            "start_line": row.start.line + 1,
            "end_line": row.end.line + 1,
            "commit": {"sha": row.origin.first if row.origin is not None else _NO_COMMIT},
        },
    }


def _messages(report: Report) -> Iterator[dict[str, str]]:
    for skipped in report.skipped:
        text = printable(f"{skipped.path}: not scanned: {skipped.reason}")
        yield {"level": "warn" if skipped.incomplete else "info", "value": text}
