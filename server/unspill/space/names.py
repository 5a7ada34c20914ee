"""The names of secrets, unique in the whole project: one value has one name; two values never share one.

In order of preference: the name of the environment at the place itself, so that a name the code uses stays; one that
the author gives the value elsewhere, or near it; the one that the provider's SDK reads; the variable. A name that is
taken gives way to the next one; a number is the last resort. What programs read is named before what people read.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages, space
from unspill.languages import FileKind, _config, dotenv
from unspill.model import Secret
from unspill.shapes import may_be_secret
from unspill.sites import AttributeAssignment, CellOutput, Comment, ConfigValue, Docstring, Prose, UrlUserinfo
from unspill.space import nearby, urls, uses, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from unspill.document import Document
    from unspill.model import Finding, Tree
    from unspill.sites import Site
    from unspill.space import Space

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
_SAID = (Prose, Comment, Docstring, CellOutput)
"""Places whose text is for people."""
_RANKS = {FileKind.CODE: 0, FileKind.COMMANDS: 0, FileKind.CONFIGURATION: 1}
"""The order in which files are named; that of all others is last."""
_LAST = 2
_OBJECTS = frozenset("self cls app config conf cfg settings args options opts client os st env".split())
"""Objects whose names do not say what an attribute is for."""
_STEMS = frozenset("app main index init config settings test readme client utils server".split())
"""Files whose names do not say what is in them."""
_STEM = re.compile(r"[A-Za-z]\w{2,}\Z")
_KINDS = {
    "generic-kubernetes-secret": "SECRET",
    "bearer-header": "TOKEN",
    "url-basic-auth": "PASSWORD",
    "basic-auth-header": "BASIC_AUTH",
    "command-line-password": "PASSWORD",
    "curl-user-password": "PASSWORD",
    "libcurl-password": "PASSWORD",
}
"""The names of last resort, where the rule's id is none."""
_HOST = re.compile(rb"[^\s/@]*@([A-Za-z0-9.-]+)")


def is_usable(name: str, *, in_space: bool = True) -> bool:
    """Whether a secret may be declared under `name`: valid for the Hub, not built in, not needed by the process."""
    return refusal(name, in_space=in_space) is None


def refusal(name: str, *, in_space: bool = True) -> str | None:
    """Why no secret may be declared under `name`; None if one may. A name that is itself a secret is not quoted."""
    if _is_secret(name):
        return "the name looks like a secret value"
    if not VALID.match(name):
        return "secret names must start with a letter and contain only letters, digits and _"
    if in_space and name.upper() in BUILT_IN:
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


def in_actions(name: str) -> str:
    """The name of a secret for GitHub Actions, which keeps `GITHUB_` for itself."""
    return re.sub(r"\AGITHUB_", "GH_", name, flags=re.IGNORECASE)


class Wish(NamedTuple):
    """The names that suit a finding, regardless of the rest of the project."""

    secret: Secret
    hints: tuple[str, ...]
    """The names to try, the best first."""
    variable: str = ""
    """The variable that the code sets to the whole value, if any."""
    near: tuple[str, ...] = ()
    """The names that the text around it says; better than `hints` unless they are another value's."""
    said: str = ""
    """The name that a text for people gives the value: `export NAME=value`."""
    known: frozenset[str] = frozenset()
    """The names that the document reads."""
    path: str = ""
    rank: int = 0
    silence: int = 0
    """How little its place says of it: of several places with a value, the one that says most names it."""
    in_actions: bool = False
    """Whether a workflow of GitHub Actions has the value, so that both call it alike."""
    whole: Secret | None = None
    """What the secret is a part of: if that has a name, the secret needs none."""


def wish_of(document: Document, finding: Finding) -> Wish | None:
    """The wish of a finding, whose site is known; None if it has no secret, is a name, or part of a value in a `.env`.

    Such a value keeps its name, whether the `.env` is kept out of git yet or not.
    """
    if finding.secret is None or uses.is_name(document, finding) or _is_part(document, finding):
        return None
    url = urls.split(document, finding)
    if url is None or url.whole is None or url.whole.secret is None:
        return _wish(document, finding if url is None else url.password)
    if urls.is_read(url.whole):
        return _wish(document, url.whole)
    return _wish(document, url.password)._replace(whole=url.whole.secret)


def _is_part(document: Document, finding: Finding) -> bool:
    """Whether a finding in a dotenv file is not the value that its name has there."""
    if document.language != "dotenv" or not finding.site.name or finding.secret is None:
        return False
    return dotenv.values(document).get(finding.site.name) != finding.secret.reveal()


