"""The JSON report, version 1, in lines: `{"type": "finding", …}` for each finding, then `{"type": "summary", …}`.

A truncated report has no summary. The lines are as defined in `schemas/check.json`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from unspill.output.json import content

if TYPE_CHECKING:
    from unspill.app.report import Report
    from unspill.output import Style


def write(report: Report, stream: TextIO, _style: Style) -> None:
    """Write a line for each finding, and one for the summary."""
    values = content(report)
    lines = [{"type": "finding", **finding} for finding in values["findings"]]
    lines.append({"type": "summary", "version": values["version"], **values["summary"]})
    stream.writelines(f"{json.dumps(line)}\n" for line in lines)
