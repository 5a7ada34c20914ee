"""The declaring side of a fix: `.env.example` lists the name, `.env` keeps the value, ignore files keep it at home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill import space
from unspill.document import decode
from unspill.fixes import store
from unspill.languages import dotenv
from unspill.model import Edit, Fix, Plan, Safety, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Tree
    from unspill.space import Space

DECLARATION = ".env.example"
STORE = ".env"
FILES = (STORE, DECLARATION, ".gitignore", ".dockerignore")
"""What a fix writes beside the code, all in the folder of the Space."""

_IGNORE_LINE = ".env"
_KEEP_LINE = "!.env.example"
_OUT_OF_IMAGES = {
    ".env": (".env", ".env*", ".*", "*", "**"),
    ".unspill": (".unspill", ".*", "*", "**"),  # a fix that is killed leaves copies there
}
"""What no image may copy, and the lines of a `.dockerignore` that keep it out."""


def complete(plan: Plan, document: Document, project: Project) -> Plan:
    """`plan` with the edits to `.env.example`, `.gitignore` and `.dockerignore` that its fixes need.

    A fix that would store a value where it cannot be kept is withheld, with the reason.
    """
    if not plan.fixes:
        return plan
    place = space.find(project.tree, document.path)
    kept: list[Fix] = []
    withheld = plan.withheld
    for fix in plan.fixes:
        if reason := _unstorable(fix, place, project.tree):
            withheld = withheld or reason
            continue
        done = _completed(fix, place, project.tree)
        if reason := _tracked(fix, place, project.tree):
            withheld = withheld or reason
            done = done._replace(safety=Safety.UNSAFE, preferred=False, reason=reason)
        kept.append(done)
    return Plan(tuple(kept), withheld)


def _unstorable(fix: Fix, place: Space, tree: Tree) -> str | None:
    """Why the values of `fix` cannot be kept in `.env`; None if they can."""
    reason = store.refusal(tree.read(place.path(STORE)), fix.stores) if fix.stores else None
    return f"{place.path(STORE)}: {reason}" if reason else None


def _tracked(fix: Fix, place: Space, tree: Tree) -> str | None:
    """Why the values of `fix` should not be kept in `.env` as yet; None if they may."""
    env = place.path(STORE)
    if fix.stores and tree.tracked(env):
        return f"git tracks {env}: run `git rm --cached {env}` first, so that the value stays out of it"
    return None


def _completed(fix: Fix, place: Space, tree: Tree) -> Fix:
    if not (fix.stores or fix.declares):
        return fix
    return fix._replace(edits=(*fix.edits, *declaring_edits(fix.declares, place, tree)))


def declaring_edits(names: Iterable[str], place: Space, tree: Tree) -> list[Edit]:
    """The edits that list `names` in `.env.example`, unless they are there, and keep `.env` out of git and images."""
    data, _ = decode(tree.read(place.path(DECLARATION)) or b"")
    declared = {entry.name for entry in dotenv.parse(dotenv.document_of(data)).entries}
    lines = [f"{name}=" for name in names if name not in declared]
    return append(tree, place.path(DECLARATION), lines) + ignore_edits(place, tree)


def ignore_edits(place: Space, tree: Tree) -> list[Edit]:
    """The edits that keep `.env` out of git, and out of images where there is a Dockerfile or compose file."""
    edits = []
    if not tree.ignored(place.path(STORE)):
        edits += append(tree, place.path(".gitignore"), [_IGNORE_LINE])
    elif tree.ignored(place.path(DECLARATION)):
        edits += append(tree, place.path(".gitignore"), [_KEEP_LINE])
    if builds_images(place, tree):
        lines = (tree.read(place.path(".dockerignore")) or b"").decode("utf-8", "replace").split()
        known = {line.strip("/").removeprefix("**/") for line in lines}
        missing = [name for name, patterns in _OUT_OF_IMAGES.items() if known.isdisjoint(patterns)]
        edits += append(tree, place.path(".dockerignore"), missing)
    return edits


def builds_images(place: Space, tree: Tree) -> bool:
    """Whether a Space has a Dockerfile or a compose file."""
    return any(
        name.lower().startswith(("dockerfile", "containerfile", "docker-compose", "compose.y"))
        for name in tree.list(place.root)
    )


def append(tree: Tree, path: str, lines: list[str]) -> list[Edit]:
    """The edit that adds `lines` at the end of the file at `path`, created if need be, in its own line ends."""
    if not lines:
        return []
    data, _ = decode(tree.read(path) or b"")
    end = "\r\n" if b"\r\n" in data else "\n"
    start = end if data and not data.endswith((b"\n", b"\r")) else ""
    return [Edit(path, Span(len(data), len(data)), start + "".join(line + end for line in lines))]
