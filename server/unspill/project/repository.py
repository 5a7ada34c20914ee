"""Git repositories, read through libgit2: it starts no program, whatever a repository's config names.

The repository is not trusted: its names may be no paths, its objects may be missing or nested without end.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from unspill.model import Span
from unspill.project import index, read
from unspill.project.tree import upward

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pygit2

_RANGE = re.compile(r"(.*?)\.{2,3}(.*)", re.DOTALL)
_NO_PATH = re.compile(rb"(?:\A|/)\.{0,2}(?:/|\Z)")
_BARE_LAYOUT = ("HEAD", "objects", "refs")
_LONGEST_REASON = 200
"""Characters: libgit2 quotes paths."""
_REGULAR = (0o100644, 0o100755)
_LINK_TO_COMMIT = 0o160000
"""The mode of a submodule, whose files are in a repository of their own."""


class RepositoryError(Exception):
    """A repository that cannot be read; the text says why, and may quote names of the repository."""


class RevisionError(Exception):
    """A revision that the repository does not have."""


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Whatever libgit2 refuses in the block, at whatever depth, as a RepositoryError. Only for open repositories."""
    from pygit2 import GitError

    try:
        yield
    except GitError as error:
        raise RepositoryError(reason(error)) from None


class RepositoryPaths(NamedTuple):
    """Where a repository is on disk: the root of the work tree (of a bare one itself), and the git folder."""

    root: str
    git: str


class ChangedFile(NamedTuple):
    """A file that differs between two trees. Ids are hexadecimal; None on the side that has no such file."""

    path: str
    old: str | None
    new: str | None
    conflict: bool = False
    """Whether a merge left several versions of it, none of which can be committed."""


def find(path: str) -> RepositoryPaths | None:
    """The innermost repository around an absolute path, which need not exist; None if there is none."""
    for folder in upward(path):
        if os.path.lexists(os.path.join(folder, ".git")):
            return RepositoryPaths(folder, index.git_folder(folder) or os.path.join(folder, ".git"))
        if all(os.path.exists(os.path.join(folder, name)) for name in _BARE_LAYOUT):
            return RepositoryPaths(folder, folder)
    return None


class Repository:
    """One repository. Not for use by two threads at once."""

    def __init__(self, git: str) -> None:
        """Opens the git folder `git`. Raises RepositoryError for what libgit2 refuses: foreign owners, extensions."""
        try:
            import pygit2
            from pygit2.enums import RepositoryOpenFlag
        except ImportError:
            raise RepositoryError("pygit2 cannot be loaded") from None
        self._oid, self._error = pygit2.Oid, pygit2.GitError
        flags = RepositoryOpenFlag.NO_SEARCH | RepositoryOpenFlag.NO_DOTGIT
        try:
            opened = pygit2.Repository(git, flags)
            # Before the repository itself, since a store must not outlive it: attributes go in this order.
            self._stores = tuple(opened.odb.backends)
            self.git = opened
            # pygit2 1.18, the last that runs on Python 3.10, has to read an object to say how large it is.
            self._header = getattr(self.git.odb, "read_header", self._measured)
        except (pygit2.GitError, KeyError, OSError, ValueError) as error:
            raise RepositoryError(reason(error).removeprefix(f"{git}: ")) from None
        # Whether an object is what its id says matters to git, and not to what is found in it; it takes half the time.
        pygit2.settings.enable_strict_hash_verification(False)

    def text(self, id_: str, limit: int) -> bytes | read.Refusal:
        """The content of a blob (hexadecimal id) that is a text of at most `limit` bytes."""
        oid = self._oid(hex=id_)
        try:
            _, size = self._header(oid)
            if size > limit:
                return read.Refusal(f"larger than {limit} bytes", incomplete=True)
            return read.accepted(self.content(oid), size, limit)
        except (KeyError, ValueError, self._error):
            return read.Refusal("not in this clone", incomplete=True)

    def content(self, oid: pygit2.Oid) -> bytes:
        """The bytes of an object of any type. Raises KeyError or pygit2.GitError."""
        # pygit2's own `Odb.read` takes an id for the beginning of one, and so asks all stores, even when the first has
        # the object: that is a system call for each packed object, to see that it is not a loose one as well.
        for store in self._stores:
            try:
                return store.read(oid)[1]
            except (KeyError, self._error):
                continue
        return self.git.odb.read(oid)[1]  # looks for new packs first

    def _measured(self, oid: pygit2.Oid) -> tuple[int, int]:
        """The type and the bytes of an object."""
        kind, data = self.git.odb.read(oid)
        return kind, len(data)

    def blob(self, commit: str, path: str) -> str | None:
        """The id of the file at `path` in a commit (both ids hexadecimal); None if it holds none, or is not there."""
        try:
            entry = self._commit(commit).tree[path]
        except (RevisionError, KeyError, ValueError, self._error):
            return None
        return str(entry.id) if entry.type_str == "blob" else None

    def holds(self, path: str, data: bytes) -> bool | None:
        """Whether the file that the index has at `path` (POSIX, in the work tree) has just these bytes.

        None if it has none, or several versions that a merge left.
        """
        from pygit2 import hash as id_of

        try:
            entry = self.git.index[path]
        except (KeyError, ValueError, OSError, self._error):
            return None
        return entry.mode in _REGULAR and entry.id == id_of(data)

    def size(self, id_: str) -> int:
        """The bytes of a blob (hexadecimal id); -1 if it is not in this clone."""
        try:
            return self._header(self._oid(hex=id_))[1]
        except (KeyError, ValueError, self._error):
            return -1

    def staged(self, index_file: str | None) -> Iterator[ChangedFile]:
        """What a commit would change: the index (another one if `index_file` names it) against HEAD.

        Raises RepositoryError if the index cannot be read.
        """
        from pygit2 import GitError
        from pygit2.enums import DiffOption

        flags = DiffOption.SKIP_BINARY_CHECK | DiffOption.INCLUDE_TYPECHANGE
        try:
            staged = self.git.index if index_file is None else _index(index_file)
            staged.read()
            head = None if self.git.head_is_unborn else self.git.head.peel().tree
            if head is None:
                yield from (
                    ChangedFile(as_path(os.fsencode(entry.path)), None, str(entry.id))
                    for entry in staged
                    if entry.mode != _LINK_TO_COMMIT
                )
            else:
                yield from _changes(head.diff_to_index(staged, flags))
        except (GitError, KeyError, OSError, ValueError) as error:
            raise RepositoryError(reason(error)) from None

    def since(self, revisions: str) -> tuple[str, str]:
        """The ids of the two commits that `REF`, `REF..REF` or `REF...REF` compares: where they part, and the later.

        Raises RevisionError. In a shallow clone that does not reach their parting it is the named one.
        """
        from pygit2 import GitError

        match = _RANGE.fullmatch(revisions)
        first, last = match.groups() if match else (revisions, "")
        old, new = self._commit(first or "HEAD"), self._commit(last or "HEAD")
        try:
            base = self.git.merge_base(old.id, new.id)
        except (GitError, KeyError):
            base = None
        return str(base or old.id), str(new.id)

    def changes(self, old: str, new: str) -> Iterator[ChangedFile]:
        """The files that differ between the trees of two commits (hexadecimal ids). Raises RepositoryError."""
        from pygit2 import GitError
        from pygit2.enums import DiffOption

        flags = DiffOption.SKIP_BINARY_CHECK | DiffOption.INCLUDE_TYPECHANGE
        try:
            before, after = (self.git[commit].tree for commit in (old, new))
            yield from _changes(before.diff_to_tree(after, flags))
        except (GitError, KeyError, ValueError) as error:
            raise RepositoryError(reason(error)) from None

    def _commit(self, revision: str) -> pygit2.Commit:
        import pygit2

        try:
            return self.git.revparse_single(revision).peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError):
            hint = "; this clone is shallow: fetch more of it" if self.git.is_shallow else ""
            raise RevisionError(f"{revision!r} is no commit of this repository{hint}") from None


