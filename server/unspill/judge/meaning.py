"""What a name says of its value: a password, a key, another secret, or something else."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from unspill.judge import words
from unspill.judge.features import KEY, PASSWORD, SAYS, SECRET

if TYPE_CHECKING:
    from unspill.engine.named import Named

ABOUT = frozenset(
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
    question answer encoder decoder hasher checker verifier generator strength complexity rule rules requirement
    requirements recovery check
    """.split()
)
"""Last words of names whose value is something about a secret, or something else."""
LANGUAGE_MODELS = frozenset(
    """
    pad eos bos unk mask sep cls special image audio video vocab stop next start end begin prefix suffix max min
    num new continuation page pagination cursor marker primary foreign sort partition routing cache dict map
    mapping object row item first last state model layer tokenizer tokenize tokens lexer parser syntax csrf
    cancellation change request action activation idempotency retry verification unsubscribe xsrf up down press
    lock sequence
    """.split()
)
_ENTRIES = frozenset(
    """
    s3 bucket blob upload asset dedup dedupe lock job task queue trace tracking correlation composite lookup shard
    entity record document product order react hotkey shortcut
    """.split()
)
"""Words of keys that find something in a store, a cache or a queue."""
_PASSES = frozenset("one two first second third single multi low high band by render".split())
"""Words before `pass` that make it a run through something."""
MADE_UP = frozenset(
    "fake dummy mock mocked bogus invalid wrong bad incorrect non not mismatch mismatched stub sample example".split()
)
PASSWORDS = frozenset("password passwd pwd pass passphrase passcode pw senha contrasena wachtwoord identified".split())
KEYS = frozenset("key keys token tokens apikey salt nonce".split())
USUAL = frozenset(SAYS) | ABOUT | LANGUAGE_MODELS | _ENTRIES | words.COMMON
"""Words of names that do not refer to a service."""
_SECRETS = frozenset("secret secrets credential credentials cred creds token tokens apikey bearer auth pat".split()) | {
    "authorization"
}
"""Words that name a secret by themselves."""
_KEY_OF = frozenset(
    """
    api secret access private auth encryption signing master admin service client app account subscription jwt
    session authentication license
    """.split()
)
"""What makes a secret of a key: `api_key`, but not `sort_key`."""
_VARIANTS = frozenset(
    "value base prod production dev development staging stage live local default old new main backup secondary".split()
)
"""Words behind the name of a secret that say which one it is."""
_HASHED = frozenset("hash hashed encrypted sealed public".split())
_GLUED = re.compile(
    "([a-z]{2,}?)((?:api)?token|secret|pas{1,2}w(?:or[dt]|r?d)|passw?|pwd|(?:api|access|secret|private)?key)"
)
_MISSPELT = frozenset("pasword paswrd paswd passwrd passwort pswd psswd pswrd psswrd psword pssword".split())


def name_of(named: Named) -> tuple[str, ...]:
    """The words of the name of a value, with the word before it on the line where that makes it another name."""
    found = words_of(named.name.rsplit(".", 1)[-1] if named.operator == "(" else named.name)
    before = re.search(r"([A-Za-z]{1,40})[ -]\Z", named.before) if len(found) == 1 else None
    if before and before[1].lower() in LANGUAGE_MODELS | _ENTRIES:
        return (before[1].lower(), *found)
    return found


@lru_cache(maxsize=256)  # asked several times for one value
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case; `acmetoken` and `MYSQLPASS` are two words each, like `acme_token`."""
    if name.lower().startswith("identified "):
        return ("identified", "by")  # SQL may say in between by which plugin
    found: list[str] = []
    for part in words.parts(name):
        glued = _GLUED.fullmatch(part) if part not in words.COMMON else None
        found += glued.groups() if glued else [part]
    return tuple("password" if word in _MISSPELT else word for word in found)


def is_key(name: str) -> bool:
    """Whether a name ends in a key of an unspecific kind: `key`, `rowKey`, but not `api_key`."""
    found = words_of(name)
    return found[-1:] == ("key",) and found[-2:-1] not in {(word,) for word in _KEY_OF}


def is_about_else(name: tuple[str, ...]) -> bool:
    """Whether the last word of a name makes it that of something about a secret, or of something else."""
    found = [word for word in name if not word.isdigit()][-2:]
    return found[-1:] != [] and (found[-1] in ABOUT or (found[-1] == "pass" and found[0] in _PASSES))


def is_entry(name: tuple[str, ...]) -> bool:
    """Whether a name is that of a key or a token in a vocabulary, a cursor, a table or a store."""
    seen = set(name)
    if len(name) < 2 or PASSWORDS & seen or not KEYS & seen:
        return False
    return bool(LANGUAGE_MODELS & seen) or ("key" in seen and bool(_ENTRIES & seen))


def family(name: tuple[str, ...]) -> str:
    """Whether the words of a name denote a password, a key or another secret."""
    return PASSWORD if PASSWORDS.intersection(name) else KEY if KEYS.intersection(name) else SECRET


def plain_secret(name: tuple[str, ...]) -> str:
    """The word for what the words of a name plainly denote (`password`, `api key`, `token`); "" if they do not.

    Not for a name that goes on to something else (`token_limit`), denotes a public or made-up value (`public_key`,
    `wrong_password`), or one of the other kinds of keys and tokens (`cache_key`, `next_token`).
    """
    seen = set(name)
    if (MADE_UP | _HASHED) & seen:
        return ""
    for at in range(len(name) - 1, -1, -1):
        word, before = name[at], name[at - 1] if at else ""
        if word in PASSWORDS:
            return "" if word == "pass" and before in _PASSES else "password"
        if word in _SECRETS:
            return "" if word in KEYS and LANGUAGE_MODELS & seen else word
        if word in {"key", "keys"}:
            if (LANGUAGE_MODELS | _ENTRIES) & seen or not (
                before in _KEY_OF or (len(before) > 2 and before not in USUAL)
            ):
                return ""
            return f"{before} key" if before in _KEY_OF else "key of a service"
        if word.isdigit() or len(word) == 1 or word in _VARIANTS or word not in USUAL:
            continue
        return ""
    return ""
