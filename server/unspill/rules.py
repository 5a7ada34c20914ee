"""Rules: the definition of each kind of credential. One TOML file per provider, under `rules/<category>/`.

CONTRIBUTING.md describes the file format. A wheel has all of them in one JSON file instead. Either is loaded once;
then the engine caches the rules, because parsing them takes longer than a scan.
"""

from __future__ import annotations

import os
import re
import stat
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from unspill.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from unspill.providers import ProviderRequest

_HERE = os.path.dirname(os.path.abspath(__file__))
PACKED = os.path.join(_HERE, "_rules.json")
"""All shipped rules in one file, in a wheel only."""
CHECKOUT = os.path.join(os.path.dirname(os.path.dirname(_HERE)), "rules")
"""The folder of the shipped rules in a checkout."""
_LONGEST = 2000
"""Characters of a pattern: on a hit of a longer one, `regex` looks at its clock too rarely for any limit in time."""
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_ENV_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_LOOK_AROUND = re.compile(r"\(\?(?:<?[=!])|\\[bB]|(?<!\\)(?:\^|\$)(?![^\[]*\])")
_BEYOND_BYTES = re.compile(r"(?<!\\)(?:\\\\)*\\[uUN]")
"""Escapes of characters by number or name, which a pattern on bytes does not support."""
_PROVIDER_KEYS: dict[str, type] = {
    "name": str,
    "revoke": str,
    "create": str,
    "overlap": str,
    "verify": object,
    "revocation": object,
}
KEYS: dict[str, type] = {
    "id": str,
    "name": str,
    "env": list,
    "pattern": str,
    "impact": str,
    "rotate": str,
    "source": str,
    "checked": object,
    "evidence": str,
    "status": str,
    "formerly": list,
    "example": list,
    "not": list,
    "keywords": list,
    "entropy": float,
    "checksum": str,
    "pair": list,
    "severity": str,
    "public": bool,
    "fallback": bool,
    "languages": list,
    "boundary": str,
    "confidence": str,
    "revoke": str,
    "create": str,
    "overlap": str,
}
_REQUIRED = ("id", "name", "pattern", "impact", "rotate", "example", "not")
_CHOICES = {
    "evidence": ("documented", "observed", "guess"),
    "status": ("active", "retired"),
    "severity": ("error", "warning", "info", "hint"),
    "boundary": ("alnum", "word"),
    "confidence": ("high", "medium", "low"),
    "overlap": ("many", "two", "one", "family"),
}


class Rule(NamedTuple):
    """One kind of credential. The fields are those of the file; see CONTRIBUTING.md."""

    id: str
    name: str
    provider: str
    category: str
    pattern: str
    """A regular expression without look-around. A capturing group, if any, marks the secret inside the match."""
    env: tuple[str, ...] = ()
    revoke: str = ""
    impact: str = ""
    """What the credential gives access to: one sentence."""
    rotate: str = ""
    """How to replace it, or that no replacement is needed: one sentence."""
    source: str = ""
    """The URL of the page that documents the format."""
    checked: str = ""
    """The ISO 8601 date on which the page was checked."""
    evidence: str = ""
    """`documented` by the issuer, `observed` by others, or a `guess`; empty if unspecified."""
    status: str = "active"
    """`retired` if nothing accepts such credentials any more."""
    formerly: tuple[str, ...] = ()
    """Former ids of the rule, still accepted everywhere."""
    keywords: tuple[str, ...] = ()
    """Lower-case words, one of which must be nearby, because the pattern alone is ambiguous."""
    entropy: float | None = None
    """Minimum Shannon entropy in bits per character; None computes it from length and alphabet."""
    checksum: str = ""
    pair: tuple[str, ...] = ()
    severity: str = ""
    public: bool = False
    fallback: bool = False
    """Whether many issuers share the format, so that any other rule on the same text wins."""
    languages: tuple[str, ...] = ()
    boundary: str = "alnum"
    confidence: str = ""
    example: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    file: str = ""
    create: str = ""
    """The page that creates a new one, where it is not that of `revoke`."""
    overlap: str = ""
    """How many may be valid at a time: `many`, `two`, `one`, or `family` (others die with it); empty if unknown."""
    verify: ProviderRequest | None = None
    """The request that tells whether one is live or dead."""
    revocation: ProviderRequest | None = None
    """The request that revokes one, with nothing but itself."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids accepted for the rule: its id, then former ones."""
        return (self.id, *self.formerly)

    @property
    def generic(self) -> bool:
        """Whether the rule matches by name and site only."""
        return self.id.startswith("generic-")

    @property
    def docs(self) -> str:
        """What the credential gives access to, and how to replace it."""
        return f"{self.impact} {self.rotate}".strip()

    @property
    def usual_severity(self) -> str:
        """The severity of a finding with high confidence."""
        return self.severity or ("info" if self.public else "error")


