"""The names of an app: what each is for, where it is declared, read and set, and what is missing; never a value.

A name is *undeclared* if it is read without a default and no template (`.env.example`) lists it, *unset* if it is
declared and needed and has no value here, and *unused* if it is declared and nothing reads it. In doubt it is none of
these. Left out are names that look like a secret.
"""

from __future__ import annotations

import posixpath
import re
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages, rules, space
from unspill.contract import evidence, helpers
from unspill.contract.kinds import NameKind, kind_of
from unspill.languages import FileKind
from unspill.model import Default
from unspill.shapes import may_be_secret
from unspill.space import names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from unspill.document import Document
    from unspill.model import EnvPattern, EnvUse, Span, Tree
    from unspill.space import Space


LOCAL = (".env", ".env.local", ".env.development.local", ".env.development")
"""The files that keep values locally."""


class ValueSource(str, Enum):
    """The origin of a name's value."""

    STORED = "stored"
    """`.env` contains it."""
    BUILT_IN = "built-in"
    """The platform sets it itself."""
    SET = "set"
    """The code, a script or an image sets it."""
    NONE = "none"


class NameState(str, Enum):
    """What there is to do about a name, the most urgent first."""

    UNDECLARED = "undeclared"
    UNSET = "unset"
    UNUSED = "unused"
    OK = "ok"


class NameLocation(NamedTuple):
    """An occurrence of a name in a document. `source` is the caller's name of the document: a path or a URI."""

    source: str
    document: Document
    span: Span


class AppName(NamedTuple):
    """One name. Places are in the order of the documents, then of the text."""

    name: str
    kind: NameKind
    state: NameState
    origin: ValueSource
    declared: tuple[NameLocation, ...] = ()
    """The places where a template (`.env.example`) lists it."""
    read: tuple[NameLocation, ...] = ()
    implicit: tuple[NameLocation, ...] = ()
    """The places where a library reads it since the code gives it no value (`OpenAI()`)."""
    written: tuple[NameLocation, ...] = ()
    needed: tuple[NameLocation, ...] = ()
    """Those of `read` that need a value from outside."""

    @property
    def is_shown(self) -> bool:
        """Whether it belongs to a list of secrets: one, or a name that something is to be done about."""
        return self.kind is NameKind.SECRET or self.state is not NameState.OK

    @property
    def is_built_in(self) -> bool:
        """Whether the Space sets it itself."""
        return self.origin is ValueSource.BUILT_IN

    @property
    def is_declarable(self) -> bool:
        """Whether a template may list it and none does: its value comes from outside."""
        is_own = self.kind is not NameKind.PLATFORM and self.origin in (ValueSource.STORED, ValueSource.NONE)
        return is_own and not self.declared and names.is_usable(self.name)

    @property
    def is_wanted(self) -> bool:
        """Whether a template should list it: a secret that the code or a library reads, or a name that it needs."""
        is_read = self.kind is NameKind.SECRET and bool(self.read or self.implicit)
        return self.is_declarable and (is_read or self.state is NameState.UNDECLARED)


class Surroundings(NamedTuple):
    """What is known of an app besides its documents."""

    stored: Collection[str] = ()
    """The names with a value in its `.env`."""
    declared: Collection[str] = ()
    """Names that its templates declare, and those around it, which hold here, too."""
    known: Collection[str] = ()
    """The names that rules know to be of secrets."""
    in_space: bool = True
    has_oauth: bool = True
    """Whether the Space sets what OAuth needs."""
    root: str = ""
    """Its folder: POSIX, relative to the tree."""

    def is_test(self, document: Document) -> bool:
        """Whether a document is a test, an example or a text about the app, which the app does not run."""
        return evidence.is_test(document.path.removeprefix(f"{self.root}/"))


