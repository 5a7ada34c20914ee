"""Build contexts: what COPY and ADD take from the folder of a Dockerfile, and which `.env` files are among it."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from unspill.languages import dotenv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.document import Document
    from unspill.model import Span, Tree

_ENV = ".env"
_VALUE = re.compile(rb"^[^#=\r\n]+=[ \t]*[^\s#]", re.MULTILINE)
_COPY = re.compile(rb"^[ \t]*(?:COPY|ADD)[ \t]+(.*)$", re.MULTILINE | re.IGNORECASE)
_CONTINUED = re.compile(rb"\\[ \t]*\r?\n")
_FLAG = re.compile(r"--[a-z]+(?:=\S*)?\s+")


class CopiedFiles(NamedTuple):
    """An instruction that copies files with values: its place, and the files relative to the build context."""

    span: Span
    names: tuple[str, ...]


def stored_in(tree: Tree, folder: str) -> list[str]:
    """The names of the files with values in a folder: a `.env` and its like, and no templates."""
    files = (name for name in tree.list(folder) if name.startswith(_ENV) and not name.endswith("/"))
    kept = (name for name in files if not dotenv.is_template(name))
    return [name for name in kept if _VALUE.search(tree.read(posixpath.join(folder, name)) or b"")]


def copied(document: Document, tree: Tree, root: str) -> Iterator[CopiedFiles]:
    """The instructions of a Dockerfile that take a `.env` of the folder `root` into the image. Raises UnparsedError."""
    from unspill.languages import dockerfile
    from unspill.space import images
    from unspill.syntax import span_of

    ignored = tree.read(posixpath.join(root, ".dockerignore")) or b""
    names = [name for name in stored_in(tree, root) if not is_left_out(ignored, name)]
    for stage in images.shipped(document) if names else ():
        for node in stage.instructions:
            if dockerfile.keyword(node) in ("COPY", "ADD"):
                taken = list(sources(node.text or b""))
                found = [name for name in names if any(covers(source, name) for source in taken)]
                if found:
                    yield CopiedFiles(span_of(node), tuple(found))


def sources(dockerfile: bytes) -> Iterator[str]:
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


def covers(source: str, path: str) -> bool:
    """Whether what COPY or ADD take, as they write it, includes the file at `path` in the build context."""
    source = posixpath.normpath(source.lstrip("/") or ".")
    return source in (".", path) or path.startswith(f"{source}/") or fnmatchcase(path, source)


def is_left_out(dockerignore: bytes, path: str) -> bool:
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
