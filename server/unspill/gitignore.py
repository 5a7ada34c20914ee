r"""Patterns as in a `.gitignore` (gitignore(5)), matched byte by byte as git's wildmatch.c does.

Patterns come from untrusted repositories, so none may be slow: each becomes a regular expression in which a star
matches as little as possible, up to the fixed text after it, and never backtracks. For such patterns that is exact, and
takes at most a few steps per byte of the path and of the pattern. pathspec, which other tools use, backtracks
exponentially in pure Python (50 bytes take hours), needs another compiled library otherwise, and reads ranges as Python
does.
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST = 4096
"""Maximum length of a pattern in bytes, as of a path on most systems: longer ones are ignored."""
MOST = 2_000
"""Maximum number of patterns with a wildcard in one file, since each takes time for every path."""
_FIXED = re.compile(r"[^*?\[\\]*")
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\r ",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_ANY = "[^/]"
_FOLDERS = "(?:[^/]*/)"


class BadPatternError(ValueError):
    """An invalid pattern, or one that nothing can match; the text has the reason, and quotes nothing."""


class Pattern(NamedTuple):
    """One pattern."""

    text: str
    """Without the parts that the other fields represent. Bytes as Latin-1."""
    negated: bool
    """Whether it excludes matches of earlier patterns."""
    folder: bool
    """Whether it matches folders only."""
    anywhere: bool
    """Whether it applies to the last name of a path, at any depth."""


class Patterns:
    """Patterns in order: of those that match a path, the last wins."""

    def __init__(self, lines: Iterable[bytes], *, below: bool = False) -> None:
        """`lines` are those of a file. With `below`, a pattern that matches a folder also matches all that is in it."""
        self.problems: list[tuple[int, str]] = []
        """The lines (1-based) that are not valid patterns, and why. As in git, they match nothing."""
        self._runs: list[_Run] = []
        self._expressions = 0
        for number, line in enumerate(lines, 1):
            try:
                self._add(line, below=below)
            except BadPatternError as error:
                self.problems.append((number, str(error)))

    def __bool__(self) -> bool:
        return bool(self._runs)

    def verdict(self, path: str, *, folder: bool = False) -> bool | None:
        """Whether the file (or folder) at `path` (POSIX, relative) is matched; None if no pattern matches."""
        return next((not run.negated for run in reversed(self._runs) if run.matches(path, folder=folder)), None)

    def _add(self, line: bytes, *, below: bool) -> None:
        pattern = parse(line)
        if pattern is None:
            return
        run = self._runs[-1] if self._runs and self._runs[-1].negated == pattern.negated else _Run(pattern.negated)
        suffix = pattern.text[1:] if pattern.anywhere and pattern.text.startswith("*") else ""
        if not below and pattern.text.isascii() and _FIXED.fullmatch(pattern.text):
            (run.names if pattern.anywhere else run.paths)[pattern.folder].add(pattern.text)
        elif not below and suffix.isascii() and suffix and _FIXED.fullmatch(suffix):
            run.suffixes[pattern.folder].append(suffix)
        elif self._expressions == MOST:
            raise BadPatternError(f"more than {MOST:,} patterns with * ? or [")
        else:
            self._expressions += 1
            made = expression(pattern, run.groups)
            run.expressions[pattern.folder].append(made + "(?:/.*)?" * below)
            if below and pattern.folder:
                run.expressions[False].append(made + "/.*")
        if run not in self._runs[-1:]:
            self._runs.append(run)


class _Run:
    """Adjacent patterns with the same verdict, so that it does not matter which of them matches."""

    def __init__(self, negated: bool) -> None:
        self.negated = negated
        # The first of each is for files and folders, the second for folders only. A set suffices for most patterns.
        self.names: tuple[set[str], set[str]] = (set(), set())
        self.paths: tuple[set[str], set[str]] = (set(), set())
        self.suffixes: tuple[list[str], list[str]] = ([], [])
        self.expressions: tuple[list[str], list[str]] = ([], [])
        self.groups = count()

    def matches(self, path: str, *, folder: bool) -> bool:
        name = path[path.rfind("/") + 1 :]
        for kind in (False, True) if folder else (False,):
            if name in self.names[kind] or path in self.paths[kind] or name.endswith(self._suffixes[kind]):
                return True
            expression = self._compiled[kind]
            if expression is not None and expression.fullmatch(os.fsencode(path)):
                return True
        return False

    @cached_property
    def _suffixes(self) -> list[tuple[str, ...]]:
        return list(map(tuple, self.suffixes))

    @cached_property
    def _compiled(self) -> list[re.Pattern[bytes] | None]:
        return [re.compile("|".join(some).encode("latin-1"), re.DOTALL) if some else None for some in self.expressions]


def line(text: str) -> bytes:
    """Convert a pattern from a command line or a settings file to a line of an ignore file."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate, possible in JSON only; no file has such a name
        return text.encode("utf-8", "replace")


def parse(line: bytes, *, strict: bool = False) -> Pattern | None:
    """The pattern on a line without its ending; None for a comment or an empty line. Raises BadPatternError.

    `strict` rejects what git accepts, but is certainly a mistake: a range that ends before it starts.
    """
    text = line.partition(b"\0")[0].decode("latin-1")
    bare = text.rstrip(" ")
    # A space after a backslash stays.
    text = text[: len(bare) + (len(bare) - len(bare.rstrip("\\"))) % 2]
    if text.startswith("#"):
        return None
    negated = text.startswith("!")
    text = text[negated:]
    folder = text.endswith("/")
    text = text[: len(text) - folder]
    if not text:
        return None
    if len(text) > LONGEST:
        raise BadPatternError(f"longer than {LONGEST:,} bytes")
    pattern = Pattern(text.removeprefix("/"), negated, folder, "/" not in text)
    for _ in _tokens(pattern.text, strict=strict):  # raises if invalid
        pass
    return pattern


