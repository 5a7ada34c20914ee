"""JavaScript and TypeScript: what runs in Node reads `process.env`; code for a browser cannot hold a secret."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from unspill.fixes import moving
from unspill.model import Plan, Span
from unspill.syntax import follows_word

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Stored

BROWSER = (".html", ".htm", ".jsx", ".tsx", ".vue", ".svelte", ".css")
_SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")
SUFFIXES = (*BROWSER, *_SCRIPTS)
# Features of Node only, and of browsers only.
_NODE = re.compile(
    rb"\A#![^\n]*\bnode\b|\brequire\(|\bmodule\.exports\b|\bprocess\.(?:env|argv|exit|cwd)\b|\b__dirname\b"
    rb"|\bfrom\s*['\"](?:node:[\w/]+|next/(?:server|headers)|fs|path|http|https|os|child_process|express|fastify|koa|hono"
    rb"|dotenv)['\"]"
)
_CLIENT = re.compile(rb"\A(?:\s|//[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*['\"]use client['\"]")
_ON_SERVER = re.compile(
    r"(?:.*/)?(?:app/(?:.*/)?route|pages/api/.+|(?:src/)?(?:middleware|proxy|instrumentation))\.[cm]?[jt]s\Z"
)
"""Files that Next.js only runs on a server."""
_OF_BROWSERS = re.compile(rb"\b(?:window|document|localStorage|sessionStorage)\.\w|\bReact\b")
_PUBLIC_FOLDERS = frozenset("static public dist build assets www client frontend web out vendor".split())
_TOKEN = re.compile(
    rb"//[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`"
    rb"|(?:(?<=[=(,:;!&|?{}\[\n])|\breturn)[ \t]*/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/|\\.",
    re.DOTALL,
)
"""Comments, strings and regular expressions: quotes mean something else in each. No escaped quote begins a string."""
_BLANKS = 1_000
"""How many bytes before a key are scanned for a comma or brace after whitespace."""
_KEY_BEFORE, _KEY_AFTER = re.compile(rb"[{,]\s*\Z"), re.compile(rb"\s*:")


def plan(document: Document, project: Project, span: Span, stored: Stored) -> Plan:
    """Read `process.env` in code that only Node can run; explain why not anywhere else."""
    if project.home(document.path).space.sdk == "static":
        return Plan(
            withheld="A static Space exposes its secrets to visitors: let visitors sign in (`hf_oauth: true`), or move"
            " the call to a Gradio or Docker Space."
        )
    if not document.memo(_runs_in_node):
        return Plan(
            withheld=f"Browser code is public: make the call on a server that reads {stored.name} from the environment."
            f" If this runs in Node, read process.env.{stored.name} manually."
        )
    changes = _changes(document, span, f"process.env.{stored.name}")
    if changes is None:
        return Plan(withheld=f"Read process.env.{stored.name} manually.")
    return Plan((moving.move(document, f"Read {stored.name} from the environment", stored, changes),))


def _runs_in_node(document: Document) -> bool:
    """Whether the file uses features of Node, and none of a browser; or is one that a framework runs on a server."""
    path = document.path.lower()
    if not path.endswith(_SCRIPTS) or _CLIENT.match(document.data):
        return False
    if _ON_SERVER.match(path):
        return True
    is_public = not _PUBLIC_FOLDERS.isdisjoint(posixpath.dirname(path).split("/"))
    return not is_public and _NODE.search(document.data) is not None and _OF_BROWSERS.search(_code(document)) is None


def _code(document: Document) -> bytes:
    """The text without comments, strings and regular expressions, as far as they are known."""
    parts, at = [], 0
    for token in document.memo(_tokens)[0]:
        parts.append(document.data[at : token.start()])
        at = token.end()
    return b"".join([*parts, document.data[at:]])


def _token(document: Document, span: Span) -> re.Match[bytes] | None:
    """The comment, string or regular expression around `span`; None if unknown."""
    tokens, ends = document.memo(_tokens)
    at = bisect_right(ends, span.start)
    return tokens[at] if at < len(tokens) and tokens[at].start() <= span.start else None


def _tokens(document: Document) -> tuple[list[re.Match[bytes]], list[int]]:
    """The comments, strings and regular expressions as far as they are known, and where each ends."""
    tokens = []
    for token in _TOKEN.finditer(document.data):
        tokens.append(token)
        if token[0].startswith(b"`") and token[0].count(b"${") > token[0].count(b"}"):
            break  # a template in a template
    return tokens, [token.end() for token in tokens]


def _changes(document: Document, span: Span, read: str) -> moving.Changes | None:
    """Replace a string as a whole; of a longer one, which becomes a template, only the value."""
    data, token = document.data, _token(document, span)
    if token is None or token[0][:1] not in b"'\"`" or token.end() <= span.end:
        return None
    whole = Span(*token.span())
    if _KEY_AFTER.match(data, whole.end) and _KEY_BEFORE.search(data, max(0, whole.start - _BLANKS), whole.start):
        return None
    if Span(whole.start + 1, whole.end - 1) == span:
        return [(whole, f" {read}" if follows_word(data, whole.start) else read)]
    reference = f"${{{read}}}"
    if token[0][:1] == b"`":
        return [(span, reference)] if b"${" not in token[0] else None
    if any(char in token[0] for char in (b"`", b"${", b"\\")):
        return None
    return [(Span(whole.start, whole.start + 1), "`"), (span, reference), (Span(whole.end - 1, whole.end), "`")]
