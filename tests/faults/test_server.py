"""Clients that send anything, edit fast and strangely, ask for what is no longer there, or are gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from unspill.lsp.framing import BODY_LIMIT

from tests.cli import ROOT, write
from tests.faults.common import HANG, OBEDIENT, UNSPILL, Started, leak, linux, posix
from tests.helpers import token
from tests.lsp.harness import edited
from tests.lsp.test_documents import ordered

if TYPE_CHECKING:
    from collections.abc import Iterator

T = token(1)
HOVER = {"textDocument": {"uri": "untitled:x"}, "position": {"line": 0, "character": 0}}


def framed(**fields: Any) -> bytes:
    """A message on the wire."""
    body = json.dumps({"jsonrpc": "2.0", **fields}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


FRAMES = {
    "no length": b"Content-Type: x\r\n\r\n{}",
    "a negative length": b"Content-Length: -5\r\n\r\n{}",
    "a length beyond the limit": b"Content-Length: %d\r\n\r\n{}" % (BODY_LIMIT + 1),
    "a length beyond the machine": b"Content-Length: " + b"9" * 25 + b"\r\n\r\n{}",
    "a length of 5,000 digits": b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
    "a digit of another script": "Content-Length: ²\r\n\r\n{}".encode(),
    "line feeds alone": b"Content-Length: 2\n\n{}",
    "no JSON": b"Content-Length: 3\r\n\r\nabc",
    "no UTF-8": b'Content-Length: 3\r\n\r\n"\xff"',
    "no object": b"Content-Length: 2\r\n\r\n[]",
    "no end of nesting": b"Content-Length: 100000\r\n\r\n" + b"[" * 100_000,
    "a body that breaks off": b'Content-Length: 90\r\n\r\n{"json',
    "a body that is longer": b'Content-Length: 2\r\n\r\n{}{"id": 1}',
    "a megabyte of nothing": b"x" * (1 << 20),
    "a request of HTTP": b"POST / HTTP/1.1\r\nHost: x\r\n\r\n",
}


def test_messages_that_are_none(tmp_path: Path) -> None:
    """Each is answered with an error, and the next request is served; two messages in one go are two messages."""
    folder = tmp_path / "r"
    folder.mkdir()
    with Started(folder) as editor:
        for name, data in FRAMES.items():
            editor.send_bytes(data)
            assert editor.request("textDocument/hover", HOVER) is None, name
        two = framed(id="a", method="no/such") + framed(id="b", method="no/such")
        editor.send_bytes(two[:50])
        editor.send_bytes(two[50:])
        for number in ("a", "b"):
            answer = editor.wait(lambda message, number=number: message.get("id") == number)
            assert answer["error"]["code"] == -32601
        editor.send_bytes(b"Content-Length: 9000\r\n\r\n{")
        editor.hang_up()
    assert editor.exit_code == 1


def refused(editor: Started, body: str) -> tuple[Any, int]:
    """The id and the code of the error that answers a message."""
    editor.send_raw(body.encode())
    answer = editor.wait(lambda message: "error" in message)
    return answer["id"], answer["error"]["code"]


def test_requests_that_are_out_of_place(tmp_path: Path) -> None:
    """What is unknown, malformed, early or late gets the protocol's own error, and the server goes on."""
    folder = tmp_path / "r"
    folder.mkdir()
    with Started(folder, {}) as editor:
        assert editor.answer("textDocument/hover", HOVER)["error"]["code"] == -32002
        editor.capabilities = {"textDocument": {"hover": {}}}
        editor.initialize()
        start = '{"jsonrpc": "2.0", "id": 7, '
        assert editor.answer("initialize", {"capabilities": {}})["error"]["code"] == -32600
        assert refused(editor, start + '"method": "no/such"}') == (7, -32601)
        assert refused(editor, start + '"id": 8, "method": "no/such"}') == (8, -32601)
        assert refused(editor, start + '"method": "textDocument/hover", "params": [1]}') == (7, -32602)
        assert refused(editor, start + '"method": "textDocument/didOpen", "params": "x"}') == (7, -32600)
        assert refused(editor, start + '"method": 3}') == (7, -32600)
        assert refused(editor, '{"id": 7, "method": "textDocument/hover"}') == (7, -32600)
        assert refused(editor, "[1, 2]") == (None, -32600)
        editor.notify("textDocument/didOpen", {"textDocument": 3})
        editor.notify("$/unknown", [])
        editor.send({"id": 99, "result": "to no question"})
        for _ in range(2):
            editor.send({"id": "twice", "method": "textDocument/hover", "params": HOVER})
            assert "result" in editor.wait(lambda message: message.get("id") == "twice")
        editor.request("shutdown")
        assert editor.answer("textDocument/hover", HOVER)["error"]["code"] == -32600
        editor.notify("exit")
        editor.hang_up()
    assert editor.exit_code == 0


