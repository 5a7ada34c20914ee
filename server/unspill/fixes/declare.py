"""The declaring side of a fix: `.env.example` lists the name, `.env` has the value, ignore files keep it private."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import decode, line_end
from unspill.fixes import store
from unspill.languages import dotenv
from unspill.model import Edit, Plan, Safety, Span
from unspill.space import TEMPLATES, template

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Fix, Stored, Tree
    from unspill.space import Space

STORE = ".env"
FILES = (STORE, ".gitignore", ".dockerignore", *TEMPLATES)
"""The files that a fix writes besides the code, all in the folder of the Space."""

_IGNORE_LINE = ".env"
_IGNORE_FILES = {".gitignore": "git", ".dockerignore": "Docker"}
"""Ignore files, and who reads them: as bytes, whatever their encoding."""
_OUT_OF_IMAGES = {
    ".env": (".env", ".env*", ".*", "*", "**"),
    ".unspill": (".unspill", ".*", "*", "**"),  # a killed fix leaves copies there
}
"""Paths that no image may copy, and the lines of a `.dockerignore` that exclude each."""


_BUILD = re.compile(rb"^[ \t]+[\"']?build[\"']?[ \t]*:", re.MULTILINE)


class Home:
    """The Space of some documents, and its files besides the code, each read once for all fixes."""

    # No cached properties: before Python 3.12 all threads share the lock of one, whatever is read under it.

    def __init__(self, tree: Tree, space: Space) -> None:
        self.space = space
        self._tree = tree
        self._env: bytes | None = None
        self._declaration: _Declaration | None = None
        self._encodings: dict[str, str] = {}

    @property
    def template(self) -> str:
        """The path of the file that declares names."""
        return template(self._tree, self.space)

    @property
    def tracked(self) -> str | None:
        """Why no value should be stored in `.env` yet; None if one may."""
        env = self.space.path(STORE)
        if self._tree.tracked(env):
            return f"{env} is tracked by git: run `git rm --cached {env}` first, so that the value is not committed"
        return None

    def ignoring(self) -> list[Edit]:
        """The edits that have git ignore a `.env` that it still tracks; [] for any other."""
        env = self.space.path(STORE)
        if not self._tree.tracked(env) or self._tree.ignored(env):
            return []
        return append(self._tree, self.space.path(".gitignore"), [_IGNORE_LINE])

    def refusal(self, stores: Sequence[Stored]) -> str | None:
        """Why these values cannot be stored in `.env`; None if they can."""
        if not stores:
            return None
        if self._env is None:
            self._env = self._tree.read(self.space.path(STORE)) or b""
        reason = store.refusal(self._env, stores)
        return f"{self.space.path(STORE)}: {reason}" if reason else None

    def unreadable(self, edits: Iterable[Edit]) -> str | None:
        """Why an ignore file must not get these edits: it would not be read; None if there is no such file."""
        for path in dict.fromkeys(edit.path for edit in edits):
            reader = _IGNORE_FILES.get(posixpath.basename(path))
            if reader is None:
                continue
            if path not in self._encodings:
                self._encodings[path] = decode(self._tree.read(path) or b"")[1].name
            if (encoding := self._encodings[path]).startswith(("utf-16", "utf-32")):
                return f"{path} is in {encoding.upper()}, which {reader} cannot read: save it as UTF-8 first."
        return None

    def edits(self, names: Iterable[str]) -> list[Edit]:
        """The edits that list `names` in the template if needed, and keep `.env` out of git and images."""
        path = self.template
        if self._declaration is None:
            data = decode(self._tree.read(path) or b"")[0]
            declared = frozenset(entry.name for entry in dotenv.parse(dotenv.document_of(data)).entries)
            self._declaration = _Declaration(declared, _end_of(data), self._ignoring())
        declared, end, ignoring = self._declaration
        return [*end.edits(path, [f"{name}=" for name in names if name not in declared]), *ignoring]

    def _ignoring(self) -> list[Edit]:
        """The edits that keep `.env` out of git, and out of images where any are built."""
        tree, place, edits = self._tree, self.space, list[Edit]()
        if not tree.ignored(place.path(STORE)):
            edits += append(tree, place.path(".gitignore"), [_IGNORE_LINE])
        elif tree.ignored(self.template):
            edits += append(tree, place.path(".gitignore"), [f"!{posixpath.basename(self.template)}"])
        if builds_images(place, tree):
            lines = (tree.read(place.path(".dockerignore")) or b"").decode("utf-8", "replace").split()
            known = {line.strip("/").removeprefix("**/") for line in lines}
            missing = [name for name, patterns in _OUT_OF_IMAGES.items() if known.isdisjoint(patterns)]
            edits += append(tree, place.path(".dockerignore"), missing)
        return edits


def complete(plan: Plan, document: Document, project: Project) -> Plan:
    """`plan` with the edits to `.env.example`, `.gitignore` and `.dockerignore` that its fixes need.

    A fix whose value cannot be stored is withheld, with the reason.
    """
    if not plan.fixes:
        return plan
    home = project.home(document.path)
    kept: list[Fix] = []
    withheld = plan.withheld
    for fix in plan.fixes:
        if reason := home.refusal(fix.stores):
            withheld = withheld or reason
            continue
        beside = home.edits(fix.declares) if fix.stores or fix.declares else ()
        done = fix._replace(edits=(*fix.edits, *beside))
        if reason := home.unreadable(done.edits):
            withheld = withheld or reason
            continue
        if fix.stores and (reason := home.tracked):
            withheld = withheld or reason
            done = done._replace(safety=Safety.UNSAFE, preferred=False, reason=reason)
        kept.append(done)
    return Plan(tuple(kept), withheld)


def builds_images(place: Space, tree: Tree) -> bool:
    """Whether a Space has a Dockerfile, or a compose file that builds an image."""
    names = tree.list(place.root)
    if any(name.lower().startswith(("dockerfile", "containerfile")) for name in names):
        return True
    compose = [name for name in names if name.lower().startswith(("docker-compose", "compose.y"))]
    return any(_BUILD.search(tree.read(place.path(name)) or b"") for name in compose)


def append(tree: Tree, path: str, lines: list[str]) -> list[Edit]:
    """The edit that adds `lines` at the end of the file at `path`, created if needed, with its own line endings."""
    return _end_of(decode(tree.read(path) or b"")[0]).edits(path, lines) if lines else []


class _End(NamedTuple):
    """The end of a file: its offset in bytes, its line endings, and what precedes a new line."""

    at: int
    line_end: str
    start: str

    def edits(self, path: str, lines: list[str]) -> list[Edit]:
        """The edit that adds lines there, if there are any."""
        text = self.start + "".join(line + self.line_end for line in lines)
        return [Edit(path, Span(self.at, self.at), text)] if lines else []


class _Declaration(NamedTuple):
    """The names that `.env.example` declares, where it ends, and the edits that keep `.env` out of git and images."""

    names: frozenset[str]
    end: _End
    ignoring: list[Edit]


def _end_of(data: bytes) -> _End:
    end = line_end(data)
    end = "\n" if end == "\r" else end  # which ends no line for git and Docker
    return _End(len(data), end, end if data and not data.endswith(b"\n") else "")
