"""Secrets without a format: judged by the name, the place and the look of a value together.

Each observation is a *feature* with a readable description (`name contains password`, `random characters`, `unquoted in
code`; all of them are in `judge.features`). Each has a weight (`weights.WEIGHTS`, fitted by `tools/fit_generic.py`);
their sum is the score, with thresholds for low and medium confidence. What cannot be a secret at all (a template, a
reference, a repeated character) is rejected first. The expected look depends on the name: words are normal in a
password, but evidence against a key or a token.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from unspill.judge import entropy, exclusions, placeholders, words
from unspill.judge.features import (
    ALONE,
    ALWAYS,
    BARE,
    KEY,
    LENGTHS,
    MADE,
    OPERATORS,
    PASSWORD,
    QUOTED,
    SAYS,
    SECRET,
    ContextFeature,
    NameFeature,
    ValueFeature,
)
from unspill.judge.verdict import Verdict
from unspill.judge.weights import LOW, MEDIUM, WEIGHTS
from unspill.languages import FileKind, language_of
from unspill.model import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.engine.generic import Named

_TOLD = 4
"""Number of features named in a reason."""

# Words of names.
_ABOUT = frozenset(
    """
    id ids name names url uri urls path file filename dir folder type types field fields label title text
    message msg error hint prompt help placeholder description desc header headers param parameter params arg
    env var variable column col table row index idx count size length len max min limit num number format
    pattern regex template prefix suffix separator mode method policy strategy algorithm alg version status
    state class handler provider manager service factory helper validator validators form page view button input
    output link icon image selector reset change changed forgot lost required enabled expired expires expiry
    expiration ttl time date timeout lifetime duration at map mapping list dict set order sort group range space
    code codes char chars word words domain host endpoint location store storage resource ref reference arn
    fingerprint thumbprint digest checksum sha md5 signature algo usage scope scopes role issuer audience event events
    """.split()
)
_LANGUAGE_MODELS = frozenset(
    """
    pad eos bos unk mask sep cls special image audio video vocab stop next start end begin prefix suffix max min
    num new continuation page pagination cursor marker primary foreign sort partition routing cache dict map
    mapping object row item first last state model layer tokenizer tokenize tokens lexer parser syntax csrf
    cancellation change request action activation idempotency retry verification unsubscribe xsrf up down press
    """.split()
)
_MADE_UP = frozenset(
    "fake dummy mock mocked bogus invalid wrong bad incorrect non not mismatch mismatched stub sample example".split()
)
_PASSWORDS = frozenset("password passwd pwd pass passphrase passcode pw senha contrasena wachtwoord identified".split())
_OPENS = frozenset("api secret access auth password passwd pwd apikey private credential credentials bearer".split())
_KEYS = frozenset("key keys token tokens apikey salt nonce".split())

USUAL = frozenset(SAYS) | _ABOUT | _LANGUAGE_MODELS | words.COMMON
"""Words of names that do not refer to a service."""
_KINDS = (FileKind.CODE, FileKind.CONFIGURATION, FileKind.PROSE)
"""Those that have weights."""
_HEADER = re.compile(r"(?:-H|--header)[ =]{0,3}\\?[\"']?[ ]?\Z")
_READS = re.compile(
    r"get|env|find|read|load|input|format|join|replace|split|append|pop|has|set|test|field|decode|encode", re.IGNORECASE
)
_TOKEN = re.compile(r"(?=[A-Za-z+/._-]{0,24}[0-9])(?=[0-9+/._-]{0,24}[A-Za-z])[A-Za-z0-9+/._-]{12,}={0,2}\Z")
_WORDED = 0.5
"""With this share of words, letters and digits are not machine-generated."""
_GLUED = re.compile(
    "([a-z]{2,}?)((?:api)?token|secret|pas{1,2}w(?:or[dt]|r?d)|passw?|pwd|(?:api|access|secret|private)?key)"
)
_MISSPELT = frozenset("pasword paswrd paswd passwrd passwort pswd psswd pswrd psswrd psword pssword".split())
_DATE = re.compile(r"(?:19|20)\d\d[-/.]?\d\d[-/.]?\d\d")
_HASH_LENGTHS = (32, 40, 56, 64, 128)
"""Hexadecimal digits of MD5 and the SHA family."""
_LIMITS = (4, 6, 8, 12, 16, 24, 40, 80)
_CLASSES = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "a" * 26 + "A" * 26 + "0" * 10,
)


def verdict(named: Named, value: bytes, path: str) -> Verdict:
    """Whether the value of a name is a secret, and why."""
    text = value.decode("utf-8", "replace")
    if because := exclusions.impossible(named, text):
        return Verdict(None, because)
    found = list(features(named, text, path))
    score = WEIGHTS[ALWAYS] + sum(WEIGHTS[feature] for feature in found)
    because = f"score {score:.1f}: {_told(found)}"
    if score < LOW:
        return Verdict(None, because)
    return Verdict(Confidence.MEDIUM if score >= MEDIUM else Confidence.LOW, because, near=True)


def features(named: Named, text: str, path: str) -> Iterator[str]:
    """All features of a named value, in the words of `features.every`."""
    name = _words(named.name.rsplit(".", 1)[-1] if named.operator == "(" else named.name)
    url = named.operator == "://"
    family = PASSWORD if url or _PASSWORDS & set(name) else KEY if _KEYS & set(name) else SECRET
    yield from _of_name(named, name)
    made = MADE if _made(text) else ""
    yield from (made + feature for feature in _of_place(named, path))
    yield from (f"{family}: {feature}" for feature in _of_look(name, text))


def _words(name: str) -> list[str]:
    """The words of a name in lower case; `acmetoken` and `MYSQLPASS` are two words each, like `acme_token`."""
    if name.lower().startswith("identified "):
        return ["identified", "by"]  # SQL may say in between by which plugin
    found: list[str] = []
    for part in words.parts(name):
        glued = _GLUED.fullmatch(part) if part not in words.COMMON else None
        found += glued.groups() if glued else [part]
    return ["password" if word in _MISSPELT else word for word in found]


def _of_name(named: Named, name: list[str]) -> Iterator[str]:
    if named.operator == "://":
        yield NameFeature.URL()
        return
    seen = set(name)
    yield from (NameFeature.SAYS(word) for word in sorted(seen.intersection(SAYS)))
    last = next((word for word in reversed(name) if not word.isdigit()), "")
    if last in _ABOUT or exclusions.IDENTIFIERS & seen:
        yield NameFeature.ABOUT_ELSE()
    if len(name) > 1 and _LANGUAGE_MODELS & seen and not _PASSWORDS & seen:
        yield NameFeature.LANGUAGE_MODELS()
    if not set(name) <= USUAL:
        yield NameFeature.WHOSE()
    if _MADE_UP & seen:
        yield NameFeature.MADE_UP()
    if len(name) > 4:
        yield NameFeature.LONG()
    if named.name.isupper():
        yield NameFeature.CAPITALS()
    if len(name) == 1:
        yield NameFeature.ALONE(name[0]) if name[0] in ALONE else NameFeature.ONE_WORD()


def _of_place(named: Named, path: str) -> Iterator[str]:
    kind = language_of(path).kind  # whatever an editor calls the file: the command line does not know that
    how = QUOTED if named.quote else BARE
    operator = named.operator.rsplit(" ", 1)[-1] or "a space"
    yield ContextFeature.HOW(how)
    if operator in OPERATORS:
        yield ContextFeature.BEHIND(how, operator)
    if kind in _KINDS:
        yield ContextFeature.IN(how, kind.value)
    if named.quote == "`":
        yield ContextFeature.BACKTICKS()
    if named.quote.startswith("\\"):
        yield ContextFeature.ESCAPED()
    if not named.quote:
        if kind is FileKind.CODE and named.after[:1] in {".", "(", "[", ")", ",", ";", "{", ""}:
            yield ContextFeature.CODE_FOLLOWS()
        if named.name.isupper() and operator == "=":
            yield ContextFeature.ENVIRONMENT()
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


def _of_look(name: list[str], text: str) -> Iterator[str]:
    size = len(text)
    yield ValueFeature.LENGTH(LENGTHS[bisect_right(_LIMITS, size)])
    digits = sum(char.isdigit() for char in text)
    has_symbols = digits + sum(char.isalpha() for char in text) < size
    yield _of_classes(text, has_digits=digits > 0, has_symbols=has_symbols)
    identified = bool(exclusions.UUID.match(text))
    hexadecimal = bool(exclusions.HEXADECIMAL.match(text))
    if hexadecimal:
        yield ValueFeature.HEXADECIMAL()
    if hexadecimal and size in _HASH_LENGTHS:
        yield ValueFeature.HASH()
    if _DATE.search(text) and size < 24:
        yield ValueFeature.DATE()
    share = 0.0 if hexadecimal or identified else words.covered(text)
    if share:
        yield _of_words(share)
    if not hexadecimal and not identified:
        yield _fluency(text)
    own = set(words.parts(text))
    if words.PLACEHOLDERS & own or text.lower().strip("0123456789!@#$-_.") in words.PLACEHOLDERS:
        yield ValueFeature.PLACEHOLDER()
    yield from _of_order(set(name), text, identified=identified, has_digits=digits > 0)
    if own & set(name):
        yield ValueFeature.OWN_NAME()
    if " " in text.strip():
        yield ValueFeature.WORDS_SPACED() if share > 0.3 or text.count(" ") > 2 else ValueFeature.SPACE()
    if has_symbols:
        yield from _of_form(text)


def _of_classes(text: str, *, has_digits: bool, has_symbols: bool) -> str:
    """Which classes of characters a value has: lower case, upper case, digits, symbols."""
    is_lower, is_upper = text.lower() == text, text.upper() == text
    if has_symbols:
        return ValueFeature.SYMBOLS_DIGITS() if has_digits else ValueFeature.SYMBOLS()
    if text.isdigit():
        return ValueFeature.DIGITS()
    if has_digits:
        return (
            ValueFeature.LOWER_DIGITS()
            if is_lower
            else ValueFeature.CAPITALS_DIGITS()
            if is_upper
            else ValueFeature.BOTH_DIGITS()
        )
    return ValueFeature.LOWER() if is_lower else ValueFeature.CAPITALS() if is_upper else ValueFeature.LETTERS()


def _of_words(share: float) -> str:
    """How much of a value is words: a share of its characters."""
    return (
        ValueFeature.WORDS() if share >= 0.8 else ValueFeature.MOSTLY_WORDS() if share >= 0.5 else ValueFeature.A_WORD()
    )


def _of_order(name: set[str], text: str, *, identified: bool, has_digits: bool) -> Iterator[str]:
    """Whether a value follows an order, is a UUID (`identified`) or looks random; nothing for a short one."""
    size = len(text)
    if size >= exclusions.LONG and placeholders.is_sequence(text.encode()):
        yield ValueFeature.IN_ORDER()
    elif identified:
        if _OPENS & name:
            yield ValueFeature.UUID()
        else:
            yield ValueFeature.UUID_LITTLE() if name <= USUAL else ValueFeature.UUID_WHOSE()
    elif has_digits and size >= 12 and _changes(text) > 0.3 and _random(text):
        yield ValueFeature.RANDOM()
    elif size >= 12:
        yield ValueFeature.NOT_RANDOM()


def _made(text: str) -> bool:
    """Whether `text` looks machine-generated: a UUID, hexadecimal digits, or letters and digits without words."""
    if exclusions.UUID.match(text) or exclusions.HEXADECIMAL.match(text):
        return True
    return _TOKEN.match(text) is not None and words.covered(text) < _WORDED


def _fluency(text: str) -> str:
    """How much the letters of `text` read like words."""
    pairs = len(re.findall(r"(?=[A-Za-z]{2})", text))
    if pairs < 4:
        return ValueFeature.AMONG_DIGITS() if sum(map(str.isalpha, text)) >= 6 else ValueFeature.FEW_LETTERS()
    fluent = words.fluency(text)
    if fluent < -0.9:
        return ValueFeature.NOISE()
    if fluent < -0.2:
        return ValueFeature.HARDLY()
    if not re.search("[A-Za-z]{4}", text):
        return ValueFeature.AMONG_DIGITS()
    if fluent < 0.4:
        return ValueFeature.SOMEWHAT()
    return ValueFeature.FLUENT()


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


def _changes(text: str) -> float:
    """The share of neighbouring characters that differ in class: lower case, upper case, digit, symbol."""
    classes = text.translate(_CLASSES)
    return sum(first != second for first, second in pairwise(classes)) / (len(text) - 1)


def _random(text: str) -> bool:
    value = text.encode()
    return entropy.shannon(value) >= entropy.limit(len(value), entropy.alphabet(value))


def _told(found: list[str]) -> str:
    """The features that weigh most."""
    weighed = sorted(dict.fromkeys(found), key=lambda feature: -abs(WEIGHTS[feature]))[:_TOLD]
    return ", ".join(f"{feature} ({WEIGHTS[feature]:+.1f})" for feature in weighed)
