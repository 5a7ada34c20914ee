"""The calls, options and lines that load `.env` into a program.

python-dotenv, pydantic-settings, environs and django-environ; Node.js and its dotenv; Docker and Compose; shells, make
and direnv. For display only: other ways of loading are not found, and nothing depends on the result.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.semantics.python import calls, tree
from unspill.semantics.python.kinds import Kind
from unspill.syntax import refusal, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.document import Document

_PROSE = (".md", ".markdown", ".rst", ".txt", ".html")
_CALLS = frozenset(["load_dotenv", "dotenv_values", "read_env"])
_OPTIONS = frozenset(["env_file", "_env_file"])
_NAMING = {Kind.KEYWORD_ARGUMENT: "name", Kind.ASSIGNMENT: "left", Kind.PAIR: "key"}
"""Where an option is set: in a call, a class or a dictionary; and the field of the node that names it."""
_COMMENTS = (b"#", b"//")
_LINES = re.compile(
    rb"""\b(?:load_dotenv|dotenv_values|read_env)\(
    |\benv_file\ ?:
    |--env-file\b
    |\bdotenv/config\b|\bdotenv['"]\)\.config\(|\bdotenv\.config\(
    |^[ \t]{0,40}(?:(?:source|\.|-?include)[ \t][^\r\n\#]{0,200}\.env\b|dotenv(?:_if_exists)?[ \t]{0,8}$)""",
    re.MULTILINE | re.VERBOSE,
)


def lines(document: Document) -> list[int]:
    """The 0-based lines that load `.env`, or another file instead."""
    if b"env" not in document.data or document.path.lower().endswith(_PROSE):  # it is in all that loads one
        return []
    if document.language == "python":
        found = [] if refusal(document, "python") else list(_python(document))
    else:
        found = [match.end() for match in _LINES.finditer(document.data)]
    return [line for line in sorted({document.line_at(offset) for offset in found}) if not _is_comment(document, line)]


def _is_comment(document: Document, line: int) -> bool:
    start, end = document.line_span(line)
    return document.data[start:end].lstrip().startswith(_COMMENTS)


def _python(document: Document) -> Iterator[int]:
    for name, found in calls.by_name(document).items():
        if calls.last_name(name) in _CALLS:
            yield from (call.start_byte for call in found)
    if b"env_file" in document.data:
        for kind, field in _NAMING.items():
            for node in tree.find_all(document, kind):
                if text_of(node.child_by_field_name(field)).strip("\"'") in _OPTIONS:
                    yield node.start_byte