def surroundings(tree: Tree, homes: Sequence[Space], known: Collection[str] | None = None) -> Surroundings:
    """What is known of an app whose files are in the folders `homes` of a tree, the outermost first.

    `known` are the names that rules know to be of secrets, by default those of the shipped ones, which are then loaded.
    """
    stored: set[str] = set()
    for home in homes:
        for values in (space.stored(tree, home, name) for name in LOCAL):
            stored.update(name for name, value in values.items() if value)
    # Its own templates count even if they are not among the documents, such as for the names of one file.
    templates = (homes[0], *_outside(homes[0])) if homes else ()
    declared = {name for home in templates for name in space.declared(tree, home)}
    declared.update(name for home in homes for name in _published(tree, home))
    readme = next((tree.read(homes[0].path(name)) for name in ("README.md", "readme.md")), None) if homes else None
    has_oauth = space.front_matter(readme or b"").get("hf_oauth") == "true"
    return Surroundings(
        stored,
        declared,
        known_names() if known is None else known,
        bool(homes and homes[0].sdk),
        has_oauth,
        homes[0].root if homes else "",
    )


def _published(tree: Tree, home: Space) -> Iterator[str]:
    """The names in the dotenv files that git tracks: no secret place, so that these have defaults, and declare."""
    for file in tree.list(home.root):
        if file.startswith(".env") and tree.tracked(home.path(file)):
            yield from space.stored(tree, home, file)


def _outside(home: Space) -> Iterator[Space]:
    """The folders around an app that is no Space: what is declared there holds for it, too."""
    folder = home.root
    while folder and not home.sdk:
        folder = posixpath.dirname(folder)
        yield home._replace(root=folder)


@lru_cache(maxsize=1)
def known_names() -> frozenset[str]:
    """The names that the shipped rules know to be of secrets."""
    return rules.env_names(rules.catalog())


def entries(documents: Iterable[tuple[str, Document]], around: Surroundings) -> list[AppName]:
    """The names in the documents of one app, those first that something is to be done about, then by name."""
    found = _Gathered(list(documents))
    every = {*found.declared, *found.read, *found.implicit, *around.stored, *found.stored}
    known = [
        found.entry(name, around)
        for name in every
        if re.fullmatch(r"[A-Za-z_]\w*(?:\.\w+)*", name, re.ASCII) and not may_be_secret(name)
    ]
    order = list(NameState)
    return sorted(known, key=lambda one: (order.index(one.state), one.name))


class _Use(NamedTuple):
    """A use in a document."""

    place: NameLocation
    use: EnvUse


