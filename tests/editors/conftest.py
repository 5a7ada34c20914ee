"""What the tests in editors share."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.spaces import Built, build

if TYPE_CHECKING:
    from pathlib import Path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try a test in a real editor again: a browser on a busy machine may miss any deadline."""
    for item in items:
        if item.get_closest_marker("editors"):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture
def space(tmp_path: Path) -> Built:
    """The chatbot Space, in a git repository that tracks nothing yet."""
    built = build("chatbot", tmp_path / "chatbot")
    subprocess.run(["git", "init", "--quiet", str(built.root)], check=True)
    return built
