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
from unspill.space.files import files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

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
    """The documents of apps, read again only when their bytes have changed."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], tuple[bytes, Document]] = {}

    def of(self, tree: Tree, app: Space, texts: Mapping[str, bytes]) -> list[Document] | None:
        """The documents of an app, by path, some as in `texts`; None if there are more than `MOST_FILES`."""
        there = (path for path in files(tree, app.root, spread=not app.sdk) if not path.lower().endswith(_NO_TEXT))
        paths = sorted({*islice(there, MOST_FILES + 1), *texts})
        if len(paths) > MOST_FILES:
            return None
        found = (self._document(tree, path, texts.get(path)) for path in paths)
        return [document for document in found if document is not None]

    def _document(self, tree: Tree, path: str, raw: bytes | None) -> Document | None:
        raw = tree.read(path) if raw is None else raw
        if raw is None or not isinstance(read.accepted(raw, len(raw), MOST_BYTES), bytes):
            return None
        key = (id(tree), path)
        known = self._known.get(key)
        if known is None or known[0] != raw:
            known = self._known[key] = (raw, settle(document_of(raw, path)))
        return known[1]


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
