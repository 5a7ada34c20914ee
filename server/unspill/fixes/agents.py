"""MCP servers in VS Code and Cursor: a server started there loads `.env`, and VS Code asks for what it sends.

VS Code: https://code.visualstudio.com/docs/copilot/reference/mcp-configuration; Cursor: https://cursor.com/docs/mcp.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from unspill.document import line_end
from unspill.fixes import declare, moving
from unspill.languages import json as notation
from unspill.model import Fix, Safety, Span
from unspill.syntax import span_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.fixes import Project
    from unspill.fixes.pipelines import ScalarContext
    from unspill.model import Stored

CONSUMERS = ("vscode-mcp", "cursor")
_SERVERS = 4
"""The number of keys above a variable of a server: `servers`, its name, `env` and the variable's own."""
_ENV_FILE = "envFile"
_FOLDER = "${workspaceFolder}"


def plan(place: ScalarContext, stored: Stored, consumer: str, project: Project) -> Fix | None:
    """The fix of a value in a server's configuration; None if only the syntax of variables helps."""
    loaded = _loaded(place, stored, project)
    if loaded is not None:
        return moving.move(place.document, f"Load {stored.name} from .env ({_ENV_FILE})", stored, loaded)
    asked = _asked(place, stored) if consumer == "vscode-mcp" else None
    if asked is None:
        return None
    reason = f"VS Code asks for {stored.name} when the server is first started, and stores it encrypted."
    return moving.move(
        place.document, f"Ask for {stored.name} (inputs)", stored, asked, safety=Safety.UNSAFE, reason=reason
    )


def _loaded(place: ScalarContext, stored: Stored, project: Project) -> moving.Changes | None:
    """Delete a variable of a server that is started, and have the server load `.env`."""
    keys = notation.keys(place.path)
    entry, env = notation.pair_at(place.path), notation.pair_under(place.path, "env")
    folder = posixpath.dirname(posixpath.dirname(place.document.path))
    is_home = project.home(place.document.path).space.root == folder
    if len(keys) != _SERVERS or keys[-1] != stored.name or entry is None or env is None or not is_home:
        return None
    if place.document.text(place.span) != text_of(place.scalar)[1:-1] or env.parent is None:
        return None
    names = {notation.key_of(pair): pair for pair in notation.pairs(env.parent)}
    known = names.get(_ENV_FILE)
    value = f'"{_ENV_FILE}": "{_FOLDER}/{declare.STORE}"'
    if known is not None and text_of(known).replace(" ", "") != value.replace(" ", ""):
        return None
    if len(notation.pairs(entry.parent)) == 1:
        return [(notation.with_comma(env), "")] if known is not None else [(span_of(env), value)]
    added = [] if known is not None else [(Span(env.start_byte, env.start_byte), f"{value},{_gap(place, env)}")]
    return [*added, (notation.with_comma(entry), "")]


def _asked(place: ScalarContext, stored: Stored) -> moving.Changes | None:
    """Have VS Code ask for the value: an input, and a reference to it."""
    members = notation.members(place.path)
    if not members:
        return None
    first = members[0]
    name = stored.name.lower().replace("_", "-")
    new = f'{{"type": "promptString", "id": "{name}", "description": "{stored.name}", "password": true}}'
    reference = [(place.span, f"${{input:{name}}}")]
    inputs = next((pair for pair in members if notation.key_of(pair) == "inputs"), None)
    if inputs is None:
        return [(Span(first.start_byte, first.start_byte), f'"inputs": [{new}],{_gap(place, first)}'), *reference]
    listed = notation.array_of(inputs)
    if listed is None:
        return None
    if re.search(rf'"id"\s*:\s*"{re.escape(name)}"', text_of(listed)):
        return list(reference)
    at = listed.start_byte + 1
    return sorted([(Span(at, at), f"{new}, " if listed.named_children else new), *reference])


def _gap(place: ScalarContext, pair: Node) -> str:
    """The white space before a pair, as it separates it from the one before: a line of its own, or a space."""
    document = place.document
    start, _ = document.line_span(document.line_at(pair.start_byte))
    before = document.text(Span(start, pair.start_byte))
    newline = line_end(document.data)
    return f"{newline}{before}" if not before.strip() else " "
