"""How long patterns may take on one document, and which have timed out.

The shipped patterns are linear; a user's pattern may not be, and `regex` does not count steps. So this is the only
limit in time: that of the thread, which hardly depends on other programs on the machine.
"""

from __future__ import annotations

from contextlib import contextmanager
from time import thread_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from unspill.rules import Rule

TIMEOUT = 2.0
"""Maximum seconds to confirm one hit; a safeguard, since the window is bounded and patterns are linear."""
FIRST = 1.0
"""Seconds that a user's pattern may take on any document …"""
EACH = 1e-7
"""… and additional seconds per byte. A linear pattern takes a tenth of that."""


class Allowance:
    """The remaining time for one document, in seconds."""

    def __init__(self, size: int, own: Collection[str]) -> None:
        """`size` is the document's, in bytes; the rules of the files `own` are the user's."""
        self._limit = FIRST + EACH * size
        self._own = own
        self._spent: dict[str, float] = {}
        self.exceeded: set[str] = set()
        """The ids of the rules that have timed out: they are no longer searched for."""

    @contextmanager
    def of(self, rule: Rule) -> Iterator[float]:
        """The seconds that one use of a rule's pattern may take; a TimeoutError within is caught."""
        is_own = rule.file in self._own
        began, spent = thread_time(), self._spent.get(rule.id, 0.0)
        try:
            yield self._limit - spent if is_own else TIMEOUT
        except TimeoutError:
            self.exceeded.add(rule.id)
        finally:
            self._spent[rule.id] = spent = spent + thread_time() - began
            if is_own and spent >= self._limit:
                self.exceeded.add(rule.id)
