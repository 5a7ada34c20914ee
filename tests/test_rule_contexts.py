"""Rules that need a keyword, in the places where people write keys: the name, the host or the text beside the value."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
from unspill import rules
from unspill.document import Document
from unspill.languages import language_of
from unspill.scan import Scanner
from unspill.settings import Settings

from tests.samples import fill
from tests.tokens import complete

SCANNER = Scanner(use_cache=False)
WRITTEN = {
    "client.go": "package main\n\nvar help = \"{word} token = '{value}'\"\n",
    "config.yaml": 'auth:\n  in: Path\n  secret: "{value}"\n  base_url: "https://api.{word}.com/v1/items"\n',
    "debug.log": "[INFO] Sending request to the {word} API\n[DEBUG] Using Key={value}\n[INFO] 200 OK\n",
    "credentials.xml": "<scope>GLOBAL</scope>\n<id>{word}</id>\n<secret>{value}</secret>\n",
    "main.go": 'url := "https://api.{word}.com/v1"\n{word}Token := "{value}"\nreq.Header.Set("Authorization", token)\n',
    "app.py": 'import requests\n\n{word}_key = "{value}"\nrequests.get("https://api.{word}.com/v1", timeout=9)\n',
    "notes.txt": "{word} {value}\n",
    ".env": "{WORD}={value}\n",
}
ENOUGH = 0.98
"""Some shapes hold blanks, or look like another provider's in such a place."""


@cache
def samples() -> list[tuple[str, str, str]]:
    """(rule id, keyword, made-up value) of every rule that goes by a keyword which can be part of any name."""
    found = []
    for rule in rules.load(rules.shipped()):
        word = next((word for word in rule.keywords if word.isalnum()), None)
        if word is None or rule.public or rule.generic:
            continue
        example = complete(rule, fill(rule.example[0], Random(f"{rule.id} 0")))
        value = example.text[slice(*example.spans[0])]
        if "\n" not in value and '"' not in value:
            found.append((rule.id, word, value))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", WRITTEN)
def test_a_rule_by_keyword_finds_its_value_where_people_write_it(path: str) -> None:
    """Nearly every rule reports its value under its own id, exactly, with the keyword in a name, a host or a text."""
    everything = samples()
    reported = 0
    for rule, word, value in everything:
        text = WRITTEN[path].format(word=word, WORD=word.upper(), value=value)
        findings = SCANNER.scan(Document(text.encode(), path, language_of(path).id)).findings
        reported += any(
            finding.rule == rule
            and finding.secret is not None
            and finding.secret.reveal() == value
            and finding.confidence >= Settings().confidence
            for finding in findings
        )
    assert reported >= ENOUGH * len(everything)
