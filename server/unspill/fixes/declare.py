"""The declaring side of a fix: `.env.example` lists the name, `.env` keeps the value, ignore files keep it at home."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import space
from unspill.document import decode
from unspill.model import Edit, Fix, Plan, Safety, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Stored, Tree
    from unspill.space import Space

DECLARATION = ".env.example"
STORE = ".env"
FILES = (STORE, DECLARATION, ".gitignore", ".dockerignore")
"""What a fix writes beside the code, all in the folder of the Space."""

_BARE = re.compile(r"[A-Za-z0-9_./+=:@%-]+\Z")
_LINE_NAME = re.compile(rb"^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*(?:=|$)", re.MULTILINE)
_IGNORE_LINE = ".env"
_KEEP_LINE = "!.env.example"


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
        reason = _unstorable(fix, place, project.tree)
        if reason is None:
            kept.append(_completed(fix, place, project.tree))
        elif reason.startswith("git tracks"):
            kept.append(
                _completed(fix, place, project.tree)._replace(safety=Safety.UNSAFE, preferred=False, reason=reason)
            )
            withheld = withheld or reason
        else:
            withheld = withheld or reason
    return Plan(tuple(kept), withheld)


def env_line(stored: Stored) -> str:
    """The line that keeps a value in `.env`, without its line end.

    Raises ValueError, with a reason that does not hold the value, if python-dotenv would read it back changed.
    """
    value = stored.secret.reveal()
    if _BARE.match(value):
        return f"{stored.name}={value}"
    if "${" in value:
        raise ValueError("the value holds `${`, which dotenv files expand; move it by hand")
    if "'" in value and ("\n" in value or "\r" in value):
        raise ValueError("the value holds a quote and a line break, which dotenv files cannot keep; move it by hand")
    if "\r" in value:
        raise ValueError("the value holds a carriage return, which dotenv files cannot keep; move it by hand")
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"{stored.name}='{quoted}'"


def env_edit(current: bytes | None, stores: Iterable[Stored]) -> bytes:
    """The new bytes of a `.env` that is `current` (None if there is none), with every stored value under its name.

    A name that has the value already is left alone, one without a value gets it; everything else stays as it is.
    """
    data, encoding = decode(current or b"")
    end = b"\r\n" if b"\r\n" in data else b"\n"
    for stored in stores:
        line = env_line(stored).encode()
        if line in data.splitlines():
            continue
        empty = re.compile(
            rb"^(?:export[ \t]+)?%b[ \t]*=[ \t]*(?:''|\"\")?[ \t]*(?=\r?$)" % stored.name.encode(), re.MULTILINE
        )
        if match := empty.search(data):
            data = data[: match.start()] + line + data[match.end() :]
            continue
        if data and not data.endswith((b"\n", b"\r")):
            data += end
        data += line + end
    return encoding.encode(data)


def _unstorable(fix: Fix, place: Space, tree: Tree) -> str | None:
    """Why the values of `fix` cannot be kept in `.env`; None if they can."""
    for stored in fix.stores:
        try:
            env_line(stored)
        except ValueError as error:
            return str(error)
    if fix.stores and tree.tracked(place.path(STORE)):
        env = place.path(STORE)
        return f"git tracks {env}: run `git rm --cached {env}` first, so that the value stays out of it"
    return None


def _completed(fix: Fix, place: Space, tree: Tree) -> Fix:
    if not (fix.stores or fix.declares):
        return fix
    return fix._replace(edits=(*fix.edits, *declaring_edits(fix.declares, place, tree)))


def declaring_edits(names: Iterable[str], place: Space, tree: Tree) -> list[Edit]:
    """The edits that list `names` in `.env.example`, unless they are there, and keep `.env` out of git and images."""
    data, _ = decode(tree.read(place.path(DECLARATION)) or b"")
    declared = {name.decode() for name in _LINE_NAME.findall(data)}
    lines = [f"{name}=" for name in names if name not in declared]
    return append(tree, place.path(DECLARATION), lines) + ignore_edits(place, tree)


def ignore_edits(place: Space, tree: Tree) -> list[Edit]:
    """The edits that keep `.env` out of git, and out of images where there is a Dockerfile or compose file."""
    edits = []
    if not tree.ignored(place.path(STORE)):
        edits += append(tree, place.path(".gitignore"), [_IGNORE_LINE])
    elif tree.ignored(place.path(DECLARATION)):
        edits += append(tree, place.path(".gitignore"), [_KEEP_LINE])
    builds = any(
        name.lower().startswith(("dockerfile", "containerfile", "docker-compose", "compose.y"))
        for name in tree.list(place.root)
    )
    if builds:
        lines = (tree.read(place.path(".dockerignore")) or b"").decode("utf-8", "replace").split()
        if not any(line.strip("/") in (".env", ".env*", "**/.env", "**/.env*", "*", "**") for line in lines):
            edits += append(tree, place.path(".dockerignore"), [_IGNORE_LINE])
    return edits


def append(tree: Tree, path: str, lines: list[str]) -> list[Edit]:
    """The edit that adds `lines` at the end of the file at `path`, created if need be, in its own line ends."""
    if not lines:
        return []
    data, _ = decode(tree.read(path) or b"")
    end = "\r\n" if b"\r\n" in data else "\n"
    start = end if data and not data.endswith((b"\n", b"\r")) else ""
    return [Edit(path, Span(len(data), len(data)), start + "".join(line + end for line in lines))]
