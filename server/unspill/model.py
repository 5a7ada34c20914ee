"""The frozen values that everything else passes around (named tuples: the command line must start fast).

Offsets are bytes into `Document.data` (UTF-8), 0-based, end exclusive, and never cut a code point.
Paths are POSIX and relative to the root of a `Tree`.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.sites import Site


class Span(NamedTuple):
    """A range of bytes in a document: 0-based, end exclusive."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Whether both share at least one byte, or start at the same place."""
        return (self.start < other.end and other.start < self.end) or self.start == other.start

    def contains(self, other: Span) -> bool:
        """Whether `other` lies within this span."""
        return self.start <= other.start and other.end <= self.end


class Severity(str, Enum):
    """How loud a finding is; the order of the members is from loud to quiet."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    HINT = "hint"

    @property
    def rank(self) -> int:
        """0 for error, growing as the severity gets quieter."""
        return list(Severity).index(self)


class Confidence(IntEnum):
    """How sure the judge is that a candidate is a live credential."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def label(self) -> str:
        """The word that the report and the flags use."""
        return self.name.lower()


class Safety(str, Enum):
    """Whether a fix may be applied without being looked at (ruff's term: applicability)."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY_ONLY = "display-only"


class Secret:
    """A credential's value. It never shows itself: only `reveal` gives the text."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, for the one edit that stores it and for computing its fingerprint."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __len__(self) -> int:
        return len(self._value)

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is never pickled")


class Traits(NamedTuple):
    """What may be done about a finding, whatever its rule is called. Those of a secret are the usual ones."""

    fixer: str = ""
    """The module of `fixes` that mends what a check has found; "" if no edit does. Secrets go by their sites."""
    can_be_ignored: bool = True
    """Whether an ignore directive or a baseline may silence it."""
    is_unnecessary: bool = False
    """Whether nothing needs the text at its place, so that editors fade it."""
    is_flow: bool = False
    """Whether its related places are the way of a value, in order, to its own place."""


USUAL = Traits()


class Related(NamedTuple):
    """Another place that has to do with a finding."""

    message: str
    """What it has to do with it, for people; it never holds a value."""
    path: str
    span: Span


