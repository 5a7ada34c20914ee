"""Languages: where a span sits, what is read from the environment, and where comments are.

One row per language in `LANGUAGES`, one module (file or folder) per row, imported when a document needs it.
A module has up to six functions, each of which takes a document that may be broken in any way:

    site(document, span) -> Site          where the span sits; required
    env_uses(document) -> EnvUses         what is read from, written to and declared in the environment
    comments(document) -> tuple[Span, …]  the comments, markers included, in order
    tree(document) -> Node                the syntax tree, which knows whether the document parses; raises UnparsedError
    extent(document, span) -> Span        what stands around the span and cannot hold a comment: a string, a command
    env_value(document, span)             the environment variable that is set there, and its value

`text` stands in for whatever a module lacks, and for all of it where a text is not parsed (`syntax.UnparsedError`) or
takes too many steps (`budget.OverBudgetError`).
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.document import Document
    from unspill.model import EnvUses, Finding, Span
    from unspill.sites import Site


class Language(NamedTuple):
    """How a language is recognised. `names` are exact base names, `prefixes` their beginnings, all in lower case."""

    id: str
    module: str
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    editor_ids: tuple[str, ...] = ()
    """What editors call it (the `languageId` of the Language Server Protocol)."""
    line_comment: str = ""
    """What begins a comment that ends with the line, if the language has one."""
    grammar: str = ""
    """The grammar that parses it (`unspill.syntax`), if one does."""


TEXT = Language("text", "text", editor_ids=("plaintext",))
LANGUAGES: tuple[Language, ...] = (
    Language("dotenv", "dotenv", (".env",), (".env",), (".env.",), ("dotenv", "properties"), "#"),
    Language(
        "dockerfile", "dockerfile", (".dockerfile", ".containerfile"), ("dockerfile", "containerfile"),
        ("dockerfile.", "containerfile."), ("dockerfile",), "#", "containerfile",
    ),
    Language("readme", "readme", (".md", ".markdown", ".mdx"), (), (), ("markdown",)),
    Language("python", "python", (".py", ".pyi", ".pyw"), (), (), ("python",), "#", "python"),
    Language(
        "yaml", "yaml", (".yaml", ".yml"), (), (), ("yaml", "dockercompose", "github-actions-workflow"), "#", "yaml",
    ),
    Language("toml", "toml", (".toml",), ("pipfile",), (), ("toml",), "#", "toml"),
    Language("notebook", "notebook", (".ipynb",), (), (), ("jupyter",), "", "json"),
    Language("json", "json", (".json", ".jsonc", ".webmanifest"), (), (), ("json", "jsonc"), "", "json"),
    Language(
        "shell", "shell", (".sh", ".bash", ".zsh", ".ksh"), (".bashrc", ".zshrc", ".profile", ".bash_profile"), (),
        ("shellscript", "sh", "bash", "zsh"), "#", "bash",
    ),
    TEXT,
)  # fmt: skip

ENV_KINDS = frozenset(["env-assignment", "env-default", "docker-env", "docker-arg", "dotenv", "shell-assignment"])
"""The kinds of sites whose name is that of an environment variable."""

_BY_EDITOR_ID = {name: language for language in LANGUAGES for name in language.editor_ids}


def language_of(path: str, editor_id: str = "") -> Language:
    """The language of a document: by its name, else by what the editor calls it, else text."""
    base = path.rsplit("/", 1)[-1].lower()
    for language in LANGUAGES:
        if base in language.names or base.startswith(language.prefixes) or base.endswith(language.suffixes):
            return language
    return _BY_EDITOR_ID.get(editor_id, TEXT)


def by_id(language_id: str) -> Language:
    """The language with this id; text if there is none."""
    return next((language for language in LANGUAGES if language.id == language_id), TEXT)


def site(document: Document, span: Span) -> Site:
    """Where `span` sits in `document`."""
    found: Site = _asked(document, "site", span)
    return found


def env_value(document: Document, span: Span) -> tuple[str, str] | None:
    """The environment variable that the place of `span` sets, or gives a default, and the whole value there.

    None elsewhere, and where the value is not constant.
    """
    if hasattr(_module(document), "env_value"):
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


def extent(document: Document, span: Span) -> Span:
    """What stands around `span` and cannot hold a comment of the document's language: a string, a command; or `span`.

    A comment about the span is one at its end, or on the line before its start.
    """
    found: Span = _asked(document, "extent", span)
    return found


def errors(document: Document) -> int:
    """How many places of the document its parser had to mend; 0 where there is no parser.

    Where it is not parsed, more than any parser has to mend.
    """
    from unspill import syntax

    module = _module(document)
    try:
        return syntax.errors(module.tree(document)) if hasattr(module, "tree") else 0
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

    ask = getattr(_module(document), what, None)
    if ask is not None:
        try:
            return ask(document, *arguments)
        except (syntax.UnparsedError, budget.OverBudgetError, RecursionError):
            pass
    return getattr(importlib.import_module("unspill.languages.text"), what)(document, *arguments)


def _module(document: Document) -> Any:
    return importlib.import_module(f"unspill.languages.{by_id(document.language).module}")
