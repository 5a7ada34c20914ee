"""The compiled rules on disk: one JSON index and one Hyperscan database.

Both are rebuilt whenever anything they depend on changes.
Nothing is pickled, and nothing of the scanned files is stored.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from unspill import __version__, rules
from unspill.engine import contexts
from unspill.engine.matchers import Anchor, HyperscanMatcher, Matcher, RegexMatcher, compile_database, has_hyperscan

if TYPE_CHECKING:
    from unspill.rules import Rule

_FORMAT = 14
_MAKERS = (
    *(
        "anchors",
        "directives",
        "obfuscation",
        "watched",
        "contexts",
        *contexts.FINDERS,
        "keywords",
        "named",
        "stems",
        "matchers",
    ),
    *("../judge/issuers", "../judge/words"),
)
_UNUSED = ("example", "negative", "create", "overlap", "verify", "revocation")
"""Fields that no scan needs."""
_SCAN_FIELDS = tuple(field for field in rules.Rule._fields if field not in _UNUSED)


class RuleIndex(NamedTuple):
    """What the engine needs of all rules; `rules` are rows of fields in JSON, parsed on demand."""

    key: str
    rules: list[str]
    anchors: list[Anchor]
    shortest: list[int]
    """The minimum length in bytes of each rule's matches …"""
    longest: list[int]
    """… and the maximum."""
    required: list[str]
    """The text that each rule's matches contain after the start; "" if unknown."""
    by_alphabet: dict[str, list[int]]
    """The rules whose pattern needs a keyword: their indexes by the bytes of their matches (`anchors.alphabet`)."""
    generic: dict[str, int]
    """The rules that match by name and site only: their index by id."""
    issuers: dict[str, int]
    """The rules that the name of a value may be after, as `issuers.table` returns them."""
    beginnings: dict[str, list[int]]
    """The rules of the distinctive beginnings of secrets, as `issuers.beginnings` returns them."""
    env_names: list[str]
    """The names of the environment that rules know to be of secrets."""

    def rule(self, index: int) -> Rule:
        """The rule at `index`, without its examples."""
        return rules.from_row(_SCAN_FIELDS, json.loads(self.rules[index]))


def folder() -> str:
    """The user's cache folder for unspill; for a user without a home, a path that cannot be written.

    Only absolute paths are used (XDG Base Directory): a relative one would be a folder in the scanned project.
    """
    if sys.platform == "win32":
        bases = [os.environ.get("LOCALAPPDATA", ""), os.path.expanduser("~\\AppData\\Local")]
    elif sys.platform == "darwin":
        bases = [os.path.expanduser("~/Library/Caches")]
    else:
        bases = [os.environ.get("XDG_CACHE_HOME", ""), os.path.expanduser("~/.cache")]
    base = next(filter(os.path.isabs, bases), os.devnull)
    return os.path.join(base, "unspill")


def keep(path: str, data: bytes) -> None:
    """Write a file to the cache atomically, without leftovers on errors. Raises OSError."""
    temporary = f"{path}.{os.getpid()}"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def load(rule_files: tuple[str, ...], *, use_cache: bool, hyperscan: bool) -> tuple[RuleIndex, Matcher]:
    """The index and a matcher over it: from the cache if valid, else built and cached. Raises RuleError."""
    paths = [*rules.shipped(), *rule_files]
    key = _key(paths, hyperscan=hyperscan)
    place = _place(key)
    if use_cache and (kept := _read(place, key, hyperscan=hyperscan)) is not None:
        return kept
    all_rules = rules.load(paths)
    if rule_files:
        from unspill.engine.vet import vet

        vet((rule for rule in all_rules if rule.file in rule_files), hyperscan=hyperscan)
    index = build(all_rules, key)
    database = compile_database(index.anchors) if hyperscan else b""
    if use_cache:
        _write(place, index, database)
    return index, _matcher(index, database, hyperscan=hyperscan)


@lru_cache(maxsize=1)
def shipped() -> RuleIndex:
    """The index of the shipped rules, without a matcher: from the cache if it exists; the cache is not written."""
    paths = rules.shipped()
    key = _key(paths, hyperscan=has_hyperscan())
    kept = _read_index(_place(key), key)
    return kept[0] if kept is not None else build(rules.load(paths), key)


