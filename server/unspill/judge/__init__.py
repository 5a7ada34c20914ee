"""The judge: decides whether a candidate is a secret. Cheap tests first; every verdict has a reason."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from unspill.engine.manifests import RULE as MANIFEST
from unspill.engine.nearby import Nearby
from unspill.judge import entropy, names, passwords, paths, placeholders, randomness, shapes, surroundings
from unspill.judge.verdict import Verdict
from unspill.model import Confidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unspill.engine import Candidate
    from unspill.engine.named import Named


_Known = tuple[int, int, str]
"""Start and end of a text that is no secret, and why not."""


class Judged(NamedTuple):
    """A candidate with its verdict."""

    candidate: Candidate
    verdict: Verdict


def judge(candidates: Sequence[Candidate], data: bytes, language: str = "", path: str = "") -> list[Judged]:
    """Every candidate with its verdict, one per place: where candidates overlap, the most specific secret wins.

    `data`, `language` (an id) and `path` are those of the document.
    """
    nearby = Nearby(data)
    judged = _agreed([Judged(one, verdict(one, data, nearby, language, path)) for one in candidates])
    accepted: list[Judged] = []
    ends: list[int] = []
    for one in sorted((one for one in judged if one.verdict.confidence is not None), key=_specificity):
        # Accepted candidates do not overlap: only the first that ends after the start can conflict.
        at = bisect_right(ends, one.candidate.start)
        if at == len(ends) or accepted[at].candidate.start >= one.candidate.end:
            accepted.insert(at, one)
            ends.insert(at, one.candidate.end)
    rejected = [one for one in judged if one.verdict.confidence is None]
    return sorted([*accepted, *rejected], key=lambda one: (one.candidate.start, one.candidate.end))


def _agreed(judged: Sequence[Judged]) -> list[Judged]:
    """The verdicts once rules have heard each other: what one knows of a text, and whether it is named public.

    What is part of a text that is no secret is none. By their looks, a provider's public keys may as well be its secret
    ones.
    """
    known: list[_Known] = sorted((one.start, one.end, found.reason) for one, found in judged if found.final)
    starts = [start for start, _, _ in known]
    widest = list(accumulate(known, _further))
    named = {
        (one.start, one.end): one
        for one, found in judged
        if one.assignment is not None and not one.rule.generic and found.confidence is not None
    }
    agreed = []
    for one, found in judged:
        other = named.get((one.start, one.end))
        at = bisect_right(starts, one.start) - 1
        if at >= 0 and widest[at][1] >= one.end:
            agreed.append(Judged(one, Verdict(None, widest[at][2], found.near, final=True)))
        elif other is not None and shapes.is_weak(one.rule) and names.tells_apart(one, other):
            agreed.append(Judged(one, Verdict(None, f"named like {other.rule.id}", found.near)))
        else:
            agreed.append(Judged(one, found))
    return agreed


def verdict(candidate: Candidate, data: bytes, nearby: Nearby, language: str = "", path: str = "") -> Verdict:
    """Whether `candidate` is a secret, and why."""
    rule = candidate.rule
    if rule.languages and language not in rule.languages:
        return Verdict(None, f"{rule.id} only applies to {', '.join(rule.languages)}")
    near = candidate.named or nearby.has(rule.keywords, candidate.match_start, candidate.match_end)
    if rule.keywords and not near:
        return Verdict(None, "no keyword nearby")
    if paths.is_lock_file(path) and _goes_by_look(candidate):
        return Verdict(None, "lock file hash", near)
    if candidate.assignment is not None and rule.generic:
        return _by_name(candidate, candidate.assignment, data, nearby, path, near=near)
    if candidate.assignment is not None or candidate.broken:
        return _by_issuer(candidate, data, nearby, near=near)
    return _by_shape(candidate, data, near=near)


def _further(first: _Known, second: _Known) -> _Known:
    return first if first[1] >= second[1] else second


def _by_name(candidate: Candidate, assignment: Named, data: bytes, nearby: Nearby, path: str, *, near: bool) -> Verdict:
    """The verdict by the name, the context and the look of a value."""
    from unspill.judge import generic, manifests, public

    value = data[candidate.start : candidate.end]
    if candidate.rule.id == MANIFEST:
        return manifests.verdict(assignment, value)
    found = generic.verdict(assignment, value, path)
    if found.confidence is None:
        return found
    around = nearby.window(candidate.start, candidate.end)
    because = surroundings.reason(assignment, value, data)
    if because := because or public.reason(assignment, value.decode("utf-8", "replace"), around):
        return Verdict(None, because)
    if candidate.broken and found.confidence is Confidence.MEDIUM:
        because = "truncated or fake: starts like a known secret, but has a different format"
        return Verdict(Confidence.LOW, f"{because}; {found.reason}", near)
    return found


def _by_issuer(candidate: Candidate, data: bytes, nearby: Nearby, *, near: bool) -> Verdict:
    """The verdict on a value whose beginning or name tells the issuer: a secret if the rest is random."""
    from unspill.judge import exclusions, issuers, public

    value = data[candidate.start : candidate.end]
    if placeholders.is_published(value):
        return Verdict(None, "value from public documentation", near, final=True)
    if candidate.assignment is not None:
        text = value.decode("utf-8", "replace")
        around = nearby.window(candidate.start, candidate.end)
        assignment = candidate.assignment._replace(name=issuers.inner(candidate.assignment.name))
        because = exclusions.impossible(assignment, text)
        if because := because or public.reason(assignment, text, around):
            return Verdict(None, because, near)
    if not issuers.is_random_token(shapes.body(value, candidate.rule) if candidate.broken else value):
        return Verdict(None, "not random", near)
    told = "known prefix" if candidate.broken else "named after the provider"
    return Verdict(Confidence.MEDIUM, f"{told}, random value, another format", near)


def _by_shape(candidate: Candidate, data: bytes, *, near: bool) -> Verdict:
    """The verdict by the rule of a value: checksum or structure, then look, then context."""
    rule = candidate.rule
    value = data[candidate.start : candidate.end]
    if placeholders.is_published(value):
        return Verdict(None, "value from public documentation", near, final=True)
    structured = wrong = False
    if rule.checksum:
        from unspill.judge.answer import Answer
        from unspill.judge.checksums import CHECKSUMS
        from unspill.judge.validity import check

        answer = check(rule.checksum, value)
        if answer is Answer.WRONG and rule.checksum not in CHECKSUMS:
            return Verdict(None, f"failed {rule.checksum} validation", near)
        if answer is Answer.RIGHT and rule.checksum in CHECKSUMS:
            return Verdict(Confidence.HIGH, f"valid {rule.checksum} checksum", near)
        structured = answer is Answer.RIGHT
        wrong = answer is Answer.WRONG
    if refused := _refused(candidate, data, structured=structured):
        is_known = rule.public and not shapes.is_weak(rule)
        return refused._replace(near=near, final=refused.final or is_known)
    if wrong:
        return Verdict(Confidence.MEDIUM, f"format match, wrong {rule.checksum} checksum", near)
    if rule.confidence:
        return Verdict(Confidence[rule.confidence.upper()], "set by the rule", near)
    if structured:
        return Verdict(Confidence.HIGH, f"passed {rule.checksum} validation", near)
    if _goes_by_look(candidate) and not names.relates(rule, data, candidate.start):
        return Verdict(Confidence.LOW, "format match, unrelated keyword nearby", near)
    if rule.keywords:
        return Verdict(Confidence.MEDIUM, "format match, keyword nearby", near)
    if rule.fallback and not shapes.is_free_text(rule):
        return Verdict(Confidence.MEDIUM, "format match, shared by several issuers", near)
    if shapes.is_weak_guess(rule):
        return Verdict(Confidence.LOW, "format match, but the format is a guess with few fixed characters", near)
    return Verdict(Confidence.HIGH, "format match", near)


def _refused(candidate: Candidate, data: bytes, *, structured: bool) -> Verdict | None:
    """Why its name or its look rules a value out; None if they do not. `structured`: it decodes to what it should."""
    rule = candidate.rule
    value = data[candidate.start : candidate.end]
    if because := names.reason(rule, data, candidate.start):
        return Verdict(None, because)
    if shapes.is_free_text(rule):
        because = passwords.reason(value) or surroundings.in_url(value, data, candidate.start)
        if because:
            return Verdict(None, because, final=True)
        is_words = shapes.is_long(rule) and randomness.reads_like_words(value.decode("utf-8", "replace"))
        return Verdict(None, "words, like an identifier") if is_words else None
    because = placeholders.reason(shapes.body(value, rule), worded=structured)
    if not because and not structured:
        because = _looks(candidate, data)
    return Verdict(None, because) if because else None


def _goes_by_look(candidate: Candidate) -> bool:
    """Whether only names and the look of the value suggest the candidate: no format with a prefix, not in a URL."""
    if candidate.broken:
        return True
    if candidate.assignment is not None:
        return candidate.assignment.operator != "://"
    return shapes.is_weak(candidate.rule)


def _looks(candidate: Candidate, data: bytes) -> str:
    """Why the look of a value rules it out; "" if it does not."""
    rule = candidate.rule
    body = shapes.body(data[candidate.start : candidate.end], rule)
    if because := shapes.unlikely(body, candidate, data):
        return because
    least = rule.entropy if rule.entropy is not None else entropy.least(body)
    found = entropy.shannon(body)
    if found < least:
        return f"entropy of {found:.2f} bits per character, below {least:.2f}"
    return ""


def _specificity(one: Judged) -> tuple[bool, bool, bool, bool, int, bool, int, int, bool, int, str]:
    """Sort key, most specific first: the longer secret, then the rule with more fixed characters."""
    candidate, found = one
    return (
        found.confidence is Confidence.LOW,
        candidate.rule.generic,
        candidate.broken or candidate.assignment is not None,
        candidate.rule.fallback,
        candidate.start - candidate.end,
        shapes.prefix(candidate.rule) < shapes.MIN_PREFIX,
        candidate.match_start - candidate.match_end,
        -shapes.literals(candidate.rule),
        not (candidate.rule.keywords and found.near),
        -len(candidate.rule.pattern),
        candidate.rule.id,
    )
