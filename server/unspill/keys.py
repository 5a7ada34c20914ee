"""The keys of a table in a rule file: which are allowed, their types, and which are required."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from unspill.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ADDRESS = re.compile(r"https://[a-z0-9.-]+\.[a-z]+(?:[/?#]\S*)?\Z", re.IGNORECASE)
"""The https URL of a page."""
_REPLACED = {"docs": "use impact (what it gives access to) and rotate (how to replace it), one sentence each"}
"""Removed keys, and their replacements."""


def check(
    path: str, where: str, table: Mapping[str, Any], known: Mapping[str, type], required: Sequence[str] = ()
) -> None:
    """Check the keys of the table called `where` of the file at `path`. Raises RuleError, naming file and key."""
    for key, value in table.items():
        if key not in known:
            if key in _REPLACED:
                raise RuleError(f"{path}: {where}: {key}: removed; {_REPLACED[key]}")
            import difflib

            close = difflib.get_close_matches(key, known, 1)
            raise RuleError(f"{path}: {where}: {key}: unknown key" + (f"; did you mean {close[0]}?" if close else ""))
        expected = known[key]
        if not isinstance(value, (int, float) if expected is float else expected) or value == "":
            raise RuleError(f"{path}: {where}: {key}: must be a non-empty {expected.__name__}")
        if isinstance(value, list) and expected is list and not _are_strings(value):
            raise RuleError(f"{path}: {where}: {key}: must be a list of strings")
    for key in required:
        if key not in table:
            raise RuleError(f"{path}: {where}: {key}: missing")


def check_choice(path: str, where: str, table: Mapping[str, Any], choices: Mapping[str, Sequence[str]]) -> None:
    """Check that the keys with `choices` have one of them. Raises RuleError, naming file and key."""
    for key, allowed in choices.items():
        if key in table and table[key] not in allowed:
            raise RuleError(f"{path}: {where}: {key}: is {table[key]!r}, must be one of {', '.join(allowed)}")


def _are_strings(items: list[object]) -> bool:
    """Whether every item is a string, or a list of strings (a split value)."""
    return all(isinstance(part, str) for item in items for part in (item if isinstance(item, list) else [item]))
