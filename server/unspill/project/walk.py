"""The files of a folder to scan.

Always skipped are git's own folder, installed packages, tool caches and, in a scan of the whole machine, virtual file
systems; nothing else is skipped by its path.
Links are not followed, and neither special files nor links are opened.
"""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages
from unspill.errors import MissingPathError
from unspill.model import Skipped
from unspill.project import staging
from unspill.project import tree as trees
from unspill.space import apps
from unspill.space.files import SKIPPED_FOLDERS, is_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from unspill.project.ignore import Excludes, Rules
    from unspill.project.tree import DiskTree
    from unspill.settings import Settings

_OUTSIDE = "symbolic link out of the folder; name its target to fix it"
_JUNCTION = 0xA0000003
"""IO_REPARSE_TAG_MOUNT_POINT."""
_CONFIG_FILES = frozenset(["unspill.toml", "pyproject.toml"])


class File(NamedTuple):
    """A file to scan."""

    tree: DiskTree
    path: str
    """POSIX, relative to the tree."""
    shown: str
    """As displayed: POSIX, relative to the working folder, else to the scanned folder."""
    size: int
    """Size in bytes when the folder was listed."""
    settings: Settings
    ignored: bool = False
    """Whether it is ignored; of ignored files only dotenv files are listed."""
    times: tuple[int, int] = (0, 0)
    """When its content, and anything else of it, last changed (mtime and ctime, in nanoseconds)."""
    inode: int = 0

    @property
    def disk(self) -> str:
        """Where the file is on disk."""
        return self.tree.disk(self.path)

    @property
    def state(self) -> tuple[int, ...]:
        """What differs after the file has changed, without its content."""
        return (self.size, *self.times, self.inode)


class _Ancestor(NamedTuple):
    """A folder above a file in git."""

    shown: str
    settings: Settings
    out: Skipped | None = None
    """Why nothing below it is scanned: excluded."""
    hidden: bool = False
    """Whether the walk would skip it silently."""


class _Pending(NamedTuple):
    """A folder to list."""

    path: str
    """As in File."""
    shown: str
    settings: Settings
    chain: tuple[Rules, ...]
    ignored: bool = False
    """Whether it is ignored, so that only tracked files in it are scanned."""


