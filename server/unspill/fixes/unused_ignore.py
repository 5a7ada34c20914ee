"""Unused ignore directives: deleted with their reason, and with the comment if it contains nothing else.

Of a list of ids, only the unused ones are deleted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import languages
from unspill.document import Document, apply_edits
from unspill.fixes.moving import whole_line
from unspill.model import Confidence, Edit, Fix, Plan, Safety, Span

if TYPE_CHECKING:
    from unspill.fixes import Project
    from unspill.model import Finding

# A marker at the end of the text before a directive: of the comment, or of a part that another tool reads.
_MARKERS = b"#/*<!;%-"
_CLOSES = {b"/*": b"*/", b"<!": b"-->"}
"""The closing marker of a block comment, by its opening marker."""
_FOLLOWS = re.compile(rb"#|//|/\*|<!--")
_SPACE = re.compile(rb"[ \t]*")
# What follows an id in the brackets of a directive.
_NEXT = re.compile(rb"\s*,\s*")
_UNSURE = "It may still be needed: check before you remove it."


def plan(finding: Finding, document: Document, _project: Project) -> Plan:
    """Delete the directive at the finding's span, or the id in its list."""
    comment = next((one for one in languages.comments(document) if one.contains(finding.span)), None)
    if comment is None:
        return Plan(withheld=finding.docs)
    title, span = "Remove the unused ignore directive", _doomed(document, comment, finding.span)
    if (listed := _listed(document, comment, finding.span)) is not None:
        title, span = f"Remove {document.text(finding.span)} from the ignore directive", listed
    after = Document(apply_edits(document.data, [(span, "")]), document.path, document.language)
    if languages.errors(after) > languages.errors(document):
        return Plan(withheld="The file would no longer parse: remove the directive manually.")
    sure = finding.confidence is Confidence.HIGH
    return Plan(
        (
            Fix(
                title=title,
                safety=Safety.SAFE if sure else Safety.UNSAFE,
                edits=(Edit(document.path, span, ""),),
                preferred=sure,
                reason="" if sure else _UNSURE,
            ),
        )
    )


def _listed(document: Document, comment: Span, item: Span) -> Span | None:
    """An id of a list with the comma before it, or after it if it is the first; None if it is a whole directive."""
    text = document.data[comment.start : item.start].rstrip()
    if not text.endswith((b"[", b",")):
        return None
    if text.endswith(b","):
        return Span(comment.start + len(text[:-1].rstrip()), item.end)
    behind = _NEXT.match(document.data, item.end, comment.end)
    return Span(item.start, behind.end() if behind is not None else item.end)


def _doomed(document: Document, comment: Span, directive: Span) -> Span:
    """The span to delete: the comment, or the part of it that is only the directive, else the directive."""
    data = document.data
    before = data[comment.start : directive.start].rstrip(b" \t")
    text = before.rstrip(_MARKERS)
    marker = before[len(text) :]
    start = comment.start + len(text) if marker else directive.start
    behind = data[directive.end : comment.end].lstrip()
    closer = _CLOSES.get(marker[:2], b"")
    if behind and not (closer and behind.startswith(closer)):
        space = _SPACE.match(data, directive.end, comment.end)
        end = space.end() if space is not None else directive.end
        # The part that follows has its own marker, or needs this one.
        return Span(start if _FOLLOWS.match(data, end) else directive.start, end)
    if not marker or text.strip(b" \t"):
        return Span(_end_of_text(document, start), directive.end)
    whole = Span(start, comment.end - max(len(behind) - len(closer), 0))
    line = whole_line(document, whole)
    if line != whole or (behind and not data[whole.end : whole.end + 1].isspace()):
        return line
    return Span(_end_of_text(document, start), whole.end)


def _end_of_text(document: Document, at: int) -> int:
    """Where the whitespace before `at` on its line starts."""
    start, _ = document.line_span(document.line_at(at))
    return start + len(document.data[start:at].rstrip(b" \t"))
