"""What the tests of languages and fixes share: a tree in memory, findings at known places, and fixes applied."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING

from unspill import languages
from unspill.document import Document, apply_edits
from unspill.fixes import Project
from unspill.model import Confidence, Finding, Secret, Severity, Span
from unspill.space.names import Names

if TYPE_CHECKING:
    from collections.abc import Callable

    from unspill.model import Fix, Plan


class MemoryTree(dict[str, bytes]):
    """A `model.Tree` in memory: path to bytes. `in_git` and `hidden` are the paths that git tracks and ignores."""

    in_git: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None if there is none."""
        return self.get(path)

    def list(self, path: str) -> list[str]:
        """The names in a folder, folders with a slash at the end."""
        prefix = f"{path}/" if path else ""
        rests = [name[len(prefix) :] for name in self if name.startswith(prefix)]
        return sorted({rest.split("/", 1)[0] + ("/" if "/" in rest else "") for rest in rests})

    def tracked(self, path: str) -> bool:
        """Whether git tracks a file."""
        return path in self.in_git

    def ignored(self, path: str) -> bool:
        """Whether git ignores a path."""
        return path in self.hidden


def token(seed: int = 0) -> str:
    """A made-up Hugging Face token."""
    return "hf_" + "".join(random.Random(seed).choices(string.ascii_letters, k=34))


def guessable(seed: int) -> str:
    """A made-up password without a shape, of so few bits that it could be guessed from a fingerprint."""
    chosen = random.Random(seed)
    kinds = ((string.ascii_lowercase, 4), (string.digits, 3), (string.ascii_uppercase, 3), ("!#%", 1))
    return "".join("".join(chosen.choices(kind, k=count)) for kind, count in kinds)


def document_of(source: str, path: str = "app.py", language: str = "python") -> Document:
    """A document with this text, not normalised in any way."""
    return Document(source.encode(), path, language)


def finding_at(
    document: Document,
    value: str,
    rule: str = "huggingface-user-token",
    env: tuple[str, ...] = ("HF_TOKEN",),
    span: Span | None = None,
) -> Finding:
    """The finding of `value` where it first stands in `document`, or at `span`."""
    if span is None:
        start = document.data.index(value.encode())
        span = Span(start, start + len(value.encode()))
    site = languages.site(document, span)
    return Finding(
        rule, rule, document.path, span, site, Severity.ERROR, Confidence.HIGH, "A secret.", Secret(value), env
    )


def project(tree: MemoryTree | None = None, **stored: str) -> Project:
    """A project with these files and these values in `.env`."""
    return Project(MemoryTree() if tree is None else tree, Names(stored))


def applied(document: Document, fix: Fix) -> str:
    """The document's text after a fix."""
    edits = [(edit.span, edit.text) for edit in fix.edits if edit.path == document.path]
    return apply_edits(document.data, edits).decode()


def fixed(
    plan: Callable[[Finding, Document, Project], Plan],
    document: Document,
    finding: Finding,
    where: Project | None = None,
) -> str:
    """The document's text after the preferred fix; fails with the reason if there is none."""
    made = plan(finding, document, where or project())
    assert made.fixes, made.withheld
    assert made.fixes[0].preferred
    return applied(document, made.fixes[0])
