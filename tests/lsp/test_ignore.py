"""Ignoring a finding from the editor: an edit of its own, offered last and never preferred."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lsp.harness import Editor, token

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS = ("vscode", "neovim", "emacs")
SECRET = token(110)
NOTE = "unspill: ignore[huggingface-user-token] not a secret"


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("path", "language", "texts"),
    [
        ("app.py", "python", (f"s = '😀'; x = '{SECRET}'\n", f"s = '😀'; x = '{SECRET}'  # {NOTE}\n")),
        ("app.py", "python", (f'x = """\n{SECRET}\n"""\n', f'# {NOTE}\nx = """\n{SECRET}\n"""\n')),
        ("Dockerfile", "dockerfile", (f"FROM a\nENV T={SECRET}\n", f"FROM a\n# {NOTE}\nENV T={SECRET}\n")),
        ("README.md", "markdown", (f"Use {SECRET}.\n", f"Use {SECRET}.  <!-- {NOTE} -->\n")),
    ],
)
def test_the_last_action_silences_the_finding(
    client: str, path: str, language: str, texts: tuple[str, str], root: Path
) -> None:
    """It comes after the fixes, is a plain versioned edit without a command, and the diagnostic is gone after it."""
    before, after = texts
    uri = (root / path).as_uri()
    with Editor(root, client) as editor:
        editor.open(uri, before, language, version=4)
        (found,) = editor.diagnostics(uri)
        *fixes, ignore = editor.actions(uri, found["range"], [found], only=["quickfix"])
        assert fixes
        assert not any(one["title"].startswith("Ignore") for one in fixes)
        assert ignore["title"] == "Ignore huggingface-user-token here: not a secret"
        assert not ignore.get("isPreferred")
        assert "command" not in ignore
        assert ignore["edit"]["documentChanges"][0]["textDocument"] == {"uri": uri, "version": 4}
        editor.apply(ignore)
        assert editor.buffers[uri] == after
        assert editor.diagnostics(uri) == []
    assert not (root / ".env").exists()


def test_other_findings_are_fixed_as_before(root: Path) -> None:
    """A finding that is ignored is left out when all others are fixed."""
    other = token(111)
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"x = '{SECRET}'\nHF_TOKEN = '{other}'\n")
        first, _ = editor.diagnostics(uri)
        editor.apply(editor.actions(uri, first["range"], only=["quickfix"])[-1])
        (second,) = editor.diagnostics(uri)
        editor.apply(editor.actions(uri, second["range"], only=["source.fixAll"])[0])
        assert editor.diagnostics(uri) == []
        assert f"x = '{SECRET}'  # {NOTE}\n" in editor.buffers[uri]
        assert other not in editor.buffers[uri]


def test_a_file_without_comments_has_no_such_action(root: Path) -> None:
    """JSON cannot say that a finding is to be ignored."""
    uri = (root / "a.json").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f'{{"token": "{SECRET}"}}\n', "json")
        (found,) = editor.diagnostics(uri)
        actions = editor.actions(uri, found["range"], only=["quickfix"])
    assert not any(one["title"].startswith("Ignore") for one in actions)
