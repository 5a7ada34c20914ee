"""Set up a repository: configuration, a pre-commit hook and a CI job.

Nothing is overwritten. A file of another program only gets additions, and keeps every byte.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from unspill import settings, space
from unspill.app import insert, installed
from unspill.errors import ConfigError, UserError
from unspill.project import index, read, remotes
from unspill.project.tree import DiskTree, Overlay
from unspill.project.write import FileChange
from unspill.suppress import importers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from unspill.model import Tree

FORGES = ("github", "gitlab")
_PRE_COMMIT = ".pre-commit-config.yaml"
_GITLAB = ".gitlab-ci.yml"
_WORKFLOWS = ".github/workflows"
_UNSAFE = re.compile(r"[$\x00-\x1f\x7f\ud800-\udfff]|\A\s*(?:-|\Z)")
"""What a job would expand, what ends a line of it, what no UTF-8 has, and what is an option of pip's, or nothing."""
_NO_SOURCE = "not added: unspill was installed from a folder or file of this machine; name one that the job can reach"
_WITH_SOURCE = 'unspill init --install "unspill @ git+https://<host>/<repository>@<commit>"'


class Step(NamedTuple):
    """A part of the setup."""

    path: str
    """The file: POSIX, relative to the root. Else the name of the part."""
    state: str
    """The action taken, or why none."""
    change: FileChange | None = None
    by_hand: str = ""
    """What must be added manually, since it cannot be added safely."""


def steps(root: str, forge: str | None = None, requirement: str | None = None) -> list[Step]:
    """The steps for setting up the folder `root`.

    `forge` is one of FORGES, or "none", and selects the CI platform; None detects it. `requirement` is what a CI job
    installs; None means what this unspill was installed from. Raises UserError for one that no job can have.
    """
    if requirement is not None and installed.has_credentials(requirement):
        raise UserError("--install: has credentials, which would be in the repository; name a source without")
    if requirement is not None and _UNSAFE.search(requirement):
        raise UserError(
            f"--install {requirement!r}: must be a requirement of pip's, no option, without $ and control characters"
        )
    tree = DiskTree(root)
    git = index.git_folder(root)
    found = [_settings(tree)]
    if git is None:
        found.append(Step("pre-commit", "skipped: not a git repository"))
    else:
        found.append(_addition(tree, _PRE_COMMIT, "hook", _template("pre-commit.yml"), insert.repository))
    forges = _forges(tree, git) if forge is None else {forge} & {*FORGES}
    if forges:
        requirement = requirement or installed.requirement()
    if "github" in forges:
        found.append(_workflow(tree, requirement))
    if "gitlab" in forges:
        found.append(_addition(tree, _GITLAB, "job", _job("gitlab.yml", requirement), _gitlab_job))
    if not forges and forge is None:
        found.append(Step("pipeline", f"skipped: {_no_forge(tree)}; use --ci to add a job anyway"))
    return found


def wants_hooks(root: str) -> bool:
    """Whether the work tree `root` configures pre-commit, but the git hook is not installed."""
    git = index.git_folder(root)
    if git is None or not os.path.lexists(os.path.join(root, _PRE_COMMIT)):
        return False
    return not os.path.lexists(os.path.join(index.common_folder(git), "hooks", "pre-commit"))


def importable(root: str) -> list[str]:
    """The ignore files of other scanners in `root` that suppress findings."""
    return [name for name, content in _ignore_files(DiskTree(root)).items() if content.ignored]


def _ignore_files(tree: Tree) -> dict[str, importers.Suppressions]:
    found = {}
    for name in importers.NAMES:
        with contextlib.suppress(ConfigError):  # the import reports what is wrong with the file
            if data := tree.read(name):
                found[name] = importers.parse(data, name)
    return found


def _excludes(tree: DiskTree) -> list[str]:
    """What other scanners exclude, if unspill can exclude the same: not with exceptions, and never all files."""
    patterns = [pattern for content in _ignore_files(tree).values() for pattern in content.excludes]
    exceptions = any(pattern.startswith("!") for pattern in patterns)
    return [] if exceptions or not _accepted(tree, "unspill.toml", _table(patterns)) else patterns


