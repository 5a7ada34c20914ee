"""Languages: where a span sits, what is read from the environment, and where comments are.

One row per language in `table.LANGUAGES`. The module that a row names (a file or a folder) is imported when a document
needs it. It has any of these functions, each of which takes a document that may be broken in any way:

    site(document, span) -> Site          where the span sits
    env_uses(document) -> EnvUses         what is read from, written to and declared in the environment
    comments(document) -> tuple[Span, …]  the comments, markers included, in order
    tree(document) -> Node                the syntax tree, which knows whether the document parses; raises UnparsedError
    extent(document, span) -> Span        what stands around the span and cannot hold a comment: a string, a command
    env_value(document, span)             the environment variable that is set there, and its value
    comment_syntax(document, span)        how a comment about the span is written, where that depends on the place
    program_at(document, offset)          the Python program that holds the byte there

`text` stands in for whatever a module lacks, and for all of it where a text is not parsed (`syntax.UnparsedError`) or
takes too many steps (`budget.OverBudgetError`).
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


@lru_cache(maxsize=256)  # one file is asked about many times in a row
def language_of(path: str, editor_id: str = "") -> Language:
    """The language of a document: by its name, else by what the editor calls it, else text."""
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
    """The language with this id; text if there is none."""
    return _BY_ID.get(language_id, TEXT)


def site(document: Document, span: Span) -> Site:
    """Where `span` sits in `document`; worked out once, since each finding is asked about several times."""
    return document.memo(_site, span)


def _site(document: Document, span: Span) -> Site:
    found: Site = _asked(document, "site", span)
    return found


def env_value(document: Document, span: Span) -> tuple[str, str] | None:
    """The environment variable that the place of `span` sets, or gives a default, and the whole value there.

    None elsewhere, and where the value is not constant.
    """
    if hasattr(module(document), "env_value"):
        whole: tuple[str, str] | None = _asked(document, "env_value", span)
        return whole
    found = site(document, span)
    return (found.name, document.text(span)) if found.kind in ENV_KINDS and found.name else None


def located(document: Document, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """`findings` with their sites, which are worked out only where a fix or a report needs them."""
    from unspill.sites import UNLOCATED

    return tuple(
        finding._replace(site=site(document, finding.span)) if finding.site is UNLOCATED else finding
        for finding in findings
    )


def env_uses(document: Document) -> EnvUses:
    """What the document reads from and writes to the environment, and what it declares."""
    uses: EnvUses = _asked(document, "env_uses")
    return uses


def comments(document: Document) -> tuple[Span, ...]:
    """The comments of the document, markers included, in order."""
    return document.memo(_comments)


def _comments(document: Document) -> tuple[Span, ...]:
    found: tuple[Span, ...] = _asked(document, "comments")
    return found


def parses_comments(document: Document) -> bool:
    """Whether the document's language knows its comments for sure; else they are told from what they begin with."""
    return by_id(document.language).module != TEXT.module and hasattr(module(document), "comments")


def comment_syntax(document: Document, span: Span) -> CommentSyntax | None:
    """How a comment about `span` is written; None where that is not known."""
    own = module(document)
    if hasattr(own, "comment_syntax"):
        found: CommentSyntax | None = own.comment_syntax(document, span)
        return found
    return by_id(document.language).comment


def program_at(document: Document, offset: int) -> tuple[Document, int, Callable[[Span], Span]] | None:
    """The Python program that holds the byte at `offset`, the offset in it, and the way back; None if none does.

    Raises UnparsedError.
    """
    own = module(document)
    if not hasattr(own, "program_at"):
        return None
    found: tuple[Document, int, Callable[[Span], Span]] | None = own.program_at(document, offset)
    return found


def extent(document: Document, span: Span) -> Span:
    """What stands around `span` and cannot hold a comment of the document's language: a string, a command; or `span`.

    A comment about the span is one at its end, or on the line before its start.
    """
    found: Span = _asked(document, "extent", span)
    return found


def module(document: Document) -> ModuleType:
    """The module of the document's language, for what only knows some languages."""
    return importlib.import_module(f"unspill.languages.{by_id(document.language).module}")


def errors(document: Document) -> int:
    """How many places of the document its parser had to mend; 0 where there is no parser.

    Where it is not parsed, more than any parser has to mend.
    """
    from unspill import syntax

    own = module(document)
    try:
        return syntax.errors(own.tree(document)) if hasattr(own, "tree") else 0
    except syntax.UnparsedError:
        return sys.maxsize


def refusal(document: Document) -> str:
    """Why the document is not parsed, as what it is ("nested too deeply to parse"); "" if it may be, or need not."""
    from unspill import syntax

    grammar = by_id(document.language).grammar
    return syntax.refusal(document, grammar) if grammar else ""


def _asked(document: Document, what: str, *arguments: Span) -> Any:
    """What the function of this name says in the document's language; in plain text if it has none, or cannot parse."""
    from unspill import budget, syntax

    ask = getattr(module(document), what, None)
    if ask is not None:
        try:
            return ask(document, *arguments)
        except (syntax.UnparsedError, budget.OverBudgetError, RecursionError):
            pass
    return getattr(importlib.import_module("unspill.languages.text"), what)(document, *arguments)
