"""Settings: defaults < the user's file < the project's file < the editor < flags.

The project is not trusted: its file may only set `exclude`, `ignore` and `severity`, and may not use them to turn
everything off. Lists add up from layer to layer; any other value is replaced by the next layer's.
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from unspill.errors import ConfigError
from unspill.model import Confidence, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from unspill.model import Finding, Tree

CONFIDENCES = tuple(confidence.label for confidence in reversed(Confidence))
SEVERITIES = tuple(severity.value for severity in Severity)
FAIL_ON = SEVERITIES[:3]
_KEYS = ("confidence", "fail-on", "select", "ignore", "severity", "exclude", "rules", "max-file-size")
_RENAMED = {"disable": "ignore"}
"""Former names of keys, with the current ones."""
_PROJECT_KEYS = ("exclude", "ignore", "severity")
_LISTS = frozenset(["select", "ignore", "exclude", "rules"])
_NEAR = 0.75
"""The least ratio (of difflib) of two words of which one may be meant by the other."""
_BEGINNING = 3
"""The least number of letters that stand for the word they begin."""
_EDITOR = "the editor's settings"
_SIZE = re.compile(r"(\d{1,18}(?:\.\d{1,18})?) ?(|k|m|g)b?\Z", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
# Two paths that share nothing: a pattern that matches both matches everything.
_PROBES = ("q7zk", "w3/x9/q7zk")


class Exclude(NamedTuple):
    """A pattern (gitignore syntax) of files that are not scanned."""

    pattern: str
    folder: str | None
    """What it is relative to: a folder of the tree ("" is its root); None for the path as people see it."""
    source: str
    """The file or the flag that says so, for messages."""


class ConfigFile(NamedTuple):
    """A configuration file that the user, not the project, chose: its path, for messages, and its bytes."""

    path: str
    data: bytes


class Settings(NamedTuple):
    """The settings of a run. Rules are given by id, or by a pattern with `*`."""

    confidence: Confidence = Confidence.MEDIUM
    fail_on: Severity = Severity.ERROR
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    config_ignore: tuple[str, ...] = ()
    """Rules that a configuration file ignores; their findings are counted."""
    severity: tuple[tuple[str, Severity], ...] = ()
    exclude: tuple[Exclude, ...] = ()
    rules: tuple[str, ...] = ()
    """Additional rule files to load; in a configuration file, relative to its folder."""
    max_file_size: int = 20_000_000
    """Bytes."""
    source: str = ""
    """The project's file, if it sets anything."""

    def judge(self, finding: Finding) -> Finding | None:
        """The finding with the severity set by these settings; None if they exclude it."""
        if finding.confidence < self.confidence or not self.wants(*finding.ids):
            return None
        severity = self.severity_of(*finding.ids)
        return finding if severity in (None, finding.severity) else finding._replace(severity=severity)

    def judged(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Those of the findings that these settings want, as `judge` has them."""
        return tuple(kept for finding in findings if (kept := self.judge(finding)) is not None)

    def wants(self, *ids: str) -> bool:
        """Whether a rule with these `ids` is enabled."""
        if self.select and not _named(ids, self.select):
            return False
        return not _named(ids, (*self.ignore, *self.config_ignore))

    def severity_of(self, *ids: str) -> Severity | None:
        """The severity set for a rule; None for the default of the rule."""
        return next((severity for name, severity in reversed(self.severity) if _named(ids, [name])), None)

    @property
    def names_rules(self) -> bool:
        """Whether any rule is named, which `check_names` can check."""
        return bool(self.select or self.ignore or self.config_ignore or self.severity)

    def config_ignores(self, finding: Finding) -> bool:
        """Whether the finding is excluded only by a configuration file."""
        return _named(finding.ids, self.config_ignore) and self._replace(config_ignore=()).judge(finding) is not None

    def check_names(self, known: Mapping[tuple[str, ...], Severity]) -> None:
        """Check the rule names against all rules, given by their ids, with their severities.

        Raises ConfigError for an unknown name, and if the project disables every error-level rule.
        """
        config = f"{self.source}: ignore" if self.source else "ignore"
        severity = f"{self.source}: severity" if self.source else "severity"
        named = [("select", self.select), ("ignore", self.ignore), (config, self.config_ignore)]
        named.append((severity, tuple(name for name, _ in self.severity)))
        unknown = [
            f"{key}: unknown rule {name!r}{suggestion(name, (ids[0] for ids in known))}"
            for key, names in named
            for name in names
            if not any(_named(ids, [name]) for ids in known)
        ]
        if unknown:
            raise ConfigError(*unknown)
        if not self.config_ignore and not self.severity:
            return
        left = {ids: severity for ids, severity in known.items() if not _named(ids, self.config_ignore)}
        if not any((self.severity_of(*ids) or severity) is Severity.ERROR for ids, severity in left.items()):
            raise ConfigError(f"{self.source or 'ignore'}: would disable every error-level rule; ignore fewer rules")


def load(
    tree: Tree | None,
    path: str,
    *,
    user: Iterable[ConfigFile] = (),
    editor: Mapping[str, object] = {},
    flags: Mapping[str, object] = {},
    isolated: bool = False,
) -> Settings:
    """The settings for the file or folder at `path` of `tree`.

    `user` are files that the user chose, later ones win. The project's file is the nearest `unspill.toml`, or
    `pyproject.toml` with a `[tool.unspill]` table, above `path` in the tree; `isolated` (or no tree) leaves it out.
    Raises ConfigError, naming file and key.
    """
    settings = Settings()
    for file in user:
        table = _parse(file.path, file.data)
        if posixpath.basename(file.path) == "pyproject.toml":
            table = _tool(table) or {}
        before = len(settings.rules)
        settings = _apply(settings, table, file.path, _KEYS, None)
        # Not from the working folder, where a project could have a file of that name.
        own = (os.path.join(os.path.dirname(file.path), name) for name in settings.rules[before:])
        settings = settings._replace(rules=(*settings.rules[:before], *own))
    if tree is not None and not isolated and (found := project_file(tree, path)):
        name, table = found
        settings = _apply(settings, table, name, _PROJECT_KEYS, posixpath.dirname(name))._replace(source=name)
    settings = _apply(settings, {_kebab(key): value for key, value in editor.items()}, _EDITOR, _KEYS, None)
    return _apply(settings, {key.replace("_", "-"): value for key, value in flags.items()}, "", _KEYS, None)


def _kebab(key: str) -> str:
    """The key for its spelling in an editor; an unknown key is unchanged, so that it can be masked in a message."""
    kebab = re.sub(r"(?<=[a-z])([A-Z])", r"-\1", key).lower().replace("_", "-")
    return kebab if kebab in (*_KEYS, *_RENAMED) else key


def size(text: str) -> int:
    """A size in bytes: `500000`, `500kB`, `20MB` (powers of ten). Raises ValueError."""
    match = _SIZE.match(text.strip())
    if match is None:
        raise ValueError("must be a number of bytes, or one with kB, MB or GB")
    return int(float(match[1]) * _UNITS[match[2].lower()])


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` for the closest of the known words, or the first that `word` begins; nothing if none is near.

    The dashes of options do not count.
    """
    import difflib

    bare, names = word.lstrip("-"), {name.lstrip("-"): name for name in known}
    begun = (name for name in names if len(bare) >= _BEGINNING and name.startswith(bare))
    close = next(iter(difflib.get_close_matches(bare, names, 1, _NEAR)), None) or next(begun, None)
    return f"; did you mean {names[close]}?" if close else ""


def project_file(tree: Tree, path: str) -> tuple[str, dict[str, Any]] | None:
    """The project's file for the file or folder at `path`: its own path, and its table. Raises ConfigError."""
    folder = path
    while True:
        name = posixpath.join(folder, "unspill.toml")
        data = tree.read(name)
        if data is not None:
            return name, _parse(name, data)
        name = posixpath.join(folder, "pyproject.toml")
        data = tree.read(name)
        if data is not None and b"unspill" in data and (table := _tool(_parse(name, data))) is not None:
            return name, table
        if not folder:
            return None
        folder = posixpath.dirname(folder)


def _tool(table: dict[str, Any]) -> dict[str, Any] | None:
    tools = table.get("tool")
    own = tools.get("unspill") if isinstance(tools, dict) else None
    return own if isinstance(own, dict) else None


def _parse(path: str, data: bytes) -> dict[str, Any]:
    from unspill import toml

    try:
        return toml.loads(data)
    except toml.TomlError as error:
        raise ConfigError(f"{path}: {error}") from None


def _apply(
    settings: Settings, table: Mapping[str, object], source: str, allowed: tuple[str, ...], folder: str | None
) -> Settings:
    """The settings overridden by one layer. `source` names it in messages; flags have none."""
    changed: dict[str, Any] = {}
    mistakes: list[str] = []
    for key, value in table.items():
        try:
            changed |= _changed(settings, key, value, source=source, allowed=allowed, folder=folder)
        except ConfigError as error:
            mistakes += error.args
    if mistakes:
        raise ConfigError(*mistakes)
    return settings._replace(**changed)


def _changed(
    settings: Settings, key: str, value: object, *, source: str, allowed: tuple[str, ...], folder: str | None
) -> dict[str, Any]:
    """The fields that a key of a layer changes. Raises ConfigError."""
    where = f"{source}: {key}" if source else f"--{key}"
    if key in _RENAMED:
        raise ConfigError(f"{where}: was renamed to {_RENAMED[key]}")
    if key not in _KEYS:
        raise ConfigError(f"{where}: unknown key{suggestion(key, allowed)}")
    if key not in allowed:
        only = ", ".join(allowed)
        raise ConfigError(
            f"{where}: not allowed in project configuration (only {only}); set it in ~/.config/unspill/unspill.toml"
        )
    made = _value(key, value, where)
    in_file = source not in ("", _EDITOR)
    field = "config_ignore" if key == "ignore" and in_file else key.replace("-", "_")
    if key == "exclude":
        made = tuple(Exclude(pattern, folder, source or "--exclude") for pattern in made)
        _check_excludes(made, where)
    if key == "severity" or (key in _LISTS and key != "select"):
        made = (*getattr(settings, field), *made)
    return {field: made}


def _value(key: str, value: object, where: str) -> Any:
    if key in _LISTS:
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) and item for item in value):
            raise ConfigError(f"{where}: must be a list of strings")
        return tuple(value)
    if key == "severity":
        if not isinstance(value, dict):
            raise ConfigError(f"{where}: must be a table of rules and severities")
        return tuple((rule, Severity(_word(word, SEVERITIES, f"{where}.{rule}"))) for rule, word in value.items())
    if key == "confidence":
        return Confidence[_word(value, CONFIDENCES, where).upper()]
    if key == "fail-on":
        return Severity(_word(value, FAIL_ON, where))
    try:
        return size(str(value))
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None


