"""The ignore directives that are heeded: unspill's own, and those that people have written for other tools.

Three rules hold for all: they count in real comments only, whatever their case; none speaks of the line above it; and
what tells a linter to be quiet (`noqa`, `nosec`, …) silences no more than what goes by names, as the linters' own rules
do: it must not hide a provider's live token.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages
from unspill.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from unspill.document import Document
    from unspill.model import Finding


class Scope(Enum):
    """Which findings a directive speaks of."""

    LINE = "those on its line"
    AROUND = "those on its line; if alone on its line, those on the next line"
    NEXT = "those on the next line, if alone on its line"
    TOP = "all, if nothing but comments precedes it"
    FILE = "all"
    BEGIN = "all that follow, up to END"
    END = "none from here on"


class DirectiveSyntax(NamedTuple):
    """A directive of one tool. Groups of the pattern: `rules`, by comma; `until`, a date that should be ISO 8601."""

    pattern: re.Pattern[bytes]
    scope: Scope
    generic: bool = False
    """Whether it silences nothing but the rules that go by names."""
    tool: str = ""
    """The secret scanner that it is for; empty for what is said to others as well."""


def _syntax(pattern: str, scope: Scope, tool: str = "", *, generic: bool = False) -> DirectiveSyntax:
    return DirectiveSyntax(re.compile(rf"(?<![\w@/.-]){pattern}".encode(), re.IGNORECASE), scope, generic, tool)


OWN = "unspill"
_END = r"(?![\w-])"
SYNTAXES = (
    _syntax(
        r"unspill:[ \t]*ignore(?:\[(?P<rules>[^\]\r\n]*)\]|(?![\w\[-]))(?:[ \t]+until[ \t]+(?P<until>\S+))?",
        Scope.AROUND,
        OWN,
    ),
    _syntax(rf"(?:gitleaks|betterleaks):allow{_END}", Scope.LINE, "gitleaks"),
    _syntax(rf"trufflehog:ignore{_END}", Scope.LINE, "TruffleHog"),
    _syntax(rf"infisical-scan:ignore{_END}", Scope.LINE, "Infisical"),
    _syntax(rf"ggignore{_END}", Scope.LINE, "GitGuardian"),
    _syntax(rf"no-dd-secrets{_END}", Scope.LINE, "Datadog"),
    _syntax(rf"kingfisher:(?:ignore|allow){_END}", Scope.AROUND, "Kingfisher"),
    _syntax(rf"jfrog-ignore{_END}", Scope.AROUND),
    _syntax(rf"pragma: ?(?:allow|white)list[ -]secret{_END}", Scope.LINE, "detect-secrets"),
    _syntax(rf"pragma: ?(?:allow|white)list[ -]nextline[ -]secret{_END}", Scope.NEXT, "detect-secrets"),
    _syntax(rf"secretlint-disable-line{_END}", Scope.LINE, "secretlint"),
    _syntax(rf"secretlint-disable-next-line{_END}", Scope.NEXT, "secretlint"),
    # Those that name rules of theirs would silence too much.
    _syntax(rf"secretlint-disable{_END}(?![ \t]+@)", Scope.BEGIN),
    _syntax(rf"secretlint-enable{_END}", Scope.END),
    _syntax(r"noqa(?![\w:-])", Scope.LINE, generic=True),
    _syntax(r"noqa:[ \t]*(?:[A-Z]+\d+[, \t]+)*S10[5-7]\b", Scope.LINE, generic=True),
    _syntax(r"(?:ruff|flake8):[ \t]*noqa(?![\w:-])", Scope.FILE, generic=True),
    _syntax(r"(?:ruff|flake8):[ \t]*noqa:[ \t]*(?:[A-Z]+\d+[, \t]+)*S10[5-7]\b", Scope.FILE, generic=True),
    _syntax(r"nosec(?![\w:-])(?![ \t]*(?::[ \t]*)?B\d)", Scope.LINE, generic=True),
    _syntax(r"nosec[: \t]+(?:B\d+[, \t]+)*B10[5-7]\b", Scope.LINE, generic=True),
    _syntax(rf"nosemgrep{_END}", Scope.AROUND, generic=True),
    _syntax(rf"NOSONAR{_END}", Scope.LINE, generic=True),
    _syntax(r"zizmor:[ \t]*ignore\[(?:[\w-]+,[ \t]*)*hardcoded-container-credentials\b", Scope.LINE, generic=True),
    _syntax(r"check=(?:\w+=[^;\s]*;)*skip=(?:\w+,)*(?:SecretsUsedInArgOrEnv|all)\b", Scope.TOP, generic=True),
    DirectiveSyntax(re.compile(rb"(?<![\w@.-])@auditIgnore\b(?!=false)", re.IGNORECASE), Scope.AROUND),
)
_NAME = re.compile(rb"[^,\s](?:[^,]*[^,\s])?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
# Behind a space, `#12` is an issue, and any other marker begins a comment of its own.
_REASON = re.compile(rb"[^\r\n]*?(?=\*/|-->|[ \t](?:#(?!\d)|//|/\*|<!--)|[\r\n]|\Z)")


class Directive(NamedTuple):
    """A directive in a comment. Lines are 0-based, ends exclusive."""

    line: int
    alone: bool
    """Whether nothing but its comment stands on its line."""
    scope: Scope
    end: int
    """Where the lines end that `Scope.BEGIN` is about."""
    generic: bool
    rules: Mapping[str, Span] | None
    """The ids of the rules that it is about, and where it names them; None for all rules."""
    until: str | None
    """The last day that it is valid on."""
    tool: str
    """The secret scanner that it is for, if it is for one."""
    comment: Span
    """The comment that it stands in, markers included."""
    span: Span
    """Itself and its reason: up to the next directive, or the end of the line or the comment."""
    reason: str
    """What the comment says behind it; empty for nothing."""

    @property
    def has_date(self) -> bool:
        """Whether it is valid for some time only, and its last day can be read."""
        return self.until is not None and _DATE.match(self.until) is not None

    def is_over(self, today: str) -> bool:
        """Whether it is not valid on a day (an ISO 8601 date), or nobody can tell."""
        return self.until is not None and not (self.has_date and today <= self.until)

    def silences(self, finding: Finding, first: set[int], last: set[int], today: str) -> bool:
        """Whether it speaks of the finding, whose text begins on one of the lines `first` and ends on one of `last`.

        `today` is an ISO 8601 date.
        """
        if self.generic and not finding.rule.startswith("generic-"):
            return False
        if self.rules is not None and self.rules.keys().isdisjoint(finding.ids):
            return False
        if self.is_over(today):
            return False
        if self.scope is Scope.FILE:
            return True
        if self.scope is Scope.BEGIN:
            return self.line <= min(first) and max(last) < self.end
        below = self.alone and self.line + 1 in first
        if self.scope is Scope.NEXT:
            return below
        here = self.line in first or (not self.alone and self.line in last)
        return here or (below and self.scope is Scope.AROUND)


def directives(document: Document) -> tuple[Directive, ...]:
    """The directives in the comments of a document, in order; `Scan.directives` says whether it may have any."""
    return tuple(_directives(document))


def _directives(document: Document) -> Iterator[Directive]:
    open_: Directive | None = None
    top = 0
    for comment in languages.comments(document):
        if not document.data[top : comment.start].strip():
            top = comment.end
        for match, syntax, whole in _said(document, comment):
            line = document.line_at(match.start())
            start, end = document.line_span(line)
            outside = document.data[start : max(comment.start, start)] + document.data[min(comment.end, end) : end]
            found = match.groupdict()
            rules = found.get("rules")
            until = found.get("until")
            directive = Directive(
                line,
                not outside.strip(),
                syntax.scope,
                len(document.line_starts),
                syntax.generic,
                None if rules is None else _names(rules, match.start("rules")),
                None if until is None else until.decode("utf-8", "replace").rstrip(".,;:)"),
                syntax.tool,
                comment,
                whole,
                document.text(Span(match.end(), whole.end)).lstrip(" \t:;,.-"),
            )
            if syntax.scope is Scope.TOP and top == comment.end:
                yield directive._replace(scope=Scope.FILE)
            elif syntax.scope is Scope.BEGIN:
                open_ = open_ or directive
            elif syntax.scope is Scope.END and open_ is not None:
                yield open_._replace(end=line)
                open_ = None
            elif syntax.scope not in (Scope.TOP, Scope.END):
                yield directive
    if open_ is not None:
        yield open_


def _said(document: Document, comment: Span) -> Iterator[tuple[re.Match[bytes], DirectiveSyntax, Span]]:
    """The directives in a comment, in order, each with the span of the directive and its reason."""
    data = document.data
    found = [
        (match, syntax) for syntax in SYNTAXES for match in syntax.pattern.finditer(data, comment.start, comment.end)
    ]
    found.sort(key=lambda one: one[0].start())
    nexts = [match.start() for match, _ in found[1:]]
    for (match, syntax), last in zip(found, [*nexts, comment.end], strict=False):
        reason = _REASON.match(data, match.end(), max(last, match.end()))
        text = reason[0].rstrip() if reason is not None else b""
        yield match, syntax, Span(match.start(), match.end() + len(text))


def _names(rules: bytes, start: int) -> dict[str, Span]:
    """The ids in a list that begins at `start`, each where it stands first."""
    found: dict[str, Span] = {}
    for match in _NAME.finditer(rules):
        name = match[0].decode("utf-8", "replace").lower()
        found.setdefault(name, Span(start + match.start(), start + match.end()))
    return found