def _accepted(tree: DiskTree, path: str, content: bytes) -> bool:
    """Whether the settings can be used once the file at `path` has this content."""
    trial = Overlay(tree.root)
    trial.change(path, content)
    try:
        settings.load(trial, "")
    except ConfigError:
        return False
    return True


def _table(excludes: Iterable[str]) -> bytes:
    lines = "".join(f"  {json.dumps(pattern, ensure_ascii=False)},\n" for pattern in excludes)
    between = f"\n{lines}" if lines else ""
    return f"# Files to skip (.gitignore syntax).\nexclude = [{between}]\n".encode()


def _settings(tree: DiskTree) -> Step:
    found = settings.project_file(tree, "")
    if found is not None:
        return Step(found[0], "already configured")
    table = _table(_excludes(tree))
    project = tree.read("pyproject.toml")
    if project is not None and any(line.startswith(b"[tool.") for line in project.splitlines()):
        after = insert.table(project, b"[tool.unspill]\n" + table)
        if _accepted(tree, "pyproject.toml", after):
            return Step("pyproject.toml", "settings added", FileChange("pyproject.toml", project, after))
    return _new(tree, "unspill.toml", table)


def _new(tree: DiskTree, path: str, content: bytes | None) -> Step:
    """A new file; None is a job that lacks a source."""
    if content is None:
        return Step(path, _NO_SOURCE, by_hand=_WITH_SOURCE)
    if os.path.lexists(tree.disk(path)):
        return Step(path, f"not overwritten: {path} exists")
    return Step(path, "new", FileChange(path, None, content))


def _addition(
    tree: DiskTree, path: str, what: str, addition: bytes | None, add: Callable[[bytes, bytes], bytes | None]
) -> Step:
    """The file at `path` with `addition`, unless it already mentions unspill; None is a job that lacks a source."""
    before = tree.read(path)
    if before is not None and b"unspill" in before:
        return Step(path, "already configured")
    if before is None or addition is None:
        return _new(tree, path, addition)
    after = add(before, addition)
    if after is None:
        return Step(path, "not changed: cannot be edited safely; add manually", by_hand=addition.decode())
    return Step(path, f"{what} added", FileChange(path, before, after))


def _workflow(tree: DiskTree, requirement: str | None) -> Step:
    for name in tree.list(_WORKFLOWS):
        if b"unspill" in (tree.read(f"{_WORKFLOWS}/{name}") or b""):
            return Step(f"{_WORKFLOWS}/{name}", "already configured")
    return _new(tree, f"{_WORKFLOWS}/unspill.yml", _job("github.yml", requirement))


def _job(name: str, requirement: str | None) -> bytes | None:
    """A template with what it installs; None if nobody knows."""
    if requirement is None:
        return None
    return _template(name).replace(b"<requirement>", json.dumps(requirement, ensure_ascii=False).encode())


def _gitlab_job(data: bytes, addition: bytes) -> bytes | None:
    """The job added to others: in the stage that always exists, whatever `stages` are defined."""
    return insert.job(data, addition.replace(b"stage: test", b"stage: .pre"))


def _forges(tree: Tree, git: str | None) -> set[str]:
    """The CI platforms, detected from existing files and from the hosts of the remotes."""
    hosts = remotes.hosts(git) if git is not None else frozenset()
    found = {forge for forge in FORGES if any(forge in host for host in hosts)}
    if tree.list(_WORKFLOWS):
        found.add("github")
    if tree.read(_GITLAB) is not None:
        found.add("gitlab")
    return found


def _no_forge(tree: Tree) -> str:
    if space.find(tree, "README.md").sdk:
        return "Space repositories have no CI"
    return "no remote on GitHub or GitLab"


def _template(name: str) -> bytes:
    """A file of `ci/`: the wheel's copy, else the checkout's."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    packaged = os.path.join(package, "_ci")
    checkout = os.path.join(os.path.dirname(os.path.dirname(package)), "ci")
    data = read.regular(os.path.join(packaged if os.path.isdir(packaged) else checkout, name))
    if data is None:
        raise FileNotFoundError(name)
    return data
