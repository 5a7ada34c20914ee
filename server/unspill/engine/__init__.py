"""The engine: where in a document a rule's pattern stands. It knows nothing of meaning; the judge does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.engine import cache
from unspill.engine.matchers import has_hyperscan

if TYPE_CHECKING:
    from collections.abc import Sequence

    import regex

    from unspill.engine.matchers import Hit, Matcher
    from unspill.rules import Rule

TIMEOUT = 2.0
"""Seconds that confirming one hit may take; a backstop, since the window is bounded and patterns are linear."""
_HEAD = 256
"""How many bytes from the start of a document are looked at again for a token at offset 0."""
_EDGES = {"alnum": rb"A-Za-z0-9", "word": rb"A-Za-z0-9_"}
# What may stand directly before a token though it is a letter or digit: the end of an escape.
_ESCAPES = rb"(?<=\\[nrtbfv0])|(?<=%[0-9A-Fa-f]{2})|(?<=\\x[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4})"


class Candidate(NamedTuple):
    """Text that a rule's pattern matches. Offsets are bytes, end exclusive."""

    rule: Rule
    start: int
    """Where the secret starts; it may lie inside the match."""
    end: int
    match_start: int
    match_end: int
    named: bool
    """Whether it was found behind a keyword of the rule."""


class Engine:
    """All rules, ready to be looked for. Not for use by two threads at once."""

    def __init__(self, index: cache.Index, matcher: Matcher) -> None:
        self._index = index
        self._matcher = matcher
        self._compiled: dict[int, regex.Pattern[bytes]] = {}
        self._rules: dict[int, Rule] = {}

    @property
    def rules(self) -> Sequence[Rule]:
        """Every rule, in the order of the files."""
        return [self.rule(index) for index in range(len(self._index.rules))]

    @property
    def identity(self) -> str:
        """What the rules are: changes whenever a rule, the library or the version does."""
        return self._index.key

    def rule(self, index: int) -> Rule:
        """The rule at `index`."""
        if index not in self._rules:
            self._rules[index] = self._index.rule(index)
        return self._rules[index]

    def hits(self, data: bytes) -> list[Hit]:
        """Where anchors match in `data`: cheap, and empty for almost every file."""
        hits = self._matcher.hits(data)
        # An anchor begins with one byte that is no part of the token; at offset 0 there is none.
        hits += [(anchor, end - 1) for anchor, end in self._matcher.hits(b"\n" + data[:_HEAD])]
        return hits

    def candidates(self, data: bytes, hits: Sequence[Hit]) -> list[Candidate]:
        """The exact text of every rule that matches at one of `hits`, once each, by start. Raises TimeoutError."""
        found: dict[tuple[int, int, int], Candidate] = {}
        for anchor_index, hit_end in hits:
            anchor = self._index.anchors[anchor_index]
            pattern = self._pattern(anchor.rule)
            first = max(hit_end - anchor.longest, 0)
            last = min(hit_end + self._index.longest[anchor.rule] + 1, len(data))
            for match in pattern.finditer(data, first, last, timeout=TIMEOUT):
                if match.start() > hit_end - anchor.shortest:
                    break
                start, end = match.span(match.lastindex or 0)
                key = (anchor.rule, start, end)
                if key not in found:
                    found[key] = Candidate(
                        self.rule(anchor.rule), start, end, match.start(), match.end(), anchor.keyword
                    )
        return sorted(found.values(), key=lambda candidate: (candidate.start, -candidate.end, candidate.rule.id))

    def _pattern(self, index: int) -> regex.Pattern[bytes]:
        if index not in self._compiled:
            import regex

            rule = self.rule(index)
            edge = _EDGES[rule.boundary]
            self._compiled[index] = regex.compile(
                rb"(?:(?<![%b])|%b)(?:%b)(?![%b])" % (edge, _ESCAPES, rule.pattern.encode(), edge)
            )
        return self._compiled[index]


def load(rule_files: Sequence[str] = (), *, use_cache: bool = True, hyperscan: bool | None = None) -> Engine:
    """The engine over the shipped rules and those in `rule_files`.

    `hyperscan` chooses the matcher; None takes Hyperscan where it can be had. Raises RuleError.
    """
    fast = has_hyperscan() if hyperscan is None else hyperscan
    return Engine(*cache.load(tuple(rule_files), use_cache=use_cache, hyperscan=fast))
