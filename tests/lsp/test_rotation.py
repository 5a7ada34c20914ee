"""A value is put on the rotation plan from an editor: the ledger knows it, and nothing else has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.canaries import windows
from tests.cli import unspill, write
from tests.helpers import token
from tests.lsp.harness import Editor
from tests.lsp.test_aftermath import Presser, asked, buttons, moved
from tests.lsp.test_guidance import choices

if TYPE_CHECKING:
    from pathlib import Path

TITLE = "Add to rotation plan"
ADDED = "unspill: added to the rotation plan: run `unspill rotate` to see the steps"
AGAIN = "unspill: already in the rotation plan: run `unspill rotate` to see the steps"


def kept(root: Path) -> str:
    """The ledger and its key."""
    return "".join(path.read_text() for path in sorted((root / ".unspill").iterdir()))


def test_an_action_adds_the_value(root: Path) -> None:
    """It is exposed from then on, also when it is not in the file any more; a second time changes nothing."""
    uri = (root / "app.py").as_uri()
    write(root, {"app.py": f"HF_TOKEN = '{token(921)}'\n"})
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(921)}'\n")
        editor.apply(choices(editor, uri)[TITLE])
        before = kept(root)
        editor.apply(choices(editor, uri)[TITLE])
        assert editor.messages() == [ADDED, AGAIN]
    assert kept(root) == before
    assert not windows(before) & windows(token(921)[3:])
    write(root, {"app.py": "import os\nHF_TOKEN = os.environ['HF_TOKEN']\n"})
    (found,) = [one for one in unspill(root, "rotate", "--format", "json").report["credentials"] if one["steps"]]
    assert (found["rule"], found["state"]) == ("huggingface-user-token", "exposed")
    assert [place["path"] for place in found["exposed"]] == ["app.py"]


def test_a_button_after_the_fix_adds_what_was_moved(root: Path) -> None:
    """The plan knows the name that it has now, and waits for another value in `.env`."""
    with Presser(root, buttons()) as editor:
        editor.press = TITLE
        moved(editor, (root / "app.py").as_uri(), 922)
        (question,) = asked(editor, "window/showMessageRequest")
        assert [action["title"] for action in question["actions"]] == ["Revoke", TITLE, "Undo"]
        said = next(filter(None, (editor.messages() for _ in range(100_000))))  # it is written beside other requests
        assert said == [ADDED]
    assert not windows(kept(root)) & windows(token(922)[3:])
    (found,) = [one for one in unspill(root, "rotate", "--format", "json").report["credentials"] if one["steps"]]
    assert found["names"] == ["HF_TOKEN"]
    assert {step["id"] for step in found["steps"] if step["done"]} <= {"clean"}
    stored = (root / ".env").read_text()
    (root / ".env").write_text(stored.replace(token(922), token(923)))
    (found,) = [one for one in unspill(root, "rotate", "--format", "json").report["credentials"] if one["steps"]]
    assert "create" in {step["id"] for step in found["steps"] if step["done"]}


def test_what_is_no_credential_is_not_added(root: Path) -> None:
    """A finding of a check has no value that could be replaced."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, "# unspill: ignore[pypi-api-token]\nx = 1\n")
        assert TITLE not in {action["title"] for action in editor.actions(uri, editor.diagnostics(uri)[0]["range"])}


def test_a_damaged_ledger_is_left_alone(root: Path) -> None:
    """The user is told what is wrong with it, and nothing is written."""
    uri = (root / "app.py").as_uri()
    write(root, {".unspill/rotation.key": "x", ".unspill/.gitignore": "*\n"})
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(924)}'\n")
        editor.apply(choices(editor, uri)[TITLE])
        (said,) = editor.messages()
    assert "damaged" in said
    assert (root / ".unspill" / "rotation.key").read_text() == "x"
    assert not (root / ".unspill" / "rotation.json").exists()


def test_a_hover_says_what_the_token_is_for(root: Path) -> None:
    """Over `HF_TOKEN`, where every use of it is known: the narrowest permissions, and the page that creates it."""
    source = (
        "import os\nfrom huggingface_hub import InferenceClient\nInferenceClient('o/m', token=os.environ['HF_TOKEN'])\n"
    )
    write(root, {"README.md": "---\nsdk: gradio\napp_file: app.py\n---\n", "app.py": source})
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, source)
        place = {"textDocument": {"uri": uri}, "position": {"line": 2, "character": 43}}
        text = json.dumps(editor.request("textDocument/hover", place))
        assert "A fine-grained token with `inference.serverless.write`" in text
        assert "ownUserPermissions=inference.serverless.write" in text
        editor.change(uri, (None, source + "print(os.environ['HF_TOKEN'])\n"))
        assert "fine-grained" not in json.dumps(editor.request("textDocument/hover", place))