class Walk:
    """The walk over the paths named on a command line."""

    def __init__(
        self,
        load: Callable[[DiskTree, str], Settings],
        working: str,
        *,
        gitignore: bool = True,
        tree: type[DiskTree],
        for_fix: bool = False,
    ) -> None:
        """`load` returns the settings of a folder of a tree, `working` is the working folder (absolute).

        With `for_fix`, files will be written: leftovers of an interrupted fix are removed, and a named link is not
        followed out of its folder.
        """
        self._load = load
        self._working = working
        self._gitignore = gitignore
        self._tree = tree
        self._for_fix = for_fix
        self._trees: dict[str, DiskTree] = {}
        self._excludes: Excludes | None = None
        self._folders: dict[str, dict[str, _Ancestor]] = {}
        """The folders above files in git, by root and path."""
        self.excluded_by: set[str] = set()
        """The project's configuration files that have excluded something."""
        self.marks: dict[tuple[str, str], list[str]] = {}
        """The files that may decide that there is an app, skipped ones too, of each listed folder; by root and path."""

    def files(self, paths: Iterable[str]) -> Iterator[File | Skipped]:
        """Every file to scan, and every one skipped for a reportable reason, once each; sorted within each path.

        Raises MissingPathError for a path that does not exist.
        """
        starts = [os.path.abspath(path) for path in paths]
        for start in starts:
            if not os.path.lexists(start):
                raise MissingPathError(f"{start}: no such file or folder")
        seen: set[str] = set()
        for start in starts:
            if self._for_fix and os.path.islink(start) and not self._leads_inside(start):
                yield Skipped(self._shown(start, os.path.dirname(start)), _OUTSIDE, incomplete=True)
                continue
            # A named path may contain links; links below it are not followed.
            place = os.path.realpath(start if os.path.isdir(start) else os.path.dirname(start))
            if not os.path.isdir(start):
                place = os.path.join(place, os.path.basename(start))
            for item in self._start(place, start):
                key = item.disk if isinstance(item, File) else os.path.join(self._working, item.path)
                if len(starts) == 1 or key not in seen:
                    seen.add(key)
                    yield item
        yield from dict.fromkeys(self._bad_patterns())

    def _bad_patterns(self) -> Iterator[Skipped]:
        for tree in self._trees.values():
            for path, problems in tree.problems.items():
                shown = self._shown(tree.disk(path), tree.root)
                yield from (Skipped(shown, f"pattern ignores nothing ({problem})") for problem in problems)

    def _leads_inside(self, link: str) -> bool:
        """Whether the target of a link is in the link's own tree."""
        root = trees.root_of(os.path.realpath(os.path.dirname(link)), os.path.realpath(self._working))
        return os.path.realpath(link).startswith(os.path.join(root, ""))

    def tree_of(self, place: str) -> DiskTree:
        """The tree that an absolute path belongs to."""
        root = trees.root_of(place, os.path.realpath(self._working))
        if root not in self._trees:
            self._trees[root] = self._tree(root)
        return self._trees[root]

    def held(self, tree: DiskTree, path: str) -> File | Skipped | None:
        """The file in git at `path`, on disk or not, as the walk would list it; None if it would not.

        An excluded folder is skipped as a whole.
        """
        folder = self._folder_of(tree, posixpath.dirname(path))
        if folder.hidden or folder.out is not None:
            return folder.out
        shown = posixpath.join(folder.shown, posixpath.basename(path))
        if folder.settings.exclude and (source := self._excluded(folder.settings, path, shown)):
            return Skipped(shown, f"excluded by {source}")
        return File(tree, path, shown, 0, folder.settings)

    def _folder_of(self, tree: DiskTree, path: str) -> _Ancestor:
        folders = self._folders.setdefault(tree.root, {})
        for folder in trees.unknown(folders, path):
            folders[folder] = self._placed(tree, folder, folders)
        return folders[path]

    def _placed(self, tree: DiskTree, path: str, folders: Mapping[str, _Ancestor]) -> _Ancestor:
        """A folder whose parent is in `folders`."""
        disk = tree.disk(path)
        if not path:
            return _Ancestor(self._shown(disk, tree.root), self._load(tree, path))
        above = folders[posixpath.dirname(path)]
        if above.hidden or above.out is not None:
            return above
        shown = self._shown(disk, tree.root)
        if posixpath.basename(path) in SKIPPED_FOLDERS:
            return above._replace(hidden=True)
        if above.settings.exclude and (source := self._excluded(above.settings, path, shown, folder=True)):
            return above._replace(out=Skipped(f"{shown}/", f"excluded by {source}"))
        settings = above.settings
        if any(os.path.lexists(os.path.join(disk, name)) for name in _CONFIG_FILES):
            settings = self._load(tree, path)
        return _Ancestor(shown, settings)

    def _start(self, place: str, start: str) -> Iterator[File | Skipped]:
        tree = self.tree_of(place)
        path = _posix(os.path.relpath(place, tree.root))
        is_folder = os.path.isdir(place)
        folder = path if is_folder else posixpath.dirname(path)
        settings = self._load(tree, folder)
        if not is_folder:
            ignored = self._gitignore and _is_dotenv(path) and tree.ignored(path) and not tree.tracked(path)
            shown = self._shown(start, start)
            try:
                yield _file(tree, path, shown, settings, os.lstat(tree.disk(path)), ignored=ignored)
            except OSError as error:
                yield _unreadable(shown, error)
            return
        chain: tuple[Rules, ...] = ()
        # A named folder is scanned even if it is ignored, as is everything in it that the same rules ignore.
        if self._gitignore and path and not tree.ignored(path):
            chain = tree.chain(posixpath.dirname(path))
        elif self._gitignore and not path:
            chain = tree.chain("")
        waiting = [self._listed(tree, _Pending(path, self._shown(start, start), settings, chain))]
        while waiting:  # no recursion: folders may be nested as deep as the file system allows
            for item in waiting[-1]:
                if isinstance(item, _Pending):
                    waiting.append(self._listed(tree, item))
                    break
                yield item
            else:
                waiting.pop()

    def _listed(self, tree: DiskTree, folder: _Pending) -> Iterator[File | Skipped | _Pending]:
        """The direct children of a folder."""
        try:
            with os.scandir(tree.disk(folder.path)) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield Skipped(folder.shown or ".", f"cannot be listed: {error.strerror}", incomplete=True)
            return
        names = {entry.name for entry in entries}
        if is_environment(names):
            return
        folder = self._with_own_files(tree, folder, names)
        files = (entry.name for entry in entries if apps.marks(entry.name) and not entry.is_dir(follow_symlinks=False))
        self.marks[tree.root, folder.path] = [*files]
        for entry in entries:
            if _is_link(entry):
                yield Skipped(posixpath.join(folder.shown, entry.name), "symbolic link")
            elif entry.is_dir():
                yield from self._folder_in(tree, folder, entry.name)
            elif not entry.is_file():
                yield Skipped(posixpath.join(folder.shown, entry.name), "not a regular file")
            elif (file := self._file_in(tree, folder, entry)) is not None:
                yield file

    def _with_own_files(self, tree: DiskTree, folder: _Pending, names: set[str]) -> _Pending:
        """A folder with the settings and the ignore rules that files in it add; `names` are those of its entries."""
        path = folder.path
        if not _CONFIG_FILES.isdisjoint(names):
            folder = folder._replace(settings=self._load(tree, path))
        if self._gitignore and path and ".git" in names:
            return folder._replace(chain=tree.chain(path), ignored=False)
        if self._gitignore and path and ".gitignore" in names:
            return folder._replace(chain=tree.extended(folder.chain, path))
        return folder

    def _folder_in(self, tree: DiskTree, folder: _Pending, name: str) -> Iterator[Skipped | _Pending]:
        """The folder `name` of a folder, to be listed or skipped."""
        path, shown, settings, chain, all_ignored = folder
        below, as_shown = posixpath.join(path, name), posixpath.join(shown, name)
        if name == staging.FOLDER:
            yield from self._left_over(tree.disk(path), as_shown)
            return
        ignored = all_ignored or (bool(chain) and self._matches(chain, below, folder=True))
        if name in SKIPPED_FOLDERS or (ignored and not tree.tracked_below(below)):
            return
        if not path and trees.is_kernels(tree.disk(below)):
            yield Skipped(f"{as_shown}/", "virtual file system")
        elif settings.exclude and (source := self._excluded(settings, below, as_shown, folder=True)):
            yield Skipped(f"{as_shown}/", f"excluded by {source}")
        else:
            yield _Pending(below, as_shown, settings, chain, ignored)

    def _file_in(self, tree: DiskTree, folder: _Pending, entry: os.DirEntry[str]) -> File | Skipped | None:
        """A file of a folder; None if it is ignored."""
        path, shown, settings, chain, all_ignored = folder
        below, as_shown = posixpath.join(path, entry.name), posixpath.join(shown, entry.name)
        ignored = all_ignored or (bool(chain) and self._matches(chain, below))
        ignored = ignored and not tree.tracked(below)
        if ignored and not _is_dotenv(below):
            return None
        if settings.exclude and (source := self._excluded(settings, below, as_shown)):
            return Skipped(as_shown, f"excluded by {source}")
        try:
            return _file(tree, below, as_shown, settings, entry.stat(), ignored=ignored)
        except OSError as error:
            return _unreadable(as_shown, error)

    def _left_over(self, folder: str, shown: str) -> Iterator[Skipped]:
        """Remove the leftovers of an interrupted fix from a folder, or report them."""
        remedy = "`unspill fix` removes them"
        if self._for_fix:
            staging.clear(folder)
            remedy = "they cannot be removed now; delete this folder"
        if staging.leftovers(folder):
            yield Skipped(f"{shown}/", f"copies left by an interrupted fix; {remedy}", incomplete=True)

    def _matches(self, chain: tuple[Rules, ...], path: str, *, folder: bool = False) -> bool:
        from unspill.project import ignore

        return ignore.matches(chain, path, folder=folder)

    def _excluded(self, settings: Settings, path: str, shown: str, *, folder: bool = False) -> str:
        """The flag or configuration file that excludes the file or folder; "" if none does."""
        if self._excludes is None:
            from unspill.project.ignore import Excludes

            self._excludes = Excludes()
        source = self._excludes.source(settings.exclude, path, shown, folder=folder)
        if source and source == settings.source:
            self.excluded_by.add(source)
        return source

    def _shown(self, place: str, start: str) -> str:
        """A path for people: below the working folder relative to it, else relative to the scanned folder."""
        if place == self._working:
            return ""
        if place.startswith(self._working.rstrip(os.sep) + os.sep):
            return _posix(os.path.relpath(place, self._working))
        folder = start if os.path.isdir(start) else os.path.dirname(start)
        return _posix(os.path.relpath(place, folder))


def _is_link(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a symbolic link, or a junction, which Windows lists as a folder."""
    if os.name != "nt" or entry.is_symlink():
        return entry.is_symlink()
    return getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0) == _JUNCTION


def _file(tree: DiskTree, path: str, shown: str, settings: Settings, status: os.stat_result, *, ignored: bool) -> File:
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return File(tree, path, shown, status.st_size, settings, ignored, times, status.st_ino)


def _unreadable(shown: str, error: OSError) -> Skipped:
    return Skipped(shown, f"cannot be read: {error.strerror}", incomplete=True)


def _is_dotenv(path: str) -> bool:
    return languages.language_of(path).id == "dotenv"


def _posix(path: str) -> str:
    """A relative path of this platform as POSIX; "" for the folder itself."""
    return "" if path == os.curdir else path.replace(os.sep, "/")
