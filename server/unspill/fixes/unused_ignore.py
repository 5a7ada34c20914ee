"""Unused ignore directives: deleted with their reason, and with the comment if nothing else is in it.

Of a list of ids in which some silence something, the others are deleted.
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

# A marker at the end of what stands before a directive: of the comment, or of a part that another tool reads.
_MARKERS = b"#/*<!;%-"
_CLOSES = {b"/*": b"*/", b"<!": b"-->"}
"""How a comment ends that does not end with the line, by how it begins."""
_FOLLOWS = re.compile(rb"#|//|/\*|<!--")
_SPACE = re.compile(rb"[ \t]*")
# What stands behind one of the ids in the brackets of a directive.
_NEXT = re.compile(rb"\s*,\s*")
_UNSURE = "Whoever wrote it may still need it: look before you delete it."


def plan(finding: Finding, document: Document, _project: Project) -> Plan:
    """Delete the directive at the finding's span, or the id in its list."""
    comment = next((one for one in languages.comments(document) if one.contains(finding.span)), None)
    if comment is None:
        return Plan(withheld=finding.docs)
    title, span = "Delete the unused ignore directive", _doomed(document, comment, finding.span)
    if (listed := _listed(document, comment, finding.span)) is not None:
        title, span = f"Take {document.text(finding.span)} out of the ignore directive", listed
    after = Document(apply_edits(document.data, [(span, "")]), document.path, document.language)
    if languages.errors(after) > languages.errors(document):
        return Plan(withheld="The file would no longer parse without it: delete it by hand.")
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
    """An id of a list with the comma before it, or behind it if it is the first; None if it is a whole directive."""
    text = document.data[comment.start : item.start].rstrip()
    if not text.endswith((b"[", b",")):
        return None
    if text.endswith(b","):
        return Span(comment.start + len(text[:-1].rstrip()), item.end)
    behind = _NEXT.match(document.data, item.end, comment.end)
    return Span(item.start, behind.end() if behind is not None else item.end)


def _doomed(document: Document, comment: Span, directive: Span) -> Span:
    """What goes: the comment or the part of it that the directive is all of, else the directive alone."""
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
        # The part that follows has a marker of its own, or needs this one.
        return Span(start if _FOLLOWS.match(data, end) else directive.start, end)
    if not marker or text.strip(b" \t"):
        return Span(_end_of_text(document, start), directive.end)
    whole = Span(start, comment.end - max(len(behind) - len(closer), 0))
    line = whole_line(document, whole)
    if line != whole or (behind and not data[whole.end : whole.end + 1].isspace()):
        return line
    return Span(_end_of_text(document, start), whole.end)


def _end_of_text(document: Document, at: int) -> int:
    """Where the space begins that stands before `at` on its line."""
    start, _ = document.line_span(document.line_at(at))
    return start + len(document.data[start:at].rstrip(b" \t"))
