"""The boundary: the lifecycle, and that errors and logs carry nothing of a document."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest
from unspill.lsp import guard
from unspill.lsp.analysis import Analyser

from tests.lsp.harness import Editor, capabilities, token

if TYPE_CHECKING:
    from pathlib import Path

PLACE = {"textDocument": {"uri": "untitled:x"}, "position": {"line": 0, "character": 0}}


def test_a_request_before_initialize_is_refused() -> None:
    """It is answered with ServerNotInitialized, and the session goes on."""
    with Editor(None, {}) as editor:
        assert editor.answer("textDocument/hover", PLACE)["error"]["code"] == -32002
        editor.capabilities = capabilities("vscode")
        assert editor.initialize()["serverInfo"]["name"] == "unspill"


def test_a_notification_before_initialize_is_dropped() -> None:
    """Only `exit` counts before `initialize`."""
    with Editor(None, {}) as editor:
        editor.open("untitled:x", f"HF_TOKEN = '{token(1)}'")
        editor.capabilities = capabilities("vscode")
        editor.initialize()
        with pytest.raises(RuntimeError, match="neither open"):
            editor.pull("untitled:x")


def test_a_second_initialize_is_refused() -> None:
    """It is answered with InvalidRequest."""
    with Editor(None) as editor, pytest.raises(RuntimeError, match="-32600"):
        editor.initialize()


def test_initialize_can_be_tried_again(root: Path) -> None:
    """Parameters that were refused have initialized nothing."""
    with Editor(root, {}) as editor:
        for params in (None, {}, {"capabilities": 5}):
            assert editor.answer("initialize", params)["error"]["code"] == -32602
        assert editor.answer("textDocument/hover", PLACE)["error"]["code"] == -32002
        editor.capabilities = capabilities("vscode")
        assert editor.initialize()["serverInfo"]["name"] == "unspill"


@pytest.mark.parametrize("method", ["initialized", "textDocument/didOpen", "$/setTrace", "$/cancelRequest"])
def test_a_notification_with_an_id_is_refused(root: Path, method: str) -> None:
    """Whoever sends an id waits for an answer: it says that there is none to wait for."""
    with Editor(root) as editor:
        assert editor.answer(method, {})["error"]["code"] == -32600


def test_a_request_after_shutdown_is_refused() -> None:
    """It gets an answer, InvalidRequest, where pygls would leave the client waiting."""
    with Editor(None) as editor:
        editor.request("shutdown")
        assert editor.answer("textDocument/hover", PLACE)["error"]["code"] == -32600
        editor.notify("exit")
        editor.hang_up()
    assert editor.exit_code == 0


HOVER = '"method": "textDocument/hover", "params": {"textDocument": {"uri": "x:"}}'
REFUSED: list[tuple[str, int | str | None, int]] = [
    ("{", None, -32700),
    ("[" * 100_000, None, -32700),
    ('{"jsonrpc": "2.0", "id": NaN}', None, -32700),
    ("[]", None, -32600),
    ("7", None, -32600),
    ("null", None, -32600),
    ("{}", None, -32600),
    (f'[{{"jsonrpc": "2.0", "id": 7, {HOVER}}}]', None, -32600),
    (f'{{"id": 7, {HOVER}}}', 7, -32600),
    (f'{{"jsonrpc": 2.0, "id": 7, {HOVER}}}', 7, -32600),
    (f'{{"jsonrpc": "1.0", "id": "seven", {HOVER}}}', "seven", -32600),
    (f'{{"jsonrpc": ["2.0"], "id": 7, {HOVER}}}', 7, -32600),
    (f'{{"jsonrpc": "2.0", "id": null, {HOVER}}}', None, -32600),
    (f'{{"jsonrpc": "2.0", "id": 7.5, {HOVER}}}', None, -32600),
    (f'{{"jsonrpc": "2.0", "id": 1e999, {HOVER}}}', None, -32600),
    (f'{{"jsonrpc": "2.0", "id": true, {HOVER}}}', None, -32600),
    (f'{{"jsonrpc": "2.0", "id": {{}}, {HOVER}}}', None, -32600),
    (f'{{"jsonrpc": "2.0", "id": [7], {HOVER}}}', None, -32600),
    ('{"jsonrpc": "2.0", "id": 7}', 7, -32600),
    ('{"jsonrpc": "2.0", "id": 7, "method": null}', 7, -32600),
    ('{"jsonrpc": "2.0", "id": 7, "method": ["exit"]}', 7, -32600),
    ('{"jsonrpc": "2.0", "id": 7, "method": {"a": 1}}', 7, -32600),
    ('{"jsonrpc": "2.0", "id": 7, "method": "textDocument/hover", "params": {"textDocument": 1}}', 7, -32602),
    ('{"jsonrpc": "2.0", "id": 7, "method": "textDocument/hover", "params": 5}', 7, -32602),
    ('{"jsonrpc": "2.0", "id": 7, "method": "textDocument/hover"}', 7, -32602),
    (f'{{"jsonrpc": "2.0", "id": 7, {HOVER[:-1]}, "position": {"[" * 500}{"]" * 500}}}}}', 7, -32602),
    ('{"jsonrpc": "2.0", "id": 7, "method": "no/such"}', 7, -32601),
    ('{"jsonrpc": "2.0", "id": 7, "method": "\\ud800"}', 7, -32601),
    ('{"jsonrpc": "2.0", "id": 1, "id": 7, "method": "no/such"}', 7, -32601),
    (f'{{"jsonrpc": "2.0", "id": {"9" * 4000}, "method": "no/such"}}', int("9" * 4000), -32601),
    ('{"jsonrpc": "2.0", "id": "\\ud800", "method": "no/such"}', "\ud800", -32601),
]


@pytest.mark.parametrize(("body", "message_id", "code"), REFUSED, ids=[body[:60] for body, _, _ in REFUSED])
def test_what_cannot_be_handled_is_answered(
    body: str, message_id: int | str | None, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Broken JSON, odd envelopes, wrong parameters, unknown methods: each has its error, and the session goes on."""
    with Editor(None) as editor:
        editor.send_raw(body.encode())
        answer = editor.wait(lambda message: "error" in message)
        assert (answer["id"], answer["error"]["code"]) == (message_id, code)
        assert editor.request("textDocument/hover", PLACE) is None
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_the_log_has_no_word_of_a_message(caplog: pytest.LogCaptureFixture) -> None:
    """What is refused is logged with the reason, and methods only if the protocol has them."""
    secret = token(5)
    caplog.set_level("DEBUG")
    with Editor(None) as editor:
        for method in (secret, [secret], {secret: 1}):
            editor.send({"id": 1, "method": method})
        editor.notify(secret)
        editor.send_bytes(f"{secret}: x\r\nContent-Length: {secret}\r\n\r\n{secret}".encode())
        editor.send_raw(f'{{"jsonrpc": "{secret}", "id": ["{secret}"]}}'.encode())
        editor.messages()
        editor.may_send_values = True  # `MethodNotFound` names the method to the one who called it
    assert "refused: " in caplog.text
    assert "an unknown method" in caplog.text
    assert secret not in caplog.text


