"""What an editor says where the quick fix is not the whole answer: reasons, manual steps, the page to revoke on."""

from __future__ import annotations

from random import Random
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli import git
from tests.helpers import token
from tests.lsp.harness import Editor, capabilities
from tests.lsp.test_configuration import OWN_RULE

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "https://huggingface.co/settings/tokens"
NO_FIX = f"match given:\n    case '{token(300)}':\n        pass\n"
REVOKE = "Open the page to revoke the Hugging Face user access token"


@pytest.fixture
def tracked(root: Path) -> Path:
    """A repository whose `.env` is tracked."""
    (root / ".env").write_text("OTHER=1\n")
    for arguments in (["init"], ["add", "-f", ".env"], ["commit", "-m", "x"]):
        git(root, *arguments)
    return root


def choices(editor: Editor, uri: str) -> dict[str, dict[str, Any]]:
    """The actions at the only finding of a document, by title."""
    (found,) = editor.diagnostics(uri)
    return {action["title"]: action for action in editor.actions(uri, found["range"])}


def hover(editor: Editor, uri: str) -> str:
    """The text of a hover over the only finding of a document."""
    (found,) = editor.diagnostics(uri)
    place = {"textDocument": {"uri": uri}, "position": found["range"]["start"]}
    text: str = editor.request("textDocument/hover", place)["contents"]["value"]
    return text


def test_a_finding_without_a_fix_says_what_to_do(root: Path) -> None:
    """The hover has the reason and the manual way, and the menu shows them and the page to revoke on."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, NO_FIX)
        text, menu = hover(editor, uri), choices(editor, uri)
        assert list(menu)[1:3] == ["Show what to do", REVOKE]
        editor.apply(menu["Show what to do"])
        (said,) = editor.messages()
    assert "manually" in text
    assert f"Revoke it: <{PAGE}>" in text
    assert said.startswith("unspill: app.py:2: Hugging Face user access token: ")
    assert "manually" in said
    assert said.endswith(f"Revoke it: {PAGE}")
    assert not any(token(300)[3:] in one for one in (text, said))


@pytest.mark.parametrize("supported", [True, False])
def test_the_page_to_revoke_on_is_opened_or_named(root: Path, supported: bool) -> None:
    """A client that can open a page is asked to, in its browser; any other shows the address."""
    client = capabilities("vscode")
    client["window"]["showDocument"] = {"support": supported}
    uri = (root / "app.py").as_uri()
    with Editor(root, client) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(301)}'\n")
        editor.apply(choices(editor, uri)[REVOKE])
        asked = [one["params"] for one in editor.requests if one["method"] == "window/showDocument"]
        assert asked == ([{"uri": PAGE, "external": True}] if supported else [])
        assert editor.messages() == ([] if supported else [f"unspill: Revoke it: {PAGE}"])


def test_no_other_address_than_a_page_is_opened(root: Path) -> None:
    """A rule file may come with a project that nobody trusts yet; what it says is shown, and does not run."""
    rule = root / "acme.toml"
    rule.write_text(OWN_RULE.replace('"Acme"', '"Acme"\nrevoke = "file:///usr/bin/true"'), encoding="utf-8")
    client = capabilities("vscode")
    client["window"]["showDocument"] = {"support": True}
    uri = (root / "app.py").as_uri()
    with Editor(root, client, configuration={"rules": [str(rule)]}) as editor:
        editor.wait_for("workspace/diagnostic/refresh")
        editor.open(uri, "x = 'acme_" + "".join(Random(306).choices(ascii_letters + digits, k=20)) + "'\n")
        title = next(one for one in choices(editor, uri) if one.startswith("Open the page"))
        editor.apply(choices(editor, uri)[title])
        assert [one for one in editor.requests if one["method"] == "window/showDocument"] == []
        assert editor.messages() == ["unspill: Revoke it: file:///usr/bin/true"]


def test_a_fix_into_a_tracked_env_is_not_offered_as_a_plain_one(tracked: Path) -> None:
    """Its title says why it is unsafe; another action ignores `.env` and shows the command that untracks it."""
    uri = (tracked / "app.py").as_uri()
    with Editor(tracked) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(302)}'\n")
        menu = choices(editor, uri)
        unsafe = menu["Read HF_TOKEN from the environment (unsafe: .env is tracked by git)"]
        assert "isPreferred" not in unsafe
        assert not any("all" in title for title in menu)
        assert "tracked by git: run `git rm --cached .env` first" in hover(editor, uri)
        editor.apply(menu["Add .env to .gitignore, and show how to stop tracking it"])
        (said,) = editor.messages()
    assert (tracked / ".gitignore").read_text() == ".env\n"
    assert "git rm --cached .env" in said
    assert (tracked / ".env").read_text() == "OTHER=1\n"


def test_the_hover_of_a_safe_fix_names_it(root: Path) -> None:
    """What it is, what it opens, what the quick fix does, and where to revoke it: a line each."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(303)}'\n")
        what, opens, fix, revoke, *_ = hover(editor, uri).split("\n\n")
    assert what == "**Hugging Face user access token** (`huggingface-user-token`)"
    assert opens.endswith(".")
    assert fix == "Quick fix: Read HF_TOKEN from the environment."
    assert revoke == f"Revoke it: <{PAGE}>"


def test_an_untitled_document_promises_no_fix() -> None:
    """There is no folder whose `.env` could take the value: the hover says what to do first."""
    with Editor(None) as editor:
        editor.open("untitled:Untitled-1", f"HF_TOKEN = '{token(304)}'\n")
        text = hover(editor, "untitled:Untitled-1")
    assert "Save the file first" in text
    assert "Quick fix" not in text


@pytest.mark.parametrize("command", ["unspill.showSteps", "unspill.openRevokePage", "unspill.addToRotation"])
def test_guidance_on_what_has_changed_is_refused(root: Path, command: str) -> None:
    """Steps for an older state of a document could be about another finding."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(305)}'\n", version=3)
        for place in ([uri, 2, "x@0"], [uri, 3, "x@0"]):
            editor.request("workspace/executeCommand", {"command": command, "arguments": place})
        assert [said.rpartition(": ")[2] for said in editor.messages()] == [
            "the document changed; request the fix again", "the finding no longer exists",
        ]  # fmt: skip
        answer = editor.answer("workspace/executeCommand", {"command": command, "arguments": ["x"]})
        assert "takes a document" in answer["error"]["message"]
