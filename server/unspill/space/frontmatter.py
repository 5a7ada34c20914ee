"""The front matter of a Space's README: which keys there are (`frontmatter.toml`), and what is wrong with those in one.

What the Hub is known to accept is never wrong: a number in place of a text, a key that has no effect.
"""

from __future__ import annotations

import difflib
import pkgutil
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from unspill import toml
from unspill.languages import _front_matter, readme
from unspill.languages._front_matter import YamlType, YamlValue
from unspill.model import Confidence, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from unspill.document import Document
    from unspill.languages._front_matter import YamlPair

_NEAR = 0.8
"""The least ratio (of difflib) of two words of which one may be meant by the other: `subtitle` is no `title`."""
_ACCEPTED = {
    "string": (YamlType.STRING, YamlType.BOOLEAN, YamlType.INTEGER, YamlType.FLOAT),
    "version": (YamlType.STRING, YamlType.INTEGER, YamlType.FLOAT),
    "boolean": (YamlType.BOOLEAN,),
    "integer": (YamlType.INTEGER,),
    "list": (YamlType.LIST,),
    "mapping": (YamlType.MAPPING,),
}
_IN_WORDS = {
    "string": "a text",
    "version": "a version in quotes",
    "boolean": "true or false",
    "integer": "a whole number",
    "list": "a list",
    "mapping": "a mapping",
}
_AS_TEXT = {"boolean": re.compile(r"true|false|yes|no|on|off", re.IGNORECASE), "integer": re.compile(r"[0-9]+")}
"""Texts that are taken for a value of another type."""
_TRAILING_ZERO = re.compile(r"[0-9]+\.[0-9]*0")
_SECRETS = frozenset("env envs env_vars environment secret secrets variables space_secrets space_variables".split())
"""Keys that people make up in order to set secrets."""
_SDK = re.compile(rb"^sdk[ \t]*:", re.MULTILINE)
_BARE_COLON = re.compile(rb"^[A-Za-z_]+:[ \t]+([^\s\"'\[{|>#&*!%@`][^\r\n#]*:[ \t][^\r\n#]*[^\s#])", re.MULTILINE)
"""A value without quotes in which a colon precedes a space."""
_NOT_AT_TOP = re.compile(
    rb"(?:(?!---|[ \t]*[`~]{3})[^\r\n]*\r?\n){1,10}(?P<mark>---)[ \t]*\r?\n"
    rb"(?:[A-Za-z_]+:[^\r\n]*\r?\n){0,20}sdk:[ \t]*(?:gradio|docker|static)\b"
)
"""A few lines of text, and then what the top of the file should be; a fenced block is an example."""
_OF_SPACES = frozenset(["sdk_version", "app_file", "app_port", "colorFrom", "colorTo"])
"""Keys that only Spaces have."""


class FrontMatterKey(NamedTuple):
    """A key, as `frontmatter.toml` describes it."""

    name: str
    types: tuple[str, ...]
    says: str
    values: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    default: str = ""
    sdks: tuple[str, ...] = ()
    pattern: str = ""
    form: str = ""
    most: int | None = None
    keys: tuple[str, ...] = ()


class FrontMatterProblem(NamedTuple):
    """Something that is wrong with a front matter, and what to replace the text at `span` with, if that is known."""

    span: Span
    message: str
    replacement: str = ""
    is_sure: bool = False
    """Whether the replacement is what was meant without doubt."""
    confidence: Confidence = Confidence.HIGH


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    """`frontmatter.toml`."""
    return toml.loads(pkgutil.get_data("unspill.space", "frontmatter.toml") or b"")


@lru_cache(maxsize=1)
def keys() -> dict[str, FrontMatterKey]:
    """The keys by name, in the order of the file."""
    found = {}
    for row in table()["key"]:
        values: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in row.items()}
        found[row["name"]] = FrontMatterKey(**values)
    return found


def is_readme(path: str) -> bool:
    """Whether the file at `path` is one whose front matter the Hub reads."""
    return path.rpartition("/")[2].lower() == "readme.md"


def problems(document: Document) -> tuple[FrontMatterProblem, ...]:
    """What is wrong with the front matter of a Space's README, in order; () for any other. Raises UnparsedError."""
    return document.memo(_problems)


def values(document: Document) -> dict[str, YamlValue]:
    """The values of the front matter by key; {} if it does not parse. Raises UnparsedError."""
    return {pair.name: pair.value for pair in _front_matter.pairs(document) or ()}


def _problems(document: Document) -> tuple[FrontMatterProblem, ...]:
    pairs = _front_matter.pairs(document)
    if pairs is None:
        return tuple(_unparsed(document))
    names = {pair.name for pair in pairs}
    meant = {name: near for name in names if (near := _meant(name, keys())) is not None}
    has_sdk = "sdk" in names or "sdk" in meant.values()
    if not has_sdk and names.isdisjoint(_OF_SPACES):
        return tuple(_misplaced(document)) if not pairs else ()
    found: list[FrontMatterProblem] = []
    if not has_sdk:
        found.append(FrontMatterProblem(pairs[0].span, f"sdk is missing: set it to {_one_of(keys()['sdk'].values)}."))
    seen: set[str] = set()
    for pair in pairs:
        if pair.name in seen:
            found.append(FrontMatterProblem(pair.span, f"{pair.name} is set twice: delete one of the two."))
        seen.add(pair.name)
        key = keys().get(pair.name)
        found += _unknown(pair, meant.get(pair.name), names) if key is None else _wrong(key, pair)
    return tuple(found)