def source() -> str:
    """Where the shipped rules are: the wheel's file, else the folder of the checkout."""
    return PACKED if os.path.isfile(PACKED) else CHECKOUT


def shipped() -> list[str]:
    """The files that the shipped rules are loaded from: the wheel's one, else all of the checkout's."""
    place = source()
    return [place] if place == PACKED else files(place)


def files(root: str) -> list[str]:
    """Every rule file below `root`, sorted."""
    found = []
    with os.scandir(root) as categories:
        for category in categories:
            if category.is_dir():
                with os.scandir(category.path) as entries:
                    found += [entry.path for entry in entries if entry.name.endswith(".toml")]
    return sorted(found)


def pieces(example: str) -> Iterator[tuple[str, bool]]:
    """The parts of an example: literal text, and the patterns (True) between braces; `{{` and `}}` are literal braces.

    Raises ValueError.
    """
    text, at = "", 0
    while at < len(example):
        char = example[at]
        if example[at : at + 2] in ("{{", "}}"):
            text += char
            at += 2
        elif char == "{":
            end = _closing(example, at)
            yield text, False
            yield example[at + 1 : end], True
            text, at = "", end + 1
        elif char == "}":
            raise ValueError(f"unmatched brace in {example!r}: write }}}} for a literal one")
        else:
            text += char
            at += 1
    yield text, False


def _closing(example: str, start: int) -> int:
    """The offset that closes the brace at `start`: braces nest; those in a class or after a backslash do not count."""
    depth, at, in_class = 0, start, False
    while at < len(example):
        char = example[at]
        if char == "\\":
            at += 1
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    raise ValueError(f"unclosed brace in {example!r}")


def pack(rules: Iterable[Rule], root: str) -> bytes:
    """The content of the file `PACKED`, for the rules below the folder `root`: one file to read instead of hundreds."""
    import json

    rows = [rule._replace(file=os.path.relpath(rule.file, root).replace(os.sep, "/")) for rule in rules]
    return json.dumps(rows, separators=(",", ":")).encode()


def from_row(fields: Iterable[str], row: Iterable[Any]) -> Rule:
    """The rule of a row of JSON fields."""
    values: Iterable[Any] = (tuple(value) if isinstance(value, list) else value for value in row)
    return Rule(**dict(zip(fields, values, strict=True)))


@lru_cache(maxsize=1)
def catalog() -> tuple[Rule, ...]:
    """The shipped rules, loaded once: for what asks about all of them more than once."""
    return tuple(load(shipped()))


def env_names(known: Iterable[Rule]) -> frozenset[str]:
    """The names of the environment that rules know to be of secrets."""
    return frozenset(name for rule in known if not rule.public for name in rule.env)


def load(paths: Iterable[str]) -> list[Rule]:
    """The rules in the files at `paths`. Raises RuleError, naming file, key and reason."""
    rules = [rule for path in paths for rule in (_unpacked(path) if path == PACKED else _load_file(path))]
    seen: dict[str, str] = {}
    for rule in rules:
        if rule.id in seen:
            raise RuleError(f"{rule.file}: id: {rule.id!r} is already the id of a rule in {seen[rule.id]}")
        seen[rule.id] = rule.file
    for rule in rules:
        for former in rule.formerly:
            if former in seen:
                raise RuleError(f"{rule.file}: formerly: {former!r} is the id of a rule in {seen[former]}")
            seen[former] = rule.file
    present = {name: rule.id for rule in rules for name in rule.ids}
    for rule in rules:
        for other in rule.pair:
            if other not in present:
                raise RuleError(f"{rule.file}: pair: unknown rule {other!r} in {rule.id!r}")
    return [rule._replace(pair=tuple(present[other] for other in rule.pair)) if rule.pair else rule for rule in rules]


def _unpacked(path: str) -> list[Rule]:
    import json

    from unspill.providers import unpacked

    try:
        with open(path, "rb") as file:
            known = [from_row(Rule._fields, row) for row in json.load(file)]
        return [
            rule._replace(verify=unpacked(rule.verify), revocation=unpacked(rule.revocation))
            if rule.verify or rule.revocation
            else rule
            for rule in known
        ]
    except (OSError, ValueError, TypeError) as error:
        raise RuleError(f"{path}: cannot be read ({type(error).__name__}); reinstall unspill") from None


def _load_file(path: str) -> list[Rule]:
    from unspill import keys, providers, toml

    try:
        content = toml.loads(_read(path))
    except toml.TomlError as error:
        raise RuleError(f"{path}: {error}") from None
    extra = content.keys() - {"provider", "credential"}
    if extra:
        raise RuleError(f"{path}: {min(extra)}: unknown table; a rule file has [provider] and [[credential]]")
    provider = content.get("provider")
    if not isinstance(provider, dict):
        raise RuleError(f"{path}: provider: missing; write a [provider] table with name and revoke")
    keys.check(path, "provider", provider, _PROVIDER_KEYS, ("name",))
    keys.check_choice(path, "provider", provider, {"overlap": _CHOICES["overlap"]})
    credentials = content.get("credential", [])
    if not isinstance(credentials, list) or not credentials or not all(isinstance(one, dict) for one in credentials):
        raise RuleError(f"{path}: credential: missing; write at least one [[credential]]")
    category = os.path.basename(os.path.dirname(os.path.abspath(path)))
    known = [_rule(path, category, provider, entry) for entry in credentials]
    return providers.with_requests(path, provider, known) if {"verify", "revocation"} & provider.keys() else known


