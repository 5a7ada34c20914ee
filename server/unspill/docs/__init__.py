"""The documentation of each rule and check: as a table, a page of text, JSON, or HTML.

The wheel contains the HTML (built by `hatch_build.py`), so that diagnostics can link to a local page.
"""

from __future__ import annotations

import os
from functools import cache

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "_docs")
"""The pages of the wheel; a checkout has none."""


def page_name(rule: str) -> str:
    """The path of a rule's page within the pages (POSIX). It never changes: people link to it."""
    return f"rules/{rule}.html"


@cache
def page(rule: str) -> str | None:
    """The installed page of a rule, as a path of the file system; None if there is none."""
    path = os.path.join(FOLDER, *page_name(rule).split("/"))
    return path if os.path.isfile(path) else None
