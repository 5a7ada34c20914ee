"""Texts that are made at run time, by their constant parts: the same in all languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def ends(parts: Sequence[str | None]) -> tuple[str, str]:
    """The constant text before the first part that is not known (None), and after the last one."""
    at = [index for index, part in enumerate(parts) if part is None]
    before = parts[: at[0]] if at else parts
    after = parts[at[-1] + 1 :] if at else ()
    return "".join(filter(None, before)), "".join(filter(None, after))