@pytest.mark.parametrize(
    "uri",
    ["file:///a%00b.py", "file:///\ud800.py", "file:x.py", "file:", "file://", "file://[x/a.py", "\0", ""],
)
def test_odd_uris_are_no_files(uri: str, caplog: pytest.LogCaptureFixture) -> None:
    """A document whose URI no file can have is looked at like one that was never saved."""
    with Editor(None, "emacs") as editor:
        editor.open(uri, f"HF_TOKEN = '{token(6)}'\n")
        assert len(editor.diagnostics(uri)) == 1
        span = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 40}}
        editor.actions(uri, span)
        editor.request("workspace/executeCommand", {"command": "unspill.secrets", "arguments": [uri]})
        editor.close(uri)
        assert editor.messages() == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_an_unknown_notification_is_ignored() -> None:
    """Nothing is sent for it."""
    with Editor(None) as editor:
        editor.notify("$/whatever", {"value": 1})
        assert editor.messages() == []


def test_a_nested_envelope_is_plain_data() -> None:
    """A payload that has a member named `jsonrpc` is handled like any other."""
    with Editor(None) as editor:
        editor.notify("workspace/didChangeConfiguration", {"settings": {"jsonrpc": "2.0", "id": 1, "method": "exit"}})
        assert editor.request("textDocument/hover", PLACE) is None


