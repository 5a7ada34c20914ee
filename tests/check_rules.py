"""Check rule files on their own: `python -m tests.check_rules rules/ai [more folders or files]`.

Every generated value of an example must be matched in full by its rule, and no `not` entry may be, boundaries included.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from random import Random

from unspill import rules
from unspill.engine.keywords import spellings
from unspill.errors import RuleError

from tests.samples import fill

_EDGES = {"alnum": "A-Za-z0-9", "word": "A-Za-z0-9_"}


def problems(rule: rules.Rule) -> list[str]:
    """What is wrong with the examples of a rule, as sentences."""
    edge = _EDGES[rule.boundary]
    pattern = re.compile(f"(?<![{edge}])(?:{rule.pattern})(?![{edge}])")
    found = []
    for example in rule.example:
        try:
            sample = fill(example, Random(rule.id))
        except ValueError as error:
            found.append(str(error))
            continue
        spans = [match.span(match.lastindex or 0) for match in pattern.finditer(sample.text)]
        if not sample.spans:
            found.append(f"example {example!r} generates no value")
        missing = [span for span in sample.spans if span not in spans]
        if missing:
            found.append(f"example {example!r} is not matched exactly")
        text = sample.text.lower().encode()
        if rule.keywords and not any(word in text for word in spellings(rule.keywords)):
            found.append(f"example {example!r} holds none of the keywords")
    return [*found, *(f"keyword {word!r} is a spelling of the others" for word in redundant(rule.keywords))]


def redundant(keywords: tuple[str, ...]) -> list[str]:
    """The keywords all of whose spellings are those of others as well."""
    others = {word: spellings(tuple(other for other in keywords if other != word)) for word in keywords}
    repeated = [word for word in keywords if keywords.count(word) > 1]
    return repeated or [word for word in keywords if set(spellings((word,))) <= set(others[word])]


def main(arguments: list[str]) -> int:
    """Print the problems of the named files and folders; 1 if there are any."""
    paths = [str(p) for a in arguments for p in (sorted(Path(a).rglob("*.toml")) if Path(a).is_dir() else [Path(a)])]
    bad = count = 0
    for path in paths:
        try:
            for rule in rules.load([path]):
                count += 1
                for problem in problems(rule):
                    bad += 1
                    print(f"{path}: {rule.id}: {problem}")
        except RuleError as error:
            if "pair: unknown rule" in str(error):  # one of another file
                continue
            bad += 1
            print(error)
    print(f"{count} rules in {len(paths)} files, {bad} problems")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
