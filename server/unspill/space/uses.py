"""The occurrences of an environment variable in a document, for finding and renaming all of them together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages
from unspill.model import Span
from unspill.sites import CellOutput, Comment, Docstring, FrontMatter, Prose, StringPart

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.model import Finding

_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_WHOLE = "supervisord.conf"
"""Names of files of one program in which variables are expanded, unlike in others of their language."""
# Syntax of references to the environment in files whose format does not expand it.
_REFERENCES = (
    rb"\$",
    rb"\$[{(]",
    rb"%",
    rb"%\(ENV_",
    rb"\bos\.environ/",
    rb"\bprocess\.env\.",
    rb"\bimport\.meta\.env\.",
    rb"\benv:",
)
_REFERRED = re.compile(
    rb"(?:%b)([A-Za-z_][A-Za-z0-9_]*)(?![\w-])" % b"|".join(b"(?<=%b)" % before for before in _REFERENCES)
)


# The text around an assigned name: nothing before it that assigns it to something, and an operator after it.
_VALUE_BEFORE = re.compile(rb"""[=:+?>&/@%]\s*\\?["'`]?\Z""")
_KEY_BEFORE = re.compile(rb"""(?:\A|[{\[(,;]|\A\s*-)\s*\\?["'`]?\Z""")
_ASSIGNED = re.compile(rb"""\\?["'`]?[ \t]*[:?+]?=(?![=~])""")
_KEYED = re.compile(rb"""\\?["'`]?[ \t]*(?:=>|:(?=[\s"'\[{\\]|\Z))""")
# `x["name"] = `, but not a type in `x: Literal["…"] = `.
_SUBSCRIPT_BEFORE = re.compile(rb"""(?<![\w.])(?<!:)(?<!:[ ])[\w.]+\[\\?["'`]?\Z""")
_SUBSCRIPT_ASSIGNED = re.compile(rb"""\\?["'`]?\][ \t]*=(?![=~])""")
_REACH = 100
"""How many bytes before and after are scanned: lines may be long, and contain many findings."""
_NO_NAMES = (Comment, Docstring, Prose, FrontMatter, CellOutput, StringPart)
"""Text that people read; and keys in code, where any expression is allowed."""


class Uses(NamedTuple):
    """The places of one name in one document, in order."""

    spans: tuple[Span, ...] = ()
    """The name itself, without quotes."""
    declared: tuple[Span, ...] = ()
    """The `spans` that declare the name (`.env.example`)."""
    derived: tuple[Span, ...] = ()
    """Other words from which the name is derived: the field `hf_token` of pydantic settings reads `HF_TOKEN`."""
    implicit: tuple[Span, ...] = ()
    """Clients of libraries that read the name by themselves: `OpenAI()`."""


def names(document: Document) -> frozenset[str]:
    """The names of environment variables that `find` finds anything for in `document`."""
    return document.memo(_names)


def find(document: Document, name: str) -> Uses:
    """Where `document` reads, writes, declares or refers to the environment variable `name`."""
    found = languages.env_uses(document)
    implicit = tuple(sorted(use.span for use in found.implicit if use.name == name))
    uses = [use for use in (*found.reads, *found.writes, *found.declared) if use.name == name]
    spans = {use.span for use in uses if document.text(use.span) == name}
    derived = {use.span for use in uses} - spans
    spans |= document.memo(_referred).get(name, set())
    if spans and (languages.by_id(document.language).names_variables or document.path.lower().endswith(_WHOLE)):
        spans |= _matches(document, rb"(?<![\w-])(%b)(?![\w-])" % re.escape(name.encode()))
    declared = {use.span for use in found.declared if use.name == name}
    return Uses(tuple(sorted(spans)), tuple(sorted(declared & spans)), tuple(sorted(derived)), implicit)


def at(document: Document, offset: int) -> tuple[str, Span] | None:
    """The name of the environment variable at, or ending at, a byte offset, and its span."""
    start, end = document.line_span(document.line_at(offset))
    for match in _WORD.finditer(document.data, start, end):
        if match.start() <= offset <= match.end():
            name, span = match[0].decode(), Span(*match.span())
            if span in find(document, name).spans:
                return name, span
    return None


def is_name(document: Document, finding: Finding) -> bool:
    """Whether a located finding is in the place of an assigned name: of a variable, a key, a parameter.

    Decided by the characters around it, in any language.
    """
    if isinstance(finding.site, _NO_NAMES):
        return False
    start, end = finding.span
    line, line_end = document.line_span(document.line_at(start))
    before = document.data[max(line, start - _REACH) : start]
    after = document.data[end : min(line_end, end + _REACH)]
    if _ASSIGNED.match(after):
        return _VALUE_BEFORE.search(before) is None
    if _SUBSCRIPT_ASSIGNED.match(after):
        return _SUBSCRIPT_BEFORE.search(before) is not None
    return _KEYED.match(after) is not None and _KEY_BEFORE.search(before) is not None


def _names(document: Document) -> frozenset[str]:
    found = languages.env_uses(document)
    every = (*found.reads, *found.writes, *found.declared, *found.implicit)
    return frozenset(use.name for use in every).union(document.memo(_referred))


def _referred(document: Document) -> dict[str, set[Span]]:
    """The places of the names that a text refers to as programs do which expand it."""
    found: dict[str, set[Span]] = {}
    if document.language != "python":
        for match in _REFERRED.finditer(document.data):
            found.setdefault(match[1].decode(), set()).add(Span(*match.span(1)))
    return found


def _matches(document: Document, pattern: bytes) -> set[Span]:
    return {Span(*match.span(1)) for match in re.finditer(pattern, document.data)}
