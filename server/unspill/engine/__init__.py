"""The engine: finds where rules' patterns match in a document. What a match means is up to the judge."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from unspill.engine import cache, contexts, manifests, watched
from unspill.engine.allowance import TIMEOUT, Allowance
from unspill.engine.compiled import RulePatterns
from unspill.engine.keywords import spellings
from unspill.engine.matchers import has_hyperscan, prefixes
from unspill.engine.named import Named, rule_of
from unspill.engine.nearby import Nearby

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from unspill.engine.matchers import Anchor, Hit, Matcher
    from unspill.rules import Rule

_DIGIT = re.compile(rb"[0-9]")
_LETTER = rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
_BROKEN = rb"(?!%b)[\x80-\xff\x01-\x08\x0e-\x1a\x7f]" % _LETTER
"""A byte that is no UTF-8, or a control character that separates nothing, as NUL, ESC and white space do."""
_TOKEN = re.compile(
    rb"(?<![A-Za-z0-9+/_.\-])(?<!sha256=)(?<!sha384=)(?<!sha512=)"
    rb"[A-Za-z0-9_\-]+(?:(?:[.~=|]|(?:%b){1,4})[A-Za-z0-9_\-]+){0,3}(?![+/])" % _BROKEN
)
"""A token by itself: neither in base 64 nor a hash of a list of files. What follows a broken byte is the rest of it."""
_MOST = 1 << 16
"""How many bytes are scanned at a time."""
_GAP = 96
"""How many bytes before a hit its keyword may start."""


class Candidate(NamedTuple):
    """Text that a rule's pattern matches. Offsets are bytes, end exclusive."""

    rule: Rule
    start: int
    """Where the secret starts; it may be inside the match."""
    end: int
    match_start: int
    match_end: int
    named: bool
    """Whether it was found after a keyword of the rule."""
    assignment: Named | None = None
    """The name and operator before it, if the rule depends on them."""
    broken: bool = False
    """Whether it begins like a known kind of secret, but does not have its format."""


