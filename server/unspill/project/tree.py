"""A folder on disk as a `Tree`: its files, its ignore rules, and the files that git tracks in it."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, NamedTuple

from unspill.project import read

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

    from unspill.project.ignore import Rules
    from unspill.project.index import GitIndex

_MARKS = frozenset(["pyproject.toml", "unspill.toml", "dockerfile", "containerfile"])
_KERNELS = frozenset(["/dev", "/proc", "/sys"])


class WorkTree(NamedTuple):
    """A git work tree. `folder` is POSIX and relative to the tree around it; `git` is its git folder on disk."""

    folder: str
    git: str


class DiskTree:
    """The files below `root` (an absolute path), which may be within a git work tree, or contain several."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._inside = os.path.join(root, "")
        self._work_trees: dict[str, WorkTree | None] = {}
        self._indexes: dict[str, GitIndex] = {}
        self._chains: dict[str, tuple[Rules, ...]] = {}
        self.problems: dict[str, list[str]] = {}
        """The errors in the ignore files that were read: lines and reasons by path."""

    def __repr__(self) -> str:
        return f"DiskTree({self.root!r})"

    def disk(self, path: str) -> str:
        """The absolute path of the file at `path`."""
        return self._inside + path.replace("/", os.sep) if path else self.root

    def read(self, path: str) -> bytes | None:
        """The bytes of the regular file at `path`; None if it does not exist, or is huge. Links are not followed."""
        return read.regular(self.disk(path))

    def list(self, path: str) -> list[str]:
        """The names in the folder at `path`, sorted; folders end in "/"; [] if it is not a folder."""
        try:
            with os.scandir(self.disk(path)) as entries:
                return sorted(
                    f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name for entry in entries
                )
        except (OSError, ValueError):
            return []

    def tracked(self, path: str) -> bool:
        """Whether git tracks the file at `path`; False outside a work tree."""
        found = self.work_tree(posixpath.dirname(path))
        return found is not None and _within(found.folder, path) in self._index(found.git)

    def tracked_below(self, path: str) -> bool:
        """Whether git tracks any file in the folder at `path`."""
        found = self.work_tree(posixpath.dirname(path))
        return found is not None and self._index(found.git).below(_within(found.folder, path))

    def ignored(self, path: str) -> bool:
        """Whether an ignore file above `path`, or git's own exclude file, ignores it."""
        from unspill.project import ignore

        found = self.work_tree(posixpath.dirname(path))
        top = found.folder if found else ""
        names = _within(top, path).split("/")
        for depth in range(1, len(names)):
            parent = posixpath.join(top, *names[:depth])
            if ignore.matches(self.chain(posixpath.dirname(parent)), parent, folder=True):
                return True
        chain = self.chain(posixpath.dirname(path))
        return bool(chain) and ignore.matches(chain, path)

    def chain(self, folder: str) -> tuple[Rules, ...]:
        """The ignore rules for direct children of `folder`, outermost first."""
        found = self.work_tree(folder)
        top = found.folder if found else ""
        for below in unknown(self._chains, folder, top):
            if below == top:
                outer = self._own_excludes(found) if found else ()
            else:
                outer = self._chains[posixpath.dirname(below)]
            self._chains[below] = self.extended(outer, below)
        return self._chains[folder]

    def extended(self, chain: tuple[Rules, ...], folder: str) -> tuple[Rules, ...]:
        """The chain with the rules of the ignore file in `folder`, if any."""
        path = posixpath.join(folder, ".gitignore")
        data = self.read(path)
        return (*chain, self._rules(path, data, folder)) if data else chain

    def _rules(self, path: str, data: bytes, folder: str) -> Rules:
        from unspill.project import ignore

        rules = ignore.parse(data, folder)
        self.problems[path] = [f"line {line}: {reason}" for line, reason in rules.patterns.problems]
        return rules

    def work_tree(self, folder: str) -> WorkTree | None:
        """The innermost git work tree around `folder`."""
        for below in unknown(self._work_trees, folder):
            outer = self._work_trees[posixpath.dirname(below)] if below else None
            self._work_trees[below] = self._work_tree_at(below) or outer
        return self._work_trees[folder]

    def _work_tree_at(self, folder: str) -> WorkTree | None:
        if not os.path.lexists(os.path.join(self.disk(folder), ".git")):
            return None
        from unspill.project import index

        git = index.git_folder(self.disk(folder))
        return WorkTree(folder, git) if git else None

    def _own_excludes(self, work_tree: WorkTree) -> tuple[Rules, ...]:
        from unspill.project import index

        data = read.regular(os.path.join(index.common_folder(work_tree.git), "info", "exclude"))
        if not data or all(line.startswith(b"#") or not line.strip() for line in data.splitlines()):
            return ()
        return (self._rules(posixpath.join(work_tree.folder, ".git/info/exclude"), data, work_tree.folder),)

    def _index(self, git: str) -> GitIndex:
        if git not in self._indexes:
            from unspill.project import index

            self._indexes[git] = index.load(git)
        return self._indexes[git]


