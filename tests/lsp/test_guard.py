"""The boundary: the lifecycle, and that errors and logs carry nothing of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from unspill.lsp import guard
from unspill.lsp.analysis import Analysis

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
        assert editor.pull("untitled:x")["items"] == []


def test_a_second_initialize_is_refused() -> None:
    """It is answered with InvalidRequest."""
    with Editor(None) as editor, pytest.raises(RuntimeError, match="-32600"):
        editor.initialize()


def test_a_request_after_shutdown_is_refused() -> None:
    """It gets an answer, InvalidRequest, where pygls would leave the client waiting."""
    with Editor(None) as editor:
        editor.request("shutdown")
        assert editor.answer("textDocument/hover", PLACE)["error"]["code"] == -32600
        editor.notify("exit")
        editor.hang_up()
    assert editor.exit_code == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b'{"jsonrpc": "2.0", "id": 7, "method": "textDocument/hover", "params": {"textDocument": 1}}', -32602),
        (b'{"jsonrpc": "2.0", "id": 7, "method": "no/such"}', -32601),
    ],
)
def test_what_cannot_be_handled_is_answered(body: bytes, code: int) -> None:
    """Broken JSON, no object, wrong parameters, unknown methods: each has its error, and the session goes on."""
    with Editor(None) as editor:
        editor.send_raw(body)
        answer = editor.wait(lambda message: "error" in message)
        assert (answer["id"], answer["error"]["code"]) == (7 if b'"id": 7' in body else None, code)
        assert editor.request("textDocument/hover", PLACE) is None


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

    monkeypatch.setattr(Analysis, "look", fail)
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
    guard.log_to_stderr(debug=True)
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
        assert editor.wait(lambda message: message.get("id") == "pull")["error"]["code"] == -32800
