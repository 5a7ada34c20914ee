"""Puts the rules into the wheel as one file, `unspill/_rules.json`. An editable install has none: its rules change."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Rules(BuildHookInterface[BuilderConfig]):
    """Writes the file to a temporary folder while the wheel is built."""

    folder = ""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make it, unless the install is editable."""
        if version == "editable":
            return
        sys.path.insert(0, os.path.join(self.root, "server"))
        from unspill import rules

        root = os.path.join(self.root, "rules")
        self.folder = tempfile.mkdtemp()
        packed = os.path.join(self.folder, "_rules.json")
        with open(packed, "wb") as file:
            file.write(rules.pack(rules.load(rules.files(root)), root))
        build_data["force_include"][packed] = "unspill/_rules.json"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the folder."""
        if self.folder:
            shutil.rmtree(self.folder)
