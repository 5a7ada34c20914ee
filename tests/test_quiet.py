"""Quiet: what stands in every repository beside the name of a provider is no key of it."""

from __future__ import annotations

import re
import string
from random import Random
from uuid import UUID

import pytest
from unspill import rules
from unspill.document import Document
from unspill.languages import language_of
from unspill.scan import Scanner
from unspill.settings import Settings

SCANNER = Scanner(use_cache=False)
SPEAKS = re.compile(
    "key|token|secret|pass|pwd|auth|cred|api|access|private|licen|login|appid|bearer|webhook|cert|client|admin|hash|sid"
)
# Words that only name a provider; one that says "key" itself makes one of what follows.
PROVIDERS = sorted(
    {
        word
        for rule in rules.load(rules.shipped())
        for word in rule.keywords
        if re.fullmatch("[a-z0-9-]{4,}", word) and not SPEAKS.search(word)
    }
)
LINES = {
    "build.log": "[2026-01-01 12:00:00] {}: session {uuid} started\n{} GET /v1/items/{id} 200\n",
    "data.csv": "id,provider,uuid,hash\n1,{},{uuid},{md5}\n2,{},{uuid},{sha1}\n",
    "CHANGES.md": "- {} build {sha1} failed\n- fixed in {}@{sha1}\n- ![badge](https://img.{}.com/{md5}.svg)\n",
    "sums.txt": "{}-1.2.3.tar.gz  {sha256}\n{md5}  {}.zip\nMD5 ({}.iso) = {md5}\n",
    "test_a.py": 'def test():\n    item = {}.get("{uuid}")\n    assert {}.fetch("{id}")["checksum"] == "{sha1}"\n',
    "a.py": '{}_id = "{uuid}"\n{}_project = "{id}"\n{}_commit = "{sha1}"\n{}_etag = "{md5}"\n',
    "a.html": '<script src="https://cdn.{}.com/{md5}.min.js" integrity="sha384-{base64}"></script>\n',
    "dump.sql": "INSERT INTO {}_events VALUES (1, '{uuid}', '{sha1}');\n",
    "deploy.yaml": "services:\n  {}:\n    image: {}/{}:latest@sha256:{sha256}\n",
    "ci.yml": "steps:\n- uses: {}/action@{sha1} # v1\n",
    "composer.lock": '{"name": "{}/{}", "reference": "{sha1}", "shasum": "{sha1}"}\n',
    "go.sum": "github.com/{}/{}-go v1.2.3 h1:{base64}=\n",
    "Podfile.lock": "SPEC CHECKSUMS:\n  {}: {sha1}\n",
    "poetry.lock": 'name = "{}"\nfiles = [{file = "{}-1.2-py3-none-any.whl", hash = "sha256:{sha256}"}]\n',
    "requirements.txt": "{}==1.2.3 --hash=sha256:{sha256}\n{} @ git+https://github.com/{}/{}.git@{sha1}\n",
}


def filled(line: str, provider: str, random: Random) -> bytes:
    """`line` about `provider`, with made-up hashes and identifiers."""
    values = {
        "{uuid}": lambda: str(UUID(int=random.getrandbits(128), version=4)),
        "{id}": lambda: random.randbytes(12).hex(),
        "{md5}": lambda: random.randbytes(16).hex(),
        "{sha1}": lambda: random.randbytes(20).hex(),
        "{sha256}": lambda: random.randbytes(32).hex(),
        "{base64}": lambda: "".join(random.choices(string.ascii_letters + string.digits + "+/", k=43)),
        "{}": lambda: provider,
    }
    return re.sub("|".join(map(re.escape, values)), lambda found: values[found[0]](), line).encode()


@pytest.mark.parametrize("path", LINES)
def test_hashes_and_identifiers_beside_a_provider_are_not_reported(path: str) -> None:
    """For every provider in the catalogue: its name in logs, tables, tests and lock files makes no key of a hash."""
    random = Random(path)
    loud = {
        (finding.rule, provider)
        for provider in PROVIDERS
        for finding in SCANNER.scan(
            Document(filled(LINES[path], provider, random), path, language_of(path).id)
        ).findings
        if finding.confidence >= Settings().confidence
    }
    assert loud == set()
