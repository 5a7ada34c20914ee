"""The cache of clean texts: those in which earlier runs found nothing are not read again.

An entry is one keyed hash of the path, of a state that differs after a change (a file's size, times and inode, or the
id of a git object), and of everything else that a verdict depends on. No names or content are stored. The key is
random and stored in the file itself; an invalid file is ignored.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from itertools import accumulate
from typing import TYPE_CHECKING

from unspill.engine import cache
from unspill.project import read

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = b"unspill clean 1\n"
_KEY = 32
_ENTRY = 16
_FEW = 500
"""Minimum number of texts: fewer are read again as quickly."""
_MOST_FILES = 100
_MOST_BYTES = 64_000_000
"""Maximum size of all cache files together, in bytes; the least recently used are removed first."""
_GRANULARITY = 2_000_000_000
"""Nanoseconds in which a file may change without a change of its times, on the coarsest file system (FAT)."""


class Clean:
    """The texts that were clean when `subject` was last scanned."""

    def __init__(self, subject: str, identity: str) -> None:
        """`identity` changes whenever a verdict may change for the same text."""
        name = hashlib.blake2b(os.fsencode(subject), digest_size=_ENTRY).hexdigest()
        self._place = os.path.join(cache.folder(), "clean", name)
        data = read.regular(self._place, limit=None) or b""
        start = len(_HEADER) + _KEY
        if not data.startswith(_HEADER) or len(data) < start or (len(data) - start) % _ENTRY:
            data = _HEADER + secrets.token_bytes(_KEY)
        self._secret = data[len(_HEADER) : start]
        self._key = hashlib.blake2b(f"{identity}\n{_code()}".encode(), key=self._secret, digest_size=_KEY).digest()
        self._known = {data[at : at + _ENTRY] for at in range(start, len(data), _ENTRY)}
        self._still: set[bytes] = set()
        self._began = time.time_ns()

    def has(self, path: str, state: object) -> bool:
        """Whether the text at `path` was clean in the state `state`; if so, its entry is kept."""
        if not self._known or (entry := self._entry(path, state)) not in self._known:
            return False
        self._still.add(entry)
        return True

    def add(self, path: str, state: object, changed: int = 0) -> None:
        """Remember a clean text.

        `changed` is when it last changed (nanoseconds of the epoch): if that is so recent that the next change might
        not show in its state, it is not remembered, like "racy" entries of git's index.
        """
        if changed < self._began - _GRANULARITY:
            self._still.add(self._entry(path, state))

    def forget(self, path: str, state: object) -> None:
        """The text at `path` is not clean after all."""
        self._still.discard(self._entry(path, state))

    def save(self) -> None:
        """Write the entries that were queried or added, if there are enough of them; write errors are ignored."""
        if len(self._still) < _FEW:
            return
        with contextlib.suppress(OSError):
            if self._still == self._known:
                os.utime(self._place)
                return
            folder = os.path.dirname(self._place)
            os.makedirs(folder, mode=0o700, exist_ok=True)
            cache.keep(self._place, b"".join([_HEADER, self._secret, *self._still]))
            _evict(folder)

    def _entry(self, path: str, state: object) -> bytes:
        return hashlib.blake2b(os.fsencode(f"{path}\0{state}"), key=self._key, digest_size=_ENTRY).digest()


def _evict(folder: str) -> None:
    with os.scandir(folder) as listing:
        files = sorted((-entry.stat().st_mtime_ns, entry.stat().st_size, entry.path) for entry in listing)
    sizes = accumulate(size for _, size, _ in files)
    for number, (total, (_, _, path)) in enumerate(zip(sizes, files, strict=True)):
        if number >= _MOST_FILES or total > _MOST_BYTES:
            os.unlink(path)


def _code() -> str:
    """The state of unspill's own code: in a checkout it changes without a new version."""
    return "\n".join(sorted(_sources(os.path.dirname(os.path.dirname(__file__)))))


def _sources(folder: str) -> Iterator[str]:
    with os.scandir(folder) as listing:
        for entry in listing:
            if entry.is_dir(follow_symlinks=False):
                yield from _sources(entry.path)
            elif entry.name.endswith(".py"):
                status = entry.stat()
                yield f"{entry.path} {status.st_size} {status.st_mtime_ns}"
