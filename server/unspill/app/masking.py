"""What may be shown of a scanned text, in an excerpt or a diff: masked by place, so that short values are hidden too.

The span of a secret is not all that gives it away: it may occur in the same text again, where no rule finds it.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import decode
from unspill.languages import dotenv, language_of
from unspill.model import Span
from unspill.scan import EMPTY
from unspill.shapes import MASK, Values, is_readable, is_unmistakable, mask, prefixed_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from unspill.app import Collector
    from unspill.scan import Scan

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_BEFORE_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?'?\Z")
_LINE = re.compile(r"(?<!#)(?<![^\S\r\n])((?:#|[^\S\r\n])*)[^\s#][^\r\n]*")


class Redactions(NamedTuple):
    """What is hidden wherever text of a run is shown."""

    values: Values
    """The secrets that are not words, from any text."""
    prefixes: Mapping[bytes, Sequence[bytes]]
    """The prefixes of tokens, as `matchers.prefixes` returns them."""


def redactions(collector: Collector) -> Redactions:
    """What is hidden wherever text of a run is shown: words are hidden only in the text that they are secrets of."""
    values = (value for scanned in collector.scanned_files for value in _values(scanned.document.data, scanned.scan))
    return Redactions(Values(filter(is_unmistakable, values)), collector.scanner.engine.prefixes)


def hidden(data: bytes, scan: Scan, parts: Iterable[Span], redactions: Redactions) -> list[Span]:
    """What must be hidden in parts of a scanned text, as disjoint spans by start.

    That is every candidate, whatever settings and suppressions apply to it, every occurrence of a secret, and whatever
    begins as a token does.
    """
    own = Values(_values(data, scan))
    spans = list(scan.candidates)
    for start, end in parts:
        text = data[start:end]
        found = chain(own.spans(text), redactions.values.spans(text), prefixed_runs(text, redactions.prefixes))
        spans += (Span(start + span.start, start + span.end) for span in found)
    return disjoint(spans)


def shown(path: str, raw: bytes, scan: Scan | None, redactions: Redactions, moved: Values = Values()) -> str:  # noqa: B008 - immutable
    """The text of the file at `path` as a diff may show it; `scan` is what is in it, if anything.

    Of a dotenv file that keeps values only the names are seen. Elsewhere `hidden` is hidden, and what a fix has moved.
    """
    data = decode(raw)[0]
    if language_of(path).id == "dotenv" and not dotenv.is_template(path):
        return masked_dotenv(data.decode("utf-8", "replace"))
    return mask(data, [*hidden(data, scan or EMPTY, [Span(0, len(data))], redactions), *moved.spans(data)])


def disjoint(spans: Iterable[Span]) -> list[Span]:
    """`spans` by start, those that overlap made one."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def masked_dotenv(text: str) -> str:
    """A dotenv file of which nothing is left but the names of its entries, and what tells them apart.

    That is `=`, `export`, the `#` of a comment, blanks and line ends. Comments may quote values, as may lines that are
    no entries, or names without a value; and what passes for a name may be the next line of a key.
    """
    data = text.encode("utf-8", "surrogateescape")
    parts, at = [], 0
    for entry in dotenv.parse(dotenv.document_of(data)).entries:
        before = data[entry.line.start : entry.name_span.start].decode("utf-8", "replace")
        parts += [
            _masked_lines(data[at : entry.line.start]),
            before if _BEFORE_NAME.match(before) else MASK,
            entry.name if entry.assigned and _NAME.match(entry.name) and is_readable(entry.name) else MASK,
            data[entry.name_span.end : entry.whole.start].decode(),
            MASK if entry.whole.end > entry.whole.start else "",
            _masked_lines(data[entry.whole.end : entry.line.end]),
        ]
        at = entry.line.end
    return "".join([*parts, _masked_lines(data[at:])])


def _masked_lines(data: bytes) -> str:
    """Lines, or the rest of one, with all but the mark of a comment masked."""
    return _LINE.sub(rf"\1{MASK}", data.decode("utf-8", "replace"))


def _values(data: bytes, scan: Scan) -> Iterator[bytes]:
    """The secrets in a scanned text: as they are written, and what is split or encoded put together."""
    rejected = {span for span, _, _ in scan.rejected}
    yield from (data[start:end] for start, end in scan.candidates if (start, end) not in rejected)
    for finding in scan.findings:
        if finding.secret is not None:
            yield finding.secret.reveal().encode("utf-8", "surrogateescape")
