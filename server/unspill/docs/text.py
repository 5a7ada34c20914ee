"""The catalogue for a terminal: a table by category, or one entry in full."""

from __future__ import annotations

from itertools import chain, groupby, repeat
from typing import TYPE_CHECKING

from unspill.docs.entries import facts
from unspill.output.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unspill.docs.entries import CatalogEntry

_LABEL = 14
_NARROWEST = 40
_WIDEST = 100


def table(found: Sequence[CatalogEntry], width: int | None) -> Iterator[str]:
    """Lines: a heading for each category, and a line for each entry, cut to `width` columns if that is given."""
    if not found:
        yield "No matching rules."
        return
    ids = max(len(entry.id) for entry in found)
    names = max(len(entry.name) for entry in found)
    by_category = sorted(found, key=lambda entry: (entry.category, entry.id))
    for category, group in groupby(by_category, key=lambda entry: entry.category):
        members = list(group)
        yield f"{category} ({len(members)})"
        for entry in members:
            line = f"  {entry.id:{ids}}  {entry.severity:7}  {entry.confidence:6}  {entry.name:{names}}"
            line = printable(f"{line}  {' '.join(entry.env)}".rstrip())
            yield line if width is None or len(line) <= width else line[: width - 3] + "..."
        yield ""
    yield f"{len(found):,} rule{'' if len(found) == 1 else 's'}. `unspill rules ID` explains one."


def page(entry: CatalogEntry, width: int) -> Iterator[str]:
    """Lines: one entry in full, wrapped to `width` columns."""
    yield entry.id
    of = f", {entry.provider}" if entry.provider and not entry.name.startswith(entry.provider) else ""
    yield f"{printable(entry.name)}{printable(of)} ({entry.category})"
    yield ""
    yield from _wrapped(entry.docs, "", "", width)
    yield ""
    prose = {"Severity": [entry.severity], "Confidence": [entry.confidence], **facts(entry)}
    code = {
        "Pattern": [entry.pattern],
        "Examples": [line for example in entry.examples for line in example.splitlines()],
    }
    for label, values in prose.items():
        for first, value in zip(_labels(label), values, strict=False):
            yield from _wrapped(value, first, " " * _LABEL, width)
    for label, values in code.items():
        for first, value in zip(_labels(label), filter(None, values), strict=False):
            yield f"{first}{printable(value)}"


def _labels(label: str) -> Iterator[str]:
    """The label for the first line of a field, and spaces for the others."""
    return chain([f"{label:{_LABEL}}"], repeat(" " * _LABEL))


def _wrapped(text: str, first: str, rest: str, width: int) -> list[str]:
    from textwrap import wrap

    room = max(min(width, _WIDEST), _NARROWEST)
    return wrap(
        printable(text),
        room,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