def _read(path: str) -> bytes:
    """The bytes of a rule file, truncated beyond the maximum size. Raises RuleError."""
    from unspill import toml

    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a device may never end, and a pipe never start
            raise RuleError(f"{path}: is not a regular file")
        with open(path, "rb") as file:
            return file.read(toml.LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "invalid path"
        raise RuleError(f"{path}: cannot be read: {reason}") from None


def _rule(path: str, category: str, provider: dict[str, str], entry: dict[str, Any]) -> Rule:
    from unspill import keys

    where = f"credential {entry.get('id', '?')}"
    keys.check(path, where, entry, KEYS, _REQUIRED)
    if not _ID.match(entry["id"]):
        raise RuleError(f"{path}: {where}: id: use lower-case words joined by hyphens")
    pattern = entry["pattern"]
    compiled = _compiled(pattern, f"{path}: {where}: pattern")
    if _LOOK_AROUND.search(pattern):
        raise RuleError(f"{path}: {where}: pattern: remove look-around, anchors and \\b; boundaries are added")
    if compiled.groups > 1:
        raise RuleError(f"{path}: {where}: pattern: at most one capturing group, which marks the secret; use (?:…)")
    if compiled.match(""):
        raise RuleError(f"{path}: {where}: pattern: matches the empty string")
    keys.check_choice(path, where, entry, _CHOICES)
    # A published example value is stored split, so that no scanner reports this file as a leak.
    lists = {
        key: tuple("".join(item) for item in entry.get(key, []))
        for key in ("env", "keywords", "pair", "languages", "formerly", "example", "not")
    }
    for name in lists["env"]:
        if not _ENV_NAME.match(name):
            raise RuleError(f"{path}: {where}: env: {name!r} is not a valid name for a Space's secret")
    for word in lists["keywords"]:
        if word != word.lower() or len(word) < 2:
            raise RuleError(f"{path}: {where}: keywords: {word!r}: use lower case, two characters or more")
    for former in lists["formerly"]:
        if not _ID.match(former):
            raise RuleError(f"{path}: {where}: formerly: {former!r}: use lower-case words joined by hyphens")
    if not lists["example"]:
        raise RuleError(f"{path}: {where}: example: write at least one, with the secret generated: {{…}}")
    # What is revoked on a page of its own is another kind of credential.
    inherited = () if "revoke" in entry else ("revoke", "create", "overlap")
    own: dict[str, Any] = {key: provider[key] for key in inherited if key in provider}
    fields = {**own, **entry, **lists, "checked": _checked(entry, f"{path}: {where}")}
    if "create" in fields and not keys.ADDRESS.match(fields["create"]):
        raise RuleError(f"{path}: {where}: create: must be the https URL of a page")
    fields["negative"] = fields.pop("not")
    return Rule(**fields, provider=provider["name"], category=category, file=path)


def _checked(entry: dict[str, Any], where: str) -> str:
    """The date on which the source was checked, "" if there is none; every rule but a guess must have one."""
    from datetime import date, datetime

    from unspill.keys import ADDRESS

    source, checked = entry.get("source", ""), entry.get("checked")
    if source and not ADDRESS.match(source):
        raise RuleError(f"{where}: source: must be the https URL of a page")
    if checked is not None and (not isinstance(checked, date) or isinstance(checked, datetime)):
        raise RuleError(f"{where}: checked: must be a date without quotes, such as 2026-11-30")
    if entry.get("evidence") in ("documented", "observed") or source or checked:
        for key in ("source", "checked"):
            if key not in entry:
                raise RuleError(f"{where}: {key}: missing; write where the format is documented, and when checked")
    return checked.isoformat() if checked else ""


def _compiled(pattern: str, where: str) -> re.Pattern[str]:
    import warnings

    if len(pattern) > _LONGEST:
        raise RuleError(
            f"{where}: has {len(pattern):,} characters, at most {_LONGEST:,} are allowed; write several rules"
        )
    if not pattern.isascii() or _BEYOND_BYTES.search(pattern):
        raise RuleError(f"{where}: write non-ASCII characters as their UTF-8 bytes: \\xc3\\xa9")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # the engines interpret differently what `re` warns of
            return re.compile(pattern)
    except RecursionError:
        raise RuleError(f"{where}: nested too deeply") from None
    except (re.error, OverflowError, Warning) as error:
        raise RuleError(f"{where}: does not compile: {error}") from None
