"""The patterns of rules, compiled when they are first needed, with boundaries around them.

The shipped patterns take linear time, which is tested: `re` compiles them in a fifth of the time that `regex` needs. A
user's pattern may take any time, which only `regex` can limit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import regex

    from unspill.rules import Rule

_EDGES = {"alnum": rb"A-Za-z0-9", "word": rb"A-Za-z0-9_"}
# A letter or digit that may directly precede a token: the end of an escape.
_ESCAPES = rb"(?<=\\[nrtbfv0])|(?<=%[0-9A-Fa-f]{2})|(?<=\\x[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4})|(?<==3D)"
# Or of a code for a terminal's colours: `ESC[0;31m`, whose first character may be lost or spelled out.
_ESCAPES += b"".join(rb"|(?<=\[[0-9;]{%d}[mK])" % parameters for parameters in range(12))


class RulePatterns:
    """The patterns of rules, each compiled once."""

    def __init__(self, own: Collection[str]) -> None:
        """The rules of the files `own` are the user's."""
        self._own = own
        self._shipped_patterns: dict[str, re.Pattern[bytes]] = {}
        self._own_patterns: dict[str, regex.Pattern[bytes]] = {}

    def overlapping(
        self, rule: Rule, data: bytes, start: int, end: int, seconds: float
    ) -> Iterator[re.Match[bytes] | regex.Match[bytes]]:
        """The matches of a rule between two offsets, at most one at each. Raises TimeoutError, for the user's only."""
        if rule.file in self._own:
            yield from self._of_user(rule).finditer(data, start, end, overlapped=True, timeout=seconds)
            return
        search = self._shipped(rule).search
        while match := search(data, start, end):
            yield match
            start = match.start() + 1

    def whole(
        self, rule: Rule, data: bytes, start: int, end: int, seconds: float
    ) -> re.Match[bytes] | regex.Match[bytes] | None:
        """The match of all of `data[start:end]`, with what surrounds it. Raises TimeoutError, for the user's only."""
        if rule.file in self._own:
            return self._of_user(rule).fullmatch(data, start, end, timeout=seconds)
        return self._shipped(rule).fullmatch(data, start, end)

    def _shipped(self, rule: Rule) -> re.Pattern[bytes]:
        if rule.id not in self._shipped_patterns:
            self._shipped_patterns[rule.id] = re.compile(bounded(rule))
        return self._shipped_patterns[rule.id]

    def _of_user(self, rule: Rule) -> regex.Pattern[bytes]:
        if rule.id not in self._own_patterns:
            import regex

            self._own_patterns[rule.id] = regex.compile(bounded(rule))
        return self._own_patterns[rule.id]


def bounded(rule: Rule) -> bytes:
    """The rule's pattern on bytes, with boundaries around it; the same for `re` and `regex`.

    A letter next to the dashes of a key's first or last line is not part of them.
    """
    edge, pattern = _EDGES[rule.boundary], rule.pattern.encode()
    before = b"" if pattern.startswith(b"-") else rb"(?:(?<![%b])|%b)" % (edge, _ESCAPES)
    after = b"" if pattern.endswith(b"-") else rb"(?![%b])" % edge
    return rb"%b(?:%b)%b" % (before, pattern, after)
