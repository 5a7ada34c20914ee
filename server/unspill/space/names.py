"""The names of secrets, unique in the whole project: one value has one name; two values never share one.

In order of preference: the name at the place itself, so that a name the code uses stays; the one that the provider's
SDK reads; the variable; a numbered fallback.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages
from unspill.model import Secret
from unspill.shapes import may_be_secret
from unspill.sites import UrlUserinfo
from unspill.space import uses

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from unspill.document import Document
    from unspill.model import Finding
    from unspill.sites import Site

VALID = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
"""The names that the Hub accepts for a secret."""
BUILT_IN = frozenset(
    """ACCELERATOR CPU_CORES MEMORY SPACE_AUTHOR_NAME SPACE_REPO_NAME SPACE_TITLE SPACE_ID SPACE_HOST
    SPACE_CREATOR_USER_ID OAUTH_CLIENT_ID OAUTH_CLIENT_SECRET OAUTH_SCOPES OPENID_PROVIDER_URL SYSTEM
    SPACES_ZERO_GPU""".split()
)
"""Variables that a Space sets itself."""
PROCESS = frozenset("PATH HOME USER SHELL PWD LANG TERM TMPDIR PYTHONPATH LD_PRELOAD LD_LIBRARY_PATH PORT HOST".split())
"""Variables that a process needs."""
_PUBLIC = ("VITE_", "NEXT_PUBLIC_", "REACT_APP_", "PUBLIC_", "NUXT_PUBLIC_", "VUE_APP_", "GATSBY_", "EXPO_PUBLIC_")
"""Prefixes of variables that front-end tools expose to browsers."""
# Variable names that do not describe the value: a provider's own name is better.
_VAGUE = frozenset(
    """API_KEY APIKEY KEY TOKEN SECRET PASSWORD PASSWD AUTH AUTHORIZATION CREDENTIAL CREDENTIALS VALUE T K X A B
    ACCESS_TOKEN AUTH_TOKEN SECRET_KEY BEARER USE_AUTH_TOKEN""".split()
)


def is_usable(name: str) -> bool:
    """Whether a secret may be declared under `name`: valid for the Hub, not built in, not needed by the process."""
    return refusal(name) is None


def refusal(name: str) -> str | None:
    """Why no secret may be declared under `name`; None if one may. A name that is itself a secret is not quoted."""
    if _is_secret(name):
        return "the name looks like a secret value"
    if not VALID.match(name):
        return "secret names must start with a letter and contain only letters, digits and _"
    if name.upper() in BUILT_IN:
        return f"{name} is set by the Space"
    if name.upper() in PROCESS:
        return f"{name} is reserved for the process"
    if is_public(name):
        return f"{name} would be public: front-end tools expose such variables to browsers"
    return None


@lru_cache(maxsize=1024)  # the documents of a project share a few names
def _is_secret(name: str) -> bool:
    return may_be_secret(name)


def is_public(name: str) -> bool:
    """Whether front-end tools treat a variable of this name as public."""
    return name.upper().startswith(_PUBLIC)


def as_env_name(name: str) -> str:
    """A variable, key or option as an environment name (`hf-token`, `hfToken` → `HF_TOKEN`); "" if nothing remains.

    Also "" for a secret: upper case would only hide it.
    """
    if may_be_secret(name):
        return ""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").lstrip("0123456789_").upper()


class Wish(NamedTuple):
    """The names that suit a finding, regardless of the rest of the project."""

    secret: Secret
    hints: tuple[str, ...]
    """The names to try, the best first."""
    variable: str = ""
    """The variable that the code sets to the whole value, if any."""


def wish_of(document: Document, finding: Finding) -> Wish | None:
    """The wish of a finding, whose site is known; None if it has no secret, is a name, or part of a stored value."""
    if finding.secret is None or uses.is_name(document, finding):
        return None
    whole = languages.env_value(document, finding.span) if document.language != "dotenv" else None
    if whole is not None:
        name, value = whole
        return Wish(Secret(value), (name, *finding.env), name)
    return None if _is_part_of_url(finding.site) else Wish(finding.secret, tuple(_hints(finding)))


class Names:
    """The project's names for its secrets. `stored` are the values already in `.env`, by name."""

    def __init__(self, stored: Mapping[str, str] | None = None) -> None:
        self._by_name: dict[str, str] = dict(stored or {})
        self._by_value: dict[str, str] = {
            value: name for name, value in reversed(self._by_name.items()) if value and not _is_secret(name)
        }
        self._claims: dict[str, set[str]] = {}
        self._numbers: dict[str, int] = {}
        """The last number used for a base name: lower ones are taken."""

    def assign(self, found: Iterable[tuple[Document, Finding]]) -> None:
        """Name the findings of a whole project; variables that the code sets in the environment come first.

        A secret that is only part of a value that a fix stores gets no name: it would take that of the whole.
        A variable that the code sets names no other value, and none at all if it is set to several.
        A secret that is itself used as a name gets no name either: no fix moves it.
        """
        self.grant(wish for document, finding in found if (wish := wish_of(document, finding)) is not None)

    def grant(self, wishes: Iterable[Wish]) -> None:
        """Name the wishes of a whole project, as `assign` does for its findings."""
        wishes = list(wishes)
        wholes = [wish for wish in wishes if wish.variable]
        for wish in wholes:
            self._claims.setdefault(wish.variable, set()).add(wish.secret.reveal())
        self._by_value = {value: name for value, name in self._by_value.items() if self._may_name(name, value)}
        for wish in (*wholes, *(wish for wish in wishes if not wish.variable)):
            self.name(wish.secret, *wish.hints)

    def of(self, finding: Finding) -> str:
        """The name of a finding's secret."""
        if finding.secret is None:
            raise ValueError("a check has no secret")
        return self.name(finding.secret, *_hints(finding))

    def name(self, secret: Secret, *hints: str) -> str:
        """The name of `secret`: the one it has, else the first usable hint, numbered if taken by another value."""
        value = secret.reveal()
        hints = tuple(hint for hint in hints if not _is_secret(hint))
        for hint in hints:
            if self._by_name.get(hint) == value and self._may_name(hint, value):
                return hint
        if value in self._by_value:
            return self._by_value[value]
        base = next((hint for hint in hints if is_usable(hint)), "SPACE_SECRET_1")
        stem, number = re.sub(r"_1\Z", "", base), self._numbers.get(base, 1)
        name = base if number == 1 else f"{stem}_{number}"
        while not self._may_name(name, value):
            number += 1
            name = f"{stem}_{number}"
        self._numbers[base] = number
        self._by_name[name] = value
        self._by_value[value] = name
        return name

    def is_contested(self, name: str) -> bool:
        """Whether the project sets the variable `name` to several values, so that none of them is its secret."""
        return len(self._claims.get(name, ())) > 1

    def _may_name(self, name: str, value: str) -> bool:
        return self._by_name.get(name) in (None, "", value) and self._claims.get(name, {value}) == {value}


def _is_part_of_url(site: Site) -> bool:
    """Whether fixes store the URL around the secret, as they do for databases."""
    return isinstance(site, UrlUserinfo) and not site.is_web


def _hints(finding: Finding) -> list[str]:
    own = finding.site.name or ""
    if finding.site.kind in languages.ENV_KINDS and own:
        return [own, *finding.env]
    if own in finding.env:
        return [own]
    made = as_env_name(own)
    if finding.env:
        return [made, *finding.env] if made in finding.env else [*finding.env, made]
    return [made, as_env_name(finding.rule)] if made and made not in _VAGUE else [as_env_name(finding.rule), made]
