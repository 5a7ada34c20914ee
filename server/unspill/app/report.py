"""A report: what a run found, with places as people count them, and without a single value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unspill.document import Position
    from unspill.model import Confidence, Severity, Skipped
    from unspill.suppress.baseline import Entry


class Excerpt(NamedTuple):
    """The line of a finding around its value: the text before and after it, other candidates masked."""

    before: str
    after: str


class Origin(NamedTuple):
    """The commits (hexadecimal ids) whose files hold a finding, in a history."""

    first: str
    last: str
    """The newest one; the one at HEAD if that holds it."""
    author_date: str
    """When the first was written: ISO 8601, in its author's time zone; empty if unknown."""
    at_head: bool


class Other(NamedTuple):
    """A place related to a finding: as in `ReportedFinding`, and how it is related."""

    path: str
    start: Position
    end: Position
    message: str


class ReportedFinding(NamedTuple):
    """A finding as a report shows it: with places as people count them, and without its value."""

    kind: str
    path: str
    """POSIX, relative to the working folder, else to the scanned folder."""
    rule: str
    title: str
    severity: Severity
    confidence: Confidence
    message: str
    start: Position
    end: Position
    """0-based, columns in code points, end exclusive."""
    site: str | None
    fingerprint: str
    secret_name: str | None
    """The name that a fix would declare."""
    fixable: bool
    """Whether a plain `fix` would change it."""
    advice: str
    """What to do, in a sentence or two."""
    excerpt: Excerpt
    reason: str = ""
    """Why it was judged to be a secret."""
    cell: int | None = None
    """The 0-based cell of a notebook."""
    origin: Origin | None = None
    """Where in the history it is, if that was scanned."""
    docs: str = ""
    """What it gives access to, and how to replace it: the same for every finding of a rule, code in backticks."""
    revoke: str = ""
    """Where to revoke it: a URL, or empty."""
    can_be_ignored: bool = True
    """Whether a comment in the file can suppress it."""
    related: tuple[Other, ...] = ()
    is_flow: bool = False
    """Whether the related places are the way of a value, in order, to the finding."""
    formerly: tuple[str, ...] = ()
    """Ids that the rule had before."""


class Rejected(NamedTuple):
    """A candidate that was rejected, or is below the requested confidence; for `--explain`."""

    path: str
    start: Position
    rule: str
    reason: str


class Silenced(NamedTuple):
    """A finding that is not reported as one."""

    row: ReportedFinding
    inline: bool
    """Whether a directive in the file suppresses it; else the baseline does."""
    reason: str = ""
    """The reason given for it."""


class Report(NamedTuple):
    """What a run found, in the order of path and start. It holds no value."""

    rows: tuple[ReportedFinding, ...] = ()
    files: int = 0
    bytes: int = 0
    env_values: int = 0
    """Values in a git-ignored `.env`, where they belong."""
    skipped: tuple[Skipped, ...] = ()
    suppressed: Mapping[str, int] = {}
    """How many findings were suppressed: keys `inline`, `baseline`, `config`."""
    rejected: tuple[Rejected, ...] = ()
    stale: Mapping[Entry, int] = {}
    """Baseline entries that no longer match, and how many of each."""
    silenced: tuple[Silenced, ...] = ()
    """What a directive or a baseline keeps out of `rows`, in their order; only if requested."""

    @property
    def incomplete(self) -> tuple[Skipped, ...]:
        """What should have been scanned, but could not be."""
        return tuple(skipped for skipped in self.skipped if skipped.incomplete)
