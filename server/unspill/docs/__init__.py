"""What is known about each rule and check, for people and programs: as a table, a page of text, JSON, or HTML.

The wheel carries the HTML (`hatch_build.py` makes it), so that diagnostics can link to a page that is on the disk.
"""

from __future__ import annotations

import os
from functools import cache

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "_docs")
"""Where the wheel's pages are; a checkout has none."""


def page_name(rule: str) -> str:
    """The path of a rule's page within the pages (POSIX). It never changes: people link to it."""
    return f"rules/{rule}.html"


@cache
def page(rule: str) -> str | None:
    """The installed page of a rule, as a path of the file system; None if there is none."""
    path = os.path.join(FOLDER, *page_name(rule).split("/"))
    return path if os.path.isfile(path) else None
