"""The JSON report, version 1. Frozen apart from additions: a public interface, independent of internal types."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, TextIO

from unspill.model import Severity
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from unspill.app.report import Origin, Other, Report, ReportedFinding
    from unspill.document import Position
    from unspill.output import Style

VERSION = 1


def write(report: Report, stream: TextIO, _style: Style) -> None:
    """Write the report; lines and columns count from 1, columns in code points, ends exclusive."""
    # ASCII only: it works in any terminal and locale, and a name that is not UTF-8 survives.
    json.dump(content(report), stream, indent=2)
    stream.write("\n")


def content(report: Report) -> dict[str, Any]:
    """The report as JSON values."""
    severities = Counter(row.severity for row in report.rows)
    return {
        "version": VERSION,
        "findings": [_finding(row) for row in report.rows],
        "summary": {
            "files": report.files,
            "bytes": report.bytes,
            "env_values": report.env_values,
            "skipped": [{"path": skipped.path, "reason": skipped.reason} for skipped in report.skipped],
            "suppressed": {key: report.suppressed.get(key, 0) for key in ("inline", "baseline", "config")},
            "counts": {severity.value: severities[severity] for severity in Severity},
            **({"stale": _stale(report)} if report.stale else {}),
        },
    }


def _stale(report: Report) -> list[dict[str, Any]]:
    """The baseline entries that no longer match."""
    return [
        {
            "path": mask_shapes(entry.path),
            "rule": mask_shapes(entry.rule),
            "fingerprint": entry.fingerprint,
            "count": count,
        }
        for entry, count in report.stale.items()
    ]


def _finding(row: ReportedFinding) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "path": row.path,
        "rule": row.rule,
        "name": row.title,
        "severity": row.severity.value,
        "confidence": row.confidence.label,
        "message": row.message,
        "start": _place(row.start),
        "end": _place(row.end),
        "fingerprint": row.fingerprint,
        "site": row.site,
        "secret_name": row.secret_name,
        "fixable": row.fixable,
        "cell": row.cell,
        **(_origin(row.origin) if row.origin is not None else {}),
        **({"related": [_other(one) for one in row.related]} if row.related else {}),
    }


def _origin(origin: Origin) -> dict[str, Any]:
    """The additional fields of findings in a history."""
    return {
        "commit": origin.first,
        "last_commit": origin.last,
        "author_date": origin.author_date or None,
        "at_head": origin.at_head,
    }


def _other(other: Other) -> dict[str, Any]:
    """Another place of a finding."""
    return {"path": other.path, "start": _place(other.start), "end": _place(other.end), "message": other.message}


def _place(position: Position) -> dict[str, int]:
    return {"line": position.line + 1, "column": position.column + 1}
