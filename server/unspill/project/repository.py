"""Git repositories, read through libgit2, which never starts a program that a repository's config names.

The repository is not trusted: its names may be invalid paths, its objects missing or nested to any depth.
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
"""Maximum length in characters, since libgit2 quotes paths."""
_REGULAR = (0o100644, 0o100755)
_LINK_TO_COMMIT = 0o160000
"""The mode of a submodule, whose files are in a separate repository."""


class RepositoryError(Exception):
    """A repository cannot be read; the text has the reason, and may quote names of the repository."""


class RevisionError(Exception):
    """A revision that the repository does not have."""


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Raise errors of libgit2 in the block, at any depth, as RepositoryError. Only for open repositories."""
    from pygit2 import GitError

    try:
        yield
    except GitError as error:
        raise RepositoryError(reason(error)) from None


class RepositoryPaths(NamedTuple):
    """The location of a repository: the root of the work tree (the repository itself if bare), and the git folder."""

    root: str
    git: str


class ChangedFile(NamedTuple):
    """A file that differs between two trees. Ids are hexadecimal; None on the side without the file."""

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
    """One repository. Not thread-safe."""

    def __init__(self, git: str) -> None:
        """Open the git folder `git`. Raises RepositoryError if libgit2 refuses it: foreign owners, extensions."""
        try:
            import pygit2
            from pygit2.enums import RepositoryOpenFlag
        except ImportError:
            raise RepositoryError("pygit2 cannot be loaded") from None
        self._oid, self._error = pygit2.Oid, pygit2.GitError
        flags = RepositoryOpenFlag.NO_SEARCH | RepositoryOpenFlag.NO_DOTGIT
        try:
            opened = pygit2.Repository(git, flags)
            # Before the repository itself, since a store must not outlive it: attributes are deleted in this order.
            self._stores = tuple(opened.odb.backends)
            self.git = opened
            # pygit2 1.18, the last that runs on Python 3.10, has to read an object to return its size.
            self._header = getattr(self.git.odb, "read_header", self._measured)
        except (pygit2.GitError, KeyError, OSError, ValueError) as error:
            raise RepositoryError(reason(error).removeprefix(f"{git}: ")) from None
        # Whether an object matches its id is irrelevant to its findings, and checking it takes half the time.
        pygit2.settings.enable_strict_hash_verification(False)

    def text(self, id_: str, limit: int) -> bytes | read.Refusal:
        """The content of a blob (hexadecimal id), if it is a text of at most `limit` bytes."""
        oid = self._oid(hex=id_)
        try:
            _, size = self._header(oid)
            if size > limit:
                return read.Refusal(f"larger than {limit} bytes", incomplete=True)
            return read.accepted(self.content(oid), size, limit)
        except (KeyError, ValueError, self._error):
            return read.Refusal("missing from this clone", incomplete=True)

    def content(self, oid: pygit2.Oid) -> bytes:
        """The bytes of an object of any type. Raises KeyError or pygit2.GitError."""
        # pygit2's own `Odb.read` treats an id as a prefix, and so queries all stores even if the first has the
        # object: a system call per packed object, to check that it is not also a loose one.
        for store in self._stores:
            try:
                return store.read(oid)[1]
            except (KeyError, self._error):
                continue
        return self.git.odb.read(oid)[1]  # scans for new packs first

    def _measured(self, oid: pygit2.Oid) -> tuple[int, int]:
        """The type and the size in bytes of an object."""
        kind, data = self.git.odb.read(oid)
        return kind, len(data)

    def blob(self, commit: str, path: str) -> str | None:
        """The id of the file at `path` in a commit (both ids hexadecimal); None if either is missing."""
        try:
            entry = self._commit(commit).tree[path]
        except (RevisionError, KeyError, ValueError, self._error):
            return None
        return str(entry.id) if entry.type_str == "blob" else None

    def holds(self, path: str, data: bytes) -> bool | None:
        """Whether the file that the index has at `path` (POSIX, in the work tree) has exactly these bytes.

        None if it has none, or several versions from a merge conflict.
        """
        from pygit2 import hash as id_of

        try:
            entry = self.git.index[path]
        except (KeyError, ValueError, OSError, self._error):
            return None
        return entry.mode in _REGULAR and entry.id == id_of(data)

    def size(self, id_: str) -> int:
        """The size in bytes of a blob (hexadecimal id); -1 if it is missing from this clone."""
        try:
            return self._header(self._oid(hex=id_))[1]
        except (KeyError, ValueError, self._error):
            return -1

    def staged(self, index_file: str | None) -> Iterator[ChangedFile]:
        """The changes that a commit would make: the index (or the one at `index_file`) against HEAD.

        Raises RepositoryError if the index cannot be read.
        """
        from pygit2 import GitError
        from pygit2.enums import DiffOption

        flags = DiffOption.SKIP_BINARY_CHECK | DiffOption.INCLUDE_TYPECHANGE
        try:
            staged = self._staged(index_file)
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

    def files_staged(self, index_file: str | None) -> dict[str, str]:
        """The ids (hexadecimal) of the regular files of the index, or the one at `index_file`, by POSIX path.

        Raises RepositoryError.
        """
        try:
            return _files(self._staged(index_file))
        except (self._error, KeyError, OSError, ValueError) as error:
            raise RepositoryError(reason(error)) from None

    def files_in(self, commit: str) -> dict[str, str]:
        """The same of the tree of a commit (hexadecimal id). Raises RepositoryError."""
        from pygit2 import Index

        read = Index()
        try:
            read.read_tree(self.git[commit].tree)
            return _files(read)
        except (self._error, KeyError, OSError, ValueError) as error:
            raise RepositoryError(reason(error)) from None

    def _staged(self, index_file: str | None) -> pygit2.Index:
        staged = self.git.index if index_file is None else _index(index_file)
        staged.read()
        return staged

    def since(self, revisions: str) -> tuple[str, str]:
        """The ids of the two commits that `REF`, `REF..REF` or `REF...REF` compares: the merge base, and the later.

        Raises RevisionError. In a shallow clone without the merge base it is the named commit.
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
            hint = "; this clone is shallow: fetch more history" if self.git.is_shallow else ""
            raise RevisionError(f"unknown revision {revision!r}{hint}") from None


def changed(old: bytes, new: bytes) -> tuple[list[Span], list[Span]]:
    """The lines removed from `old`, and those added in `new`, as spans of bytes."""
    from pygit2 import Patch
    from pygit2.enums import DiffOption

    # Always as text: an attribute of the repository must not hide a line.
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
    """Convert a path of git's to one below a tree: question marks replace names that would lead elsewhere."""
    path = os.fsdecode(raw)
    if os.sep == "/" and not _NO_PATH.search(raw):
        return path
    names = path.replace(os.sep, "/").split("/")
    drives = os.sep != "/"  # there, `C:` in the middle of a path leads to that drive
    return "/".join(f"?{name}" if name in ("", ".", "..") or (drives and ":" in name) else name for name in names)


def _index(path: str) -> pygit2.Index:
    """The index in a file. Raises pygit2.GitError."""
    from pygit2 import Index

    class OpenedIndex(Index):
        def __del__(self) -> None:
            with contextlib.suppress(AttributeError):  # pygit2 also frees an index that it could not open
                super().__del__()

    return OpenedIndex(path)


def _files(listed: pygit2.Index) -> dict[str, str]:
    return {as_path(os.fsencode(entry.path)): str(entry.id) for entry in listed if entry.mode in _REGULAR}


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
    r"""The starts of lines as git counts them, by `\n` only; the end of the text comes last."""
    starts = [0, *(match.end() for match in re.finditer(b"\n", data))]
    return starts if starts[-1] == len(data) and data else [*starts, len(data)]


def reason(error: Exception) -> str:
    """An error message of libgit2, for people."""
    if isinstance(error, OSError):  # pygit2 raises it with nothing but a path
        return "the git folder cannot be opened"
    text = str(error.args[0]) if error.args else type(error).__name__
    return "owned by another user" if "not owned" in text else text[:_LONGEST_REASON]