def _wish(document: Document, finding: Finding) -> Wish:
    secret = finding.secret or Secret("")
    set_to = languages.env_value(document, finding.span) if document.language != "dotenv" else None
    if set_to is not None:
        name, value = set_to
        return Wish(Secret(value), tuple(_of_environment(name, finding)), name, path=document.path)
    own, is_said = finding.site.name or "", isinstance(finding.site, _SAID)
    rank = _LAST if is_said else _RANKS.get(languages.by_id(document.language).kind, _LAST)
    near = () if is_said else tuple(dict.fromkeys(nearby.names(document, finding)))
    return Wish(
        secret,
        tuple(filter(None, (*_hints(finding), *_apart(document, finding)))),
        near=near,
        silence=0 if near else 1 if words.subject(words.as_env_name(own)) else 2 if finding.env else 3,
        said=own if is_said and own.isupper() and (words.names_secret(own) or words.names_url(own)) else "",
        known=document.memo(_read),
        in_actions=isinstance(finding.site, ConfigValue) and _config.consumer(document) == "github-actions",
        path=document.path,
        rank=0 if document.language == "notebook" and not is_said else rank,
    )


def _read(document: Document) -> frozenset[str]:
    """The names of secrets that a document reads from the environment."""
    reads = (use.name for use in languages.env_uses(document).reads)
    return frozenset(name for name in reads if words.names_secret(name) or words.names_url(name))


def around(tree: Tree, place: Space) -> Names:
    """The names of a Space, given what its `.env` stores and its templates declare."""
    return Names(space.stored(tree, place), space.declared(tree, place), in_space=bool(place.sdk))


class Names:
    """The project's names for its secrets."""

    def __init__(
        self, stored: Mapping[str, str] | None = None, declared: Iterable[str] = (), *, in_space: bool = True
    ) -> None:
        """`stored` are the values already in `.env`, by name; `declared` the names that a template lists."""
        self._declared = frozenset(declared)
        self._in_space = in_space
        self._by_name: dict[str, str] = dict(stored or {})
        self._by_value: dict[str, str] = {
            value: name for name, value in reversed(self._by_name.items()) if value and not _is_secret(name)
        }
        self._claims: dict[str, set[str]] = {}
        self._numbers: dict[str, int] = {}
        """The last number used for a base name: lower ones are taken."""
        self._paths: dict[str, str] = {}
        """The file that each name was given for."""

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
        others = _OtherWishes(wishes)
        rest = sorted(
            (wish for wish in wishes if not wish.variable),
            key=lambda wish: (wish.whole is not None, wish.rank, wish.silence),
        )
        for wish in (*wholes, *rest):
            if wish.whole is not None and self.knows(wish.whole):
                continue
            hints = wish.hints if wish.variable else self._wanted(wish, others)
            self._paths.setdefault(self.name(wish.secret, *hints, path=wish.path), wish.path)

    def _wanted(self, wish: Wish, others: _OtherWishes) -> Iterable[str]:
        """The names to try for a wish, given all of a project."""
        hints = (*others.said(wish), *(name for name in wish.near if not others.has(name, wish)), *wish.hints)
        if others.is_in_actions(wish):
            hints = tuple(map(in_actions, hints))
        known = _by_subject(self._declared | wish.known)
        related = (name for hint in hints for name in known.get(words.subject(hint), ()) if words.is_alike(hint, name))
        return (*(hint for hint in hints[:1] if hint in self._declared | wish.known), *related, *hints)

    def knows(self, secret: Secret) -> bool:
        """Whether a secret has a name."""
        return secret.reveal() in self._by_value

    def of(self, finding: Finding) -> str:
        """The name of a finding's secret."""
        if finding.secret is None:
            raise ValueError("a check has no secret")
        return self.name(finding.secret, *_hints(finding))

    def name(self, secret: Secret, *hints: str, path: str = "") -> str:
        """The name of `secret`: the one it has, else the first usable hint that no other value has.

        If all are taken, the first one with the name of the file at `path`, if that tells them apart, or a number.
        """
        value = secret.reveal()
        hints = tuple(hint for hint in hints if not _is_secret(hint))
        for hint in hints:
            if self._by_name.get(hint) == value and self._may_name(hint, value):
                return hint
        if value in self._by_value:
            return self._by_value[value]
        usable = [hint for hint in hints if is_usable(hint, in_space=self._in_space)] or ["SPACE_SECRET_1"]
        free = next((hint for hint in (*usable, *self._of_file(usable[0], path)) if self._may_name(hint, value)), None)
        name = free or self._numbered(usable[0], value)
        self._by_name[name] = value
        self._by_value[value] = name
        return name

    def _numbered(self, base: str, value: str) -> str:
        stem, number = re.sub(r"_1\Z", "", base), self._numbers.get(base, 2)
        while not self._may_name(name := f"{stem}_{number}", value):
            number += 1
        self._numbers[base] = number
        return name

    def _of_file(self, base: str, path: str) -> Iterator[str]:
        """`base` with the name of the file, if another one's value has it."""
        stem = posixpath.splitext(posixpath.basename(path))[0]
        is_telling = _STEM.match(stem) is not None and stem.lower() not in _STEMS
        if is_telling and self._paths.get(base, path) != path:
            yield f"{words.as_env_name(stem)}_{base}"

    def is_contested(self, name: str) -> bool:
        """Whether the project sets the variable `name` to several values, so that none of them is its secret."""
        return len(self._claims.get(name, ())) > 1

    def _may_name(self, name: str, value: str) -> bool:
        return self._by_name.get(name) in (None, "", value) and self._claims.get(name, {value}) == {value}


