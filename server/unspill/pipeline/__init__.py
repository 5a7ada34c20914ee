"""The one way from a text to what is shown of it: decode, scan, judge, checks, settings, suppressions, baseline.

The command line and its workers, the editor, git and the fixes all call this: what they say of a text is the same.
"""

from __future__ import annotations

from _thread import get_ident  # `threading` takes long to load, for one function
from typing import TYPE_CHECKING, NamedTuple

from unspill import checks
from unspill.document import Document, decode
from unspill.languages import document_of, language_of, refusal
from unspill.model import Severity
from unspill.scan import EMPTY, Scanner
from unspill.suppress import may_be_unused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unspill.engine.matchers import Hit
    from unspill.model import Finding, Tree
    from unspill.scan import Scan
    from unspill.settings import Settings
    from unspill.suppress.known import Known


class Context(NamedTuple):
    """What a text is analysed with. A value that can be pickled: scanners are made where they are used."""

    settings: Settings
    """They have been checked."""
    tree: Tree | None = None
    """The files around the text; None if there are none, as for one that was never saved, or if none is needed."""
    directives: bool = True
    """Whether directives in comments silence findings."""
    known: Known | None = None
    """What a baseline knows of the file, if the verdict on it depends on no other file."""
    noted: tuple[Finding, ...] = ()
    """What the checks on its app have found in the text (`pipeline.project`), and `following` if not `follows`."""
    follows: bool = True
    """Whether checks that follow values are asked."""


class Scanners:
    """Scanners, made when they are first asked for: one for each thread, since no two may share one, and rules."""

    def __init__(self, *, use_cache: bool = True) -> None:
        self._use_cache = use_cache
        self._made: dict[tuple[int, tuple[str, ...]], Scanner] = {}

    def of(self, rules: tuple[str, ...]) -> Scanner:
        """The scanner of this thread for the shipped rules and these rule files. Raises RuleError."""
        key = get_ident(), rules
        if key not in self._made:
            self._made[key] = Scanner(rules, use_cache=self._use_cache)
        return self._made[key]


class Kept(NamedTuple):
    """What becomes of the findings of a document: those to show, and the others, or how many they are, by reason."""

    findings: tuple[Finding, ...]
    at_home: tuple[Finding, ...] = ()
    """Values in an ignored `.env`, where they belong: not located."""
    inline: tuple[Finding, ...] = ()
    """Those that a directive silences."""
    config: int = 0
    known: tuple[Finding, ...] = ()
    """Those that a baseline knows: they keep their names, and nothing is done about them."""


class Analysis(NamedTuple):
    """What is in a document."""

    document: Document
    scan: Scan
    hits: int
    """At how many places something had to be looked at: that, and not the size, is what takes time."""
    context: Context
    scanner: Scanner
    words: frozenset[bytes] | None = None
    """The words for checks that are in it (`checks.watching`); None if that is not known."""
    is_whole: bool = True
    """Whether all of the document is asked about."""

    @property
    def matters(self) -> bool:
        """Whether a report may have something to say about the document, as far as the scan shows."""
        data, directives = self.document.data, self.scan.directives
        return (
            bool(self.scan.findings)
            or may_be_unused(data, directives, self.context.settings.confidence)
            or bool(checks.watching(data, self.document.language, words=self.words))
        )

    def only(self, findings: Iterable[Finding]) -> Analysis:
        """The analysis as if nothing but these of its secrets had been found."""
        return self._replace(scan=self.scan._replace(findings=tuple(findings)), is_whole=False)

    def kept(self) -> Kept:
        """What the checks, the settings, the place of a `.env`, directives and the baseline say of it.

        It is worked out anew each time: the files around the document may have changed.
        """
        return _kept(self)


def analyse(document: Document, context: Context, scanners: Scanners) -> Analysis:
    """What is in a document, which is scanned once for each set of rules. Raises RuleError."""
    rules = context.settings.rules
    scan, hits, words = document.memo(_scanned, scanners, rules)
    return Analysis(document, scan, hits, context, scanners.of(rules), words)


def analyse_file(raw: bytes, path: str, context: Context, scanners: Scanners) -> Analysis | None:
    """What is in the bytes of the file at `path`; None if there is nothing at all. Raises RuleError."""
    data, encoding = decode(raw)
    scanner = scanners.of(context.settings.rules)
    hits, words = scanner.hits(data)
    language = language_of(path).id
    if not hits and not checks.watching(data, language, words=words):
        return None
    document = Document(data, path, language, encoding=encoding)
    return Analysis(document, scanner.scan(document, hits), len(hits), context, scanner, words)