def changes(random: Random, count: int) -> Iterator[tuple[dict[str, Any] | None, str]]:
    """Edits as no editor makes them: beyond the end, from behind, within a pair of surrogates, of everything."""
    pieces = ["", "\n", "\r", "x = 1\n", "🙂", "é", f'k = "{T}"\n', "\u2028", "a" * 20, '"', f"# {token(2)}\n"]
    for number in range(count):
        text = random.choice(pieces)
        if number % 500 == 0:
            yield None, text * 3
            continue
        ends = [{"line": random.choice([0, 1, 2, 5, 99, 2**31 - 1]), "character": random.randint(0, 45)} for _ in "12"]
        yield {"start": ends[0], "end": ends[1]}, text


def test_ten_thousand_edits(tmp_path: Path) -> None:
    """Ranges beyond the end, reversed or through a character: the server ends with the text of a plain model."""
    folder = tmp_path / "r"
    folder.mkdir()
    uri, model, seen = (folder / "a.py").as_uri(), "", 0
    with Started(folder, values=[T, token(2)]) as editor:
        editor.open(uri, model)
        for version, (span, text) in enumerate(changes(Random(30), 10_000), 2):
            change = {"text": text, **({"range": span} if span else {})}
            item = {"uri": uri, "version": version if version % 7 else version - 5}
            editor.notify("textDocument/didChange", {"textDocument": item, "contentChanges": [change]})
            whole = {"start": {"line": 0, "character": 0}, "end": {"line": 2**31, "character": 0}}
            model = edited(model, [{"range": ordered(span or whole), "newText": text}], editor.unit)
            if version % 200 == 0:
                again = (folder / f"{version}.py").as_uri()
                editor.open(again, model)
                assert ranges(editor, uri) == ranges(editor, again)
                seen += len(ranges(editor, uri))
        assert seen > 10


def ranges(editor: Started, uri: str) -> list[dict[str, Any]]:
    """Where the diagnostics of a document are."""
    return [one["range"] for one in editor.diagnostics(uri)]


@linux
def test_documents_that_are_too_large_or_too_many(tmp_path: Path) -> None:
    """50 MB have one diagnostic, which says so; of 5,000 open documents each has its own; memory is bounded."""
    folder = tmp_path / "r"
    folder.mkdir()
    with Started(folder, values=[T]) as editor:
        uri = (folder / "huge.py").as_uri()
        editor.open(uri, leak(1) + "x = 1  # a line\n" * 3_200_000)
        (one,) = editor.diagnostics(uri)
        assert "too large to scan" in one["message"]
        editor.close(uri)
        names = [(folder / f"{number}.py").as_uri() for number in range(5000)]
        for number, name in enumerate(names):
            editor.open(name, leak(1) if number % 100 == 0 else f"x = {number}\n")
        assert [len(editor.diagnostics(name)) for name in names[:101:50]] == [1, 0, 1]
        status = Path(f"/proc/{editor.process.pid}/status").read_text()
        peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        assert int(peak) < 1_000_000  # kB


def preferred(editor: Started, uri: str) -> dict[str, Any]:
    """The fix that an editor offers first for the one finding of a document."""
    (one,) = editor.diagnostics(uri)
    made: dict[str, Any] = next(action for action in editor.actions(uri, one["range"]) if action.get("isPreferred"))
    return made


