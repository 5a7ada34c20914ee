"""What the tests in editors share."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.editors import code, recorder
from tests.spaces import Built, build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.editors.code import CodeServer


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


_APP = {
    "app.py": (
        "import os\n\nimport gradio as gr\n\nfrom config import API_KEY\n\n"
        'model = os.environ["MODEL_TOKEN"]\nhook = os.environ["WEBHOOK_SECRET"]\n\n\n'
        'def greeting(key):\n    return f"Signed in with {key}"\n\n\n'
        "with gr.Blocks() as demo:\n    gr.Textbox(value=greeting(API_KEY))\ndemo.launch()\n"
    ),
    "config.py": 'import os\n\nAPI_KEY = os.environ["OPENAI_API_KEY"]\n',
    ".env.example": "# what answers\nOPENAI_API_KEY=\nWEBHOOK_SECRET=\n",
    ".gitignore": ".env\n",
    "README.md": "---\ntitle: Demo\nsdk: gradio\nsdk_version: 5.49.1\napp_file: app.py\n---\n",
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A Space of two modules that reads three secrets, declares two of them, and shows one of these to visitors."""
    root = tmp_path / "app"
    root.mkdir()
    for name, text in _APP.items():
        (root / name).write_text(text)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    return root


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    with code.browser() as started:
        yield started


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where VS Code's capabilities are recorded."""
    return tmp_path_factory.mktemp("record") / "vscode.json"


@pytest.fixture(scope="module")
def vscode(record: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CodeServer]:
    """A VS Code that trusts every folder, and finds the server on the PATH."""
    path = recorder.program(record.parent / "bin" / "unspill", record)
    with code.CodeServer(tmp_path_factory.mktemp("code"), path=str(path.parent)) as server:
        yield server
