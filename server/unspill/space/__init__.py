"""Spaces and apps: which folder is one, where its secrets are declared, and their names."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.model import Tree

_FRONT_MATTER = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)(?:\r?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
# Only three top-level scalars are needed: not worth loading a YAML parser.
_SCALAR = re.compile(rb"^([A-Za-z_]+):[ \t]*([^#\r\n]*)(?:#|\r?$)", re.MULTILINE)
_PYTHON_DEFAULT = (3, 10)
TEMPLATES = (
    ".env.example", ".env.sample", ".env.template", ".env.dist", ".env-example", ".env_example", "env.example",
    "example.env", ".env.local.example", ".env.example.local",
)  # fmt: skip
"""The names of files that declare, in lower case, the usual one first."""


class Space(NamedTuple):
    """A folder that contains an app. `root` is POSIX and relative to the tree; "" is the tree itself."""

    root: str = ""
    sdk: str = ""
    """`gradio`, `docker`, `static`, `streamlit`; empty if the folder is not a Space."""
    python: tuple[int, int] = _PYTHON_DEFAULT
    """The Python version that a fix may assume."""
    app_file: str = ""
    """The program that the front matter of a Space names, if it does; relative to the Space."""

    def path(self, name: str) -> str:
        """The path of `name` in the Space, relative to the tree."""
        return posixpath.join(self.root, name)


def find(tree: Tree, path: str) -> Space:
    """The Space or app that the file at `path` belongs to.

    The nearest folder whose README front matter has `sdk`; else the nearest with pyproject.toml, a Dockerfile or
    .git; else the tree itself.
    """
    fallback: str | None = None
    folder = posixpath.dirname(path)
    while True:
        names = tree.list(folder)
        if (own := at(tree, folder, names)) is not None:
            return own
        if fallback is None and any(map(marks_root, names)):
            fallback = folder
        if not folder:
            return Space(fallback or "")
        folder = posixpath.dirname(folder)


def at(tree: Tree, folder: str, names: Iterable[str]) -> Space | None:
    """The Space whose README is in `folder`, which has files of these `names`; None if there is none."""
    for name in names:
        if name.lower() == "readme.md":
            front = front_matter(tree.read(posixpath.join(folder, name)) or b"")
            if "sdk" in front:
                return Space(folder, front["sdk"], _python(front), front.get("app_file", ""))
    return None


def stored(tree: Tree, place: Space, name: str = ".env") -> dict[str, str]:
    """The values in the Space's `.env` (or the file `name`), as python-dotenv reads them before it expands `${…}`.

    A name without a value has "".
    """
    from unspill.languages import dotenv

    document = dotenv.document_of(tree.read(place.path(name)) or b"")
    return {key: value or "" for key, value in dotenv.values(document).items()}


def template(tree: Tree, place: Space) -> str:
    """The path of the template that declares names in a Space: the one that is there, else `.env.example`."""
    there = {name.lower(): name for name in tree.list(place.root)}
    return place.path(next((there[name] for name in TEMPLATES if name in there), TEMPLATES[0]))


def declaring(tree: Tree, path: str) -> Space:
    """Where a name in the file at `path` is declared: the nearest folder with a template in its Space, else its app."""
    home = find(tree, path)
    folder = posixpath.dirname(path)
    while not any(name.lower() in TEMPLATES for name in tree.list(folder)):
        if not folder or (home.sdk and folder == home.root):
            return home
        folder = posixpath.dirname(folder)
    return home._replace(root=folder)


def declared(tree: Tree, place: Space) -> frozenset[str]:
    """The names that the Space's templates of a `.env` list, also in lines that are commented out."""
    from unspill.languages import dotenv

    texts = (tree.read(place.path(name)) for name in TEMPLATES)
    documents = [dotenv.document_of(text) for text in texts if text]
    listed = (entry.name for document in documents for entry in dotenv.parse(document).entries if entry.name)
    return frozenset(listed).union(use.name for document in documents for use in dotenv.optional(document))


def front_matter(readme: bytes) -> dict[str, str]:
    """The top-level scalars of a README's YAML front matter, without quotes; {} if it has none."""
    match = _FRONT_MATTER.match(readme)
    if match is None:
        return {}
    pairs = (
        (key.decode(), value.decode("utf-8", "replace").rstrip(" \t").strip("'\""))
        for key, value in _SCALAR.findall(match[1])
    )
    return {key: value for key, value in pairs if value}


def tells(name: str) -> bool:
    """Whether a file of this name may mark its folder as a Space or an app."""
    return name.lower() == "readme.md" or marks_root(name)


def marks_root(name: str) -> bool:
    """Whether a file or folder of this name marks its folder as an app, if not as a Space."""
    return name in ("pyproject.toml", ".git/", ".git") or name.lower() in ("dockerfile", "containerfile")


def _python(front: dict[str, str]) -> tuple[int, int]:
    match = re.match(r"3\.([0-9]{1,3})", front.get("python_version", ""))
    return (3, int(match[1])) if match else _PYTHON_DEFAULT
