"""Languages: where a span sits, what is read from the environment, and where comments are.

One row per language in `LANGUAGES`, one module (file or folder) per row, imported when a document needs it.
A module has up to five functions, each of which takes a document that may be broken in any way and never raises:

    site(document, span) -> Site          where the span sits; required
    env_uses(document) -> EnvUses         what is read from, written to and declared in the environment
    comments(document) -> tuple[Span, …]  the comments, markers included, in order
    tree(document) -> Node                the syntax tree, which knows whether the document parses
    extent(document, span) -> Span        what stands around the span and cannot hold a comment: a string, a command

`text` stands in for whatever a module lacks.
"""

from __future__ import annotations

import importlib
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


TEXT = Language("text", "text", editor_ids=("plaintext",))
LANGUAGES: tuple[Language, ...] = (
    Language("dotenv", "dotenv", (".env",), (".env",), (".env.",), ("dotenv", "properties"), "#"),
    Language(
        "dockerfile", "dockerfile", (".dockerfile", ".containerfile"), ("dockerfile", "containerfile"),
        ("dockerfile.", "containerfile."), ("dockerfile",), "#",
    ),
    Language("readme", "readme", (".md", ".markdown", ".mdx"), (), (), ("markdown",)),
    Language("python", "python", (".py", ".pyi", ".pyw"), (), (), ("python",), "#"),
    Language("yaml", "yaml", (".yaml", ".yml"), (), (), ("yaml", "dockercompose", "github-actions-workflow"), "#"),
    Language("toml", "toml", (".toml",), ("pipfile",), (), ("toml",), "#"),
    Language("notebook", "notebook", (".ipynb",), (), (), ("jupyter",)),
    Language("json", "json", (".json", ".jsonc", ".webmanifest"), (), (), ("json", "jsonc")),
    Language(
        "shell", "shell", (".sh", ".bash", ".zsh", ".ksh"), (".bashrc", ".zshrc", ".profile", ".bash_profile"), (),
        ("shellscript", "sh", "bash", "zsh"), "#",
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
    found: Site = _module(document).site(document, span)
    return found


def env_value(document: Document, span: Span) -> tuple[str, str] | None:
    """The environment variable that the place of `span` sets, or gives a default, and the whole value there.

    None elsewhere, and where the value is not constant.
    """
    module = _module(document)
    if hasattr(module, "env_value"):
        whole: tuple[str, str] | None = module.env_value(document, span)
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
    from unspill.model import EnvUses

    module = _module(document)
    uses: EnvUses = module.env_uses(document) if hasattr(module, "env_uses") else EnvUses()
    return uses


def comments(document: Document) -> tuple[Span, ...]:
    """The comments of the document, markers included, in order."""
    module = _module(document)
    if not hasattr(module, "comments"):
        module = importlib.import_module("unspill.languages.text")
    found: tuple[Span, ...] = module.comments(document)
    return found


def extent(document: Document, span: Span) -> Span:
    """What stands around `span` and cannot hold a comment of the document's language: a string, a command; or `span`.

    A comment about the span is one at its end, or on the line before its start.
    """
    module = _module(document)
    found: Span = module.extent(document, span) if hasattr(module, "extent") else span
    return found


def errors(document: Document) -> int:
    """How many places of the document its parser had to mend; 0 where there is no parser."""
    from unspill import syntax

    module = _module(document)
    return syntax.errors(module.tree(document)) if hasattr(module, "tree") else 0


def _module(document: Document) -> Any:
    return importlib.import_module(f"unspill.languages.{by_id(document.language).module}")
