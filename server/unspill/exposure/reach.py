"""What comes within reach of the secrets of an app without a value being passed: remote code, and served folders."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from unspill import budget, languages, space, syntax
from unspill.exposure import modules
from unspill.exposure.scope import Frame, Scopes
from unspill.exposure.sources import is_secret
from unspill.exposure.steps import EndedError, Steps
from unspill.model import Span
from unspill.semantics.python.facts import AttributeRead, Collection, ConstantValue, Invocation, NameRead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from unspill.document import Document
    from unspill.exposure.modules import Unit
    from unspill.model import Tree
    from unspill.semantics.python.facts import Expression

T = TypeVar("T")

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+\Z")
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
_LOADERS = frozenset(["from_pretrained", "pipeline", "SentenceTransformer", "CrossEncoder", "from_config"])
"""The last parts of the names of functions that run the code of a repository if `trust_remote_code` is set."""
_REPOSITORY_NAMES = ("pretrained_model_name_or_path", "model", "model_name_or_path", "model_name")
_REVISIONS = ("revision", "code_revision")
_MANY = 3
"""How many names a message lists."""
_SERVING = {
    "gradio.mount_gradio_app": (-1, "allowed_paths"),
    "gradio.set_static_paths": (0, "paths"),
    "fastapi.staticfiles.StaticFiles": (-1, "directory"),
    "starlette.staticfiles.StaticFiles": (-1, "directory"),
    "flask.Flask": (-1, "static_folder"),
}
"""Calls that serve a folder: the index and the keyword of the argument."""
_LAUNCH = "launch"
_HERE = frozenset(["os.getcwd()", "pathlib.Path.cwd()"])
_TEMPLATES = (".env.example", ".env.template", ".env.sample")
_LOADING = b"load_dotenv"


class RemoteCode(NamedTuple):
    """A call that runs the code of a repository."""

    at: Span
    repository: str
    names: tuple[str, ...]
    """The secrets that it can read."""


class ServedFolder(NamedTuple):
    """A folder that is served to visitors."""

    at: Span
    holds: str
    """What they must not get that is in it."""


def remote_code(document: Document, tree: Tree | None) -> list[RemoteCode]:
    """The calls that run whatever code a repository has at the time, next to secrets."""
    return list(_asked(document, tree, _remote_code))


def served(document: Document, tree: Tree | None) -> list[ServedFolder]:
    """The folders that are served with secrets in them."""
    return list(_asked(document, tree, _served))


class _Asked(NamedTuple):
    """A call, and what its names mean."""

    call: Invocation
    unit: Unit
    scopes: Scopes
    document: Document
    tree: Tree | None

    def constant(self, value: Expression | None) -> str | None:
        """The text of a constant."""
        return self.scopes.constant(value, Frame(self.unit))

    def at(self, value: Expression) -> Span:
        """The place of an expression in the document."""
        return Span(self.unit.base + value.at.start, self.unit.base + value.at.end)


def _asked(document: Document, tree: Tree | None, ask: Callable[[_Asked], Iterator[T]]) -> Iterator[T]:
    if tree is not None and modules.is_installed(document.path, tree):
        return
    try:
        module = modules.of(document)
        scopes = Scopes(module, tree, Steps())
        for unit in module.units():
            for call in unit.facts.calls:
                yield from ask(_Asked(call, unit, scopes, document, tree))
    except (syntax.UnparsedError, budget.OverBudgetError, RecursionError, EndedError):
        return


def _remote_code(asked: _Asked) -> Iterator[RemoteCode]:
    call = asked.call
    trusted = call.argument(-1, "trust_remote_code")
    last = call.callee.name if isinstance(call.callee, (NameRead, AttributeRead)) else ""
    if not isinstance(trusted, ConstantValue) or not trusted.is_true or last not in _LOADERS or call.is_open:
        return
    index = 1 if last == "pipeline" else 0
    repository = asked.constant(call.argument(index, *_REPOSITORY_NAMES)) or ""
    if not _REPOSITORY.match(repository) or (asked.tree is not None and asked.tree.list(repository)):
        return
    given = {name: call.argument(-1, name) for name in _REVISIONS}
    revisions = {name: asked.constant(value) for name, value in given.items() if value is not None}
    if revisions and all(value is None or _COMMIT.match(value) for value in revisions.values()):
        return
    if names := secrets_of(asked.document, asked.tree):
        yield RemoteCode(asked.at(trusted), repository, names)


def _served(asked: _Asked) -> Iterator[ServedFolder]:
    call = asked.call
    name = asked.scopes.meaning(call.callee, asked.unit)
    index, keyword = _SERVING.get(name, (-1, ""))
    if isinstance(call.callee, AttributeRead) and call.callee.name == _LAUNCH and name.startswith("gradio."):
        keyword = "allowed_paths"
    paths = call.argument(index, keyword) if keyword else None
    members = [one.value for one in paths.members] if isinstance(paths, Collection) else [paths]
    for value in members:
        folder = _folder(value, asked) if value is not None else None
        holds = _held(folder, asked) if folder is not None else ""
        if value is not None and holds:
            yield ServedFolder(asked.at(value), holds)


def _folder(value: Expression, asked: _Asked) -> str | None:
    """A constant folder: absolute, or relative to where the app is started; None if it is not known."""
    if asked.scopes.meaning(value, asked.unit) in _HERE:
        return "."
    text = asked.constant(value)
    return posixpath.normpath(text) if text else None


def _held(folder: str, asked: _Asked) -> str:
    """What a folder holds that is secret; "" if nothing is known to be there."""
    if folder == "/":
        return "every file of the machine"
    if asked.tree is None or folder.startswith(("/", "..")):
        return ""
    root = space.find(asked.tree, asked.document.path).root
    place = posixpath.normpath(posixpath.join(root, folder, ".env"))
    is_there = asked.tree.read(place) is not None
    return ".env" if is_there or (folder == "." and _LOADING in asked.document.data) else ""


def secrets_of(document: Document, tree: Tree | None) -> tuple[str, ...]:
    """The names of secrets that a document reads, or that its app declares."""
    uses = languages.env_uses(document)
    names = [use.name for use in (*uses.reads, *uses.implicit)]
    if tree is not None:
        root = space.find(tree, document.path).root
        for template in _TEMPLATES:
            path = posixpath.join(root, template)
            raw = tree.read(path)
            if raw is not None:
                names += [use.name for use in languages.env_uses(languages.document_of(raw, path)).declared]
    return tuple(dict.fromkeys(name for name in names if is_secret(name)))


def listed(names: tuple[str, ...]) -> str:
    """A few of the names of secrets, for people."""
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return ", ".join(names[:_MANY]) + more
