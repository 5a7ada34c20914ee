"""The diagnosis of an installation and a project: versions, configuration and paths, no values."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

from unspill import __version__, rules, settings, space
from unspill.app import loading
from unspill.engine import cache
from unspill.engine.matchers import has_hyperscan
from unspill.errors import UserError
from unspill.fixes import declare
from unspill.pipeline import Scanners, known_rules
from unspill.project import read
from unspill.project.paths import relative
from unspill.project.tree import DiskTree

if TYPE_CHECKING:
    from unspill.app import Request

_GRAMMARS = "bash containerfile json python toml yaml".split()
_LIBRARIES = (
    *("hyperscan", "regex", "pygit2", "pygls", "lsprotocol", "tree-sitter"),
    *(f"tree-sitter-{name}" for name in _GRAMMARS),
)
_OPTIONAL = "hyperscan"


class Diagnosis(NamedTuple):
    """The diagnosis. Paths of the installation are absolute, those of the project as in reports."""

    version: str
    python: str
    platform: str
    libraries: dict[str, str | None]
    """Versions; None for what is not installed."""
    engine: str
    """`hyperscan`, or `regex` where that is not installed."""
    rules: int
    """Number of rules; 0 if they are unusable."""
    rules_source: str
    user_config: str
    """Where the user's own configuration is, or would be."""
    has_user_config: bool
    project_config: str | None
    baseline: str | None
    root: str
    """The root of the scan."""
    space: str
    """The folder of the Space or app; `.env` is there."""
    sdk: str
    env: str
    """Of the `.env`: `missing`, `tracked`, `ignored` or `not ignored` by git."""
    loads: tuple[loading.Load, ...]
    start: str
    """The command that starts the app, or `COMMAND`."""
    cache: str
    cache_writable: bool
    server: tuple[str, ...]
    """The command that editors start."""
    on_path: bool
    """Whether the `unspill` on the PATH is this one."""
    problems: tuple[str, ...]
    """Problems that prevent commands from working, one line each, with the remedy."""


def diagnose(request: Request, program: str) -> Diagnosis:
    """Diagnose the installation and the single folder of a request. `program` is what this process was started as."""
    problems: list[str] = []
    tree = DiskTree(request.root)
    here = relative(os.path.realpath(os.path.join(request.working, *request.paths)), tree.root).removeprefix(".")
    config, count = _configured(request, tree, here, problems)
    loads = () if problems else tuple(loading.lines(request, request.paths))
    place = space.find(tree, f"{here}/x" if here else "x")
    libraries = {name: _version(name) for name in _LIBRARIES}
    missing = [name for name, version in libraries.items() if version is None and name != _OPTIONAL]
    problems += [f"{name}: not installed; reinstall unspill" for name in missing]
    server, on_path = _server(program)
    user_config, baseline = read.user_config_path(), request.own_baseline
    return Diagnosis(
        version=__version__,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        platform=f"{platform.system()} {platform.machine()}",
        libraries=libraries,
        engine="hyperscan" if has_hyperscan() else "regex",
        rules=count,
        rules_source=rules.source(),
        user_config=user_config,
        has_user_config=os.path.isabs(user_config) and os.path.isfile(user_config),
        project_config=None if config is None else relative(tree.disk(config), request.working),
        baseline=relative(baseline, request.working) if os.path.lexists(baseline) else None,
        root=relative(tree.root, request.working),
        space=relative(tree.disk(place.root), request.working),
        sdk=place.sdk,
        env=_env(tree, place.path(declare.STORE)),
        loads=loads,
        start=loading.start(tree, place, request.working),
        cache=cache.folder(),
        cache_writable=_writable(cache.folder()),
        server=server,
        on_path=on_path,
        problems=tuple(problems),
    )


def _configured(request: Request, tree: DiskTree, here: str, problems: list[str]) -> tuple[str | None, int]:
    """The project's configuration, and the number of rules; unusable parts are added to `problems`."""
    config, count = None, 0
    try:
        found = settings.project_file(tree, here)
        config = found and found[0]
        loaded = request.load(tree, here)
        scanner = Scanners(use_cache=request.cache).of(loaded.rules)
        count = len(scanner.rules)
        loaded.check_names(known_rules(scanner))
    except UserError as error:
        problems.append(str(error))
    return config, count


def _env(tree: DiskTree, path: str) -> str:
    if not os.path.lexists(tree.disk(path)):
        return "missing"
    if tree.tracked(path):
        return "tracked"
    return "ignored" if tree.ignored(path) else "not ignored"


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _writable(folder: str) -> bool:
    """Whether a folder can be written, or made."""
    while not os.path.lexists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)


def _server(program: str) -> tuple[tuple[str, ...], bool]:
    """The command that starts this unspill as a server, and whether `unspill server` does."""
    path = os.path.abspath(program)
    found = shutil.which("unspill")
    is_script = os.path.basename(path).partition(".")[0] == "unspill" and os.path.isfile(path)
    command = (path, "server") if is_script else (sys.executable, "-m", "unspill", "server")
    return command, is_script and found is not None and os.path.realpath(found) == os.path.realpath(path)
