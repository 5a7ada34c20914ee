"""The directive that silences a finding: the edit that writes it in the file's own comment syntax."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import languages
from unspill.document import Document, apply_edits, line_end
from unspill.model import Edit, Span
from unspill.suppress.inline import inline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.languages.table import CommentSyntax
    from unspill.model import Finding


def reason(finding: Finding) -> str:
    """Why a finding is to be ignored: what whoever writes the directive without a word of their own says."""
    return "not a secret" if finding.secret is not None else "accepted"


def edit(document: Document, finding: Finding) -> Edit | None:
    """The edit that silences `finding` by a directive of its own; None where no comment can be written for that.

    It stands at the end of the line, or alone on the line before what the finding is in. Whether the file's parser
    takes it for a comment there is tried out, and nothing else may have changed for it.
    """
    comment = languages.comment_syntax(document, finding.span)
    if comment is None or not finding.traits.can_be_ignored or languages.refusal(document):
        return None
    text = f"{comment.before}unspill: ignore[{finding.rule}] {reason(finding)}{comment.after}"
    return next((one for one in _places(document, finding, comment, text) if _works(document, finding, one)), None)


def is_comment(document: Document, comment: Span) -> bool:
    """Whether what looks like a comment is one for sure: no example in prose, no part of a string."""
    before = document.data[document.line_span(document.line_at(comment.start))[0] : comment.start]
    language = languages.by_id(document.language)
    if languages.parses_comments(document):
        return not (language.kind is languages.FileKind.PROSE and before.endswith(b"`"))
    text = document.data[comment.start : comment.end]
    syntax = language.comment
    if syntax is None or not syntax.begins(text) or (before.strip() and not syntax.ends_lines):
        return False
    return not any(quote in text or before.count(quote) % 2 for quote in (b'"', b"'", b"`"))


def _places(document: Document, finding: Finding, comment: CommentSyntax, text: str) -> Iterator[Edit]:
    """At the end of the line if it is one line, else on the line before; then the other way round."""
    extent = languages.extent(document, finding.span)
    first, last = document.line_at(extent.start), document.line_at(max(extent.end - 1, extent.start))
    before = _before(document, first, text) if comment.splits_lines or not _is_continued(document, first - 1) else None
    behind = _behind(document, last, text) if comment.ends_lines else None
    for one in (behind, before) if first == last else (before, behind):
        if one is not None:
            yield one


def _before(document: Document, line: int, text: str) -> Edit:
    start, end = document.line_span(line)
    indent = re.match(rb"[ \t]*", document.data[start:end])
    return Edit(
        document.path, Span(start, start), f"{indent[0].decode() if indent else ''}{text}{line_end(document.data)}"
    )


def _behind(document: Document, line: int, text: str) -> Edit | None:
    if _is_continued(document, line):
        return None
    _, end = document.line_span(line)
    return Edit(document.path, Span(end, end), f"  {text}")


def _is_continued(document: Document, line: int) -> bool:
    start, end = document.line_span(line) if line >= 0 else (0, 0)
    return document.data[start:end].endswith(b"\\")


def _works(document: Document, finding: Finding, made: Edit) -> bool:
    """Whether the directive is a comment that silences the finding, and the only thing that the edit has changed."""
    data = apply_edits(document.data, [(made.span, made.text)])
    after = Document(data, document.path, document.language)
    shift = len(data) - len(document.data) if made.span.start <= finding.span.start else 0
    moved = finding._replace(span=Span(finding.span.start + shift, finding.span.end + shift))
    return not inline(after, [moved])[0] and languages.errors(after) <= languages.errors(document)
