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
_PULL_REQUEST = re.compile(r"refs/pr/([0-9]+)\Z")
_LOADERS = frozenset("from_pretrained pipeline SentenceTransformer CrossEncoder from_config get_kernel".split())
"""The last parts of the names of functions that run the code of a repository if `trust_remote_code` is set."""
_REPOSITORY_NAMES = ("pretrained_model_name_or_path", "model", "model_name_or_path", "model_name", "repo_id")
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
    request: str = ""
    """The number of the pull request that the code is from; "" if it is merged."""


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
    found = None if asked.call.is_open else (_trusted(asked) or _custom_pipeline(asked) or _torch_hub(asked))
    if found is not None and (names := secrets_of(asked.document, asked.tree)):
        yield found._replace(names=names)


def _trusted(asked: _Asked) -> RemoteCode | None:
    """`from_pretrained("owner/model", trust_remote_code=True)`."""
    call = asked.call
    trusted = call.argument(-1, "trust_remote_code")
    last = call.callee.name if isinstance(call.callee, (NameRead, AttributeRead)) else ""
    if not isinstance(trusted, ConstantValue) or not trusted.is_true or last not in _LOADERS:
        return None
    repository = asked.constant(call.argument(1 if last == "pipeline" else 0, *_REPOSITORY_NAMES))
    return _unpinned(asked, trusted, repository, _REVISIONS)


def _custom_pipeline(asked: _Asked) -> RemoteCode | None:
    """`from_pretrained(…, custom_pipeline="owner/pipeline")`; names without an owner are files of the library's own."""
    value = asked.call.argument(-1, "custom_pipeline")
    return _unpinned(asked, value, asked.constant(value), ("custom_revision",)) if value is not None else None


def _torch_hub(asked: _Asked) -> RemoteCode | None:
    """`torch.hub.load("owner/repository:branch", …)`."""
    value = asked.call.argument(0, "repo_or_dir", "github")
    is_local = asked.call.argument(2, "source") is not None
    if value is None or is_local or asked.scopes.meaning(asked.call.callee, asked.unit) != "torch.hub.load":
        return None
    repository, _, revision = (asked.constant(value) or "").partition(":")
    return None if _COMMIT.match(revision) else _unpinned(asked, value, repository, ())


def _unpinned(
    asked: _Asked, value: Expression, repository: str | None, revisions: tuple[str, ...]
) -> RemoteCode | None:
    """What runs the code of a repository, unless all of the revisions that are given are commits, or not known."""
    if not repository or not _REPOSITORY.match(repository):
        return None
    if asked.tree is not None and asked.tree.list(repository):
        return None
    given = [asked.call.argument(-1, name) for name in revisions]
    texts = [asked.constant(one) for one in given if one is not None]
    if texts and all(text is None or _COMMIT.match(text) for text in texts):
        return None
    request = next((match[1] for text in texts if text and (match := _PULL_REQUEST.match(text))), "")
    return RemoteCode(asked.at(value), repository, (), request)


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
