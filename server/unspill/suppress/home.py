"""Where a `.env` file stands: at home if git ignores it and no image takes it in; else its values have leaked, or will.

Templates (`.env.example`) are files like any other.
"""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from unspill import space
from unspill.languages import dotenv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.document import Document
    from unspill.model import Tree

_COPY = re.compile(rb"^[ \t]*(?:COPY|ADD)[ \t]+(.*)$", re.MULTILINE | re.IGNORECASE)
_CONTINUED = re.compile(rb"\\[ \t]*\r?\n")
_FLAG = re.compile(r"--[a-z]+(?:=\S*)?\s+")


def keeps_values(document: Document) -> bool:
    """Whether a document is a `.env`, and no template of one."""
    return document.language == "dotenv" and not dotenv.is_template(document.path)


def is_at_home(document: Document, tree: Tree) -> bool:
    """Whether the values of a document stand where they belong: in a `.env` that nobody else gets to see."""
    path = document.path
    return keeps_values(document) and not tree.tracked(path) and tree.ignored(path) and not is_copied(path, tree)


def is_copied(path: str, tree: Tree) -> bool:
    """Whether a Dockerfile of the Space copies the file at `path` into its image, as far as its text shows."""
    root = space.find(tree, path).root
    inside = posixpath.relpath(path, root) if root else path
    for name in tree.list(root):
        if name.lower().startswith(("dockerfile", "containerfile")) and not name.endswith("/"):
            data = tree.read(posixpath.join(root, name)) or b""
            if any(_covers(source, inside) for source in _sources(data)):
                return not _left_out(tree.read(posixpath.join(root, ".dockerignore")) or b"", inside)
    return False


def _sources(dockerfile: bytes) -> Iterator[str]:
    """What COPY and ADD take from the build context, as they write it."""
    for match in _COPY.finditer(_CONTINUED.sub(b" ", dockerfile)):
        words = match[1].decode("utf-8", "replace").strip()
        while flag := _FLAG.match(words):
            if flag[0].startswith("--from"):
                break
            words = words[flag.end() :]
        else:
            json_form = words.startswith("[")
            listed = words.strip("[]").split(",") if json_form else words.split()
            yield from (word.strip("\"' ") for word in listed[:-1])


def _covers(source: str, path: str) -> bool:
    source = posixpath.normpath(source.lstrip("/") or ".")
    return source in (".", path) or path.startswith(f"{source}/") or fnmatchcase(path, source)


def _left_out(dockerignore: bytes, path: str) -> bool:
    """Whether a `.dockerignore` keeps `path` out of the build context: its patterns are relative to its folder."""
    if not dockerignore.strip():
        return False
    lines = [line.strip() for line in dockerignore.decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if path in lines and not any(line.startswith("!") for line in lines):
        return True  # the line that a fix adds
    from unspill import gitignore

    rooted = [
        ("!/" if line.startswith("!") else "/") + line.lstrip("!").removeprefix("./").lstrip("/") for line in lines
    ]
    return gitignore.Patterns(map(gitignore.line, rooted), below=True).verdict(path) or False
