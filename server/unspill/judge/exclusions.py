"""What cannot be a secret, whatever its name: templates, references, code, masks, sequences."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from unspill.judge import placeholders, randomness, words

if TYPE_CHECKING:
    from unspill.engine.named import Named

IDENTIFIERS = frozenset("uuid guid sha commit fingerprint thumbprint checksum digest hash hashed etag".split())
_ENTRIES = frozenset(
    "cache dedup dedupe sort partition row idempotency lock routing react primary foreign shard job group list".split()
)
"""Words before `key` that make it one of a table, a cache or a queue …"""
_STORED = re.compile(
    r"(?:[/.](?=[A-Za-z0-9_=-]{0,80}[0-9a-f]{8})[A-Za-z0-9_=-]{8,120}|[0-9a-f]{24}[A-Za-z0-9_-]{0,120})"
    r"\.[a-z][a-z0-9]{1,6}\Z",
    re.IGNORECASE,
)
"""… and the value of one of a store of files."""
_RUNS = frozenset("one two first second third single multi last next low high band all dry".split())
"""Words before `pass` that make it no password."""
_WORD_BEFORE = re.compile(r"[A-Za-z]{2,24} \Z")
"""A word that belongs to the name after it, as in prose."""
_SHORTEST = 4
_REFERENCE = re.compile(
    r"""\$\{\{?[\w.!# ]+(?:[:?+=/|-][^}]*)?\}|^\$\{|\$\(|\{\{[^{}]*\}\}|^\{\{|<%|%\(|\#\{
    |^%[A-Za-z_][A-Za-z0-9_.]*%$|^\$[A-Za-z_:][A-Za-z0-9_:.]*$|^\$?\{[^"]*\}$|^<[^>]*>?$|^\[[^\]]*\]$|^%[a-z+.0-9-]*[a-zA-Z]$
    |^@[A-Za-z_.]+@?$|^&[a-z]+;|^os\.environ|^process\.env|^ENC[(\[]|^arn:aws|^projects/|^!|^\*+$|^data:|^https?://
    |^(?:op|vault|env|file|bws|doppler|keyring|ref\+\w+):|^-----BEGIN|^ssh-(?:rsa|ed25519|dss)|^age1
    |^(?:sha\d+|md5)[:-]|^\$(?:2[abxy]?|[156y]|apr1|argon2\w*|pbkdf2[\w-]*)\$|^pbkdf2
    |^\{(?:SHA|SSHA|MD5|bcrypt|crypt)\w*\}|^da39a3ee5e6b4b0d|^d41d8cd98f00b204|^e3b0c44298fc1c14
    |^A[gQ][A-D][A-Za-z0-9+/]{340,}={0,2}$|^MI[GI][a-zA-Z0-9]{2}MA0GCSqGSIb3DQEBAQUAA4|^MFkwEwYHKoZIzj0C|(?-i:EXAMPLE)
    |^\{cipher\}|^encrypted:|^AQ[IE]CAH[A-Za-z0-9+/]{60}|^gAAAAA[A-Za-z0-9_-]{80}
    |^A[KS]IA[A-Z0-9]{16}(?:/|%2F)|\.\.\.|\u2026|\*\*\*|^\.{1,2}/|^/[a-z]|xxxx|\#\#\#""",
    re.VERBOSE | re.IGNORECASE,
)
"""Templates, references to a store of secrets, masks, scopes, public keys, password hashes, hashes of nothing, and
ciphertext (Spring Cloud Config, dotenvx, AWS KMS, Fernet)."""
_FORMAT = re.compile(r"(?:0x)?%[-+ #0]*[0-9]*(?:\.[0-9]+)?[hlqjzt]{0,2}[diouxXeEfFgGcsp]")
"""A conversion of `printf`."""
_CODE = re.compile(
    r"""^(?:self|this|cls|request|req|config|settings|options|os|process|args|params|data|env|ctx|props|state|event|e|var
    |local|module)\.
    |^(?:null|nil|undefined|true|false|None|str|string|bytes|int|bool|function|async|await|new|not|if|return|and|or)$
    |->|=>|::|^\+\+|\+\+$|&&|==(?!$)""",
    re.VERBOSE | re.IGNORECASE,
)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
"""A date with a time (RFC 3339)."""
_PATTERN = re.compile(r"\[[^\]]*\w-\w[^\]]*\][+*?{]")
"""A repeated class of a regular expression."""
_PARTS = re.compile(r"(?=[^:/.]*([:/.]))[A-Za-z][A-Za-z_-]+[0-9]{0,5}(?:\1[A-Za-z_-]{2,}[0-9]{0,5}){2,}")
"""A constant of code: three words or more with separators, perhaps with a number each (`name:of:scheme2`)."""
_ATTRIBUTE = re.compile(r"(?:\.object|(?:get|set|has|del)attr)\(\s*[\w.]*\Z")
"""The call whose second argument names an attribute of the first."""
_ARN = re.compile(r"\barn:[a-z-]+:[^\s\"']*\Z")
_TYPE = re.compile(r"[\"'](?:\w+::)+\Z")
"""What precedes the last word of a type's name in quotation marks (`"Vendor::Service::`)."""
_FILE = re.compile(
    r"[\w.-]+(?:/[\w.-]+)+\.[a-z][a-z0-9]{1,7}"
    r"|[A-Za-z][\w.-]*\.(?:md|rst|txt|log|pdf|docx?|xlsx?|csv|tsv|json|jsonl|ya?ml|toml|ini|cfg|conf|xml|html?|css|sql"
    r"|py|pyi|ipynb|js|jsx|ts|tsx|mjs|cjs|vue|sh|bat|ps1|java|kt|go|rs|rb|php|cs|png|jpe?g|gif|svg|webp|ico|mp3|mp4|wav"
    r"|zip|gz|tgz|tar|xz|bz2|7z|whl|pem|crt|key|pub|env|db|sqlite3?|parquet|pkl|pt|onnx|bin)"
)
_LINKED = frozenset("rlkey resourcekey".split())
"""Parameters of the address of a shared file: they are shared with it."""
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,16}")
_INCHI = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
"""The key of a chemical compound (InChIKey)."""
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,8}")
_RUN_ON = ("...", "\u2026")
_BEGINS = re.compile(r"\s*")
_DASHES = ("-", "\u2013", "\u2014", "\u2192")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffd]")
"""What no text has; the last stands for what could not be decoded."""
_SEAM = re.compile(r"""["'][ ]?[,.+][ ]?[A-Za-z_$]""")
"""The end of one string and what is joined to it."""
_HEADER = re.compile(r"eyJ[A-Za-z0-9_-]+")
_SIGNED = re.compile(rb"""\{(?:\s*"(?:alg|typ)"\s*:\s*"(?:[HREP]S[0-9]{3}|EdDSA|none|JWT)"\s*,?){1,2}\s*\}""")
BRACKETS = set("(){}[]")
_CLOSING = {")": "(", "}": "{", "]": "["}


def impossible(named: Named, text: str) -> str:
    """Why `text` cannot be a secret, whatever its name; empty if it may be."""
    if len(text) < _SHORTEST and not named.quote:
        return "too short"
    is_demanded = named.before.endswith("${") and text.startswith("?")
    if is_demanded or _REFERENCE.search(text) or (not named.quote and named.after.startswith(_RUN_ON)):
        return "template, reference or mask"
    if "%" in text and sum(map(str.isalnum, _FORMAT.sub("", text))) < _SHORTEST and _FORMAT.search(text):
        return "format of a message"
    if placeholders.is_published(text.encode()):
        return "value from public documentation"
    return (
        _in_url(named, text)
        or ("" if named.quote else _as_code(named, text))
        or _by_name(named, text)
        or _by_place(named, text)
        or _by_characters(named, text)
    )


def _in_url(named: Named, text: str) -> str:
    """Why what follows the scheme of a URL is not a password."""
    if named.operator != "://":
        return ""
    if "\\" in text:
        return "pattern"
    is_first = named.start - named.name_start == len(named.name) + 3
    return "user name" if "ssh" in named.name and is_first else ""


def _as_code(named: Named, text: str) -> str:
    """Why an unquoted value is code, or a word of it."""
    if named.operator in {",", "("} and not any(char.isdigit() for char in text):
        return "plain word"
    if _CODE.search(text) or (BRACKETS & set(text) and _is_call(text)):
        return "code, not a value"
    return ""


def _by_name(named: Named, text: str) -> str:
    """Why the value of such a name is not a secret."""
    if {"public", "foreign", "primary", "recv"} & set(words.parts(named.name)) and "password" not in named.name.lower():
        return "name suggests a public value or a table key"
    if IDENTIFIERS & set(words.parts(named.name)) and (
        randomness.UUID.match(text) or randomness.HEXADECIMAL.match(text)
    ):
        return "name suggests an identifier or a hash"
    word = _WORD_BEFORE.search(named.before)
    said = words.parts(f"{word[0] if word else ''}{named.name}")[-2:]
    if said[-1:] == ["key"] and (said[0] in _ENTRIES or _STORED.search(text)):
        return "key of an entry or a file"
    if said[-1:] == ["pass"] and said[0] in _RUNS:
        return "name suggests a run or a filter"
    if (
        named.name == "PASS"
        and named.operator.strip("/") in {"", "(", *_DASHES}
        and not _BEGINS.fullmatch(named.before)
    ):
        return "outcome of a check"
    if "".join(words.parts(named.name)[-2:]) in _LINKED:
        return "key of a shared link"
    if _ADDRESS.fullmatch(text) and "pass" not in named.name.lower() and named.operator != "://":
        return "e-mail address"
    return ""


def _by_place(named: Named, text: str) -> str:
    """Why a value is not a secret by what stands directly before its name."""
    if named.operator in {",", "="} and text.isidentifier() and _ATTRIBUTE.search(named.before):
        return "name of an attribute"
    if _ARN.search(named.before):
        return "name in an ARN"
    return "value of a type" if _TYPE.search(named.before) else ""


def _by_characters(named: Named, text: str) -> str:
    """Why nothing with these characters is a secret."""
    if len(set(text)) < 3:
        return "too few distinct characters"
    if because := placeholders.degenerate(text.encode()):
        return because
    if _FILE.fullmatch(text):
        return "name of a file"
    if _NUMBER.fullmatch(text):
        return "number"
    if _INCHI.fullmatch(text):
        return "key of a chemical compound"
    if len(_CONTROL.findall(text)) * 8 > len(text):
        return "binary data"
    if _HEADER.fullmatch(text) and _is_header(text):
        return "header of a token, without its content"
    if _TIME.fullmatch(text):
        return "date and time"
    if _PATTERN.search(text):
        return "regular expression"
    if _SEAM.match(text):
        return "code, not a value"
    if _PARTS.fullmatch(text) and named.operator != "://" and "pass" not in named.name.lower():
        return "name in several words"
    if named.formatted and "{" in text:
        return "template"
    return ""


def _is_header(text: str) -> bool:
    """Whether `text` is the first part of a JSON Web Token alone: it only says how the rest is signed."""
    try:
        return _SIGNED.fullmatch(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) is not None
    except binascii.Error:
        return False


def brackets_pair(text: str) -> bool:
    """Whether the brackets in `text` are balanced, as in code and in templates."""
    opened = []
    for char in text:
        if char in "({[":
            opened.append(char)
        elif char in _CLOSING and (not opened or opened.pop() != _CLOSING[char]):
            return False
    return not opened


def _is_call(text: str) -> bool:
    """Whether the brackets of an unquoted value are those of code: balanced, or closing the surrounding expression."""
    return brackets_pair(text) or brackets_pair(text.rstrip(")]}"))