def changed(old: bytes, new: bytes) -> tuple[list[Span], list[Span]]:
    """The lines that are gone from `old`, and those that are new in `new`, as spans of bytes."""
    from pygit2 import Patch
    from pygit2.enums import DiffOption

    # As text whatever it looks like: an attribute of the repository must not hide a line.
    patch = Patch.create_from(old, new, flag=DiffOption.FORCE_TEXT, context_lines=0)
    before, after = _line_starts(old), _line_starts(new)
    gone, added = [], []
    for hunk in patch.hunks:
        if hunk.old_lines:
            gone.append(Span(before[hunk.old_start - 1], before[hunk.old_start - 1 + hunk.old_lines]))
        if hunk.new_lines:
            added.append(Span(after[hunk.new_start - 1], after[hunk.new_start - 1 + hunk.new_lines]))
    return gone, added


def as_path(raw: bytes) -> str:
    """A path of git's as a path below a tree: a name that would lead elsewhere is written with question marks."""
    path = os.fsdecode(raw)
    if os.sep == "/" and not _NO_PATH.search(raw):
        return path
    names = path.replace(os.sep, "/").split("/")
    drives = os.sep != "/"  # where `C:` in the middle of a path leads to that drive
    return "/".join(f"?{name}" if name in ("", ".", "..") or (drives and ":" in name) else name for name in names)


def _index(path: str) -> pygit2.Index:
    """The index in a file. Raises pygit2.GitError."""
    from pygit2 import Index

    class Opened(Index):
        def __del__(self) -> None:
            with contextlib.suppress(AttributeError):  # pygit2 also frees what it could not open
                super().__del__()

    return Opened(path)


def _changes(diff: pygit2.Diff) -> Iterator[ChangedFile]:
    from pygit2.enums import DeltaStatus

    for delta in diff.deltas:
        old, new = (_id(file) for file in (delta.old_file, delta.new_file))
        if old != new:
            path = as_path((delta.new_file if new else delta.old_file).raw_path)
            yield ChangedFile(path, old, new, delta.status == DeltaStatus.CONFLICTED)


def _id(file: pygit2.DiffFile) -> str | None:
    """The blob on one side of a difference."""
    return None if file.mode in (0, _LINK_TO_COMMIT) else str(file.id)


def _line_starts(data: bytes) -> list[int]:
    r"""Where each line starts as git counts them, by `\n` alone; the end of the text comes last."""
    starts = [0, *(match.end() for match in re.finditer(b"\n", data))]
    return starts if starts[-1] == len(data) and data else [*starts, len(data)]


def reason(error: Exception) -> str:
    """What libgit2 says, for people."""
    if isinstance(error, OSError):  # pygit2 makes one of a path, and says nothing else
        return "its folder cannot be opened"
    text = str(error.args[0]) if error.args else type(error).__name__
    return "it belongs to another user" if "not owned" in text else text[:_LONGEST_REASON]
