"""The folders of the workspace, with their settings and baselines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from unspill import settings
from unspill.errors import UserError
from unspill.lsp import places
from unspill.project import read
from unspill.suppress import BASELINE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from unspill.lsp.buffers import Buffers
    from unspill.lsp.outbox import Outbox
    from unspill.model import Tree
    from unspill.settings import Settings
    from unspill.suppress.baseline import Baseline
    from unspill.suppress.known import Known

# In the client's section, but of no use to a scan. `diagnosticMode` is `openFilesOnly` or `workspace`.
_NOT_OF_SCANS = frozenset(["diagnosticMode", "enable", "maskValues", "path", "server", "server.path", "trace"])


def load_settings(tree: Tree | None, folder: str, editor: Mapping[str, object]) -> Settings:
    """The settings that hold in a folder of a tree, given the client's. Raises ConfigError."""
    user = read.user_config()
    return settings.load(
        tree,
        folder,
        user=[settings.ConfigFile(*user)] if user else [],
        editor={key: value for key, value in editor.items() if key not in _NOT_OF_SCANS},
    )


class Folders:
    """Settings and baselines by place. Read once, until they may have changed."""

    def __init__(self, buffers: Buffers, outbox: Outbox, check: Callable[[Settings], None]) -> None:
        """`check` raises UserError for settings that cannot be used."""
        self.paths: dict[str, str] = {}
        """The folders on disk: URI to path."""
        self.options: Mapping[str, object] = {}
        """The client's settings as of `initialize`; they hold for every scope that it has no others for."""
        self.editor: dict[str | None, Mapping[str, object]] = {None: {}}
        """The client's settings by folder URI; those under None hold outside all folders."""
        self._buffers = buffers
        self._outbox = outbox
        self._check = check
        self._settings: dict[tuple[str | None, str], Settings] = {}
        self._baselines: dict[str, Baseline | None] = {}

    def place_of(self, uri: str) -> places.Place:
        """The place of a document."""
        return places.place_of(uri, self.paths.values())

    def add(self, uri: str) -> None:
        """Add a folder to the workspace, if it is on the file system."""
        if (path := places.disk_path(uri)) is not None:
            self.paths[uri] = path

    def editor_of(self, uri: str | None) -> Mapping[str, object]:
        """The client's settings for a folder of the workspace; None means outside all folders."""
        return self.editor.get(uri, self.editor[None])

    @property
    def covers_workspace(self) -> bool:
        """Whether diagnostics are wanted for files that are not open."""
        return self.editor[None].get("diagnosticMode") == "workspace"

    def settings(self, place: places.Place) -> Settings:
        """The settings for a document. If they cannot be used, the client is told, and the defaults hold."""
        key = (place.root, place.path.rpartition("/")[0])
        if key not in self._settings:
            try:
                tree = None if place.root is None else self.tree(place.root)
                loaded = load_settings(tree, key[1], self._editor_at(place))
                self._check(loaded)
                self._settings[key] = loaded
            except UserError as error:
                self._outbox.say_once(str(error), "error")
                self._settings[key] = settings.Settings()
        return self._settings[key]

    def known(self, place: places.Place) -> Known | None:
        """The baseline of a document's root; None if there is none, or it cannot be used."""
        from unspill.suppress.known import Known

        if place.root is None:
            return None
        if place.root not in self._baselines:
            self._baselines[place.root] = None
            try:
                self._baselines[place.root] = _baseline(place.root)
            except UserError as error:
                self._outbox.say_once(str(error), "error")
        found = self._baselines[place.root]
        return None if found is None else Known(found, place.root, place.path)

    def tree(self, root: str) -> Tree:
        """The files below a root as the client has them now."""
        return self._buffers.tree(root)

    def forget(self) -> None:
        """Forget settings and baselines: their files may have changed."""
        self._settings.clear()
        self._baselines.clear()

    def _editor_at(self, place: places.Place) -> Mapping[str, object]:
        """The client's settings for a place: those of the innermost folder that holds it."""
        if place.root is None:
            return self.editor[None]
        file = places.file_path(place.root, place.path)
        holding = [(path, uri) for uri, path in self.paths.items() if places.holds(path, file)]
        return self.editor_of(max(holding, key=lambda pair: len(pair[0]))[1] if holding else None)


def _baseline(root: str) -> Baseline | None:
    """The baseline of a root; None if it has none. Raises UserError."""
    from unspill.suppress.baseline import parse

    data = read.regular(os.path.join(root, BASELINE))
    return None if data is None else parse(data, BASELINE)
