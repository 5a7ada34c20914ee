"""Languages: the site of a span, reads of the environment, and comments.

One row per language in `table.LANGUAGES`. The module that a row names (a file or a folder) is imported when a document
needs it. It has any of these functions, each of which takes a document with any syntax errors:

    site(document, span) -> Site          the site of the span
    env_uses(document) -> EnvUses         environment variables that are read, written and declared
    comments(document) -> tuple[Span, …]  the comments, markers included, in order
    tree(document) -> Node                the syntax tree; raises UnparsedError
    extent(document, span) -> Span        the enclosing string, command or other part without room for comments
    env_value(document, span)             the environment variable that is set at the span, and its value
    comment_syntax(document, span)        the syntax of a comment about the span, if it depends on the place
    program_at(document, offset)          the Python program that contains the byte at the offset

`text` is the fallback for functions that a module lacks, and for all of them if a text is not parsed
(`syntax.UnparsedError`) or takes too many steps (`budget.OverBudgetError`).
"""

from __future__ import annotations

import importlib
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from unspill.document import Document, decode
from unspill.languages.table import LANGUAGES, TEXT, FileKind, Language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType

    from unspill.languages.table import CommentSyntax
    from unspill.model import EnvUses, Finding, Span
    from unspill.sites import Site

__all__ = ["LANGUAGES", "TEXT", "FileKind", "Language"]


ENV_KINDS = frozenset(["env-assignment", "env-default", "docker-env", "docker-arg", "dotenv", "shell-assignment"])
"""The kinds of sites whose name is that of an environment variable."""

_BY_ID = {language.id: language for language in LANGUAGES}
_BY_EDITOR_ID = {name: language for language in LANGUAGES for name in language.editors.ids}


@lru_cache(maxsize=256)  # called many times in a row for one file
def language_of(path: str, editor_id: str = "") -> Language:
    """The language of a document: by its name, else by the editor's id, else text."""
    base = path.rsplit("/", 1)[-1].lower()
    for language in LANGUAGES:
        if base in language.names or base.startswith(language.prefixes) or base.endswith(language.suffixes):
            return language
    return _BY_EDITOR_ID.get(editor_id, TEXT)


def document_of(raw: bytes, path: str) -> Document:
    """The bytes of the file at `path` as a document, in the language that its name tells."""
    data, encoding = decode(raw)
    return Document(data, path, language_of(path).id, encoding=encoding)


def by_id(language_id: str) -> Language:
    """The language with this id, else text."""
    return _BY_ID.get(language_id, TEXT)


def site(document: Document, span: Span) -> Site:
    """The site of `span` in `document`; computed once, since it is needed several times per finding."""
    return document.memo(_site, span)


def _site(document: Document, span: Span) -> Site:
    found: Site = _asked(document, "site", span)
    return found


def env_value(document: Document, span: Span) -> tuple[str, str] | None:
    """The environment variable that the place of `span` sets, or gives a default, and its whole value.

    None elsewhere, and where the value is not constant.
    """
    if hasattr(module(document), "env_value"):
        whole: tuple[str, str] | None = _asked(document, "env_value", span)
        return whole
    found = site(document, span)
    return (found.name, document.text(span)) if found.kind in ENV_KINDS and found.name else None


def located(document: Document, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """`findings` with their sites, which are computed only if a fix or a report needs them."""
    from unspill.sites import UNLOCATED

    return tuple(
        finding._replace(site=site(document, finding.span)) if finding.site is UNLOCATED else finding
        for finding in findings
    )


def env_uses(document: Document) -> EnvUses:
    """The environment variables that the document reads, writes and declares."""
    return document.memo(_env_uses)


def settle(document: Document) -> Document:
    """The document with `env_uses` worked out and nothing else, such as a syntax tree: one that will be kept."""
    document.memo(_env_uses)
    document.forget(_env_uses)
    return document


def _env_uses(document: Document) -> EnvUses:
    uses: EnvUses = _asked(document, "env_uses")
    return uses


def comments(document: Document) -> tuple[Span, ...]:
    """The comments of the document, markers included, in order."""
    return document.memo(_comments)


def _comments(document: Document) -> tuple[Span, ...]:
    found: tuple[Span, ...] = _asked(document, "comments")
    return found


def parses_comments(document: Document) -> bool:
    """Whether the document's language parses its comments; else they are recognized by their markers."""
    return by_id(document.language).module != TEXT.module and hasattr(module(document), "comments")


def comment_syntax(document: Document, span: Span) -> CommentSyntax | None:
    """The syntax of a comment about `span`; None if unknown."""
    own = module(document)
    if hasattr(own, "comment_syntax"):
        found: CommentSyntax | None = own.comment_syntax(document, span)
        return found
    return by_id(document.language).comment


def program_at(document: Document, offset: int) -> tuple[Document, int, Callable[[Span], Span]] | None:
    """The Python program that contains the byte at `offset`, the offset in it, and a mapping back; None if none does.

    Raises UnparsedError.
    """
    own = module(document)
    if not hasattr(own, "program_at"):
        return None
    found: tuple[Document, int, Callable[[Span], Span]] | None = own.program_at(document, offset)
    return found


def extent(document: Document, span: Span) -> Span:
    """The string, command or other part around `span` that cannot contain a comment; else `span`.

    A comment about the span is at the end of that part, or on the line before it.
    """
    found: Span = _asked(document, "extent", span)
    return found


def module(document: Document) -> ModuleType:
    """The module of the document's language, for functions that only some languages have."""
    return importlib.import_module(f"unspill.languages.{by_id(document.language).module}")


def errors(document: Document) -> int:
    """The number of syntax errors in the document; 0 if there is no parser.

    More than any parser finds if the document is not parsed.
    """
    from unspill import syntax

    own = module(document)
    try:
        return syntax.errors(own.tree(document)) if hasattr(own, "tree") else 0
    except syntax.UnparsedError:
        return sys.maxsize


def refusal(document: Document) -> str:
    """Why the document is not parsed ("nested too deeply to parse"); "" if it is, or has no parser."""
    from unspill import syntax

    grammar = by_id(document.language).grammar
    return syntax.refusal(document, grammar) if grammar else ""


def _asked(document: Document, what: str, *arguments: Span) -> Any:
    """Call the function of this name in the document's language; that of plain text if it has none, or cannot parse."""
    from unspill import budget, syntax

    ask = getattr(module(document), what, None)
    if ask is not None:
        try:
            return ask(document, *arguments)
        except (syntax.UnparsedError, budget.OverBudgetError, RecursionError):
            pass
    return getattr(importlib.import_module("unspill.languages.text"), what)(document, *arguments)
