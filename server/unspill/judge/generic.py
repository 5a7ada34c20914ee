"""Secrets without a format: judged by the name, the place and the look of a value.

Where one reason decides, it does: what cannot be a secret; a random value behind the name of one; text for people; a
password as people make them behind the name of one. The rest is weighed (`judge.scoring`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.judge import exclusions, meaning, passwords, randomness, scoring, texts, words
from unspill.judge.features import KEY
from unspill.judge.verdict import Verdict
from unspill.judge.weights import LOW, MEDIUM
from unspill.languages import FileKind, language_of
from unspill.model import Confidence

if TYPE_CHECKING:
    from unspill.engine.named import Named

_COMPOSED = re.compile(
    r"(?!sk|pk|key|api|token|secret)[a-z]{2,16}[-_:/#]"
    r"(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{24,64})"
)
"""A word, and a UUID or a hash."""
_SLUG = re.compile(r"[a-z]{1,16}(?:_[a-z]{1,16})+")
"""Small words, joined like those of a name."""
_CALLED = re.compile(r"[a-z][a-z0-9]*(?:[-_.:][a-z0-9]+)+[-_.:](?:token|key)s?")
"""What a token is stored under: it is called one itself."""
_SIGNING = re.compile(r"(?:\A|[^a-z])(?:secret_key|SECRET_KEY)\Z")
"""`app.secret_key` of Flask, `SECRET_KEY` of Django and Flask."""
_TRIED = frozenset("test tests testing ci mock fake dummy".split())
"""Words that say that a key signs nothing but what a test makes up."""
_SHORTEST_KEY = 6
_SHORTEST_PASSWORD = 8
_SHORTEST_TOKEN = 12
_OF_UUIDS = frozenset(["password", "secret", "api key", "secret key", "access key", "private key"])
"""What a UUID may well be; a token or the key of a service is more often an identifier."""
_QUOTES = ('"', "'", "`")


def verdict(named: Named, value: bytes, path: str) -> Verdict:
    """Whether the value of a name is a secret, and why."""
    text = value.decode("utf-8", "replace")
    if (decided := by_reason(named, text, path)) is not None:
        return decided
    score = scoring.score(named, text, path)
    if score.value < LOW:
        return Verdict(None, str(score))
    return Verdict(Confidence.MEDIUM if score.value >= MEDIUM else Confidence.LOW, str(score), near=True)


def by_reason(named: Named, text: str, path: str) -> Verdict | None:
    """The verdict where a single reason decides; None where the score has to."""
    if because := exclusions.impossible(named, text) or _as_name(named, text):
        return Verdict(None, because)
    what = _plainly(named)
    if what and _is_random(named, text, what, path):
        return Verdict(Confidence.MEDIUM, f"random value behind a name that says {what}", near=True)
    if not randomness.is_random(text) and (because := texts.reason(named, text, path)):
        return Verdict(None, because)
    if what and (because := passwords.example_reason(text.encode()) or _own_name(named, text)):
        return Verdict(None, because)
    is_password = what == "password" or (what and "admin" in named.name.lower())
    if is_password and _is_literal(named, path) and passwords.is_made_up(text):
        return Verdict(Confidence.MEDIUM, f"made-up password behind a name that says {what}", near=True)
    if named.quote and _signs(named, text):
        return Verdict(Confidence.MEDIUM, "key that signs sessions, readable in the code", near=True)
    return None


def _as_name(named: Named, text: str) -> str:
    """Why a value is words, or itself the name of something; "" if it may be a secret."""
    if randomness.is_encoded_words(text):
        return "base64 of words"
    if _COMPOSED.fullmatch(text) and meaning.is_key(named.name):
        return "identifier with a prefix"
    if randomness.UUID.match(text) and meaning.words_of(named.name)[-2:] == ("client", "token"):
        return "idempotency token"
    if _SLUG.fullmatch(text) and meaning.is_key(named.name):
        return "identifier of several words"
    if (
        _CALLED.fullmatch(text)
        and meaning.family(meaning.words_of(named.name)) == KEY
        and not _SIGNING.search(named.name)
    ):
        return "name of a token or a key"
    return ""


def _own_name(named: Named, text: str) -> str:
    """That a value is words of its name, or one with a number: `AIRFLOW_PASSWORD=airflow`; "" if not."""
    own, words_of_name = text.lower().rstrip("0123456789!_-"), meaning.words_of(named.name)
    is_own = own in words_of_name or set(words.parts(own)) <= set(words_of_name)
    return "word of its own name" if own and is_own else ""


def _signs(named: Named, text: str) -> bool:
    """Whether a framework signs its sessions with `text`, so that anyone who reads it can forge one."""
    if named.operator not in {"=", ":"} or not _SIGNING.search(named.name) or len(text) < _SHORTEST_KEY:
        return False
    said = set(words.parts(text))
    return not {"secret", "key"} <= said and not (_TRIED & said and len(said) > 2)


def _plainly(named: Named) -> str:
    """What the name directly before a value plainly says that it is; "" if it does not."""
    if named.operator == "://":
        return "password"
    name = meaning.name_of(named)
    if named.operator in {"", ","} and not named.name.startswith("-"):
        # A single word, or a variable beside a string, need have nothing to do with it.
        is_string = named.before.endswith(_QUOTES)
        if len(name) < 2 or is_string != (named.operator == ","):
            return ""
    return meaning.plain_secret(name)


def _is_random(named: Named, text: str, what: str, path: str) -> bool:
    """Whether a value is random enough for a name that says `what`."""
    if randomness.UUID.match(text):
        return what in _OF_UUIDS
    if randomness.is_random(text):
        return True
    if len(text) < (_SHORTEST_PASSWORD if what == "password" else _SHORTEST_TOKEN) or not _is_literal(named, path):
        return False
    return randomness.is_short_random(text) and not passwords.is_example(text)


def _is_literal(named: Named, path: str) -> bool:
    """Whether the value cannot be a name in code."""
    return bool(named.quote) or language_of(path).kind is not FileKind.CODE