@pytest.mark.parametrize("client", ["vscode", "emacs"])
def test_an_exception_leaves_as_a_correlation_id(
    client: str, root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    """A bug whose message holds the document's text shows it to nobody: not in answers, messages, logs or output."""
    secret = token(2)
    caplog.set_level("DEBUG")

    def fail(*_: object) -> None:
        raise ValueError(f"cannot handle {secret}")

    monkeypatch.setattr(Analyser, "look", fail)
    uri = (root / "app.py").as_uri()
    with Editor(root, client) as editor:
        editor.open(uri, f"HF_TOKEN = '{secret}'")
        answer = editor.answer("textDocument/hover", {**PLACE, "textDocument": {"uri": uri}})
        assert answer["error"]["code"] == -32603
        assert answer["error"].get("data") is None
        correlation = answer["error"]["message"].split()[2].rstrip(",")
        assert editor.messages() == []
    logged = caplog.text + "".join(capfd.readouterr())
    assert secret not in logged
    assert any(correlation in record.getMessage() for record in caplog.records) or correlation in logged


def test_a_result_that_is_no_json_is_an_internal_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client gets an id where pygls would send the exception's message and a traceback."""
    secret = token(3)
    monkeypatch.setattr("unspill.lsp.convert.hover", lambda *_: {secret: {1, 2}})
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{secret}'")
        place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 14}}
        assert editor.answer("textDocument/hover", place)["error"]["message"].startswith("internal error")


def test_the_debug_log_has_methods_ids_and_sizes_only(root: Path, capfd: Any) -> None:
    """With debugging on, a session is logged without a byte of its documents."""
    secret = token(4)
    guard.log_to(sys.stderr, logging.DEBUG)
    try:
        uri = (root / "app.py").as_uri()
        with Editor(root) as editor:
            editor.open(uri, f"HF_TOKEN = '{secret}'")
            editor.apply(editor.actions(uri, editor.diagnostics(uri)[0]["range"])[0])
    finally:
        guard.log.handlers = []
        guard.log.propagate = True
    logged = capfd.readouterr().err
    assert "received textDocument/didOpen None, " in logged
    assert "sent workspace/applyEdit" in logged
    assert secret not in logged
    assert "HF_TOKEN" not in logged


def test_a_cancelled_request_is_answered_as_cancelled(root: Path) -> None:
    """`$/cancelRequest` ends a workspace pull that waits for news."""
    with Editor(root) as editor:
        editor.send({"id": "pull", "method": "workspace/diagnostic", "params": {"previousResultIds": []}})
        editor.notify("$/cancelRequest", {"id": "pull"})
        error = editor.wait(lambda message: message.get("id") == "pull")["error"]
        assert error == {"code": -32800, "message": "the request was cancelled"}


def test_an_unknown_command_is_answered_with_those_there_are(root: Path) -> None:
    """The error names the server's commands, and no word of what was sent."""
    with Editor(root) as editor:
        error = editor.answer("workspace/executeCommand", {"command": token(92), "arguments": [token(93)]})["error"]
    assert error["code"] == -32602
    assert "unspill.fixWorkspace" in error["message"]
