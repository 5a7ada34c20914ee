"""Ignore rules in the syntax of `.gitignore` (gitignore(5)), and the `exclude` patterns that share it.

A chain is the rules that hold in a folder, outermost first; of the patterns that match, the last of the innermost
file decides. Once a folder is ignored nothing below it can be included again, so callers do not go into it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pathspec import GitIgnoreSpec

    from unspill.settings import Exclude


_PLAIN = re.compile(r"(\*?)([A-Za-z0-9_.\-]+)(/?)[ \t]*\Z")
"""A name or a suffix at any depth: the patterns of most small projects, for which no library need be loaded."""


class Plain(NamedTuple):
    """Patterns that are names (`.env`, `build/`) and suffixes (`*.pyc`); those of `folders` match nothing else."""

    names: frozenset[str]
    suffixes: tuple[str, ...]
    folders: frozenset[str]
    folder_suffixes: tuple[str, ...]

    def matches(self, path: str, *, folder: bool) -> bool:
        """Whether a pattern names a part of `path`: what lies in an ignored folder is ignored with it."""
        *parents, name = path.split("/")
        return self._names(name, folder=folder) or any(self._names(parent, folder=True) for parent in parents)

    def _names(self, name: str, *, folder: bool) -> bool:
        if name in self.names or name.endswith(self.suffixes):
            return True
        return folder and (name in self.folders or name.endswith(self.folder_suffixes))


class Rules(NamedTuple):
    """The patterns of one file. `folder` is what they are relative to: POSIX, "" for the tree itself."""

    folder: str
    spec: GitIgnoreSpec | Plain

    def verdict(self, path: str, *, folder: bool) -> bool | None:
        """Whether the file (or folder) at `path` is ignored; None if no pattern says anything."""
        if isinstance(self.spec, Plain):
            return self.spec.matches(path, folder=folder) or None
        return self.spec.check_file(f"{path}/" if folder else path, separators=()).include


def parse(data: bytes, folder: str) -> Rules:
    """The rules of an ignore file that stands in `folder`."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return Rules(folder, _plain(lines) or _spec(lines))


def matches(chain: Sequence[Rules], path: str, *, folder: bool = False) -> bool:
    """Whether the chain ignores the file (or the folder) at `path`, none of whose parents is ignored."""
    for rules in reversed(chain):
        below = path[len(rules.folder) + 1 :] if rules.folder else path
        verdict = rules.verdict(below, folder=folder)
        if verdict is not None:
            return verdict
    return False


class Excludes:
    """The `exclude` patterns of the settings, compiled once each."""

    def __init__(self) -> None:
        self._compiled: dict[Exclude, GitIgnoreSpec] = {}

    def source(self, excludes: Iterable[Exclude], path: str, shown: str, *, folder: bool = False) -> str:
        """Who excludes the file (or folder) at `path`, which people know as `shown`: a flag or a file; "" if nobody."""
        for exclude in excludes:
            if exclude not in self._compiled:
                self._compiled[exclude] = _spec([exclude.pattern])
            name = shown
            if exclude.folder is not None:
                if exclude.folder and not path.startswith(f"{exclude.folder}/"):
                    continue
                name = path[len(exclude.folder) + 1 :] if exclude.folder else path
            if self._compiled[exclude].match_file(f"{name}/" if folder else name, separators=()):
                return exclude.source
        return ""


def _plain(lines: Sequence[str]) -> Plain | None:
    """The patterns of `lines` if all are plain; else None."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        match = _PLAIN.match(line)
        if match is None:
            return None
        found.setdefault((match[1], match[3]), []).append(match[2])
    return Plain(
        frozenset(found.get(("", ""), ())),
        tuple(found.get(("*", ""), ())),
        frozenset(found.get(("", "/"), ())),
        tuple(found.get(("*", "/"), ())),
    )


def _spec(lines: Sequence[str]) -> GitIgnoreSpec:
    # Imported here because it takes longer than the scan of a small Space. Its default backend would be Hyperscan,
    # which takes 50 ms to compile what a few dozen matches need.
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines, backend="simple")
    except ValueError:  # git passes over the patterns that it does not understand, and so do we
        if len(lines) == 1:
            return GitIgnoreSpec.from_lines([], backend="simple")
        specs = [_spec([line]) for line in lines]
        return GitIgnoreSpec([pattern for spec in specs for pattern in spec.patterns], backend="simple")
