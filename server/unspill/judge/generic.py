"""Secrets without a format: what a name, the place and the look of a value say together.

Everything that can be seen is a *sign* with a name that people understand (`the name says password`, `random
characters`, `bare in code`). Each sign has a weight (`weights.WEIGHTS`, fitted by `tools/fit_generic.py`); their sum
is the score, and two limits on it make low and medium confidence. What cannot be a secret at all (a template, a
reference, one character repeated) is told before that. How a value should look depends on its name: words are normal in
a password, and speak against a key or a token.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from unspill.judge import entropy, placeholders, words
from unspill.judge.verdict import Verdict
from unspill.judge.weights import LOW, MEDIUM, WEIGHTS
from unspill.languages import Kind, language_of
from unspill.model import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.engine.generic import Named

_TOLD = 4
"""How many signs the reason names."""

# Words of names. Each is a sign of its own; the last word of a name says what the value is.
_SAYS = frozenset(
    """
    password passwd pwd pass passphrase passcode pw senha secret credential credentials cred creds key keys
    token tokens apikey auth bearer authorization authentication salt nonce api access private client refresh
    admin root db database user session signing encryption master app oauth jwt id aws basic webhook account
    service consumer public new old current confirm confirmation confirmed hash hashed encrypted
    """.split()
)
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
_IDENTIFIERS = frozenset("uuid guid sha commit fingerprint thumbprint checksum digest hash hashed etag".split())
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

_USUAL = _SAYS | _ABOUT | _LANGUAGE_MODELS | words.COMMON
"""Words of names that do not say whose a secret is."""
_LONG = 20
"""From this length on, characters in order are a sign among others."""
_REFERENCE = re.compile(
    r"""\$\{\{?[\w.!# ]+(?:[:?+=/|-][^}]*)?\}|^\$\{|\$\(|\{\{[^{}]*\}\}|^\{\{|<%|%\(|\#\{
    |^%[A-Za-z_]+%$|^\$[A-Za-z_:][A-Za-z0-9_:.]*$|^\$?\{[^"]*\}$|^<[^>]*>?$|^\[[^\]]*\]$|^%[a-z+.0-9-]*[a-zA-Z]$
    |^@[A-Za-z_.]+@?$|^&[a-z]+;|^os\.environ|^process\.env|^ENC[(\[]|^arn:aws|^projects/|^!|^\*+$|^data:|^https?://
    |^(?:op|vault|env|file|bws|doppler|keyring|ref\+\w+):|^-----BEGIN|^ssh-(?:rsa|ed25519|dss)|^age1
    |^(?:sha\d+|md5)[:-]|^\$(?:2[abxy]?|[156y]|apr1|argon2\w*|pbkdf2[\w-]*)\$|^pbkdf2
    |^\{(?:SHA|SSHA|MD5|bcrypt|crypt)\w*\}|^da39a3ee5e6b4b0d|^d41d8cd98f00b204|^e3b0c44298fc1c14
    |^A[gQ][A-D][A-Za-z0-9+/]{340,}={0,2}$|^MI[GI][a-zA-Z0-9]{2}MA0GCSqGSIb3DQEBAQUAA4|^MFkwEwYHKoZIzj0C|(?-i:EXAMPLE)
    |^A[KS]IA[A-Z0-9]{16}(?:/|%2F)|\.\.\.|\u2026|\*\*\*|^\.{1,2}/|^/[a-z]|xxxx|\#\#\#""",
    re.VERBOSE | re.IGNORECASE,
)
"""Templates, references to a store of secrets, masks, scopes, public keys, password hashes, and hashes of nothing."""
_CODE = re.compile(
    r"""^(?:self|this|cls|request|req|config|settings|options|os|process|args|params|data|env|ctx|props|state|event|e|var
    |local|module)\.
    |^(?:null|nil|undefined|true|false|None|str|string|bytes|int|bool|function|async|await|new|not|if|return|and|or)$
    |->|=>|::|\+\+|&&|==(?!$)""",
    re.VERBOSE | re.IGNORECASE,
)
_KINDS = (Kind.CODE, Kind.CONFIGURATION, Kind.PROSE)
"""Those that have weights."""
_OPERATORS = {"=", ":", ":=", "=>", "==", "!=", "===", "!==", ",", "(", ">", "a blank", "is", "value=", "value:"}
_HEADER = re.compile(r"(?:-H|--header)[ =]{0,3}\\?[\"']?[ ]?\Z")
_READS = re.compile(
    r"get|env|find|read|load|input|format|join|replace|split|append|pop|has|set|test|field|decode|encode", re.IGNORECASE
)
_DIGEST = re.compile(r"\b(?:Digest\s|realm\s?=).*\bc?nonce\W*\Z", re.IGNORECASE)
"""A nonce of HTTP Digest, which is sent in the open (RFC 7616, section 3), up to its value."""
_BRACKETS = set("(){}[]")
_CLOSING = {")": "(", "}": "{", "]": "["}
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_HEXADECIMAL = re.compile(r"(?=[a-fA-F]*[0-9])(?:[0-9a-f]{12,}|[0-9A-F]{12,})\Z")
_TOKEN = re.compile(r"(?=[A-Za-z+/._-]{0,24}[0-9])(?=[0-9+/._-]{0,24}[A-Za-z])[A-Za-z0-9+/._-]{12,}={0,2}\Z")
_WORDED = 0.5
"""With this share of words, letters and digits were written by someone."""
_GLUED = re.compile(
    "([a-z]{2,}?)((?:api)?token|secret|pas{1,2}w(?:or[dt]|r?d)|passw?|pwd|(?:api|access|secret|private)?key)"
)
_MISSPELT = frozenset("pasword paswrd paswd passwrd passwort pswd psswd pswrd psswrd psword pssword".split())
_DATE = re.compile(r"(?:19|20)\d\d[-/.]?\d\d[-/.]?\d\d")
_LIMITS = (4, 6, 8, 12, 16, 24, 40, 80)
_LENGTHS = (
    "1 to 3 characters", "4 or 5 characters", "6 or 7 characters", "8 to 11 characters", "12 to 15 characters",
    "16 to 23 characters", "24 to 39 characters", "40 to 79 characters", "80 characters and more",
)  # fmt: skip
_CLASSES = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "a" * 26 + "A" * 26 + "0" * 10,
)


def verdict(named: Named, value: bytes, path: str) -> Verdict:
    """Whether the value behind a name is a secret, and why."""
    text = value.decode("utf-8", "replace")
    if because := impossible(named, text):
        return Verdict(None, because)
    found = list(signs(named, text, path))
    score = WEIGHTS["always"] + sum(WEIGHTS.get(sign, 0.0) for sign in found)
    because = f"score {score:.1f}: {_told(found)}"
    if score < LOW:
        return Verdict(None, because)
    return Verdict(Confidence.MEDIUM if score >= MEDIUM else Confidence.LOW, because, near=True)


def impossible(named: Named, text: str) -> str:
    """Why `text` can be no secret, whatever its name; empty if it may be one."""
    if len(text) < 4 and not named.quote:
        return "too short"
    is_demanded = named.before.endswith("${") and text.startswith("?")
    if is_demanded or _REFERENCE.search(text):
        return "a template, a reference or a mask"
    if not named.quote and named.operator in {",", "("} and not any(char.isdigit() for char in text):
        return "another word"
    if named.operator == "://" and "\\" in text:
        return "a pattern"
    if not named.quote and (_CODE.search(text) or (_BRACKETS & set(text) and _is_call(text))):
        return "code, not a value"
    if {"public", "foreign", "primary", "recv"} & set(words.parts(named.name)) and "password" not in named.name.lower():
        return "its name says that it is public, or the key of a table"
    if _IDENTIFIERS & set(words.parts(named.name)) and (_UUID.match(text) or _HEXADECIMAL.match(text)):
        return "an identifier or a hash, by its name"
    if _DIGEST.search(named.before + named.name + named.operator):
        return "a nonce of HTTP Digest"
    if len(set(text)) < 3:
        return "too few different characters"
    if 6 <= len(text) < _LONG and placeholders.is_sequence(text.encode()):
        return "characters in order"
    if named.formatted and "{" in text:
        return "a template"
    return ""


def signs(named: Named, text: str, path: str) -> Iterator[str]:
    """Everything about a named value that has a weight, in words."""
    name = _words(named.name.rsplit(".", 1)[-1] if named.operator == "(" else named.name)
    url = named.operator == "://"
    family = "password" if url or _PASSWORDS & set(name) else "key" if _KEYS & set(name) else "secret"
    yield from _name_signs(named, name)
    made = "made by a machine, " if _made(text) else ""
    yield from (made + sign for sign in _place_signs(named, path))
    yield from (f"{family}: {sign}" for sign in _look_signs(name, text))


def _words(name: str) -> list[str]:
    """The words of a name in lower case; `acmetoken` and `MYSQLPASS` are two words each, like `acme_token`."""
    if name.lower().startswith("identified "):
        return ["identified", "by"]  # SQL may say in between by which plugin
    found: list[str] = []
    for part in words.parts(name):
        glued = _GLUED.fullmatch(part) if part not in words.COMMON else None
        found += glued.groups() if glued else [part]
    return ["password" if word in _MISSPELT else word for word in found]


def _name_signs(named: Named, name: list[str]) -> Iterator[str]:
    if named.operator == "://":
        yield "the password of a URL"
        return
    seen = set(name)
    yield from (f"the name says {word}" for word in sorted(_SAYS & seen))
    last = next((word for word in reversed(name) if not word.isdigit()), "")
    if last in _ABOUT or _IDENTIFIERS & seen:
        yield "the name is about something else"
    if len(name) > 1 and _LANGUAGE_MODELS & seen and not _PASSWORDS & seen:
        yield "a word of language models or paging in the name"
    if not set(name) <= _USUAL:
        yield "the name says whose it is"
    if _MADE_UP & seen:
        yield "the name says that it is made up"
    if len(name) > 4:
        yield "a long name"
    if named.name.isupper():
        yield "a name in capitals"
    if len(name) == 1:
        yield (
            f"nothing but {name[0]}" if name[0] in {"key", "token", "auth", "pass", "secret"} else "a name of one word"
        )


def _place_signs(named: Named, path: str) -> Iterator[str]:
    kind = language_of(path).kind  # whatever an editor calls the file: the command line does not know that
    how = "quoted" if named.quote else "bare"
    operator = named.operator.rsplit(" ", 1)[-1] or "a blank"
    yield how
    if operator in _OPERATORS:
        yield f"{how} behind {operator}"
    if kind in _KINDS:
        yield f"{how} in {kind.value}"
    if named.quote == "`":
        yield "in backticks"
    if named.quote.startswith("\\"):
        yield "in escaped quotes"
    if not named.quote:
        if kind is Kind.CODE and named.after[:1] in {".", "(", "[", ")", ",", ";", "{", ""}:
            yield "bare in code, followed by code"
        if named.name.isupper() and operator == "=":
            yield "like an environment variable"
        if named.name.startswith("-"):
            yield "an argument of a command"
    if named.wrapper:
        yield "read by a call" if _READS.search(named.wrapper) else "in a call"
    if named.quote and re.match(r"[ \t]*(?:\+|%|\.[a-z])", named.after):
        yield "part of an expression"
    if len(named.before) > 120:
        yield "far into a line"
    if re.match(r"\s*(?:#|//|\*|--|;|<!--)", named.before):
        yield "in a comment"
    if _HEADER.search(named.before):
        yield "a header of a request"


def _look_signs(name: list[str], text: str) -> Iterator[str]:
    size = len(text)
    yield _LENGTHS[bisect_right(_LIMITS, size)]
    identified = bool(_UUID.match(text))
    hexadecimal = bool(_HEXADECIMAL.match(text))
    digits = sum(char.isdigit() for char in text)
    lower, upper = text.lower() != text, text.upper() != text
    letters = sum(char.isalpha() for char in text)
    symbols = size - digits - letters
    bare = symbols == 0
    if digits == size:
        yield "digits only"
    elif not digits and bare:
        yield "lower-case letters only" if not lower else "capitals only" if not upper else "letters only"
    elif bare and digits:
        yield (
            "lower-case letters and digits"
            if not lower
            else "capitals and digits"
            if not upper
            else "letters of both cases and digits"
        )
    else:
        yield "symbols and digits" if digits else "symbols"
    if hexadecimal:
        yield "hexadecimal"
        if size in {32, 40, 56, 64, 128}:
            yield "as long as a hash"
    if _DATE.search(text) and size < 24:
        yield "a date"
    share = 0.0 if hexadecimal or identified else words.covered(text)
    if share:
        yield "made of words" if share >= 0.8 else "mostly words" if share >= 0.5 else "holds a word"
    if not hexadecimal and not identified:
        yield _fluency(text)
    own = words.parts(text)
    if words.PLACEHOLDERS & set(own) or text.lower().strip("0123456789!@#$-_.") in words.PLACEHOLDERS:
        yield "a placeholder's word"
    if size >= _LONG and placeholders.is_sequence(text.encode()):
        yield "characters in order"
    elif identified:
        if _OPENS & set(name):
            yield "a UUID"
        else:
            yield f"a UUID, and a name that says {'little' if set(name) <= _USUAL else 'whose'}"
    elif digits and size >= 12 and _changes(text) > 0.3 and _random(text):
        yield "random characters"
    elif size >= 12:
        yield "not random"
    if set(own) & set(name):
        yield "like its own name"
    if " " in text.strip():
        yield "words with blanks" if share > 0.3 or text.count(" ") > 2 else "a blank in it"
    if symbols:
        yield from _form_signs(text)


def _made(text: str) -> bool:
    """Whether `text` looks made by a machine: a UUID, hexadecimal digits, or letters and digits without words."""
    if _UUID.match(text) or _HEXADECIMAL.match(text):
        return True
    return _TOKEN.match(text) is not None and words.covered(text) < _WORDED


def _fluency(text: str) -> str:
    """How much the letters of `text` read like words."""
    pairs = len(re.findall(r"(?=[A-Za-z]{2})", text))
    if pairs < 4:
        return "letters among digits" if sum(map(str.isalpha, text)) >= 6 else "too few letters to read"
    fluent = words.fluency(text)
    if fluent < -0.9:
        return "reads like noise"
    if fluent < -0.2:
        return "hardly reads like a word"
    if not re.search("[A-Za-z]{4}", text):
        return "letters among digits"
    if fluent < 0.4:
        return "reads somewhat like a word"
    return "reads like a word"


def _form_signs(text: str) -> Iterator[str]:
    if re.fullmatch(r"[a-z0-9]+(?:_[a-z0-9]+)+", text):
        yield "snake_case"
    if re.fullmatch(r"[A-Z0-9]+(?:_[A-Z0-9]+)+", text):
        yield "SNAKE_CASE"
    if re.fullmatch(r"[a-zA-Z]+(?:-[a-zA-Z0-9]+)+", text):
        yield "kebab-case"
    if re.fullmatch(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", text):
        yield "a dotted name"
    if re.fullmatch(r"[\w.-]*(?:/[\w.{}:-]+)+/?", text) and not re.search(r"[A-Z][a-z0-9]*[A-Z]\w*[0-9]", text):
        yield "a path"
    if re.search(r"[(){}\[\]<>|;,]", text):
        yield "brackets or punctuation of code"
    if _BRACKETS & set(text) and not brackets_pair(text):
        yield "brackets that do not pair"
    if re.search(r"\\", text):
        yield "a backslash"
    if re.search(r"[!@#$%^&*?]", text):
        yield "signs of a password"
    if text.endswith("="):
        yield "padding of base 64"
    if ":" in text:
        yield "a colon"
    if "%" in text:
        yield "a percent sign"
    if text[0] in "$%&#@:.-/_*+,;=~^":
        yield "begins with a symbol"
    if text[-1] in ":.,;-_/*+":
        yield "ends with punctuation"


def brackets_pair(text: str) -> bool:
    """Whether every bracket in `text` has its other half, as in code and in templates."""
    opened = []
    for char in text:
        if char in "({[":
            opened.append(char)
        elif char in _CLOSING and (not opened or opened.pop() != _CLOSING[char]):
            return False
    return not opened


def _is_call(text: str) -> bool:
    """Whether the brackets of a bare value are those of code: they pair, or end what the value stands in."""
    return brackets_pair(text) or brackets_pair(text.rstrip(")]}"))


def _changes(text: str) -> float:
    """The share of neighbouring characters that differ in class: small, capital, digit, symbol."""
    classes = text.translate(_CLASSES)
    return sum(first != second for first, second in pairwise(classes)) / (len(text) - 1)


def _random(text: str) -> bool:
    value = text.encode()
    return entropy.shannon(value) >= entropy.limit(len(value), entropy.alphabet(value))


def _told(found: list[str]) -> str:
    """The signs that weigh most."""
    weighed = sorted(dict.fromkeys(found), key=lambda sign: -abs(WEIGHTS.get(sign, 0.0)))[:_TOLD]
    return ", ".join(f"{sign} ({WEIGHTS.get(sign, 0.0):+.1f})" for sign in weighed)
