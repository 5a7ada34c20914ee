"""What an editor says after a fix, and the way back."""

from __future__ import annotations

from random import Random
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Any

from tests.helpers import token
from tests.lsp.harness import Editor, capabilities

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = "https://huggingface.co/settings/tokens"
TEXT = "unspill: moved to .env as HF_TOKEN, and declared. Revoke the exposed one: " + PAGE + "."
UNLOADED = " Nothing loads .env: start the program with `unspill run -- COMMAND`, or have it call load_dotenv()."

PLAN = " If it was committed or shared, `unspill rotate` has the steps until it is dead."


class Presser(Editor):
    """An editor whose user presses a button of each message that has one."""

    press = ""

    def _answer(self, method: str, params: Any) -> Any:
        if method == "window/showMessageRequest":
            assert self.press in [action["title"] for action in params["actions"]] or not self.press
            return {"title": self.press} if self.press else None
        return super()._answer(method, params)


def buttons() -> dict[str, Any]:
    """The capabilities of VS Code, which shows buttons and opens pages."""
    client = capabilities("vscode")
    client["window"].update({"showMessage": {"messageActionItem": {}}, "showDocument": {"support": True}})
    return client


def asked(editor: Editor, method: str) -> list[dict[str, Any]]:
    """The parameters of the server's requests so far."""
    editor.messages()
    return [one["params"] for one in editor.requests if one["method"] == method]


def moved(editor: Editor, uri: str, number: int, before: str = "") -> None:
    """Open a document with a token and apply its preferred fix."""
    editor.open(uri, f"{before}HF_TOKEN = '{token(number)}'\n")
    (found,) = editor.diagnostics(uri)
    editor.apply(next(one for one in editor.actions(uri, found["range"]) if one.get("isPreferred")))


def test_a_fix_says_where_the_value_is_and_what_is_next(root: Path) -> None:
    """With the name, the page, that nothing loads `.env`, if nothing does, and the plan's command; without a value."""
    client = capabilities("vscode")
    client["window"].pop("showMessage", None)
    with Editor(root, client) as editor:
        moved(editor, (root / "app.py").as_uri(), 310)
        assert editor.messages() == [TEXT + UNLOADED + PLAN]
    (root / "load.py").write_text("from dotenv import load_dotenv\nload_dotenv()\n")
    with Editor(root, client) as editor:
        moved(editor, (root / "other.py").as_uri(), 310)
        assert editor.messages() == [TEXT + PLAN]


def test_a_space_needs_the_secret_in_its_settings(root: Path) -> None:
    """The `.env` of a Space is not deployed with it."""
    (root / "README.md").write_text("---\nsdk: gradio\n---\n")
    client = capabilities("vscode")
    client["window"].pop("showMessage", None)
    with Editor(root, client) as editor:
        moved(editor, (root / "app.py").as_uri(), 311)
        (said,) = editor.messages()
    assert "Set it in the Space's settings, too: HF_TOKEN." in said


def test_the_page_to_revoke_on_is_a_button(root: Path) -> None:
    """Pressing it opens the page; closing the message does nothing."""
    for press, opened in (("", []), ("Revoke", [{"uri": PAGE, "external": True}])):
        with Presser(root, buttons()) as editor:
            editor.press = press
            moved(editor, (root / "app.py").as_uri(), 312)
            (question,) = asked(editor, "window/showMessageRequest")
            assert [action["title"] for action in question["actions"]] == ["Revoke", "Add to rotation plan", "Undo"]
            assert asked(editor, "window/showDocument") == opened


def test_a_path_that_looks_like_a_secret_is_masked(root: Path) -> None:
    """A question shows no more of it than a message without buttons."""
    folder = root / token(317)
    folder.mkdir()
    (folder / "README.md").write_text("---\nsdk: gradio\n---\n")
    with Presser(root, buttons()) as editor:
        editor.may_send_values = True  # the URI of the document has it, as the client has spelled it
        moved(editor, (folder / "app.py").as_uri(), 318)
        (question,) = asked(editor, "window/showMessageRequest")
    assert question["message"].startswith("unspill: moved to <hidden>/.env as HF_TOKEN")


