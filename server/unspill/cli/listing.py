"""The secret names of Spaces, as text and JSON; no values are known here.

The JSON, version 1, frozen apart from additions: {"version": 1, "secrets": [...]}, sorted by Space and name.

    space       the Space's folder, "." for the working folder
    name        of the environment variable
    value       where it comes from: "stored" (in .env), "built-in", "set" (by code or an image), "missing"
    declared    places in templates (.env.example); each {"path", "line", "column"}, both from 1, columns in code points
    read        places that read it
    written     places that set it, `.env` included
    undeclared  whether a template should list it and none does
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from unspill.output.text import printable
from unspill.shapes import mask_shapes
from unspill.space.secrets import ValueSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unspill.app.secrets import Listing
    from unspill.space.secrets import NameLocation, SecretName

VERSION = 1
_WORDS = {
    ValueSource.STORED: "in .env",
    ValueSource.BUILT_IN: "built in",
    ValueSource.SET: "set",
    ValueSource.MISSING: "missing",
}
_MOST_PLACES = 3


def content(listing: Listing) -> dict[str, Any]:
    """The names as JSON values."""

    def places(found: Sequence[NameLocation]) -> list[dict[str, Any]]:
        return [
            {"path": mask_shapes(path), "line": line, "column": column} for path, line, column in map(_position, found)
        ]

    return {
        "version": VERSION,
        "secrets": [
            {
                "space": mask_shapes(space),
                "name": entry.name,
                "value": entry.origin.value,
                "declared": places(entry.declared),
                "read": places(entry.read),
                "written": places(entry.written),
                "undeclared": entry.undeclared,
            }
            for space, entries in listing.spaces.items()
            for entry in entries
        ],
    }


def table(listing: Listing) -> Iterator[str]:
    """Lines: a table for each Space, under its folder if there are several, and a summary."""
    every = [entry for entries in listing.spaces.values() for entry in entries]
    if not every:
        yield "No secret names found."
        return
    for space, entries in listing.spaces.items():
        if not entries:
            continue
        if len(listing.spaces) > 1:
            yield f"{printable(mask_shapes(space))}:"
        rows = [("NAME", "VALUE", "DECLARED", "READ"), *(_row(entry) for entry in entries)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
        for *cells, last in rows:
            yield "  ".join([*map(str.ljust, cells, widths), last]).rstrip()
        yield ""
    origins = Counter(entry.origin for entry in every)
    parts = [f"{count} {_WORDS[origin]}" for origin in ValueSource if (count := origins[origin])]
    if undeclared := sum(entry.undeclared for entry in every):
        parts.append(f"{undeclared} not declared")
    yield f"{len(every)} {'name' if len(every) == 1 else 'names'}: {', '.join(parts)}."


def _row(entry: SecretName) -> tuple[str, str, str, str]:
    declared = _places(entry.declared) or ("no" if entry.undeclared else "")
    return entry.name, _WORDS[entry.origin], declared, _places(entry.read)


def _places(found: Sequence[NameLocation]) -> str:
    shown = [f"{printable(mask_shapes(path))}:{line}" for path, line, _ in map(_position, found)]
    more = len(shown) - _MOST_PLACES
    return ", ".join(shown[:_MOST_PLACES]) + (f" and {more} more" if more > 0 else "")


def _position(place: NameLocation) -> tuple[str, int, int]:
    at = place.document.position(place.span.start)
    return place.source, at.line + 1, at.column + 1
