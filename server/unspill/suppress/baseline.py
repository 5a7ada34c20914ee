"""The baseline: existing findings, which are not reported again unless their number increases.

A text file for people, git and merges: a first line with the version and the key of the fingerprints, then one line
per known finding, sorted, without line numbers and dates:

    unspill-baseline 1 <key>
    <fingerprint> <count> <rule> in "<path>"

The key is random, created with the file, so that nobody with only a report or another baseline can compare the two; or
`$UNSPILL_FINGERPRINT_KEY:` and a check of that key, if the variable was set. The file contains no values.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from unspill import fingerprint, languages
from unspill.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from unspill.document import Document
    from unspill.model import Finding, Span

_HEADER = re.compile(r"unspill-baseline (\d+) (\S+)\Z")
# The fingerprint comes first, and a word before the path: directly after a rule's name, such as `…-token`, scanners
# (including this one) would take them for a value.
_ENTRY = re.compile(r'([0-9a-f]{32}) ([1-9][0-9]{0,8}) ([\w.-]+) in (".*")\Z')
_KEY = re.compile(r"[0-9a-f]{64}\Z")
_VERSION = "1"
_FROM_ENVIRONMENT = f"${fingerprint.KEY_VARIABLE}:"


class Entry(NamedTuple):
    """A known finding, without its count."""

    path: str
    """POSIX, relative to the root, with texts of a provider's format masked."""
    rule: str
    fingerprint: str


class Baseline(NamedTuple):
    """The content of a baseline file."""

    name_of_key: str
    """The key as in the file: 64 hexadecimal digits, or its source and a check."""
    key: bytes
    counts: Mapping[Entry, int]


def new() -> Baseline:
    """An empty baseline with a new key, or that of the environment."""
    if os.environ.get(fingerprint.KEY_VARIABLE):
        key = fingerprint.key()
        return Baseline(_FROM_ENVIRONMENT + _check(key), key, {})
    made = secrets.token_hex(32)
    return Baseline(made, bytes.fromhex(made), {})


def parse(data: bytes, name: str) -> Baseline:
    """The baseline in the file called `name`.

    Duplicate lines from a merge count once, with the larger count. Raises ConfigError, naming file and line.
    """
    first, *lines = data.decode("utf-8-sig", "replace").splitlines() or [""]
    header = _HEADER.match(first)
    if header is None or header[1] != _VERSION:
        raise ConfigError(f"{name}:1: not a baseline of version {_VERSION}; create a new one with `unspill baseline`")
    counts: dict[Entry, int] = {}
    for number, line in enumerate(lines, 2):
        if not line:
            continue
        match = _ENTRY.match(line)
        if match is None:
            raise ConfigError(f"{name}:{number}: not a baseline entry; resolve the merge, or delete the line")
        try:
            entry = Entry(json.loads(match[4]), match[3], match[1])
        except ValueError:
            raise ConfigError(f"{name}:{number}: invalid path; delete the line") from None
        counts[entry] = max(int(match[2]), counts.get(entry, 0))
    return Baseline(header[2], _key(header[2], name), counts)


def text(baseline: Baseline) -> str:
    """The file of a baseline, sorted by path, rule and fingerprint. ASCII."""
    lines = [f"unspill-baseline {_VERSION} {baseline.name_of_key}"]
    for entry, count in sorted(baseline.counts.items()):
        lines.append(f"{entry.fingerprint} {count} {entry.rule} in {json.dumps(entry.path)}")
    return "\n".join(lines) + "\n"


def can_baseline(finding: Finding) -> bool:
    """Whether a finding can be baselined."""
    return finding.traits.can_be_ignored


def fingerprints(
    document: Document,
    findings: Iterable[Finding],
    path: str,
    key: bytes,
    ordinals: Counter[tuple[str, str, str, str | None]] | None = None,
) -> dict[tuple[str, Span], str]:
    """The fingerprints of a document's findings, by rule and span. `path` is the document's from the root.

    `ordinals` counts the findings of each place so far, if several documents share the path.
    """
    ordinals = Counter() if ordinals is None else ordinals
    found = {}
    for finding in sorted(languages.located(document, findings), key=lambda finding: finding.span):
        place = (finding.rule, path, finding.site.kind, finding.site.name)
        found[finding.rule, finding.span] = fingerprint.fingerprint(finding, path, ordinals[place], key)
        ordinals[place] += 1
    return found


def under_former_ids(findings: Iterable[Finding]) -> list[Finding]:
    """The findings under the former ids of their rules."""
    return [finding._replace(rule=name) for finding in findings for name in finding.formerly]


def renamed(baseline: Baseline, present: Mapping[tuple[str, str], tuple[str, str]]) -> Baseline:
    """The baseline with the current ids of rules: `present` has rule and fingerprint by former ones."""
    if not present:
        return baseline
    counts: Counter[Entry] = Counter()
    for entry, count in baseline.counts.items():
        counts[Entry(entry.path, *present.get(entry[1:], entry[1:]))] += count
    return baseline._replace(counts=counts)


def before_move(
    baseline: Baseline, document: Document, findings: Sequence[Finding], gone: Iterable[str]
) -> tuple[str, dict[tuple[str, Span], str]] | None:
    """The path of `gone` that a document was moved from, and the fingerprints of its findings there; None if none.

    It is the one where a fingerprint matches a known one.
    """
    for before in gone:
        made = fingerprints(document, findings, before, baseline.key)
        if any(Entry(before, rule, known) in baseline.counts for (rule, _), known in made.items()):
            return before, made
    return None


def match(
    counts: Mapping[Entry, int], found: Sequence[Entry], vacated: Callable[[str], bool]
) -> tuple[list[bool], Counter[Entry]]:
    """The known ones of the findings, and the remaining entries.

    `vacated` returns whether all remaining findings of a path are in `found`: other entries of that path may have moved
    to another file. Findings beyond the known count are new.
    """
    left = Counter(dict(counts))
    known = []
    for entry in found:
        known.append(left[entry] > 0)
        left[entry] -= known[-1]
    new = {entry.fingerprint for entry, is_known in zip(found, known, strict=True) if not is_known}
    free = [entry for entry, count in left.items() if count > 0 and entry.fingerprint in new and vacated(entry.path)]
    by_fingerprint: dict[str, list[Entry]] = {}
    for entry in free:
        by_fingerprint.setdefault(entry.fingerprint, []).extend([entry] * left[entry])
    for number, entry in enumerate(found):
        if not known[number] and (moved := by_fingerprint.get(entry.fingerprint)):
            known[number] = True
            left[moved.pop()] -= 1
    return known, +left


def _key(word: str, name: str) -> bytes:
    if _KEY.match(word):
        return bytes.fromhex(word)
    if not word.startswith(_FROM_ENVIRONMENT):
        raise ConfigError(f"{name}:1: no key; create a new baseline with `unspill baseline`")
    key = fingerprint.key()
    if not hmac.compare_digest(_check(key), word[len(_FROM_ENVIRONMENT) :]):
        raise ConfigError(f"{name}:1: created with another {fingerprint.KEY_VARIABLE}; set the variable to that value")
    return key


def _check(key: bytes) -> str:
    return hmac.new(key, b"unspill baseline", hashlib.sha256).hexdigest()[:16]
