"""The score of a named value: what its name, its place and its look say together, where no rule decides.

Each observation is a *feature* with a readable description (`name contains password`, `word-like`, `unquoted in code`;
all are in `judge.features`). Each has a weight (`weights.WEIGHTS`, fitted by `tools/fit_generic.py`); their sum is the
score, with thresholds for low and medium confidence. The expected look depends on the name: words are normal in a
password, but evidence against a key or a token.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from unspill.judge import entropy, exclusions, meaning, randomness, words
from unspill.judge.features import (
    ALONE,
    ALWAYS,
    BARE,
    LENGTHS,
    OPERATORS,
    PASSWORD,
    QUOTED,
    READINGS,
    SAYS,
    SHARES,
    ContextFeature,
    NameFeature,
    ValueFeature,
)
from unspill.judge.weights import WEIGHTS
from unspill.languages import FileKind, language_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.engine.named import Named

_TOLD = 4
"""Number of features named in a reason."""

_OPENS = frozenset("api secret access auth password passwd pwd apikey private credential credentials bearer".split())
_KINDS = (FileKind.CODE, FileKind.CONFIGURATION, FileKind.PROSE)
"""Those that have weights."""
_HEADER = re.compile(r"(?:-H|--header)[ =]{0,3}\\?[\"']?[ ]?\Z")
_READS = re.compile(
    r"get|env|find|read|load|input|format|join|replace|split|append|pop|has|set|test|field|decode|encode", re.IGNORECASE
)
_DATE = re.compile(r"(?:19|20)\d\d[-/.]?\d\d[-/.]?\d\d")
_HASH_LENGTHS = (32, 40, 56, 64, 128)
"""Hexadecimal digits of MD5 and the SHA family."""
_LIMITS = (4, 6, 8, 12, 16, 24, 40, 80)
_READING_LIMITS = (-0.4, 0.0, 0.15, 0.3)
"""Bits of evidence per character (`randomness.evidence`) that part the readings."""
_ASSIGNED = re.compile(r"[-*>$ \t]*(?:export|set|env|declare -x)?[ \t]*", re.IGNORECASE)
"""What may be before the name on a line `NAME=value`."""


class Score(NamedTuple):
    """What a named value scores, in log-odds, and the features that it has."""

    value: float
    features: tuple[str, ...]

    def __str__(self) -> str:
        """The score and what weighs most in it."""
        weighed = sorted(dict.fromkeys(self.features), key=lambda feature: -abs(WEIGHTS[feature]))[:_TOLD]
        return f"score {self.value:.1f}: " + ", ".join(f"{feature} ({WEIGHTS[feature]:+.1f})" for feature in weighed)


def score(named: Named, text: str, path: str) -> Score:
    """The score of `text`, the value of a name in the file at `path`."""
    found = tuple(features(named, text, path))
    return Score(WEIGHTS[ALWAYS] + sum(WEIGHTS[feature] for feature in found), found)


def features(named: Named, text: str, path: str) -> Iterator[str]:
    """All features of a named value, in the words of `features.every`."""
    name = meaning.name_of(named)
    family = PASSWORD if named.operator == "://" else meaning.family(name)
    yield from _of_name(named, name)
    yield from _of_place(named, text, path)
    yield from (f"{family}: {feature}" for feature in _of_look(name, text))


def _of_name(named: Named, name: tuple[str, ...]) -> Iterator[str]:
    if named.operator == "://":
        yield NameFeature.URL()
        return
    seen = set(name)
    yield from (NameFeature.SAYS(word) for word in sorted(seen.intersection(SAYS)))
    if meaning.is_about_else(name) or exclusions.IDENTIFIERS & seen:
        yield NameFeature.ABOUT_ELSE()
    if meaning.is_entry(name):
        yield NameFeature.LANGUAGE_MODELS()
    if not set(name) <= meaning.USUAL:
        yield NameFeature.WHOSE()
    if meaning.MADE_UP & seen:
        yield NameFeature.MADE_UP()
    if len(name) > 4:
        yield NameFeature.LONG()
    if named.name.isupper():
        yield NameFeature.CAPITALS()
    if len(name) == 1:
        yield NameFeature.ALONE(name[0]) if name[0] in ALONE else NameFeature.ONE_WORD()


def _of_place(named: Named, text: str, path: str) -> Iterator[str]:
    kind = _kind(named, path)
    operator = named.operator.rsplit(" ", 1)[-1] or "a space"
    if operator in OPERATORS:
        yield ContextFeature.BEHIND(operator)
    if not randomness.is_random(text):
        how = QUOTED if named.quote else BARE
        yield ContextFeature.HOW(how)
        if kind in _KINDS:
            yield ContextFeature.IN(how, kind.value)
    if named.quote == "`":
        yield ContextFeature.BACKTICKS()
    if named.quote.startswith("\\"):
        yield ContextFeature.ESCAPED()
    if not named.quote:
        if kind is FileKind.CODE and named.after[:1] in {".", "(", "[", ")", ",", ";", "{", ""}:
            yield ContextFeature.CODE_FOLLOWS()
        if named.name.startswith("-"):
            yield ContextFeature.ARGUMENT()
    if named.wrapper:
        yield ContextFeature.READ() if _READS.search(named.wrapper) else ContextFeature.CALL()
    if named.quote and re.match(r"[ \t]*(?:\+|%|\.[a-z])", named.after):
        yield ContextFeature.EXPRESSION()
    if len(named.before) > 120:
        yield ContextFeature.FAR()
    if re.match(r"\s*(?:#|//|\*|--|;|<!--)", named.before):
        yield ContextFeature.COMMENT()
    if _HEADER.search(named.before):
        yield ContextFeature.HEADER()


def _kind(named: Named, path: str) -> FileKind:
    """The kind of the file, whatever an editor calls it; a line `NAME=value` is configuration anywhere."""
    if named.operator == "=" and not named.quote and named.name.isupper() and _ASSIGNED.fullmatch(named.before):
        return FileKind.CONFIGURATION
    return language_of(path).kind


def _of_look(name: tuple[str, ...], text: str) -> Iterator[str]:
    size = len(text)
    yield ValueFeature.LENGTH(LENGTHS[bisect_right(_LIMITS, size)])
    digits = sum(char.isdigit() for char in text)
    has_symbols = digits + sum(char.isalpha() for char in text) < size
    yield _of_classes(text, has_digits=digits > 0, has_symbols=has_symbols)
    identified = bool(randomness.UUID.match(text))
    hexadecimal = bool(randomness.HEXADECIMAL.match(text))
    yield from _of_number(text, hexadecimal=hexadecimal)
    share = 0.0 if hexadecimal or identified else words.covered(text)
    if share:
        yield ValueFeature.WORDS(SHARES[0 if share >= 0.8 else 1 if share >= 0.5 else 2])
    if not hexadecimal and not identified:
        yield ValueFeature.READS(READINGS[bisect_right(_READING_LIMITS, randomness.evidence(text) / size)])
    own = set(words.parts(text))
    if words.PLACEHOLDERS & own or text.lower().strip("0123456789!@#$-_.") in words.PLACEHOLDERS:
        yield ValueFeature.PLACEHOLDER()
    if identified:
        yield _of_uuid(set(name))
    elif size >= 12 and entropy.shannon(text.encode()) < entropy.least(text.encode()):
        yield ValueFeature.REPETITIVE()
    if own & set(name):
        yield ValueFeature.OWN_NAME()
    if " " in text.strip():
        yield ValueFeature.WORDS_SPACED() if share > 0.3 or text.count(" ") > 2 else ValueFeature.SPACE()
    if has_symbols:
        yield from _of_form(text)


def _of_number(text: str, *, hexadecimal: bool) -> Iterator[str]:
    """What kind of number a value may be: hexadecimal, a hash, a date."""
    if hexadecimal:
        yield ValueFeature.HEXADECIMAL()
    if hexadecimal and len(text) in _HASH_LENGTHS:
        yield ValueFeature.HASH()
    if _DATE.search(text) and len(text) < 24:
        yield ValueFeature.DATE()


def _of_classes(text: str, *, has_digits: bool, has_symbols: bool) -> str:
    """Which classes of characters a value has: lower case, upper case, digits, symbols."""
    if has_symbols:
        return ValueFeature.SYMBOLS_DIGITS() if has_digits else ValueFeature.SYMBOLS()
    if text.isdigit():
        return ValueFeature.DIGITS()
    if has_digits:
        return ValueFeature.LETTERS_DIGITS()
    return (
        ValueFeature.LOWER()
        if text.islower()
        else ValueFeature.CAPITALS()
        if text.isupper()
        else ValueFeature.LETTERS()
    )


def _of_uuid(name: set[str]) -> str:
    """What a UUID is, by the words of its name."""
    if _OPENS & name:
        return ValueFeature.UUID()
    return ValueFeature.UUID_LITTLE() if name <= meaning.USUAL else ValueFeature.UUID_WHOSE()


def _of_form(text: str) -> Iterator[str]:
    if re.fullmatch(r"[a-z0-9]+(?:_[a-z0-9]+)+", text):
        yield ValueFeature.SNAKE()
    if re.fullmatch(r"[A-Z0-9]+(?:_[A-Z0-9]+)+", text):
        yield ValueFeature.UPPER_SNAKE()
    if re.fullmatch(r"[a-zA-Z]+(?:-[a-zA-Z0-9]+)+", text):
        yield ValueFeature.KEBAB()
    if re.fullmatch(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", text):
        yield ValueFeature.DOTTED()
    if re.fullmatch(r"[\w.-]*(?:/[\w.{}:-]+)+/?", text) and not re.search(r"[A-Z][a-z0-9]*[A-Z]\w*[0-9]", text):
        yield ValueFeature.PATH()
    if re.search(r"[(){}\[\]<>|;,]", text):
        yield ValueFeature.PUNCTUATION()
    if exclusions.BRACKETS & set(text) and not exclusions.brackets_pair(text):
        yield ValueFeature.UNPAIRED()
    if re.search(r"\\", text):
        yield ValueFeature.BACKSLASH()
    if re.search(r"[!@#$%^&*?]", text):
        yield ValueFeature.PASSWORD()
    if text.endswith("="):
        yield ValueFeature.PADDING()
    if ":" in text:
        yield ValueFeature.COLON()
    if "%" in text:
        yield ValueFeature.PERCENT()
    if text[0] in "$%&#@:.-/_*+,;=~^":
        yield ValueFeature.BEGINS()
    if text[-1] in ":.,;-_/*+":
        yield ValueFeature.ENDS()
