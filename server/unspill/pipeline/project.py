"""What the checks on projects find in an app, by document.

It is the same for a file, a folder and an editor: it depends on all texts of the app, and on no value in a local
`.env`. Where there is too much to read, nothing is claimed.
"""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from unspill import checks
from unspill.checks.check import ProjectIndex
from unspill.languages import document_of, settle
from unspill.project import read
from unspill.space.apps import Apps
from unspill.space.files import files

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from unspill.contract.names import AppName
    from unspill.document import Document
    from unspill.model import Finding, Tree
    from unspill.space import Space

MOST_FILES = 20_000
"""The number of files of an app beyond which nothing is said about its names."""
MOST_BYTES = 1_000_000
"""The size of a text beyond which it is left out: it is data, or made by a tool."""
_NO_TEXT = tuple(
    f".{suffix}"
    for suffix in """png jpg jpeg gif webp svg ico bmp tif tiff mp3 mp4 m4a wav ogg flac webm avi mov pdf zip gz tgz bz2
    xz zst 7z tar jar whl csv tsv jsonl parquet arrow feather npy npz pt pth bin safetensors ckpt onnx tflite h5 pkl
    pickle joblib gguf db sqlite ttf otf woff woff2 eot""".split()
)
"""How the names of files end that hold no text, or data: they may be large, and read no name."""
TOO_MANY = f"more than {MOST_FILES:,} files in the app: its declarations are not checked"


class AppTexts:
    """The documents of the apps of one tree, read again only when they have changed."""

    def __init__(self) -> None:
        self.state: Callable[[str], str] = lambda _path: ""
        """Returns what differs after the file at a path has changed, or "" if only its bytes tell."""
        self._known: dict[str, tuple[str, bytes | None, Document | None]] = {}

    def of(self, tree: Tree, app: Space, texts: Mapping[str, bytes]) -> list[Document] | None:
        """The documents of an app, by path, some as in `texts`; None if there are more than `MOST_FILES`."""
        there = (path for path in files(tree, app.root, spread=not app.sdk) if not path.lower().endswith(_NO_TEXT))
        paths = sorted({*islice(there, MOST_FILES + 1), *texts})
        if len(paths) > MOST_FILES:
            return None
        found = (self._document(tree, path, texts.get(path)) for path in paths)
        return [document for document in found if document is not None]

    def _document(self, tree: Tree, path: str, raw: bytes | None) -> Document | None:
        state = self.state(path) if raw is None else ""
        known = self._known.get(path)
        if known is not None and state and known[0] == state:
            return known[2]
        raw = tree.read(path) if raw is None else raw
        if known is None or known[1] != raw:
            is_text = raw is not None and isinstance(read.accepted(raw, len(raw), MOST_BYTES), bytes)
            document = settle(document_of(raw, path)) if raw is not None and is_text else None
            known = ("", raw if is_text else None, document)
        self._known[path] = (state, *known[1:])
        return known[2]


class AppFindings:
    """What the checks find in the apps of a tree, each of which is asked about once."""

    def __init__(self, tree: Tree, known: Collection[str]) -> None:
        self._tree = tree
        self._known = known
        self._apps = Apps(tree)
        self._found: dict[Space, dict[str, tuple[Finding, ...]]] = {}

    def at(self, path: str) -> tuple[Finding, ...]:
        """What they find in the file at `path`."""
        app = self._apps.at(path)
        if app is None:
            return ()
        if app not in self._found:
            documents = AppTexts().of(self._tree, app, {})
            self._found[app] = {} if documents is None else findings(self._tree, app, documents, self._known)
        return self._found[app].get(path, ())


def findings(
    tree: Tree, app: Space, documents: Sequence[Document], known: Collection[str]
) -> dict[str, tuple[Finding, ...]]:
    """What the checks on an app with these documents find, by path, in the order of the text.

    `known` are the names that rules know to be of secrets.
    """

    @cache
    def names() -> Sequence[AppName]:
        return _names(tree, app, documents, known)

    found: dict[str, list[Finding]] = {}
    for check in checks.of_projects():
        if check.of_project is not None:
            for one in check.of_project(ProjectIndex(tree, app, documents, names, known)):
                found.setdefault(one.path, []).append(one)
    return {path: tuple(sorted(some, key=lambda one: one.span)) for path, some in found.items()}


def _names(tree: Tree, app: Space, documents: Iterable[Document], known: Collection[str]) -> Sequence[AppName]:
    """The names in an app. What git tracks is for everybody: such a dotenv file declares."""
    from unspill.contract import names
    from unspill.languages import dotenv

    declared = {
        entry.name
        for document in documents
        if document.language == "dotenv" and tree.tracked(document.path)
        for entry in dotenv.parse(document).entries
    }
    around = names.surroundings(tree, [app], known)
    around = around._replace(stored=frozenset(), declared=declared.union(around.declared))
    return names.entries([(document.path, document) for document in documents], around)
