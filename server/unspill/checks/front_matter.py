"""The front matter of a Space's README: keys and values that the Hub refuses, ignores or reads as something else."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding, Tree

_STARTS = {"gradio": "app.py", "static": "index.html", "docker": "Dockerfile"}
"""What each kind of Space starts with, if its front matter names nothing else."""
_REFERENCE = "https://huggingface.co/docs/hub/spaces-config-reference"
_ADVICE = f"Keys and values: {_REFERENCE}"


def wrong(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each key or value that is wrong, and for a program that is missing."""
    from unspill import syntax
    from unspill.sites import FrontMatter
    from unspill.space import frontmatter

    if not frontmatter.is_readme(document.path):
        return
    try:
        found = frontmatter.problems(document)
        for one in found:
            yield CHECK.finding(
                document.path, one.span, one.message, confidence=one.confidence, site=FrontMatter(), docs=_ADVICE
            )
        if seen.tree is not None:
            yield from _missing(document, seen.tree)
    except syntax.UnparsedError:
        return


def _missing(document: Document, tree: Tree) -> Iterator[Finding]:
    """A finding if the program of the Space is not there."""
    from unspill.sites import FrontMatter
    from unspill.space import frontmatter

    values = frontmatter.values(document)
    sdk, named = values.get("sdk"), values.get("app_file")
    if sdk is None or sdk.text not in _STARTS or "app_build_command" in values:
        return
    chosen = named is not None and bool(named.text) and sdk.text != "docker"
    folder = posixpath.dirname(document.path)
    path = posixpath.normpath(posixpath.join(folder, named.text if named and chosen else _STARTS[sdk.text]))
    names = tree.list(posixpath.dirname(path))
    if posixpath.basename(path) not in names:
        span = named.span if named is not None and chosen else sdk.span
        what = f"{path} is not there: a Space with sdk: {sdk.text} starts with it."
        yield CHECK.finding(document.path, span, what, site=FrontMatter(), docs=_ADVICE)


CHECK = Check(
    id="space-front-matter",
    name="Front matter of a Space",
    severity=Severity.WARNING,
    docs="The Hub reads the configuration of a Space from the YAML at the top of README.md. A key that it does not "
    "know does nothing, a wrong value stops the build, and a version without quotes may be read as another one (`3.10` "
    f"is the number 3.1). {_ADVICE}",
    of_document=wrong,
    traits=Traits(fixer="front_matter"),
)
