"""The catalogue as JSON, version 1. Frozen apart from additions: a public interface, independent of internal types.

{"version": 1, "rules": [...]}, sorted by id. Each rule has all of these keys:

    id, name, category      text
    kind                    "secret", or "check" (which has no pattern, and null, "" or [] for what it lacks)
    severity, confidence    of a finding that the judge is sure of
    impact, rotate          what it opens, and how to replace it; "" for a check
    docs                    both together; what a check is about
    provider, revoke        who issues it, and a URL, or ""
    env                     the environment names that the provider's own SDK reads, canonical first
    related                 ids of the rules that it pairs with
    pattern                 a regular expression; its group, if it has one, is the secret
    prefixes                the texts of which one begins every secret; [] if there are none, or too many
    length                  {"min", "max"} in characters, `max` null if there is no limit; null for generic rules
    alphabet                what varies, in words
    keywords, languages     one of which must be near it, and be the file's; [] if any may
    evidence                "documented" by the issuer, "observed" by others, a "guess", or "" if its file does not say
    source, checked         the page that the shape was read on, and the day (ISO 8601), or ""
    status                  "active", or "retired" if nothing accepts it any more; "" for a check
    formerly                ids that the rule had before
    checksum                the name of a test that a right one passes, or ""
    public                  whether it is made to be published
    recognition             the same in sentences
    examples                made up, with … in place of the secret; of a check: reported, then fixed
    page                    the path of its page below the folder of `--html`
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.docs.entries import CatalogEntry

VERSION = 1


def text(found: Iterable[CatalogEntry]) -> str:
    """The entries as JSON: ASCII only, so that it works in any terminal and locale."""
    return json.dumps({"version": VERSION, "rules": [_rule(entry) for entry in found]}, indent=2) + "\n"


def _rule(entry: CatalogEntry) -> dict[str, Any]:
    shape = entry.shape
    return {
        "id": entry.id,
        "kind": entry.kind,
        "name": entry.name,
        "category": entry.category,
        "severity": entry.severity,
        "confidence": entry.confidence,
        "impact": entry.impact,
        "rotate": entry.rotate,
        "docs": entry.docs,
        "provider": entry.provider,
        "revoke": entry.revoke,
        "env": entry.env,
        "related": entry.related,
        "pattern": entry.pattern,
        "prefixes": shape.prefixes if shape else (),
        "length": {"min": shape.shortest, "max": shape.longest} if shape else None,
        "alphabet": shape.alphabet if shape else "",
        "keywords": entry.keywords,
        "languages": entry.languages,
        "evidence": entry.evidence,
        "source": entry.source,
        "checked": entry.checked,
        "status": entry.status,
        "formerly": entry.formerly,
        "checksum": entry.checksum,
        "public": entry.public,
        "recognition": entry.recognition,
        "examples": entry.examples,
        "page": entry.page,
    }