class GitTree(DiskTree):
    """A work tree whose files of interest come from git instead of the disk."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.held: dict[str, bool] = {}
        """The files that come from git: POSIX path, and whether git still tracks it."""
        self._linked: dict[str, bool] = {}

    def read(self, path: str) -> bytes | None:
        """As on disk; but a former folder may be a link now, and is not followed."""
        return None if self._behind_link(posixpath.dirname(path)) else super().read(path)

    def list(self, path: str) -> list[str]:
        """As on disk, links not followed."""
        return [] if self._behind_link(path) else super().list(path)

    def tracked(self, path: str) -> bool:
        """Whether git tracks the file at `path`."""
        held = self.held.get(path)
        return super().tracked(path) if held is None else held

    def ignored(self, path: str) -> bool:
        """Whether `path` is ignored: never if git has it."""
        return path not in self.held and super().ignored(path)

    def _behind_link(self, folder: str) -> bool:
        if folder not in self._linked:
            names = folder.split("/") if folder else []
            parents = ("/".join(names[: depth + 1]) for depth in range(len(names)))
            self._linked[folder] = any(os.path.islink(self.disk(parent)) for parent in parents)
        return self._linked[folder]


class CommittedTree(DiskTree):
    """A work tree as a commit has it, or will have it: whatever is on the disk."""

    def __init__(self, root: str, paths: Iterable[str], load: Callable[[str], bytes | None]) -> None:
        """The files at `paths`, whose bytes `load` returns."""
        super().__init__(root)
        self._load = load
        self._paths = frozenset(paths)
        self._folders: dict[str, set[str]] = {}
        for path in self._paths:
            folder, name = posixpath.split(path)
            known = folder in self._folders
            self._folders.setdefault(folder, set()).add(name)
            while folder and not known:
                folder, name = posixpath.split(folder)
                known = folder in self._folders
                self._folders.setdefault(folder, set()).add(f"{name}/")

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at `path`; None if the commit has none there."""
        return self._load(path) if path in self._paths else None

    def list(self, path: str) -> list[str]:
        """The names in the folder at `path`, as on the disk."""
        return sorted(self._folders.get(path, ()))

    def tracked(self, path: str) -> bool:
        """Whether the commit has the file at `path`."""
        return path in self._paths

    def ignored(self, path: str) -> bool:  # noqa: ARG002
        """Never: what git has it does not ignore."""
        return False


class Overlay(DiskTree):
    """A tree with changes that are not written yet. Each folder on disk is listed once."""

    def __init__(self, root: str, changes: Mapping[str, bytes] = {}) -> None:
        """`changes` are the initial ones: path to bytes."""
        super().__init__(root)
        self.changes = dict(changes)
        self._made: dict[str, set[str]] | None = None
        """The names of the changed files, by folder."""
        self._on_disk: dict[str, list[str]] = {}

    def change(self, path: str, data: bytes) -> None:
        """Set the bytes of the file at `path`."""
        self.changes[path] = data
        self._made = None
        if posixpath.basename(path) == ".gitignore":
            self._chains.clear()

    def base(self, path: str) -> bytes | None:
        """The bytes of the file at `path` without the changes."""
        return super().read(path)

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at `path` as changed, else without the changes."""
        return self.changes[path] if path in self.changes else self.base(path)

    def list(self, path: str) -> list[str]:
        """The names in the folder at `path`, including files that the changes create."""
        if self._made is None:
            self._made = {}
            for name in self.changes:
                self._made.setdefault(posixpath.dirname(name), set()).add(posixpath.basename(name))
        if path not in self._on_disk:
            self._on_disk[path] = super().list(path)
        listed = self._on_disk[path]
        made = self._made.get(path)
        return sorted(made.union(listed)) if made else listed


class Pinned(Overlay):
    """An overlay that reads each file once: results computed on it are bound to what was read."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self._pinned: dict[str, bytes | None] = {}

    def pin(self, path: str, data: bytes) -> None:
        """Set the bytes of the file at `path` as on disk."""
        self._pinned[path] = data

    def base(self, path: str) -> bytes | None:
        """The bytes of the file at `path` without the changes, as they were when first read."""
        if path not in self._pinned:
            self._pinned[path] = super().base(path)
        return self._pinned[path]


def root_of(path: str, working: str) -> str:
    """The root of the tree of a named file or folder. Both arguments are absolute, `working` is a folder.

    The innermost git work tree; else, up to the working folder, the nearest folder that marks a project or a Space;
    else the folder itself.
    """
    start = path if os.path.isdir(path) else os.path.dirname(path)
    for folder in upward(start):
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
    inside = os.path.join(working, "")
    for folder in upward(start):
        if not os.path.join(folder, "").startswith(inside):
            break
        if _marks_root(folder):
            return folder
    return start


def unknown(known: Container[str], folder: str, top: str = "") -> list[str]:
    """The folders of a tree from the outermost that is not in `known`, or from `top`, down to `folder`.

    No recursion: folders may be nested as deep as the file system allows, and those of a history deeper.
    """
    found = []
    while folder not in known:
        found.append(folder)
        if folder == top:
            break
        folder = posixpath.dirname(folder)
    return found[::-1]


def upward(folder: str) -> Iterator[str]:
    """An absolute folder and those around it, innermost first; the last is the root, of a drive or a share on Windows.

    Use this for every walk to the root, which is its own parent.
    """
    yield folder
    while (parent := os.path.dirname(folder)) != folder:
        folder = parent
        yield folder


def is_kernels(folder: str) -> bool:
    """Whether an absolute folder is a virtual file system of the kernel: `/proc` and the like."""
    return folder in _KERNELS


def _marks_root(folder: str) -> bool:
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    if any(name.lower() in _MARKS for name in names):
        return True
    readmes = [name for name in names if name.lower() == "readme.md"]
    if not readmes:
        return False
    from unspill import space

    return any("sdk" in space.front_matter(read.regular(os.path.join(folder, name)) or b"") for name in readmes)


def _within(folder: str, path: str) -> str:
    return path[len(folder) + 1 :] if folder else path
