"""Puts the rules into the wheel as one file, `unspill/_rules.json`, and their pages, which diagnostics link to.

An editable install has neither: rules change under it, and the server links to where a secret is revoked instead.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Rules(BuildHookInterface[BuilderConfig]):
    """Writes both to a temporary folder while the wheel is built."""

    folder = ""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make both, unless the install is editable."""
        if version == "editable":
            return
        sys.path.insert(0, os.path.join(self.root, "server"))
        from unspill import rules
        from unspill.docs import entries, html
        from unspill.project import write

        root = os.path.join(self.root, "rules")
        known = rules.load(rules.files(root))
        self.folder = tempfile.mkdtemp()
        packed, pages = os.path.join(self.folder, "_rules.json"), os.path.join(self.folder, "_docs")
        with open(packed, "wb") as file:
            file.write(rules.pack(known, root))
        write.create_all(pages, html.pages(entries.entries(known)), html.INDEX, html.GENERATOR)
        build_data["force_include"] |= {packed: "unspill/_rules.json", pages: "unspill/_docs"}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the folder."""
        if self.folder:
            shutil.rmtree(self.folder)
