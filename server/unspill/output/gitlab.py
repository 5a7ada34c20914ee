"""GitLab's Code Quality report: a list of violations, to be kept as the artifact `reports: codequality`."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, TextIO

from unspill.model import Severity
from unspill.output.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.app.report import Report, ReportedFinding
    from unspill.output import Style

_SEVERITIES = {
    Severity.ERROR: "critical",
    Severity.WARNING: "major",
    Severity.INFO: "minor",
    Severity.HINT: "info",
}


def write(report: Report, stream: TextIO, _style: Style) -> None:
    """Write the list as ASCII JSON."""
    json.dump(content(report), stream, indent=2)
    stream.write("\n")


def content(report: Report) -> list[dict[str, Any]]:
    """The violations as JSON values: the findings, and what should have been scanned but was not."""
    findings = [
        {
            "description": printable(row.message),
            "check_name": row.rule,
            "fingerprint": name,
            "severity": _SEVERITIES[row.severity],
            "location": {
                "path": row.path,
                "lines": {"begin": row.start.line + 1, "end": row.end.line + 1},
            },
        }
        for name, row in zip(places(report.rows), report.rows, strict=True)
    ]
    missed = [
        {
            "description": printable(f"Not scanned: {skipped.reason}"),
            "check_name": "incomplete",
            "fingerprint": _digest("incomplete", skipped.path),
            "severity": "info",
            "location": {"path": skipped.path, "lines": {"begin": 1}},
        }
        for skipped in report.incomplete
    ]
    return [*findings, *missed]


def places(rows: Iterable[ReportedFinding]) -> list[str]:
    """An id of 64 hexadecimal digits for each row: a value may be in many places, and GitLab merges equal ids.

    Line numbers are not part of it, so that a moved finding is not new.
    """
    counts: Counter[tuple[str, str]] = Counter()
    names = []
    for row in rows:
        place = (row.fingerprint, row.path)
        names.append(_digest(*place, str(counts[place])))
        counts[place] += 1
    return names


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
