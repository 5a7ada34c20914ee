"""The directive that silences a finding: the edit that writes it in the file's own comment syntax."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages
from unspill.checks.unused_ignore import UNUSED
from unspill.document import Document, apply_edits
from unspill.model import Edit, Span
from unspill.suppress.inline import inline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.model import Finding


class _Comment(NamedTuple):
    """What stands around a comment's text."""

    before: str
    after: str = ""
    ends_lines: bool = True
    """Whether it may stand behind something else."""
    also: str = ""
    """What else begins a comment there."""

    def begins(self, text: bytes) -> bool:
        """Whether `text` is one of these comments."""
        return text.lstrip().startswith(tuple(mark.strip().encode() for mark in (self.before, self.also) if mark))


_LINE = _Comment("# ")
_SLASHES = _Comment("// ", also="/*")
_MARKUP = _Comment("<!-- ", " -->")
_BY_LANGUAGE = {
    "python": _LINE,
    "yaml": _LINE,
    "toml": _LINE,
    "shell": _LINE,
    # Docker takes a `#` behind an instruction, and behind a value of an `env_file`, for a part of it.
    "dockerfile": _Comment("# ", ends_lines=False),
    "dotenv": _Comment("# ", ends_lines=False),
}
_BY_SUFFIX = (
    ((".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".go", ".rs", ".java", ".kt", ".swift"), _SLASHES),
    ((".c", ".h", ".cc", ".cpp", ".cs", ".php", ".dart", ".scala", ".groovy", ".gradle", ".scss"), _SLASHES),
    ((".html", ".htm", ".xml", ".svg", ".vue", ".svelte"), _MARKUP),
    ((".rb", ".pl", ".r", ".ps1", ".tf", ".hcl", ".nix", ".jl", ".ex", ".exs"), _LINE),
    ((".ini", ".cfg", ".conf", ".properties"), _Comment("# ", ends_lines=False, also=";")),
)
"""For what no parser knows."""
_SCRIPT = re.compile(rb"<(/?)script\b", re.IGNORECASE)


def reason(finding: Finding) -> str:
    """Why a finding is to be ignored: what whoever writes the directive without a word of their own says."""
    return "not a secret" if finding.secret is not None else "accepted"


def edit(document: Document, finding: Finding) -> Edit | None:
    """The edit that silences `finding` by a directive of its own; None where no comment can be written for that.

    It stands at the end of the line, or alone on the line before what the finding is in. Whether the file's parser
    takes it for a comment there is tried out, and nothing else may have changed for it.
    """
    comment = _comment(document, finding)
    if comment is None or finding.rule == UNUSED.id or languages.refusal(document):
        return None
    text = f"{comment.before}unspill: ignore[{finding.rule}] {reason(finding)}{comment.after}"
    return next((one for one in _places(document, finding, comment, text) if _works(document, finding, one)), None)


def is_comment(document: Document, comment: Span) -> bool:
    """Whether what looks like a comment is one for sure: no example in prose, no part of a string."""
    before = document.data[document.line_span(document.line_at(comment.start))[0] : comment.start]
    if document.language == "readme":
        return not before.endswith(b"`")
    if document.language != "text":
        return True
    style = _by_suffix(document)
    text = document.data[comment.start : comment.end]
    if style is None or not style.begins(text) or (before.strip() and not style.ends_lines):
        return False
    return not any(quote in text or before.count(quote) % 2 for quote in (b'"', b"'", b"`"))


def _comment(document: Document, finding: Finding) -> _Comment | None:
    if document.language == "readme":
        from unspill.languages import readme

        return _LINE if readme.parts(document).front_matter.contains(finding.span) else _MARKUP
    if document.language != "text":
        return _BY_LANGUAGE.get(document.language)
    found = _by_suffix(document)
    if found is _MARKUP:
        tags = _SCRIPT.findall(document.data, 0, finding.span.start)
        return _SLASHES if tags and not tags[-1] else _MARKUP
    return found


def _by_suffix(document: Document) -> _Comment | None:
    path = document.path.lower()
    return next((comment for suffixes, comment in _BY_SUFFIX if path.endswith(suffixes)), None)


def _places(document: Document, finding: Finding, comment: _Comment, text: str) -> Iterator[Edit]:
    """At the end of the line if it is one line, else on the line before; then the other way round."""
    extent = languages.extent(document, finding.span)
    first, last = document.line_at(extent.start), document.line_at(max(extent.end - 1, extent.start))
    before = _before(document, first, text)
    behind = _behind(document, last, text) if comment.ends_lines else None
    for one in (behind, before) if first == last else (before, behind):
        if one is not None:
            yield one


def _before(document: Document, line: int, text: str) -> Edit | None:
    start, end = document.line_span(line)
    if line and document.language != "dockerfile" and _is_continued(document, line - 1):
        return None
    indent = re.match(rb"[ \t]*", document.data[start:end])
    end_of_line = "\r\n" if b"\r\n" in document.data else "\n"
    return Edit(document.path, Span(start, start), f"{indent[0].decode() if indent else ''}{text}{end_of_line}")


def _behind(document: Document, line: int, text: str) -> Edit | None:
    if _is_continued(document, line):
        return None
    _, end = document.line_span(line)
    return Edit(document.path, Span(end, end), f"  {text}")


def _is_continued(document: Document, line: int) -> bool:
    start, end = document.line_span(line)
    return document.data[start:end].endswith(b"\\")


def _works(document: Document, finding: Finding, made: Edit) -> bool:
    """Whether the directive is a comment that silences the finding, and the only thing that the edit has changed."""
    data = apply_edits(document.data, [(made.span, made.text)])
    after = Document(data, document.path, document.language)
    shift = len(data) - len(document.data) if made.span.start <= finding.span.start else 0
    moved = finding._replace(span=Span(finding.span.start + shift, finding.span.end + shift))
    return not inline(after, [moved])[0] and languages.errors(after) <= languages.errors(document)
