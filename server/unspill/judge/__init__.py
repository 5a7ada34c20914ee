"""The judge: why a candidate is a secret, or is not. Cheap tests first; the answer always has a reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill.engine.nearby import Nearby
from unspill.judge import entropy, placeholders
from unspill.judge.verdict import Verdict
from unspill.model import Confidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unspill.engine import Candidate
    from unspill.rules import Rule

_PREFIX = re.compile(rb"[A-Za-z]{1,12}(?:[-_.][a-z0-9]{1,8}){0,2}[-_.]|[A-Za-z]{2,4}(?=[A-Z0-9])")


class Judged(NamedTuple):
    """A candidate with its verdict."""

    candidate: Candidate
    verdict: Verdict


def judge(candidates: Sequence[Candidate], data: bytes, language: str = "") -> list[Judged]:
    """Every candidate with its verdict, one per place: where candidates overlap, the most specific secret wins.

    `data` is the document's, `language` its language's id.
    """
    nearby = Nearby(data)
    judged = [Judged(candidate, verdict(candidate, data, nearby, language)) for candidate in candidates]
    accepted: list[Judged] = []
    for one in sorted(judged, key=_specificity):
        clash = any(
            one.candidate.start < other.candidate.end and other.candidate.start < one.candidate.end
            for other in accepted
        )
        if not clash and one.verdict.confidence is not None:
            accepted.append(one)
    rejected = [one for one in judged if one.verdict.confidence is None]
    return sorted([*accepted, *rejected], key=lambda one: (one.candidate.start, one.candidate.end))


def verdict(candidate: Candidate, data: bytes, nearby: Nearby, language: str = "") -> Verdict:
    """Whether `candidate` is a secret, and why."""
    rule = candidate.rule
    if rule.languages and language not in rule.languages:
        return Verdict(None, f"{rule.id} is looked for in {', '.join(rule.languages)} only")
    near = candidate.named or nearby.has(rule.keywords, candidate.match_start, candidate.match_end)
    if rule.keywords and not near:
        return Verdict(None, "none of the rule's keywords stands near")
    value = data[candidate.start : candidate.end]
    if candidate.behind is not None:
        from unspill.judge import generic

        return generic.verdict(candidate.behind, value, rule, language)
    if rule.checksum:
        from unspill.judge import checksums

        answer = checksums.check(rule.checksum, value)
        if answer is checksums.Answer.RIGHT:
            return Verdict(Confidence.HIGH, f"the {rule.checksum} checksum is right", near)
        if answer is checksums.Answer.WRONG:
            return Verdict(None, f"the {rule.checksum} checksum is wrong", near)
    body = _body(value, rule)
    if because := placeholders.reason(body):
        return Verdict(None, because, near)
    least = rule.entropy if rule.entropy is not None else entropy.limit(len(body), entropy.alphabet(body))
    found = entropy.shannon(body)
    if found < least:
        return Verdict(None, f"its entropy of {found:.2f} bits per character is below {least:.2f}", near)
    if rule.confidence:
        return Verdict(Confidence[rule.confidence.upper()], "the rule says so", near)
    if rule.keywords:
        return Verdict(Confidence.MEDIUM, "its shape, and a keyword near it", near)
    return Verdict(Confidence.HIGH, "its shape", near)


def _specificity(one: Judged) -> tuple[bool, bool, bool, int, int, str]:
    """Sorts the candidate that says most first."""
    candidate, said = one
    width = candidate.match_end - candidate.match_start
    return (
        said.confidence is None,
        candidate.rule.generic,
        not (candidate.rule.keywords and said.near) and bool(candidate.rule.keywords),
        -width,
        -len(candidate.rule.pattern),
        candidate.rule.id,
    )


def _body(value: bytes, rule: Rule) -> bytes:
    """`value` without the literal text that the rule's pattern begins with."""
    literal = re.match(r"(?:[A-Za-z0-9_\-.:/]|\\[\-./])+", rule.pattern)
    if literal is None:
        return value
    prefix = literal[0].replace("\\", "").encode()
    # The last literal may belong to a repeat (`a{3}`): then the value does not begin with all of it.
    return value.removeprefix(prefix)
