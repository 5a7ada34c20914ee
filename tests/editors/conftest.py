"""What the tests in editors share."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.spaces import Built, build

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def space(tmp_path: Path) -> Built:
    """The chatbot Space, in a git repository that tracks nothing yet."""
    built = build("chatbot", tmp_path / "chatbot")
    subprocess.run(["git", "init", "--quiet", str(built.root)], check=True)
    return built
