"""Which files git tracks: a reader of the index, without git.

Format: gitformat-index(5), versions 2 to 4. Of the extensions only `link` (a split index) is read. A broken or
unknown index tracks nothing.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left

from unspill.project import read

_HEADER = 12
_STAT = 40
"""Size in bytes of an entry before the object id."""
_EXTENDED = 0x4000
_LARGEST = 500_000_000
"""Maximum size of an index in bytes: one of a million files has some 100 MB."""
_LONGEST_PATH = 32_768
"""Maximum length in bytes: longer than on any platform."""
_SHA256 = re.compile(rb"(?im)^[ \t]*objectformat[ \t]*=[ \t]*sha256[ \t]*\r?$")


class GitIndex:
    """The paths that git tracks in one work tree: POSIX, relative to it."""

    def __init__(self, paths: list[str]) -> None:
        self._paths = sorted(paths)

    def __contains__(self, path: str) -> bool:
        at = bisect_left(self._paths, path)
        return at < len(self._paths) and self._paths[at] == path

    def __len__(self) -> int:
        return len(self._paths)

    def below(self, folder: str) -> bool:
        """Whether any file in `folder`, at any depth, is tracked."""
        at = bisect_left(self._paths, f"{folder}/")
        return at < len(self._paths) and self._paths[at].startswith(f"{folder}/")


def git_folder(work_tree: str) -> str | None:
    """The git folder of a work tree: its `.git`, or the target of a `.git` file (worktrees, submodules); else None."""
    path = os.path.join(work_tree, ".git")
    if os.path.isdir(path):
        return path
    named = read.regular(path)
    if named is None or not named.startswith(b"gitdir:"):
        return None
    return _named(work_tree, named[len(b"gitdir:") :])


def common_folder(git: str) -> str:
    """The folder that a worktree's git folder shares with the other worktrees; else the folder itself."""
    named = read.regular(os.path.join(git, "commondir"))
    return (None if named is None else _named(git, named)) or git


def _named(folder: str, path: bytes) -> str | None:
    """The path in a file of git's in `folder`; None if invalid."""
    path = path.strip()
    if not path or len(path) > _LONGEST_PATH or b"\0" in path:
        return None
    return os.path.normpath(os.path.join(folder, os.fsdecode(path)))


def load(git: str) -> GitIndex:
    """The index in the git folder `git`."""
    data = read.regular(os.path.join(git, "index"), _LARGEST)
    if data is None:
        return GitIndex([])
    config = read.regular(os.path.join(common_folder(git), "config")) or b""
    id_size = 32 if _SHA256.search(config) else 20
    try:
        paths, end = parse(data, id_size)
        base = _shared(data, end, id_size)
        if base is not None:
            # Entries that the split index deletes are still listed, which is harmless.
            shared = read.regular(os.path.join(git, f"sharedindex.{base.hex()}"), _LARGEST) or b""
            paths += parse(shared, id_size)[0]
    except (ValueError, IndexError):
        return GitIndex([])
    return GitIndex([os.fsdecode(path) for path in paths if path])


def parse(data: bytes, id_size: int = 20) -> tuple[list[bytes], int]:
    """The paths of an index and the offset after its entries. Raises ValueError or IndexError if it is broken."""
    version = int.from_bytes(data[4:8], "big")
    if data[:4] != b"DIRC" or version not in (2, 3, 4):
        raise ValueError("not an index of a known version")
    paths: list[bytes] = []
    at, previous = _HEADER, b""
    for _ in range(int.from_bytes(data[8:12], "big")):
        start = at
        flags = int.from_bytes(data[at + _STAT + id_size : at + _STAT + id_size + 2], "big")
        at += _STAT + id_size + (4 if version >= 3 and flags & _EXTENDED else 2)
        keep = 0
        if version == 4:
            dropped, at = _varint(data, at)
            keep = len(previous) - dropped
        end = data.index(b"\0", at)
        path = previous[:keep] + data[at:end]
        # Versions 2 and 3 pad every entry to a multiple of eight bytes, with at least one zero.
        at = end + 1 if version == 4 else start + (end - start + 8) // 8 * 8
        if not paths or paths[-1] != path:  # a conflict lists a path up to three times
            paths.append(path)
        previous = path
    return paths, at


def _shared(data: bytes, at: int, id_size: int) -> bytes | None:
    """The id of the shared index that the `link` extension names; None if there is no such extension."""
    while at + 8 <= len(data) - id_size:
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        if data[at : at + 4] == b"link":
            return data[at + 8 : at + 8 + id_size]
        at += 8 + size
    return None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at `at` in the encoding of pack files' offsets, and the offset after it."""
    value = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        value = (value + 1) << 7 | data[at] & 0x7F
    return value, at + 1