class _OtherWishes:
    """What all wishes of a project say about one of them."""

    def __init__(self, wishes: Sequence[Wish]) -> None:
        self._said: dict[Secret, list[str]] = {}
        self._first: dict[tuple[str, int], set[Secret]] = {}
        """The values that want a name first, by it and when they are named."""
        self._in_actions = {wish.secret for wish in wishes if wish.in_actions}
        for wish in wishes:
            if wish.said:
                self._said.setdefault(wish.secret, []).append(wish.said)
            for hint in wish.hints[:1]:
                self._first.setdefault((hint, wish.rank), set()).add(wish.secret)

    def is_in_actions(self, wish: Wish) -> bool:
        """Whether a workflow has its value."""
        return wish.secret in self._in_actions

    def said(self, wish: Wish) -> Sequence[str]:
        """The names that texts for people give its value."""
        return self._said.get(wish.secret, ())

    def has(self, name: str, wish: Wish) -> bool:
        """Whether a name is the first that another value wants, which is named no later."""
        return any(not self._first.get((name, rank), set()) <= {wish.secret} for rank in range(wish.rank + 1))


@lru_cache(maxsize=64)  # the wishes of a document share them
def _by_subject(names: frozenset[str]) -> dict[frozenset[str], list[str]]:
    """Names by what they are for; those that do not say it are left out."""
    found: dict[frozenset[str], list[str]] = {}
    for name in sorted(names):
        if subject := words.subject(name):
            found.setdefault(subject, []).append(name)
    return found


def _hints(finding: Finding) -> list[str]:
    """The names that a finding suggests, the best first."""
    own = finding.site.name or ""
    if finding.site.kind in languages.ENV_KINDS and own:
        return _of_environment(own, finding)
    made = words.as_env_name(own) if "@" not in own else ""
    if made in finding.env:
        return [made]
    if _is_variable(finding.site) and made == own:
        return [own, *finding.env[:1]]
    is_kind = words.names_secret(made)
    made = made if is_kind or words.subject(made) else ""
    if words.names_url(made) and words.subject(made) and finding.env and words.names_url(finding.env[0]):
        return [made, finding.env[0]]
    if finding.env:
        provided = next((one for one in finding.env if words.subject(one) == words.subject(made)), finding.env[0])
        return _of_provider(made, provided, is_kind=is_kind, is_constant=made == own)
    return _of_kind(made, finding, is_kind=is_kind)


def _of_kind(made: str, finding: Finding, *, is_kind: bool) -> list[str]:
    """The author's name and that of the kind of secret, where no provider has one for it."""
    kind = _KINDS.get(finding.rule) or words.as_env_name(finding.rule.removeprefix("generic-"))
    if finding.rule.startswith("generic-") or finding.rule in _KINDS:
        whose = f"{made}_{kind}" if made and not is_kind and kind == "PASSWORD" and not words.names_url(made) else made
        return [_of_object(finding.site), whose, kind]
    return [made, kind] if words.subject(made) else [kind, made]


def _of_provider(made: str, provided: str, *, is_kind: bool, is_constant: bool) -> list[str]:
    """The author's name and the one that the provider's SDK reads; a constant's name that says a secret comes first."""
    says = bool(words.subject(made))
    if says and is_kind and is_constant:
        return [made, provided]
    return [provided, "" if not says else made if is_kind else f"{made}_{provided}"]


def _is_variable(site: Site) -> bool:
    """Whether the key of a configuration value is a variable that a program is started with (`env: {NAME: …}`)."""
    return isinstance(site, ConfigValue) and not {"env", "environment"}.isdisjoint(site.path[-2:-1])


def _of_environment(name: str, finding: Finding) -> list[str]:
    """The name of a variable of the environment; one that no secret may have gives way to the provider's."""
    return [name] if is_usable(name) else [name, *finding.env[:1]]


def _of_object(site: Site) -> str:
    """The name of an attribute with that of its object (`openai.api_key`), if that says what it is for."""
    owner, _, attribute = site.target.rpartition(".") if isinstance(site, AttributeAssignment) else ("", "", "")
    owner = owner.rpartition(".")[2]
    if not owner or owner.lower() in _OBJECTS:
        return ""
    made, key = words.as_env_name(owner), words.as_env_name(attribute)
    first = key.partition("_")[0]
    return f"{made.removesuffix(f'_{first}')}_{key}"


def _apart(document: Document, finding: Finding) -> Iterator[str]:
    """Names by what a value is for, if the better ones are taken: the host of a URL."""
    host = _HOST.match(document.data, finding.span.end) if isinstance(finding.site, UrlUserinfo) else None
    if host is not None:
        yield f"{words.as_env_name(host[1].decode())}_{(_hints(finding) or [''])[0]}"
