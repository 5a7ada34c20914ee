"""Unused ignore directives in the editor: faded out, with a quick fix that deletes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lsp.harness import Editor, capabilities, token

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS = ("vscode", "neovim", "emacs")
UNNECESSARY = 1


@pytest.mark.parametrize("client", CLIENTS)
def test_it_is_faded_out_and_deleted(client: str, root: Path) -> None:
    """The warning is about the directive and its reason; the preferred action deletes it, and there is no other."""
    uri = (root / "app.py").as_uri()
    text = "s = '😀'  # unspill: ignore[huggingface-user-token] why\n"
    fades = "tagSupport" in capabilities(client)["textDocument"]["publishDiagnostics"]
    with Editor(root, client) as editor:
        editor.open(uri, text, version=3)
        (found,) = editor.diagnostics(uri)
        assert (found["code"], found["severity"]) == ("unused-ignore", 2)
        assert found.get("tags") == ([UNNECESSARY] if fades else None)
        (action,) = editor.actions(uri, found["range"], [found], only=["quickfix"])
        assert action["isPreferred"]
        assert "command" not in action
        editor.apply(action)
        assert editor.buffers[uri] == "s = '😀'\n"
        assert editor.diagnostics(uri) == []


def test_it_appears_while_typing_and_goes_with_the_fix_of_all(root: Path) -> None:
    """A directive is needed as long as its secret is there; the action for all safe fixes takes in what is not."""
    uri = (root / "app.py").as_uri()
    secret = token(120)
    with Editor(root) as editor:
        editor.open(uri, f"x = '{secret}'  # unspill: ignore\nHF_TOKEN = '{token(121)}'\n")
        assert [one["code"] for one in editor.diagnostics(uri)] == ["huggingface-user-token"]
        editor.change(uri, (None, f"x = ''  # unspill: ignore\nHF_TOKEN = '{token(121)}'\n"))
        codes = [one["code"] for one in editor.diagnostics(uri)]
        assert sorted(codes) == ["huggingface-user-token", "unused-ignore"]
        start = {"line": 0, "character": 0}
        editor.apply(editor.actions(uri, {"start": start, "end": start}, only=["source.fixAll"])[0])
        assert editor.buffers[uri].startswith("import os\n")
        assert "x = ''\n" in editor.buffers[uri]
        assert editor.diagnostics(uri) == []
