"""In the front matter of a Space's README keys and values are completed, and explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lsp.harness import Editor
from tests.lsp.test_completion import CURSOR, completed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "offered", "left_out"),
    [
        ("---\nsdk: gradio\n¦\n---\n", {"app_file", "python_version"}, {"sdk"}),
        ("---\nsdk: gradio\napp_¦\npinned: true\n---\n", {"app_file"}, {"sdk", "pinned"}),
        ("---\nsdk: ¦\n---\n", {"gradio", "docker", "static"}, {"streamlit", "app_file"}),
        ("---\nsdk: gradio\ncolorTo: re¦\n---\n", {"red", "gray"}, {"sdk"}),
        ('---\nsdk: gradio\nheader: "¦"\n---\n', {"mini"}, {"sdk"}),
        ("---\nsdk: gradio\npinned: ¦\n---\n", {"true", "false"}, {"sdk"}),
        ("---\nsdk: gradio\nhf_oauth_scopes:\n  - ¦\n---\n", {"inference-api"}, {"sdk"}),
        ("---\nsdk: gradio\ntitle: ¦\n---\n", set(), {"sdk"}),
        ("---\nsdk: gradio\n---\napp_¦\n", set(), {"app_file"}),
    ],
)
def test_keys_and_values_are_completed(root: Path, text: str, offered: set[str], left_out: set[str]) -> None:
    """Keys that are not there yet at the start of a line, the values of a key behind it, and nothing in the text."""
    with Editor(root) as editor:
        labels = {item["label"] for item in completed(editor, (root / "README.md").as_uri(), text, "markdown")}
    assert offered <= labels
    assert labels.isdisjoint(left_out)


def test_a_word_is_replaced_as_a_whole(root: Path) -> None:
    """The edit covers what was typed, before and after the cursor."""
    text = "---\nsdk: gradio\ncolorTo: r¦xd\n---\n"
    with Editor(root) as editor:
        items = completed(editor, (root / "README.md").as_uri(), text, "markdown")
    [red] = [item for item in items if item["label"] == "red"]
    assert red["textEdit"]["range"] == {"start": {"line": 2, "character": 9}, "end": {"line": 2, "character": 12}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\nsdk: gradio\nhea¦der: mini\n---\n", ["Values: default, mini", "Default: default"]),
        ("---\nsdk: docker\napp_¦port: 7860\n---\n", ["The port that the app listens on.", "Only with sdk: docker"]),
        ("---\nsdk: docker\napp_port: 78¦60\n---\n", []),
        ("---\nsdk: docker\nno_key_¦of_these: 1\n---\n", []),
        ("---\nsdk: docker\n---\nsdk¦: x\n", []),
    ],
)
def test_a_key_is_explained(root: Path, text: str, said: list[str]) -> None:
    """A hover over a key says what it is for, its values and its default; over anything else, nothing."""
    (root / "Dockerfile").write_text("FROM a\n")
    before, _, after = text.partition(CURSOR)
    with Editor(root) as editor:
        uri = (root / "README.md").as_uri()
        editor.open(uri, before + after, "markdown")
        position = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        answer = editor.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": position})
    assert (answer is None) == (not said)
    for line in said:
        assert line in answer["contents"]["value"]