def expression(pattern: Pattern, groups: Iterator[int]) -> str:
    """A regular expression for all paths that a pattern matches, bytes as Latin-1. Raises BadPatternError.

    `groups` numbers its groups.
    """
    if pattern.anywhere:
        return f"{_FOLDERS}*" + _block(list(_tokens(pattern.text)), groups)
    # git compares the fixed prefix separately, and so treats a `**` after it as one at the start.
    fixed = _FIXED.match(pattern.text)
    text = pattern.text[fixed.end() :] if fixed else pattern.text
    made, before, block = re.escape(pattern.text[: len(pattern.text) - len(text)]), "", []
    for token in _tokens(text, paths=True):
        if token not in ("**", "**/", "**//"):
            block.append(token)
            continue
        whole = _block(block, groups)
        made += _committed(f"{before}?{whole}", groups) if before else whole
        before, block = {"**": ".*", "**/": f"{_FOLDERS}*", "**//": f"{_FOLDERS}+"}[token], []
    return made + before + _block(block, groups)


def _block(tokens: list[str], groups: Iterator[int]) -> str:
    """The expression for the part between two `**`: names separated by slashes."""
    made, starred, part = "", False, ""
    for one in [*tokens, "/"]:
        if one == "*" and starred:
            made, part = made + _committed(f"{_ANY}*?{part}", groups), ""
        elif one == "*":
            made, part, starred = made + part, "", True
        elif one == "/":
            made, part, starred = made + (f"{_ANY}*" if starred else "") + part + "/", "", False
        else:
            part += one
    return made[:-1]


def _committed(expression: str, groups: Iterator[int]) -> str:
    """An atomic group, which never backtracks; `(?>…)` since Python 3.11."""
    name = f"g{next(groups)}"
    return f"(?=(?P<{name}>{expression}))(?P={name})"


def _tokens(text: str, *, paths: bool = False, strict: bool = False) -> Iterator[str]:
    """The parts of a pattern: `*`, `/`, or an expression for one byte. Raises BadPatternError.

    With `paths`, also `**` for any rest of a path, `**/` for any number of folders, `**//` for at least one.
    """
    at = 0
    while at < len(text):
        char, start = text[at], at
        at += 1
        if char == "*":
            while text[at : at + 1] == "*":
                at += 1
            deep = paths and at - start > 1 and (start == 0 or text[start - 1] == "/")
            if deep and at == len(text):
                yield "**"
            elif deep and text[at] == "/":
                at += 1
                yield "**/"
            elif deep and text[at : at + 2] == "\\/":
                at += 2
                yield "**//"
            else:
                yield "*"
        elif char == "?":
            yield _ANY
        elif char == "[":
            allowed, at = _class(text, at, strict=strict)
            yield allowed
        elif char == "\\":
            if at == len(text):
                raise BadPatternError("trailing backslash")
            yield "/" if text[at] == "/" else re.escape(text[at])
            at += 1
        else:
            yield "/" if char == "/" else re.escape(char)


def _class(text: str, at: int, *, strict: bool) -> tuple[str, int]:
    """The expression for brackets, the first of which precedes `at`, and the offset after them."""
    negated = text[at : at + 1] in ("!", "^")
    allowed, at = _members(text, at + negated, strict=strict)
    if negated:
        allowed = set(range(1, 256)) - allowed
    allowed.discard(ord("/"))
    if not allowed:
        raise BadPatternError("no character matches the brackets")
    # As ranges: `re` would interpret the text between the brackets of a pattern differently, or warn.
    starts = [byte for byte in sorted(allowed) if byte - 1 not in allowed]
    ends = [byte for byte in sorted(allowed) if byte + 1 not in allowed]
    ranges = "".join(f"\\x{first:02x}-\\x{last:02x}" for first, last in zip(starts, ends, strict=True))
    return f"[{ranges}]", at


def _members(text: str, at: int, *, strict: bool) -> tuple[set[int], int]:
    """The bytes listed in brackets from `at` on, and the offset behind the closing one. Raises BadPatternError."""
    beginning, allowed, before = at, set[int](), ""
    while at == beginning or text[at : at + 1] != "]":
        char, escaped = text[at : at + 1], False
        if char == "[" and (named := _named_class(text, at)) is not None:
            members, at = named
            allowed |= members
            before = ""
            continue
        if char == "\\":
            at, escaped = at + 1, True
            char = text[at : at + 1]
        if char == "-" and not escaped and before and text[at + 1 : at + 2] not in ("", "]"):
            at += 1 + (text[at + 1] == "\\")
            if strict and text[at : at + 1] < before:
                raise BadPatternError("a range in brackets ends before it starts")
            allowed.update(range(ord(before), ord(text[at]) + 1) if at < len(text) else ())
            char = ""
        elif char:
            allowed.add(ord(char))
        if at >= len(text):
            raise BadPatternError("a [ without ]")
        at, before = at + 1, char
    return allowed, at + 1


def _named_class(text: str, at: int) -> tuple[set[int], int] | None:
    """The bytes of a class such as `[:digit:]` that begins at `at`, and the offset behind it; None if none does."""
    if text[at + 1 : at + 2] != ":":
        return None
    end = text.find("]", at + 2)
    if end < 0:
        raise BadPatternError("a [ without ]")
    if end == at + 2 or text[end - 1] != ":":
        return None
    name = text[at + 2 : end - 1]
    if name not in _CLASSES:
        raise BadPatternError("unknown character class between [: and :]")
    return {byte for byte in range(256) if re.match(f"[{_CLASSES[name]}]", chr(byte))}, end + 1
