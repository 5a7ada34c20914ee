"""JUnit's XML, as Jenkins, GitLab and Azure read it: each finding is a failed test, each unreadable file an error.

There is no standard; this keeps to what the readers share (the `testsuites` of the Ant task, without `properties`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO
from xml.etree import ElementTree as ET

from unspill.output.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.app.report import Report, ReportedFinding
    from unspill.output import Style

_NAME = "unspill"
# XML 1.0, section 2.2: not escaped by `printable`.
_NO_CHARACTER = re.compile(r"[\ufffe\uffff]")


def write(report: Report, stream: TextIO, _style: Style) -> None:
    """Write one suite as ASCII. Without findings it has one test, since readers reject an empty suite."""
    cases = [*_cases(report)] or [_case("", "no secrets")]
    counts = {
        "name": _NAME,
        "tests": str(len(cases)),
        "failures": str(len(report.rows)),
        "errors": str(len(report.incomplete)),
        "time": "0",
    }
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", counts, skipped="0")
    suite.extend(cases)
    ET.indent(suites)
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(ET.tostring(suites, encoding="us-ascii", xml_declaration=False).decode("ascii") + "\n")


def _cases(report: Report) -> Iterator[ET.Element]:
    for row in report.rows:
        yield _finding(row)
    for skipped in report.incomplete:
        case = _case(skipped.path, "can be scanned")
        ET.SubElement(case, "error", type="incomplete", message=_text(skipped.reason))
        yield case


def _finding(row: ReportedFinding) -> ET.Element:
    line, column = row.start.line + 1, row.start.column + 1
    case = _case(row.path, f"{row.rule} at {line}:{column}")
    case.set("line", str(line))
    failure = ET.SubElement(case, "failure", type=row.severity.value, message=_text(row.message))
    failure.text = _text(f"{row.path}:{line}:{column}: {row.title}. {row.advice}".strip())
    return case


def _case(path: str, name: str) -> ET.Element:
    attributes = {"file": _text(path)} if path else {}
    return ET.Element("testcase", {"classname": _text(path) or _NAME, "name": _text(name), "time": "0", **attributes})


def _text(text: str) -> str:
    return _NO_CHARACTER.sub("\ufffd", printable(text))