class Finding(NamedTuple):
    """One secret, or one failed check, at one place of one document."""

    rule: str
    """The rule's id."""
    title: str
    """What it is, for people: `Hugging Face user access token`."""
    path: str
    span: Span
    site: Site
    severity: Severity
    confidence: Confidence
    message: str
    """One sentence for people that never holds the value."""
    secret: Secret | None = None
    """None for a check."""
    env: tuple[str, ...] = ()
    """The environment names that the provider's own SDK reads, canonical first."""
    revoke: str = ""
    """Where to revoke it: a URL, or empty."""
    docs: str = ""
    """What the credential opens and how to replace it."""
    reason: str = ""
    """Why the judge took it for a secret, for `--explain`."""
    formerly: tuple[str, ...] = ()
    """Ids that the rule had before."""
    traits: Traits = USUAL
    related: tuple[Related, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """What the rule may be called wherever a person names it: its id, then former ones."""
        return (self.rule, *self.formerly)

    @property
    def kind(self) -> str:
        """`secret` or `check`."""
        return "check" if self.secret is None else "secret"


def revoking(url: str) -> str:
    """Where to revoke a credential, for people: a page, or no more than where to sign in, if only the host is known."""
    page = url.partition("://")[2].partition("/")[2]
    return url if page.strip("/") else f"sign in at {url}"


def sentence(text: str) -> str:
    """A title or a reason as a sentence: with a capital and a full stop; "" stays."""
    return f"{text[0].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}" if text else ""


class Edit(NamedTuple):
    """Replace `span` of the file at `path` by `text`. A path that does not exist is created (span 0, 0)."""

    path: str
    span: Span
    text: str


def by_path(edits: Iterable[Edit]) -> dict[str, list[tuple[Span, str]]]:
    """Edits as spans and texts, by file, in their order."""
    found: dict[str, list[tuple[Span, str]]] = {}
    for edit in edits:
        found.setdefault(edit.path, []).append((edit.span, edit.text))
    return found


class Stored(NamedTuple):
    """A value that `.env` keeps under `name` before any edit is made."""

    name: str
    secret: Secret


class Fix(NamedTuple):
    """A change that mends a finding. Whoever applies it stores first, then edits."""

    title: str
    safety: Safety
    edits: tuple[Edit, ...] = ()
    stores: tuple[Stored, ...] = ()
    declares: tuple[str, ...] = ()
    """Names that the declaration file must list (empty when nothing reads the value any more)."""
    preferred: bool = False
    reason: str = ""
    """Why the fix is not safe, or what remains to be done by hand."""


class Plan(NamedTuple):
    """All that can be done about one finding: the preferred fix first; or why there is none."""

    fixes: tuple[Fix, ...] = ()
    withheld: str = ""
    """When no fix is safe: the reason, and what to do by hand."""

    @property
    def safe(self) -> Fix | None:
        """The fix that may be applied without being looked at, if there is one."""
        return next((fix for fix in self.fixes if fix.preferred and fix.safety is Safety.SAFE), None)


class Default(Enum):
    """What a read of the environment yields without the name."""

    NONE = "none"
    """Nothing, or an error: the program needs the name."""
    EMPTY = "empty"
    """The program goes on without: the read is a test, or its default is empty or computed."""
    SETTING = "setting"
    """A constant that no secret looks like: a number, a switch, a path, an address without a password."""
    TEXT = "text"
    """Any other constant."""


class EnvUse(NamedTuple):
    """A name that code reads from, or writes to, the environment; `span` is the name itself."""

    name: str
    span: Span
    required: bool = False
    """Whether a missing name is an error there (`os.environ["X"]`, `${X:?}`)."""
    default: Default = Default.NONE
    """Of a read: what it yields without the name."""
    instead: tuple[str, ...] = ()
    """Of a read: other names, each of which does as well (`os.getenv("A") or os.getenv("B")`)."""
    given: bool = False
    """Of a write: whether the value is a person's (`input()`, a widget), a caller's or its own: not the code's."""
    declares: bool = False
    """Of a read: whether it takes the name from where it is stored: a secret mount, a workflow's `secrets.X`."""


class EnvPattern(NamedTuple):
    """Names that are made at run time, all of which begin and end like this: `f"{provider}_API_KEY"`."""

    prefix: str
    suffix: str
    span: Span

    def may_be(self, name: str) -> bool:
        """Whether `name` may be one of them. An environment is case-insensitive on Windows, and so is this."""
        upper = name.upper()
        fits = len(name) > len(self.prefix) + len(self.suffix)
        return fits and upper.startswith(self.prefix.upper()) and upper.endswith(self.suffix.upper())


class EnvHelper(NamedTuple):
    """A function that reads the name that its caller gives: `def secret(name): return os.environ[name]`."""

    function: str
    position: int
    """Of the argument, 0-based; `self` does not count."""
    keyword: str
    """The argument's name."""
    is_method: bool = False
    required: bool = False
    default: Default = Default.NONE
    """What it yields if the caller gives no default."""


class EnvUses(NamedTuple):
    """What a document reads from and writes to the environment, and what it declares."""

    reads: tuple[EnvUse, ...] = ()
    writes: tuple[EnvUse, ...] = ()
    declared: tuple[EnvUse, ...] = ()
    implicit: tuple[EnvUse, ...] = ()
    """Names that a library reads since the code gives it no value: `OpenAI()`. The span is that of the call's name."""
    patterns: tuple[EnvPattern, ...] = ()
    """Names that are only known at run time."""
    helpers: tuple[EnvHelper, ...] = ()
    """Functions that other documents may call to read a name."""
    optional: tuple[EnvUse, ...] = ()
    """Names that a template has in a line that is commented out: it says that they exist."""


class Tree(Protocol):
    """A folder: the disk for the command line, open buffers over the disk for the server."""

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at `path` (POSIX, relative to the tree); None if there is no such readable file."""

    def list(self, path: str) -> list[str]:
        """The names in the folder at `path` ("" is the tree), sorted; folders end in "/"; [] if it is no folder."""

    def tracked(self, path: str) -> bool:
        """Whether git tracks the file at `path`; False outside a repository."""

    def ignored(self, path: str) -> bool:
        """Whether a `.gitignore` (or git's exclude file) ignores `path`."""


class Skipped(NamedTuple):
    """A file that was not scanned, and why."""

    path: str
    reason: str
    incomplete: bool = False
    """Whether it should have been scanned, but could not be."""
