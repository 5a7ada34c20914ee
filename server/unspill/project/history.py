r"""Everything reachable from a repository's references: each blob once, and the commits that contain it.

Trees are parsed here, since libgit2 creates a Python object for every entry: `mode name\0id`, as in git's fsck.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from unspill.project.repository import RepositoryError, as_path, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    import pygit2

    from unspill.project.repository import Repository

T = TypeVar("T")
_Seen: TypeAlias = "bytes | tuple[bytes, bytes]"
"""Objects that need not be read again: the id of a blob or a tree, or that of a tree with the only such path."""
# An invalid entry ends the list: searching for one after every byte of it could take forever.
_ENTRY = re.compile(rb"([0-7]+) ([^\0]+)\0(.{20})|.+", re.DOTALL)
_FOLDER = b"40000"
_SUBMODULE = b"160000"
_DEEPEST = 1000
"""Maximum depth of nested folders; git itself refuses more than 2048 (core.maxTreeDepth)."""


class Version(NamedTuple):
    """A commit: its id and its tree's, as bytes. Or a tag of a tree, or of a blob, which then has a `name`."""

    id: bytes
    tree: bytes
    name: str = ""


class _TreeAt(NamedTuple):
    """A tree at a place: its id, its path with a trailing slash, its parent tree, and its depth."""

    id: bytes
    folder: bytes
    above: _TreeAt | None = None
    depth: int = 0


