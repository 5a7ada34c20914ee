"""Completion of names, wherever a name of the environment is read, declared, set or mounted.

Whether one is wanted at the cursor is asked of the language itself: the word there is replaced by a name that nobody
has, and if the document then contains that name, it is. So every way of reading that is understood is completed.
"""

from __future__ import annotations

import re
import string
from itertools import islice
from typing import TYPE_CHECKING

from unspill import space
from unspill.contract import template
from unspill.contract.kinds import NameKind, kind_of
from unspill.document import Document
from unspill.lsp import contents, convert, documents, front_matter
from unspill.model import Span
from unspill.shapes import may_be_secret
from unspill.space import uses
from unspill.workspace import Said, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Set

    from lsprotocol import types

    from unspill.lsp.session import Session
    from unspill.workspace import Workspace, WorkspaceText

TRIGGERS = ("'", '"', "{", ".", "$")
_LETTERS = (string.ascii_letters + string.digits + "_").encode()
_AFTER = re.compile(rb"[A-Za-z0-9_]*")
_MAY_WANT = re.compile(rb"env|secret|get|user_?data|\$|id=|config", re.IGNORECASE)
"""What a line has before a name; where it has not, nothing is parsed."""
_LINE_STARTS = (b"", b"export")
"""What may be before a name in a dotenv file."""
_CLOSING = {b"[": b"]", b"(": b")", b"{": b"}"}
_STAND_IN = "UNSPILL_COMPLETES_THIS"
_LARGEST = 1 << 17
"""Maximum size in bytes of a document that is parsed for this: an answer that comes late is of no use."""
_MOST = 1_000
"""Maximum number of names to offer; with more, only those that contain what is typed."""
_FIRST_LETTERS = 2
"""So much of a name must be typed before names are offered that only the rules know …"""
_MOST_KNOWN = 40
"""… and so many of them at most."""


async def complete(session: Session, params: types.CompletionParams) -> types.CompletionList | None:
    """`textDocument/completion`."""
    snapshot = session.snapshot(params.text_document.uri)
    if snapshot is None or snapshot.place.root is None or len(snapshot.document.data) > _LARGEST:
        return None
    document = snapshot.document
    at = documents.offset_of(document, params.position, snapshot.client.unit)
    if (fields := front_matter.complete(document, at)) is not None:
        over = convert.range_of(document, fields.word, snapshot.client.unit)
        return convert.completions(fields.offers, over, is_incomplete=False)
    word = _word(document, at)
    if word is None or not await session.analysis.beside(lambda: _is_wanted(document, word)):
        return None
    root = snapshot.place.root
    tree = session.buffers.tree(root)

    def work(workspace: Workspace, texts: Iterable[WorkspaceText]) -> Said:
        # What is being typed in the document itself is no name yet.
        others = (text for text in texts if text.source != snapshot.uri)
        return workspace.said(others) | workspace.said([opened("", _without(document, word))])

    if (said := await contents.ask_quietly(session, snapshot.place, work)) is None:
        return None
    if document.language == "dotenv":
        tree.change(snapshot.place.path, _without(document, word).data)
    typed, secrets, path = document.text(Span(word.start, at)), session.findings.values(), snapshot.place.path

    def offer() -> list[convert.Offer]:
        stored = frozenset(space.stored(tree, space.find(tree, path)))
        offers = _offers(said, stored, typed, template.known())
        return list(islice((one for one in offers if not may_be_secret(one.name, secrets)), _MOST))

    offers = await session.analysis.beside(offer)
    over = convert.range_of(document, word, snapshot.client.unit)
    is_cut = len(typed) < _FIRST_LETTERS or sum(one.order for one in offers) >= _MOST_KNOWN or len(offers) == _MOST
    return convert.completions(offers, over, is_incomplete=is_cut)


def _without(document: Document, word: Span) -> Document:
    return Document(document.data[: word.start] + document.data[word.end :], document.path, document.language)


def _word(document: Document, at: int) -> Span | None:
    """The word around a byte offset, perhaps empty; None if its line says that no name is wanted there."""
    line, end = document.line_span(document.line_at(at))
    before, rest = document.data[line:at].rstrip(_LETTERS), _AFTER.match(document.data, at, end)
    if not _MAY_WANT.search(before) and (document.language != "dotenv" or before.strip() not in _LINE_STARTS):
        return None
    return Span(line + len(before), rest.end() if rest else at)


def _is_wanted(document: Document, word: Span) -> bool:
    """Whether a name in the place of `word` would be one of the environment, closed or not."""
    before, after = document.data[: word.start], document.data[word.end :]
    quote = before[-1:] if before.endswith((b'"', b"'")) else b""
    closing = quote + _CLOSING.get(before[: len(before) - len(quote)].rstrip(b" \t")[-1:], b"")
    return any(
        _STAND_IN in uses.names(Document(before + _STAND_IN.encode() + end + after, document.path, document.language))
        for end in dict.fromkeys((b"", closing, *([b"="] if document.language == "dotenv" else [])))
    )


def _offers(said: Said, stored: frozenset[str], typed: str, known: Set[str]) -> Iterator[convert.Offer]:
    """What to offer: the names of the app, then those that the rules have `known` and that begin with what is typed."""
    names = set(filter(said.is_variable, said.names)) | stored
    if len(names) > _MOST:  # clients choose among those they get
        names = {name for name in names if typed.upper() in name.upper()}
    for name in sorted(names):
        if (kind := kind_of(name, (), known)) is not NameKind.PLATFORM:
            states = ("declared" if name in said.declared else "not declared", "in .env" if name in stored else "")
            detail = ", ".join(filter(None, (kind.value, *states)))
            yield convert.Offer(name, detail, template.about_known(name) if name in known else "", 0)
    if len(typed) >= _FIRST_LETTERS:
        others = sorted(name for name in known if name.startswith(typed.upper()) and name not in said.names | stored)
        for name in others[:_MOST_KNOWN]:
            yield convert.Offer(name, "secret, not declared", template.about_known(name), 1)
