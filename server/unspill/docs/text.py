"""The catalogue for a terminal: a table by category, or one entry with all that is known."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from unspill.output.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from unspill.docs.entries import Entry

_LABEL = 14
_NARROWEST = 40
_WIDEST = 100


def table(found: Sequence[Entry], width: int | None) -> Iterator[str]:
    """Lines: a heading for each category, and a line for each entry, cut to `width` columns if that is given."""
    if not found:
        yield "No rule matches."
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


def page(entry: Entry, width: int) -> Iterator[str]:
    """Lines: everything known of one entry, wrapped to `width` columns."""
    yield entry.id
    of = f", {entry.provider}" if entry.provider and not entry.name.startswith(entry.provider) else ""
    yield f"{printable(entry.name)}{printable(of)} ({entry.category})"
    yield ""
    yield from _wrapped(entry.docs, "", "", width)
    yield ""
    facts: list[tuple[str, Iterable[str]]] = [
        ("Severity", [entry.severity]),
        ("Confidence", [entry.confidence]),
        ("Environment", [", ".join(entry.env)] if entry.env else []),
        ("Revoke at", [entry.revoke] if entry.revoke else []),
        ("Recognised by", entry.recognition),
        ("Pattern", [entry.pattern] if entry.pattern else []),
        ("Pairs with", entry.related),
        ("Examples", [line for example in entry.examples for line in example.splitlines()]),
        ("To ignore it", [f"{where}: {what}" for where, what in ignoring(entry.id)]),
    ]
    for label, values in facts:
        for number, value in enumerate(values):
            first = f"{'' if number else label:{_LABEL}}"
            yield from _wrapped(value, first, " " * _LABEL, width)


def ignoring(rule: str) -> list[tuple[str, str]]:
    """Where a rule's findings can be ignored, and what to write there."""
    return [
        ("in one place", f"a comment `unspill: ignore[{rule}] the reason` on its line, or alone on the line before"),
        ("in a project", f'`disable = ["{rule}"]` in unspill.toml, or in [tool.unspill] of pyproject.toml'),
        ("in one run", f"`--ignore {rule}`"),
    ]


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