def nothing_in(raw: bytes, path: str, context: Context, scanners: Scanners) -> Analysis:
    """The analysis of the bytes of a file in which no rule has found anything."""
    return Analysis(document_of(raw, path), EMPTY, 0, context, scanners.of(context.settings.rules))


def following(document: Document, context: Context) -> tuple[Finding, ...]:
    """What the checks that follow values find in a document."""
    from unspill.checks.check import Seen

    seen = Seen((), (), context.settings, context.tree, None, directives=False)
    asked = (check.of_document for check in checks.watching(document.data, document.language, follows=True))
    return tuple(finding for of_document in asked if of_document is not None for finding in of_document(document, seen))


class _Searched:
    """The last search of a document, and the rules that it was for; threads may ask, so that it is set as one."""

    def __init__(self, _document: Document) -> None:
        self.last: tuple[tuple[str, ...], tuple[Sequence[Hit], frozenset[bytes]]] | None = None


def search(document: Document, scanners: Scanners, rules: tuple[str, ...]) -> tuple[Sequence[Hit], frozenset[bytes]]:
    """`Scanner.hits` of a document, which is searched once for each set of rules. Raises RuleError."""
    searched = document.memo(_Searched)
    last = searched.last
    if last is None or last[0] != rules:
        last = searched.last = rules, scanners.of(rules).hits(document.data)
    return last[1]


def has_checks(document: Document, *, follows: bool | None = None) -> bool:
    """Whether a check is for a document, even if nothing else is in it; `follows` as for `checks.asked`."""
    return document.memo(_has_checks, follows)


def _has_checks(document: Document, follows: bool | None) -> bool:
    last = document.memo(_Searched).last
    words = None if last is None else last[1][1]
    return bool(checks.watching(document.data, document.language, words=words, follows=follows))


def needs_tree(document: Document, *, follows: bool | None = None) -> bool:
    """Whether the files around a document may say something about it."""
    return document.language == "dotenv" or has_checks(document, follows=follows)


def known_rules(scanner: Scanner) -> dict[tuple[str, ...], Severity]:
    """Every rule there is, checks included, by its ids, with the severity of a sure finding."""
    severities = {rule.ids: Severity(rule.usual_severity) for rule in scanner.engine.rules}
    return {**severities, **{(check.id,): check.severity for check in checks.known()}}


def _scanned(document: Document, scanners: Scanners, rules: tuple[str, ...]) -> tuple[Scan, int, frozenset[bytes]]:
    hits, words = search(document, scanners, rules)
    return scanners.of(rules).scan(document, hits), len(hits), words


def _kept(analysis: Analysis) -> Kept:
    from unspill.checks.check import Seen

    document, scan, context = analysis.document, analysis.scan, analysis.context
    settings = context.settings
    wanted = settings.judged(scan.findings)
    at_home: tuple[Finding, ...] = ()
    tree = context.tree
    if document.language == "dotenv" and wanted and tree is not None:
        from unspill.suppress import home

        if home.is_at_home(document, tree):
            wanted, at_home = (), wanted
    directives = context.directives and bool(scan.directives)
    is_whole = analysis.is_whole and not scan.incomplete and not (directives and refusal(document))
    rules = (lambda: analysis.scanner.rules) if is_whole else None
    seen = Seen(scan.findings, wanted, settings, tree, rules, directives).adding(context.noted)
    found, follows = bool(seen.found or directives), None if context.follows else False
    for check in checks.asked(document.data, document.language, found=found, words=analysis.words, follows=follows):
        if check.of_document is not None:
            seen = seen.adding(tuple(check.of_document(document, seen)))
    findings = seen.wanted
    if findings is not wanted:  # a check's comes before a secret's at its place
        findings = tuple(sorted(findings, key=lambda one: (one.span.start, one.secret is not None)))
    silenced: tuple[Finding, ...] = ()
    if directives and findings:
        from unspill.suppress.inline import inline

        findings, silenced = inline(document, findings)
    known: tuple[Finding, ...] = ()
    if context.known is not None and findings:
        findings, known = context.known.split(document, findings)
    return Kept(findings, at_home, silenced, sum(map(settings.config_ignores, seen.found)), known)