class _Gathered:
    """What the documents of an app say, by name."""

    def __init__(self, documents: Sequence[tuple[str, Document]]) -> None:
        self.declared: dict[str, list[_Use]] = {}
        self.read: dict[str, list[_Use]] = {}
        self.implicit: dict[str, list[_Use]] = {}
        self.written: dict[str, list[_Use]] = {}
        self.optional: set[str] = set()
        """Names that a template has in a line that is commented out."""
        self.stored: set[str] = set()
        """Names that any dotenv file has a value for."""
        self._documents = [document for _, document in documents]
        self._patterns: list[EnvPattern] = []
        for (source, document), uses in zip(documents, helpers.all_uses(self._documents), strict=True):
            by_field = (
                (uses.declared, self.declared),
                (uses.reads, self.read),
                (uses.implicit, self.implicit),
                (uses.writes, self.written),
            )
            for found, into in by_field:
                for use in sorted(dict.fromkeys(found), key=lambda use: use.span):
                    into.setdefault(use.name, []).append(_Use(NameLocation(source, document, use.span), use))
            self._patterns += uses.patterns
            self.optional.update(use.name for use in uses.optional)
            if document.language == "dotenv":
                self.stored.update(use.name for use in uses.writes)

    def entry(self, name: str, around: Surroundings) -> AppName:
        """All about a name."""
        read = self.read.get(name, [])
        defaults = [one.use.default for one in (*read, *self.declared.get(name, ()))]
        kind = kind_of(name, defaults, around.known, in_space=around.in_space and _is_built_in(name, around))
        origin = self._origin(name, around)
        state = self._state(name, kind, origin, around)
        places = [
            tuple(dict.fromkeys(one.place for one in uses.get(name, ())))
            for uses in (self.declared, self.read, self.implicit, self.written)
        ]
        needed = (one.place for one in read if self._needs(one, kind, around))
        return AppName(name, kind, state, origin, *places)._replace(needed=tuple(dict.fromkeys(needed)))

    def _origin(self, name: str, around: Surroundings) -> ValueSource:
        if name in around.stored:
            return ValueSource.STORED
        if around.in_space and _is_built_in(name, around):
            return ValueSource.BUILT_IN
        return ValueSource.SET if self._is_provided(name, around) else ValueSource.NONE

    def _is_provided(self, name: str, around: Surroundings) -> bool:
        """Whether the code, a script or an image sets a name. A dotenv file is unused until something loads it."""
        return any(
            not one.use.given and one.place.document.language != "dotenv" and not around.is_test(one.place.document)
            for one in self.written.get(name, ())
        )

    def _is_passed(self, name: str, around: Surroundings) -> bool:
        """Whether an image, a compose file or a workflow takes a name from where it is stored (a Space: an image)."""
        return any(
            one.use.declares and (not around.in_space or one.place.document.language == "dockerfile")
            for one in self.read.get(name, ())
        )

    def _state(self, name: str, kind: NameKind, origin: ValueSource, around: Surroundings) -> NameState:
        is_declared = name in self.declared or name in self.optional or name in around.declared
        if kind is NameKind.PLATFORM or origin in (ValueSource.BUILT_IN, ValueSource.SET):
            return NameState.OK
        is_needed = any(self._needs(one, kind, around) for one in self.read.get(name, ()))
        if is_needed and not is_declared and not self._is_passed(name, around):
            return NameState.UNDECLARED if names.is_usable(name, in_space=around.in_space) else NameState.OK
        if not is_declared:
            return NameState.OK
        if name in self.read or name in self.implicit:
            is_needed = is_needed or (kind is NameKind.SECRET and self._is_needed_implicitly(name, around))
            return NameState.UNSET if is_needed and origin is ValueSource.NONE else NameState.OK
        return NameState.OK if self._may_be_used(name, kind) else NameState.UNUSED

    def _may_be_used(self, name: str, kind: NameKind) -> bool:
        """Whether a declared name that nothing reads may be read all the same."""
        # Libraries read configuration by names that no code mentions.
        is_made = kind is not NameKind.SECRET or any(pattern.may_be(name) for pattern in self._patterns)
        return is_made or name not in self.declared or evidence.may_be_used(name, self._documents)

    def _needs(self, one: _Use, kind: NameKind, around: Surroundings) -> bool:
        """Whether a read needs a value from outside: a secret, or configuration whose lack is an error."""
        use, document = one.use, one.place.document
        # Elsewhere a name without a value is empty, or set by what runs it; of those, only `${X:?}` insists.
        is_code = document.language == "notebook" or languages.by_id(document.language).kind is FileKind.CODE
        is_strong = kind is NameKind.SECRET if is_code and kind is not NameKind.CONFIGURATION else use.required
        if not is_strong or use.default is not Default.NONE or use.declares or around.is_test(one.place.document):
            return False
        if any(self._has(other, around) for other in use.instead):
            return False
        # A test in the same file: the code goes on without.
        same = (other for other in self.read[use.name] if other.place.document is document)
        return not any(other.use.default is Default.EMPTY and not other.use.instead for other in same)

    def _is_needed_implicitly(self, name: str, around: Surroundings) -> bool:
        return any(
            one.use.default is Default.NONE and not any(self._has(other, around) for other in one.use.instead)
            for one in self.implicit.get(name, ())
        )

    def _has(self, name: str, around: Surroundings) -> bool:
        """Whether a name that would do instead is there."""
        return (
            name in self.declared or name in around.declared or name in around.stored or self._is_provided(name, around)
        )


def _is_built_in(name: str, around: Surroundings) -> bool:
    return name.upper() in names.BUILT_IN and (around.has_oauth or not name.upper().startswith(("OAUTH_", "OPENID_")))
