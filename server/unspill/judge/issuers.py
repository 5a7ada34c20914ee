"""Whose a secret is that has no rule's format: told by how it begins, or by the provider that its name says.

Both are read off the rules: the fixed characters that a pattern begins with, and the variables in `env`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.judge import placeholders, randomness, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from unspill.engine.matchers import Anchor
    from unspill.engine.named import Named
    from unspill.rules import Rule

_DISTINCTIVE = re.compile(r"(?=.*[A-Za-z0-9].*[A-Za-z0-9])[A-Za-z0-9_.-]{2,}[_-]|(?=.*[A-Z])[A-Za-z0-9_.-]{4,}")
"""What is no beginning of a word: three characters or more up to a separator, or four with a capital."""
_ENCODED = "eyJ"
"""What JSON in base 64 begins with: its body is not random."""
_VARIED = 3
"""How many different characters a beginning has at least: `AAAA` begins any number of things."""
_KINDS = frozenset("api key keys token tokens access auth personal pat apikey apitoken".split())
"""What the credential of a provider is called that has just one; a secret is the second half of something."""
_NAMELESS = _KINDS | frozenset(
    "app base bearer bot secret client db database encryption hash host id jwt oauth password private runner session"
    " signing smtp string webhook email account service user admin root master public".split()
)
"""Words of variables that name no provider."""
_SHOWN = frozenset("public publishable search site anon".split())
"""What the name of a key says that is public by design; other names may as well be those of secret ones."""
_STAGES = frozenset("prod production dev development staging stage test live new old backup default v1 v2".split())
"""What may follow in a name …"""
_LEADS = _STAGES | frozenset("my our the vite next nuxt expo react app public x".split())
"""… and what may precede it."""
_BUNDLED = re.compile(r"\A(?:(?:NEXT|EXPO|NUXT|GATSBY|REACT_NATIVE)_)?PUBLIC_")
_WHOLE = "^"
"""Before a key that must be the whole name: it says no more than a provider that may be called like a common word."""
_BUILDERS = frozenset("client async sync sdk service api".split())
"""Words of constructors that name no provider."""
_LONG = 10
"""Names of more words than this are not looked up."""
_REACH = 600
"""How many bytes before a value its call, object or section is looked for."""
_OPENER = re.compile(rb"([A-Za-z_][A-Za-z0-9_.\-]{1,60})[\"'\]]{0,2}[ \t]{0,4}[:=]?[ \t]{0,4}\Z")
_PATH = re.compile(r"([A-Za-z_][A-Za-z0-9_.\-]{1,60})[\"'\x60]?\]?(?:\.|->|\[[\"'\x60]?)\Z")
_SECTION = re.compile(rb"\[{1,2}([A-Za-z0-9_.\-\" ]{2,60})\]{1,2}[ \t]*\Z")
_PARENT = re.compile(rb"([ \t]*)(?:- )?[\"']?([A-Za-z_][A-Za-z0-9_.\-]{1,60})[\"']?:[ \t]*\Z")
_LONGEST = 80
"""How many bytes before a bracket its name may take."""
_BRACKET = re.compile(rb"[(){}\[\]]")

SHORTEST = 16
"""What is shorter (in bytes) is not told from words."""
_TOKEN = re.compile(rb"[A-Za-z0-9_\-+/=.~|:]{%d,}\Z" % SHORTEST)
_MIXED = re.compile(rb"[0-9]|[a-z][A-Z]")


def beginnings(anchors: Iterable[Anchor]) -> dict[str, list[int]]:
    """The distinctive beginnings of secrets, each with the indexes of its rules."""
    found: dict[str, list[int]] = {}
    for anchor in anchors:
        for literal in anchor.literals if anchor.rules and not anchor.keyword else ():
            if _DISTINCTIVE.fullmatch(literal) and len(set(literal)) >= _VARIED and not literal.startswith(_ENCODED):
                found.setdefault(literal, []).extend(anchor.rules)
    return found


def table(rules: Sequence[Rule]) -> dict[str, int]:
    """The index of a rule by the variables of its provider, written together: `acmeapikey`, and by `acme` alone.

    What several providers read names none of them. Of one provider's rules, the one without a beginning of its own.
    """
    found: dict[str, int] = {}
    shared: set[str] = set()
    names = [
        (place > 0, not rule.keywords, index, words.parts(name))
        for index, rule in enumerate(rules)
        for place, name in enumerate(rule.env)
    ]
    for _, _, index, said in sorted(names):
        if set(said) <= _NAMELESS or (rules[index].public and not _SHOWN & set(said)):
            continue
        provider = _provider(said)
        keys = [(_WHOLE if provider in words.COMMON else "") + "".join(said)]
        if provider == _joined(rules[index].provider) and provider not in words.COMMON and not rules[index].public:
            keys.append(_WHOLE + provider)
        for key in keys:
            if rules[found.setdefault(key, index)].provider != rules[index].provider:
                shared.add(key)
    return {key: index for key, index in found.items() if key not in shared}


def _provider(said: Sequence[str]) -> str:
    """The words of a variable but for those at its end that say what kind of credential it is."""
    last = len(said)
    while last and said[last - 1] in _KINDS:
        last -= 1
    return "".join(said[:last])


def _joined(name: str) -> str:
    return "".join(words.parts(name))


def named(value: Named, data: bytes, known: Mapping[str, int]) -> int | None:
    """The index of the rule whose provider a value is named after: by its name, or by what it is a part of.

    Lines beside it say nothing. None if no provider is named.
    """
    name = words.parts(value.name)
    if len(name) > _LONG:
        return None
    if (index := _said(name, known)) is not None:
        return index
    around = words.parts(_around(value, data))
    around = [word for word in around if word not in _BUILDERS] if len(around) <= _LONG else []
    return None if words.COMMON.issuperset(around) else _said([*around, *name], known)


def inner(name: str) -> str:
    """A name without what tells a bundler to build it into pages: its value is no more public by design for it."""
    return _BUNDLED.sub("", name)


def _said(name: Sequence[str], known: Mapping[str, int]) -> int | None:
    start, last = 0, len(name)
    while last and (name[last - 1].isdigit() or name[last - 1] in _STAGES):
        last -= 1
    while start < last and name[start] in _LEADS:
        start += 1
    for first in range(last):
        for end in range(last, first, -1):
            if not set(name[end:last]) <= _KINDS:
                break
            key = "".join(name[first:end])
            index = known.get(key)
            if index is None and first in {0, start}:
                index = known.get(_WHOLE + key)
            if index is not None:
                return index
    return None


def _around(value: Named, data: bytes) -> str:
    """The name of what contains a name: an object, a call, a section of TOML, a mapping of YAML; "" if nothing does."""
    if path := _PATH.search(value.before):
        return path[1]
    before = data[max(value.name_start - _REACH, 0) : value.name_start]
    depth = 0
    for bracket in reversed(list(_BRACKET.finditer(before))):
        depth += 1 if bracket[0] in b")}]" else -1
        if depth < 0:
            opener = _OPENER.search(before, max(bracket.start() - _LONGEST, 0), bracket.start())
            return opener[1].decode() if opener else ""
    return _section(before)


def _section(before: bytes) -> str:
    """The section or mapping that the last line of `before` is in; "" if there is none."""
    *lines, last = before.split(b"\n")
    own = len(last) - len(last.lstrip(b" \t-"))
    for line in reversed(lines):
        if section := _SECTION.fullmatch(line.rstrip(b"\r")):
            return section[1].decode()
        if own and (parent := _PARENT.fullmatch(line.rstrip(b"\r"))) and len(parent[1]) < own:
            return parent[2].decode()
    return ""


def may_be_random(data: bytes, start: int, end: int) -> bool:
    """Whether `data[start:end]` has the length and the characters of `is_random_token`, which takes longer."""
    return _TOKEN.fullmatch(data, start, end) is not None and _MIXED.search(data, start, end) is not None


def is_random_token(text: bytes) -> bool:
    """Whether `text` looks drawn at random: 16 characters or more of tokens, and neither words nor encoded JSON."""
    if not _TOKEN.match(text) or text.startswith(_ENCODED.encode()) or placeholders.reason(text):
        return False
    return randomness.UUID.match(text.decode()) is not None or randomness.is_random(text.decode())
