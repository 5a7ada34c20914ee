"""The names of the secrets in the files that a command line names, app by app."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, NamedTuple

from unspill import space
from unspill.contract import permissions, template
from unspill.document import line_end
from unspill.errors import UserError
from unspill.project import write
from unspill.project.paths import relative
from unspill.project.tree import DiskTree
from unspill.project.walk import Walk
from unspill.space import Space
from unspill.workspace import Workspace

if TYPE_CHECKING:
    from unspill.app import Request
    from unspill.contract.names import AppName
    from unspill.contract.permissions import TokenNeeds
    from unspill.model import Skipped
    from unspill.workspace import WorkspaceText


class AppListing(NamedTuple):
    """The names of one app, and the folder that they are declared in."""

    folder: str
    """POSIX and relative to the working folder. Sources are paths as in reports."""
    names: list[AppName]
    tree: DiskTree
    homes: tuple[Space, ...]
    """Its folders, the outermost first."""
    texts: tuple[WorkspaceText, ...]

    @property
    def home(self) -> Space:
        """The outermost folder."""
        return self.homes[0]

    def token_needs(self) -> TokenNeeds | None:
        """What its token for the Hub is needed for; None if that is not certain."""
        return permissions.needs(self.tree, self.home, self.names)

    def names_with(self, text: WorkspaceText) -> list[AppName]:
        """Its names if it had one more text."""
        return Workspace().names(self.tree, self.homes, [*self.texts, text])


class Declared(NamedTuple):
    """A template that names were added to."""

    path: str
    """POSIX and relative to the working folder."""
    names: tuple[str, ...]


class Listing(NamedTuple):
    """What a walk has found."""

    apps: list[AppListing]
    """Sorted by folder."""
    incomplete: tuple[Skipped, ...]
    """Files that could not be scanned."""


def listing(request: Request) -> Listing:
    """The names in the files of a request. Raises UserError."""
    workspace = Workspace()
    found = workspace.walked(Walk(request.load, request.working, tree=DiskTree), request.paths)
    apps = []
    for tree, homes in _apps(list(found.texts)):
        texts: list[WorkspaceText] = [text for home in homes for text in found.texts[tree, home]]
        top = homes[0]
        if not top.sdk:
            top = Space(posixpath.commonpath([home.root for home in homes]) if all(one.root for one in homes) else "")
        folder = relative(tree.disk(top.root), os.path.realpath(request.working))
        around = (top, *(home for home in homes if home.root != top.root))
        apps.append(AppListing(folder, workspace.names(tree, around, texts), tree, around, tuple(texts)))
    apps.sort(key=lambda one: one.folder)
    return Listing(apps, tuple(one for one in found.skipped if one.incomplete))


def declare(found: Listing) -> list[Declared]:
    """Add the names that no template of their app lists to its template, each with a comment; what is there stays.

    Raises UserError if a template is not UTF-8: then nothing is changed; or if one cannot be written.
    """
    changes = []
    for app in found.apps:
        there = space.declared(app.tree, app.home)  # also if it is not among the files
        entries = sorted(app.names, key=lambda entry: entry.name)
        wanted = [entry for entry in entries if entry.is_wanted and entry.name not in there]
        if not wanted:
            continue
        path = space.template(app.tree, app.home)
        before = app.tree.read(path)
        shown = posixpath.normpath(posixpath.join(app.folder, posixpath.basename(path)))
        change = write.FileChange(path, before, _extended(before or b"", wanted, shown))
        changes.append((app.tree.root, change, Declared(shown, tuple(entry.name for entry in wanted))))
    for root, change, _ in changes:
        write.apply(root, (), [change])
    return [done for _, _, done in changes]


def _extended(before: bytes, wanted: list[AppName], shown: str) -> bytes:
    """A template with names added at its end, in its own line endings."""
    try:
        before.decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{shown}: is not UTF-8; convert it first") from None
    end = line_end(before)
    gap = "" if not before else end if before.endswith((b"\n", b"\r")) else end * 2
    return before + (gap + "".join(line + end for line in template.lines(wanted))).encode()


def _apps(homes: list[tuple[DiskTree, Space]]) -> list[tuple[DiskTree, list[Space]]]:
    """The apps by their homes: each Space is one; in a tree, all other folders are parts of one."""
    found: dict[tuple[DiskTree, str], list[Space]] = {}
    for tree, home in sorted(homes, key=lambda one: one[1].root):
        found.setdefault((tree, f"/{home.root}" if home.sdk else ""), []).append(home)
    return [(tree, parts) for (tree, _), parts in found.items()]
