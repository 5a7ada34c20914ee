"""Ignore rules in the syntax of `.gitignore` (gitignore(5)), and the `exclude` patterns that share it.

A chain is the rules that apply in a folder, outermost first; of the patterns that match, the last of the innermost
file wins. Nothing below an ignored folder can be included again, so callers do not descend into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.gitignore import Patterns, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unspill.settings import Exclude


class Rules(NamedTuple):
    """The patterns of one file. They are relative to `folder`: POSIX, "" for the tree itself."""

    folder: str
    patterns: Patterns


def parse(data: bytes, folder: str) -> Rules:
    """The rules of an ignore file in `folder`."""
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return Rules(folder, Patterns(one.removesuffix(b"\r") for one in lines))


def matches(chain: Sequence[Rules], path: str, *, folder: bool = False) -> bool:
    """Whether the chain ignores the file (or the folder) at `path`, none of whose parents is ignored."""
    for rules in reversed(chain):
        verdict = rules.patterns.verdict(path[len(rules.folder) + 1 :] if rules.folder else path, folder=folder)
        if verdict is not None:
            return verdict
    return False


class Excludes:
    """The `exclude` patterns of the settings, compiled once each."""

    def __init__(self) -> None:
        self._compiled: dict[Exclude, Patterns] = {}

    def source(self, excludes: Iterable[Exclude], path: str, shown: str, *, folder: bool = False) -> str:
        """The flag or file that excludes the file (or folder) at `path`, displayed as `shown`; "" if none does."""
        for exclude in excludes:
            if exclude not in self._compiled:
                self._compiled[exclude] = Patterns([line(exclude.pattern)], below=True)
            name = shown
            if exclude.folder is not None:
                if exclude.folder and not path.startswith(f"{exclude.folder}/"):
                    continue
                name = path[len(exclude.folder) + 1 :] if exclude.folder else path
            if self._compiled[exclude].verdict(name, folder=folder):
                return exclude.source
        return ""