class History:
    """The commits of a repository, newest first. Not thread-safe."""

    def __init__(self, repository: Repository, since: tuple[str, str] | None = None) -> None:
        """All that is reachable from HEAD and the references; with `since`, from its second commit and not its first.

        Raises RepositoryError.
        """
        from pygit2 import GitError, Oid

        self._git = repository.git
        self._oid, self._error = Oid, GitError
        self._content = repository.content
        self.incomplete: dict[str, str] = {}
        """The reason for everything that could not be read, by path."""
        if self._git.is_shallow:
            self.incomplete["."] = "shallow clone: older commits are missing"
        try:
            tips, hidden = ([since[1]], [since[0]]) if since else (self._references(), [])
            self.commits, self._boundary = self._walk(tips, hidden)
            head = None if self._git.head_is_unborn else str(self._git.head.target)
        except (GitError, KeyError, ValueError) as error:
            raise RepositoryError(f"commits cannot be listed: {reason(error)}") from None
        self.head = next((number for number, commit in enumerate(self.commits) if commit.id.hex() == head), None)
        """The index of the commit at HEAD, if it is among them."""

    def blobs(self, file_at: Callable[[str], T | None]) -> Iterator[tuple[bytes, T, int]]:
        """Every blob once: its id, its file, and the newest commit that contains it, as an index of `commits`.

        `file_at` returns the file at a path, or None if it is not wanted; then its blobs count at other paths only.
        The blobs of HEAD come first, with their paths there.
        """
        seen: set[_Seen] = set()
        for tree in self._boundary:
            seen.update(id_ for id_, _ in self._new(tree, seen, bytes))
        file = cache(lambda path: file_at(as_path(path)))
        order = list(range(len(self.commits)))
        if self.head is not None:
            order.insert(0, order.pop(self.head))
        for number in order:
            commit = self.commits[number]
            if not commit.name:
                for id_, held in self._new(commit.tree, seen, file):
                    yield id_, held, number
            elif commit.tree not in seen and (tagged := file_at(commit.name)) is not None:
                seen.add(commit.tree)
                yield commit.tree, tagged, number

    def oldest(self, versions: Mapping[T, tuple[str, Collection[bytes]]]) -> dict[T, int]:
        """The oldest commit that contains one of a file's versions, as an index of `commits`, by the key of the query.

        The value of the query is the file's path and the blobs' ids.
        """
        sought: dict[bytes, list[T]] = {}
        for key, (_, ids) in versions.items():
            for id_ in ids:
                sought.setdefault(id_, []).append(key)
        # Folders that are no longer needed are not read.
        folders = Counter(parent for path, _ in versions.values() for parent in _parents(path))
        seen: set[_Seen] = set()
        found: dict[T, int] = {}
        for number in reversed(range(len(self.commits))):
            commit = self.commits[number]
            below = self._new(commit.tree, seen, bytes, folders)
            for id_ in [commit.tree] if commit.name else [id_ for id_, _ in below]:
                for key in sought.get(id_, ()):
                    if key not in found:
                        found[key] = number
                        folders -= Counter(_parents(versions[key][0]))
            if len(found) == len(versions):
                break
        return found

    def author_date(self, number: int) -> str:
        """When a commit was written, in the time zone of its author (ISO 8601); empty if unknown."""
        from datetime import datetime, timedelta, timezone

        made = self._git[self._oid(raw=self.commits[number].id)]
        signature: pygit2.Signature | None = getattr(made, "author", None) or getattr(made, "tagger", None)
        if signature is None:
            return ""
        try:
            zone = timezone(timedelta(minutes=signature.offset))
            return datetime.fromtimestamp(signature.time, zone).isoformat()
        except (ValueError, OverflowError, OSError):
            return ""

    def _references(self) -> list[str]:
        ids = [] if self._git.head_is_unborn else [str(self._git.head.target)]
        for reference in self._git.references.iterator():
            try:
                ids.append(str(reference.resolve().target))
            except KeyError:  # points to a missing reference, as a remote's HEAD may
                continue
        return list(dict.fromkeys(ids))

    def _walk(self, tips: Iterable[str], hidden: Iterable[str]) -> tuple[list[Version], list[bytes]]:
        """The commits reachable from `tips` but not from `hidden`, and the trees at the boundary."""
        import pygit2
        from pygit2.enums import ObjectType, SortMode

        walker = self._git.walk(None, SortMode.TOPOLOGICAL | SortMode.TIME)
        tags = []
        for tip in tips:
            target: pygit2.Object = self._git[tip]
            name = ""
            while isinstance(target, pygit2.Tag):
                name, target = target.name or "", target.get_object()
            if target.type == ObjectType.COMMIT:
                walker.push(target.id)
            else:
                blob = as_path(name.encode()) if target.type == ObjectType.BLOB else ""
                tags.append(Version(self._git[tip].id.raw, target.id.raw, blob))
        for commit in hidden:
            walker.hide(commit)
        if not hidden:
            return [Version(commit.id.raw, commit.tree_id.raw) for commit in walker] + tags, []
        made = list(walker)
        edge = {str(parent) for commit in made for parent in commit.parent_ids} - {str(commit.id) for commit in made}
        trees = [self._git[commit].peel(pygit2.Tree).id.raw for commit in {*hidden, *edge} if commit in self._git]
        return [Version(commit.id.raw, commit.tree_id.raw) for commit in made] + tags, trees

    def _new(
        self,
        tree: bytes,
        seen: set[_Seen],
        file_at: Callable[[bytes], T | None],
        folders: Collection[bytes] | None = None,
    ) -> Iterator[tuple[bytes, T]]:
        """The wanted blobs of a tree that are not in `seen` yet, with their files; what is read is added to `seen`.

        A tree with anything unwanted is added for its place only: elsewhere the rest may be wanted. With `folders`, no
        others are read.
        """
        # Depth first, and without recursion: a repository may nest its folders to any depth.
        waiting = [_TreeAt(tree, b"")]
        while waiting:
            here = waiting.pop()
            id_, folder, _, depth = here
            if id_ in seen or (id_, folder) in seen:
                continue
            seen.add(id_)
            below = []
            for mode, name, entry in self._entries(id_, folder):
                if entry in seen or mode == _SUBMODULE:
                    continue
                path = folder + name
                if mode == _FOLDER:
                    if folders is None or path in folders:
                        below.append(_TreeAt(entry, path + b"/", here, depth + 1))
                elif (file := file_at(path)) is None:
                    above: _TreeAt | None = here
                    while above is not None:
                        seen.discard(above.id)
                        seen.add((above.id, above.folder))
                        above = above.above
                else:
                    seen.add(entry)
                    yield entry, file
            if below and depth >= _DEEPEST:
                self.incomplete[as_path(folder.partition(b"/")[0])] = "folders nested too deeply"
            else:
                waiting += reversed(below)

    def _entries(self, tree: bytes, folder: bytes) -> list[tuple[bytes, bytes, bytes]]:
        """Mode, name and id of everything in a tree."""
        try:
            return [entry for entry in _ENTRY.findall(self._content(self._oid(tree))) if entry[0]]
        except (KeyError, ValueError, self._error):
            self.incomplete[as_path(folder[:-1]) or "."] = "folder in the history, missing from this clone"
            return []


def _parents(path: str) -> Iterator[bytes]:
    """The folders above a path, outermost first."""
    raw = os.fsencode(path)
    return (raw[: slash.start()] for slash in re.finditer(b"/", raw))
