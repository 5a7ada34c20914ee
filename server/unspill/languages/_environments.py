"""Shared by the languages whose programs read the environment: what a default says, and what a read falls back on."""

from __future__ import annotations

import re
from typing import NamedTuple

from unspill.model import Default

_SETTING = re.compile(
    r"[-+]?[\d.,_]+(?:[a-zA-Z]{1,2})?|(?i:true|false|yes|no|on|off|auto|debug|info|warning|error)"
    r"|[./~][\w./~-]*|[a-z]:\\.*|[\w.-]+\.\w{1,5}|[a-z][a-z0-9+.-]*://[^@\s]*|(?:localhost|\d+(?:\.\d+){3})(?::\d+)?"
)
"""A number, a switch, a path, a file or an address without a password."""


def default_of(value: str) -> Default:
    """The default that a constant text is."""
    if not value.strip():
        return Default.EMPTY
    return Default.SETTING if _SETTING.fullmatch(value) else Default.TEXT


class Fallback(NamedTuple):
    """What an expression around a read decides: what it falls back on; None if it is not about that."""

    default: Default | None