class Engine:
    """All rules, compiled. Not thread-safe."""

    def __init__(self, index: cache.RuleIndex, matcher: Matcher, own: Collection[str] = ()) -> None:
        """The rules of the files `own` are the user's."""
        self._index = index
        self._own = own
        self._patterns = RulePatterns(own)
        self._matcher = matcher
        self._rules: dict[int, Rule] = {}

    @property
    def rules(self) -> Sequence[Rule]:
        """Every rule, in the order of the files."""
        return [self.rule(index) for index in range(len(self._index.rules))]

    @property
    def identity(self) -> str:
        """A string that changes whenever a rule, the library or the version does."""
        return self._index.key

    @cached_property
    def prefixes(self) -> dict[bytes, list[bytes]]:
        """The prefixes that identify tokens, as `matchers.prefixes` returns them."""
        return prefixes(self._index.anchors)

    def rule(self, index: int) -> Rule:
        """The rule at `index`."""
        if index not in self._rules:
            self._rules[index] = self._index.rule(index)
        return self._rules[index]

    def hits(self, data: bytes) -> list[Hit]:
        """Where anchors match in `data`: cheap, and empty for almost every file."""
        # An anchor starts with one byte before the token; at offset 0 there is none.
        return [(anchor, end - 1) for anchor, end in self._matcher.hits(b"\n" + data)]

    def allowance(self, size: int) -> Allowance:
        """The time that patterns may take on a document of `size` bytes."""
        return Allowance(size, self._own)

    def candidates(self, data: bytes, hits: Sequence[Hit], allowance: Allowance) -> list[Candidate]:
        """The exact text of every rule that matches at one of `hits`, once each, by start.

        Rules that take too long are recorded in `allowance`. Raises TimeoutError if a part shared by all rules does.
        """
        found: dict[tuple[str, int, int], Candidate] = {}
        in_context: dict[str, list[int]] = {}
        for index, ends in _by_anchor(hits).items():
            anchor = self._index.anchors[index]
            if anchor.finder:
                in_context.setdefault(anchor.finder, []).extend(ends)
            elif anchor.rules:
                for candidate in self._matches(data, anchor, ends, allowance):
                    found.setdefault((candidate.rule.id, candidate.start, candidate.end), candidate)
        nearby = Nearby(data)
        for candidate in (
            *self._misshapen(data, hits, list(found.values()), nearby),
            *self._named(data, in_context, nearby, allowance),
        ):
            found.setdefault((candidate.rule.id, candidate.start, candidate.end), candidate)
        return sorted(found.values(), key=lambda candidate: (candidate.start, -candidate.end, candidate.rule.id))

    def is_watched(self, hit: Hit) -> bool:
        """Whether a hit is on a word for checks, and on no value."""
        return self._index.anchors[hit[0]].marker == watched.MARKER

    def markers(self, hits: Sequence[Hit]) -> list[tuple[str, int]]:
        """The hits on something other than values, and its kind: an obfuscation, a directive."""
        markers = ((self._index.anchors[anchor].marker, end) for anchor, end in hits)
        return [(marker, end) for marker, end in markers if marker]

    def decoded_candidates(self, data: bytes, start: int, end: int, allowance: Allowance) -> list[Candidate]:
        """The candidates within `data[start:end]` that are identified by format only. Raises TimeoutError."""
        anchors = self._index.anchors
        hits = [
            (anchor, at)
            for anchor, at in self.hits(data)
            if anchors[anchor].rules and not anchors[anchor].keyword and at > start
        ]
        found = self.candidates(data, hits, allowance)
        return [one for one in found if start <= one.start and one.end <= end and not one.rule.public]

    def _matches(
        self, data: bytes, anchor: Anchor, hit_ends: Sequence[int], allowance: Allowance
    ) -> Iterator[Candidate]:
        """The matches of the anchor's rules at its hits; `hit_ends` are sorted."""
        for index, ends in self._by_rule(data, anchor, hit_ends).items():
            required = self._index.required[index].encode()
            for some in _together(ends, anchor.longest + self._index.longest[index] + 1):
                first = max(some[0] - anchor.longest, 0)
                last = min(some[-1] + self._index.longest[index] + 1, len(data))
                if data.find(required, first, last) < 0:
                    continue
                rule = self.rule(index)
                if rule.id in allowance.exceeded:
                    break
                with allowance.of(rule) as seconds:
                    for match in self._patterns.overlapping(rule, data, first, last, seconds):
                        at = bisect_left(some, match.start() + anchor.shortest)
                        if at == len(some):
                            break
                        if some[at] <= match.start() + anchor.longest:
                            start, end = match.span(match.lastindex or 0)
                            yield Candidate(rule, start, end, match.start(), match.end(), anchor.keyword)

    def _by_rule(self, data: bytes, anchor: Anchor, hit_ends: Sequence[int]) -> Mapping[int, Sequence[int]]:
        """The hits of each of an anchor's rules: those after a keyword of the rule, if the anchor has keywords."""
        if not anchor.keyword:
            return dict.fromkeys(anchor.rules, hit_ends)
        words = {index: spellings(self.rule(index).keywords) for index in anchor.rules}
        found: dict[int, list[int]] = {index: [] for index in anchor.rules}
        for end in hit_ends:
            before = data[max(end - anchor.longest - _GAP, 0) : end].lower()
            for index, ends in found.items():
                if any(word in before for word in words[index]):
                    ends.append(end)
        return found

    def _named(
        self, data: bytes, in_context: Mapping[str, Sequence[int]], nearby: Nearby, allowance: Allowance
    ) -> Iterator[Candidate]:
        """Values after secret names, for the generic rule and for every rule whose format and keyword match.

        Where none does, for the rule of the provider that the beginning of the value or its name tells.
        """
        declared: set[tuple[int, int]] = set()
        for finder, named in contexts.values(data, in_context, TIMEOUT):
            rule = rule_of(named.name)
            if finder == "manifests":
                declared.add((named.start, named.end))
                rule = manifests.RULE
            elif (named.start, named.end) in declared:
                continue
            index = self._index.generic.get(rule)
            if index is None:
                continue
            shaped = list(self._shaped(data, named.start, named.end, nearby, allowance))
            yield from shaped
            place = (named.start, named.end, named.name_start, named.end, True, named)
            begun = None if shaped else self._begun(data, named.start, named.end, nearby)
            if begun is not None:
                yield Candidate(begun, *place, broken=True)
            elif (issuer := self._issuer(data, named)) is not None:
                yield Candidate(self.rule(issuer), *place)
            yield Candidate(self.rule(index), *place, broken=begun is not None)

    def _misshapen(
        self, data: bytes, hits: Sequence[Hit], found: Sequence[Candidate], nearby: Nearby
    ) -> Iterator[Candidate]:
        """The tokens at hits that begin as a rule's secrets do, but match none: of another length, for instance."""
        matched = {one.match_start for one in found}
        for index, end in hits:
            anchor = self._index.anchors[index]
            first = end - anchor.longest
            for beginning in anchor.literals if anchor.rules and not anchor.keyword else ():
                start = data.rfind(beginning.encode(), max(first, 0), end)
                if start < 0 or start in matched or beginning.encode() not in self._by_beginning:
                    continue
                token = _TOKEN.match(data, start)
                if token is None or token.end() < end:
                    continue
                begun = self._begun(data, start, token.end(), nearby)
                if begun is not None:
                    yield Candidate(begun, *token.span(), *token.span(), named=False, broken=True)

    def _begun(self, data: bytes, start: int, end: int, nearby: Nearby) -> Rule | None:
        """The rule whose secrets begin like `data[start:end]`, the longest beginning first; None if there is none."""
        if not data.startswith(self._beginnings, start, end):
            return None
        for beginning in self._beginnings:
            if data.startswith(beginning, start, end):
                for index in self._by_beginning[beginning]:
                    rule = self.rule(index)
                    if not rule.keywords or nearby.has(rule.keywords, start, end):
                        return rule
        return None

    def _issuer(self, data: bytes, named: Named) -> int | None:
        """The rule of the provider that a value is named after, if the value may be random."""
        from unspill.judge import issuers

        if named.operator == "://" or not issuers.may_be_random(data, named.start, named.end):
            return None
        return issuers.named(named, data, self._index.issuers)

    def _shaped(self, data: bytes, start: int, end: int, nearby: Nearby, allowance: Allowance) -> Iterator[Candidate]:
        """The candidates of rules with a keyword nearby that match all of `data[start:end]`."""
        if _DIGIT.search(data, start, end) is None:
            return
        for index in self._of_shape(data[start:end]):
            rule = self.rule(index)
            if rule.id in allowance.exceeded or not nearby.has(rule.keywords, start, end):
                continue
            with allowance.of(rule) as seconds:
                if match := self._patterns.whole(rule, data, start, end, seconds):
                    first, last = match.span(match.lastindex or 0)
                    yield Candidate(rule, first, last, match.start(), match.end(), named=False)

    def _of_shape(self, value: bytes) -> Iterator[int]:
        """The rules with keywords whose matches may have the length and the bytes of `value`: mostly there is none."""
        size = len(value)
        for letters, indexes in self._by_alphabet:
            for index in () if value.translate(None, letters) else indexes:
                is_of_length = self._index.shortest[index] <= size <= self._index.longest[index]
                if is_of_length and self._index.required[index].encode() in value:
                    yield index

    @cached_property
    def _by_alphabet(self) -> list[tuple[bytes, list[int]]]:
        return [(letters.encode("latin-1"), rules) for letters, rules in self._index.by_alphabet.items()]

    @cached_property
    def _by_beginning(self) -> dict[bytes, tuple[int, ...]]:
        from unspill.judge import issuers

        return issuers.beginnings(self._index.anchors)

    @cached_property
    def _beginnings(self) -> tuple[bytes, ...]:
        """What secrets distinctively begin with, the longest first."""
        return tuple(sorted(self._by_beginning, key=lambda beginning: (-len(beginning), beginning)))


def _by_anchor(hits: Sequence[Hit]) -> dict[int, list[int]]:
    """The ends of each anchor's hits, in order."""
    found: dict[int, list[int]] = {}
    for anchor, end in sorted(hits):
        found.setdefault(anchor, []).append(end)
    return found


def _together(ends: Sequence[int], reach: int) -> Iterator[Sequence[int]]:
    """Group `ends`, which are sorted, by gaps of at least `reach`.

    Scanning around each hit separately would scan a line full of hits once for each.
    """
    first = 0
    for at in range(1, len(ends) + 1):
        if at == len(ends) or ends[at] - ends[at - 1] >= reach or ends[at] - ends[first] > _MOST:
            yield ends[first:at]
            first = at


def load(rule_files: Sequence[str] = (), *, use_cache: bool = True, hyperscan: bool | None = None) -> Engine:
    """The engine over the shipped rules and those in `rule_files`.

    `hyperscan` selects the matcher; None uses Hyperscan if available. Raises RuleError.
    """
    fast = has_hyperscan() if hyperscan is None else hyperscan
    return Engine(*cache.load(tuple(rule_files), use_cache=use_cache, hyperscan=fast), frozenset(rule_files))
