"""Something done between two operations on files: what another process, an editor or a kill would do there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from unspill.project import exchange

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

OPERATIONS = ("open", "fsync", "replace", "link", "unlink", "mkdir", "swap")
"""Functions of `os`, and the exchange of two files."""


def owner(operation: str) -> Any:
    """The module that an operation is looked up in."""
    return exchange if operation == "swap" else os


def call_at(patch: pytest.MonkeyPatch, at: int, work: Callable[[], object], but: tuple[str, ...] = ()) -> list[int]:
    """Have `work` done before operation number `at` (0-based) of all kinds but some, once. Gives the running count."""
    counter = [0]

    def calling(real: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            counter[0] += 1
            if counter[0] == at + 1:
                work()
            return real(*arguments, **options)

        return called

    for operation in OPERATIONS:
        if operation not in but:
            patch.setattr(owner(operation), operation, calling(getattr(owner(operation), operation)))
    return counter
