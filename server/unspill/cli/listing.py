"""The names of apps, as text and JSON; no values are known here.

The JSON, version 1, frozen apart from additions: {"version": 1, "secrets": [...]}, sorted by app, then those first that
something is to be done about. Without `--all`, only secrets and names that something is to be done about.

    space       the folder of the Space or app, "." for the working folder
    name        of the environment variable
    kind        what it is for: "secret", "configuration", "platform" (set by the host, the system or a CI service)
    state       "undeclared": read without a default, and no template (.env.example) lists it; "unset": declared and
                needed, and has no value here; "unused": declared, and nothing reads it; "ok"
    value       where its value comes from: "stored" (in .env), "built-in", "set" (by code or an image), "none"
    declared    places in templates; each {"path", "line", "column"}, both from 1, columns in code points
    read        places that read it
    implicit    places where a library reads it, since the code gives it no value
    written     places that set it, `.env` included

"tokens" has a row for each app whose token for the Hub is known to need no more: {"permissions", "reads", "writes"};
"text" says that in words, and "link" is the page that creates such a token.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from unspill.contract.names import NameState, ValueSource
from unspill.contract.permissions import TOKEN
from unspill.output.text import printable
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unspill.app.secrets import AppListing, Listing
    from unspill.contract.names import AppName, NameLocation

VERSION = 1
_VALUES = {
    ValueSource.STORED: "in .env",
    ValueSource.BUILT_IN: "built in",
    ValueSource.SET: "set",
    ValueSource.NONE: "",
}
_MOST_PLACES = 3


def content(listing: Listing, *, every: bool) -> dict[str, Any]:
    """The names as JSON values."""

    def places(found: Sequence[NameLocation]) -> list[dict[str, Any]]:
        return [
            {"path": mask_shapes(path), "line": line, "column": column} for path, line, column in map(_position, found)
        ]

    return {
        "version": VERSION,
        "secrets": [
            {
                "space": mask_shapes(app.folder),
                "name": entry.name,
                "kind": entry.kind.value,
                "state": entry.state.value,
                "value": entry.origin.value,
                "declared": places(entry.declared),
                "read": places(entry.read),
                "implicit": places(entry.implicit),
                "written": places(entry.written),
            }
            for app in listing.apps
            for entry in _shown(app, every=every)
        ],
        "tokens": [
            {
                "space": mask_shapes(app.folder),
                "name": TOKEN,
                "permissions": list(needs.permissions),
                "reads": needs.reads,
                "writes": needs.writes,
                "text": needs.text,
                "link": needs.link,
            }
            for app in listing.apps
            if (needs := app.token_needs()) is not None
        ],
    }


def table(listing: Listing, *, every: bool) -> Iterator[str]:
    """Lines: a table for each app, under its folder if there are several, and a summary."""
    shown = [entry for app in listing.apps for entry in _shown(app, every=every)]
    left_out = sum(len(app.names) for app in listing.apps) - len(shown)
    for app in listing.apps:
        entries = _shown(app, every=every)
        if not entries:
            continue
        if len(listing.apps) > 1:
            yield f"{printable(mask_shapes(app.folder))}:"
        kinds = ("KIND",) if every else ()
        rows = [("NAME", *kinds, "STATE", "VALUE", "DECLARED", "READ")]
        rows += [_row(entry, every=every) for entry in entries]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
        for *cells, last in rows:
            yield "  ".join([*map(str.ljust, cells, widths), last]).rstrip()
        yield ""
        if (needs := app.token_needs()) is not None:
            yield from (f"{TOKEN}: {needs.text}: {needs.link}", "")
    counts = Counter(entry.state for entry in shown)
    parts = [f"{counts[state]} {state.value}" for state in NameState if state is not NameState.OK and counts[state]]
    more = f" {left_out} more with --all." if left_out else ""
    if not shown:
        yield f"No secret names found.{more}"
        return
    yield f"{len(shown)} {'name' if len(shown) == 1 else 'names'}{': ' if parts else ''}{', '.join(parts)}.{more}"


def _shown(app: AppListing, *, every: bool) -> list[AppName]:
    return [entry for entry in app.names if every or entry.is_shown]


def _row(entry: AppName, *, every: bool) -> tuple[str, ...]:
    state = "" if entry.state is NameState.OK else entry.state.value
    kinds = (entry.kind.value,) if every else ()
    return entry.name, *kinds, state, _VALUES[entry.origin], _places(entry.declared), _reads(entry)


def _reads(entry: AppName) -> str:
    if entry.read or not entry.implicit:
        return _places(entry.read)
    return f"{_places(entry.implicit)} (by the library)"


def _places(found: Sequence[NameLocation]) -> str:
    shown = [f"{printable(mask_shapes(path))}:{line}" for path, line, _ in map(_position, found)]
    more = len(shown) - _MOST_PLACES
    return ", ".join(shown[:_MOST_PLACES]) + (f" and {more} more" if more > 0 else "")


def _position(place: NameLocation) -> tuple[str, int, int]:
    at = place.document.position(place.span.start)
    return place.source, at.line + 1, at.column + 1
