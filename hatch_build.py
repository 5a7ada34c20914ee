"""Puts the pages of the rules, which diagnostics link to, into the wheel: `unspill/_docs`.

An editable install has none: rules change under it, and the server links to where a secret is revoked instead.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RulePages(BuildHookInterface[BuilderConfig]):
    """Writes the pages to a temporary folder while the wheel is built."""

    folder = ""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the pages, unless the install is editable."""
        if version == "editable":
            return
        sys.path.insert(0, os.path.join(self.root, "server"))
        from unspill import rules
        from unspill.docs import entries, html
        from unspill.project import write

        known = rules.load(rules.files(os.path.join(self.root, "rules")))
        self.folder = tempfile.mkdtemp()
        write.create_all(self.folder, html.pages(entries.entries(known)), html.INDEX, html.GENERATOR)
        build_data["force_include"][self.folder] = "unspill/_docs"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the folder."""
        if self.folder:
            shutil.rmtree(self.folder)
