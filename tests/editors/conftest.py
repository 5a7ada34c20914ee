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


@pytest.fixture
def named(space: Built) -> dict[str, str]:
    """The files of the chatbot Space that say `GROQ_API_KEY`, some more of them than it comes with, and their texts."""
    (space.root / ".env.example").write_text("# answers\nGROQ_API_KEY=\n")
    for name, line in (
        (".env", "GROQ_API_KEY=x\n"),
        ("Dockerfile", "RUN --mount=type=secret,id=GROQ_API_KEY cat /run/secrets/GROQ_API_KEY\n"),
    ):
        with (space.root / name).open("a") as file:
            file.write(line)
    files = [path for path in space.root.rglob("*") if path.is_file() and ".git" not in path.parts]
    texts = {str(path.relative_to(space.root)): path.read_text("utf-8") for path in files}
    return {name: text for name, text in texts.items() if "GROQ_API_KEY" in text}
