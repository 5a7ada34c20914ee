"""One document: whatever is in it, both engines agree, and its language is read, fixed and silenced without a crash."""

from __future__ import annotations

import ast
import warnings
from functools import cache
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING
from zlib import crc32

from unspill import fixes, languages
from unspill.document import Document, apply_edits, decode
from unspill.fixes import Project, store
from unspill.languages import language_of
from unspill.model import Safety, Span
from unspill.pipeline import Context, Scanners, analyse
from unspill.scan import Scanner
from unspill.settings import Settings
from unspill.shapes import Values, is_unmistakable
from unspill.space.names import Names

from tests.fuzz import cases
from tests.helpers import MemoryTree
from tests.proof.generate import scanner
from tests.proof.proving import env_values

if TYPE_CHECKING:
    from unspill.model import Finding, Fix
    from unspill.scan import Scan

_TELLING = 12
"""A value of so many characters stands in no message by chance."""


@cache
def slow_scanner() -> Scanner:
    """The scanner without Hyperscan."""
    return Scanner(hyperscan=False)


@cache
def _scanners() -> Scanners:
    return Scanners()


def any_text(random: Random) -> bytes:
    """A file of any kind, or of no kind."""
    if random.random() < 0.8:
        return cases.document(random, random.choice(list(cases.PATHS)))
    noise = "".join(random.choices("ab0 =:\"'_-.\n\t\0é🙂\udcff§¤¶", k=random.randrange(300)))
    path = random.choice(random.choice(list(cases.PATHS.values())))
    return cases.archive({path: cases.mutated(random, noise)})


def check_scan(case: bytes) -> None:
    """Both engines find the same, within the text, and what they say holds no value."""
    for path, raw in cases.files_of(case).items():
        document = document_of(path, raw)
        scan = scanner().scan(document)
        assert scan == slow_scanner().scan(document), "the engines differ"
        _check_places(document, scan)
        _check_words(scan)


def check_language(case: bytes) -> None:
    """A document is read in its language, and its findings are fixed in memory and silenced."""
    files = cases.files_of(case)
    tree = MemoryTree(files)
    for path, raw in files.items():
        document = document_of(path, raw)
        scan = scanner().scan(document)
        located = languages.located(document, scan.findings)
        _check_uses(document, Random(crc32(case)))
        kept = analyse(document, Context(Settings(), tree), _scanners()).kept()
        secrets = Values(filter(is_unmistakable, (document.data[start:end] for start, end in scan.candidates)))
        project = Project(tree, Names({}), secrets)
        for finding in (*located, *kept.findings):
            _check_plan(document, finding, project)


def document_of(path: str, raw: bytes) -> Document:
    """The document of a file."""
    data, encoding = decode(raw)
    return Document(data, path, language_of(path).id, encoding=encoding)


def parses(raw: bytes) -> bool:
    """Whether Python can parse a module."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(raw)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _check_places(document: Document, scan: Scan) -> None:
    valid = is_utf8(document.data)
    spans = [finding.span for finding in scan.findings] + list(scan.candidates) + [span for span, _, _ in scan.rejected]
    for start, end in spans:
        assert 0 <= start < end <= len(document.data), "a span outside of the document"
        assert not valid or all(_is_border(document.data, at) for at in (start, end)), "a span cuts a code point"


def _check_words(scan: Scan) -> None:
    assert not cases.exposed(repr(scan)), "a value in a repr"
    for finding in scan.findings:
        value = finding.secret.reveal() if finding.secret is not None else ""
        words = " ".join((finding.message, finding.title, finding.reason, repr(finding)))
        for own in (finding.title, finding.rule):  # which may hold a value that is a part of them
            words = words.replace(own, "")
        assert len(value) < _TELLING or value not in words, "a value in a message"


def _check_uses(document: Document, random: Random) -> None:
    uses = languages.env_uses(document)
    for use in (*uses.reads, *uses.writes, *uses.declared):
        assert 0 <= use.span.start <= use.span.end <= len(document.data), "a name outside of the document"
    comments = languages.comments(document)
    assert list(comments) == sorted(comments), "comments are not in order"
    for _ in range(3):
        start = random.randrange(len(document.data) + 1)
        span = Span(start, random.randrange(start, len(document.data) + 1))
        languages.site(document, span)
        assert languages.extent(document, span).contains(span), "an extent without its span"
        document.offset(document.position(start, "utf-16"), "utf-16")


def _check_plan(document: Document, finding: Finding, project: Project) -> None:
    plan = fixes.plan(finding, document, project)
    assert plan.fixes or plan.withheld, "neither a fix nor a reason"
    words = " ".join((plan.withheld, *(fix.title + fix.reason for fix in plan.fixes)))
    assert not cases.exposed(words), "a value in the words of a fix"
    for fix in plan.fixes:
        _check_fix(document, fix, project)


def _check_fix(document: Document, fix: Fix, project: Project) -> None:
    edits = sorted((edit.span, edit.text) for edit in fix.edits if edit.path == document.path)
    assert all(one.end <= other.start for (one, _), (other, _) in pairwise(edits)), "edits overlap"
    assert all(0 <= span.start <= span.end <= len(document.data) for span, _ in edits), "an edit outside of the text"
    after = Document(apply_edits(document.data, edits), document.path, document.language)
    env = project.tree.read(".env")
    for stored in fix.stores if is_utf8(env or b"") else ():
        read = env_values(store.env_edit(env, [stored]))
        assert read.get(stored.name) == stored.secret.reveal(), "`.env` says something else"
    if fix.safety is Safety.SAFE and is_utf8(document.data):
        assert languages.errors(after) <= languages.errors(document), "a fix breaks the syntax"
        if document.language == "python" and parses(document.data):
            assert parses(after.data), "Python cannot parse what a fix left"


def is_utf8(data: bytes) -> bool:
    """Whether bytes are a text in UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_border(data: bytes, at: int) -> bool:
    return at == len(data) or data[at] & 0xC0 != 0x80
