"""SARIF 2.1.0 (OASIS standard of 2020-03-27), as GitHub code scanning wants it.

It carries neither `snippet` (which would quote the value) nor `fixes` (which would store it). GitHub takes 25,000
results of a run and shows 5,000: the most severe come first, and omitted results are counted in a notification.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

from unspill import __version__
from unspill.model import Severity, revoking
from unspill.output import loudest_first
from unspill.output.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unspill.app.report import Other, Report, ReportedFinding, Silenced
    from unspill.model import Skipped
    from unspill.output import Style

LIMIT = 25_000
"""Results per run: GitHub rejects a file with more."""
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_FINGERPRINT = "unspill/v1"
"""In addition to `primaryLocationLineHash`, which GitHub's upload action computes from the checkout."""
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note", Severity.HINT: "note"}
# GitHub: from 9.0 critical, from 7.0 high, from 4.0 medium, else low.
_SCORES = {Severity.ERROR: "9.0", Severity.WARNING: "6.0", Severity.INFO: "3.0", Severity.HINT: "1.0"}
_TAGS = ("security", "external/cwe/cwe-798")


def write(report: Report, stream: TextIO, _style: Style) -> None:
    """Write one run as ASCII JSON."""
    json.dump(content(report), stream, indent=2)
    stream.write("\n")


def content(report: Report) -> dict[str, Any]:
    """The log as JSON values."""
    rows = loudest_first(report.rows)
    silenced = report.silenced[: max(LIMIT - len(rows), 0)]
    by_rule: dict[str, list[ReportedFinding]] = {}
    for row in [*rows, *(one.row for one in silenced)]:
        by_rule.setdefault(row.rule, []).append(row)
    numbers = {rule: number for number, rule in enumerate(sorted(by_rule))}
    run = {
        "tool": {
            "driver": {
                "name": "unspill",
                "version": __version__,
                "rules": [_rule(rule, by_rule[rule]) for rule in numbers],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "Working folder of the scan."}}},
        "invocations": [
            {
                "executionSuccessful": not report.incomplete,
                "toolExecutionNotifications": list(_notifications(report)),
            }
        ],
        "results": [
            *(_result(row, numbers[row.rule], []) for row in rows[:LIMIT]),
            *(_result(one.row, numbers[one.row.rule], [_suppression(one)]) for one in silenced),
        ],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: str, rows: Sequence[ReportedFinding]) -> dict[str, Any]:
    """The description of a rule. GitHub shows one severity for all results: that of the first, the most severe."""
    row = rows[0]
    docs = row.docs or f"{row.title}."
    revoke = f"Revoke it: {revoking(row.revoke)}" if row.revoke else ""
    ignoring = f"To suppress a finding, add the comment `unspill: ignore[{rule}] the reason` to its line."
    paragraphs = [part for part in (docs, revoke, ignoring if row.can_be_ignored else "") if part]
    return {
        "id": rule,
        **({"deprecatedIds": list(row.formerly)} if row.formerly else {}),
        "shortDescription": {"text": row.title},
        "fullDescription": {"text": docs},
        "help": {"text": "\n\n".join(paragraphs), "markdown": "\n\n".join([f"# {row.title}", *paragraphs])},
        "defaultConfiguration": {"level": _LEVELS[row.severity]},
        "properties": {
            "tags": [*_TAGS, row.kind],
            "precision": max(row.confidence for row in rows).label,
            "security-severity": _SCORES[row.severity],
        },
    }


def _result(row: ReportedFinding, rule: int, suppressions: list[dict[str, Any]]) -> dict[str, Any]:
    """A finding. All results of a run have `suppressions`, or none has (section 3.27.23): an empty list counts."""
    properties: dict[str, Any] = {"confidence": row.confidence.label, "fixable": row.fixable}
    properties |= {"site": row.site} if row.site else {}
    properties |= {"secretName": row.secret_name} if row.secret_name else {}
    properties |= {"cell": row.cell} if row.cell is not None else {}
    if row.origin is not None:
        properties |= {"commit": row.origin.first, "lastCommit": row.origin.last, "atHead": row.origin.at_head}
        properties |= {"authorDate": row.origin.author_date} if row.origin.author_date else {}
    return {
        "ruleId": row.rule,
        "ruleIndex": rule,
        "level": _LEVELS[row.severity],
        "message": {"text": _message(" ".join(part for part in (row.message, row.advice) if part))},
        "locations": [_location(row)],
        **({"relatedLocations": [_related(one) for one in row.related]} if row.related else {}),
        **({"codeFlows": [_flow(row)]} if row.is_flow else {}),
        "partialFingerprints": {_FINGERPRINT: row.fingerprint},
        "suppressions": suppressions,
        "properties": properties,
    }


def _related(other: Other) -> dict[str, Any]:
    return {**_location(other), "message": {"text": _message(other.message)}}


def _flow(row: ReportedFinding) -> dict[str, Any]:
    """The way of a value to the finding (section 3.36)."""
    here = {**_location(row), "message": {"text": _message(row.message)}}
    steps = [*map(_related, row.related), here]
    return {"threadFlows": [{"locations": [{"location": step} for step in steps]}]}


def _location(place: ReportedFinding | Other) -> dict[str, Any]:
    region = {
        "startLine": place.start.line + 1,
        "startColumn": place.start.column + 1,
        "endLine": place.end.line + 1,
        "endColumn": place.end.column + 1,
    }
    return {"physicalLocation": {**_artifact(place.path), "region": region}}


def _suppression(silenced: Silenced) -> dict[str, Any]:
    """What suppresses a finding: a comment in the source, or the baseline."""
    reason = {"justification": printable(silenced.reason)} if silenced.reason else {}
    return {"kind": "inSource" if silenced.inline else "external", **reason}


def _notifications(report: Report) -> Iterator[dict[str, Any]]:
    if (more := len(report.rows) + len(report.silenced) - LIMIT) > 0:
        yield {
            "level": "warning",
            "message": {"text": f"{more} suppressed or less severe results omitted; the limit is {LIMIT}."},
        }
    for skipped in report.skipped:
        yield _skipped(skipped)


def _skipped(skipped: Skipped) -> dict[str, Any]:
    return {
        "level": "error" if skipped.incomplete else "note",
        "message": {"text": _message(f"Not scanned: {skipped.reason}")},
        "locations": [{"physicalLocation": _artifact(skipped.path)}],
    }


def _artifact(path: str) -> dict[str, Any]:
    """A relative URI; non-UTF-8 bytes of a name are kept."""
    uri = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return {"artifactLocation": {"uri": uri, "uriBaseId": _ROOT}}


def _message(text: str) -> str:
    """Plain text: brackets, which may come from a file, would make a link (section 3.11.6)."""
    text = printable(text).replace("\\", "\\\\")
    return text.replace("[", "\\[").replace("]", "\\]")