def build(all_rules: list[Rule], key: str = "") -> RuleIndex:
    """The index of `all_rules`."""
    from unspill.engine import directives, obfuscation, watched
    from unspill.engine.anchors import alphabet, anchors, needs_keyword, required, widths
    from unspill.engine.named import loosened
    from unspill.judge import issuers

    # The generic rules come last, so that the others keep their indexes.
    all_rules = sorted(all_rules, key=lambda rule: rule.generic)
    shaped = [rule for rule in all_rules if not rule.generic]
    by_name = {rule.id: index for index, rule in enumerate(all_rules) if rule.generic}
    by_alphabet: dict[str, list[int]] = {}
    for index, rule in enumerate(shaped):
        if needs_keyword(rule):
            by_alphabet.setdefault(alphabet(rule), []).append(index)
    spans = [widths(rule) for rule in all_rules]
    named = [loosened(one) for name in contexts.FINDERS for one in contexts.finder(name).ANCHORS] if by_name else []
    by_prefix = anchors(shaped)
    return RuleIndex(
        key,
        [json.dumps([getattr(rule, field) for field in _SCAN_FIELDS]) for rule in all_rules],
        [*by_prefix, *named, *obfuscation.anchors(shaped), *directives.ANCHORS, *watched.ANCHORS],
        [shortest for shortest, _ in spans],
        [longest for _, longest in spans],
        [required(rule) for rule in all_rules],
        by_alphabet,
        by_name,
        issuers.table(shaped) if by_name else {},
        issuers.beginnings(by_prefix),
        sorted(rules.env_names(all_rules)),
    )


def _key(paths: list[str], *, hyperscan: bool) -> str:
    """Everything that the index and the database depend on, as text."""
    library = ""
    if hyperscan:
        import hyperscan as library_module

        library = f"{getattr(library_module, '__version__', '')} {_machine()}"
    parts = [f"{_FORMAT} {__version__} {library}"]
    # Including the modules that build anchors: in a checkout they change without a new version.
    for path in [*paths, *(os.path.join(os.path.dirname(__file__), f"{name}.py") for name in _MAKERS)]:
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            parts.append(path)
        else:
            parts.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(parts)


def _machine() -> str:
    # The database also depends on the CPU's features; loading one from another CPU fails, and it is rebuilt.
    return os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", "")


def _matcher(index: RuleIndex, database: bytes, *, hyperscan: bool) -> Matcher:
    return HyperscanMatcher(database, index.anchors) if hyperscan else RegexMatcher(index.anchors)


def _place(key: str) -> str:
    """The path of the two cache files for `key`, without their suffix."""
    return os.path.join(folder(), f"rules-{zlib.crc32(key.encode()):08x}")


def _read(place: str, key: str, *, hyperscan: bool) -> tuple[RuleIndex, Matcher] | None:
    """The cached index and matcher for `key`; None if missing or unusable for any reason."""
    kept = _read_index(place, key)
    if kept is None:
        return None
    index, checksum = kept
    try:
        database = b""
        if hyperscan:
            with open(f"{place}.hs", "rb") as file:
                database = file.read()
            if zlib.crc32(database) != checksum:
                return None
        return index, _matcher(index, database, hyperscan=hyperscan)
    except (OSError, ValueError):
        return None


def _read_index(place: str, key: str) -> tuple[RuleIndex, int] | None:
    """The cached index for `key`, and its database's checksum; None as for `_read`."""
    try:
        with open(f"{place}.json", "rb") as file:
            content = json.load(file)
        if content["key"] != key:
            return None
        fields = dict(content, anchors=list(map(Anchor._make, content["anchors"])))
        checksum = fields.pop("database")
        return RuleIndex(**fields), checksum
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _write(place: str, index: RuleIndex, database: bytes) -> None:
    """Cache both files. Write errors are ignored."""
    content = {**index._asdict(), "database": zlib.crc32(database)}
    files = [(f"{place}.json", json.dumps(content, separators=(",", ":")).encode())]
    if database:
        files.insert(0, (f"{place}.hs", database))
    try:
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
        for path, data in files:
            keep(path, data)
    except OSError:
        return
