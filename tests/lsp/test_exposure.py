"""Declared secrets that leak, in the editor: the way of a value is shown as related places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lsp.harness import Editor

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = "import os\nAPI_KEY = os.environ['OPENAI_API_KEY']\n"
APP = "import gradio as gr\nfrom config import API_KEY\ngr.Textbox(value=API_KEY)\n"


@pytest.mark.parametrize("client", ["vscode", "neovim"])
def test_the_way_of_a_value_is_related(client: str, root: Path) -> None:
    """A secret from another module that a component shows: an error, with the places that lead there."""
    (root / "config.py").write_text(CONFIG, encoding="utf-8")
    uri, config = (root / "app.py").as_uri(), (root / "config.py").as_uri()
    with Editor(root, client) as editor:
        editor.open(uri, APP)
        (found,) = editor.settled(uri)
    assert (found["code"], found["severity"]) == ("secret-shown-to-visitors", 1)
    assert found["range"]["start"] == {"line": 2, "character": 17}
    related = [
        (item["location"]["uri"], item["location"]["range"]["start"]["line"], item["message"])
        for item in found["relatedInformation"]
    ]
    assert related == [
        (config, 1, "OPENAI_API_KEY is read here"),
        (config, 1, "assigned to `API_KEY`"),
    ]


def test_an_edit_that_mends_it_clears_the_diagnostic(root: Path) -> None:
    """As the value goes, so does the diagnostic; an edit of a large file is analysed beside the loop."""
    more = "".join(f"def f{n}(x):\n    return x\n" for n in range(2000))
    uri = (root / "app.py").as_uri()
    leak = "import os\nimport gradio as gr\ngr.Textbox(value=os.environ['HF_TOKEN'])\n"
    with Editor(root, "vscode") as editor:
        for padding in ("", more):
            editor.open(uri, leak + padding)
            assert [one["code"] for one in editor.settled(uri)] == ["secret-shown-to-visitors"]
            editor.change(uri, (None, leak.replace("value=os.environ['HF_TOKEN']", "") + padding))
            assert editor.settled(uri) == []
            editor.close(uri)


@pytest.mark.parametrize("client", ["vscode", "neovim"])
@pytest.mark.parametrize("marked", [True, False])
def test_an_edit_of_a_module_updates_what_imports_it(client: str, root: Path, *, marked: bool) -> None:
    """A leak comes and goes in an open document as the module that it imports reads the secret, or does not."""
    if marked:
        (root / "README.md").write_text("---\nsdk: gradio\n---\n", encoding="utf-8")
    uri, config = (root / "app.py").as_uri(), (root / "config.py").as_uri()
    with Editor(root, client) as editor:
        editor.open(uri, APP)
        editor.open(config, "API_KEY = ''\n")
        for text in (CONFIG, "API_KEY = ''\n", CONFIG):
            editor.change(config, (None, text))
            expected = ["secret-shown-to-visitors"] if text == CONFIG else []
            assert [one["code"] for one in editor.settled(uri)] == expected
