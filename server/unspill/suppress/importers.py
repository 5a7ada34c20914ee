"""The ignore files of other secret scanners, read as data: nothing in them is executed, no path in them is opened.

Formats, as their tools read them:

    .gitleaksignore       `[commit:]file:rule:line`, one a line (gitleaks 8, `detect.AddGitleaksIgnore`; betterleaks)
    .secrets.baseline     JSON with SHA-1 hashes of the values (detect-secrets 1.5, `core.potential_secret`)
    .gitguardian.yaml     values or SHA-256 hashes, and globs (ggshield 1, `core.filter` and `core.config`)
    .secretlintignore     patterns as in a .gitignore (secretlint)

No value leaves this module: plain values are hashed when they are read.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from unspill import languages, syntax
from unspill.document import Document
from unspill.errors import ConfigError
from unspill.languages import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_FINGERPRINT = re.compile(r"(?:([0-9a-fA-F]{40}):)?(.+):[^:]+:(\d{1,9})\Z")
_SHA1 = re.compile(r"[0-9a-f]{40}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
# ggshield hashes a value together with its kind; those of a pair together, which cannot be computed from one value.
_GGSHIELD_KINDS = ("apikey", "token", "password", "client_secret")
_PEM = re.compile(r"-----(BEGIN [A-Z0-9 ]+)-----")


class Ignored(NamedTuple):
    """A place or a value that a file suppresses."""

    path: str = ""
    """POSIX, relative to the folder of the file; empty for anywhere."""
    line: int = 0
    """1-based; 0 for anywhere in the file."""
    commit: str = ""
    """The commit (hexadecimal id) of the line; empty for the current file."""
    digest: str = ""
    """One of the `digests` of the value, if identified by it."""


class Suppressions(NamedTuple):
    """The content of an ignore file."""

    ignored: tuple[Ignored, ...] = ()
    excludes: tuple[str, ...] = ()
    """Files that are not scanned, as in a .gitignore."""


def parse(data: bytes, name: str) -> Suppressions:
    """Parse the ignore file called `name`, which determines the format. Raises ConfigError."""
    read = next((read for end, read in _READERS.items() if name.endswith(end)), None)
    if read is None:
        raise ConfigError(f"{name}: unknown ignore file; supported are {', '.join(_READERS)}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{name}: not UTF-8") from None
    return read(text, name)


def digests(value: str) -> frozenset[str]:
    """The digests by which the files may identify a value: hexadecimal SHA-1 and SHA-256."""
    data = value.encode("utf-8", "surrogateescape")
    found = {hashlib.sha1(data, usedforsecurity=False).hexdigest(), _sha256(data)}
    found |= {_sha256(data + f",{kind}".encode()) for kind in _GGSHIELD_KINDS}
    if pem := _PEM.match(value):  # detect-secrets identifies private keys by this
        found.add(hashlib.sha1(pem[1].encode(), usedforsecurity=False).hexdigest())
    return frozenset(found)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _gitleaks(text: str, name: str) -> Suppressions:
    ignored = []
    for number, line in _lines(text):
        match = _FINGERPRINT.match(line)
        if match is None:
            raise ConfigError(f"{name}:{number}: not a fingerprint [commit:]file:rule:line; fix or delete the line")
        ignored.append(Ignored(_path(match[2]), int(match[3]), (match[1] or "").lower()))
    return Suppressions(tuple(ignored))


def _detect_secrets(text: str, name: str) -> Suppressions:
    wrong = ConfigError(f"{name}: not a baseline of detect-secrets; recreate it with `detect-secrets scan`")
    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise wrong from None
    results = content.get("results") if isinstance(content, dict) else None
    if not isinstance(results, dict) or not all(isinstance(entries, list) for entries in results.values()):
        raise wrong
    ignored = []
    for path, entries in results.items():
        for entry in entries:
            digest = entry.get("hashed_secret") if isinstance(entry, dict) else None
            if not isinstance(digest, str) or not _SHA1.match(digest):
                raise wrong
            ignored.append(Ignored(_path(path), digest=digest))
    return Suppressions(tuple(ignored))


def _ggshield(text: str, name: str) -> Suppressions:
    document = Document(text.encode(), name, "yaml")
    if languages.errors(document) or (text.strip() and not any(_scalars(document))):
        raise ConfigError(f"{name}: not a configuration of ggshield; fix it, and check it with `ggshield config list`")
    ignored, excludes = [], []
    for keys, value in _scalars(document):
        match [key.replace("-", "_") for key in keys]:
            case ["secret", "ignored_matches", _, "match"] | ["matches_ignore", _, "match"] | ["matches_ignore", _]:
                digest = value.lower() if _SHA256.match(value.lower()) else _sha256(value.encode())
                ignored.append(Ignored(digest=digest))
            case ["secret", "ignored_paths", _] | ["paths_ignore", _]:
                # It matches at any depth; in a .gitignore, only patterns of one name do.
                anywhere = "/" in value.strip("/") and not value.startswith(("/", "**/"))
                excludes.append(f"**/{value}" if anywhere else value)
    return Suppressions(tuple(ignored), tuple(excludes))


def _secretlint(text: str, _name: str) -> Suppressions:
    return Suppressions(excludes=tuple(line for _, line in _lines(text)))


_READERS: dict[str, Callable[[str, str], Suppressions]] = {
    ".gitleaksignore": _gitleaks,
    ".betterleaksignore": _gitleaks,
    ".secrets.baseline": _detect_secrets,
    ".gitguardian.yaml": _ggshield,
    ".gitguardian.yml": _ggshield,
    ".secretlintignore": _secretlint,
}
"""The parsers, by the end of a file's name."""
NAMES = tuple(_READERS)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines with content, and their numbers, 1-based."""
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return ((number, line) for number, line in lines if line and not line.startswith("#"))


def _path(path: str) -> str:
    return posixpath.normpath(path.replace("\\", "/"))


def _scalars(document: Document) -> Iterable[tuple[tuple[str, ...], str]]:
    """Every scalar that is a value, with the keys and list indices above it."""
    root = yaml.tree(document)
    for node in syntax.walk(root):
        if yaml.style(node) not in (None, yaml.ScalarStyle.BLOCK):
            path = syntax.enclosing(root, syntax.span_of(node))
            pair = yaml.pair_at(path)
            key = pair.child_by_field_name("key") if pair is not None else None
            if pair is not None and (key is None or not syntax.span_of(key).contains(syntax.span_of(node))):
                yield yaml.keys(path), syntax.text_of(node).strip("'\"")