def _unparsed(document: Document) -> Iterator[FrontMatterProblem]:
    """What is wrong with a front matter that YAML cannot read."""
    start, end = readme.parts(document).front_matter
    if not _SDK.search(document.data, start, end):
        return
    bare = _BARE_COLON.search(document.data, start, end)
    if bare is None:
        span = Span(start, document.line_span(document.line_at(start))[1])
        yield FrontMatterProblem(span, "The front matter is not valid YAML: the Hub cannot read it.")
        return
    value = Span(*bare.span(1))
    text = document.text(value)
    replacement = "" if re.search(r"[\"\\]", text) else f'"{text}"'
    yield FrontMatterProblem(value, "YAML needs quotes around a text with a colon.", replacement, is_sure=True)


def _misplaced(document: Document) -> Iterator[FrontMatterProblem]:
    """A front matter that is not at the top of the file."""
    found = _NOT_AT_TOP.match(document.data)
    if found is not None:
        yield FrontMatterProblem(
            Span(*found.span("mark")), "The front matter must be at the top of the file: the Hub does not see it here."
        )


def _meant(name: str, known: Iterable[str]) -> str | None:
    """What an unknown word stands for, if it is near enough to a known one; None for a known word."""
    words = list(known)
    if name in words:
        return None
    bare = {re.sub(r"[^a-z0-9]", "", word.lower()): word for word in words}
    own = re.sub(r"[^a-z0-9]", "", name.lower())
    return bare.get(own) or next(iter(difflib.get_close_matches(name, words, 1, _NEAR)), None)


def _is_same(name: str, other: str) -> bool:
    """Whether two words differ in case and punctuation only."""
    first, second = (re.sub(r"[^a-z0-9]", "", word.lower()) for word in (name, other))
    return first == second


def _unknown(pair: YamlPair, meant: str | None, names: Iterable[str]) -> Iterator[FrontMatterProblem]:
    if meant is not None and meant not in names:
        message = f"Unknown key {pair.name}; did you mean {meant}?"
        yield FrontMatterProblem(pair.span, message, meant, _is_same(pair.name, meant))
    elif pair.name.lower() in _SECRETS:
        message = f"{pair.name} sets nothing: the Hub has no key for secrets. Set them in the settings of the Space."
        yield FrontMatterProblem(pair.span, message)
    else:
        message = f"Unknown key {pair.name}: the Hub does nothing with it."
        yield FrontMatterProblem(pair.span, message, confidence=Confidence.LOW)


def _wrong(key: FrontMatterKey, pair: YamlPair) -> Iterator[FrontMatterProblem]:
    """What is wrong with the value of a known key."""
    value = pair.value
    if value.kind in (YamlType.OTHER, YamlType.NULL):
        if key.name == "sdk" and value.kind is YamlType.NULL:
            yield FrontMatterProblem(pair.span, f"sdk has no value: set it to {_one_of(key.values)}.")
        return
    if not _has_type(key, value):
        yield FrontMatterProblem(
            value.span, f"{key.name} must be {' or '.join(map(_IN_WORDS.__getitem__, key.types))}."
        )
        return
    if "version" in key.types and value.kind is YamlType.FLOAT and _TRAILING_ZERO.fullmatch(value.text):
        number = f"{float(value.text):g}"
        message = f"YAML reads {key.name}: {value.text} as the number {number}: quote it."
        yield FrontMatterProblem(value.span, message, f'"{value.text}"', is_sure=True)
    for one in value.items or (value,):
        yield from _wrong_text(key, one)
    for inner in value.pairs:
        if key.keys and inner.name not in key.keys:
            yield _replaced(inner.name, inner.span, f"A key of {key.name}", key.keys)


def _has_type(key: FrontMatterKey, value: YamlValue) -> bool:
    as_text = (_AS_TEXT[kind] for kind in key.types if kind in _AS_TEXT)
    return any(value.kind in _ACCEPTED[kind] for kind in key.types) or (
        value.kind is YamlType.STRING and any(pattern.fullmatch(value.text) for pattern in as_text)
    )


def _wrong_text(key: FrontMatterKey, value: YamlValue) -> Iterator[FrontMatterProblem]:
    text = value.text
    if value.kind not in _ACCEPTED["string"]:
        return
    if key.values and text not in key.values and text not in key.former:
        yield _replaced(text, value.span, key.name, key.values)
    elif key.known and (near := _meant(text, key.known)) is not None:
        yield FrontMatterProblem(value.span, f"Unknown {key.name}: did you mean {near}?", near, _is_same(text, near))
    elif key.pattern and not re.fullmatch(key.pattern, text, re.DOTALL):
        yield FrontMatterProblem(value.span, f"{key.name} must be {key.form}.")
    elif key.most is not None and text.isdecimal() and int(text) > key.most:
        yield FrontMatterProblem(value.span, f"{key.name} is at most {key.most}.", str(key.most))


def _replaced(text: str, span: Span, what: str, choices: tuple[str, ...]) -> FrontMatterProblem:
    """The problem of a word that is none of the only ones there may be."""
    near = _meant(text, choices)
    hint = f"; did you mean {near}?" if near else "."
    message = f"{what} must be {_one_of(choices)}{hint}"
    return FrontMatterProblem(span, message, near or "", near is not None and _is_same(text, near))


def _one_of(choices: tuple[str, ...]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"
