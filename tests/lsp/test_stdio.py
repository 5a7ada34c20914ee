"""The server as editors start it, over standard input and output, under the capabilities of three clients."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator  # noqa: TC003  # pytest-lsp evaluates the annotations of its fixtures
from pathlib import Path  # noqa: TC003  # pytest-lsp evaluates the annotations of its fixtures
from typing import TYPE_CHECKING, Any, Union

import pytest
import pytest_lsp
from lsprotocol import converters, types
from pygls.protocol import default_converter
from pytest_lsp import ClientServerConfig, LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

from tests.lsp.harness import capabilities, edited, token

if TYPE_CHECKING:
    from collections.abc import Callable

    from cattrs import Converter

SERVE = "import sys; from unspill.lsp.server import serve; sys.exit(serve(debug=True))"


def make_converter() -> Converter:
    """lsprotocol's, except that an action with a command is an action: it would take it for the command."""
    make: Callable[[], Converter] = default_converter
    converter = make()

    def action(value: Any, _: object) -> types.Command | types.CodeAction:
        if isinstance(value.get("command"), str):
            return converter.structure(value, types.Command)
        return converter.structure(value, types.CodeAction)

    converter.register_structure_hook(Union[types.Command, types.CodeAction], action)  # noqa: UP007  # the key is the class
    return converter


def make_client() -> LanguageClient:
    """A client that takes registrations and questions, unlike pytest-lsp's own, and keeps the edits it is sent."""
    client = LanguageClient(converter_factory=make_converter)
    register_lsp_features(client, {**DEFAULT_CLIENT_FEATURES})
    client.edits = []  # type: ignore[attr-defined]  # a note of this test's own

    def register(params: types.RegistrationParams) -> None:
        """Take the registration."""

    def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        client.edits.append(params.edit)  # type: ignore[attr-defined]  # as above
        return types.ApplyWorkspaceEditResult(applied=True)

    def ask(params: types.ShowMessageRequestParams) -> None:
        """Close the message without pressing a button."""

    client.feature(types.CLIENT_REGISTER_CAPABILITY)(register)
    client.feature(types.WINDOW_SHOW_MESSAGE_REQUEST)(ask)
    client.feature(types.WORKSPACE_APPLY_EDIT)(apply)
    return client


@pytest_lsp.fixture(  # type: ignore[untyped-decorator]  # pytest-lsp is not typed
    params=["vscode", "neovim", "emacs"],
    config=ClientServerConfig(server_command=[sys.executable, "-c", SERVE], client_factory=make_client),
)
async def client(request: Any, lsp_client: LanguageClient, root: Path) -> AsyncIterator[None]:
    """A session under the capabilities of one client, from handshake to exit."""
    stated = converters.get_converter().structure(capabilities(request.param), types.ClientCapabilities)
    folder = types.WorkspaceFolder(root.as_uri(), "app")
    await lsp_client.initialize_session(types.InitializeParams(capabilities=stated, workspace_folders=[folder]))
    yield
    await asyncio.wait_for(lsp_client.shutdown_session(), 60)


async def test_a_session_from_handshake_to_exit(client: LanguageClient, root: Path, capfd: Any) -> None:
    """Open, see, fix: the edit that the server sends mends the document, `.env` has the value, nothing else has it."""
    secret = token(90)
    uri = (root / "app.py").as_uri()
    text = f"# 😀日\nHF_TOKEN = '{secret}'  # 😀\n"
    pushed = asyncio.ensure_future(client.wait_for_notification("textDocument/publishDiagnostics"))
    await asyncio.sleep(0)
    client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "python", 1, text)))
    assert client.capabilities is not None
    workspace = client.capabilities.workspace
    if workspace and workspace.diagnostics and workspace.diagnostics.refresh_support:
        pushed.cancel()
        pull = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri))
        report = await client.text_document_diagnostic_async(pull)
        assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
        (found,) = report.items
    else:
        await pushed
        (found,) = client.diagnostics[uri]
    context = types.CodeActionContext([found], only=[types.CodeActionKind.QuickFix])
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(types.TextDocumentIdentifier(uri), found.range, context)
    )
    assert actions
    assert isinstance(actions[0], types.CodeAction)
    assert actions[0].is_preferred
    assert actions[0].command
    command = actions[0].command
    await client.workspace_execute_command_async(types.ExecuteCommandParams(command.command, command.arguments))
    (edit,) = client.edits  # type: ignore[attr-defined]  # the note of `make_client`
    change = edit.document_changes[-1]
    assert (change.text_document.uri, change.text_document.version) == (uri, 1)
    general = client.capabilities.general
    unit = (general.position_encodings or ["utf-16"])[0] if general else "utf-16"
    raw = converters.get_converter().unstructure(change.edits)
    mended = edited(text, raw, unit)
    assert secret not in mended
    assert "HF_TOKEN = os.environ['HF_TOKEN']  # 😀" in mended
    assert (root / ".env").read_text() == f"HF_TOKEN={secret}\n"
    assert stat.S_IMODE((root / ".env").stat().st_mode) == 0o600
    sent = json.dumps(converters.get_converter().unstructure([found, actions, edit, client.messages]), default=str)
    assert secret not in sent
    assert secret not in "".join(capfd.readouterr())


def message(**fields: Any) -> bytes:
    """A message on the wire."""
    body = json.dumps({"jsonrpc": "2.0", **fields}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def test_what_others_print_does_not_reach_the_client() -> None:
    """Standard output belongs to the protocol: `print`, and what writes to the descriptor itself, go to stderr."""
    serve = (
        "import os, sys\n"
        "from unspill.lsp import configuration, server\n"
        "start = configuration.start\n"
        "def noisy(*arguments):\n"
        "    print('noise')\n"
        "    os.write(1, b'more noise')\n"
        "    return start(*arguments)\n"
        "configuration.start = noisy\n"
        "sys.exit(server.serve())\n"
    )
    asked = message(id=1, method="initialize", params={"capabilities": {}, "processId": None, "rootUri": None})
    done = subprocess.run(
        [sys.executable, "-c", serve],
        input=asked + message(id=2, method="shutdown") + message(method="exit"),
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert b"noise" not in done.stdout
    assert done.stderr.count(b"noise") == 2


def test_a_stream_without_messages_ends_the_process() -> None:
    """With nothing on standard input the server is gone at once, and its log says no more than that."""
    done = subprocess.run([sys.executable, "-c", SERVE], input=b"", capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, b"")
    assert [line.split()[2] for line in done.stderr.splitlines()] == [b"INFO", b"INFO"]


def test_a_client_may_connect_over_tcp() -> None:
    """For debugging, one client is served on a port."""
    serve = "import sys; from unspill.lsp.server import serve; sys.exit(serve(tcp=('127.0.0.1', 0)))"
    with subprocess.Popen([sys.executable, "-c", serve], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        port = int(process.stderr.readline().rsplit(b":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            parameters: dict[str, Any] = {"capabilities": {}, "processId": None, "rootUri": None}
            connection.sendall(message(id=1, method="initialize", params=parameters))
            assert b"Content-Length" in connection.recv(4096)
            connection.sendall(message(id=2, method="shutdown") + message(method="exit"))
            assert process.wait(60) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="processes are not watched there")
def test_initialize_answers_before_the_engine_is_loaded() -> None:
    """Neither rules nor matcher nor parsers are loaded to say hello."""
    code = (
        "import sys, unspill.lsp.server\n"
        "heavy = ['hyperscan', 'regex', 'tree_sitter', 'unspill.gitignore', 'unspill.scan', 'unspill.engine']\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
