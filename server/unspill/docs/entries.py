"""Rules and checks as entries: all that the list, the pages and the JSON show."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill import checks, rules
from unspill.docs import recognition
from unspill.engine.anchors import leading_literals, sre_parser
from unspill.model import revoking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from unspill.checks.check import Check
    from unspill.docs.recognition import Shape
    from unspill.rules import Rule

CHECKS = "checks"
"""The category of checks."""
HIDDEN = "…"
"""Replaces the generated part of an example."""
_KEPT = 12
"""How many characters of a fixed prefix an example shows: more would look like a whole token."""


class CatalogEntry(NamedTuple):
    """A rule, or a check (then everything from `provider` on is empty)."""

    id: str
    kind: str
    """`secret` or `check`."""
    name: str
    category: str
    severity: str
    confidence: str
    docs: str
    impact: str = ""
    rotate: str = ""
    provider: str = ""
    env: tuple[str, ...] = ()
    revoke: str = ""
    related: tuple[str, ...] = ()
    """Ids of the rules paired with this one, whichever declares it."""
    recognition: tuple[str, ...] = ()
    """Sentences; code is in backticks."""
    pattern: str = ""
    shape: Shape | None = None
    """None for rules that match by name alone."""
    keywords: tuple[str, ...] = ()
    checksum: str = ""
    public: bool = False
    languages: tuple[str, ...] = ()
    source: str = ""
    checked: str = ""
    evidence: str = ""
    known_from: str = ""
    """The three fields above in words."""
    status: str = ""
    formerly: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    """Example text, with `…` for the secret."""
    can_be_ignored: bool = True
    """Whether a comment can suppress a finding of it."""

    @property
    def page(self) -> str:
        """The path of its page within the pages (POSIX). It never changes: people link to it."""
        return f"rules/{self.id}.html"


def entries(known: Iterable[Rule]) -> list[CatalogEntry]:
    """All these rules, and all checks, by id."""
    known = list(known)
    related = _related(known)
    return sorted([*(_rule(rule, related) for rule in known), *map(_check, checks.known())])


def entry_of(name: str, known: Sequence[Rule]) -> CatalogEntry | None:
    """The entry of one rule or check, by any of its ids; None if there is none. Cheaper than all of them."""
    found = next((_rule(rule, _related(known)) for rule in known if name in rule.ids), None)
    return found or next((_check(check) for check in checks.known() if check.id == name), None)


def matching(found: Iterable[CatalogEntry], category: str = "", words: str = "") -> list[CatalogEntry]:
    """The entries of a category ("" for any) with all of the words in an id, a name or a variable."""
    wanted = words.lower().split()
    return [
        entry
        for entry in found
        if category in ("", entry.category) and all(word in _searched(entry) for word in wanted)
    ]


def masked(example: str) -> str:
    """An example of a rule file as text, with the fixed prefix of its pattern and `…` for the generated part."""
    return "".join(_beginning(part) + HIDDEN if is_pattern else part for part, is_pattern in rules.pieces(example))


def facts(entry: CatalogEntry) -> dict[str, list[str]]:
    """What is known of a rule besides `docs`: sentences by heading, code in backticks; no heading is empty."""
    found = {
        "Environment": [", ".join(entry.env)],
        "Status": ["retired: no longer accepted"] if entry.status == "retired" else [],
        "Revoke it": [revoking(entry.revoke)] if entry.revoke else [],
        "Related rules": [", ".join(entry.related)],
        "Detection": list(entry.recognition),
        "Evidence": [entry.known_from],
        "Formerly": [", ".join(entry.formerly)],
        "Suppressing": [f"{where}: {what}" for where, what in ignoring(entry)],
    }
    return {heading: kept for heading, lines in found.items() if (kept := [line for line in lines if line])}


def ignoring(entry: CatalogEntry) -> list[tuple[str, str]]:
    """How to suppress the findings of a rule: the scope, and what to write."""
    rule = entry.id
    comment = f"add the comment `unspill: ignore[{rule}] the reason` to its line, or to a line of its own before it"
    return [
        *([("one finding", comment)] if entry.can_be_ignored else []),
        ("project", f'add `ignore = ["{rule}"]` to unspill.toml, or to [tool.unspill] in pyproject.toml'),
        ("one run", f"pass `--ignore {rule}`"),
    ]


def redacted(entry: CatalogEntry, redact: Callable[[str], str]) -> CatalogEntry:
    """The entry with every text that a rule file decides on redacted."""
    shape = entry.shape
    return entry._replace(
        name=redact(entry.name),
        provider=redact(entry.provider),
        docs=redact(entry.docs),
        impact=redact(entry.impact),
        rotate=redact(entry.rotate),
        source=redact(entry.source),
        known_from=redact(entry.known_from),
        revoke=redact(entry.revoke),
        recognition=tuple(map(redact, entry.recognition)),
        pattern=redact(entry.pattern),
        shape=shape and shape._replace(prefixes=tuple(map(redact, shape.prefixes))),
        examples=tuple(map(redact, entry.examples)),
    )


def _related(known: Iterable[Rule]) -> dict[str, set[str]]:
    """By id, the rules paired with a rule, whichever declares it."""
    related: dict[str, set[str]] = {}
    for rule in known:
        for other in rule.pair:
            related.setdefault(rule.id, set()).add(other)
            related.setdefault(other, set()).add(rule.id)
    return related


def _check(check: Check) -> CatalogEntry:
    return CatalogEntry(
        id=check.id,
        kind="check",
        name=check.name,
        category=CHECKS,
        severity=check.severity.value,
        confidence="high",
        docs=check.docs,
        examples=check.examples,
        can_be_ignored=check.traits.can_be_ignored,
    )


def _rule(rule: Rule, related: Mapping[str, Iterable[str]]) -> CatalogEntry:
    return CatalogEntry(
        id=rule.id,
        kind="secret",
        name=rule.name,
        category=rule.category,
        severity=rule.usual_severity,
        confidence=recognition.confidence(rule),
        docs=rule.docs,
        impact=rule.impact,
        rotate=rule.rotate,
        provider=rule.provider,
        env=rule.env,
        revoke=rule.revoke,
        related=tuple(sorted(related.get(rule.id, ()))),
        recognition=tuple(recognition.sentences(rule)),
        pattern=rule.pattern,
        shape=None if rule.generic else recognition.shape(rule),
        keywords=rule.keywords,
        checksum=rule.checksum,
        public=rule.public,
        languages=rule.languages,
        source=rule.source,
        checked=rule.checked,
        evidence=rule.evidence,
        known_from=recognition.evidence(rule),
        status=rule.status,
        formerly=rule.formerly,
        examples=tuple(masked(example) for example in rule.example),
    )


def _beginning(pattern: str) -> str:
    literals = leading_literals(sre_parser.parse(pattern))
    return literals[0][:_KEPT] if len(literals) == 1 else ""


def _searched(entry: CatalogEntry) -> str:
    return " ".join([entry.id, entry.name, entry.provider, *entry.env]).lower()
