"""Passwords that people make up (`Word#1234`, `WordWord2026`), and those that they only write as an example."""

from __future__ import annotations

import re

from unspill.judge import placeholders
from unspill.judge.words import PLACEHOLDERS

_PASSWORDS = re.compile(
    rb"""(?:an?|my|your|the|some|new|old|db|user|super|api)?[_\-\ ]?(?:
      pass(?:w(?:or)?d|wd|phrase|w)?|pwd|pw|pword|secret|token|key|api_?key|credentials?|auth|letmein|qwerty
    )[_\-\ ]?(?:here|goes_?here|[0-9]{0,3})
    |admin|root|user(?:name)?|guest|test(?:ing|er)?[0-9]{0,3}|demo|example|sample|dummy|fake|mock|foo|bar|baz|foobar
    |changeme|change_?this|change_?it|replace_?me|redacted|removed|hidden|masked|\*+|x+|a+|p+|\.\.\.+|none|null|nil
    |(?:your|my|insert|enter|change|replace)[_\-\ ].*|undefined|empty|default|todo|fixme|tbd|n/a|string|value
    |abc(?:123|def)?|1234?5?6?7?8?9?0?|s3cr3t|p@ssw0rd|hunter2|host(?:name)?|port|login|localhost|me|you|us
    |postgres(?:ql)?|mysql|mongo(?:db)?|redis|neo4j|minioadmin|rabbitmq|milvus|elastic|changeit|anonymous|tiger
    |ollama|lm-studio|not-needed""",
    re.IGNORECASE | re.VERBOSE,
)
"""Passwords of examples, and defaults of servers."""
_ESCAPED = re.compile(rb"%20|\+")
"""An encoded space in the password of a URL."""
_SIGN = re.compile(rb"[^A-Za-z0-9]")
"""One that is added to a word."""
_SAYS_SO = re.compile(rb"example|placeholder|redacted|dummy|\*\*\*", re.IGNORECASE)
_SHORTEST = 8
_DIGITS = 3
"""So many digits are as good as one more word."""
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^A-Za-z0-9]")
_CHARACTERS = re.compile(r"[A-Za-z0-9!@#$%^&*_.~+?/-]+")
"""Those of words, digits and the symbols that people add: no blank, no punctuation of code."""
_IDENTIFIER = re.compile(
    r"[A-Z0-9]+(?:_[A-Z0-9]+)+|[A-Za-z_]\w*(?:[./][A-Za-z_]\w*)+|[a-z0-9]+(?:[_-][a-z0-9]+)*[a-z]|0[xX].*"
)
"""The name of a constant, of an attribute or a file, words of which the last has no number, a number."""
_COUNTED = re.compile(r"[a-z]+[_@.-]?(?:0{1,2}1|12(?:3(?:4(?:5(?:6(?:7(?:89?)?)?)?)?)?)?|321|0{2,4})[!.]?")
"""A single small word and a number that counts: `root123`, `jira_123456`."""
_WORD = re.compile(r"[a-z]+")
_LEET = str.maketrans("013457@$", "oieastas")
_EXAMPLE = 0.6
"""With this share of its letters in words that stand for a password, a value is an example …"""
_COUNTED_EXAMPLE = 0.35
"""… and with this one, if it ends in a number that counts."""
_COUNTS = re.compile(r"(?<![0-9])123(?:4(?:56?)?)?[^A-Za-z0-9]*\Z")
_WORDS = PLACEHOLDERS | frozenset(
    """
    my db pg redis valkey postgres postgresql mysql mariadb mongo mongodb rabbit rabbitmq minio neo elastic airflow
    grafana keycloak kafka oracle mssql sqlserver influx influxdb clickhouse cassandra couchdb nats vault consul jenkins
    sonar nexus gitlab gitea wordpress drupal magento odoo superset metabase n8n docker localhost database server
    backend bad wrong strong weak secure
    """.split()
)
"""The words of examples, and the servers whose defaults they are."""
_LONGEST = max(map(len, _WORDS))


def reason(value: bytes, user: bytes = b"") -> str:
    """Why `value` is not a password: like `placeholders.reason`, but words are allowed. `user` is the user name."""
    if placeholders.TEMPLATE.search(value):
        return "template or reference"
    if user and value.lower() == user.lower():
        return "same as the user name"
    return example_reason(value)


def example_reason(value: bytes) -> str:
    """Why `value` is one that people only write as an example; "" if it may be in use."""
    if not value or placeholders.is_published(value):
        return "value from public documentation"
    plain = _ESCAPED.sub(b" ", value)
    is_word = _PASSWORDS.fullmatch(plain) or _PASSWORDS.fullmatch(_SIGN.sub(b"", plain, count=1))
    if is_word or is_example(value.decode("utf-8", "replace")):
        return "placeholder for a password"
    if len(set(value)) <= 2:
        return "too few distinct characters"
    if placeholders.is_sequence(value):
        return "sequential characters"
    return "placeholder" if _SAYS_SO.search(value) else ""


def is_made_up(text: str) -> bool:
    """Whether `text` is a password as people make them: letters and digits, with a symbol, several words or digits."""
    if len(text) < _SHORTEST or not _CHARACTERS.fullmatch(text) or _IDENTIFIER.fullmatch(text):
        return False
    letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
    return letters > 1 and len(_PARTS.findall(text)) + digits // _DIGITS > 2 and digits > 0


def is_example(text: str) -> bool:
    """Whether `text` is words for a password, or a small word with a number that counts: `Passw0rd!`, `root123`."""
    if _COUNTED.fullmatch(text):
        return True
    lower = text.lower()
    least = _COUNTED_EXAMPLE if _COUNTS.search(text) else _EXAMPLE
    return max(_example(lower), _example(lower.strip("0123456789!@#$%&*.?_-").translate(_LEET))) >= least


def _example(text: str) -> float:
    """The share of the letters of `text` (0 to 1) that lie in words that stand for a password."""
    runs = _WORD.findall(text)
    total = sum(map(len, runs))
    return sum(map(_covered, runs)) / total if total else 0.0


def _covered(run: str) -> int:
    found = at = 0
    while at < len(run):
        sizes = range(min(_LONGEST, len(run) - at), 1, -1)
        size = next((size for size in sizes if run[at : at + size] in _WORDS), 0)
        found += size
        at += size or 1
    return found
