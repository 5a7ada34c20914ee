"""Questions to the client that stay open: they hold up nothing, and the session ends as if there were none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from unspill.lsp import guard

from tests.lsp.harness import Editor, capabilities, token

if TYPE_CHECKING:
    from pathlib import Path

LATE: dict[str, list[dict[str, Any]]] = {
    "never": [],
    "with a result": [{"result": {"applied": True}}],
    "twice": [{"result": {"applied": True}}, {"result": None}],
    "with an error": [{"error": {"code": -32603, "message": "no"}}],
    "with nonsense": [{"result": 7}, {"error": 7}, {"result": None, "error": None}],
}


def settle(editor: Editor) -> None:
    """Have the server's loop go round some times."""
    for _ in range(5):
        assert editor.messages() == []


def ask_to_apply(editor: Editor, root: Path) -> str:
    """Choose the fix of a secret: a command that asks the client to apply an edit. Gives the method of the question."""
    uri = (root / "app.py").as_uri()
    editor.open(uri, f"HF_TOKEN = '{token(1)}'\n")
    command = editor.actions(uri, editor.diagnostics(uri)[0]["range"])[0]["command"]
    params = {name: command[name] for name in ("command", "arguments")}
    editor.send({"id": "command", "method": "workspace/executeCommand", "params": params})
    return "workspace/applyEdit"


def ask_the_user(editor: Editor, root: Path) -> str:
    """Have the folder fixed: a command that asks the user first."""
    (root / "app.py").write_text(f"HF_TOKEN = '{token(1)}'\n")
    params = {"command": "unspill.fixWorkspace"}
    editor.send({"id": "command", "method": "workspace/executeCommand", "params": params})
    return "window/showMessageRequest"


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
@pytest.mark.parametrize("ask", [ask_to_apply, ask_the_user])
def test_shutdown_does_not_wait_for_the_client(
    ask: Any, late: list[dict[str, Any]], root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """`shutdown` gets null, the command is answered as cancelled, and answers that come afterwards change nothing."""
    with Editor(root) as editor:
        editor.leaves_open = {"workspace/applyEdit", "window/showMessageRequest"}
        method = ask(editor, root)
        question = editor.wait(lambda message: message.get("method") == method)
        editor.send({"id": "end", "method": "shutdown"})
        answers: dict[str, dict[str, Any]] = {}
        while len(answers) < 2:
            message = editor.wait(lambda message: message.get("id") in ("end", "command"))
            answers[message["id"]] = message
        assert answers["end"]["result"] is None
        assert answers["command"]["error"]["code"] == -32800
        for answer in late:
            editor.send({"id": question["id"], **answer})
        editor.notify("exit")
        editor.hang_up()
    assert editor.exit_code == 0
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_client_that_dies_leaves_nothing_behind(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Its end ends the command that waits for it, quietly."""
    with Editor(root) as editor:
        editor.leaves_open = {"workspace/applyEdit"}
        method = ask_to_apply(editor, root)
        editor.wait(lambda message: message.get("method") == method)
        editor.hang_up()
    assert editor.exit_code == 1
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("late", [one for name, one in LATE.items() if name != "never"])
def test_a_second_answer_is_passed_over(late: list[dict[str, Any]], root: Path) -> None:
    """The first one counts, whatever it is; the command ends, and the session goes on."""
    with Editor(root) as editor:
        editor.leaves_open = {"workspace/applyEdit"}
        method = ask_to_apply(editor, root)
        question = editor.wait(lambda message: message.get("method") == method)
        for answer in late * 2:
            editor.send({"id": question["id"], **answer})
        assert "result" in editor.wait(lambda message: message.get("id") == "command")
        for _ in range(2):  # the message after the fix is asked, then answered
            editor.messages()
        assert editor.server.protocol._result_types == {}


def test_an_answer_to_ones_own_request_is_passed_over(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An answer under the id of a request of the client's, which is still at work, is none to a question."""
    with Editor(root) as editor:
        editor.send({"id": "pull", "method": "workspace/diagnostic", "params": {"previousResultIds": []}})
        editor.send({"id": "pull", "result": None})
        editor.messages()
        editor.notify("$/cancelRequest", {"id": "pull"})
        assert editor.wait(lambda message: message.get("id") == "pull")["error"]["code"] == -32800
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_questions_that_nobody_answers_are_few(root: Path) -> None:
    """A client that answers nothing makes the server forget the oldest of its questions, and is served all the same."""
    with Editor(root, {}) as editor:
        editor.capabilities = capabilities("vscode")
        editor.leaves_open = {"workspace/configuration", "client/registerCapability", "workspace/diagnostic/refresh"}
        editor.initialize()
        for _ in range(2 * guard.MOST_OPEN):
            editor.notify("workspace/didChangeConfiguration", {"settings": None})
        settle(editor)
        protocol = editor.server.protocol
        assert len(protocol._result_types) == guard.MOST_OPEN
        assert len(protocol._request_futures) <= 2 * guard.MOST_OPEN


def test_what_has_ended_is_forgotten(root: Path) -> None:
    """Commands and notifications that are done leave nothing in the server."""
    with Editor(root) as editor:
        for _ in range(3):
            editor.request("workspace/executeCommand", {"command": "unspill.secrets", "arguments": [root.as_uri()]})
            editor.notify("workspace/didChangeConfiguration", {"settings": None})
        settle(editor)
        assert editor.server.protocol._request_futures == {}