def test_a_path_with_the_value_is_masked(root: Path) -> None:
    """A folder called by a password that has no shape of its own."""
    value = "".join(Random(331).choices(ascii_letters + digits, k=14))
    folder = root / value
    folder.mkdir()
    (folder / "README.md").write_text("---\nsdk: gradio\n---\n")
    uri = (folder / "app.py").as_uri()
    with Presser(root, buttons()) as editor:
        editor.open(uri, f"password = '{value}'\n")
        (found,) = editor.diagnostics(uri)
        editor.apply(next(one for one in editor.actions(uri, found["range"]) if one.get("isPreferred")))
        (question,) = asked(editor, "window/showMessageRequest")
    assert question["message"].startswith("unspill: moved to <hidden>/.env as PASSWORD")


def test_a_client_without_buttons_after_all_is_sent_the_message(root: Path) -> None:
    """It said that it has them, and then answers that it does not know the request."""
    with Presser(root, buttons()) as editor:
        editor.refuses = {"window/showMessageRequest"}
        moved(editor, (root / "app.py").as_uri(), 319)
        editor.messages()
        assert editor.messages() == [TEXT + UNLOADED]


def test_an_answer_that_is_no_button_closes_the_message(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is no error of the server's."""
    with Presser(root, buttons()) as editor:
        editor.leaves_open = {"window/showMessageRequest"}
        moved(editor, (root / "app.py").as_uri(), 319)
        editor.messages()
        (question,) = [one for one in editor.requests if one["method"] == "window/showMessageRequest"]
        editor.send({"id": question["id"], "result": "Undo"})
        editor.messages()
        assert editor.messages() == []
    assert "internal error" not in caplog.text


def test_undo_puts_the_text_back_and_keeps_the_value(root: Path) -> None:
    """The document is as it was before; `.env` and the declaration stay."""
    uri = (root / "app.py").as_uri()
    with Presser(root, buttons()) as editor:
        editor.press, editor.may_send_values = "Undo", True
        moved(editor, uri, 313, before="import json\n\n")
        assert asked(editor, "workspace/applyEdit")[-1]["label"] == "Undo the fix"
        assert editor.buffers[uri] == f"import json\n\nHF_TOKEN = '{token(313)}'\n"
    assert (root / ".env").read_text() == f"HF_TOKEN={token(313)}\n"
    assert (root / ".env.example").read_text() == "HF_TOKEN=\n"


def test_undo_of_a_fix_in_a_file_that_fixes_edit_too(root: Path) -> None:
    """The document that was fixed is put back, even a declaration, which else stays as it is."""
    uri = (root / ".env.example").as_uri()
    text = f"HF_TOKEN={token(330)}\n"
    with Presser(root, buttons()) as editor:
        editor.press, editor.may_send_values = "Undo", True
        editor.open(uri, text, "dotenv")
        (found,) = (one for one in editor.diagnostics(uri) if one["code"] != "unused-secret")
        editor.apply(next(one for one in editor.actions(uri, found["range"]) if one.get("isPreferred")))
        assert editor.buffers[uri] != text
        asked(editor, "window/showMessageRequest")
        editor.messages()
        assert editor.buffers[uri] == text
    assert (root / ".env").read_text() == text


def test_undo_is_refused_where_the_text_has_changed(root: Path) -> None:
    """What was typed since is not lost."""
    uri = (root / "app.py").as_uri()
    with Presser(root, buttons()) as editor:
        editor.leaves_open = {"window/showMessageRequest"}
        moved(editor, uri, 314)
        editor.change(uri, (None, editor.buffers[uri] + "more = 1\n"))
        kept = editor.buffers[uri]
        editor.messages()
        (question,) = [one for one in editor.requests if one["method"] == "window/showMessageRequest"]
        editor.send({"id": question["id"], "result": {"title": "Undo"}})
        said = editor.wait_for("window/showMessage")["message"]
        assert editor.buffers[uri] == kept
    assert said == "unspill: nothing was undone: app.py has changed since"


def test_fixing_a_whole_document_says_one_line(root: Path) -> None:
    """As on save: the names alone, and no button."""
    uri = (root / "app.py").as_uri()
    with Presser(root, buttons()) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(315)}'\nWRITE_TOKEN = '{token(316)}'\n")
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 2, "character": 0}}
        (action,) = editor.actions(uri, whole, only=["source.fixAll"])
        editor.apply(action)
        assert editor.messages() == ["unspill: moved to .env: HF_TOKEN, WRITE_TOKEN"]
        assert asked(editor, "window/showMessageRequest") == []
