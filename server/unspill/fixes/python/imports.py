"""Adding imports to Python code, in the order of isort and ruff: the standard library, others, those of the package.

Within each of these sections, `import …` comes before `from …`, by the name of the module.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import line_end
from unspill.model import Span
from unspill.semantics.python import statements, tree
from unspill.semantics.python.kinds import IMPORTS, is_a
from unspill.syntax import text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document


_NAMES = re.compile(r"(from [\w.]+) import ([A-Za-z_]\w*(?:, [A-Za-z_]\w*)*)", re.ASCII)
_NAME = re.compile(r"\w+")
_STATEMENT = re.compile(r"(import|from)\b[\s\\]*([^\s,;]*)")
"""An import, and its first module; spaces are not needed in `from.a import b`, and broken ones are imports, too."""


class _Order(NamedTuple):
    """Where an import belongs among others."""

    section: int
    is_from: bool
    module: str


def edits(document: Document, imports: tuple[str, ...]) -> list[tuple[Span, str]] | None:
    """The edits that add import statements: among those at the top, else before the first statement.

    None if there is none, as in a document too broken to have statements.
    """
    if not imports:
        return []
    before, target = statements.first(document)
    if target is None:
        return None
    newline = line_end(document.data)
    start = document.line_starts[document.line_at(target.start_byte)]
    if before is not None and before.end_byte > start:
        return [(Span(target.start_byte, target.start_byte), "; ".join(imports) + "; ")]
    if not is_a(target, *IMPORTS):
        at = _above_comments(document, target, start)
        return [(Span(at, at), newline.join(imports) + newline * 2)]
    block = _block(document, target)
    places: dict[int, str] = {}
    for one in sorted(imports, key=_order):
        if joined := _joined(block, one):
            places.update([joined])
            continue
        at, text = _placed(document, block, one, newline)
        places[at] = places.get(at, "") + text
    return [(Span(at, at), text) for at, text in places.items()]


def end(document: Document) -> int | None:
    """The start (byte offset) of the line after the imports at the top; None if there are none, or no such line."""
    _, first = statements.first(document)
    block = _block(document, first) if is_a(first, *IMPORTS) else []
    line = document.line_at(block[-1].end_byte) + 1 if block else len(document.line_starts)
    return document.line_starts[line] if line < len(document.line_starts) else None


def _block(document: Document, first: Node) -> list[Node]:
    """The imports at the top, each on lines of its own."""
    found: list[Node] = []
    for node in tree.items(tree.root(document)):
        if node.start_byte < first.start_byte:
            continue
        after = document.data[node.end_byte : document.line_span(document.line_at(node.end_byte))[1]].lstrip()
        if not is_a(node, *IMPORTS) or after[:1] not in (b"", b"#"):
            break
        found.append(node)
    return found


def _joined(block: list[Node], statement: str) -> tuple[int, str] | None:
    """Where a name is added to an import of its module, and what is inserted there."""
    module, _, name = statement.rpartition(" import ")
    for node in block:
        found = _NAMES.fullmatch(text_of(node))
        if found is not None and found[1] == module:
            names = list(_NAME.finditer(found[0], found.start(2)))
            later = next((one for one in names if _by_kind(one[0]) > _by_kind(name)), None)
            return (node.start_byte + later.start(), f"{name}, ") if later is not None else (node.end_byte, f", {name}")
    return None


def _by_kind(name: str) -> tuple[int, str]:
    """The order of imported names: constants, classes, others."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name.lower()


def _placed(document: Document, block: list[Node], statement: str, newline: str) -> tuple[int, str]:
    """Where (byte offset) an import statement goes, and what is inserted there."""
    own = _order(statement)
    orders = [_order(text_of(node)) for node in block]
    start = document.line_starts[document.line_at(block[0].start_byte)] if block else 0
    same = [at for at, order in enumerate(orders) if order.section == own.section]
    if not block or (not same and orders[0].section > own.section):
        first = statements.first(document)[1]
        start = document.line_starts[document.line_at(first.start_byte)] if first is not None else start
        return start, statement + newline + (newline if block else "")
    if later := next((at for at in same if orders[at] > own), None):
        return document.line_starts[document.line_at(block[later].start_byte)], statement + newline
    if same and orders[same[0]] > own:
        return document.line_starts[document.line_at(block[same[0]].start_byte)], statement + newline
    last = block[same[-1] if same else max(at for at, order in enumerate(orders) if order.section < own.section)]
    line = document.line_at(last.end_byte) + 1
    text = statement if same else newline + statement
    if line < len(document.line_starts):
        return document.line_starts[line], text + newline
    return len(document.data), newline + text


def _order(statement: str) -> _Order:
    found = _STATEMENT.match(statement)
    keyword, module = found.groups() if found is not None else ("", "")
    top = module.partition(".")[0]
    section = 0 if top in sys.stdlib_module_names else 1 if top else 2
    return _Order(section, keyword == "from", module.lower())


def _above_comments(document: Document, target: Node, start: int) -> int:
    """The start of the comments that belong to a statement; `start` if they are the header of the file."""
    line = document.line_at(start)
    top = line
    while top > 0 and document.data[slice(*document.line_span(top - 1))].startswith(b"#"):
        top -= 1
    return start if top == 0 or target.parent is None else document.line_starts[top]