@posix
def test_fixes_that_are_no_longer_what_was_offered(tmp_path: Path) -> None:
    """For another text, a file that was deleted, one that is read-only: refused with a message, and never half done."""
    folder = tmp_path / "r"
    write(folder, {"b.py": leak(2), ".gitignore": ".env\n"})
    values = [T, token(2), token(3)]
    with Started(folder, command=(*OBEDIENT, "server"), values=values) as editor:
        uri = (folder / "a.py").as_uri()
        editor.open(uri, leak(1))
        action = preferred(editor, uri)
        editor.change(uri, (None, "y = 1\n" + leak(3)))
        editor.apply(action)
        assert editor.buffers[uri] == "y = 1\n" + leak(3)
        assert not (folder / ".env").exists()
        assert "the document changed" in editor.messages()[-1]
        (folder / ".env").write_text("# mine\n")
        (folder / ".env").chmod(0o400)
        folder.chmod(0o500)
        try:
            editor.apply(preferred(editor, uri))
        finally:
            folder.chmod(0o700)
        assert editor.buffers[uri] == "y = 1\n" + leak(3)
        assert (folder / ".env").read_text() == "# mine\n"
        assert "Permission denied" in editor.messages()[-1]
        (folder / ".env").chmod(0o600)
        declaration = (folder / ".env.example").as_uri()
        editor.open(declaration, "# not saved\n", "dotenv")
        editor.apply(preferred(editor, uri))
        assert editor.buffers[uri] == 'import os\n\ny = 1\nx = os.environ["HF_TOKEN"]\n'
        assert editor.buffers[declaration].startswith("# not saved\nHF_TOKEN=")
        assert (folder / ".env").read_text() == f"# mine\nHF_TOKEN={token(3)}\n"


def hello(process_id: int | None) -> bytes:
    """The handshake."""
    params: dict[str, Any] = {"processId": process_id, "rootUri": None, "capabilities": {}}
    return framed(id=1, method="initialize", params=params) + framed(method="initialized", params={})


def started(process_id: int | None = None) -> subprocess.Popen[bytes]:
    """A server that has said hello."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "server")}
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    server = subprocess.Popen([*UNSPILL, "server"], env=env, bufsize=0, **pipes)
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(hello(process_id))
    assert server.stdout.readline().startswith(b"Content-Length")
    return server


def ended(server: subprocess.Popen[bytes]) -> int:
    """The exit code of a server that is about to end; one that is not is killed, so that its test fails."""
    try:
        return server.wait(HANG)
    finally:
        server.kill()
        for stream in (server.stdin, server.stdout, server.stderr):
            assert stream is not None
            stream.close()


@posix
@pytest.mark.parametrize("end", ["input", "output", "parent", "cancel", *("SIGTERM", "SIGINT", "SIGHUP")])
def test_no_server_outlives_its_client(end: str) -> None:
    """Whether its input ends, its output is closed, its client's process is gone or a signal comes: it ends."""
    client = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    server = started(client.pid)
    assert server.stdin is not None
    assert server.stdout is not None
    if end == "cancel":
        pull: dict[str, Any] = {"previousResultIds": []}
        server.stdin.write(framed(id=2, method="workspace/diagnostic", params=pull))
        server.stdin.write(framed(method="$/cancelRequest", params={"id": 2}))
        server.stdin.write(framed(id=3, method="shutdown") + framed(method="exit"))
    elif end == "input":
        server.stdin.close()
    elif end == "output":
        server.stdout.close()
        server.stdin.write(framed(id=2, method="no/such") * 3)
    elif end != "parent":
        server.send_signal(signal.Signals[end])
    if end == "parent":
        client.communicate(b"\n")
    code = ended(server)
    client.kill()
    client.communicate()
    assert code in {"cancel": (0,), "input": (1,), "output": (1,), "parent": (1,)}.get(end, (1, 130, -15, -2, -1))