def _word(value: object, words: tuple[str, ...], where: str) -> str:
    if not isinstance(value, str) or value not in words:
        close = suggestion(value, words) if isinstance(value, str) else ""
        raise ConfigError(f"{where}: must be one of {', '.join(words)}{close}")
    return value


def _check_excludes(excludes: tuple[Exclude, ...], where: str) -> None:
    """Raise ConfigError for an invalid pattern, and if the patterns of a project exclude every file."""
    if not excludes:
        return
    from unspill import gitignore

    lines = [gitignore.line(exclude.pattern) for exclude in excludes]
    for number, line in enumerate(lines, 1):
        try:
            gitignore.parse(line, strict=True)
        except gitignore.BadPatternError as error:
            raise ConfigError(f"{where}: pattern {number}: {error}; write it as in a .gitignore") from None
    patterns = gitignore.Patterns(lines, below=True)
    if excludes[0].folder is not None and all(patterns.verdict(probe) for probe in _PROBES):
        raise ConfigError(f"{where}: excludes every file; exclude fewer, or run with --isolated")


def _named(ids: Sequence[str], names: Iterable[str]) -> bool:
    """Whether one of the ids of a rule is in `names`, or matches a pattern there."""
    for name in names:
        if name in ids:
            return True
        if "*" in name:
            from fnmatch import fnmatchcase

            if any(fnmatchcase(one, name) for one in ids):
                return True
    return False
